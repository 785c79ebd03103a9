package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"tcpclose/decode/damagetest"
)

// reread reads the packets between two positions again.
func reread(t *testing.T, c *Capture, from, to Position) []Packet {
	t.Helper()
	var out []Packet
	err := c.Reread(from, to, func(p *Packet) bool {
		q := *p
		q.Data = slices.Clone(p.Data)
		out = append(out, q)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wantSame fails unless the second pass gave the same packets as the first.
func wantSame(t *testing.T, got, want []Packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if g.Frame != 0 || g.FileFrame != 0 && g.FileFrame != w.FileFrame {
			t.Errorf("packet %d: frame %d, file frame %d", i, g.Frame, g.FileFrame)
		}
		same := bytes.Equal(g.Data, w.Data)
		g.Frame, g.FileFrame, g.Data = w.Frame, w.FileFrame, nil
		w.Data = nil
		if !same || !equalPackets(g, w) {
			t.Errorf("packet %d:\n%+v, want\n%+v", i, g, w)
		}
	}
}

func equalPackets(a, b Packet) bool {
	return a.Time == b.Time && a.Pos == b.Pos && a.WireLen == b.WireLen && a.LinkType == b.LinkType && a.FCSLen == b.FCSLen &&
		a.Iface == b.Iface && a.NoTime == b.NoTime
}

// mixedPcapng has sections of both byte orders whose interfaces differ in link type and clock.
func mixedPcapng() []byte {
	f := buildPcapng(binary.LittleEndian).iface(1, 0)
	manyBlocks(f, 1, 5)
	f.iface(276, 0, f.option(optIfResolution, 9))
	f.packet(6, 1, 1_700_000_000_000_000_006, 60).packet(7, 0, stampOf(7), 60)
	f.section(binary.BigEndian, 0, nil).iface(101, 0, f.option(optIfResolution, 0x80|20)).iface(113, 0)
	return f.packet(8, 0, 1_700_000_000<<20, 60).packet(9, 1, stampOf(9), 60).packet(10, 0, 1_700_000_001<<20, 60).b
}

func TestAnyRangeOfPacketsCanBeReadAgain(t *testing.T) {
	for name, b := range map[string][]byte{
		"pcap": manyPackets(usualPcap(), 1, 10).b, "Kuznetzov's": manyPackets(buildPcap(binary.BigEndian, 0xa1b2cd34, 4, 0, 1), 1, 10).b,
		"pcapng": mixedPcapng(), "compressed": damagetest.Pack(t, "zstd", mixedPcapng()), "compressed pcap": damagetest.Pack(t, "gzip", manyPackets(usualPcap(), 1, 10).b),
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, b)
			all := readAll(t, c)
			if len(all) != 10 {
				t.Fatalf("%d packets", len(all))
			}
			for i := range all {
				for k := i; k < len(all); k++ {
					wantSame(t, reread(t, c, all[i].Pos, all[k].Pos), all[i:k+1])
				}
			}
		})
	}
}

func TestASecondPassStopsWhenItIsTold(t *testing.T) {
	c := open(t, manyPackets(usualPcap(), 1, 10).b)
	all := readAll(t, c)
	n := 0
	if err := c.Reread(all[0].Pos, all[9].Pos, func(*Packet) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("%d packets, %v", n, err)
	}
}

func TestASecondPassRunsAcrossFilesInTheOrderOfTime(t *testing.T) {
	_, paths := series(t, at(7, 8, 12), at(1, 2, 5), damagetest.Pack(t, "gzip", at(3, 6, 9)), at(20, 21), at(10, 11))
	c := openPaths(t, paths...)
	all := readAll(t, c)
	if len(all) != 13 {
		t.Fatalf("%d packets", len(all))
	}
	for i := range all {
		for k := i; k < len(all); k++ {
			wantSame(t, reread(t, c, all[i].Pos, all[k].Pos), all[i:k+1])
		}
	}
}

func TestASecondPassEntersOverlappingFilesNearTheirPlace(t *testing.T) {
	f, g := usualPcap(), usualPcapng()
	for i := range 700 {
		f.packet(byte(i), uint32(1000+i), 0, 100_000)
		g.packet(byte(i), 0, uint64(1000+i)*1e6+500_000, 100_000)
	}
	_, paths := series(t, f.b, g.b, damagetest.Pack(t, "lz4", at(1001, 1500, 1650)))
	c := openPaths(t, paths...)
	var from, to Position
	var p Packet
	for c.Next(&p) == nil {
		switch p.Time {
		case 1640e9:
			from = p.Pos
		case 1660e9:
			to = p.Pos
		}
	}
	if mark := c.sources[1].marks.before(1640e9); mark < 48<<20 || mark > int64(len(g.b))*640/700 {
		t.Errorf("the second file would be entered at %d of %d", mark, len(g.b))
	}
	var times []int64
	if err := c.Reread(from, to, func(p *Packet) bool { times = append(times, p.Time); return true }); err != nil {
		t.Fatal(err)
	}
	if len(times) != 42 || times[0] != 1640e9 || times[41] != 1660e9 || !slices.IsSorted(times) {
		t.Errorf("%d packets: %v", len(times), times)
	}
}

func TestTheCorpusCanBeReadAgain(t *testing.T) {
	for i, path := range corpus(t) {
		c, err := Open([]string{path}, FileOptions{})
		if err != nil || i%3 != 0 {
			continue
		}
		all := readAll(t, c)
		for _, from := range []int{0, len(all) / 3, len(all) - 1} {
			if from >= 0 && from < len(all) {
				to := min(from+4, len(all)-1)
				wantSame(t, reread(t, c, all[from].Pos, all[to].Pos), all[from:to+1])
			}
		}
		c.Close()
	}
}

func TestSecondPassesRunBesideTheFirst(t *testing.T) {
	c := open(t, ordinaryPcapng(100_000, 80))
	var p Packet
	var seen []Packet
	for range 50 {
		if err := c.Next(&p); err != nil {
			t.Fatal(err)
		}
		q := p
		q.Data = slices.Clone(p.Data)
		seen = append(seen, q)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { wantSame(t, reread(t, c, seen[3].Pos, seen[40].Pos), seen[3:41]) })
	}
	for c.Next(&p) == nil {
	}
	wg.Wait()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	wantSame(t, reread(t, c, seen[3].Pos, seen[40].Pos), seen[3:41])
}

func TestStandardInputCannotBeReadAgain(t *testing.T) {
	c, err := Open([]string{"-"}, FileOptions{Stdin: bytes.NewReader(at(1))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := readAll(t, c)[0]
	if err := c.Reread(p.Pos, p.Pos, func(*Packet) bool { return true }); !errors.Is(err, ErrNotAgain) || !strings.Contains(err.Error(), "save it") {
		t.Errorf("%v", err)
	}
}

func TestAFileThatWasChangedIsNotTakenForTheOldOne(t *testing.T) {
	path := writeFile(t, "x", manyPackets(usualPcap(), 1, 10).b)
	c := openPaths(t, path)
	all := readAll(t, c)
	for _, b := range [][]byte{at(1), manyPackets(usualPcap(), 2, 10).b, manyBlocks(usualPcapng(), 1, 3).b} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.Reread(all[5].Pos, all[6].Pos, func(*Packet) bool { return true }); !errors.Is(err, ErrChanged) && !errors.Is(err, ErrNotCapture) {
			t.Errorf("%v", err)
		}
	}
}

func TestPacketsBehindDamageCanBeReadAgain(t *testing.T) {
	f := manyBlocks(usualPcapng(), 1, 3).raw(bytes.Repeat([]byte{0xab}, 1001)...)
	c := open(t, manyBlocks(f, 4, 3).b)
	all := readAll(t, c)
	for i := range all {
		wantSame(t, reread(t, c, all[i].Pos, all[5].Pos), all[i:])
	}
}

func TestBlocksPassedOnAreTheFile(t *testing.T) {
	f := usualPcapng()
	f.block(blockSecrets, make([]byte, 100)).block(0xbad, []byte("custom"))
	for name, b := range map[string][]byte{
		"pcapng": slices.Concat(mixedPcapng(), manyBlocks(f, 1, 3).b), "pcap": manyPackets(usualPcap(), 1, 10).b,
		"modified": manyPackets(buildPcap(binary.BigEndian, 0xa1b2cd34, 4, 0, 1), 1, 10).b,
	} {
		for _, packed := range []string{"", "gzip"} {
			file := b
			if packed != "" {
				file = damagetest.Pack(t, packed, b)
			}
			var got []byte
			if err := open(t, file).Blocks(0, func(r RawBlock) bool {
				if r.Offset != int64(len(got)) {
					t.Errorf("%s: a block at %d, want %d", name, r.Offset, len(got))
				}
				got = append(got, r.Raw...)
				return true
			}); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, b) {
				t.Errorf("%s %s: %d octets, want the same %d", name, packed, len(got), len(b))
			}
		}
	}
}
