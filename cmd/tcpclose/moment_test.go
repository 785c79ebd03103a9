package main

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
)

// writeEarly writes early.pcap: a packet at the first second of 1970 and one two seconds later.
func writeEarly(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	for _, second := range []uint32{0, 2} {
		frame := make([]byte, 60)
		for _, v := range []uint32{second, 0, uint32(len(frame)), uint32(len(frame))} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		b = append(b, frame...)
	}
	if err := os.WriteFile("early.pcap", b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// 0 means no bound to those who read the capture, and a time that no 64 bits of nanoseconds hold wraps round: neither may
// make of a bound its opposite.
func TestBoundsAtTheEdgesOfTimeLeaveOutWhatTheySay(t *testing.T) {
	writeEarly(t)
	for _, row := range []struct {
		flags string
		out   string // as the report says it; empty for nothing left out
	}{
		{"--since 0", ""},
		{"--since 1970-01-01", ""},
		{"--since 0.000000001", "1 packet outside"},
		{"--until 0", "1 packet outside"},
		{"--until 0.0", "1 packet outside"},
		{"--until 1970-01-01T00:00:00Z", "1 packet outside"},
		{"--until 1969-12-31", "2 packets outside"},
		{"--until 2", ""},
		{"--since 1600-01-01", ""},
		{"--until 1600-01-01", "2 packets outside"},
		{"--since 3000-01-01", "2 packets outside"},
		{"--until 3000-01-01", ""},
		{"--since 0001-01-01 --until 9999-12-31", ""},
	} {
		out, stderr, code := execute(t, append([]string{"report", "early.pcap"}, strings.Fields(row.flags)...)...)
		if code != exitOK || strings.Contains(out, "outside") != (row.out != "") || !strings.Contains(out, row.out) {
			t.Errorf("%s: exit code %d, want %q\n%s%s", row.flags, code, row.out, out, stderr)
		}
	}
	if _, stderr, code := execute(t, "report", "early.pcap", "--since", "2", "--until", "1"); code != exitUsage || !strings.Contains(stderr, "later than --until 1") {
		t.Errorf("a stretch that ends before it begins: exit code %d, %s", code, stderr)
	}
	for _, text := range []string{"-0.5", "-1", "1e9", "12:00"} {
		if _, stderr, code := execute(t, "report", "early.pcap", "--since="+text); code != exitUsage || !strings.Contains(stderr, "is no time") {
			t.Errorf("%s: exit code %d, %s", text, code, stderr)
		}
	}
}
