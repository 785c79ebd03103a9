package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"tcpclose/decode/damagetest"
)

// series writes files into one folder and returns their paths in order.
func series(t testing.TB, files ...[]byte) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for i, b := range files {
		path := filepath.Join(dir, fmt.Sprintf("%05d.cap", i))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return dir, paths
}

func openPaths(t testing.TB, paths ...string) *Capture {
	t.Helper()
	c, err := Open(paths, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// at is a usual pcap file with packets at these seconds; a packet's number is its second.
func at(seconds ...uint32) []byte {
	f := usualPcap()
	for _, s := range seconds {
		f.packet(byte(s), s, 0, 60)
	}
	return f.b
}

func TestSeveralFilesAreMergedByTime(t *testing.T) {
	ng := usualPcapng()
	for _, s := range []uint64{3, 6, 9} {
		ng.packet(byte(s), 0, s*1_000_000, 60)
	}
	_, paths := series(t, at(1, 4, 7), damagetest.Pack(t, "gzip", at(2, 5, 8)), ng.b)
	c := openPaths(t, paths...)
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Fatalf("packets %v", numbers(got))
	}
	for i, p := range got {
		if p.Frame != uint64(i+1) || p.FileFrame != uint64(i/3+1) || p.Pos.File() != i%3 || int(p.Iface) >= 3 {
			t.Errorf("packet %d: %+v", i+1, p)
		}
		if f := c.Interfaces()[p.Iface].File; f != i%3 {
			t.Errorf("packet %d: interface of file %d", i+1, f)
		}
	}
	for i, f := range c.Files() {
		if f.Path != paths[i] || f.Packets != 3 || !f.Complete || f.First != int64(i+1)*1e9 || f.Last != int64(i+7)*1e9 {
			t.Errorf("%+v", f)
		}
	}
	if done, total := c.Progress(); done != total || total == 0 {
		t.Errorf("progress %d of %d", done, total)
	}
}

func TestOneFileIsNeverSorted(t *testing.T) {
	_, paths := series(t, at(5, 1, 9, 2))
	if got := numbers(readAll(t, openPaths(t, paths...))); !slices.Equal(got, []byte{5, 1, 9, 2}) {
		t.Errorf("packets %v", got)
	}
	// Among others each file stays in its own order too; the earliest next packet goes first.
	_, paths = series(t, at(5, 1, 9, 2), at(4, 6, 10))
	if got := numbers(readAll(t, openPaths(t, paths...))); !slices.Equal(got, []byte{4, 5, 1, 6, 9, 2, 10}) {
		t.Errorf("packets %v", got)
	}
}

func TestEqualTimesKeepTheOrderOfTheFiles(t *testing.T) {
	f := func(n byte) []byte { return usualPcap().packet(n, 7, 0, 60).packet(n+10, 7, 0, 60).b }
	_, paths := series(t, f(1), f(2), f(3))
	if got := numbers(readAll(t, openPaths(t, paths...))); !slices.Equal(got, []byte{1, 11, 2, 12, 3, 13}) {
		t.Errorf("packets %v", got)
	}
}

func TestFilesAreReadInTheOrderOfTheirFirstPackets(t *testing.T) {
	_, paths := series(t, at(7, 8), at(1, 2), usualPcap().b, at(4, 5))
	c := openPaths(t, paths...)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 4, 5, 7, 8}) {
		t.Errorf("packets %v", got)
	}
	for i, f := range c.Files() {
		if !f.Complete || f.Path != paths[i] {
			t.Errorf("%+v", f)
		}
	}
}

func TestMergingAgreesWithMergecap(t *testing.T) {
	if _, err := exec.LookPath("mergecap"); err != nil {
		t.Skip("mergecap is not installed")
	}
	files := make([][]byte, 5)
	for i := range files {
		f := usualPcap()
		for k := range 400 {
			f.packet(byte(i), uint32(1000+i*20+k/3), uint32(k*7919%100000), 60+k%5)
		}
		files[i] = f.b
	}
	_, paths := series(t, files...)
	merged := filepath.Join(t.TempDir(), "merged")
	if out, err := exec.Command("mergecap", append([]string{"-F", "pcap", "-w", merged}, paths...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, got := readAll(t, openPaths(t, merged)), readAll(t, openPaths(t, paths...))
	if len(want) != 2000 || len(got) != len(want) {
		t.Fatalf("%d packets, mergecap has %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Time != want[i].Time || !bytes.Equal(got[i].Data, want[i].Data) {
			t.Fatalf("frame %d differs from mergecap's", i+1)
		}
	}
}

func TestPacketsWithoutTimeComeAtOnce(t *testing.T) {
	f := usualPcapng().packet(5, 0, 5_000_000, 60)
	f.block(blockSimplePacket, f.u32(60), bytes.Repeat([]byte{6}, 60))
	f.packet(9, 0, 9_000_000, 60)
	_, paths := series(t, f.b, at(4, 5, 8))
	if got := numbers(readAll(t, openPaths(t, paths...))); !slices.Equal(got, []byte{4, 5, 6, 5, 8, 9}) {
		t.Errorf("packets %v", got)
	}
}

func TestADirectoryIsReadWithoutWhatIsNoCapture(t *testing.T) {
	dir, paths := series(t, at(3), at(1), []byte("some text\n"), []byte("\x7fELF\x02\x01\x01"), damagetest.Pack(t, "zstd", at(2)))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := openPaths(t, dir)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 3}) {
		t.Errorf("packets %v", got)
	}
	files := c.Files()
	if len(files) != 5 || files[3].Path != paths[2] || files[3].Skipped != "not a capture file (neither pcap nor pcapng); it looks like text" || files[4].Skipped == "" {
		t.Errorf("%+v", files)
	}
	if len(c.Damages()) != 0 {
		t.Errorf("%v", c.Damages())
	}
}

func TestMoreFilesThanCanBeListedAreCounted(t *testing.T) {
	files := [][]byte{at(1)}
	for range maxSkipped + 7 {
		files = append(files, []byte("text"))
	}
	dir, _ := series(t, files...)
	all := openPaths(t, dir).Files()
	if last := all[len(all)-1]; len(all) != 1+maxSkipped+1 || last.Skipped != "7 more files that are no captures" {
		t.Errorf("%d listed, the last: %+v", len(all), last)
	}
}

func TestAnEmptyFileAmongOthersIsDamage(t *testing.T) {
	_, paths := series(t, at(2), nil, at(1))
	c := openPaths(t, paths...)
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2}) {
		t.Errorf("packets %v", got)
	}
	d := c.Damages()
	if len(d) != 1 || d[0].Kind != DamageEmpty || d[0].Path != paths[1] || c.Files()[d[0].File].Path != paths[1] || c.Files()[d[0].File].Complete {
		t.Errorf("%+v", d)
	}
}

func TestAPatternIsExpanded(t *testing.T) {
	dir, _ := series(t, at(2), at(1))
	if got := numbers(readAll(t, openPaths(t, filepath.Join(dir, "*.cap")))); !slices.Equal(got, []byte{1, 2}) {
		t.Errorf("packets %v", got)
	}
	if _, err := Open([]string{filepath.Join(dir, "*.pcap")}, FileOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestStandardInputIsMergedWithFiles(t *testing.T) {
	_, paths := series(t, at(1, 4), at(2, 6))
	c, err := Open([]string{paths[0], "-", paths[1]}, FileOptions{Stdin: bytes.NewReader(at(3, 5))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := readAll(t, c)
	if !slices.Equal(numbers(got), []byte{1, 2, 3, 4, 5, 6}) || got[2].Pos.File() != 1 {
		t.Errorf("packets %v", numbers(got))
	}
	if _, total := c.Progress(); total != 0 {
		t.Errorf("total %d, though standard input has no length", total)
	}
}

func TestAFileThatGoesAwayWhileOthersAreReadIsDamage(t *testing.T) {
	_, paths := series(t, at(1, 2), at(5, 6), at(8, 9))
	c := openPaths(t, paths...)
	if err := os.Remove(paths[1]); err != nil {
		t.Fatal(err)
	}
	if got := numbers(readAll(t, c)); !slices.Equal(got, []byte{1, 2, 8, 9}) {
		t.Errorf("packets %v", got)
	}
	if d := c.Damages(); len(d) != 1 || d[0].Kind != DamageUnreadable || d[0].File != 1 {
		t.Errorf("%+v", d)
	}
}

func TestMergedReadingAllocatesNothing(t *testing.T) {
	_, paths := series(t, ordinaryPcap(60_000, 80), ordinaryPcapng(60_000, 80))
	c := openPaths(t, paths...)
	var p Packet
	for range 60_000 {
		if err := c.Next(&p); err != nil {
			t.Fatal(err)
		}
	}
	if got := testing.AllocsPerRun(50_000, func() {
		if err := c.Next(&p); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations a packet", got)
	}
}
