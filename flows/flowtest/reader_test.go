package flowtest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
)

// readBack runs a script through a capture file, the real reader and the real decoder.
func readBack(t *testing.T, script *Script, opt PcapOptions) []decode.Segment {
	t.Helper()
	var b bytes.Buffer
	if err := WritePcap(&b, script, opt); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "script.pcap")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := decode.Open([]string{file}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	d := decode.NewDecoder(decode.Config{})
	var segs []decode.Segment
	for {
		var p decode.Packet
		err := src.Next(&p)
		if errors.Is(err, io.EOF) {
			return segs
		}
		if err != nil {
			t.Fatal(err)
		}
		var s decode.Segment
		if !d.Decode(&p, &s) {
			skip := d.LastSkip()
			t.Errorf("frame %d: %v", p.Frame, &skip)
			continue
		}
		if s.Checksum == 0 && s.ICMP == decode.NotICMP {
			t.Errorf("frame %d has no checksum", p.Frame)
		}
		s.Pos, s.Hash, s.Checksum = 0, 0, 0
		segs = append(segs, s)
	}
}

func TestAWrittenScriptIsReadBackByTheRealReader(t *testing.T) {
	tagged := strings.ReplaceAll(mixed, "win 502", "win 502 vlan 7")
	odd := mixed + `
+0 > P. 119:219(100) ack 1 snap
+0 > P. 219:319(100) ack 1 <ts 3 4,sack =7:9> snap 100
-.5 > - 319:319(0)
+0 > FSRPUEW. 319:320(1) ack 1 <malformed,ws 200>
+0 > . 320:320(0) ack 1 <md5>
+0 > . 320:320(0) ack 1 <mp_fastclose,mp_reset,mptcp>
+0 > R 320:320(0) ack 77
flow 4
+0 > . 1:70001(70000) ack 1
`
	for _, c := range []struct {
		name, script string
		opt          PcapOptions
	}{
		{"Ethernet", tagged, PcapOptions{}},
		{"Ethernet with padding", tagged, PcapOptions{Pad: true}},
		{"SLL2 in pcapng", tagged, PcapOptions{Link: SLL2, NG: true}},
		{"raw", mixed, PcapOptions{Link: Raw}},
		{"raw in pcapng with microseconds", mixed, PcapOptions{Link: Raw, NG: true, Micro: true}},
		{"odd segments", odd, PcapOptions{}},
		{"two interfaces", strings.ReplaceAll(mixed, "win 502", "win 502 iface 1"), PcapOptions{NG: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			script, err := Parse(c.script)
			if err != nil {
				t.Fatal(err)
			}
			want := script.Segments()
			for i := range want {
				if s := &want[i]; s.ICMP != decode.NotICMP { // what it quotes of length and options is not read
					s.Len, s.Options = 0, 0
				}
			}
			if got := readBack(t, script, c.opt); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", Format(got, FormatOptions{}), Format(want, FormatOptions{}))
			}
		})
	}
}
