package flowtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const mixed = `
A 10.0.0.1:40000
B 10.0.0.2:80
base A 1000 B 2000
+0    > S  0:0(0) win 64240 <mss 1460,sackOK,ts 100 0,ws 7>
+.01  < S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,ts 900 100,ws 7>
+.01  > .  1:1(0) ack 1 win 502
+0    > P. 1:1001(1000) ack 1 win 502 id 7 ttl 63
+.01  < .  1:1(0) ack 1 win 509 <ts 1 2,sack 501:1001>
+0    > F. 1001:1001(0) ack 1 win 502 icmp unreachable
2> S 5:5(0) icmp frag-needed
flow 3
A [2001:db8::1]:1000
B [2001:db8::2]:443
+1 > S 7:17(10) <fastopen,mptcp>
+0 < R. 0:0(0) ack 18
+0 > P. 18:119(101) ack 1 <data_fin,ts 1 2> ttl 3
+0 > P. 18:119(101) ack 1 icmp prohibited
`

func TestWrittenCapturesHaveRightChecksumsInEveryForm(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	tagged := strings.ReplaceAll(mixed, "ack 1 win 502", "ack 1 win 502 vlan 7")
	for _, c := range []struct {
		name, script string
		opt          PcapOptions
	}{
		{"ethernet", tagged, PcapOptions{Pad: true}},
		{"sll2-ng", tagged, PcapOptions{Link: SLL2, NG: true}},
		{"raw-micro", mixed, PcapOptions{Link: Raw, Micro: true}},
	} {
		script, err := Parse(c.script)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), c.name)
		var b bytes.Buffer
		if err := WritePcap(&b, script, c.opt); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), tshark, "-n", "-r", file, "-o", "tcp.check_checksum:TRUE",
			"-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "occurrence=f", "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "icmp.checksum.status",
			"-e", "icmpv6.checksum.status", "-e", "tcp.flags", "-e", "tcp.len", "-e", "frame.time_epoch", "-e", "_ws.malformed", "-e", "vlan.id")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		segs := script.Segments()
		if len(rows) != len(segs) {
			t.Fatalf("%s: %d rows for %d segments:\n%s", c.name, len(rows), len(segs), out)
		}
		for i, row := range rows {
			f := strings.Split(row, "\t")
			bad := f[0] == "0" || f[1] == "0" || f[2] == "0" || f[3] == "0" || f[7] != ""
			if segs[i].ICMP == 0 {
				bad = bad || f[1] != "1" || f[4] != fmt.Sprintf("0x%04x", uint8(segs[i].Flags)) || f[5] != fmt.Sprint(segs[i].Len)
			} else {
				bad = bad || f[2]+f[3] != "1"
			}
			if stamp := fmt.Sprintf("%d.%09d", segs[i].Time/1e9, segs[i].Time%1e9); f[6] != stamp {
				bad = true
			}
			if segs[i].VLAN != 0 && f[8] != "7" {
				bad = true
			}
			if bad {
				t.Errorf("%s: segment %s\ntshark: %q", c.name, segs[i], row)
			}
		}
	}
}

func TestSnapLengthsCutFramesAndKeepTheLengthOnTheWire(t *testing.T) {
	script, err := Parse("> P. 1:1001(1000) ack 1 snap\n> P. 1:1001(1000) ack 1 snap 60\n> P. 1:1001(1000) ack 1")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WritePcap(&b, script, PcapOptions{SnapLen: 96}); err != nil {
		t.Fatal(err)
	}
	at := 24
	for i, want := range []int{54, 60, 96} {
		kept := int(binary.LittleEndian.Uint32(b.Bytes()[at+8:]))
		if wire := binary.LittleEndian.Uint32(b.Bytes()[at+12:]); kept != want || wire != 1054 {
			t.Errorf("packet %d keeps %d of %d octets, want %d of 1054", i+1, kept, wire, want)
		}
		at += 16 + kept
	}
	if at != b.Len() {
		t.Errorf("the file has %d octets, its records end at %d", b.Len(), at)
	}
}

func TestWhatNoFrameCanHoldIsRefused(t *testing.T) {
	for text, opt := range map[string]PcapOptions{
		"> S 0:0(0) vlan 1":                                   {Link: Raw},
		"> S 0:2000000(2000000)":                              {},
		"A [::1]:1\nB 1.2.3.4:5\n> S 0:0(0)":                  {},
		"A [::1]:1\nB [::2]:5\n> - 0:70000(70000)":            {},
		"> S 0:0(0) <md5,ao,mss 1,sackOK,ts 1 2>":             {},
		"@5000000000 > S 0:0(0)":                              {},
		"A [::1]:1\nB [::2]:5\n> - 0:70000(70000) icmp other": {NG: true},
	} {
		script, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WritePcap(&b, script, opt); (err == nil) != strings.Contains(text, "icmp") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
