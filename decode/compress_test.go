package decode

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tcpclose/decode/damagetest"
)

func TestCompressedFilesAreKnownByTheirFirstOctets(t *testing.T) {
	for _, f := range compressions {
		t.Run(f.name, func(t *testing.T) {
			plain := ordinaryPcap(30_000, 100)
			c := open(t, damagetest.Pack(t, f.name, plain))
			got := readAll(t, c)
			if len(got) != 30_000 || got[29_999].Pos.Offset() != int64(len(plain)-116) {
				t.Errorf("%d packets", len(got))
			}
			if i := c.Files()[0]; i.Compression != f.name || i.Format != "pcap" {
				t.Errorf("%+v", i)
			}
			wantDamage(t, c)
			if done, total := c.Progress(); done != total || total == 0 {
				t.Errorf("progress %d of %d", done, total)
			}
		})
	}
}

// bzip2 of a pcap file header without packets, since there is no writer for it in Go.
const headerBzip2 = "425a6839314159265359d00f0755000008c01e748020001000080004002000221e88020c98862213536599bcfc5dc914e14243403c1d54"

func TestSeveralMembersAreOneFile(t *testing.T) {
	plain := manyPackets(usualPcap(), 1, 9).b
	for _, f := range compressions {
		t.Run(f.name, func(t *testing.T) {
			c := open(t, slices.Concat(damagetest.Pack(t, f.name, plain[:100]), damagetest.Pack(t, f.name, plain[100:])))
			if got := readAll(t, c); len(got) != 9 {
				t.Errorf("%d packets", len(got))
			}
			wantDamage(t, c)
		})
	}
}

func TestZerosBehindGzipDataArePadding(t *testing.T) {
	c := open(t, append(damagetest.Pack(t, "gzip", at(1, 2)), make([]byte, 1000)...))
	if got := readAll(t, c); len(got) != 2 {
		t.Errorf("%d packets", len(got))
	}
	wantDamage(t, c)
	c = open(t, append(damagetest.Pack(t, "gzip", at(1, 2)), "rubbish"...))
	if got := readAll(t, c); len(got) != 2 {
		t.Errorf("%d packets", len(got))
	}
	wantDamage(t, c, DamageCompressed)
}

func TestACompressedFileMayBeCompressedAgain(t *testing.T) {
	c := open(t, damagetest.Pack(t, "gzip", damagetest.Pack(t, "zstd", manyBlocks(usualPcapng(), 1, 9).b)))
	if got := readAll(t, c); len(got) != 9 {
		t.Errorf("%d packets", len(got))
	}
	if i := c.Files()[0]; i.Compression != "gzip+zstd" {
		t.Errorf("%+v", i)
	}
	deep := manyBlocks(usualPcapng(), 1, 9).b
	for range 5 {
		deep = damagetest.Pack(t, "gzip", deep)
	}
	if _, err := Open([]string{writeFile(t, "deep", deep)}, FileOptions{}); !errors.Is(err, ErrNotCapture) {
		t.Errorf("five times compressed: %v", err)
	}
}

func TestDamagedCompressionLosesOnlyWhatFollows(t *testing.T) {
	plain := usualPcap()
	noise := uint32(1)
	for i := range 2_500 { // data that does not compress, so that the damage falls in the middle of it
		plain.header(1_700_000_000+uint32(i), 0, 100, 100)
		for range 25 {
			noise = noise*1664525 + 1013904223
			plain.raw(byte(noise>>24), byte(noise>>16), byte(noise>>20), byte(noise>>12))
		}
	}
	for _, f := range compressions {
		for _, how := range []string{"cut", "overwritten"} {
			t.Run(f.name+" "+how, func(t *testing.T) {
				b := damagetest.Pack(t, f.name, plain.b)
				if how == "cut" {
					b = b[:len(b)*3/4]
				} else {
					copy(b[len(b)*3/4:], bytes.Repeat([]byte{0x55, 0xaa}, 500))
				}
				c := open(t, b)
				got := readAll(t, c)
				if len(got) < 200 || len(got) >= 2_500 {
					t.Errorf("%d packets", len(got))
				}
				damages := c.Damages()
				last := damages[len(damages)-1]
				if last.Kind != DamageCompressed && last.Kind != DamageChecksum || last.Lost != -1 || last.Resumed != (last.AfterFrame < uint64(len(got))) {
					t.Errorf("%v", last.Error())
				}
				if c.Files()[0].Complete {
					t.Error("the file counts as complete")
				}
			})
		}
	}
}

func TestDamageAtTheVeryStartOfCompressedDataIsASentence(t *testing.T) {
	for _, f := range compressions {
		_, err := Open([]string{writeFile(t, "x", []byte(f.magic+"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))}, FileOptions{})
		if err == nil || !strings.Contains(err.Error(), f.name) {
			t.Errorf("%s: %v", f.name, err)
		}
		_, err = Open([]string{writeFile(t, "x", []byte(f.magic))}, FileOptions{})
		if err == nil || !strings.Contains(err.Error(), f.name) {
			t.Errorf("%s, magic only: %v", f.name, err)
		}
	}
}

func TestABombIsStoppedUnlessItIsTrusted(t *testing.T) {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	packet := usualPcap().packet(1, 1, 0, 200_000).b
	if _, err := w.Write(packet); err != nil {
		t.Fatal(err)
	}
	packets := uint64(1)
	for size := len(packet); size < bombFloor+(20<<20); size += len(packet) - 24 {
		if _, err := w.Write(packet[24:]); err != nil {
			t.Fatal(err)
		}
		packets++
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "bomb.zst", out.Bytes())
	count := func(opt FileOptions) (uint64, *Capture) {
		c, err := Open([]string{path}, opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		var p Packet
		for c.Next(&p) == nil {
		}
		return c.Files()[0].Packets, c
	}
	got, c := count(FileOptions{})
	if got == 0 || got >= packets {
		t.Errorf("%d packets of %d", got, packets)
	}
	wantDamage(t, c, DamageBomb)
	got, c = count(FileOptions{NoBombLimit: true})
	if got != packets {
		t.Errorf("%d packets of %d with the limit lifted", got, packets)
	}
	wantDamage(t, c)
}

func TestABzip2FileIsReadWithoutItsProgram(t *testing.T) {
	b, err := hex.DecodeString(headerBzip2)
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, b)
	readAll(t, c)
	if i := c.Files()[0]; i.Compression != "bzip2" || i.Format != "pcap" {
		t.Errorf("%+v", i)
	}
	wantDamage(t, c)
}

// An xz file that ends between its header and its first block, or between two blocks, is cut, though the decompressor
// says nothing.
func TestAnXZFileThatWasCutBetweenBlocksIsDamaged(t *testing.T) {
	packed := damagetest.Pack(t, "xz", manyPackets(usualPcap(), 1, 5).b)
	if _, err := unpack(packed[:12]); err == nil {
		t.Error("a header alone is taken for a whole file")
	}
	for _, whole := range [][]byte{packed, slices.Concat(packed, make([]byte, 8)), slices.Concat(packed, make([]byte, 4), packed)} {
		for _, src := range []io.Reader{bytes.NewReader(whole), iotestOneByte{bytes.NewReader(whole)}} {
			r := &fileReader{info: &FileInfo{}}
			in, err := r.decompress("x", &countedReader{r: src}, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(in); err != nil {
				t.Errorf("%d octets: %v", len(whole), err)
			}
		}
	}
}
