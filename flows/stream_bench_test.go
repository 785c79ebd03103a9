package flows

import (
	"io"
	"os"
	"testing"

	"tcpclose/decode"
)

// BenchmarkStream reads a whole capture, named by TCPCLOSE_BENCH_FILE, and judges every conversation; nothing is encoded.
// cmd/capturegen writes captures to measure with.
func BenchmarkStream(b *testing.B) {
	path := os.Getenv("TCPCLOSE_BENCH_FILE")
	if path == "" {
		b.Skip("TCPCLOSE_BENCH_FILE names no capture")
	}
	b.ReportAllocs()
	var packets uint64
	for b.Loop() {
		src, err := decode.Open([]string{path}, decode.FileOptions{})
		if err != nil {
			b.Fatal(err)
		}
		sum, err := Stream(b.Context(), src, decode.Config{}, Config{}, io.Discard, func(buf []byte, _ *Teardown) []byte { return buf })
		if err != nil {
			b.Fatal(err)
		}
		packets += sum.Packets
		src.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
