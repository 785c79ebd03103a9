package decode

import (
	"bytes"
	"io"
	"testing"
)

// readRuns reads a capture in runs of up to n packets, which are copied only once a run is complete.
func readRuns(t *testing.T, c *Capture, n int) []Packet {
	t.Helper()
	run := NewRun(n)
	var out []Packet
	for {
		var p Packet
		if c.NextRun(run, n) {
			if run.Len() == 0 || run.Len() > n {
				t.Fatalf("%d packets in a run of %d", run.Len(), n)
			}
			for i := range run.Len() {
				run.Packet(i, &p)
				p.Data = bytes.Clone(p.Data)
				out = append(out, p)
			}
			continue
		}
		switch err := c.Next(&p); err {
		case nil:
			p.Data = bytes.Clone(p.Data)
			out = append(out, p)
		case io.EOF:
			return out
		default:
			t.Fatal(err)
		}
	}
}

func TestRunsHoldWhatIsReadOneByOne(t *testing.T) {
	_, paths := series(t, at(1, 2, 3), at(4, 5), at(2, 6))
	pcap := writeFile(t, "x.pcap", ordinaryPcap(40_000, 80)) // several chunks
	pcapng := writeFile(t, "x.pcapng", ordinaryPcapng(40_000, 80))
	large := writeFile(t, "large.pcap", ordinaryPcap(300, 100_000))
	mixed := writeFile(t, "mixed.pcapng", mixedPcapng())
	for _, list := range [][]string{{pcap}, {pcapng}, {large}, {mixed}, paths, {pcap, mixed}} {
		for _, limit := range []uint64{0, 1, 4, 20_001} {
			one, err := Open(list, FileOptions{MaxPackets: limit})
			if err != nil {
				t.Fatal(err)
			}
			want := readAll(t, one)
			one.Close()
			for _, n := range []int{1, 3, 64} {
				c, err := Open(list, FileOptions{MaxPackets: limit})
				if err != nil {
					t.Fatal(err)
				}
				got := readRuns(t, c, n)
				if len(got) != len(want) {
					t.Fatalf("%v, at most %d: %d packets in runs of %d, %d one by one", list, limit, len(got), n, len(want))
				}
				for i := range got {
					if !equalPackets(got[i], want[i]) || got[i].Frame != want[i].Frame || got[i].FileFrame != want[i].FileFrame ||
						!bytes.Equal(got[i].Data, want[i].Data) {
						t.Fatalf("%v, runs of %d: packet %d is %+v, want %+v", list, n, i+1, got[i], want[i])
					}
				}
				for i, f := range c.Files() {
					if other := one.Files()[i]; f.Packets != other.Packets || f.First != other.First || f.Last != other.Last || f.Complete != other.Complete {
						t.Fatalf("%v, runs of %d: %+v, want %+v", list, n, f, other)
					}
				}
				c.Close()
			}
		}
	}
}
