package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A lineFile is where lines go that must be there at once: standard output, or a file that can be opened anew, so that
// logrotate can move it away.
type lineFile struct {
	mu   sync.Mutex
	w    io.Writer
	file *os.File
	path string

	waiting atomic.Int64 // since when the write under way waits, in nanoseconds since 1970; 0: there is none
}

// openLines opens a file for lines; empty or "-" is standard output. An existing file is replaced only with force.
// A pipe that has a name is waited for until somebody reads it; note is told so.
func openLines(ctx context.Context, path string, force bool, stdout io.Writer, note func(string)) (*lineFile, error) {
	if path == "" || path == "-" {
		return &lineFile{w: stdout}, nil
	}
	if isPipe(path) {
		f, err := openForReader(ctx, path, note)
		return &lineFile{w: f, file: f}, err
	}
	out, err := openOutput(path, force, stdout) // it says what is wrong with the name
	if err != nil {
		return nil, err
	}
	if out.path == "" { // a device or a pipe
		return &lineFile{w: out.file, file: out.file}, nil
	}
	out.Discard()
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, mode, 0o666)
	if err != nil {
		return nil, err
	}
	return &lineFile{w: f, file: f, path: path}, nil
}

// openForReader opens a pipe that has a name to write to it, which waits for its reader: until ctx ends.
func openForReader(ctx context.Context, path string, note func(string)) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		opened <- result{f, err}
	}()
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	for {
		select {
		case r := <-opened:
			return r.file, r.err
		case <-ctx.Done():
			return nil, verdict(exitInterrupted)
		case <-patience.C:
			note("waiting for somebody to read " + path + "; ^C ends")
		}
	}
}

// Write writes whole lines.
func (l *lineFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting.Store(time.Now().UnixNano())
	defer l.waiting.Store(0)
	return l.w.Write(b)
}

// Stuck returns for how long the output has been waiting for its reader.
func (l *lineFile) Stuck() time.Duration {
	if since := l.waiting.Load(); since != 0 {
		return time.Since(time.Unix(0, since))
	}
	return 0
}

// Reopen opens the file again under its name; what is there is kept.
func (l *lineFile) Reopen() error {
	if l.path == "" {
		return nil
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err = l.file.Close()
	l.w, l.file = f, f
	return err
}

// Close closes the file.
func (l *lineFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	if err := l.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
