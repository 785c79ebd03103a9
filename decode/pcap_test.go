package decode

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

func TestEveryKindOfPcapIsReadInBothByteOrders(t *testing.T) {
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, v := range []struct {
			name   string
			magic  uint32
			frac   uint32
			time   int64
			format string
		}{
			{"microseconds", 0xa1b2c3d4, 999999, 1_700_000_000_999_999_000, "pcap"},
			{"nanoseconds", 0xa1b23c4d, 999999999, 1_700_000_000_999_999_999, "pcap (ns)"},
			{"Kuznetzov's variant", 0xa1b2cd34, 999999, 1_700_000_000_999_999_000, "pcap (modified)"},
		} {
			t.Run(v.name+" "+order.String(), func(t *testing.T) {
				f := buildPcap(order, v.magic, 4, 65535, 113).packet(1, 1_700_000_000, v.frac, 60).packet(2, 1_700_000_001, 5, 61)
				c := open(t, f.b)
				got := readAll(t, c)
				if !slices.Equal(numbers(got), []byte{1, 2}) {
					t.Fatalf("packets %v", numbers(got))
				}
				p := got[0]
				if p.Time != v.time || p.LinkType != 113 || len(p.Data) != 60 || p.WireLen != 60 || p.Frame != 1 || p.FileFrame != 1 || p.Pos != MakePosition(0, 24) {
					t.Errorf("first packet %+v", p)
				}
				if want := int64(24 + 16 + f.extra + 60); got[1].Pos.Offset() != want {
					t.Errorf("second packet at %d, want %d", got[1].Pos.Offset(), want)
				}
				i := c.Files()[0]
				if i.Format != v.format || i.Packets != 2 || i.First != v.time || i.Last != got[1].Time || !i.Complete || i.SnapLen != 65535 || i.Size != int64(len(f.b)) {
					t.Errorf("file info %+v", i)
				}
				wantDamage(t, c)
			})
		}
	}
}

func TestSecondsBeyond2038AreNotNegative(t *testing.T) {
	got := readAll(t, open(t, usualPcap().packet(1, 0xffffffff, 1, 60).b))
	if got[0].Time != 0xffffffff*1e9+1000 {
		t.Errorf("time %d", got[0].Time)
	}
}

func TestAnotherMinorVersionIsRead(t *testing.T) {
	if got := readAll(t, open(t, buildPcap(binary.LittleEndian, 0xa1b2c3d4, 9, 65535, 1).packet(1, 1, 1, 60).b)); len(got) != 1 {
		t.Errorf("%d packets", len(got))
	}
}

func TestAnOldFileHasItsLengthsSwapped(t *testing.T) {
	f := buildPcap(binary.BigEndian, 0xa1b2c3d4, 2, 65535, 1)
	f.header(1, 1, 1500, 60).raw(bytes.Repeat([]byte{1}, 60)...)
	f.header(2, 1, 1500, 70).raw(bytes.Repeat([]byte{2}, 70)...)
	got := readAll(t, open(t, f.b))
	if len(got) != 2 || len(got[1].Data) != 70 || got[1].WireLen != 1500 {
		t.Errorf("packets %+v", got)
	}
}

func TestTheLinkTypeIsReadApartFromItsUpperBits(t *testing.T) {
	c := open(t, buildPcap(binary.LittleEndian, 0xa1b2c3d4, 4, 65535, 2<<28|1<<26|276).packet(1, 1, 1, 60).b)
	p := readAll(t, c)[0]
	if p.LinkType != 276 || p.FCSLen != 4 {
		t.Errorf("link type %d, frame check sequence of %d octets; want 276 and 4", p.LinkType, p.FCSLen)
	}
	if i := c.Interfaces()[p.Iface]; i.LinkType != 276 || i.FCSLen != 4 || i.Packets != 1 {
		t.Errorf("interface %+v", i)
	}
}

func TestASnapLengthThatIsWrongDoesNotMatter(t *testing.T) {
	for _, snap := range []uint32{0, 10, 1500, 0xffffffff} {
		c := open(t, buildPcap(binary.LittleEndian, 0xa1b2c3d4, 4, snap, 1).packet(1, 1, 1, 2000).packet(2, 2, 1, 60).b)
		if got := readAll(t, c); !slices.Equal(numbers(got), []byte{1, 2}) || len(got[0].Data) != 2000 {
			t.Errorf("snap length %d: packets %v", snap, numbers(got))
		}
		wantDamage(t, c)
	}
}

func TestAPacketLongerThanItsWireLengthIsRead(t *testing.T) {
	f := usualPcap().header(1, 1, 60, 40).raw(bytes.Repeat([]byte{1}, 60)...).packet(2, 2, 1, 60)
	c := open(t, f.b)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2}) || len(got[0].Data) != 60 || got[0].WireLen != 60 {
		t.Errorf("packets %v", got)
	}
	wantDamage(t, c)
}

func TestARecordWithoutDataIsAPacket(t *testing.T) {
	c := open(t, usualPcap().packet(1, 1, 1, 60).header(2, 1, 0, 60).packet(3, 3, 1, 60).header(4, 1, 0, 0).b)
	if got := readAll(t, c); !slices.Equal(numbers(got), []byte{1, 0, 3, 0}) {
		t.Errorf("packets %v", numbers(got))
	}
	wantDamage(t, c)
}

func TestAHugeRecordIsReadWhenAHeaderFollows(t *testing.T) {
	c := open(t, usualPcap().packet(1, 1, 1, 300_000).packet(2, 1, 1, 5<<20).packet(3, 2, 1, 60).b)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2, 3}) || len(got[1].Data) != 5<<20 {
		t.Errorf("packets %v", numbers(got))
	}
	wantDamage(t, c)
}

func TestOldVariantsAreToldByTheirRecords(t *testing.T) {
	for _, v := range []struct {
		magic uint32
		extra int
		name  string
	}{{0xa1b2c3d4, 8, "pcap (modified)"}, {0xa1b2c3d4, 4, "pcap (Nokia)"}, {0xa1b2cd34, 12, "pcap (modified)"}} {
		for _, order := range bothOrders {
			f := buildPcap(order, v.magic, 4, 65535, 1)
			f.extra = v.extra
			c := open(t, manyPackets(f, 1, 6).b)
			if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3, 4, 5, 6}) || c.Files()[0].Format != v.name {
				t.Errorf("%s with %d more octets: packets %v, %q", order, v.extra, got, c.Files()[0].Format)
			}
			wantDamage(t, c)
		}
	}
}

func TestAFileWithAHeaderOnlyIsAnEmptyCapture(t *testing.T) {
	c := open(t, usualPcap().b)
	if got := readAll(t, c); len(got) != 0 {
		t.Errorf("%d packets", len(got))
	}
	wantDamage(t, c)
}

func TestACutFileIsReadUpToTheCut(t *testing.T) {
	whole := usualPcap().packet(1, 1, 1, 60).packet(2, 2, 1, 60)
	for cut, frames := range map[int]int{1: 1, 59: 1, 60: 1, 61: 1, 75: 1, 77: 0, 136: 0} { // 60: right behind the header
		c := open(t, whole.b[:len(whole.b)-cut])
		if got := readAll(t, c); len(got) != frames {
			t.Errorf("%d octets cut: %d packets, want %d", cut, len(got), frames)
		}
		d := wantDamage(t, c, DamageTruncated)[0]
		if d.AfterFrame != uint64(frames) || d.Offset != int64(24+76*frames) || d.Offset+d.Lost != int64(len(whole.b)-cut) {
			t.Errorf("%d octets cut: %+v", cut, d)
		}
	}
}

// TestWhatIsCutIsNoPacketOfAnotherTime cuts files behind each octet of records that begin as those of SLL2 and of Ethernet with
// addresses of one's own do: somewhere a record's lengths and what follows read as a header whose length ends with the file.
func TestWhatIsCutIsNoPacketOfAnotherTime(t *testing.T) {
	for _, begin := range [][]byte{
		{8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0},
	} {
		f := usualPcap()
		for n := range uint32(2) {
			f.header(1_700_000_000, n, 60, 60).raw(append(begin, make([]byte, 60-len(begin))...)...)
		}
		for cut := len(f.b) - 75; cut < len(f.b); cut++ {
			c := open(t, f.b[:cut])
			if list := readAll(t, c); len(list) != 1 {
				t.Errorf("cut to %d octets it has %d packets, the last of the second %d", cut, len(list), list[len(list)-1].Time/1e9)
			}
			wantDamage(t, c, DamageTruncated)
		}
	}
}

// TestFilesThatWerePutTogetherAreReadAsOne joins files as cat does, of any byte order and unit of time, with other snap lengths.
func TestFilesThatWerePutTogetherAreReadAsOne(t *testing.T) {
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, magic := range []uint32{0xa1b2c3d4, 0xa1b23c4d} {
			var all []byte
			for n := range byte(3) {
				f := buildPcap(order, magic, 4, 1000*uint32(n), 1).packet(3*n+1, uint32(n), 1, 60).packet(3*n+2, uint32(n), 2, 300)
				all = append(all, f.packet(3*n+3, uint32(n), 3, 70).b...)
			}
			all = append(all, buildPcap(order, magic, 4, 65535, 1).b...) // one without packets
			c := open(t, all)
			list := readAll(t, c)
			if got := numbers(list); string(got) != "\x01\x02\x03\x04\x05\x06\x07\x08\x09" {
				t.Errorf("%v %x: packets %d", order, magic, got)
			}
			wantDamage(t, c, DamageJoined, DamageJoined, DamageJoined)
			if list[8].Time/1e9 != 2 {
				t.Errorf("%v %x: the last is of %d", order, magic, list[8].Time)
			}
			var p Packet
			if err := c.Reread(list[4].Pos, list[8].Pos, func(q *Packet) bool { p = *q; return true }); err != nil || p.Pos != list[8].Pos || p.Data[0] != 9 {
				t.Errorf("%v %x: read again the last is %d at %v, %v", order, magic, p.Data, p.Pos, err)
			}
		}
	}
}

func TestACutFileHeaderIsSaid(t *testing.T) {
	c := open(t, usualPcap().b[:20])
	if got := readAll(t, c); len(got) != 0 {
		t.Errorf("%d packets", len(got))
	}
	wantDamage(t, c, DamageTruncated)
}

// manyPackets appends n packets that are numbered from first on.
func manyPackets(f *pcapBuilder, first, n int) *pcapBuilder {
	for i := first; i < first+n; i++ {
		f.packet(byte(i), uint32(1_700_000_000+i), uint32(i), 60+i)
	}
	return f
}

func TestAnAbsurdLengthLosesOnlyItsRecord(t *testing.T) {
	for _, caplen := range []uint32{262145, 17 << 20, 0x80000000, 0xffffffff} {
		f := manyPackets(usualPcap(), 1, 5)
		at := int64(len(f.b))
		f.header(1_700_000_006, 1, caplen, caplen).raw(make([]byte, 100)...)
		lost := int64(len(f.b)) - at
		manyPackets(f, 7, 5)
		c := open(t, f.b)
		if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3, 4, 5, 7, 8, 9, 10, 11}) {
			t.Errorf("captured length %d: packets %v", caplen, got)
		}
		d := wantDamage(t, c, DamageRecordLength)[0]
		if d.Offset != at || d.Lost != lost || d.AfterFrame != 5 || !d.Resumed {
			t.Errorf("captured length %d: %+v, want offset %d, lost %d", caplen, d, at, lost)
		}
	}
}

func TestAbsentOctetsInAPacketLoseThatPacketOnly(t *testing.T) {
	f := manyPackets(usualPcap(), 1, 12)
	at := 24 + 5*16 + 61 + 62 + 63 + 64 + 65 + 20
	c := open(t, slices.Concat(f.b[:at], f.b[at+13:]))
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12}) {
		t.Errorf("packets %v", got)
	}
	if d := wantDamage(t, c, DamageRecordLength)[0]; d.AfterFrame != 5 || !strings.Contains(d.Detail, "inside") {
		t.Errorf("%+v", d)
	}
}

func TestRubbishBetweenRecordsIsLeftOut(t *testing.T) {
	f := manyPackets(usualPcap(), 1, 3)
	at := int64(len(f.b))
	f.raw(bytes.Repeat([]byte{0xfe}, 200_001)...)
	manyPackets(f, 4, 3)
	c := open(t, f.b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3, 4, 5, 6}) {
		t.Errorf("packets %v", got)
	}
	if d := wantDamage(t, c, DamageRecordLength)[0]; d.Offset != at || d.Lost != 200_001 {
		t.Errorf("%+v", d)
	}
}

func TestZerosAreNoPackets(t *testing.T) {
	f := manyPackets(usualPcap(), 1, 3).raw(make([]byte, 4096)...)
	c := open(t, manyPackets(f, 4, 3).b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3, 4, 5, 6}) {
		t.Errorf("packets %v", got)
	}
	if d := wantDamage(t, c, DamageZeros)[0]; d.Lost != 4096 {
		t.Errorf("%+v", d)
	}
	c = open(t, manyPackets(usualPcap(), 1, 3).raw(make([]byte, 100_000)...).b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3}) {
		t.Errorf("zeros at the end: packets %v", got)
	}
	if d := wantDamage(t, c, DamageZeros)[0]; d.Lost != 100_000 || d.Resumed {
		t.Errorf("%+v", d)
	}
}

func TestTheSentenceOfADamageNamesFilePlaceFrameAndCause(t *testing.T) {
	c := open(t, manyPackets(usualPcap(), 1, 3).raw(1, 2, 3).b)
	readAll(t, c)
	got := wantDamage(t, c, DamageTruncated)[0]
	text := got.Error()
	for _, want := range []string{got.Path, "at byte 258", "after frame 3", "in the middle of a record", "3 bytes lost", "copy it again"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
}

func TestDamagesAreBoundedButCounted(t *testing.T) {
	f := manyPackets(usualPcap(), 1, 2)
	for range maxDamages + 50 {
		f.raw(bytes.Repeat([]byte{0xfe}, 20)...)
		manyPackets(f, 1, 4)
	}
	c := open(t, f.b)
	readAll(t, c)
	if len(c.Damages()) != maxDamages || c.DamageCount() != maxDamages+50 {
		t.Errorf("%d listed, %d counted", len(c.Damages()), c.DamageCount())
	}
}

func TestRecordsAcrossChunksKeepTheirData(t *testing.T) {
	f := usualPcap()
	for i := range 4000 { // 6 MB: several chunks, and a record across each border
		f.packet(byte(i), uint32(1_700_000_000+i/1000), uint32(i), 1000+i%997)
	}
	c := open(t, f.b)
	var p Packet
	n := 0
	for c.Next(&p) == nil {
		if len(p.Data) != 1000+n%997 || !bytes.Equal(p.Data, bytes.Repeat([]byte{byte(n)}, len(p.Data))) {
			t.Fatalf("packet %d holds other data", n+1)
		}
		if at := p.Pos.Offset(); !bytes.Equal(f.b[at+16:at+16+int64(len(p.Data))], p.Data) {
			t.Fatalf("packet %d does not stand at %d", n+1, at)
		}
		n++
	}
	if n != 4000 {
		t.Errorf("%d packets", n)
	}
}
