package tui

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// showInput reads an input to its end and shows it.
func showInput(t *testing.T, o Options) *testScreen {
	t.Helper()
	in, err := openInput(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.close)
	store := model.NewStore()
	all, _, err := flows.Collect(t.Context(), in.stream(func(f func()) { f() }, func(int64) {}), decode.Config{}, flows.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		store.Put(&all[i])
	}
	return newTestScreen(t, store, 100, 30, "terminal", "UTF-8", in.again)
}

// TestAFollowedFileIsCalledByItsName follows what is no capture.
func TestAFollowedFileIsCalledByItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "growing.txt")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no packet is in this text\n"), 4000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openInput(t.Context(), &Options{Paths: []string{path}, Follow: true})
	if err == nil || !strings.HasPrefix(err.Error(), path+": not a capture") {
		t.Errorf("it says %v", err)
	}
}

// TestASignalEndsTheScreenWhoeverHearsOfItFirst looks at the two who listen, each without the other.
func TestASignalEndsTheScreenWhoeverHearsOfItFirst(t *testing.T) {
	never, heard := make(chan struct{}), make(chan struct{})
	close(heard)
	ended, end := context.WithCancel(t.Context())
	end()
	if endedBySignal(t.Context(), never) || !endedBySignal(t.Context(), heard) || !endedBySignal(ended, never) {
		t.Error("an end by q counts as one by a signal, or the other way round")
	}
}

// TestEveryKindOfInputHasLadders draws the same ladder of a file, of standard input with and without a spool, and of a live
// source.
func TestEveryKindOfInputHasLadders(t *testing.T) {
	path := filepath.Join("..", "testdata", "captures", "ten-kinds-of-close.pcapng")
	open := func() *os.File {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	capture, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]Options{
		"file":              {Paths: []string{path}},
		"stdin":             {Paths: []string{"-"}, File: decode.FileOptions{Stdin: open()}},
		"stdin with spool":  {Paths: []string{"-"}, File: decode.FileOptions{Stdin: open()}, Spool: t.TempDir()},
		"network interface": {Live: capture},
	}
	want := ""
	for _, name := range []string{"file", "stdin", "stdin with spool", "network interface"} {
		s := showInput(t, inputs[name])
		s.keys("j", "j", "j", "2", "+")
		s.has("FIN, ACK", "client's last data")
		ladder := s.text()
		s.keys("j", "j", "j", "j", "Enter")
		s.has("Ethernet", "IPv4", "TCP")
		ladder += strings.Replace(s.text(), " kept of ", " captured of ", 1)
		if want == "" {
			want = ladder
		}
		if ladder != want {
			t.Errorf("%s shows\n%s\nand a file\n%s", name, ladder, want)
		}
	}
}

// A silentSource is a capture after which nothing comes for a while.
type silentSource struct {
	flows.Source
	last, silence int64
	paused        bool
}

// Next returns the next packet, then a pause, then the end.
func (s *silentSource) Next(p *decode.Packet) error {
	err := s.Source.Next(p)
	switch {
	case err == nil:
		s.last = max(s.last, p.Time)
	case err == io.EOF && !s.paused:
		s.paused = true
		p.Time = s.last + s.silence
		return decode.ErrPause
	}
	return err
}

// TestSocketsGrowOlderWhileAnInterfaceIsSilent looks at an interface a minute after its last packet.
func TestSocketsGrowOlderWhileAnInterfaceIsSilent(t *testing.T) {
	c, err := decode.Open([]string{testCapture(t)}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Live: &silentSource{Source: c, silence: 60e9}}
	in, err := openInput(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.close)
	store := model.NewStore()
	passed := func(at int64) {
		if !store.Pass(at) || store.Pass(at+1) {
			t.Error("the time of the silence is not taken in, or taken in too often")
		}
	}
	if _, err := flows.Watch(t.Context(), in.stream(func(f func()) { f() }, passed), decode.Config{}, flows.Config{}, nil, store.Put); err != nil {
		t.Fatal(err)
	}
	s := newTestScreen(t, store, 100, 30, "terminal", "UTF-8", in.again)
	s.keys("4")
	s.has("T=140.010s", "10.0.0.8:40009               2m08s")
	if age := s.model.Netstat.Table.At - s.model.Netstat.List.Rows[0].Since; age < 120e9 {
		t.Errorf("the oldest socket is %v old", time.Duration(age))
	}
}
