package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// TestTextsAtAndBeyondTheirLimits reads files whose texts take exactly what is kept, and more: what is over is counted.
func TestTextsAtAndBeyondTheirLimits(t *testing.T) {
	long := bytes.Repeat([]byte{'x'}, maxCommentLen)
	for _, c := range []struct {
		name     string
		comments int
		length   int
		cut      uint64
	}{
		{"as many as are kept", maxComments, 10, 0},
		{"one more", maxComments + 1, 10, 1},
		{"many more", maxComments + 50, 10, 50},
		{"as long as is kept", 1, maxCommentLen, 0},
		{"one octet longer", 1, maxCommentLen + 1, 1},
	} {
		f := usualPcapng()
		var options [][]byte
		for range c.comments {
			options = append(options, f.option(optComment, append(bytes.Clone(long), 'y')[:c.length]...))
		}
		f.section(binary.LittleEndian, 0, f.options(options...)).iface(1, 0, options...)
		capture := open(t, manyBlocks(f, 1, 1).b)
		readAll(t, capture)
		wantDamage(t, capture)
		info, iface := capture.Files()[0], capture.Interfaces()[1]
		for _, list := range [][]string{info.Comments, iface.Comments} {
			if want := min(c.comments, maxComments); len(list) != want || len(list[0]) != min(c.length, maxCommentLen) {
				t.Errorf("%s: %d comments of %d octets", c.name, len(list), len(list[0]))
			}
		}
		if info.TextsCut != 2*c.cut {
			t.Errorf("%s: %d texts cut, want %d", c.name, info.TextsCut, 2*c.cut)
		}
	}
}

func TestInterfacesBeyondTheirTextsAndNumbers(t *testing.T) {
	f := usualPcapng()
	value := bytes.Repeat([]byte{'x'}, maxCommentLen)
	var options [][]byte
	for range maxComments {
		options = append(options, f.option(optComment, value...))
	}
	each := maxComments * maxCommentLen
	n := maxInterfaceText/each + 3
	for range n {
		f.iface(1, 0, options...)
	}
	capture := open(t, manyBlocks(f, 1, 1).b)
	readAll(t, capture)
	kept := 0
	for _, i := range capture.Interfaces() {
		for _, c := range i.Comments {
			kept += len(c)
		}
	}
	if cut := capture.Files()[0].TextsCut; kept > maxInterfaceText || kept < maxInterfaceText-each || cut != uint64(n-kept/each) {
		t.Errorf("%d octets of text kept, %d interfaces without", kept, cut)
	}

	f = usualPcapng()
	for range maxInterfaces + 4 {
		f.iface(1, 0)
	}
	capture = open(t, f.packet(1, maxInterfaces+3, stampOf(1), 60).b)
	list := readAll(t, capture)
	if len(list) != 1 || list[0].Iface != maxInterfaces-1 || len(capture.Interfaces()) != maxInterfaces || capture.Files()[0].TextsCut != 5 {
		t.Errorf("%d packets, %d interfaces, %d left out", len(list), len(capture.Interfaces()), capture.Files()[0].TextsCut)
	}
}

func TestNamesBeyondTheirNumber(t *testing.T) {
	f := usualPcapng()
	for at := 0; at < maxNames+10; at += 500 {
		var records []byte
		for i := at; i < min(at+500, maxNames+10); i++ {
			records = append(records, f.option(nameIPv4, append([]byte{10, 0, 0, 1}, fmt.Sprintf("h%d\x00", i)...)...)...)
		}
		f.block(blockNames, append(records, 0, 0, 0, 0))
	}
	capture := open(t, manyBlocks(f, 1, 1).b)
	readAll(t, capture)
	if n, cut := len(capture.Names()), capture.Files()[0].TextsCut; n != maxNames || cut != 10 {
		t.Errorf("%d names, %d left out", n, cut)
	}
}

func TestDamagesBeyondTheirList(t *testing.T) {
	f := usualPcapng()
	for range maxDamages + 10 {
		f.packet(1, 7, stampOf(1), 4) // of an interface that was not described
	}
	capture := open(t, f.b)
	readAll(t, capture)
	if len(capture.Damages()) != maxDamages || capture.DamageCount() != maxDamages+10 {
		t.Errorf("%d damages listed, %d counted", len(capture.Damages()), capture.DamageCount())
	}
}

// TestALengthAloneTakesNoMemory gives headers that claim the most that is believed, and nothing behind them.
func TestALengthAloneTakesNoMemory(t *testing.T) {
	for name, b := range map[string][]byte{
		"pcap":          usualPcap().header(1, 1, hardRecordLimit, hardRecordLimit).raw(make([]byte, 100)...).b,
		"pcap, beyond":  usualPcap().header(1, 1, hardRecordLimit+1, hardRecordLimit+1).raw(make([]byte, 100)...).b,
		"pcapng":        usualPcapng().raw(order32(blockEnhancedPacket, hardBlockLimit)...).raw(make([]byte, 100)...).b,
		"pcapng, giant": usualPcapng().raw(order32(blockCustom, 0xfffffff0)...).raw(make([]byte, 100)...).b,
	} {
		var err error
		bytesOf := testing.AllocsPerRun(1, func() {
			_, _, err = readBytes(t, bytes.NewReader(b))
		})
		if err != nil || bytesOf > 200 {
			t.Errorf("%s: %v, %v allocations", name, err, bytesOf)
		}
		fuzzReading(t, b, 64<<10)
	}
}
