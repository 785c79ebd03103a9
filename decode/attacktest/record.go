package attacktest

import (
	"bytes"
	"encoding/binary"
)

// start is the second in which every capture begins.
const start = 1_700_000_000

// pcap writes a file header: microseconds, Ethernet.
func (f *file) pcap() {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint32(b, 2|4<<16)
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, 262144)
	f.write(le.AppendUint32(b, 1))
}

// record writes a record of a pcap file, 10 µs after the one before.
func (f *file) record(frame []byte) {
	us := f.frames * 10
	f.frames++
	f.header(uint32(start+us/1e6), uint32(us%1e6), uint32(len(frame)), uint32(len(frame)))
	f.write(frame)
}

func (f *file) header(sec, frac, captured, wire uint32) {
	var b [16]byte
	for i, v := range [...]uint32{sec, frac, captured, wire} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
	f.write(b[:])
}

// connection writes the records of one connection: handshake, a word each way, an orderly end.
func (f *file) connection(n uint32) {
	for _, frame := range connection(n) {
		f.record(frame)
	}
}

// connection returns the frames of connection n.
func connection(n uint32) [][]byte {
	client, server := end{ip4(10, n>>16&0xff), uint16(n)}, end{ip4(192, 1), 80}
	a, b := n*7919, n*104729
	up := func(flags byte, seq, ack uint32, load string) []byte {
		return tcp(client, server, flags, seq, ack, nil, load)
	}
	down := func(flags byte, seq, ack uint32, load string) []byte {
		return tcp(server, client, flags, seq, ack, nil, load)
	}
	return [][]byte{
		up(syn, a, 0, ""), down(syn|ack, b, a+1, ""), up(ack, a+1, b+1, ""),
		up(ack, a+1, b+1, "ping"), down(ack, b+1, a+5, "pong"),
		up(fin|ack, a+5, b+5, ""), down(fin|ack, b+5, a+6, ""), up(ack, a+6, b+6, ""),
	}
}

// recordAttacks are pcap files whose records are not what they seem.
var recordAttacks = []Attack{
	{
		Name: "record headers everywhere, none of which a record follows",
		Says: []string{"a record header that cannot be"},
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for f.n < size {
				f.header(start, 1, 60000, 60000)
				f.header(start, 1, 200000, 200000)
				f.header(start, 1, 0x7fffffff, 1)
			}
		},
	},
	{
		Name: "records of which each claims all the rest",
		Says: []string{"a record header that cannot be"},
		fill: func(f *file, size int64) {
			f.pcap()
			for n := uint32(0); f.n < size; n++ {
				f.connection(n)
				f.header(start, 1, 16<<20, 16<<20)
			}
		},
	},
	{
		Name: "records without octets",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for f.n < size {
				f.header(start, 1, 0, 1500)
			}
		},
	},
	{
		Name: "pages of zeros between records",
		Says: []string{"zeros where a record header should be"},
		fill: func(f *file, size int64) {
			f.pcap()
			zeros := make([]byte, 4096)
			for n := uint32(0); f.n < size; n++ {
				f.connection(n)
				f.write(zeros)
			}
		},
	},
	{
		Name: "times that run backwards, and jump by years",
		Says: []string{"jump"},
		fill: func(f *file, size int64) {
			f.pcap()
			for n := uint32(0); f.n < size; n++ {
				for i, frame := range connection(n) {
					sec := [...]uint32{0, 0xffffffff, start - n, start + n*86400, n * 2654435761}[(int(n)+i)%5]
					f.header(sec, 0xffffffff, uint32(len(frame)), uint32(len(frame)))
					f.write(frame)
				}
			}
		},
	},
	{
		Name: "lengths on the wire of four gigabytes",
		fill: func(f *file, size int64) {
			f.pcap()
			for n := uint32(0); f.n < size; n++ {
				for _, frame := range connection(n) {
					frame = bytes.Clone(frame)
					frame[16], frame[17] = 0, 0 // as segmentation offload leaves the length
					f.header(start, n/100, uint32(len(frame)), 0xffffffff)
					f.write(frame)
				}
			}
		},
	},
}
