package decode

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestOpeningAPipeThatNobodyWritesToIsToldAndEnds opens a pipe that has a name, which the system itself lets wait, and standard
// input.
func TestOpeningAPipeThatNobodyWritesToIsToldAndEnds(t *testing.T) {
	named := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(named, 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, w := io.Pipe()
	defer w.Close()
	for _, path := range []string{named, "-"} {
		ctx, cancel := context.WithCancel(t.Context())
		told := make(chan string, 2)
		ended := make(chan error, 1)
		go func() {
			_, err := OpenContext(ctx, []string{path}, FileOptions{Stdin: stdin}, func(path string) { told <- path })
			ended <- err
		}()
		select {
		case got := <-told:
			if got != path {
				t.Errorf("%s is waited for, it says of %s", got, path)
			}
		case err := <-ended:
			t.Errorf("%s: %v", path, err)
		case <-time.After(20 * openPatience):
			t.Errorf("%s: nothing is told", path)
		}
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: it waits on", path)
		}
	}
}
