package decode

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/decode/damagetest"
)

func TestWhatCannotBeOpenedHasItsOwnSentence(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tar := strings.Repeat("x", 257) + "ustar" + strings.Repeat("\x00", 300)
	erf := "\x00\x00\x00\x00\x00\x00\x00\x65\x02\x04\x00\x50\x00\x00\x00\x40" + strings.Repeat("\x11", 64)
	for _, v := range []struct {
		path, says string
		is         error
	}{
		{filepath.Join(dir, "absent.pcap"), "no such file", fs.ErrNotExist},
		{file("empty", ""), "empty (0 bytes)", ErrEmpty},
		{file("zip", "PK\x03\x04...."), "zip archive", ErrNotCapture},
		{file("tar", tar), "tar archive", ErrNotCapture},
		{file("elf", "\x7fELF\x02"), "ELF program", ErrNotCapture},
		{file("text", "# a note\nof mine\n"), "text", ErrNotCapture},
		{file("json", "{\"a\": 1}"), "JSON", ErrNotCapture},
		{file("snoop", "snoop\x00\x00\x00\x00\x00\x00\x02"), "snoop", ErrNotCapture},
		{file("erf", erf), "ERF", ErrNotCapture},
		{file("short", "\xd4\xc3"), "first 2 bytes", ErrNotCapture},
		{file("zeros", strings.Repeat("\x00", 100)), "zeros", ErrNotCapture},
		{file("noise", "\x01\x02\x03\x04\x05\x06\x07\x08"), "neither pcap nor pcapng", ErrNotCapture},
		{file("empty.gz", string(damagetest.Pack(t, "gzip", nil))), "after decompression", ErrEmpty},
		{file("text.gz", string(damagetest.Pack(t, "gzip", []byte("some text")))), "text", ErrNotCapture},
	} {
		_, err := Open([]string{v.path}, FileOptions{})
		if err == nil || !errors.Is(err, v.is) || !strings.Contains(err.Error(), v.says) || !strings.HasPrefix(err.Error(), v.path+": ") {
			t.Errorf("%s: %v", filepath.Base(v.path), err)
		}
		var fe *FileError
		if !errors.As(err, &fe) || fe.Path != v.path {
			t.Errorf("%s: no FileError but %T", v.path, err)
		}
	}
	if _, err := Open([]string{dir}, FileOptions{}); !errors.Is(err, ErrNoCaptures) || !strings.Contains(err.Error(), "no capture files") {
		t.Errorf("a directory without captures: %v", err)
	}
	if _, err := Open([]string{t.TempDir()}, FileOptions{}); !errors.Is(err, ErrNoCaptures) {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := Open(nil, FileOptions{}); err == nil {
		t.Error("no path is no error")
	}
	if _, err := Open([]string{"-", "-"}, FileOptions{Stdin: strings.NewReader("")}); err == nil {
		t.Error("standard input twice is no error")
	}
	if _, err := Open([]string{"-"}, FileOptions{Stdin: strings.NewReader(""), StdinName: "growing.pcap"}); err == nil || !strings.HasPrefix(err.Error(), "growing.pcap: ") {
		t.Errorf("empty input with a name: %v", err)
	}
	if _, err := Open([]string{"-"}, FileOptions{Stdin: strings.NewReader("")}); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty standard input: %v", err)
	}
}

func TestAFileWithoutPermissionIsSaid(t *testing.T) {
	path := writeFile(t, "secret", at(1))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	if _, err := Open([]string{path}, FileOptions{}); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("%v", err)
	}
	if err := openError("x", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

func TestPermissionErrorsKeepTheirCause(t *testing.T) {
	err := openError("x", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission})
	if !errors.Is(err, fs.ErrPermission) || err.Error() != "x: permission denied: this user may not read it" {
		t.Errorf("%v", err)
	}
}

func TestStandardInputIsReadWhateverItsFormat(t *testing.T) {
	for name, b := range map[string][]byte{
		"pcap": at(1, 2), "pcapng": manyBlocks(usualPcapng(), 1, 2).b, "gzip": damagetest.Pack(t, "gzip", at(1, 2)), "zstd": damagetest.Pack(t, "zstd", at(1, 2)),
	} {
		c, err := Open([]string{"-"}, FileOptions{Stdin: iotestOneByte{bytes.NewReader(b)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
			t.Errorf("%s: packets %v", name, got)
		}
		if i := c.Files()[0]; i.Path != "-" || i.Size != -1 || !i.Complete {
			t.Errorf("%+v", i)
		}
		c.Close()
	}
}

// iotestOneByte returns one octet a read, as a slow pipe may.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

func TestAPipeDeliversAPacketBeforeTheNextOneComes(t *testing.T) {
	for name, b := range map[string][]byte{"pcap": at(1), "pcapng": manyBlocks(usualPcapng(), 1, 1).b} {
		r, w := io.Pipe()
		go func() { _, _ = w.Write(b) }() // and nothing more
		c, err := Open([]string{"-"}, FileOptions{Stdin: r})
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		go func() {
			var p Packet
			got <- c.Next(&p)
		}()
		select {
		case err := <-got:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: the packet did not come", name)
		}
		c.Close()
		w.Close()
	}
}

func TestCloseEndsANextThatWaits(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write(at(1)) }()
	c, err := Open([]string{"-"}, FileOptions{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		var p Packet
		if err := c.Next(&p); err != nil {
			got <- err
			return
		}
		got <- c.Next(&p) // waits
	}()
	time.Sleep(20 * time.Millisecond)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-got:
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("Next returns %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Next still waits")
	}
	if err := c.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestCloseStopsTheGoroutines(t *testing.T) {
	path := writeFile(t, "x", ordinaryPcap(200_000, 100))
	_, paths := series(t, ordinaryPcap(60_000, 100), ordinaryPcap(60_000, 100), ordinaryPcapng(60_000, 100))
	before := runtime.NumGoroutine()
	for range 20 {
		for _, list := range [][]string{{path}, paths} {
			c, err := Open(list, FileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var p Packet
			for range 100 {
				if err := c.Next(&p); err != nil {
					t.Fatal(err)
				}
			}
			c.Close()
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestReadingStopsAfterTheAskedNumberOfPackets(t *testing.T) {
	_, paths := series(t, at(1, 2, 3), at(4, 5))
	for _, list := range [][]string{paths[:1], paths} {
		c, err := Open(list, FileOptions{MaxPackets: 2})
		if err != nil {
			t.Fatal(err)
		}
		if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
			t.Errorf("packets %v", got)
		}
		c.Close()
	}
}

func TestAFailingDiskIsDamage(t *testing.T) {
	fails := io.MultiReader(bytes.NewReader(manyPackets(usualPcap(), 1, 5).b), failingReader{})
	c, err := Open([]string{"-"}, FileOptions{Stdin: fails})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := readAll(t, c); len(got) != 5 {
		t.Errorf("%d packets", len(got))
	}
	if d := wantDamage(t, c, DamageUnreadable)[0]; d.AfterFrame != 5 || !strings.Contains(d.Error(), "input/output error") {
		t.Errorf("%v", d.Error())
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestASourceThatNeverAnswersIsGivenUp(t *testing.T) {
	stuck := io.MultiReader(bytes.NewReader(at(1)), stuckReader{})
	c, err := Open([]string{"-"}, FileOptions{Stdin: stuck})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := readAll(t, c); len(got) != 1 {
		t.Errorf("%d packets", len(got))
	}
	wantDamage(t, c, DamageUnreadable)
}

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

func TestEveryKindOfDamageHasItsTexts(t *testing.T) {
	seen := map[string]bool{}
	for k := range numDamageKinds {
		for _, resumed := range []bool{false, true} {
			d := Damage{Kind: k, Resumed: resumed}
			if d.Advice() == "" {
				t.Errorf("%v, resumed %v: no advice", k, resumed)
			}
		}
		if k.String() == "" || k.Text() == "" || seen[k.String()] {
			t.Errorf("kind %d: %q, %q", k, k, k.Text())
		}
		seen[k.String()] = true
	}
}

func TestProgressMayBeAskedFromAnotherGoroutine(t *testing.T) {
	c := open(t, ordinaryPcap(50_000, 80))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if n, total := c.Progress(); n == total {
				return
			}
			runtime.Gosched()
		}
	}()
	readAll(t, c)
	<-done
}
