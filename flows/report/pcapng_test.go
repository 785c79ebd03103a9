package report

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/decode"
)

// written returns what f writes.
func written(t *testing.T, f func(p *Pcapng)) []byte {
	t.Helper()
	var b bytes.Buffer
	p := NewPcapng(&b)
	f(p)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOurOwnBlocksAreReadBack(t *testing.T) {
	const at = 1795166692248220672
	file := written(t, func(p *Pcapng) {
		p.Section("test")
		p.Interface(&decode.Interface{LinkType: 1, SnapLen: 96, FCSLen: 4})
		p.Packet(0, at, []byte("seven o"), 1500, "a comment – not ASCII")
		p.Packet(0, at+1, nil, 60, "")
		p.Packet(0, at+2, []byte("x"), 60, strings.Repeat("long", 20_000))
	})
	path := filepath.Join(t.TempDir(), "own.pcapng")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var p decode.Packet
	for i, want := range []struct {
		data string
		wire uint32
	}{{"seven o", 1500}, {"", 60}, {"x", 60}} {
		if err := c.Next(&p); err != nil {
			t.Fatal(err)
		}
		if string(p.Data) != want.data || p.WireLen != want.wire || p.Time != at+int64(i) || p.FCSLen != 4 || p.LinkType != 1 {
			t.Errorf("packet %d reads %+v", i, p)
		}
		if i == 0 {
			if list, err := c.Comments(p.Pos); err != nil || len(list) != 1 || list[0] != "a comment – not ASCII" {
				t.Errorf("comments %q, %v", list, err)
			}
		}
	}
	if n := c.DamageCount(); n > 0 {
		t.Errorf("%d damages: %v", n, c.Damages())
	}
}

// FuzzCommentsKeepBlocksWhole gives any octets as a packet block: the block that comes out is as long as it says, and
// holds the old one's packet.
func FuzzCommentsKeepBlocksWhole(f *testing.F) {
	f.Add([]byte("................"), uint32(3), true, "comment")
	f.Add(make([]byte, 100), uint32(64), false, "")
	f.Fuzz(func(t *testing.T, body []byte, caplen uint32, big bool, comment string) {
		if len(body) > 4096 || strings.ContainsRune(comment, 0) {
			return
		}
		order := binary.AppendByteOrder(binary.LittleEndian)
		u32 := binary.LittleEndian.Uint32
		if big {
			order, u32 = binary.BigEndian, binary.BigEndian.Uint32
		}
		body = pad(body)
		n := uint32(len(body)) + 12
		raw := append(order.AppendUint32(order.AppendUint32(nil, blockEnhanced), n), body...)
		raw = order.AppendUint32(raw, n)
		if len(raw) >= packetHeader+4 {
			copy(raw[20:], order.AppendUint32(nil, caplen))
		}
		got := written(t, func(p *Pcapng) {
			p.CopyCommented(&decode.RawBlock{Type: blockEnhanced, BigEndian: big, Raw: raw}, comment)
		})
		if header := 28; len(got) < header || u32(got[4:]) != uint32(header) || u32(got[8:]) != 0x1a2b3c4d {
			t.Fatalf("a block whose section has no header stands behind %x", got)
		}
		got = got[28:]
		if len(got)%4 != 0 || int(u32(got[4:])) != len(got) || int(u32(got[len(got)-4:])) != len(got) {
			t.Fatalf("%d octets, the block says %d and %d", len(got), u32(got[4:]), u32(got[len(got)-4:]))
		}
		end := packetHeader + (int64(caplen)+3)&^3
		if end <= int64(len(raw)-4) && !bytes.Equal(got[8:end], raw[8:end]) {
			t.Fatal("the packet has changed")
		}
	})
}
