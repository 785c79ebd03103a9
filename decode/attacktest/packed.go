package attacktest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"hash/crc32"
	"time"
)

// small returns a capture of a few connections.
func small() []byte {
	var b bytes.Buffer
	f := &file{w: bufio.NewWriter(&b)}
	f.pcap()
	for n := range uint32(3) {
		f.connection(n)
	}
	_ = f.w.Flush()
	return b.Bytes()
}

// pieces writes a small capture, packed by pack, then what more gives until there is enough.
func pieces(pack func(b []byte) []byte, more func(n uint32) []byte) func(f *file, size int64) {
	return func(f *file, size int64) {
		f.write(pack(small()))
		for n := uint32(0); f.n < size; n++ {
			f.write(more(n))
		}
	}
}

func empty(pack func(b []byte) []byte) func(uint32) []byte {
	b := pack(nil)
	return func(uint32) []byte { return b }
}

// zstdFrame returns a frame (RFC 8878) of one raw block that asks for a window of 128 MiB.
func zstdFrame(b []byte) []byte {
	head := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3}
	n := len(b)<<3 | 1
	return append(append(head, byte(n), byte(n>>8), byte(n>>16)), b...)
}

// xzStream returns a stream (.xz file format 1.2.1) of one block that asks for a dictionary of 128 MiB, without checks.
func xzStream(b []byte) []byte {
	sum := func(b []byte) []byte { return le.AppendUint32(b, crc32.ChecksumIEEE(b)) }
	flags := le.AppendUint32([]byte{0, 0}, crc32.ChecksumIEEE([]byte{0, 0}))
	out := append([]byte("\xfd7zXZ\x00"), flags...)
	begin := len(out)
	out = append(out, sum([]byte{2, 0, 0x21, 1, 30, 0, 0, 0})...)
	for rest, control := b, byte(1); len(rest) > 0; control = 2 {
		n := min(len(rest), 1<<16)
		out = append(append(out, control, byte((n-1)>>8), byte(n-1)), rest[:n]...)
		rest = rest[n:]
	}
	out = append(out, 0)
	length := len(out) - begin
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	index := varint(varint([]byte{0, 1}, length), len(b))
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = sum(index)
	foot := append(le.AppendUint32(nil, uint32(len(index)/4-1)), 0, 0)
	out = append(append(out, index...), le.AppendUint32(nil, crc32.ChecksumIEEE(foot))...)
	return append(append(out, foot...), "YZ"...)
}

func varint(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// gzipMember returns a member (RFC 1952).
func gzipMember(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b) // a buffer takes all
	_ = w.Close()
	return out.Bytes()
}

// lz4Frame returns a frame (LZ4 frame format 1.6.4) of one raw block at the most that asks for room for 4 MiB.
func lz4Frame(b []byte) []byte {
	out := []byte{0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73}
	if len(b) > 0 {
		out = append(le.AppendUint32(out, uint32(len(b))|1<<31), b...)
	}
	return append(out, 0, 0, 0, 0)
}

// dictionaries is how many octets a few dictionaries take: one that is used, and those that wait to be collected.
const dictionaries = 5 * 128 << 20

// tries is how long the places behind damage may be tried, in all passes together.
const tries = 15 * time.Second

// packedAttacks are compressed files that ask for more than is in them.
var packedAttacks = []Attack{
	{
		Name: "zstd frames of an octet with windows of 128 MiB",
		Says: []string{"Damaged input"}, Takes: dictionaries,
		fill: pieces(zstdFrame, func(n uint32) []byte { return zstdFrame([]byte{byte(n)}) }),
	},
	{
		Name: "heads of zstd frames with windows of 128 MiB, and nothing behind them",
		Says: []string{"the compressed data is damaged"},
		fill: pieces(zstdFrame, func(uint32) []byte { return append(zstdFrame(nil)[:6], 7, 0, 0) }),
	},
	{
		Name: "xz streams of an octet with dictionaries of 128 MiB",
		Says: []string{"dictionaries of 4224 MiB together"}, Takes: dictionaries, Lasts: tries,
		fill: pieces(xzStream, func(n uint32) []byte { return xzStream([]byte{byte(n)}) }),
	},
	{
		Name: "heads of xz blocks with dictionaries of 128 MiB, and nothing behind them",
		Says: []string{"dictionaries of 4224 MiB together"}, Takes: dictionaries, Lasts: tries,
		fill: pieces(xzStream, func(uint32) []byte { return append(xzStream(nil)[:24], 0xff, 0xff, 0xff, 0xff) }),
	},
	{Name: "gzip members of nothing", fill: pieces(gzipMember, empty(gzipMember))},
	{Name: "lz4 frames of nothing with blocks of 4 MiB", fill: pieces(lz4Frame, empty(lz4Frame))},
	{
		Name: "heads of gzip members, and noise behind them",
		Says: []string{"the compressed data is damaged"},
		fill: pieces(gzipMember, func(n uint32) []byte { return append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, noise(n, 500)...) }),
	},
	{
		Name: "heads of bzip2 blocks, and noise behind them",
		Says: []string{"the compressed data is damaged"}, Lasts: tries,
		fill: func(f *file, size int64) {
			f.write(bzip2Once)
			for n := uint32(0); f.n < size; n++ {
				f.write([]byte("1AY&SY"), []byte(noise(n, 200)))
			}
		},
	},
}

// bzip2Once is a capture of four packets as bzip2 packs it: there is no packer in Go.
var bzip2Once = []byte("" +
	"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x22\x26\x26\x08\x00\x00\x98\x5f\x1e\xfd\xd0\x80\x40\x01\x00\x42\x00\x48\x00\x02" +
	"\x00\x78\x00\x10\x00\x08\x00\x04\x00\x24\x00\x20\x00\x91\x15\x91\xa0\x0d\x00\x00\x2a\x48\xa6\x26\x86\x8d\x0c\x86\x96\x35" +
	"\xea\x72\x38\xae\x46\x05\xe6\x56\x91\xa9\x52\x3b\x95\x45\x63\x8e\x77\x48\xd0\xa9\x28\xae\xa6\xa5\x92\x33\xa9\x23\x1a\x88" +
	"\xee\x6f\xef\x6d\xf0\x91\xe6\xa4\x99\x1a\x16\x2f\x87\x82\xe5\xeb\xd6\xc5\xb1\x28\xa3\x22\xc4\x9c\x1f\x0f\x8f\xb4\xfd\xe6" +
	"\x21\xc0\x1f\x17\x72\x45\x38\x50\x90\x22\x26\x26\x08")
