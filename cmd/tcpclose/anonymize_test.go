package main

import (
	"encoding/json"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// common counts the bits that two addresses begin with alike.
func common(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		if d := x[i] ^ y[i]; d != 0 {
			return 8*i + bits.LeadingZeros8(d)
		}
	}
	return 8 * len(x)
}

func TestAnonymousAddressesKeepTheirCommonPrefixesAndStayApart(t *testing.T) {
	n, err := newAnonymizer("a key")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[netip.Addr]netip.Addr{}
	checked := 0
	for i := range 4000 {
		var a, b netip.Addr
		if i%2 == 0 {
			x := [4]byte{10, byte(random.Uint32()), byte(random.Uint32() % 4), byte(random.Uint32())}
			y := x
			y[3-random.Uint32()%4] ^= byte(random.Uint32())
			a, b = netip.AddrFrom4(x), netip.AddrFrom4(y)
		} else {
			x := netip.MustParseAddr("2001:db8::").As16()
			x[15], x[9] = byte(random.Uint32()), byte(random.Uint32())
			y := x
			y[random.Uint32()%16] ^= byte(random.Uint32())
			a, b = netip.AddrFrom16(x), netip.AddrFrom16(y)
		}
		for _, from := range []netip.Addr{a, b} {
			to := n.addr(from)
			if before, ok := seen[to]; ok && before != from {
				t.Fatalf("%s and %s both become %s", before, from, to)
			}
			seen[to] = from
			if to.Is4() != from.Is4() || special(to) != special(from) {
				t.Errorf("%s becomes %s", from, to)
			}
		}
		// Where an address had to be mapped again to stay clear of special ones, its prefix went with it.
		once := func(x netip.Addr) bool { return n.addr(x) == n.permute(x) }
		if !special(a) && !special(b) && once(a) && once(b) {
			checked++
			if x, y := common(a, b), common(n.addr(a), n.addr(b)); x != y {
				t.Errorf("%s and %s have %d bits in common, what they become has %d", a, b, x, y)
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d pairs were compared", checked)
	}
	other, _ := newAnonymizer("another key")
	if a := netip.MustParseAddr("10.1.2.3"); n.addr(a) == other.addr(a) {
		t.Error("another key gives the same")
	}
}

// verdicts returns the verdicts of a capture in the order of their frames, without addresses.
func verdicts(t *testing.T, path string) (list []string) {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all, _, err := flows.Collect(t.Context(), src, decode.Config{Checksums: decode.ChecksumsNoted}, flows.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		c := &all[i]
		if c.FirstMark(flows.MarkBadChecksum) != nil {
			t.Errorf("%s: conversation %d has wrong checksums", path, c.ID)
		}
		list = append(list, strings.Join([]string{c.Class.String(), c.Shape.String(), c.Closer.String(), c.Ends[0].Addr.String()[strings.LastIndexByte(c.Ends[0].Addr.String(), ':'):]}, " "))
	}
	return list
}

func TestAnAnonymousCaptureTellsTheSameAndNamesNobody(t *testing.T) {
	inFolder(t)
	if _, stderr, code := execute(t, "extract", "trace.pcap", "-o", "anon.pcapng", "--anonymize=secret"); code != exitOK {
		t.Fatal(stderr)
	}
	if got, want := verdicts(t, "anon.pcapng"), verdicts(t, "trace.pcap"); !slices.Equal(got, want) {
		t.Errorf("verdicts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	src, err := decode.Open([]string{"anon.pcapng"}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var p decode.Packet
	var s decode.Segment
	d := decode.NewDecoder(decode.Config{})
	for src.Next(&p) == nil {
		if !d.Decode(&p, &s) {
			t.Fatalf("frame %d gives no segment", p.Frame)
		}
		for _, a := range []decode.Addr{s.Src, s.Dst} {
			if strings.HasPrefix(a.String(), "10.0.0.") {
				t.Errorf("frame %d names %s", p.Frame, a)
			}
		}
		if load := d.Payload(&p, &s); len(load) > 0 {
			t.Errorf("frame %d still has payload", p.Frame)
		}
		if mac := p.Data[:12]; strings.Trim(string(mac), "\x00") != "" {
			t.Errorf("frame %d still has hardware addresses", p.Frame)
		}
	}
}

func TestAllOutputsGetTheSameAnonymousAddresses(t *testing.T) {
	inFolder(t)
	formats := []string{"ndjson", "csv", "zeek", "html", "markdown", "table", "json", "zeek-json"}
	args := []string{"report", "trace.pcap", "--anonymize=secret"}
	for _, f := range formats {
		args = append(args, "-T", f+"=out."+f)
	}
	if _, stderr, code := execute(t, args...); code != exitOK {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile("out.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var first struct{ Client struct{ IP string } }
	line, _, _ := strings.Cut(string(text), "\n")
	if err := json.Unmarshal([]byte(line), &first); err != nil || first.Client.IP == "" {
		t.Fatalf("%v in %s", err, line)
	}
	for _, f := range formats {
		text, err := os.ReadFile("out." + f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "10.0.0.") {
			t.Errorf("%s names an address of the capture", f)
		}
		if !strings.Contains(string(text), first.Client.IP) {
			t.Errorf("%s does not name %s", f, first.Client.IP)
		}
		if strings.Contains(string(text), "secret") {
			t.Errorf("%s names the key", f)
		}
	}
}

func TestCapturesOfEveryEncapsulationAreMadeAnonymous(t *testing.T) {
	var paths []string
	for _, name := range []string{
		"wireshark/dns+icmp.pcapng.gz", "zeek/tunnels/vxlan.pcap", "zeek/tunnels/4in6.pcap", "zeek/tunnels/gre-sample.pcap", "zeek/ipv6-http-atomic-frag.trace",
		"ndpi/4in4tunnel.pcap", "ndpi/443-git.pcap",
	} {
		path := filepath.Join(top(t), "..", "shared", "captures", name)
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		t.Skip("no captures to read")
	}
	t.Chdir(t.TempDir())
	for _, path := range paths {
		out := filepath.Base(path) + ".anon"
		if _, stderr, code := execute(t, "extract", path, "-o", out, "--anonymize=secret", "-q"); code != exitOK && code != exitDamaged {
			t.Errorf("%s: exit %d, %s", path, code, stderr)
			continue
		}
		if got, want := verdicts(t, out), verdicts(t, path); !slices.Equal(got, want) {
			t.Errorf("%s: verdicts\n%s\nwant\n%s", path, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
