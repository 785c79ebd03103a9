package decode

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode/damagetest"
)

// xzOf packs b, and has the block's header ask for the dictionary that an octet of properties stands for.
func xzOf(t *testing.T, b []byte, property byte) []byte {
	t.Helper()
	packed := damagetest.Pack(t, "xz", b)
	const start = 12 // behind the stream's header
	end := start + (int(packed[start])+1)*4
	at := start + bytes.Index(packed[start:end], []byte{0x21, 1})
	packed[at+2] = property
	binary.LittleEndian.PutUint32(packed[end-4:], crc32.ChecksumIEEE(packed[start:end-4]))
	return packed
}

// The properties of the largest dictionary that is allowed, and of the next larger one.
const (
	xzLargest = 30 // 128 MiB
	xzBeyond  = 31 // 192 MiB
)

// allocated returns how many octets f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestXZDictionariesAtAndBeyondTheLimit asks for dictionaries in the first block, in a later stream, and behind padding.
func TestXZDictionariesAtAndBeyondTheLimit(t *testing.T) {
	if xzDictionary(xzLargest) != maxWindow || xzDictionary(xzBeyond) <= maxWindow {
		t.Fatal("these are not the octets at the limit")
	}
	f := manyPackets(usualPcap(), 1, 40)
	first, second := f.b[:len(f.b)/2], f.b[len(f.b)/2:]
	whole, _, err := readBytes(t, bytes.NewReader(f.b))
	if err != nil {
		t.Fatal(err)
	}
	before, _, err := readBytes(t, bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range []int{0, 4, xzGuardRead} {
		join := func(property byte) []byte {
			return slices.Concat(damagetest.Pack(t, "xz", first), make([]byte, gap), xzOf(t, second, property))
		}
		list, damages, err := readBytes(t, bytes.NewReader(join(xzLargest)))
		if err != nil || len(damages) > 0 || samePackets(list, whole) != len(whole) {
			t.Errorf("at the limit, behind %d zeros: %d packets of %d, %v, %v", gap, len(list), len(whole), damages, err)
		}
		for _, property := range []byte{xzBeyond, 40} {
			took := allocated(func() { list, damages, err = readBytes(t, bytes.NewReader(join(property))) })
			if err != nil || len(damages) == 0 || len(list) != len(before) || took > maxWindow {
				t.Errorf("%d beyond the limit, behind %d zeros: %d packets of %d, %v, %v, %d octets allocated", property, gap, len(list), len(before), damages, err, took)
			}
		}
	}
	for _, src := range []io.Reader{bytes.NewReader(xzOf(t, f.b, xzBeyond)), iotestOneByte{bytes.NewReader(xzOf(t, f.b, xzBeyond))}} {
		r := &fileReader{info: &FileInfo{}}
		took := allocated(func() { _, err = r.decompress("x", &countedReader{r: src}, false) })
		if err == nil || !strings.Contains(err.Error(), "dictionary of 192 MiB") || took > maxWindow/2 {
			t.Errorf("%v, %d octets allocated", err, took)
		}
	}
}

// TestXZDictionariesTogetherAtAndBeyondTheirLimit joins files whose dictionaries take, together, as much as is allowed, and
// one more. What looks like the filter of a header but is in none is not counted.
func TestXZDictionariesTogetherAtAndBeyondTheirLimit(t *testing.T) {
	f := manyPackets(usualPcap(), 1, 3)
	one := xzOf(t, nil, xzLargest)
	most := xzDictionaries/maxWindow - 1
	fake := bytes.Repeat([]byte{xzLZMA2, 1, xzLargest, 0}, 1<<18)
	for _, more := range []int{0, 1} {
		b := slices.Concat(xzOf(t, f.b, xzLargest), bytes.Repeat(one, most+more), make([]byte, 4), fake)
		guard := &xzGuard{r: bytes.NewReader(b)}
		n, err := io.Copy(io.Discard, guard)
		beyond := err != nil && strings.Contains(err.Error(), "together")
		if beyond != (more > 0) || beyond != (int(n) < len(b)) || guard.asked != uint64(1+most+more)*maxWindow {
			t.Errorf("%d streams: %d octets of %d, %v; %d are asked for", 1+most+more, n, len(b), err, guard.asked)
		}
	}
}

// zstdOf is a zstd frame of raw blocks (RFC 8878, section 3.1.1) whose header asks for a window: 1 KiB shifted by
// exponent, and mantissa eighths of it.
func zstdOf(b []byte, exponent, mantissa byte) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, exponent<<3 | mantissa}
	for chunk := range slices.Chunk(b, 1000) {
		head := binary.LittleEndian.AppendUint32(nil, uint32(len(chunk))<<3)
		frame = append(append(frame, head[:3]...), chunk...)
	}
	return append(frame, 1, 0, 0) // the last block, which is empty
}

// TestZstdWindowsAtAndBeyondTheLimit asks for windows in the first frame and in a later one.
func TestZstdWindowsAtAndBeyondTheLimit(t *testing.T) {
	const exponent = 17
	if 1<<10<<exponent != maxWindow {
		t.Fatal("this is not the window at the limit")
	}
	f := manyPackets(usualPcap(), 1, 40)
	whole, _, err := readBytes(t, bytes.NewReader(f.b))
	if err != nil {
		t.Fatal(err)
	}
	first, second := f.b[:len(f.b)/2], f.b[len(f.b)/2:]
	before, _, err := readBytes(t, bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	var list []Packet
	var damages []Damage
	took := allocated(func() { list, damages, err = readBytes(t, bytes.NewReader(zstdOf(f.b, exponent, 0))) })
	if err != nil || len(damages) > 0 || samePackets(list, whole) != len(whole) {
		t.Errorf("at the limit: %d packets of %d, %v, %v", len(list), len(whole), damages, err)
	}
	t.Logf("a window of 128 MiB over %d octets: %d allocated", len(f.b), took)
	for _, beyond := range [][2]byte{{exponent, 1}, {exponent + 1, 0}, {31, 7}} {
		took = allocated(func() { _, damages, err = readBytes(t, bytes.NewReader(zstdOf(f.b, beyond[0], beyond[1]))) })
		if err == nil || took > 16<<20 {
			t.Errorf("%v: %v, %v, %d octets allocated", beyond, damages, err, took)
		}
		took = allocated(func() {
			list, damages, err = readBytes(t, bytes.NewReader(append(zstdOf(first, 0, 0), zstdOf(second, beyond[0], beyond[1])...)))
		})
		if err != nil || len(damages) == 0 || len(list) != len(before) || took > 16<<20 {
			t.Errorf("%v in a later frame: %d packets of %d, %v, %v, %d octets allocated", beyond, len(list), len(before), damages, err, took)
		}
	}
}
