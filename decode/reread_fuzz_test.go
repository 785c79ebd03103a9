package decode

import (
	"bytes"
	"slices"
	"testing"

	"tcpclose/decode/damagetest"
)

// FuzzReread reads whatever a file holds a second time, from one packet to another: what comes is what came, and the
// file's blocks lie in order with every packet in one of them.
func FuzzReread(f *testing.F) {
	f.Add(mixedPcapng(), uint16(2), uint16(7))
	f.Add(manyPackets(usualPcap(), 1, 10).b, uint16(0), uint16(3))
	f.Add(manyPackets(manyPackets(usualPcap(), 1, 3).raw(make([]byte, 50)...), 4, 3).b, uint16(1), uint16(9))
	f.Add(damagetest.Pack(f, "gzip", mixedPcapng()), uint16(4), uint16(5))
	seedFiles(f, func(b []byte) { f.Add(b, uint16(1), uint16(3)) })
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, from, to uint16) {
		if len(b) > 1<<16 {
			return
		}
		c, err := Open([]string{overwrite(t, dir, b)}, FileOptions{})
		if err != nil {
			return
		}
		defer c.Close()
		all := readAll(t, c)
		if len(all) == 0 {
			return
		}
		i, k := int(from)%len(all), int(to)%len(all)
		i, k = min(i, k), max(i, k)
		wantSame(t, reread(t, c, all[i].Pos, all[k].Pos), all[i:k+1])
		last, found := int64(-1), 0
		if err := c.Blocks(0, func(b RawBlock) bool {
			if b.Offset <= last {
				t.Fatalf("a block at %d behind one at %d", b.Offset, last)
			}
			last = b.Offset
			at := slices.IndexFunc(all[found:], func(p Packet) bool { return p.Pos.Offset() == b.Offset })
			if at >= 0 {
				if found += at + 1; !bytes.Contains(b.Raw, all[found-1].Data) {
					t.Fatalf("the block at %d does not hold its packet", b.Offset)
				}
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if found != len(all) {
			t.Fatalf("the packet at %d lies in no block", all[found].Pos.Offset())
		}
	})
}
