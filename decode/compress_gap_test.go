package decode

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/ulikunitz/xz"

	"tcpclose/decode/damagetest"
)

// blockCompressions are formats whose files are of blocks that need nothing of one another, and the octets of a block
// before compression.
var blockCompressions = []struct {
	name  string
	block int
}{{"lz4", 64 << 10}, {"xz", 100 << 10}, {"bzip2", 100_000}}

// packBlocks compresses b to one member of several blocks.
func packBlocks(t *testing.T, format string, block int, b []byte) []byte {
	t.Helper()
	if format != "xz" {
		return damagetest.Pack(t, format, b)
	}
	var out bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 16, BlockSize: int64(block)}.NewWriter(&out)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// noisyPcap holds packets that do not compress.
func noisyPcap(packets int) []byte {
	b := usualPcap()
	noise := uint32(1)
	for i := range packets {
		b.header(1_700_000_000+uint32(i), 0, 100, 100)
		for range 25 {
			noise = noise*1664525 + 1013904223
			b.raw(byte(noise>>24), byte(noise>>16), byte(noise>>20), byte(noise>>12))
		}
	}
	return b.b
}

// TestUnpackingGoesOnBehindABlock damages one block, and two blocks side by side, of the first of two members: the others
// come, those of the second member too, and one damage says what was left out.
func TestUnpackingGoesOnBehindABlock(t *testing.T) {
	plain := noisyPcap(8000)
	whole, _, err := readBytes(t, bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range blockCompressions {
		half := 24 + 116*4000
		first := packBlocks(t, f.name, f.block, plain[:half])
		packed := slices.Concat(first, packBlocks(t, f.name, f.block, plain[half:]))
		for blocks := 1; blocks <= 2; blocks++ {
			b := bytes.Clone(packed)
			for k := range blocks {
				b[len(first)*4/10+k*f.block*85/100] ^= 0x10
			}
			list, damages, err := readBytes(t, bytes.NewReader(b))
			if err != nil {
				t.Fatal(f.name, err)
			}
			at := samePackets(list, whole)
			behind := sameAtEnd(list, whole)
			if lost := len(whole) - at - behind; lost > (blocks*f.block)/116+3 {
				t.Errorf("%s, %d blocks: of %d packets the first %d came, and the last %d: %d lost", f.name, blocks, len(whole), at, behind, lost)
			}
			for i := range damages {
				d := &damages[i]
				if !d.Resumed || d.Kind != DamageChecksum && (d.Kind != DamageCompressed || d.Packed <= 0 || d.Packed > int64(2*f.block*5/4)) {
					t.Errorf("%s, %d blocks: %v", f.name, blocks, d.Error())
				}
			}
			if len(damages) == 0 || len(damages) > 2*blocks {
				t.Errorf("%s, %d blocks: %d damages: %v", f.name, blocks, len(damages), damages)
			}
		}
	}
}

// TestFalseBeginningsEnd reads files in which many octets look like the beginning of a member: what stands behind some is
// found, that behind tens of thousands is not, but it is soon over.
func TestFalseBeginningsEnd(t *testing.T) {
	plain := noisyPcap(1000)
	half := 24 + 116*500
	for _, f := range compressions {
		first, second := damagetest.Pack(t, f.name, plain[:half]), damagetest.Pack(t, f.name, plain[half:])
		for _, n := range []int{300, 40_000} {
			b := slices.Concat(first, bytes.Repeat(first[:20], n), second)
			began := time.Now()
			list, damages, err := readBytes(t, bytes.NewReader(b))
			if err != nil || len(list) < 500 || len(damages) == 0 || n < maxRestarts && len(list) < 1000 {
				t.Errorf("%s, %d: %d packets, %v: %v", f.name, n, len(list), damages, err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%s, %d: took %v", f.name, n, took)
			}
		}
	}
}

// A file of which more is asked for than its reader gives at once is unpacked as it comes.
func TestAGapIsTheSameHoweverTheFileIsRead(t *testing.T) {
	plain := noisyPcap(3000)
	for _, f := range compressions {
		packed := slices.Concat(damagetest.Pack(t, f.name, plain[:100_000]), damagetest.Pack(t, f.name, plain[100_000:200_000]), damagetest.Pack(t, f.name, plain[200_000:]))
		packed[len(packed)/2] ^= 0xff
		want, damages, err := readBytes(t, bytes.NewReader(packed))
		if err != nil {
			t.Fatal(f.name, err)
		}
		got, others, err := readBytes(t, iotestOneByte{bytes.NewReader(packed)})
		if err != nil || len(got) != len(want) || samePackets(got, want) != len(want) || len(damages) != len(others) {
			t.Errorf("%s: %d packets and %v at once, %d and %v by octets: %v", f.name, len(want), damages, len(got), others, err)
		}
	}
}

// TestDamageOfAFileCompressedTwiceEndsIt: what unpacks the inner one cannot know where the outer one goes on.
func TestDamageOfAFileCompressedTwiceEndsIt(t *testing.T) {
	plain := noisyPcap(8000)
	whole, _, err := readBytes(t, bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	for _, formats := range [][2]string{{"gzip", "zstd"}, {"zstd", "gzip"}, {"xz", "lz4"}} {
		b := damagetest.Pack(t, formats[0], damagetest.Pack(t, formats[1], plain))
		b[len(b)/2] ^= 0x55
		list, damages, err := readBytes(t, bytes.NewReader(b))
		last := len(damages) - 1
		if err != nil || last < 0 || damages[last].Resumed || len(list) == 0 || len(list) >= len(whole) {
			t.Errorf("%v: %d packets of %d, %v, %v", formats, len(list), len(whole), damages, err)
		}
	}
}
