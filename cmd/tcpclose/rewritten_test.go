package main

import (
	"fmt"
	"io/fs"
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
			if cells[6] == "unknown" { // an interface of a pcapng file without a name; one of a pcap file has none
				cells[6] = ""
			}
			list = append(list, frameRow{strings.Join(cells[1:7], " "), cells[0], cells[7]})
		}
	}
	return list
}

// TestTsharkReadsTheSameFramesInARewrittenCapture writes every capture of testdata anew: all frames of TCP are there, with
// the same octets, times, lengths and interfaces in the same order, and with the comments that they had.
func TestTsharkReadsTheSameFramesInARewrittenCapture(t *testing.T) {
	tshark := findTshark(t)
	names, err := filepath.Glob("../../testdata/captures/*.pcapng")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d captures: %v", len(names), err)
	}
	for _, name := range names {
		if fault := rewrittenFault(t, tshark, name); fault != "" {
			t.Error(fault)
		}
	}
}

// leftOut names the public captures of which a rewritten one lacks frames that tshark calls TCP, and why.
var leftOut = map[string]string{
	"ip_fragmented_garbage.pcap":    "fragments too short for a TCP header",
	"kerberos_fuzz.pcapng":          "a header that is no TCP",
	"reasm_crash_anon.pcapng":       "a header that is no TCP",
	"wireguard-ping-tcp-dsb.pcapng": "a tunnel that tshark has the keys of",
}

// TestTsharkReadsTheSameFramesInARewrittenPublicCapture is the same for public captures, where they are installed: the
// small ones, since tshark takes its time.
func TestTsharkReadsTheSameFramesInARewrittenPublicCapture(t *testing.T) {
	tshark := findTshark(t)
	compared := 0
	err := filepath.WalkDir("../../../shared/captures", func(path string, e fs.DirEntry, err error) error {
		const small = 1 << 10
		if err != nil || e.IsDir() || leftOut[e.Name()] != "" {
			return err
		}
		if info, err := e.Info(); err != nil || info.Size() > small {
			return err
		}
		compared++
		if fault := rewrittenFault(t, tshark, path); fault != "" {
			t.Error(fault)
		}
		return nil
	})
	if err != nil || compared == 0 {
		t.Skip("no public captures are installed")
	}
}

// findTshark returns where tshark is, or skips the test.
func findTshark(t *testing.T) string {
	t.Helper()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("starts tshark twice for each capture")
	}
	return tshark
}

// rewrittenFault writes a capture anew and returns in what tshark finds it other than it was; "": in nothing, or it is no
// whole capture with TCP in it.
func rewrittenFault(t *testing.T, tshark, name string) string {
	t.Helper()
	out, errs, code := execute(t, "report", "-q", "-T", "pcapng", name)
	switch code {
	case exitOK:
	case exitFailure, exitDamaged: // no capture, or not a whole one
		return ""
	default:
		return fmt.Sprintf("%s: exit code %d, %s", name, code, errs)
	}
	again := filepath.Join(t.TempDir(), "again.pcapng")
	if err := os.WriteFile(again, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	got := tsharkRows(t, tshark, again)
	for i, was := range tsharkRows(t, tshark, name) {
		switch {
		case len(got) > 0 && got[0].frame == was.frame && strings.Contains(got[0].comment, was.comment):
			got = got[1:]
		case was.port != "":
			return fmt.Sprintf("%s: frame %d was %+v, next is %+v", name, i+1, was, got[:min(1, len(got))])
		}
	}
	if len(got) > 0 {
		return fmt.Sprintf("%s: %d frames came that were not there, first %+v", name, len(got), got[0])
	}
	return ""
}
