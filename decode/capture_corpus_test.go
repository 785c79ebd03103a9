package decode

import (
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// corpus lists the captures beside the repository, or skips the test where there are none.
func corpus(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, dir := range []string{"zeek", "ndpi", "wireshark"} {
		_ = filepath.WalkDir(filepath.Join("..", "..", "shared", "captures", dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, path)
			}
			return nil
		})
	}
	if len(files) == 0 {
		t.Skip("no captures beside the repository")
	}
	return files
}

// readAll reads a capture to its end and returns copies of its packets.
func readAll(t testing.TB, c *Capture) []Packet {
	t.Helper()
	var out []Packet
	for {
		var p Packet
		err := c.Next(&p)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Data = append([]byte(nil), p.Data...)
		out = append(out, p)
	}
}

func TestPacketCountsOfTheCorpusAgreeWithCapinfos(t *testing.T) {
	if _, err := exec.LookPath("capinfos"); err != nil {
		t.Skip("capinfos is not installed")
	}
	files := corpus(t)
	out, _ := exec.Command("capinfos", append([]string{"-T", "-M", "-r", "-c"}, files...)...).Output()
	counts := map[string]uint64{}
	for line := range strings.Lines(string(out)) {
		path, count, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if n, err := strconv.ParseUint(count, 10, 64); err == nil {
			counts[path] = n
		}
	}
	if len(counts) < len(files)/2 {
		t.Fatalf("capinfos counted only %d of %d files", len(counts), len(files))
	}
	for _, path := range files {
		want, known := counts[path]
		c, err := Open([]string{path}, FileOptions{})
		if err != nil {
			if known && !errors.Is(err, ErrNotCapture) {
				t.Errorf("%v; capinfos counts %d packets", err, want)
			} else if known {
				t.Logf("%v; capinfos counts %d packets", err, want)
			}
			continue
		}
		var p Packet
		n := uint64(0)
		for c.Next(&p) == nil {
			n++
		}
		if n != want && len(c.Damages()) == 0 {
			t.Errorf("%s: %d packets, capinfos counts %d", path, n, want)
		}
		for _, d := range c.Damages() {
			t.Logf("%d packets, capinfos %d: %v", n, want, d.Error())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
