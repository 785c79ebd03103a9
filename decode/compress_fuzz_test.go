package decode

import (
	"bytes"
	"encoding/hex"
	"io"
	"testing"

	"tcpclose/decode/damagetest"
)

// packedByBzip2 is "tcpclose tcpclose tcpclose\n", as bzip2 writes it: Go has no writer of that format.
const packedByBzip2 = "425a68313141592653598fec575f00000d5180001040000a04cc002000223d404fd50832622ce1138f12230fc5dc914e142423fb15d7c0"

// FuzzDecompressors gives each decompressor what was packed, whole, cut and with one octet changed. What was whole comes
// back; of what was cut only a beginning comes, and an error says so; whatever comes, it ends.
func FuzzDecompressors(f *testing.F) {
	formats := []string{"gzip", "zstd", "lz4", "xz"}
	seedFiles(f, func(b []byte) {
		if len(b) < 3000 {
			f.Add(b, byte(len(b)), uint16(len(b)/2), uint16(0), byte(0))
		}
	})
	f.Add([]byte("tcpclose"), byte(1), uint16(20), uint16(3), byte(0x10))
	f.Add(bytes.Repeat([]byte{0}, 5000), byte(2), uint16(20), uint16(9), byte(0xff))
	f.Fuzz(func(t *testing.T, plain []byte, which byte, cut, at uint16, flip byte) {
		format := formats[int(which)%len(formats)]
		if len(plain) > 1<<16 {
			return
		}
		packed := damagetest.Pack(t, format, plain)
		if got, err := unpack(packed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%s: %d octets became %d: %v", format, len(plain), len(got), err)
		}
		if n := int(cut); n < len(packed) && n > 6 { // less would not be known for what it is
			got, err := unpack(packed[:n])
			if !bytes.HasPrefix(plain, got) {
				t.Fatalf("%s cut at %d of %d: what comes is no beginning of what was packed", format, n, len(packed))
			}
			if err == nil && len(got) < len(plain) {
				t.Fatalf("%s cut at %d of %d: %d of %d octets, and no error", format, n, len(packed), len(got), len(plain))
			}
		}
		if n := int(at); n < len(packed) && flip != 0 {
			packed[n] ^= flip
			_, _ = unpack(packed) // anything, but it ends
		}
	})
}

// unpack reads compressed octets through the decompressor that their beginning asks for.
func unpack(b []byte) ([]byte, error) {
	r := &fileReader{info: &FileInfo{}}
	src, err := r.decompress("x", &countedReader{r: bytes.NewReader(b)}, false)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(src)
}

func TestBzip2IsUnpacked(t *testing.T) {
	packed, err := hex.DecodeString(packedByBzip2)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unpack(packed); err != nil || string(got) != "tcpclose tcpclose tcpclose\n" {
		t.Errorf("%q: %v", got, err)
	}
}
