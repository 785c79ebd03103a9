package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// tshark runs Wireshark's dissector over a file; the test is skipped where there is none.
func tshark(t *testing.T, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark to ask")
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v: %s", err, said.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func TestOnePassWritesEveryFormat(t *testing.T) {
	inFolder(t)
	var args []string
	for _, format := range reportFormats {
		args = append(args, "-T", format+"=all."+format)
	}
	stdout, stderr, code := execute(t, append([]string{"report", "trace.pcap"}, args...)...)
	if code != exitOK || stdout != "" {
		t.Fatalf("exit %d, %q, %s", code, stdout, stderr)
	}
	for _, format := range reportFormats {
		together, err := os.ReadFile("all." + format)
		if err != nil {
			t.Fatal(err)
		}
		alone, _, code := execute(t, "report", "trace.pcap", "-T", format)
		if code != exitOK {
			t.Fatal(code)
		}
		sorted := func(text string) string { // a stream has the order in which conversations become final
			list := strings.Split(text, "\n")
			slices.Sort(list)
			return strings.Join(list, "\n")
		}
		if format == "html" || format == "markdown" {
			continue // they name the command
		}
		if sorted(alone) != sorted(string(together)) {
			t.Errorf("%s differs from what is written alone", format)
		}
	}
}

func TestNoFormatReplacesAFileAndNothingAppearsBesideAFailure(t *testing.T) {
	inFolder(t)
	if err := os.WriteFile("old.md", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := execute(t, "report", "trace.pcap", "-T", "html=new.html", "-T", "markdown=old.md")
	if code != exitFailure || !strings.Contains(stderr, "--force") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if text, _ := os.ReadFile("old.md"); string(text) != "mine" {
		t.Error("the old file is gone")
	}
	if _, err := os.Stat("new.html"); err == nil {
		t.Error("a file appeared beside the failure")
	}
	if _, stderr, code := execute(t, "report", "trace.pcap", "-T", "html=a", "-T", "markdown=a"); code != exitUsage {
		t.Errorf("the same file twice: exit %d, %s", code, stderr)
	}
	if _, _, code := execute(t, "report", "trace.pcap", "-T", "html=trace.pcap", "--force"); code != exitFailure {
		t.Errorf("the capture as output: exit %d", code)
	}
	if left, _ := filepath.Glob(".*part*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// commentsOf returns the comments that tshark reads, by frame.
func commentsOf(t *testing.T, path string) []string {
	t.Helper()
	return tshark(t, "-r", path, "-T", "fields", "-e", "frame.comment")
}

func TestWiresharkReadsOurVerdictsInEveryKindOfCapture(t *testing.T) {
	script := tenKindsScript(t)
	for name, opt := range map[string]flowtest.PcapOptions{"pcapng": {NG: true}, "pcap": {}} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var b bytes.Buffer
			if err := flowtest.WritePcap(&b, script, opt); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("in", b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := execute(t, "report", "in", "-T", "pcapng=out.pcapng", "--", "class retransmitted-fin"); code != exitOK {
				t.Fatal(stderr)
			}
			got := commentsOf(t, "out.pcapng")
			want := []string{
				"10.0.0.7 → SYN-SENT; 10.0.0.9 → SYN-RECEIVED", "10.0.0.7 → ESTABLISHED", "10.0.0.9 → ESTABLISHED", "", "",
				"FIN, first; lost beyond the capture point; 10.0.0.7 → FIN-WAIT-1",
				"resend 1 of the FIN; lost beyond the capture point; fin-retransmitted",
				"resend 2 of the FIN; 10.0.0.9 → CLOSE-WAIT",
				"FIN, second; acknowledges the FIN of the client; 10.0.0.7 → TIME-WAIT; 10.0.0.9 → LAST-ACK",
			}
			if len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) {
				t.Errorf("comments:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if last := got[len(got)-1]; !strings.Contains(last, "is retransmitted-fin, the client closed first") {
				t.Errorf("the last packet says %q", last)
			}
			times := tshark(t, "-r", "out.pcapng", "-T", "fields", "-e", "frame.time_epoch")
			before := tshark(t, "-r", "in", "-T", "fields", "-e", "frame.time_epoch", "-Y", "tcp.port==40004")
			if len(times) != len(before) {
				t.Fatalf("%d packets of %d", len(times), len(before))
			}
			for i := range times {
				if strings.TrimRight(times[i], "0") != strings.TrimRight(before[i], "0") {
					t.Errorf("packet %d is of %s, was of %s", i+1, times[i], before[i])
				}
			}
		})
	}
}

// tenKindsScript returns the script of the capture with ten kinds of closes.
func tenKindsScript(t *testing.T) *flowtest.Script {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top(t), "testdata", "captures", "ten-kinds-of-close.script"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := flowtest.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// swapSection writes a pcapng section in the other byte order: its blocks, and of packets and interfaces the numbers.
func swapSection(t *testing.T, little []byte) []byte {
	t.Helper()
	big := slices.Clone(little)
	le, be := binary.LittleEndian, binary.BigEndian
	swap32 := func(b []byte) { be.PutUint32(b, le.Uint32(b)) }
	swap16 := func(b []byte) { be.PutUint16(b, le.Uint16(b)) }
	for at := 0; at < len(little); {
		kind, n := le.Uint32(little[at:]), int(le.Uint32(little[at+4:]))
		b := big[at : at+n]
		options := n
		switch kind {
		case 0x0a0d0d0a:
			swap32(b[8:])
			swap16(b[12:])
			swap16(b[14:])
			options = 24
		case 1:
			swap16(b[8:])
			swap32(b[12:])
			options = 16
		case 6:
			for _, i := range []int{8, 12, 16, 20, 24} {
				swap32(b[i:])
			}
			options = 28 + (int(le.Uint32(little[at+20:]))+3)&^3
		}
		for options+4 <= n-4 {
			size := int(le.Uint16(b[options+2:]))
			swap16(b[options:])
			swap16(b[options+2:])
			options += 4 + (size+3)&^3
		}
		swap32(b)
		swap32(b[4:])
		swap32(b[n-4:])
		at += n
	}
	return big
}

func TestExtractCopiesSectionsOfBothByteOrdersAsTheyAre(t *testing.T) {
	inFolder(t)
	var b bytes.Buffer
	if err := flowtest.WritePcap(&b, tenKindsScript(t), flowtest.PcapOptions{NG: true}); err != nil {
		t.Fatal(err)
	}
	little := b.Bytes()
	big := swapSection(t, little)
	for name, content := range map[string][]byte{"little.pcapng": little, "big.pcapng": big} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		// Everything is selected, so but for the section's length, which becomes unknown, nothing may change.
		want := slices.Clone(content)
		copy(want[16:24], "\xff\xff\xff\xff\xff\xff\xff\xff")
		out := "copy-" + name
		if _, stderr, code := execute(t, "extract", name, "-o", out); code != exitOK {
			t.Fatal(stderr)
		}
		if got, _ := os.ReadFile(out); !bytes.Equal(got, want) {
			t.Errorf("%s: %d octets, not the %d that were read", name, len(got), len(want))
		}
		if _, stderr, code := execute(t, "report", name, "-T", "pcapng=noted-"+name); code != exitOK {
			t.Fatal(stderr)
		}
		if got := commentsOf(t, "noted-"+name); len(got) != 68 || !strings.Contains(got[6], "FIN, first") {
			t.Errorf("%s: %d packets, the seventh %q", name, len(got), got[6])
		}
	}
	// A pcapng and a pcap file as one capture, in which every segment is there twice: sections one after the other. The
	// second copy of the last segment is a frame of the conversation as well.
	if _, stderr, code := execute(t, "extract", "little.pcapng", "trace.pcap", "-o", "two.pcapng", "--", "class rst-abort"); code != exitOK {
		t.Fatal(stderr)
	}
	if n := len(tshark(t, "-r", "two.pcapng")); n != 10 {
		t.Errorf("%d packets of two files, 10 are wanted", n)
	}
}

func TestExtractOfNothingIsACapture(t *testing.T) {
	inFolder(t)
	if _, stderr, code := execute(t, "extract", "trace.pcap", "-o", "none.pcapng", "--", "port 1"); code != exitOK {
		t.Fatal(stderr)
	}
	src, err := decode.Open([]string{"none.pcapng"}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src.Close()
}

func TestPacketsFromStandardInputAreReadTwice(t *testing.T) {
	capture := tenKinds(t)
	inFolder(t)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"report", "-", "-T", "zeek"}, bytes.NewReader(capture), &out, &errs); code != exitOK {
		t.Fatal(errs.String())
	}
	if !strings.Contains(out.String(), "\tSF\tShADdFaf\t") {
		t.Errorf("no history:\n%s", out.String())
	}
}
