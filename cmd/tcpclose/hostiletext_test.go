package main

import (
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// evils are texts that do harm where they come out as they went in: to a terminal, to the order of what is read, to a
// browser, to a spreadsheet, to a table, to a path.
var evils = []string{
	"\x1b]0;owned\x07\x1b[2J\x1b[31m", "\u009b2J", "\u202egnp.exe\u202c", "\u2066a\u2069\u200f", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`,
	"=cmd|'/c calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1", "a|b\n| c | d |", "[x](javascript:alert(1))", "../../../etc/passwd", "${IFS}`id`", "\xff\xfe\x00\x80", "%s%n",
}

// hostileCapture is a capture whose every text is hostile: comments, host, application, interface, names, and what a
// RST says.
func hostileCapture(t *testing.T, evil string) []byte {
	t.Helper()
	le := binary.LittleEndian
	option := func(code uint16, value string) []byte {
		b := le.AppendUint16(le.AppendUint16(nil, code), uint16(len(value)))
		return append(append(b, value...), make([]byte, -len(value)&3)...)
	}
	block := func(kind uint32, parts ...[]byte) []byte {
		var body []byte
		for _, p := range parts {
			body = append(body, p...)
		}
		body = append(body, make([]byte, -len(body)&3)...)
		n := uint32(12 + len(body))
		return le.AppendUint32(append(le.AppendUint32(le.AppendUint32(nil, kind), n), body...), n)
	}
	end := make([]byte, 4)
	b := block(0x0a0d0d0a, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255},
		option(1, evil), option(2, evil), option(3, evil), option(4, evil), end)
	b = append(b, block(1, []byte{1, 0, 0, 0, 0, 0, 4, 0}, option(1, evil), option(2, evil), option(3, evil), option(9, "\x09"), option(11, "\x00"+evil), option(12, evil), option(15, evil), end)...)
	record := append([]byte{10, 0, 0, 9}, append([]byte(evil), 0)...)
	b = append(b, block(4, le.AppendUint16(nil, 1), le.AppendUint16(nil, uint16(len(record))), record, make([]byte, -len(record)&3), end)...)
	for i, s := range []struct {
		flags    byte
		seq, ack uint32
		back     bool
		payload  string
	}{
		{2, 100, 0, false, ""},
		{0x12, 300, 101, true, ""},
		{0x10, 101, 301, false, ""},
		{0x18, 101, 301, false, "GET /" + evil + " HTTP/1.1\r\nHost: " + evil + "\r\n\r\n"},
		{0x14, 301, 101 + uint32(len("GET / HTTP/1.1\r\nHost: \r\n\r\n")+2*len(evil)), true, evil},
	} {
		p := frameOf(s.flags, s.seq, s.ack, s.back, s.payload)
		at := uint64(1_700_000_000_000_000_000 + i*1_000_000)
		head := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 0), uint32(at>>32)), uint32(at))
		head = le.AppendUint32(le.AppendUint32(head, uint32(len(p))), uint32(len(p)))
		b = append(b, block(6, head, p, make([]byte, -len(p)&3), option(1, evil), end)...)
	}
	return b
}

// frameOf is a TCP segment in IPv4 in Ethernet, between 10.0.0.7:40002 and 10.0.0.9:80.
func frameOf(flags byte, seq, ack uint32, back bool, payload string) []byte {
	be := binary.BigEndian
	src, dst, sport, dport := []byte{10, 0, 0, 7}, []byte{10, 0, 0, 9}, uint16(40002), uint16(80)
	if back {
		src, dst, sport, dport = dst, src, dport, sport
	}
	b := append(make([]byte, 12), 8, 0, 0x45, 0)
	b = be.AppendUint16(b, uint16(40+len(payload)))
	b = append(append(append(b, 0, 1, 0x40, 0, 64, 6, 0, 0), src...), dst...)
	b = be.AppendUint32(be.AppendUint32(be.AppendUint16(be.AppendUint16(b, sport), dport), seq), ack)
	b = append(b, 0x50, flags, 1, 0, 0, 0, 0, 0)
	return append(b, payload...)
}

// TestHostileTextsReachNoOutput writes captures full of texts that do harm, under names that do, in every format.
func TestHostileTextsReachNoOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	for i, evil := range evils {
		name := strings.NewReplacer("/", "_", "\x00", "_").Replace(evil) + ".pcapng"
		if strings.HasPrefix(name, "-") {
			name = "./" + name
		}
		if err := os.WriteFile(name, hostileCapture(t, evil), 0o600); err != nil {
			name = strconv.Itoa(i) + ".pcapng" // this system has no such name
			if err := os.WriteFile(name, hostileCapture(t, evil), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{
			{"-T", "table"}, {"--ladder"}, {"--by", "service"}, {"-T", "json"}, {"-T", "ndjson"}, {"-T", "csv"}, {"-T", "html"}, {"-T", "markdown"}, {"-T", "zeek"}, {"-T", "zeek-json"},
		} {
			args = append([]string{"report", name, "-v", "-N"}, args...)
			out, errs, code := execute(t, args...)
			if code == exitUsage {
				args = append(args[:2:2], args[4:]...)
				out, errs, code = execute(t, args...)
			}
			if code != exitOK {
				t.Errorf("%q: exit code %d: %q", args, code, errs)
			}
			checkHarmless(t, args[len(args)-1], out, evil)
			checkHarmless(t, "standard error", errs, evil)
		}
		checkErrors(t, evil)
	}
}

// checkErrors has the program complain about names that do harm.
func checkErrors(t *testing.T, evil string) {
	t.Helper()
	evil = strings.ReplaceAll(evil, "\x00", "")
	for _, args := range [][]string{
		{"report", "missing" + evil}, {"report", "-Y", "host " + evil, "x"}, {"report", "--by", evil, "x"}, {"explain", "x" + evil}, {"x" + evil}, {"report", "--x" + evil},
	} {
		out, errs, code := execute(t, args...)
		if code == exitOK {
			t.Errorf("%q: exit code %d", args, code)
		}
		checkHarmless(t, "an error", out+errs, evil)
	}
}

// checkHarmless fails if a text that was written acts on what reads it.
func checkHarmless(t *testing.T, format, text, evil string) {
	t.Helper()
	if r := firstControl(strings.ReplaceAll(text, "\r\n", "\n")); r >= 0 {
		i := strings.IndexRune(text, r)
		t.Errorf("%s of %q: writes %U: %q", format, evil, r, text[max(i-60, 0):min(max(i, 0)+60, len(text))])
	}
	switch format {
	case "html", "markdown":
		tags := []string{"<script>alert", "<img src=x"}
		if format == "markdown" {
			tags = append(tags, "](javascript:")
		}
		for _, tag := range tags {
			if strings.Contains(strings.ReplaceAll(text, `\]`, ""), tag) {
				t.Errorf("%s of %q: writes %s", format, evil, tag)
			}
		}
	case "json", "ndjson", "zeek-json":
		for line := range strings.Lines(text) {
			if format != "json" && !json.Valid([]byte(line)) {
				t.Errorf("%s of %q: no JSON: %q", format, evil, line)
			}
		}
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Errorf("csv of %q: %v", evil, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("csv of %q: a spreadsheet takes %q for a formula", evil, cell)
				}
			}
		}
	}
}
