package decode

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"
)

// gopacketReader is what both readers of pcapgo can do.
type gopacketReader interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// gopacketOpen opens a plain file with pcapgo; nil where that cannot.
func gopacketOpen(b []byte) gopacketReader {
	if r, err := pcapgo.NewReader(bytes.NewReader(b)); err == nil {
		r.SetSnaplen(hardRecordLimit)
		return r
	}
	if r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.NgReaderOptions{WantMixedLinkType: true}); err == nil {
		return r
	}
	return nil
}

func TestOrdinaryFilesReadAsGopacketReadsThem(t *testing.T) {
	files, packets := 0, 0
	for _, path := range corpus(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		other := gopacketOpen(b)
		if other == nil || strings.HasPrefix(filepath.Base(path), "fuzz-") { // those have fractions beyond a second
			continue
		}
		c, err := Open([]string{path}, FileOptions{})
		if err != nil {
			t.Errorf("%v; gopacket opens it", err)
			continue
		}
		files++
		var p Packet
		for {
			data, ci, err := other.ReadPacketData()
			if err != nil { // at damage each goes its own way
				if next := c.Next(&p); errors.Is(err, io.EOF) && next == nil && !p.NoTime {
					t.Errorf("%s: frame %d is one more than gopacket reads", path, p.Frame)
				}
				break
			}
			if err := c.Next(&p); err != nil {
				t.Errorf("%s: %v, gopacket reads frame %d", path, err, p.Frame+1)
				break
			}
			packets++
			wire := uint32(max(ci.Length, ci.CaptureLength))
			if !bytes.Equal(data, p.Data) || wire != p.WireLen || !p.NoTime && ci.Timestamp.UnixNano() != p.Time {
				t.Errorf("%s: frame %d: %d of %d octets at %d, gopacket reads %d of %d at %d",
					path, p.Frame, len(p.Data), p.WireLen, p.Time, len(data), wire, ci.Timestamp.UnixNano())
				break
			}
		}
		c.Close()
	}
	if files < 100 || packets < 10_000 {
		t.Errorf("only %d files with %d packets were compared", files, packets)
	}
}
