package decode

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// byteOrder is what both byte orders of encoding/binary can do.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// A pcapBuilder builds a pcap file octet by octet.
type pcapBuilder struct {
	b     []byte
	order byteOrder
	extra int // octets of a record header beyond 16
}

func buildPcap(order byteOrder, magic uint32, minor uint16, snap, network uint32) *pcapBuilder {
	f := &pcapBuilder{order: order}
	if magic == 0xa1b2cd34 {
		f.extra = 8
	}
	f.b = order.AppendUint32(f.b, magic)
	f.b = order.AppendUint16(f.b, 2)
	f.b = order.AppendUint16(f.b, minor)
	for _, v := range []uint32{0, 0, snap, network} {
		f.b = order.AppendUint32(f.b, v)
	}
	return f
}

// usualPcap is a little-endian file of microseconds, Ethernet.
func usualPcap() *pcapBuilder { return buildPcap(binary.LittleEndian, 0xa1b2c3d4, 4, 262144, 1) }

func (f *pcapBuilder) header(sec, frac, caplen, wire uint32) *pcapBuilder {
	for _, v := range []uint32{sec, frac, caplen, wire} {
		f.b = f.order.AppendUint32(f.b, v)
	}
	f.b = append(f.b, make([]byte, f.extra)...)
	return f
}

// packet appends a record whose data is its number, repeated.
func (f *pcapBuilder) packet(number byte, sec, frac uint32, size int) *pcapBuilder {
	f.header(sec, frac, uint32(size), uint32(size))
	f.b = append(f.b, bytes.Repeat([]byte{number}, size)...)
	return f
}

func (f *pcapBuilder) raw(b ...byte) *pcapBuilder {
	f.b = append(f.b, b...)
	return f
}

// open writes octets to a file and opens it.
func open(t testing.TB, b []byte) *Capture {
	t.Helper()
	c, err := Open([]string{writeFile(t, "capture", b)}, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// numbers returns the first octet of each packet: what packet() wrote as its number.
func numbers(list []Packet) []byte {
	var out []byte
	for _, p := range list {
		if len(p.Data) == 0 {
			out = append(out, 0)
			continue
		}
		out = append(out, p.Data[0])
	}
	return out
}

// wantDamage fails unless exactly these damages were recorded, and returns them.
func wantDamage(t *testing.T, c *Capture, kinds ...DamageKind) []Damage {
	t.Helper()
	got := c.Damages()
	ok := len(got) == len(kinds)
	for i := range min(len(got), len(kinds)) {
		ok = ok && got[i].Kind == kinds[i]
	}
	if !ok {
		for i := range got {
			t.Log(got[i].Error())
		}
		t.Fatalf("%d damages, want %v", len(got), kinds)
	}
	if complete := c.Files()[0].Complete; complete != (len(kinds) == 0) {
		t.Errorf("complete is %v with %d damages", complete, len(kinds))
	}
	return got
}
