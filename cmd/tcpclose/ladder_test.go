package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tcpclose/decode/attacktest"
	"tcpclose/flows"
	"tcpclose/flows/flowtest"
)

// TestLaddersAreReadInBatches cuts lists of conversations of all sizes, and prints more ladders than one batch holds.
func TestLaddersAreReadInBatches(t *testing.T) {
	list := make([]flows.Teardown, 3*ladderBatch)
	for i := range list {
		n := uint64(10)
		if i%500 == 7 {
			n = ladderPackets + 1
		}
		list[i].ID, list[i].Ends[i%2].Packets = uint64(i), n
	}
	next := uint64(0)
	for batch := range ladderBatches(list) {
		packets := uint64(0)
		for i := range batch {
			if batch[i].ID != next {
				t.Fatalf("conversation %d, want %d", batch[i].ID, next)
			}
			next++
			packets += batch[i].Ends[0].Packets + batch[i].Ends[1].Packets
		}
		if len(batch) > ladderBatch || packets > ladderPackets && len(batch) > 1 {
			t.Errorf("%d conversations with %d packets in a batch", len(batch), packets)
		}
	}
	if next != uint64(len(list)) {
		t.Errorf("%d of %d conversations", next, len(list))
	}

	path := filepath.Join(t.TempDir(), "many.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := attacktest.Ordinary(f, 3<<20); err != nil {
		t.Fatal(err)
	}
	all, errs, code := execute(t, "report", path, "--ladder")
	if code != exitOK {
		t.Fatal(errs)
	}
	ladders := strings.Split(all, "\n\n")
	if len(ladders) <= ladderBatch+1 {
		t.Fatalf("%d ladders", len(ladders))
	}
	for _, i := range []int{0, ladderBatch - 1, ladderBatch, len(ladders) - 2} {
		one, _, _ := execute(t, "report", path, "--ladder", "-Y", fmt.Sprintf("id %d", 8*i+1))
		if alone, _, _ := strings.Cut(one, "\n\n"); alone != ladders[i] {
			t.Errorf("ladder %d among others:\n%s\nalone:\n%s", i, ladders[i], alone)
		}
	}
}

func TestALongLadderAmongSeveralIsCut(t *testing.T) {
	var text strings.Builder
	text.WriteString("flow 1\n+0 > S 0:0(0)\n+0 < S. 0:0(0) ack 1\n+0 > . 1:1(0) ack 1\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "+.001 > P. %d:%d(10) ack 1\n", 1+10*i, 11+10*i)
	}
	text.WriteString("flow 2\n+0 > S 0:0(0)\n+0 < R. 0:0(0) ack 1\n")
	script, err := flowtest.Parse(text.String())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := flowtest.WritePcap(&b, script, flowtest.PcapOptions{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "long.pcap")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter string
		cut    bool
	}{{"", true}, {"id 1", false}} {
		out, errs, code := execute(t, "report", path, "--ladder", "--expand", "-Y", c.filter)
		if code != exitOK {
			t.Fatal(errs)
		}
		if cut := strings.Contains(out, "  ... and more: -- id 1 prints all of it\n"); cut != c.cut || cut == (len(out) > ladderMaxBytes+64<<10) {
			t.Errorf("filter %q: cut %t, %d octets", c.filter, cut, len(out))
		}
	}
}

// What stands below a ladder is as wide as the ladder.
func TestSentencesBelowALadderAreWrapped(t *testing.T) {
	inFolder(t)
	for _, width := range []int{50, 80, 100} {
		t.Setenv("COLUMNS", strconv.Itoa(width))
		out, _, _ := execute(t, "report", "trace.pcap", "--ladder", "--", "id", "19")
		_, below, found := strings.Cut(out, "  unsure ")
		if !found || !strings.HasPrefix(strings.Join(strings.Fields(below), " "), "server.states: which of the peer's FIN and the acknowledgement of its own reached it first cannot be told here") {
			t.Errorf("no doubt is told in\n%s", out)
		}
		below, _, _ = strings.Cut(below, "\n\n")
		for line := range strings.Lines(below) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns of %d: %q", n, width, line)
			}
		}
	}
}
