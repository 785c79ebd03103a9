package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
)

// generate runs the command and returns the capture's path and the expectations'.
func generate(t *testing.T, args ...string) (capture, expectations string) {
	t.Helper()
	dir := t.TempDir()
	capture, expectations = filepath.Join(dir, "capture"), filepath.Join(dir, "expect.csv")
	var stderr bytes.Buffer
	if err := run(append(args, "-o", capture, "-expect", expectations), io.Discard, &stderr); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return capture, expectations
}

// packets calls fn for each packet of a capture.
func packets(t *testing.T, file string, fn func(p *decode.Packet)) {
	t.Helper()
	src, err := decode.Open([]string{file}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for {
		var p decode.Packet
		if err := src.Next(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		fn(&p)
	}
	if n := src.DamageCount(); n > 0 {
		t.Errorf("%s is damaged: %v", file, src.Damages())
	}
}

// expected reads the expectations, without the title line.
func expected(t *testing.T, file string) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func TestTheSameSeedGivesTheSameCapture(t *testing.T) {
	read := func(args ...string) string {
		file, _ := generate(t, append(args, "-flows", "200")...)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, mode := range []string{"mix", "short"} {
		first := read("-mode", mode)
		if first != read("-mode", mode) {
			t.Errorf("%s: two runs differ", mode)
		}
		if first == read("-mode", mode, "-seed", "2") {
			t.Errorf("%s: two seeds give the same", mode)
		}
	}
}

func TestPcapngHoldsTheSamePackets(t *testing.T) {
	var kept [2][]string
	for i, args := range [][]string{{"-flows", "100"}, {"-flows", "100", "-ng"}} {
		file, _ := generate(t, append(args, "-mode", "short")...)
		packets(t, file, func(p *decode.Packet) {
			kept[i] = append(kept[i], fmt.Sprintf("%d %d %x", p.Time, p.WireLen, p.Data))
		})
	}
	if len(kept[0]) < 900 || strings.Join(kept[0], "\n") != strings.Join(kept[1], "\n") {
		t.Errorf("pcap has %d packets, pcapng %d, or they differ", len(kept[0]), len(kept[1]))
	}
}

func TestEveryFrameIsDecodedWithARightChecksumAndTimeNeverRunsBack(t *testing.T) {
	for _, c := range []struct {
		args     []string
		from, to float64 // seconds of capture time
		udp      bool
	}{
		{[]string{"-mode", "mix", "-flows", "400"}, 270, 480, true},
		{[]string{"-mode", "short", "-flows", "400", "-snap", "0"}, 1000, 1700, false},
		{[]string{"-mode", "one", "-packets", "1000", "-snap", "0"}, 0, 60, false},
		{[]string{"-mode", "syn", "-flows", "1000"}, 0, 60, false},
	} {
		file, _ := generate(t, c.args...)
		d := decode.NewDecoder(decode.Config{Checksums: decode.ChecksumsNoted})
		var first, last int64
		var all, v6, tagged int
		packets(t, file, func(p *decode.Packet) {
			all++
			if first == 0 {
				first = p.Time
			}
			if p.Time < last {
				t.Fatalf("%v: frame %d is earlier than the one before", c.args, p.Frame)
			}
			last = p.Time
			var s decode.Segment
			if !d.Decode(p, &s) {
				if skip := d.LastSkip(); skip.Reason != decode.ReasonUDP || !c.udp {
					t.Fatalf("%v: %v", c.args, &skip)
				}
				return
			}
			if s.Note != 0 {
				t.Fatalf("%v: frame %d has note %d: %v", c.args, p.Frame, s.Note, s)
			}
			if !s.Src.Is4() {
				v6++
			}
			if s.VLAN != 0 {
				tagged++
			}
		})
		if took := float64(last-first) / 1e9; took < c.from || took > c.to {
			t.Errorf("%v: the capture takes %.1f s", c.args, took)
		}
		if c.args[1] != "one" && (v6*100/all < 17 || v6*100/all > 33 || tagged*100/all < 4 || tagged*100/all > 17) {
			t.Errorf("%v: of %d frames %d are IPv6 and %d tagged", c.args, all, v6, tagged)
		}
	}
}

func TestTsharkFindsAllChecksumsRight(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	for _, mode := range []string{"mix", "short"} {
		file, _ := generate(t, "-mode", mode, "-flows", "120", "-snap", "0")
		out, err := exec.CommandContext(t.Context(), tshark, "-n", "-r", file, "-c", "20000",
			"-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields",
			"-e", "frame.number", "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "udp.checksum.status").Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		for _, line := range lines {
			f := strings.Split(line, "\t")
			if f[1] == "0" || f[2] == "0" || f[3] == "0" || f[2]+f[3] != "1" {
				t.Fatalf("%s: frame %s: checksum status of IP %q, TCP %q, UDP %q", mode, f[0], f[1], f[2], f[3])
			}
		}
		if len(lines) < 1000 {
			t.Errorf("%s: tshark saw %d frames", mode, len(lines))
		}
	}
}

func TestExpectationsNameEveryConversationByItsFirstFrame(t *testing.T) {
	for _, mode := range []string{"mix", "short"} {
		file, expectations := generate(t, "-mode", mode, "-flows", "300")
		kindsSeen := map[string]int{}
		firsts := map[uint64][2]string{}
		for _, row := range expected(t, expectations) {
			kindsSeen[row[4]]++
			frame, err := strconv.ParseUint(row[0], 10, 64)
			if err != nil || row[3] == "" {
				t.Fatalf("%s: row %q", mode, row)
			}
			firsts[frame] = [2]string{row[1], row[2]}
		}
		for _, k := range kinds {
			if kindsSeen[k.id] == 0 {
				t.Errorf("%s: no conversation of kind %s", mode, k.id)
			}
		}
		if kindsSeen["reuse"] != kindsSeen["reused"] || kindsSeen["reuse-challenged"] != kindsSeen["challenged"] || kindsSeen["tail"] != 1 {
			t.Errorf("%s: successors are missing: %v", mode, kindsSeen)
		}
		d := decode.NewDecoder(decode.Config{})
		known := map[[2]string]bool{}
		packets(t, file, func(p *decode.Packet) {
			var s decode.Segment
			if !d.Decode(p, &s) {
				return
			}
			ends := [2]string{s.SrcAddrPort().String(), s.DstAddrPort().String()}
			back := [2]string{ends[1], ends[0]}
			if want, ok := firsts[p.Frame]; ok {
				if want != ends && want != back {
					t.Errorf("%s: frame %d is between %v, expected %v", mode, p.Frame, ends, want)
				}
				known[want] = true
				delete(firsts, p.Frame)
			} else if !known[ends] && !known[back] {
				t.Errorf("%s: frame %d belongs to no expected conversation", mode, p.Frame)
			}
		})
		if len(firsts) > 0 {
			t.Errorf("%s: first frames that do not exist: %v", mode, firsts)
		}
	}
}

func TestACaptureEndsAtTheWantedFrameInConstantMemory(t *testing.T) {
	var peaks [2]int
	for i, n := range []uint64{100_000, 600_000} {
		var sink counter
		g := &generator{mode: findMode("short"), kinds: kinds, seed: 1, packets: n}
		g.scale(1000, int64(time.Millisecond))
		g.out = newOutput(&sink, false, 96, start)
		if err := g.run(); err != nil {
			t.Fatal(err)
		}
		if g.out.frames != n {
			t.Errorf("%d frames, want %d", g.out.frames, n)
		}
		peaks[i] = len(g.wheel.convs)
	}
	if peaks[1] > peaks[0]*3/2 {
		t.Errorf("six times the frames raise the conversations kept from %d to %d", peaks[0], peaks[1])
	}
}

// counter is a writer that only counts.
type counter uint64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func TestModeOneHasAsManySegmentsAsWanted(t *testing.T) {
	for _, n := range []int{10, 1000, 10_000} {
		file, expectations := generate(t, "-mode", "one", "-packets", strconv.Itoa(n))
		seen := 0
		packets(t, file, func(*decode.Packet) { seen++ })
		if rows := expected(t, expectations); seen != n || len(rows) != 1 || rows[0][3] != clThreeWay {
			t.Errorf("%d segments and the conversations %v, want %d segments in one", seen, rows, n)
		}
	}
}

func TestNoTwoConversationsShareAFiveTuple(t *testing.T) {
	seen := map[string]uint64{}
	for _, n := range []uint64{0, 1, clientHosts - 1, clientHosts, clientHosts*clientPorts - 1, clientHosts * clientPorts, 9_000_000, 120_000_000} {
		r := random{}
		p := newPath(n, &r)
		end := p.end(client).String()
		if m, ok := seen[end]; ok {
			t.Errorf("conversations %d and %d both come from %s", m, n, end)
		}
		seen[end] = n
	}
}

func TestNoPatternGivesTwoConversationsTheSameEnds(t *testing.T) {
	for i := range patterns {
		g := &generator{tuples: &patterns[i]}
		seen := map[[2]netip.AddrPort]uint64{}
		for step := range uint64(400_000) {
			n := step * 37 % 10_000_019 // all over ten million
			r := random{}
			p := g.path(n, &r)
			p.v6 = false
			ends := [2]netip.AddrPort{p.end(client), p.end(server)}
			if m, ok := seen[ends]; ok && m != n {
				t.Fatalf("%s: conversations %d and %d are both %v", patterns[i].name, m, n, ends)
			}
			if ends[0].Port() == 0 || ends[1].Port() == 0 {
				t.Fatalf("%s: conversation %d is %v", patterns[i].name, n, ends)
			}
			seen[ends] = n
		}
	}
}

func TestOnlyTheKindsThatAreNamedAreDrawn(t *testing.T) {
	_, file := generate(t, "-mode", "short", "-flows", "50", "-kinds", "four-way,rst-abort", "-tuples", "sparse")
	counted := map[string]int{}
	for _, row := range expected(t, file) {
		counted[row[4]]++
	}
	if counted["four-way"] == 0 || counted["rst-abort"] == 0 || counted["tail"] != 1 || len(counted) != 3 {
		t.Errorf("%v", counted)
	}
}

func TestWrongFlagsAreRefusedInASentence(t *testing.T) {
	for args, want := range map[string]string{
		"-mode huge -o -":  `no mode "huge": want mix, short, syn or one`,
		"-mode mix":        "-o FILE is missing (- is stdout)",
		"-o - more":        `"more" is no flag`,
		"-gap -1s -o -":    "-gap and -seconds cannot be negative",
		"-kinds two -o -":  `no kind "two": -list prints them`,
		"-tuples odd -o -": `no pattern "odd": want usual, counted, opposite or sparse`,
	} {
		if err := run(strings.Fields(args), io.Discard, io.Discard); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	var b bytes.Buffer
	if err := run([]string{"-list"}, &b, io.Discard); err != nil || !strings.Contains(b.String(), "challenged") {
		t.Errorf("-list: %v\n%s", err, b.String())
	}
}

func BenchmarkShort(b *testing.B) {
	for b.Loop() {
		var sink counter
		g := &generator{mode: findMode("short"), kinds: kinds, seed: 1, flows: 20_000}
		g.scale(0, 0)
		g.out = newOutput(&sink, false, 96, start)
		if err := g.run(); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(sink))
	}
}
