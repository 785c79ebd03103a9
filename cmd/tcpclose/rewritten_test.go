package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// frameRow is a frame as tshark reads it: what must not change, whether it is TCP's, its comments.
type frameRow struct{ frame, port, comment string }

// tsharkRows reads a capture with tshark.
func tsharkRows(t *testing.T, tshark, name string) (list []frameRow) {
	t.Helper()
	args := []string{"-n", "-r", name, "-o", "frame.generate_md5_hash:TRUE", "-T", "fields", "-E", "separator=|"}
	for _, field := range []string{"tcp.srcport", "frame.md5_hash", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type", "frame.interface_name", "frame.comment"} {
		args = append(args, "-e", field)
	}
	out, err := exec.CommandContext(t.Context(), tshark, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for line := range strings.Lines(string(out)) {
		cells := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 8)
		if len(cells) == 8 { // a comment of several lines goes on below
			list = append(list, frameRow{strings.Join(cells[1:7], " "), cells[0], cells[7]})
		}
	}
	return list
}

// TestTsharkReadsTheSameFramesInARewrittenCapture writes every capture of testdata anew: all frames of TCP are there, with
// the same octets, times, lengths and interfaces in the same order, and with the comments that they had.
func TestTsharkReadsTheSameFramesInARewrittenCapture(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("starts tshark twice for each capture")
	}
	names, err := filepath.Glob("../../testdata/captures/*.pcapng")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d captures: %v", len(names), err)
	}
	again := filepath.Join(t.TempDir(), "again.pcapng")
	for _, name := range names {
		out, errs, code := execute(t, "report", "-q", "-T", "pcapng", name)
		if code != exitOK {
			t.Fatalf("%s: exit code %d, %s", name, code, errs)
		}
		if err := os.WriteFile(again, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		got, whole := tsharkRows(t, tshark, again), tsharkRows(t, tshark, name)
		if len(whole) == 0 {
			t.Fatalf("%s: tshark reads no frame", name)
		}
		for i, was := range whole {
			switch {
			case len(got) > 0 && got[0].frame == was.frame && strings.Contains(got[0].comment, was.comment):
				got = got[1:]
			case was.port != "":
				t.Fatalf("%s: frame %d was %+v, next is %+v", name, i+1, was, got[:min(1, len(got))])
			}
		}
		if len(got) > 0 {
			t.Errorf("%s: %d frames came that were not there, first %+v", name, len(got), got[0])
		}
	}
}
