package decode

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var bothOrders = []byteOrder{binary.LittleEndian, binary.BigEndian}

func TestEnhancedPacketsAreReadInBothByteOrders(t *testing.T) {
	for _, order := range bothOrders {
		f := buildPcapng(order).iface(113, 100)
		at := int64(len(f.b))
		f.packet(1, 0, stampOf(1), 61).packet(2, 0, stampOf(2), 64)
		c := open(t, f.b)
		got := readAll(t, c)
		if !slices.Equal(numbers(got), []byte{1, 2}) {
			t.Fatalf("%v: packets %v", order, numbers(got))
		}
		p := got[0]
		if p.Time != 1_700_000_000_000_001_000 || p.LinkType != 113 || len(p.Data) != 61 || p.WireLen != 61 || p.Pos != MakePosition(0, at) || p.NoTime {
			t.Errorf("%v: %+v", order, p)
		}
		if i := c.Files()[0]; i.Format != "pcapng" || i.SnapLen != 100 || i.Sections != 1 || i.Packets != 2 || !i.Complete {
			t.Errorf("%+v", i)
		}
		wantDamage(t, c)
	}
}

func TestEveryInterfaceHasItsOwnLinkTypeAndClock(t *testing.T) {
	f := buildPcapng(binary.LittleEndian)
	f.iface(1, 0).iface(276, 96, f.option(optIfResolution, 9)).iface(101, 0, f.option(optIfResolution, 3))
	c := open(t, f.packet(1, 0, 5_000_000, 60).packet(2, 1, 5_000_000_000, 60).packet(3, 2, 5_000, 60).b)
	for i, p := range readAll(t, c) {
		if p.Time != 5e9 || p.LinkType != []LinkType{1, 276, 101}[i] || int(p.Iface) != i {
			t.Errorf("packet %d: %+v", i+1, p)
		}
	}
	if got := c.Interfaces(); len(got) != 3 || got[1].SnapLen != 96 || got[1].ID != 1 || got[1].Resolution != 9 || got[1].Packets != 1 {
		t.Errorf("interfaces %+v", got)
	}
	wantDamage(t, c)
}

func TestSectionsOfMixedByteOrderHaveTheirOwnInterfaces(t *testing.T) {
	f := usualPcapng().packet(1, 0, stampOf(1), 60)
	f.section(binary.BigEndian, 0, nil).iface(276, 0).packet(2, 0, stampOf(2), 60)
	f.section(binary.LittleEndian, 0, nil).iface(101, 0).packet(3, 0, stampOf(3), 60)
	c := open(t, f.b)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2, 3}) || got[1].LinkType != 276 || got[2].LinkType != 101 || got[2].Iface != 2 {
		t.Errorf("packets %+v", got)
	}
	if i := c.Interfaces(); len(i) != 3 || i[1].Section != 1 || i[1].ID != 0 {
		t.Errorf("interfaces %+v", i)
	}
	wantDamage(t, c)
}

func TestMinorVersionsOfASectionAreReadAlike(t *testing.T) {
	for minor := range uint16(3) {
		f := (&pcapngBuilder{}).section(binary.LittleEndian, minor, nil).iface(1, 0).packet(1, 0, stampOf(1), 60)
		if got := readAll(t, open(t, f.b)); len(got) != 1 {
			t.Errorf("version 1.%d: %d packets", minor, len(got))
		}
	}
}

func TestASectionOfAnotherVersionIsLeftOut(t *testing.T) {
	f := usualPcapng().packet(1, 0, stampOf(1), 60)
	start := len(f.b)
	f.section(binary.LittleEndian, 0, nil)
	f.b[start+12] = 2
	f.iface(1, 0).packet(2, 0, stampOf(2), 60)
	end := len(f.b)
	f.section(binary.LittleEndian, 0, nil).iface(1, 0).packet(3, 0, stampOf(3), 60)
	c := open(t, f.b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 3}) {
		t.Errorf("packets %v", got)
	}
	if d := wantDamage(t, c, DamageSection)[0]; d.Offset != int64(start) || d.Lost != int64(end-start) || d.Detail != "version 2.0" {
		t.Errorf("%+v", d)
	}
}

func TestSimplePacketsHaveNoTime(t *testing.T) {
	f := buildPcapng(binary.LittleEndian).iface(1, 64)
	f.block(blockSimplePacket, f.u32(61), bytes.Repeat([]byte{1}, 61)).block(blockSimplePacket, f.u32(1500), bytes.Repeat([]byte{2}, 64))
	c := open(t, f.packet(3, 0, stampOf(3), 60).b)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2, 3}) {
		t.Fatalf("packets %v", numbers(got))
	}
	if p := got[0]; !p.NoTime || p.Time != 0 || len(p.Data) != 61 || p.FileFrame != 1 {
		t.Errorf("%+v", p)
	}
	if p := got[1]; len(p.Data) != 64 || p.WireLen != 1500 {
		t.Errorf("%+v", p)
	}
	if got[2].NoTime {
		t.Error("the enhanced packet has a time")
	}
	wantDamage(t, c)
}

func TestObsoletePacketBlocksAreRead(t *testing.T) {
	for _, order := range bothOrders {
		f := buildPcapng(order).iface(1, 0).iface(101, 0)
		ids := order.AppendUint16(order.AppendUint16(nil, 1), 7)
		stamp := stampOf(1)
		f.block(blockObsoletePacket, ids, f.u32(uint32(stamp>>32), uint32(stamp), 60, 90), bytes.Repeat([]byte{1}, 60))
		c := open(t, f.b)
		got := readAll(t, c)
		if len(got) != 1 || got[0].LinkType != 101 || got[0].WireLen != 90 || got[0].Time != int64(stamp)*1000 {
			t.Errorf("%v: %+v", order, got)
		}
		if lost := c.Files()[0].Drops; lost != 7 {
			t.Errorf("%d drops, want 7", lost)
		}
	}
}

func TestUnknownBlocksAreSkippedByTheirLength(t *testing.T) {
	f := usualPcapng().packet(1, 0, stampOf(1), 60)
	for _, typ := range []uint32{7, 8, 9, 0xbad, 0x40000bad, 0x80000001, 0xffffffff} {
		f.block(typ, bytes.Repeat([]byte{0xee}, 1000))
	}
	f.block(blockSecrets, f.u32(0x544c534b, 4), []byte("key "))
	c := open(t, f.block(11).packet(2, 0, stampOf(2), 60).b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
		t.Errorf("packets %v", got)
	}
	if n := c.Files()[0].Secrets; n != 1 {
		t.Errorf("%d secrets blocks", n)
	}
	wantDamage(t, c)
}

func TestABlockBeyondAllBuffersIsSkippedIfTheFileConfirmsIt(t *testing.T) {
	f := usualPcapng().packet(1, 0, stampOf(1), 60).block(0xbad, make([]byte, 20<<20)).packet(2, 0, stampOf(2), 60)
	c := open(t, f.b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
		t.Errorf("packets %v", got)
	}
	wantDamage(t, c)
}

func TestTextsOfSectionsAndInterfacesAreKept(t *testing.T) {
	for _, order := range bothOrders {
		f := &pcapngBuilder{order: order}
		f.section(order, 0, f.options(f.option(optComment, []byte("first")...), f.option(optSectionHardware, []byte("cpu")...),
			f.option(optSectionOS, []byte("os\x00")...), f.option(optSectionApplication, []byte("app")...), f.option(optComment, []byte("second")...)))
		f.iface(1, 0, f.option(optIfName, []byte("eth0")...), f.option(optIfDescription, []byte("up link")...),
			f.option(optIfFilter, []byte("\x00tcp port 80")...), f.option(optIfOS, []byte("linux")...), f.option(optIfHardware, []byte("nic")...),
			f.option(optIfFCSLen, 4), f.option(optComment, []byte("mirror")...), f.option(999, 1, 2, 3))
		c := open(t, f.packet(1, 0, stampOf(1), 60).b)
		if p := readAll(t, c)[0]; p.FCSLen != 4 {
			t.Errorf("frame check sequence of %d octets", p.FCSLen)
		}
		i := c.Files()[0]
		if !slices.Equal(i.Comments, []string{"first", "second"}) || i.Hardware != "cpu" || i.OS != "os" || i.Application != "app" {
			t.Errorf("%+v", i)
		}
		e := c.Interfaces()[0]
		if e.Name != "eth0" || e.Description != "up link" || e.Filter != "tcp port 80" || e.OS != "linux" || e.Hardware != "nic" || !slices.Equal(e.Comments, []string{"mirror"}) {
			t.Errorf("%+v", e)
		}
		wantDamage(t, c)
	}
}

func TestAZeroLengthOptionIsEmpty(t *testing.T) {
	f := buildPcapng(binary.LittleEndian)
	f.iface(1, 0, f.option(optIfName, []byte("eth0")...), f.option(optComment), f.option(optIfResolution), f.option(optIfTimeOffset))
	c := open(t, f.packet(1, 0, 5e6, 60, f.option(optComment), f.option(optPacketFlags)).b)
	if p := readAll(t, c)[0]; p.Time != 5e9 {
		t.Errorf("%+v", p)
	}
	if i := c.Interfaces()[0]; i.Name != "eth0" || !slices.Equal(i.Comments, []string{""}) {
		t.Errorf("%+v", i)
	}
	wantDamage(t, c)
}

func TestOptionsThatRunBeyondTheirBlockLoseNoPacket(t *testing.T) {
	f := usualPcapng()
	for _, n := range []uint16{9, 65535} {
		bad := f.order.AppendUint16(f.order.AppendUint16(nil, 1), n)
		stamp := stampOf(1)
		f.block(blockEnhancedPacket, f.u32(0, uint32(stamp>>32), uint32(stamp), 4, 4), []byte{1, 1, 1, 1}, bad, make([]byte, 4))
	}
	c := open(t, f.packet(3, 0, stampOf(3), 60).b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 1, 3}) {
		t.Errorf("packets %v", got)
	}
	wantDamage(t, c, DamageOptions, DamageOptions)
}

func TestPacketOptionsAreRead(t *testing.T) {
	for _, order := range bothOrders {
		f := buildPcapng(order).iface(1, 0)
		at := len(f.b)
		f.packet(1, 0, stampOf(1), 61, f.option(optComment, []byte("look here")...), f.option(optPacketFlags, f.u32(4<<5|1)...),
			f.option64(optPacketDrops, 1<<40), f.option(optComment, []byte("and here")...))
		f.packet(2, 0, stampOf(2), 60)
		c := open(t, f.b)
		got := readAll(t, c)
		if got[0].FCSLen != 4 || got[1].FCSLen != 0 {
			t.Errorf("frame check sequences of %d and %d octets", got[0].FCSLen, got[1].FCSLen)
		}
		if i := c.Files()[0]; i.Drops != 1<<40 || i.PacketComments != 2 {
			t.Errorf("%+v", i)
		}
		if list, err := c.Comments(MakePosition(0, int64(at))); err != nil || !slices.Equal(list, []string{"look here", "and here"}) {
			t.Errorf("comments %q, %v", list, err)
		}
		if list, err := c.Comments(got[1].Pos); err != nil || len(list) != 0 {
			t.Errorf("comments %q, %v", list, err)
		}
	}
}

func TestInterfaceStatisticsReachTheInterfaceAndTheFile(t *testing.T) {
	for _, order := range bothOrders {
		f := buildPcapng(order).iface(1, 0).iface(1, 0)
		for _, drops := range []uint64{5, 9} { // totals: the later one counts
			stamp := stampOf(1)
			start := f.option(optStatsStart, f.u32(uint32(stamp>>32), uint32(stamp))...)
			f.block(blockStatistics, f.u32(1, uint32(stamp>>32), uint32(stamp)), f.options(start, f.option64(optStatsReceived, 1000),
				f.option64(optStatsDropped, drops), f.option64(optStatsFilterAccept, 900), f.option64(optStatsOSDropped, 3), f.option64(optStatsUserDelivered, 890)))
		}
		c := open(t, f.b)
		readAll(t, c)
		want := InterfaceStats{
			Has:      StatsReceived | StatsDropped | StatsFilterAccept | StatsOSDropped | StatsUserDelivered | StatsStart,
			Received: 1000, Dropped: 9, FilterAccept: 900, OSDropped: 3, UserDelivered: 890, Start: 1_700_000_000_000_001_000,
		}
		if got := c.Interfaces()[1].Stats; got != want {
			t.Errorf("%v: %+v", order, got)
		}
		if drops := c.Files()[0].Drops; drops != 12 {
			t.Errorf("%d drops", drops)
		}
		wantDamage(t, c)
	}
}

func TestNamesAreKept(t *testing.T) {
	f := usualPcapng()
	v4 := f.option(nameIPv4, append([]byte{10, 0, 0, 1}, "alpha\x00beta\x00"...)...)
	v6 := f.option(nameIPv6, append(netip.MustParseAddr("2001:db8::1").AsSlice(), "gamma\x00"...)...)
	f.block(blockNames, f.options(v4, v6, v4))
	c := open(t, f.b)
	readAll(t, c)
	a4, a6 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")
	if got := c.Names(); !slices.Equal(got, []Name{{a4, "alpha"}, {a4, "beta"}, {a6, "gamma"}}) {
		t.Errorf("names %v", got)
	}
	wantDamage(t, c)
}

func TestADamagedBlockLosesOnlyItself(t *testing.T) {
	for name, v := range map[string]struct {
		at    int // in the damaged block
		value uint32
		kind  DamageKind
		frame bool // the packet itself is still delivered
	}{
		"length 0":                    {4, 0, DamageBlockLength, false},
		"a length below 12":           {4, 8, DamageBlockLength, false},
		"a length not divisible by 4": {4, 97, DamageBlockLength, false},
		"a length of 3 GiB":           {4, 0xc0000000, DamageBlockLength, false},
		"a length beyond the file":    {4, 1 << 20, DamageBlockLength, false},
		"a length too short":          {4, 64, DamageTrailer, false},
		"a length too long":           {4, 140, DamageTrailer, false},
		"another length behind it":    {-4, 96, DamageTrailer, true},
		"a packet beyond the block":   {20, 70, DamagePacketLength, false},
		"a packet of 3 GiB":           {20, 0xc0000000, DamagePacketLength, false},
		"an unknown interface":        {8, 1, DamageUnknownInterface, false},
		"interface 2^32-1":            {8, 0xffffffff, DamageUnknownInterface, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range bothOrders {
				f := manyBlocks(buildPcapng(order).iface(1, 0), 1, 3)
				start := len(f.b)
				f.packet(4, 0, stampOf(4), 66)
				end := len(f.b)
				at := start + v.at
				if v.at < 0 {
					at = end + v.at
				}
				order.PutUint32(f.b[at:], v.value)
				c := open(t, manyBlocks(f, 5, 3).b)
				want := []byte{1, 2, 3, 5, 6, 7}
				if v.frame {
					want = []byte{1, 2, 3, 4, 5, 6, 7}
				}
				if got := numbers(readAll(t, c)); !slices.Equal(got, want) {
					t.Errorf("packets %v, want %v", got, want)
				}
				d := wantDamage(t, c, v.kind)[0]
				lost := int64(end - start)
				if v.frame {
					lost = 0
				}
				if d.Offset != int64(start) || d.AfterFrame != 3 || d.Lost != lost || !d.Resumed {
					t.Errorf("%+v, want offset %d and %d lost", d, start, lost)
				}
			}
		})
	}
}

func TestAFileCutInABlockIsReadUpToTheCut(t *testing.T) {
	f := manyBlocks(usualPcapng(), 1, 2)
	start := len(f.b)
	whole := len(f.packet(3, 0, stampOf(3), 60).b)
	for size := start + 1; size < whole; size += 3 {
		c := open(t, f.b[:size])
		if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
			t.Errorf("packets %v", got)
		}
		if d := wantDamage(t, c, DamageTruncated)[0]; d.Offset != int64(start) || d.Lost != int64(size-start) || d.AfterFrame != 2 {
			t.Errorf("%+v", d)
		}
	}
}

func TestReadingGoesOnAtTheNextSectionBehindRubbish(t *testing.T) {
	f := manyBlocks(usualPcapng(), 1, 2)
	f.raw(bytes.Repeat([]byte{0xab}, 100_003)...)
	manyBlocks(f.section(binary.BigEndian, 0, nil).iface(101, 0), 3, 2)
	c := open(t, f.b)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2, 3, 4}) || got[3].LinkType != 101 {
		t.Errorf("packets %v", numbers(got))
	}
	if d := wantDamage(t, c, DamageBlockLength)[0]; d.Lost != 100_003 {
		t.Errorf("%+v", d)
	}
}

func TestASectionWithAWrongLengthIsStillEntered(t *testing.T) {
	f := manyBlocks(usualPcapng(), 1, 2)
	at := len(f.b)
	f.section(binary.BigEndian, 0, nil)
	f.b[at+7] = 3
	c := open(t, manyBlocks(f.iface(101, 0), 3, 2).b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3, 4}) {
		t.Errorf("packets %v", got)
	}
	wantDamage(t, c, DamageBlockLength)
}

func TestAnInterfaceThatCannotBeReadKeepsItsNumber(t *testing.T) {
	f := buildPcapng(binary.LittleEndian).block(blockInterface, []byte{1, 0, 0, 0}).iface(101, 0)
	c := open(t, f.packet(1, 1, stampOf(1), 60).packet(2, 0, stampOf(2), 60).packet(3, 1, stampOf(3), 60).b)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 3}) || got[0].LinkType != 101 {
		t.Errorf("packets %v", numbers(got))
	}
	wantDamage(t, c, DamageInterface, DamageUnknownInterface)
}

func TestShortBlocksOfKnownTypesAreDamage(t *testing.T) {
	for _, typ := range []uint32{blockEnhancedPacket, blockObsoletePacket, blockSimplePacket, blockStatistics} {
		f := manyBlocks(usualPcapng(), 1, 1).block(typ)
		c := open(t, manyBlocks(f, 2, 1).b)
		if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
			t.Errorf("type %d: packets %v", typ, got)
		}
		wantDamage(t, c, DamageBlockLength)
	}
}

func TestASectionWithoutAnythingIsAnEmptyCapture(t *testing.T) {
	c := open(t, buildPcapng(binary.BigEndian).b)
	if got := readAll(t, c); len(got) != 0 || len(c.Interfaces()) != 0 {
		t.Errorf("%d packets, %d interfaces", len(got), len(c.Interfaces()))
	}
	wantDamage(t, c)
}

func TestHostileTextsAreBounded(t *testing.T) {
	f := &pcapngBuilder{order: binary.LittleEndian}
	var list [][]byte
	for range 1000 {
		list = append(list, f.option(optComment, bytes.Repeat([]byte{'x'}, 60_000)...))
	}
	// Two blocks, since one may have 16 MiB.
	f.section(binary.LittleEndian, 0, f.options(list[:200]...)).iface(1, 0, append(list[:200], f.option(optIfName, bytes.Repeat([]byte{'n'}, 60_000)...))...)
	c := open(t, f.packet(1, 0, 1, 60).b)
	if got := readAll(t, c); len(got) != 1 {
		t.Fatalf("%d packets; %v", len(got), c.Damages())
	}
	if s, i := c.Files()[0], c.Interfaces()[0]; len(strings.Join(s.Comments, "")) > maxComments*maxCommentLen || len(i.Comments) != maxComments || len(i.Name) != maxNameLen {
		t.Errorf("%d and %d comments kept, a name of %d octets", len(s.Comments), len(i.Comments), len(i.Name))
	}
}

// A block whose trailer is wrong is delivered as it stands, also where the look at what follows it moves the buffer.
func TestAWrongTrailerLeavesItsPacketWhole(t *testing.T) {
	for size := 3800; size <= 3960; size += 4 { // somewhere the buffer ends right behind the block
		f := usualPcapng().packet(1, 0, stampOf(1), size).packet(2, 0, stampOf(2), 62)
		end := len(f.b)
		manyBlocks(f, 3, 40)
		f.b[end-2]++
		list, damages, err := readBytes(t, bytes.NewReader(f.b))
		if err != nil || len(damages) != 1 || damages[0].Kind != DamageTrailer || len(list) != 42 {
			t.Fatalf("%d packets, %v, %v", len(list), damages, err)
		}
		if want := bytes.Repeat([]byte{2}, 62); !bytes.Equal(list[1].Data, want) {
			t.Errorf("the block that ends at %d gives %x", end, list[1].Data)
		}
	}
}
