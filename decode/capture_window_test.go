package decode

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// A faultySource panics after what it has.
type faultySource struct{ rest []byte }

func (s *faultySource) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		var none []byte
		_ = none[len(p)]
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// TestAFaultOfADecompressorEndsTheFileAlone reads a source that panics as a decompressor might: in a goroutine of its own, where
// nobody else could catch that.
func TestAFaultOfADecompressorEndsTheFileAlone(t *testing.T) {
	file := ordinaryPcap(3, 100)
	c, err := Open([]string{"-"}, FileOptions{Stdin: &faultySource{file}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var p Packet
	n := 0
	for ; err == nil; n++ {
		err = c.Next(&p)
	}
	if d := c.Damages(); !errors.Is(err, io.EOF) || n < 2 || len(d) != 1 || !strings.Contains(d[0].Error(), "internal fault") {
		t.Errorf("%d packets, %v, %v", n-1, err, d)
	}
}
