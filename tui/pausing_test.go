package tui

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"tcpclose/decode"
)

// TestAPausingSourceHandsOutEveryPacketAndTellsSilences reads a capture from a pipe that stops in the middle.
func TestAPausingSourceHandsOutEveryPacketAndTellsSilences(t *testing.T) {
	whole, err := os.ReadFile(testCapture(t))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := decode.Open([]string{testCapture(t)}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	r, w := io.Pipe()
	go func() {
		_, _ = w.Write(whole[:len(whole)/2])
	}()
	c, err := decode.Open([]string{"-"}, decode.FileOptions{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := newPausingSource(c, nil, func(f func()) { f() })
	var p, want decode.Packet
	paused, n := false, 0
	for {
		err := s.Next(&p)
		if errors.Is(err, decode.ErrPause) {
			if p.Frame != uint64(n) {
				t.Errorf("the pause is at frame %d after %d packets", p.Frame, n)
			}
			if !paused {
				go func() {
					_, _ = w.Write(whole[len(whole)/2:])
					_ = w.Close()
				}()
			}
			paused = true
			continue
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
		if err := plain.Next(&want); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Data, want.Data) || p.Time != want.Time || p.Frame != want.Frame || p.Pos != want.Pos {
			t.Fatalf("packet %d differs", n)
		}
	}
	if err := plain.Next(&want); !errors.Is(err, io.EOF) {
		t.Errorf("packets are missing after %d", n)
	}
	if !paused {
		t.Error("no pause was told")
	}
}

// TestClosingAPausingSourceEndsTheWait closes a source whose pipe says nothing.
func TestClosingAPausingSourceEndsTheWait(t *testing.T) {
	whole, err := os.ReadFile(testCapture(t))
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	go func() { _, _ = w.Write(whole[:len(whole)/2]) }()
	c, err := decode.Open([]string{"-"}, decode.FileOptions{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	s := newPausingSource(c, nil, func(f func()) { f() })
	var p decode.Packet
	for {
		if err := s.Next(&p); errors.Is(err, decode.ErrPause) {
			break
		}
	}
	_ = s.Close()
	for range 100 {
		if err := s.Next(&p); err != nil && !errors.Is(err, decode.ErrPause) {
			return
		}
	}
	t.Error("it goes on pausing")
}
