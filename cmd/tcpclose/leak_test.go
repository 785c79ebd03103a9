package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// left counts what a process holds: goroutines, and descriptors where the system lists them.
type left struct{ goroutines, descriptors int }

func holds() (n left) {
	n.goroutines = runtime.NumGoroutine()
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		n.descriptors = len(list)
	}
	return n
}

// wantNothingLeft runs fn and fails if goroutines or descriptors of it are left when it is over. Goroutines that end by
// themselves are waited for; the garbage collector, which closes forgotten files, is not called.
func wantNothingLeft(t *testing.T, name string, fn func()) {
	t.Helper()
	fn() // what is made once, and kept, is made here
	before := holds()
	for range 3 {
		fn()
	}
	after := holds()
	for deadline := time.Now().Add(5 * time.Second); (after.goroutines > before.goroutines || after.descriptors > before.descriptors) && time.Now().Before(deadline); after = holds() {
		time.Sleep(10 * time.Millisecond)
	}
	if after.goroutines > before.goroutines || after.descriptors > before.descriptors {
		stacks := make([]byte, 1<<16)
		t.Errorf("%s: %+v before, %+v after three runs\n%s", name, before, after, stacks[:runtime.Stack(stacks, true)])
	}
}

func TestNoCommandLeavesGoroutinesOrDescriptorsBehind(t *testing.T) {
	inFolder(t)
	whole := tenKinds(t)
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	packed := pack.EncodeAll(whole, nil)
	if err := os.Mkdir("many", 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"cut.pcap": whole[:len(whole)-30], "empty.pcap": nil, "text.pcap": []byte("this is no capture\n"),
		"whole.zst": packed, "cut.zst": packed[:len(packed)*2/3],
	}
	for _, n := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		files[filepath.Join("many", n)] = whole
	}
	for name, b := range files {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := []string{
		"report trace.pcap", "report cut.pcap", "report empty.pcap", "report text.pcap", "report missing.pcap", "report whole.zst", "report cut.zst",
		"report many", "report many -T pcapng -o many.pcapng --force", "report many -c 5", "report trace.pcap --ladder", "report trace.pcap --ladder -c 20",
		"report whole.zst -T html", "states trace.pcap", "states many", "check trace.pcap --fail-on vanished", "diff trace.pcap cut.pcap", "diff trace.pcap missing.pcap",
		"extract trace.pcap -o x.pcapng --force", "extract many -o x.pcapng --force --anonymize", "report trace.pcap -o missing/x",
	}
	for _, format := range reportFormats {
		lines = append(lines, "report trace.pcap -N -T "+format)
	}
	for _, line := range lines {
		args := strings.Fields(line)
		wantNothingLeft(t, line, func() { execute(t, args...) })
		wantNothingLeft(t, line+", interrupted", func() {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			run(ctx, args, strings.NewReader(""), new(bytes.Buffer), new(bytes.Buffer))
		})
		wantNothingLeft(t, line+", into a closed pipe", func() {
			run(t.Context(), args, strings.NewReader(""), brokenPipe{}, new(bytes.Buffer))
		})
		wantNothingLeft(t, line+", onto a full disk", func() {
			run(t.Context(), args, strings.NewReader(""), fullDisk{}, new(bytes.Buffer))
		})
	}
	wantNothingLeft(t, "standard input", func() {
		run(t.Context(), []string{"report", "-", "--ladder"}, bytes.NewReader(slices.Clone(whole)), new(bytes.Buffer), new(bytes.Buffer))
	})
}
