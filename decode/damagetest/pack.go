package damagetest

import (
	"bytes"
	"compress/gzip"
	"io"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// Formats are the names of the formats that Pack knows.
var Formats = [...]string{"gzip", "zstd", "lz4", "xz", "bzip2"}

// Pack compresses b in the named format; bzip2 has no writer in Go, so it needs the program.
func Pack(t testing.TB, format string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch format {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	case "lz4":
		l := lz4.NewWriter(&out)
		err = l.Apply(lz4.BlockSizeOption(lz4.Block64Kb))
		w = l
	case "xz":
		w, err = xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&out)
	case "bzip2":
		cmd := exec.Command("bzip2", "-c1")
		cmd.Stdin = bytes.NewReader(b)
		packed, err := cmd.Output()
		if err != nil {
			t.Skip("bzip2 is not installed")
		}
		return packed
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
