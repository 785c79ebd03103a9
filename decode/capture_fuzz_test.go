package decode

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"tcpclose/decode/damagetest"
)

// readBytes reads a file from memory with a small buffer, as NextRun does; from a source that gives single octets, where no
// two packets are ever in memory, it takes one packet after the other as Next does.
func readBytes(t *testing.T, src io.Reader) (list []Packet, damages []Damage, err error) {
	t.Helper()
	var log damageLog
	var table interfaceTable
	var names nameTable
	r := &fileReader{info: &FileInfo{}, host: recordHost{damages: &log, interfaces: &table, marks: &fileMarks{}, names: &names}}
	r.resetTimes()
	in, err := r.decompress("x", &countedReader{r: src}, false)
	if err != nil {
		return nil, nil, err
	}
	r.win = window{src: in, mem: make([]byte, 0, 4096)}
	if err := r.recognise("x"); err != nil {
		return nil, nil, err
	}
	run := NewRun(5)
	for {
		var p Packet
		if r.run(run, 5) {
			for i := range run.Len() {
				run.Packet(i, &p)
				list = append(list, checked(t, list, p))
			}
			continue
		}
		if err := r.next(&p); err == io.EOF {
			return list, log.list, nil
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, checked(t, list, p))
	}
}

// checked returns a copy of the packet read after those in list.
func checked(t *testing.T, list []Packet, p Packet) Packet {
	t.Helper()
	if len(p.Data) > hardBlockLimit || uint64(p.WireLen) < uint64(len(p.Data)) || p.FileFrame != uint64(len(list)+1) {
		t.Fatalf("packet %d: %d octets, %d on the wire", p.FileFrame, len(p.Data), p.WireLen)
	}
	if n := len(list); n > 0 && p.Pos <= list[n-1].Pos {
		t.Fatalf("packet %d stands at %d, the one before it at %d", n+1, p.Pos, list[n-1].Pos)
	}
	p.Data = slices.Clone(p.Data)
	return p
}

// fuzzReading checks what holds for every input: no panic, an end, memory in proportion to the input, packets where the
// file has them, and no influence of the buffers' borders.
func fuzzReading(t *testing.T, b []byte, memory uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	list, damages, err := readBytes(t, bytes.NewReader(b))
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > memory {
		t.Fatalf("%d octets made %d octets of garbage", len(b), used)
	}
	if err != nil {
		return
	}
	for _, d := range damages {
		if d.Error() == "" || d.Lost < -1 || d.Offset < 0 {
			t.Fatalf("%+v", d)
		}
	}
	if len(b) > 1<<16 {
		return
	}
	slow, again, err := readBytes(t, iotestOneByte{bytes.NewReader(b)})
	if err != nil || !slices.Equal(again, damages) || len(slow) != len(list) {
		t.Fatalf("octet by octet: %d packets, before %d; %v\n%v\n%v", len(slow), len(list), err, again, damages)
	}
	for i := range slow {
		if !equalPackets(slow[i], list[i]) || !bytes.Equal(slow[i].Data, list[i].Data) {
			t.Fatalf("octet by octet: packet %d differs", i+1)
		}
	}
}

func FuzzPcap(f *testing.F) {
	for _, order := range bothOrders {
		for _, magic := range []uint32{0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34} {
			f.Add(manyPackets(buildPcap(order, magic, 4, 96, 1), 1, 5).b)
		}
		f.Add(manyPackets(buildPcap(order, 0xa1b2c3d4, 2, 96, 1), 1, 5).b)
	}
	f.Add(manyPackets(manyPackets(usualPcap(), 1, 3).raw(make([]byte, 50)...), 4, 3).b)
	f.Add(manyPackets(manyPackets(usualPcap(), 1, 3).header(1, 1, 1<<24, 1<<24), 4, 3).b)
	testCaptures(f, func(name string, b []byte) {
		if len(b) <= maxSeed {
			f.Add(asPcap(f, filepath.Join("../testdata/captures", name)))
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzReading(t, b, 32<<10+100*uint64(len(b)))
	})
}

func FuzzPcapng(f *testing.F) {
	f.Add(mixedPcapng())
	for _, order := range bothOrders {
		g := buildPcapng(order).iface(1, 64, (&pcapngBuilder{order: order}).option(optIfName, 'e'))
		g.block(blockSimplePacket, g.u32(61), make([]byte, 61))
		g.block(blockObsoletePacket, g.u32(0, 1, 2, 4, 4), make([]byte, 4))
		g.block(blockStatistics, g.u32(0, 1, 2), g.options(g.option64(optStatsDropped, 7)))
		g.block(blockNames, g.options(g.option(nameIPv4, 10, 0, 0, 1, 'a', 0)))
		g.packet(1, 0, 1, 60, g.option(optComment, 'x'), g.option(optPacketFlags, 0, 0, 0, 0))
		f.Add(g.b)
		f.Add(append(slices.Clone(g.b), g.b[40:]...))
	}
	f.Add(usualPcapng().raw(order32(blockEnhancedPacket, 1<<24)...).raw(make([]byte, 64)...).b)
	seedFiles(f, func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzReading(t, b, 128<<10+100*uint64(len(b)))
	})
}

func order32(values ...uint32) []byte {
	return (&pcapngBuilder{order: binary.LittleEndian}).u32(values...)
}

func FuzzCompressed(f *testing.F) {
	bzip2, err := hex.DecodeString(packedByBzip2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bzip2)
	for _, format := range []string{"gzip", "zstd", "lz4", "xz"} {
		f.Add(damagetest.Pack(f, format, manyPackets(usualPcap(), 1, 5).b))
		f.Add(damagetest.Pack(f, format, damagetest.Pack(f, "gzip", mixedPcapng())))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// A decompressor may take its window; what comes out is bounded by the bomb guard.
		fuzzReading(t, b, 1<<30)
	})
}

// TestNoPrefixOfACaptureFails reads every capture of the corpus that is small, cut and with single octets changed.
func TestDamagedCorpusFilesAreReadToTheirEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	for i, path := range corpus(t) {
		b, err := os.ReadFile(path)
		if err != nil || len(b) > 20_000 || i%4 != 0 {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			for cut := len(b); cut > 0; cut = cut * 7 / 8 {
				_, _, _ = readBytes(t, bytes.NewReader(b[:cut]))
			}
			for k := 0; k < len(b); k += 1 + len(b)/50 {
				old := b[k]
				b[k] ^= 0xff
				_, _, _ = readBytes(t, bytes.NewReader(b))
				b[k] = old
			}
		})
	}
}
