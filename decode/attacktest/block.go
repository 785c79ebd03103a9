package attacktest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Block types of pcapng.
const (
	blockInterface  = 1
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockPacket     = 6
	blockSecrets    = 10
	blockCustom     = 0xbad
	blockSection    = 0x0a0d0d0a
)

// order is how a section's numbers stand.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func words(o order, values ...uint32) []byte {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = o.AppendUint32(b, v)
	}
	return b
}

// block writes a block around its body, whose length is a multiple of four.
func (f *file) block(o order, kind uint32, body ...[]byte) {
	total := uint32(12)
	for _, p := range body {
		total += uint32(len(p))
	}
	f.write(words(o, kind, total))
	f.write(body...)
	f.write(words(o, total))
}

func (f *file) section(o order, options ...[]byte) {
	body := [][]byte{words(o, 0x1a2b3c4d), o.AppendUint16(o.AppendUint16(nil, 1), 0), words(o, 0xffffffff, 0xffffffff)}
	f.block(o, blockSection, append(body, options...)...)
}

func (f *file) iface(o order, options ...[]byte) {
	body := [][]byte{o.AppendUint16(nil, 1), {0, 0}, words(o, 262144)}
	f.block(o, blockInterface, append(body, options...)...)
}

// pcapng begins a file with a section and an interface.
func (f *file) pcapng() {
	f.section(binary.LittleEndian)
	f.iface(binary.LittleEndian)
}

// packet writes a packet of interface 0 at the next moment.
func (f *file) packet(o order, frame []byte, options ...[]byte) {
	us := start*1_000_000 + f.frames*10
	f.frames++
	f.packetAt(o, 0, us, frame, options...)
}

func (f *file) packetAt(o order, iface uint32, stamp uint64, frame []byte, options ...[]byte) {
	n := uint32(len(frame))
	body := [][]byte{words(o, iface, uint32(stamp>>32), uint32(stamp), n, n), frame, make([]byte, -n&3)}
	f.block(o, blockPacket, append(body, options...)...)
}

// packets writes the packets of connection n.
func (f *file) packets(n uint32) {
	for _, frame := range connection(n) {
		f.packet(binary.LittleEndian, frame)
	}
}

// option returns an option, padded.
func option(o order, code uint16, value []byte) []byte {
	b := o.AppendUint16(o.AppendUint16(nil, code), uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}

// hostile is a text that steers terminals and is markup.
var hostile = []byte(strings.Repeat("\x1b]0;owned\a\x1b[2J\u202e<script>alert(1)</script>\x9b31m|`'\"\x00", 900))

var le = binary.LittleEndian

// optionsOf returns n options without a value.
func optionsOf(code uint16, n int) []byte { return bytes.Repeat(option(le, code, nil), n) }

// blockAttacks are pcapng files whose blocks are not what they seem.
var blockAttacks = []Attack{
	{
		Name: "a million options in each block",
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			most := min(1<<20, int(size/20))
			for f.n < size {
				f.section(le, optionsOf(99, most))
				f.iface(le, optionsOf(99, most))
				f.packet(le, connection(1)[0], optionsOf(99, most))
				f.block(le, blockStatistics, words(le, 0, 0, 0), optionsOf(99, most))
				f.block(le, blockNames, optionsOf(99, most))
			}
		},
	},
	{
		Name: "a million comments in each block",
		Says: []string{"left out"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			most := min(1<<20, int(size/20))
			for f.n < size {
				f.section(le, optionsOf(1, most))
				f.iface(le, optionsOf(1, most))
				f.packet(le, connection(1)[0], optionsOf(1, most))
				f.block(le, blockStatistics, words(le, 0, 0, 0), optionsOf(1, most))
			}
		},
	},
	{
		Name: "interface descriptions and nothing else",
		Says: []string{"left out"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for f.n < size {
				f.iface(le)
			}
		},
	},
	{
		Name: "interfaces with names that steer a terminal",
		Says: []string{"left out"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for i := 0; f.n < size; i++ {
				text := append(fmt.Append(nil, i), hostile...)
				f.iface(le, option(le, 2, text), option(le, 3, text), option(le, 11, text), option(le, 1, text))
			}
		},
	},
	{
		Name: "sections by turns in either byte order",
		fill: func(f *file, size int64) {
			for n := uint32(0); f.n < size; n++ {
				o := [...]order{binary.LittleEndian, binary.BigEndian}[n%2]
				f.section(o)
				f.iface(o)
				frames := connection(n / 8)
				f.packet(o, frames[n%8])
			}
		},
	},
	{
		Name: "sections without anything in them",
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for f.n < size {
				f.section(le)
				f.section(binary.BigEndian)
			}
		},
	},
	{
		Name: "sections of versions that nobody knows",
		Says: []string{"a section header of an unknown version or byte order"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for f.n < size {
				f.block(le, blockSection, words(le, 0x1a2b3c4d, 7, 0xffffffff, 0xffffffff))
				f.block(le, blockSection, words(le, 0xdeadbeef, 1, 0xffffffff, 0xffffffff))
			}
		},
	},
	{
		Name: "times at both ends of 64 bits, of every resolution",
		Says: []string{"jump"},
		fill: func(f *file, size int64) {
			f.section(le)
			for r := range 256 {
				offset := [...]uint64{0, 1 << 63, 1<<63 - 1, 1<<64 - 1}[r%4]
				f.iface(le, option(le, 9, []byte{byte(r)}), option(le, 14, le.AppendUint64(nil, offset)))
			}
			for n := uint32(0); f.n < size; n++ {
				for i, frame := range connection(n) {
					stamp := [...]uint64{0, 1<<64 - 1, 1 << 63, uint64(n) << 40, start*1_000_000 - uint64(n)}[(int(n)+i)%5]
					f.packetAt(le, uint32(i)*31+n%8, stamp, frame)
				}
			}
		},
	},
	{
		Name: "millions of names",
		Says: []string{"left out"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for n := uint32(0); f.n < size; n++ {
				var list []byte
				for i := range uint32(1000) {
					list = append(list, option(le, 1, append(le.AppendUint32(nil, n*1000+i), fmt.Sprintf("h%d.example\x00", i)...))...)
				}
				f.block(le, blockNames, list)
			}
		},
	},
	{
		Name: "millions of names of one address",
		Says: []string{"left out"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for n := 0; f.n < size; n++ {
				list := []byte{10, 0, 0, 0}
				for i := 0; len(list) < 60000; i++ {
					list = fmt.Appendf(list, "%d.%d\x00", n, i)
				}
				f.block(le, blockNames, option(le, 1, list))
			}
		},
	},
	{
		Name: "blocks that claim more than the file has",
		Says: []string{"a block length that cannot be"},
		fill: func(f *file, size int64) {
			f.pcapng()
			for n := uint32(0); f.n < size; n++ {
				f.packets(n)
				for _, kind := range [...]uint32{blockSecrets, blockCustom, blockPacket, blockNames} {
					f.write(words(le, kind, [...]uint32{0xfffffff0, 16 << 20, 16<<20 + 65540, 1 << 30}[n%4]))
				}
			}
		},
	},
	{
		Name: "giant blocks of secrets",
		fill: func(f *file, size int64) {
			f.pcapng()
			for n := uint32(0); f.n < size; n++ {
				f.packets(n)
				f.block(le, blockSecrets, words(le, 0x544c534b, 1), make([]byte, min(40<<20, size/4)&^3))
				f.block(le, blockCustom, words(le, 32473), make([]byte, min(40<<20, size/4)&^3))
			}
		},
	},
	{
		Name: "what looks like blocks everywhere, and is none",
		Says: []string{"Damaged input"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for f.n < size {
				f.write(words(le, blockPacket, 1<<20-4, blockNames, 1<<20-4, blockCustom, 16<<20, 7))
			}
		},
	},
	{
		Name: "a trailer that is wrong at every block",
		Says: []string{"a block's two lengths differ"},
		fill: func(f *file, size int64) {
			f.pcapng()
			for n := uint32(0); f.n < size; n++ {
				f.packets(n)
				f.write(words(le, blockCustom, 16, 32473, 20))
			}
		},
	},
	{
		Name: "packets of interfaces that nobody described",
		Says: []string{"a packet of an interface that was not described"},
		fill: func(f *file, size int64) {
			f.pcapng()
			f.packets(0)
			for f.n < size {
				f.packetAt(le, 7, 0, nil)
				f.block(le, blockStatistics, words(le, 9, 0, 0))
			}
		},
	},
	{
		Name: "options that run beyond their block",
		Says: []string{"block options that run beyond their block"},
		fill: func(f *file, size int64) {
			f.pcapng()
			for n := uint32(0); f.n < size; n++ {
				for _, frame := range connection(n) {
					f.packet(le, frame, words(le, 0xffff0001))
				}
			}
		},
	},
	{
		Name: "packets with comments of a megabyte that steer a terminal",
		fill: func(f *file, size int64) {
			f.pcapng()
			comment := option(le, 1, hostile[:min(len(hostile), 65535)])
			for n := uint32(0); f.n < size; n++ {
				for _, frame := range connection(n) {
					f.packet(le, frame, bytes.Repeat(comment, int(min(20, size/1<<20))))
				}
			}
		},
	},
	{
		Name: "simple packets without a time",
		fill: func(f *file, size int64) {
			f.pcapng()
			for n := uint32(0); f.n < size; n++ {
				for _, frame := range connection(n) {
					f.block(le, blockSimple, words(le, uint32(len(frame))), frame, make([]byte, -len(frame)&3))
				}
			}
		},
	},
}
