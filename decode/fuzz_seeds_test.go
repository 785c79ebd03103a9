package decode

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// maxSeed is the length of the longest capture that is a seed: a fuzzer changes long ones more slowly than it learns
// from them.
const maxSeed = 20_000

// testCaptures gives every capture of testdata to fn.
func testCaptures(tb testing.TB, fn func(name string, b []byte)) {
	tb.Helper()
	names, err := filepath.Glob("../testdata/captures/*.pcapng")
	if err != nil || len(names) < 20 {
		tb.Fatalf("%d captures in testdata: %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		fn(filepath.Base(name), b)
	}
}

// seedFiles adds every capture of testdata that is not too long.
func seedFiles(f *testing.F, add func(b []byte)) {
	testCaptures(f, func(_ string, b []byte) {
		if len(b) <= maxSeed {
			add(b)
		}
	})
}

// seedPackets gives the first packets of every capture of testdata to add.
func seedPackets(f *testing.F, add func(p *Packet)) {
	testCaptures(f, func(name string, _ []byte) {
		n := 0
		eachPacket(f, filepath.Join("../testdata/captures", name), func(p *Packet) {
			if n++; n <= 4 || n%50 == 0 {
				p.Data = append([]byte(nil), p.Data...)
				add(p)
			}
		})
	})
}

// asPcap writes the packets of a capture as a pcap file of nanoseconds.
func asPcap(tb testing.TB, name string) []byte {
	tb.Helper()
	var file *pcapBuilder
	eachPacket(tb, name, func(p *Packet) {
		if file == nil {
			file = buildPcap(binary.LittleEndian, 0xa1b23c4d, 4, 262144, uint32(p.LinkType))
		}
		file.header(uint32(p.Time/1e9), uint32(p.Time%1e9), uint32(len(p.Data)), p.WireLen)
		file.raw(p.Data...)
	})
	return file.b
}

// overwrite writes octets to the one file of a fuzzing worker.
func overwrite(tb testing.TB, dir string, b []byte) string {
	tb.Helper()
	name := filepath.Join(dir, "fuzzed")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}
