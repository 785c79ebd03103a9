package decode

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
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

func TestANamedPipeIsReadOnceAndLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	_, paths := series(t, at(2, 9))
	for _, list := range [][]string{{path}, {paths[0], path}} {
		for _, stays := range []bool{false, true} { // the writer ends, or keeps the pipe open
			release := make(chan struct{})
			go func() {
				w, err := os.OpenFile(path, os.O_WRONLY, 0)
				if err != nil {
					return
				}
				_, _ = w.Write(at(1, 3))
				if stays {
					<-release
				}
				w.Close()
			}()
			before := runtime.NumGoroutine()
			c, err := Open(list, FileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var p Packet
			if stays {
				if err := c.Next(&p); err != nil || p.Data[0] != 1 {
					t.Errorf("%v", err)
				}
			} else if got := numbers(readAll(t, c)); len(got) != 2*len(list) || got[0] != 1 {
				t.Errorf("packets %v", got)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			for k := 0; runtime.NumGoroutine() > before && k < 200; k++ {
				time.Sleep(5 * time.Millisecond)
			}
			if n := runtime.NumGoroutine(); n > before {
				t.Errorf("%d goroutines, %d before", n, before)
			}
			close(release)
		}
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
