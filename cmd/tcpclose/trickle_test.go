package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLinesComeAtOnceFromAPipe has a report read a capture from a pipe that stops in the middle of a packet, as tcpdump's does,
// and stays open: what is final by then is written, in the order and to the bit as from the file.
func TestLinesComeAtOnceFromAPipe(t *testing.T) {
	path := filepath.Join("..", "..", "testdata", "captures", "ten-kinds-of-close.pcapng")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"csv", "ndjson"} {
		var file bytes.Buffer
		args := []string{"report", "-T", format, "--no-summary"}
		if code := run(t.Context(), append(args, path), nil, &file, io.Discard); code != exitOK {
			t.Fatal(code)
		}
		in, feed := io.Pipe()
		out, w := io.Pipe()
		go func() {
			run(t.Context(), append(args, "-"), in, w, io.Discard)
			_ = w.Close()
		}()
		cut := len(whole) - 20 // behind the packet whose time has TIME-WAITs run out
		_, _ = feed.Write(whole[:cut])
		lines := make(chan string)
		go func() {
			defer close(lines)
			for s := bufio.NewScanner(out); s.Scan(); {
				lines <- s.Text()
			}
		}()
		want := strings.Split(strings.TrimSuffix(strings.ReplaceAll(file.String(), "\r", ""), "\n"), "\n")
		early := 0
		for quiet := false; !quiet; {
			select {
			case line := <-lines:
				if line != want[early] {
					t.Errorf("%s: line %d is\n%s\nnot\n%s", format, early, line, want[early])
				}
				early++
			case <-time.After(5 * streamEvery):
				quiet = true
			}
		}
		if early < 3 {
			t.Errorf("%s: %d lines are there while the pipe is silent", format, early)
		}
		go func() {
			_, _ = feed.Write(whole[cut:])
			_ = feed.Close()
		}()
		for line := range lines {
			if early < len(want) && line != want[early] {
				t.Errorf("%s: line %d is\n%s\nnot\n%s", format, early, line, want[early])
			}
			early++
		}
		if early != len(want) {
			t.Errorf("%s: %d lines, not %d", format, early, len(want))
		}
	}
}
