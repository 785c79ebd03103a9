package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
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
	s := newPausingSource(c, nil, nil, func(f func()) { f() })
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
	s := newPausingSource(c, nil, nil, func(f func()) { f() })
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

// TestASilenceLastsAsLongAsTheFeederSays has the pauses of a pipe tell the time of who feeds it, once that is later than its
// packets' own.
func TestASilenceLastsAsLongAsTheFeederSays(t *testing.T) {
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
	var clock atomic.Int64
	clock.Store(flows.NoTime)
	s := newPausingSource(c, nil, clock.Load, func(f func()) { f() })
	defer s.Close()
	latest, told := flows.NoTime, flows.NoTime
	s.passed = func(at int64) { told = at }
	pause := func() int64 {
		t.Helper()
		for {
			var p decode.Packet
			switch err := s.Next(&p); {
			case errors.Is(err, decode.ErrPause):
				return p.Time
			case err != nil:
				t.Fatal(err)
			}
			latest = max(latest, p.Time)
		}
	}
	for _, says := range []int64{flows.NoTime, 1, int64(time.Minute)} {
		if says > 1 {
			says += latest
		}
		clock.Store(says)
		if got, want := pause(), max(latest, says); got != want || told != want {
			t.Errorf("the feeder's clock is at %d, the latest packet's at %d, and a pause tells %d", says, latest, got)
		}
	}
}

// TestWhatTricklesOutOfAPipeIsListedAtOnce writes an opening every so often, too soon after each other for a silence, to a
// pipe that has been read for some seconds: long enough for the pauses between looks at what comes fast to have grown.
func TestWhatTricklesOutOfAPipeIsListedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const packets, every = 120, 50 * time.Millisecond
	path := filepath.Join(t.TempDir(), "openings.pcap")
	writeOpenings(t, path, packets)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const header, record = 24, 16 + 40
	r, w := io.Pipe()
	defer w.Close()
	var written atomic.Int64
	go func() { // the pipe stays open: an end would list everything
		_, _ = w.Write(whole[:header])
		for at := header; at < len(whole); at += record {
			_, _ = w.Write(whole[at : at+record])
			written.Add(1)
			time.Sleep(every)
		}
	}()
	c, err := decode.Open([]string{"-"}, decode.FileOptions{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := model.New(model.NewStore(), model.Config{Guard: func(f func()) { f() }})
	defer m.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&loader{source: newPausingSource(c, nil, nil, func(f func()) { f() }), model: m}).run(ctx)
	}()
	most := int64(0)
	for written.Load() < packets {
		time.Sleep(10 * time.Millisecond)
		most = max(most, written.Load()-int64(m.Store().Rows()))
	}
	cancel()
	<-ended
	if late := time.Duration(most) * every; late > 2*time.Second {
		t.Errorf("rows are listed %v late", late)
	}
}
