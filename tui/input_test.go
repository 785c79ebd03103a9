package tui

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	all, _, err := flows.Collect(t.Context(), in.stream(func(f func()) { f() }), decode.Config{}, flows.Config{}, nil)
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
