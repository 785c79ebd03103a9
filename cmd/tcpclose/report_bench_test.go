package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// BenchmarkReport writes the whole NDJSON report of captures, named by TCPCLOSE_BENCH_FILE with colons between them. Its
// profile is what default.pgo is made of:
//
//	TCPCLOSE_BENCH_FILE=short.pcap:mix.pcap go test ./cmd/tcpclose -run '^$' -bench '^BenchmarkReport$' -benchtime 3x -pgo off -cpuprofile cmd/tcpclose/default.pgo
func BenchmarkReport(b *testing.B) {
	list := os.Getenv("TCPCLOSE_BENCH_FILE")
	if list == "" {
		b.Skip("TCPCLOSE_BENCH_FILE names no capture")
	}
	b.ReportAllocs()
	for b.Loop() {
		for path := range strings.SplitSeq(list, ":") {
			if code := run(b.Context(), []string{"report", "-q", "-T", "ndjson", path}, nil, io.Discard, io.Discard); code != exitOK {
				b.Fatalf("exit code %d", code)
			}
		}
	}
}
