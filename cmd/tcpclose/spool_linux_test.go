package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// feed makes a pipe with a name, and writes a capture to whoever opens it first.
func feed(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w, err := os.OpenFile(name, os.O_WRONLY, 0) // waits for a reader
		if err != nil {
			return
		}
		_, _ = w.Write(content) // the reader may have gone
		_ = w.Close()
	}()
	t.Cleanup(func() {
		r, err := os.OpenFile(name, os.O_RDWR, 0) // for what nobody opened
		if err != nil {
			t.Error(err)
			return
		}
		<-done
		_ = r.Close()
	})
}

func TestAPipeIsReadOnceOrRefused(t *testing.T) {
	inFolder(t)
	for i, c := range []struct {
		line string // PIPE is the pipe
		same string // says the same as this; empty: it is refused
	}{
		{"report PIPE -T csv", "report trace.pcap -T csv"},
		{"states PIPE --at 1s", "states trace.pcap --at 1s"},
		{"states PIPE --at 1s --since 2020-01-01", "states trace.pcap --at 1s"},
		{"report PIPE --ladder", ""},
		{"report PIPE -T html", ""},
		{"report PIPE -T pcapng", ""},
		{"report PIPE -N", ""},
		{"report trace.pcap PIPE --ladder", ""},
		{"extract PIPE -o -", ""},
		{"check PIPE --fail-on name=x", ""},
		{"diff PIPE trace.pcap -Y pair", ""},
	} {
		pipe := "pipe" + string(rune('a'+i))
		feed(t, pipe, tenKinds(t))
		out, stderr, code := execute(t, strings.Fields(strings.Replace(c.line, "PIPE", pipe, 1))...)
		if c.same == "" {
			if code != exitUsage || out != "" || !strings.Contains(stderr, pipe+" is a pipe, which cannot be read twice\n  give it as standard input: - < "+pipe) {
				t.Errorf("%s: exit code %d, %d bytes, says %q", c.line, code, len(out), stderr)
			}
			continue
		}
		want, _, _ := execute(t, strings.Fields(c.same)...)
		if code != exitOK || out != want {
			t.Errorf("%s: exit code %d\n%s%s\nwant\n%s", c.line, code, out, stderr, want)
		}
	}
}
