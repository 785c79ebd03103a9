package decode

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// corpusFolder holds the public captures, where they are installed.
const corpusFolder = "../../shared/captures"

// corpusFiles lists all files of the corpus, or skips the test.
func corpusFiles(t testing.TB) (files []string) {
	t.Helper()
	err := filepath.WalkDir(corpusFolder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Skip("no captures to read: ", err)
	}
	return files
}

// eachPacket calls fn for every packet of a file; files that are no capture have none.
func eachPacket(t testing.TB, file string, fn func(p *Packet)) {
	t.Helper()
	c, err := Open([]string{file}, FileOptions{})
	if err != nil {
		return
	}
	defer c.Close()
	for {
		var p Packet
		err := c.Next(&p)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		fn(&p)
	}
}

// ngWriter writes packets of any link type as one pcapng section, for another program to read.
type ngWriter struct {
	w      *bufio.Writer
	ifaces map[LinkType]uint32
	err    error
}

func (n *ngWriter) block(typ uint32, body []byte) {
	le := binary.LittleEndian
	pad := (4 - len(body)%4) % 4
	total := uint32(12 + len(body) + pad)
	var head [8]byte
	le.PutUint32(head[:], typ)
	le.PutUint32(head[4:], total)
	for _, part := range [][]byte{head[:], body, make([]byte, pad), le.AppendUint32(nil, total)} {
		if _, err := n.w.Write(part); err != nil && n.err == nil {
			n.err = err
		}
	}
}

func (n *ngWriter) packet(p *Packet) {
	le := binary.LittleEndian
	if n.ifaces == nil {
		n.ifaces = make(map[LinkType]uint32)
		n.block(0x0a0d0d0a, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	}
	id, ok := n.ifaces[p.LinkType]
	if !ok {
		id = uint32(len(n.ifaces))
		n.ifaces[p.LinkType] = id
		n.block(1, []byte{byte(p.LinkType), byte(p.LinkType >> 8), 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0})
	}
	body := le.AppendUint32(nil, id)
	body = le.AppendUint32(body, uint32(uint64(p.Time)>>32))
	body = le.AppendUint32(body, uint32(p.Time))
	body = le.AppendUint32(body, uint32(len(p.Data)))
	body = le.AppendUint32(body, p.WireLen)
	n.block(6, append(body, p.Data...))
}

// seenBy is what one program read of a segment.
type seenBy struct {
	srcPort, dstPort, window uint16
	seq, ack, length         uint32
	flags                    Flags
	src, dst                 string // left empty by tshark's side where the frame holds both IPv4 and IPv6
}

// corpusDifference is a row of the table of differences that are meant: frames of one file where tshark and we differ.
type corpusDifference struct {
	file   string // base name
	frames int    // how many
	why    string
}

// tsharkDifferences explains every frame of the corpus in which tshark sees TCP and we do not, or the other way round,
// or that it reads otherwise.
var tsharkDifferences = []corpusDifference{
	{"telnet.pcap", 5, "payload was stripped and the record lengths rewritten: our length is the IP header's, which the next sequence numbers confirm"},
	{"reasm_crash_anon.pcapng", 9, "the same"},
	{"ajp.pcap", 4, "tshark takes the last four octets for a FabricPath check sequence; the peer's next ack confirms our length"},
	{"gre-aruba-amsdu.pcap", 1, "an aggregate of several segments in one frame: we read the first, the last is printed by tshark"},
	{"ip_fragmented_garbage.pcap", 2, "a data offset below five words: no receiver takes such a segment"},
	{"kerberos_fuzz.pcapng", 1, "the same"},
}

func TestTheCorpusHoldsTheSegmentsThatTsharkSees(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	type frame struct {
		file   string
		number uint64
		ok     bool
		icmp   bool
		skip   Skip
		seen   seenBy
	}
	merged, err := os.Create(filepath.Join(t.TempDir(), "all.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	out := &ngWriter{w: bufio.NewWriter(merged)}
	var frames []frame
	for _, file := range corpusFiles(t) {
		d := NewDecoder(Config{})
		eachPacket(t, file, func(p *Packet) {
			var s Segment
			ok := d.Decode(p, &s)
			f := frame{file: filepath.Base(file), number: p.Frame, ok: ok, icmp: ok && s.ICMP != NotICMP, skip: d.LastSkip()}
			if ok {
				f.seen = seenBy{s.SrcPort, s.DstPort, s.Window, uint32(s.Seq), uint32(s.Ack), s.Len, s.Flags, s.Src.String(), s.Dst.String()}
			}
			frames = append(frames, f)
			out.packet(p)
		})
	}
	if err := errors.Join(out.err, out.w.Flush(), merged.Close()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tshark, "-n", "-r", merged.Name(), "-o", "tcp.desegment_tcp_streams:FALSE",
		"-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "tcp.relative_sequence_numbers:FALSE",
		"-T", "fields", "-E", "occurrence=l", "-e", "frame.number", "-e", "tcp.stream", "-e", "tcp.srcport", "-e", "tcp.dstport",
		"-e", "tcp.window_size_value", "-e", "tcp.seq", "-e", "tcp.ack_raw", "-e", "tcp.len", "-e", "tcp.flags",
		"-e", "ip.src", "-e", "ip.dst", "-e", "ipv6.src", "-e", "ipv6.dst")
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	differences := map[string][]string{}
	n := 0
	for line := range bytes.Lines(text) {
		col := strings.Split(strings.TrimRight(string(line), "\n"), "\t")
		f := frames[n]
		n++
		number := func(i int) uint64 {
			v, _ := strconv.ParseUint(col[i], 0, 64)
			return v
		}
		sees := col[1] != ""
		say := func(format string, args ...any) {
			differences[f.file] = append(differences[f.file], fmt.Sprintf("frame %d: ", f.number)+fmt.Sprintf(format, args...))
		}
		switch {
		case f.icmp:
		case sees && !f.ok:
			say("tshark sees TCP, we do not: %v", &f.skip)
		case !sees && f.ok:
			say("we see TCP, tshark does not: %+v", f.seen)
		case sees:
			theirs := seenBy{
				uint16(number(2)), uint16(number(3)), uint16(number(4)), uint32(number(5)), uint32(number(6)),
				uint32(number(7)), Flags(number(8)), col[9] + col[11], col[10] + col[12],
			}
			if col[9] != "" && col[11] != "" {
				theirs.src, theirs.dst = f.seen.src, f.seen.dst
			}
			if theirs != f.seen {
				say("tshark reads %+v, we %+v", theirs, f.seen)
			}
		}
	}
	if n != len(frames) {
		t.Fatalf("tshark read %d frames, we %d", n, len(frames))
	}
	t.Logf("%d frames compared", n)
	for _, want := range tsharkDifferences {
		if got := len(differences[want.file]); got != want.frames {
			t.Errorf("%s: %d frames differ, the table says %d (%s)", want.file, got, want.frames, want.why)
		}
		delete(differences, want.file)
	}
	for file, list := range differences {
		t.Errorf("%s: %d differences that nothing explains, as %s", file, len(list), strings.Join(list[:min(len(list), 4)], "\n\t"))
	}
}

// corpusFaults explains every frame of the corpus that is skipped for a fault.
var corpusFaults = []struct {
	file   string
	reason Reason
	frames uint64
	why    string
}{
	{"fuzz-2020-02-16-11740.pcap", ReasonBadVersion, 10, "a fuzzer changed the version"},
	{"fuzz-2020-02-16-11740.pcap", ReasonFragmentLost, 20, "a fuzzer wrote fragment offsets into whole packets"},
	{"fuzz-2021-06-07-c6c72a0a56.pcap", ReasonCut, 1, "a fuzzer's record of 48 octets, of which UDP promises more"},
	{"ip_fragmented_garbage.pcap", ReasonBadHeaderLen, 2, "random octets in place of a TCP header"},
	{"kerberos_fuzz.pcapng", ReasonBadHeaderLen, 1, "a fuzzer changed the data offset"},
	{"reasm_crash_anon.pcapng", ReasonBadHeaderLen, 1, "a data offset of zero"},
	{"gtp1_gn_normal_incl_fragmentation.pcap", ReasonFragmentLost, 4, "the second fragments are not in the capture"},
	{"dvb-ci_UV1_0000.pcap", ReasonUnknownLink, 1, "DVB common interface: a television's smart card"},
}

func TestEveryFaultInTheCorpusIsExplained(t *testing.T) {
	type place struct {
		file   string
		reason Reason
	}
	faults := map[place]SkipCount{}
	for _, file := range corpusFiles(t) {
		d := NewDecoder(Config{})
		eachPacket(t, file, func(p *Packet) {
			var s Segment
			d.Decode(p, &s)
		})
		for _, s := range d.Skips() {
			if s.Reason.Faulty() {
				faults[place{filepath.Base(file), s.Reason}] = s
			}
		}
	}
	for _, c := range corpusFaults {
		at := place{c.file, c.reason}
		if faults[at].Count != c.frames {
			t.Errorf("%s: %d frames skipped as %v, the table says %d (%s)", c.file, faults[at].Count, c.reason, c.frames, c.why)
		}
		delete(faults, at)
	}
	for at, s := range faults {
		t.Errorf("%s: nothing explains %+v (%v)", at.file, s, s.Reason)
	}
}
