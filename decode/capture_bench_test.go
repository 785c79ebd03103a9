package decode

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// ordinaryPcap returns a little-endian µs file of n packets of size octets.
func ordinaryPcap(n, size int) []byte {
	b := make([]byte, 0, 24+n*(16+size))
	le := binary.LittleEndian
	b = le.AppendUint32(b, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, 262144)
	b = le.AppendUint32(b, 1)
	data := bytes.Repeat([]byte{0x45}, size)
	for i := range n {
		b = le.AppendUint32(b, 1_700_000_000)
		b = le.AppendUint32(b, uint32(i)%1e6)
		b = le.AppendUint32(b, uint32(size))
		b = le.AppendUint32(b, uint32(size))
		b = append(b, data...)
	}
	return b
}

// ordinaryPcapng returns the same packets as enhanced packet blocks.
func ordinaryPcapng(n, size int) []byte {
	le := binary.LittleEndian
	var b []byte
	for _, v := range []uint32{0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range []uint32{1, 20, 1, 262144, 20} {
		b = le.AppendUint32(b, v)
	}
	data := bytes.Repeat([]byte{0x45}, (size+3)&^3)
	total := uint32(32 + len(data))
	for i := range n {
		stamp := 1_700_000_000_000_000 + uint64(i)
		for _, v := range []uint32{6, total, 0, uint32(stamp >> 32), uint32(stamp), uint32(size), uint32(size)} {
			b = le.AppendUint32(b, v)
		}
		b = append(b, data...)
		b = le.AppendUint32(b, total)
	}
	return b
}

func writeFile(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func BenchmarkNext(b *testing.B) {
	const packets = 500_000
	for name, file := range map[string][]byte{
		"pcap/80":     ordinaryPcap(packets, 80),
		"pcapng/80":   ordinaryPcapng(packets, 80),
		"pcap/1000":   ordinaryPcap(packets/5, 1000),
		"pcapng/1000": ordinaryPcapng(packets/5, 1000),
	} {
		path := writeFile(b, "x.pcap", file)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				c, err := Open([]string{path}, FileOptions{})
				if err != nil {
					b.Fatal(err)
				}
				var p Packet
				for n = 0; c.Next(&p) == nil; n++ {
				}
				c.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/packet")
		})
	}
}

func TestReadingAPacketAllocatesNothing(t *testing.T) {
	for name, file := range map[string][]byte{"pcap": ordinaryPcap(100_000, 80), "pcapng": ordinaryPcapng(100_000, 80)} {
		t.Run(name, func(t *testing.T) {
			c, err := Open([]string{writeFile(t, "x", file)}, FileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var p Packet
			for range 50_000 { // the buffers go round by now
				if err := c.Next(&p); err != nil {
					t.Fatal(err)
				}
			}
			if got := testing.AllocsPerRun(40_000, func() {
				if err := c.Next(&p); err != nil {
					t.Fatal(err)
				}
			}); got != 0 {
				t.Errorf("%v allocations a packet", got)
			}
			for c.Next(&p) == nil {
			}
			if err := c.Next(&p); err != io.EOF {
				t.Errorf("after the end Next returns %v, want EOF", err)
			}
		})
	}
}
