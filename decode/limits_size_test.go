package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode/damagetest"
)

// The octets that fill a giant record look like no header.
const filler = 7

func TestARecordAtAndBeyondItsLimit(t *testing.T) {
	c := open(t, usualPcap().packet(1, 1, 1, 60).packet(filler, 1, 2, hardRecordLimit).packet(2, 1, 3, 60).b)
	if got := readAll(t, c); !slices.Equal(numbers(got), []byte{1, filler, 2}) || len(got[1].Data) != hardRecordLimit {
		t.Errorf("at the limit: packets %v", numbers(got))
	}
	wantDamage(t, c)
	f := usualPcap().packet(1, 1, 1, 60).packet(filler, 1, 2, hardRecordLimit+1)
	lost := len(f.b) - 24 - 16 - 60
	c = open(t, f.packet(2, 1, 3, 60).packet(3, 1, 4, 60).packet(4, 1, 5, 60).b)
	if got := readAll(t, c); !slices.Equal(numbers(got), []byte{1, 2, 3, 4}) {
		t.Errorf("beyond: packets %v", numbers(got))
	}
	if d := wantDamage(t, c, DamageRecordLength)[0]; d.Lost != int64(lost) || !d.Resumed {
		t.Errorf("%+v, %d octets are lost", d, lost)
	}
}

// A length beyond the snap length is believed only where a record follows: otherwise what it hides is looked for.
func TestALengthIsBelievedUpToTheSoftLimitAlone(t *testing.T) {
	for _, c := range []struct {
		claimed uint32
		want    []byte
	}{
		{softRecordLimit, []byte{1, filler}},
		{softRecordLimit + 1, []byte{1, 2, 3, 4, 5, 9}},
	} {
		f := usualPcap().packet(1, 1, 1, 60).header(1, 2, c.claimed, c.claimed)
		begin := len(f.b)
		f.raw(bytes.Repeat([]byte{filler}, 200)...)
		for i := range 4 {
			f.packet(byte(2+i), 1, uint32(3+i), 60)
		}
		f.packet(9, 1, 9, softRecordLimit-(len(f.b)-begin)-16)
		// What stands behind the claimed length is no record.
		f.raw(bytes.Repeat([]byte{filler}, 64)...)
		capture := open(t, f.b)
		if got := numbers(readAll(t, capture)); len(got) == 0 || c.claimed > softRecordLimit && !slices.Equal(got, c.want) {
			t.Errorf("%d octets claimed: packets %v, want %v", c.claimed, got, c.want)
		}
	}
}

func TestABlockAtAndBeyondItsLimit(t *testing.T) {
	const header = 32 // what an enhanced packet block has beside its data
	for _, c := range []struct {
		size int
		want []byte
	}{
		{hardBlockLimit - header, []byte{1, filler, 2}},
		{hardBlockLimit - header + 4, []byte{1, 2}},
	} {
		f := usualPcapng().packet(1, 0, stampOf(1), 60).packet(filler, 0, stampOf(2), c.size).packet(2, 0, stampOf(3), 60)
		capture := open(t, f.b)
		if got := numbers(readAll(t, capture)); !slices.Equal(got, c.want) {
			t.Errorf("a packet of %d octets: packets %v, want %v", c.size, got, c.want)
		}
		if len(c.want) == 3 {
			wantDamage(t, capture)
		} else if d := wantDamage(t, capture, DamageBlockLength)[0]; d.Lost != int64(c.size+header) {
			t.Errorf("%+v", d)
		}
	}
}

func TestABlockIsLookedForBehindDamageUpToItsLimit(t *testing.T) {
	const header = 32
	for _, c := range []struct {
		size int
		want []byte
	}{
		{scanBlockLimit - header, []byte{1, filler, 2}},
		{scanBlockLimit - header + 4, []byte{1, 2}},
	} {
		f := usualPcapng().packet(1, 0, stampOf(1), 60).raw(bytes.Repeat([]byte{0xee}, 400)...)
		f.packet(filler, 0, stampOf(2), c.size).packet(2, 0, stampOf(3), 60)
		capture := open(t, f.b)
		if got := numbers(readAll(t, capture)); !slices.Equal(got, c.want) {
			t.Errorf("a packet of %d octets behind damage: packets %v, want %v", c.size, got, c.want)
		}
		if len(capture.Damages()) == 0 {
			t.Error("no damage")
		}
	}
}

func TestInterfacesOfASectionBeyondTheirNumber(t *testing.T) {
	f := usualPcapng()
	one := usualPcapng().b[len(buildPcapng(binary.LittleEndian).b):]
	f.raw(bytes.Repeat(one, maxSectionInterfaces)...) // one more than is read
	f.packet(1, maxSectionInterfaces-1, stampOf(1), 60).packet(2, maxSectionInterfaces, stampOf(2), 60)
	c := open(t, f.b)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1}) {
		t.Errorf("packets %v", got)
	}
	if d := wantDamage(t, c, DamageInterface, DamageUnknownInterface); !strings.Contains(d[0].Error(), fmt.Sprint(maxSectionInterfaces)) {
		t.Errorf("%v", d[0].Error())
	}
}

func TestNamesAtAndBeyondTheirLength(t *testing.T) {
	for _, n := range []int{maxNameLen, maxNameLen + 1} {
		f := buildPcapng(binary.LittleEndian)
		f.iface(1, 0, f.option(optIfName, bytes.Repeat([]byte{'x'}, n)...))
		c := open(t, manyBlocks(f, 1, 1).b)
		readAll(t, c)
		if name, cut := c.Interfaces()[0].Name, c.Files()[0].TextsCut; len(name) != maxNameLen || cut != uint64(n-maxNameLen) {
			t.Errorf("a name of %d octets: %d kept, %d texts cut", n, len(name), cut)
		}
	}
}

func TestMoreFilesThanCanBeNumberedAreRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 65,537 files")
	}
	path := writeFile(t, "one", at(1))
	_, err := Open(slices.Repeat([]string{path}, maxSources+1), FileOptions{})
	if !errors.Is(err, ErrTooMany) || !strings.Contains(err.Error(), fmt.Sprint(maxSources)) {
		t.Errorf("%v", err)
	}
	c, err := Open(slices.Repeat([]string{path}, maxSources), FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n := len(c.Files()); n != maxSources {
		t.Errorf("%d files", n)
	}
}

func TestCompressionInCompressionBeyondItsDepth(t *testing.T) {
	b := manyBlocks(usualPcapng(), 1, 9).b
	for depth := 1; depth <= maxNesting+2; depth++ { // what is compressed once is not in another one
		b = damagetest.Pack(t, "gzip", b)
		c, err := Open([]string{writeFile(t, "deep", b)}, FileOptions{})
		switch {
		case depth > maxNesting+1 && !errors.Is(err, ErrNotCapture), depth <= maxNesting+1 && err != nil:
			t.Errorf("compressed %d times: %v", depth, err)
		}
		if err == nil {
			if got := readAll(t, c); len(got) != 9 {
				t.Errorf("compressed %d times: %d packets", depth, len(got))
			}
			c.Close()
		}
	}
}

// TestHeadersAroundOneAnotherBeyondTheirNumber puts VLAN tags around a packet until the walk is as long as it may be.
func TestHeadersAroundOneAnotherBeyondTheirNumber(t *testing.T) {
	b := stack(ip4(protoTCP, 7, 9), tcp(timestamps...), bye)
	etype, steps := etherIPv4, 0
	for tags := 1; ; tags++ {
		b = stack(dot1q(tags, etype), raw(b...))
		etype = etherVLAN
		d := NewDecoder(Config{})
		d.tracing = true
		var s Segment
		stain(&s)
		if d.Decode(onLink(linkEthernet, stack(ether(etype), raw(b...))), &s) {
			steps = len(d.trace)
			continue
		}
		if skip := d.LastSkip(); skip.Reason != ReasonTooDeep || steps > maxHeaders || steps < maxHeaders-1 { // a tag takes two steps
			t.Errorf("%d tags: %v; with one less the walk took %d steps", tags, &skip, steps)
		}
		return
	}
}

// TestTheDefragmenterHoldsWhatItsBoundsSay lets one datagram wait behind as many others as there is room for, and one
// more; and as long as it may, and longer.
func TestTheDefragmenterHoldsWhatItsBoundsSay(t *testing.T) {
	const most = defaultFragBytes / datagramBytes
	for _, c := range []struct {
		name   string
		others int
		after  int64 // nanoseconds
		whole  bool
	}{
		{"as many as there is room for", most - 1, 1e9, true},
		{"one more", most, 1e9, false},
		{"as long as it may", 0, defaultFragSeconds * 1e9, true},
		{"longer", 0, defaultFragSeconds*1e9 + 1, false},
	} {
		d := NewDecoder(Config{})
		both := fragments4(protoTCP, bigSegment, piece{0, 504}, piece{504, len(bigSegment)})
		var s Segment
		frame := uint64(0)
		give := func(p *Packet, time int64) bool {
			frame++
			p.Frame, p.Time = frame, time
			return d.Decode(p, &s)
		}
		give(both[0], 0)
		for i := range c.others {
			p := fragments4(protoTCP, bigSegment, piece{0, 504})[0]
			binary.BigEndian.PutUint32(p.Data[12:], uint32(0x0b000000+i))
			give(p, 1)
		}
		if got := give(both[1], c.after); got != c.whole {
			t.Errorf("%s: put together %t", c.name, got)
		}
		if m := tally(t, d); !c.whole && m[ReasonFragmentLost] == 0 {
			t.Errorf("%s: %v", c.name, m)
		}
	}
}

// TestPiecesOfADatagramAtAndBeyondTheirNumber sends every other piece first, so that each stands alone.
func TestPiecesOfADatagramAtAndBeyondTheirNumber(t *testing.T) {
	for _, n := range []int{fragmentRanges, fragmentRanges + 1} {
		payload := stack(tcp(), raw(make([]byte, 16*n)...))[:16*n]
		var odd, even []piece
		for i := range n {
			even = append(even, piece{16 * i, 16*i + 8})
			odd = append(odd, piece{16*i + 8, 16*i + 16})
		}
		d := NewDecoder(Config{})
		got := feed(d, fragments4(protoTCP, payload, slices.Concat(even, odd)...))
		if want := n <= fragmentRanges; (len(got) == 1) != want {
			t.Errorf("%d separate pieces: %d segments", n, len(got))
		}
		if m := tally(t, d); len(got) == 0 && m[ReasonFragmentLost] == 0 {
			t.Errorf("%d separate pieces: %v", n, m)
		}
	}
}

// The headers of tunnels stand before the TCP header in a datagram in fragments: it is read where what is kept holds it.
func TestOctetsKeptOfADatagramInFragments(t *testing.T) {
	const ipInIP, timestamped = 4, 32
	const fits = fragmentHead - timestamped - 3*60 - 20
	for _, c := range []struct {
		name     string
		last     int // octets of the last IP header's options
		segments int
		options  bool
	}{
		{"all is kept", fits, 1, true},
		{"the last option is not", fits + 4, 1, false},
		{"the header itself is not", fits + 16, 0, false},
	} {
		nops := bytes.Repeat([]byte{1}, 40)
		around := ip4With(ipInIP, 7, 9, 0, nops)
		payload := stack(around, around, around, ip4With(protoTCP, 7, 9, 0, nops[:c.last]), tcp(timestamps...), raw(make([]byte, 600)...))
		half := len(payload) / 2 &^ 7
		d := NewDecoder(Config{})
		got := feed(d, fragments4(ipInIP, payload, piece{0, half}, piece{half, len(payload)}))
		if len(got) != c.segments || c.segments > 0 && (got[0].Len != 600 || got[0].Options.Has(OptTimestamps) != c.options) {
			skip := d.LastSkip()
			t.Errorf("%s: %+v, %v", c.name, got, &skip)
		}
	}
}
