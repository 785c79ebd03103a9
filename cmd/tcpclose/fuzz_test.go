package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"tcpclose/decode"
)

// seedCaptures adds every capture of testdata that is not too long for a fuzzer.
func seedCaptures(f *testing.F, add func(b []byte)) {
	names, err := filepath.Glob("../../testdata/captures/*.pcapng")
	if err != nil || len(names) < 20 {
		f.Fatalf("%d captures: %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 2400 {
			add(b)
		}
	}
}

// FuzzReport gives the whole program any file: it ends with a code that says how that went, writes what the format
// promises or nothing, and never a control character.
func FuzzReport(f *testing.F) {
	n := 0
	seedCaptures(f, func(b []byte) {
		f.Add(b, byte(n))
		f.Add(b[:len(b)*2/3], byte(n))
		n++
	})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		if len(b) > 1<<15 {
			return
		}
		in := filepath.Join(dir, "in")
		if err := os.WriteFile(in, b, 0o600); err != nil {
			t.Fatal(err)
		}
		format := reportFormats[int(which)%len(reportFormats)]
		args := []string{"report", in, "-T", format}
		if which >= 0x80 && format == "table" {
			args = append(args, "--ladder")
		}
		out, errs, code := execute(t, args...)
		switch code {
		case exitOK, exitDamaged:
		case exitFailure:
			if out != "" || errs == "" {
				t.Fatalf("%v: failed with %q and wrote %d octets", args, errs, len(out))
			}
			return
		default:
			t.Fatalf("%v: exit code %d: %s", args, code, errs)
		}
		if r := firstControl(errs); r >= 0 {
			t.Fatalf("%v: %U in %q", args, r, errs)
		}
		if format == "pcapng" || format == "parquet" {
			return
		}
		if r := firstControl(strings.ReplaceAll(out, "\r\n", "\n")); r >= 0 { // RFC 4180 ends a line of CSV so
			t.Fatalf("%v: writes %U", args, r)
		}
		lines := []string{out}
		if format == "ndjson" || format == "zeek-json" {
			lines = strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		}
		if strings.Contains(format, "json") {
			for _, line := range lines {
				if line != "" && !json.Valid([]byte(line)) {
					t.Fatalf("%v: no JSON: %s", args, line)
				}
			}
		}
	})
}

// firstControl returns the first character of a text that acts upon a terminal, or turns the order of what follows
// round; -1 if there is none.
func firstControl(text string) rune {
	for _, r := range text {
		switch {
		case r == '\n', r == '\t':
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x61c:
			return r
		}
	}
	if !utf8.ValidString(text) {
		return utf8.RuneError
	}
	return -1
}

// FuzzExtract has the packets of a file written anew, with comments and without: every packet that is written stands in
// the file, in its order, and what is written is sound as far as the file was.
func FuzzExtract(f *testing.F) {
	seedCaptures(f, func(b []byte) {
		f.Add(b, true)
		f.Add(append(bytes.Clone(b[:len(b)/2&^3]), b...), false)
	})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, commented bool) {
		if len(b) > 1<<15 {
			return
		}
		in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
		if err := os.WriteFile(in, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"extract", in, "-o", out, "--force"}
		if commented {
			args = []string{"report", in, "-T", "pcapng", "-o", out, "--force"}
		}
		_ = os.Remove(out) // that of the run before
		_, errs, code := execute(t, args...)
		if _, err := os.Stat(out); code == exitFailure || code == exitDamaged && err != nil {
			return
		}
		if code != exitOK && code != exitDamaged {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		source, damaged := packetsOf(t, in)
		copies, broken := packetsOf(t, out)
		if broken && !damaged {
			t.Fatal("what was written is damaged")
		}
		at := 0
		for i, p := range copies {
			for at < len(source) && !samePacket(source[at], p) {
				at++
			}
			if at == len(source) {
				t.Fatalf("packet %d of %d is not in the file, or not there: %+v", i+1, len(copies), p)
			}
			at++
		}
	})
}

func packetsOf(t *testing.T, path string) (list []decode.Packet, damaged bool) {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if errors.Is(err, decode.ErrEmpty) {
		return nil, true
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var p decode.Packet
	for src.Next(&p) == nil {
		q := p
		q.Data = bytes.Clone(p.Data)
		list = append(list, q)
	}
	return list, src.DamageCount() > 0
}

func samePacket(a, b decode.Packet) bool {
	return bytes.Equal(a.Data, b.Data) && a.Time == b.Time && a.WireLen == b.WireLen && a.LinkType == b.LinkType && a.NoTime == b.NoTime
}

// FuzzAnonymize writes any packet anew: the segment in it is the same but for its addresses, and no address of the
// packet that names somebody stands in what is written.
func FuzzAnonymize(f *testing.F) {
	seedCaptures(f, func(b []byte) {
		in := filepath.Join(f.TempDir(), "in")
		if err := os.WriteFile(in, b, 0o600); err != nil {
			f.Fatal(err)
		}
		src, err := decode.Open([]string{in}, decode.FileOptions{})
		if err != nil {
			f.Fatal(err)
		}
		defer src.Close()
		var p decode.Packet
		for src.Next(&p) == nil && p.Frame < 6 {
			f.Add(bytes.Clone(p.Data), uint16(p.LinkType), uint16(p.WireLen))
		}
	})
	n, err := newAnonymizer("a key")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, link, wire uint16) {
		p := decode.Packet{Frame: 1, Time: 1e9, Data: data, WireLen: max(uint32(wire), uint32(len(data))), LinkType: decode.LinkType(link)}
		d := decode.NewDecoder(decode.Config{})
		var s, got decode.Segment
		if !d.Decode(&p, &s) {
			return
		}
		out, length := n.packet(nil, &p, &s)
		if length < uint32(len(out)) || int64(len(out)) > int64(len(data))+18 {
			t.Fatalf("%d octets of %d become %d of %d", len(data), p.WireLen, len(out), length)
		}
		for _, a := range []decode.Addr{s.Src, s.Dst} {
			if ip := a.Netip(); ip.Is6() && !special(ip) && bytes.Contains(out, ip.AsSlice()) {
				t.Fatalf("%v is still there: %x", ip, out)
			}
		}
		q := decode.Packet{Frame: 1, Time: 1e9, Data: out, WireLen: length, LinkType: linkEthernet}
		if !d.Decode(&q, &got) {
			skip := d.LastSkip()
			t.Fatalf("%+v becomes %x: %v", s, out, &skip)
		}
		if want := n.addr(s.Src.Netip()); got.Src.Netip() != want && got.Src.Netip() != netip.AddrFrom16(want.As16()).Unmap() {
			t.Fatalf("%v becomes %v, want %v", s.Src, got.Src, want)
		}
		if got.SrcPort != s.SrcPort || got.DstPort != s.DstPort || got.Seq != s.Seq || got.Ack != s.Ack || got.Flags != s.Flags ||
			got.Len != s.Len || got.Window != s.Window || got.ICMP != s.ICMP || got.TTL != s.TTL || got.IPID != s.IPID || got.VLAN != s.VLAN {
			t.Fatalf("%+v\nbecomes\n%+v", s, got)
		}
	})
}
