package decode

import (
	"os"
	"slices"
	"syscall"
	"testing"
)

func TestALongRotatedSeriesKeepsFewFilesOpen(t *testing.T) {
	limitOpenFiles(t, 32)
	files := make([][]byte, 400)
	for i := range files {
		files[i] = at(uint32(2*i), uint32(2*i+1))
	}
	dir, _ := series(t, files...)
	c := openPaths(t, dir)
	got := readAll(t, c)
	if len(got) != 800 || len(c.Damages()) != 0 {
		t.Fatalf("%d packets, damages %v", len(got), c.Damages())
	}
	if !slices.IsSortedFunc(got, func(a, b Packet) int { return int(a.Time - b.Time) }) {
		t.Error("not in the order of time")
	}
}

func TestFilesThatAllOverlapKeepABoundedNumberOpen(t *testing.T) {
	limitOpenFiles(t, maxOpenFiles+60)
	files := make([][]byte, 600)
	for i := range files {
		f := usualPcap()
		for k := range 20 {
			f.packet(byte(k), uint32(k), uint32(i), 4000)
		}
		files[i] = f.b
	}
	dir, _ := series(t, files...)
	c := openPaths(t, dir)
	var p Packet
	n, last := 0, int64(-1)
	for c.Next(&p) == nil {
		if p.Time < last || int(p.Data[3999]) != n/600 || p.Frame != uint64(n+1) {
			t.Fatalf("packet %d: %+v", n, p.Time)
		}
		last = p.Time
		n++
	}
	if n != 600*20 || len(c.Damages()) != 0 {
		t.Fatalf("%d packets, damages %v", n, c.Damages())
	}
}

// limitOpenFiles allows so many file descriptors beyond those in use.
func limitOpenFiles(t *testing.T, more uint64) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Skip(err)
	}
	used, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the open files cannot be counted here")
	}
	tight := old
	tight.Cur = min(old.Max, uint64(len(used))+more)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &tight); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old) })
}
