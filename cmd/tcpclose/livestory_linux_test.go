package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/decode/live/vethlab"
)

// A cue is one frame of a story, and when it is due.
type cue struct {
	at    time.Duration
	frame []byte
}

// cues reads a capture as frames for an Ethernet wire; within tells how long the story may take: a longer one is played
// faster.
func cues(t *testing.T, path string, within time.Duration) (list []cue, slowed bool) {
	t.Helper()
	c, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var p decode.Packet
	for c.Next(&p) == nil {
		if p.LinkType != 101 && p.LinkType != 1 {
			return nil, false // cooked: captured on several wires at once
		}
		frame := bytes.Clone(p.Data)
		if p.LinkType == 101 {
			etype := []byte{8, 0}
			if frame[0]>>4 == 6 {
				etype = []byte{0x86, 0xdd}
			}
			frame = slices.Concat([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, etype, frame)
		}
		list = append(list, cue{time.Duration(p.Time), frame})
	}
	if len(list) == 0 {
		return nil, false
	}
	first, last := list[0].at, list[len(list)-1].at
	speed := max(float64(last-first)/float64(within), 1)
	for i := range list {
		list[i].at = time.Duration(float64(list[i].at-first) / speed)
	}
	return list, speed > 1
}

// play sends frames at their times.
func play(t *testing.T, x *vethlab.Sender, list []cue) {
	t.Helper()
	slices.SortStableFunc(list, func(a, b cue) int { return cmp.Compare(a.at, b.at) })
	begun := time.Now()
	for _, c := range list {
		time.Sleep(c.at - time.Since(begun))
		if err := x.Send([][]byte{c.frame}); err != nil {
			t.Fatal(err)
		}
	}
}

// A judged is what is compared of a conversation: who, the verdict, and the states with their grades and frames. Times and
// assumed states are left out: a live capture watches the wire longer than its last packet.
type judged struct{ who, verdict, proof string }

// judgements reads NDJSON, in the order of who and of first frames.
func judgements(t *testing.T, out []byte) (list []judged) {
	t.Helper()
	type end struct {
		IP   string
		Port uint16
	}
	type state struct {
		State, Grade string
		Frame        any
	}
	for line := range bytes.Lines(out) {
		var v struct {
			ID             uint64
			Client, Server end
			Class, Shape   string
			FirstCloser    any    `json:"first_closer"`
			ResetBy        any    `json:"reset_by"`
			RolesBy        string `json:"roles_by"`
			Final          bool
			States         struct{ Client, Server []state }
			Marks          []struct{ ID, Side string }
			Causes         []struct{ ID, Confidence string }
			Summary        map[string]any
			Uncertain      []struct{ What string }
			BytesLost      map[string]any `json:"bytes_lost"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if v.Summary != nil || !v.Final {
			continue
		}
		var names [2][]string
		for i, states := range []*[]state{&v.States.Client, &v.States.Server} {
			*states = slices.DeleteFunc(*states, func(s state) bool { return s.Grade == "assumed" })
			for _, s := range *states {
				names[i] = append(names[i], s.State)
			}
		}
		list = append(list, judged{
			who:     fmt.Sprintf("%s:%d > %s:%d", v.Client.IP, v.Client.Port, v.Server.IP, v.Server.Port),
			verdict: fmt.Sprint(v.Class, " ", v.Shape, " ", v.FirstCloser, " ", v.ResetBy, " ", v.RolesBy, " ", names),
			proof:   fmt.Sprint(v.ID, v.States, v.BytesLost, v.Marks, v.Causes, v.Uncertain),
		})
	}
	slices.SortStableFunc(list, func(a, b judged) int { return strings.Compare(a.who, b.who) })
	return list
}

// TestEveryStoryGivesTheVerdictsOfItsFileWhenItIsCapturedLive plays what the kernel lab recorded over a wire: all stories at
// once. Live, each must be judged as the file is that was written beside it; and as the recorded capture is, where the story
// was not played faster than it happened: but for marks and causes, some of which depend on times that a busy machine
// does not keep when it plays. TCPCLOSE_STORIES names a folder of more captures (netlab -keep).
func TestEveryStoryGivesTheVerdictsOfItsFileWhenItIsCapturedLive(t *testing.T) {
	pattern, within := filepath.Join(top(t), "testdata", "captures", "*.pcapng"), 2500*time.Millisecond
	if dir := os.Getenv("TCPCLOSE_STORIES"); dir != "" {
		pattern, within = filepath.Join(dir, "*.pcapng"), 100*time.Second
	}
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatal(err, pattern)
	}
	a, b := vethlab.New(t)
	var list []cue
	var recorded []judged
	unslowed := 0
	for _, name := range names {
		c, slowed := cues(t, name, within)
		if len(c) == 0 {
			continue
		}
		list = append(list, c...)
		if !slowed {
			out, _, _ := execute(t, "report", "-q", "-T", "ndjson", name)
			recorded = append(recorded, judgements(t, []byte(out))...)
			unslowed++
		}
	}
	own := filepath.Join(t.TempDir(), "own.pcapng")
	run := startLive(t, b, nil, "-w", own, "-s", "2000")
	wire := a.Sender(t)
	play(t, wire, list)
	// Some verdicts depend on how long the wire was watched. A last packet makes that the same live and in the file.
	time.Sleep(time.Second)
	last := newTraffic(1, 100)
	if err := wire.Send(last.frames[:1]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	out, code := run.end(t)
	if code != exitOK {
		t.Fatalf("exit code %d: %q", code, run.said)
	}
	live := judgements(t, out)
	text, _, code := execute(t, "report", "-q", "-T", "ndjson", own)
	file := judgements(t, []byte(text))
	if code != exitOK || len(live) != len(file) {
		t.Fatalf("%d conversations live, %d in the file, exit code %d", len(live), len(file), code)
	}
	for i := range live {
		if live[i] != file[i] {
			t.Errorf("live: %+v\nfile: %+v", live[i], file[i])
		}
	}
	// Of each five-tuple the verdicts must be those of the recording.
	byWho := map[string][]string{}
	for _, j := range live {
		byWho[j.who] = append(byWho[j.who], j.verdict)
	}
	same := 0
	for _, j := range recorded {
		if i := slices.Index(byWho[j.who], j.verdict); i >= 0 {
			byWho[j.who] = slices.Delete(byWho[j.who], i, i+1)
			same++
			continue
		}
		t.Errorf("%s: recorded\n%s\nlive\n%s", j.who, j.verdict, strings.Join(byWho[j.who], "\n"))
	}
	t.Logf("%d stories, %d at their own pace; %d conversations live as in the file, %d as recorded", len(names), unslowed, len(live), same)
}
