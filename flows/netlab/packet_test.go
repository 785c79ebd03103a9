package netlab

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tcpclose/decode"
)

// lastACK is the last ACK of a close as a Linux kernel sent it, timestamps and all.
const lastACK = "45000034c9524000400657a50a0000090a000115" + "d3ea1f9015b1c3a8cf12aa42801000401d0d00000101080a6d9a2d5e1c5b0a10"

func kernelPacket(t *testing.T) *Packet {
	t.Helper()
	raw, err := hex.DecodeString(lastACK)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := parsePacket(FromA, raw)
	if !ok {
		t.Fatal("not a TCP packet")
	}
	p.seal() // the text above has been made up from two packets
	return p
}

// sound reports whether both checksums are right: then each sums up to all ones.
func sound(p *Packet) bool {
	addrs := p.Data[8:40]
	if p.v4() {
		addrs = p.Data[12:20]
		if fold(sum(0, p.Data[:p.tcp])) != 0xffff {
			return false
		}
	}
	return fold(sum(sum(uint32(len(p.Data)-p.tcp)+6, addrs), p.Data[p.tcp:])) == 0xffff
}

func TestShiftingNumbersAcrossTheWrapKeepsThePacketSound(t *testing.T) {
	p := kernelPacket(t)
	seq, ack := p.Seq(), p.Ack()
	p.shift(0xf0000000, 0x40000000)
	if p.Seq() != seq.Add(0xf0000000) || p.Ack() != ack.Add(0x40000000) {
		t.Errorf("got seq %d ack %d", p.Seq(), p.Ack())
	}
	if !sound(p) {
		t.Error("the checksums are wrong")
	}
}

func TestAForgedSegmentHasTheEndsOfItsModel(t *testing.T) {
	p := kernelPacket(t)
	f := p.forge(FromB, decode.RST, 7, 0, 33)
	if f.Src() != p.Dst() || f.Dst() != p.Src() {
		t.Errorf("got %s > %s, want the reverse of %s > %s", f.Src(), f.Dst(), p.Src(), p.Dst())
	}
	if f.Seq() != 7 || f.Flags() != decode.RST || f.Len() != 0 || f.Data[8] != 33 || !sound(f) {
		t.Errorf("a damaged forgery: % x", f.Data)
	}
}

func TestOurCapturesAreReadBackToTheNanosecond(t *testing.T) {
	p := kernelPacket(t)
	var file bytes.Buffer
	packets := []Timed{{1795169092248220672, p.Data}, {1795169092248220673, p.Data}}
	if err := WriteCapture(&file, "a comment", "middle", 0, packets); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "two.pcapng")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for i, want := range packets {
		var got decode.Packet
		if err := src.Next(&got); err != nil {
			t.Fatal(err)
		}
		if got.Time != want.Time || !slices.Equal(got.Data, want.Data) || got.LinkType != linkTypeRaw {
			t.Errorf("packet %d: got %d % x", i+1, got.Time, got.Data)
		}
	}
	if d := src.Damages(); len(d) != 0 {
		t.Errorf("our own file is damaged: %v", d)
	}
}
