package legs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/flowtest"
	"tcpclose/flows/legs"
)

// pair judges a capture, and pairs its conversations.
func pair(t testing.TB, path string, cfg decode.Config) ([]flows.Teardown, *legs.Table) {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var c legs.Collector
	list, _, err := flows.Collect(t.Context(), src, cfg, flows.Config{}, func(t *flows.Teardown) bool {
		c.Add(t)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	table, err := c.Pair(src.Reread, cfg, func(*decode.Packet) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		table.Annotate(&list[i])
	}
	return list, table
}

// script is pair for a segment script, whose payload is cut off where snap says so.
func script(t testing.TB, text string, snap int) ([]flows.Teardown, *legs.Table) {
	t.Helper()
	s, err := flowtest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := flowtest.WritePcap(&b, s, flowtest.PcapOptions{SnapLen: snap}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "script.pcap")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return pair(t, path, decode.Config{})
}

// told writes each conversation's other leg, and where its RST comes from.
func told(list []flows.Teardown) (lines []string) {
	for i := range list {
		t := &list[i]
		var line strings.Builder
		fmt.Fprintf(&line, "%s > %s", t.Ends[flows.Client].Addr.Addr(), t.Ends[flows.Server].Addr)
		for j := range t.Pairs {
			p := &t.Pairs[j]
			at := slices.IndexFunc(list, func(o flows.Teardown) bool { return o.ID == p.ID })
			fmt.Fprintf(&line, " %v with %d, %v, beyond the %v", p.Kind, at, p.Confidence, p.Beyond)
			if f, ok := t.Follow(p); ok {
				line.WriteString(", reset: " + f.Origin.String())
			}
		}
		lines = append(lines, line.String())
	}
	return lines
}

func compare(t *testing.T, list []flows.Teardown, want []string) {
	t.Helper()
	if got := told(list); !slices.Equal(got, want) {
		t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func capture(name string) string { return filepath.Join("..", "..", "testdata", "captures", name) }

// TestARealProxysLegsArePaired: record-legs.py says what happened. The twins carry the same words at the same time, and the
// box's own connections (GET own business) lie between the others.
func TestARealProxysLegsArePaired(t *testing.T) {
	list, table := pair(t, capture("legs-of-a-proxy.pcapng"), decode.Config{})
	var paired []flows.Teardown
	for i := range list {
		if len(list[i].Pairs) > 0 {
			paired = append(paired, list[i])
		}
	}
	compare(t, paired, []string{
		"10.1.0.2 > 10.2.0.1:8080 proxy with 1, certain, beyond the server",
		"10.2.0.1 > 10.2.0.2:9000 proxy with 0, certain, beyond the client",
		"10.1.0.2 > 10.2.0.1:8080 proxy with 3, certain, beyond the server, reset: beyond",
		"10.2.0.1 > 10.2.0.2:9000 proxy with 2, certain, beyond the client, reset: here",
		"10.1.0.2 > 10.2.0.1:8080 proxy with 5, certain, beyond the server, reset: box",
		"10.2.0.1 > 10.2.0.2:9000 proxy with 4, certain, beyond the client, reset: box",
		"10.1.0.2 > 10.2.0.1:8080 proxy with 7, certain, beyond the server, reset: here",
		"10.2.0.1 > 10.2.0.2:9000 proxy with 6, certain, beyond the client, reset: beyond",
		"10.1.0.2 > 10.1.0.1:8080 proxy with 9, likely, beyond the server",
		"10.2.0.1 > 10.2.0.2:9000 proxy with 8, likely, beyond the client",
	})
	if table.Ambiguous() != 4 || len(list) != 17 {
		t.Errorf("%d of %d conversations are said to fit several others", table.Ambiguous(), len(list))
	}
}

func TestARealTranslatorsLegsArePaired(t *testing.T) {
	list, _ := pair(t, capture("legs-of-a-translator.pcapng"), decode.Config{})
	compare(t, list, []string{
		"10.1.0.2 > 10.2.0.2:9000 nat with 1, certain, beyond the server",
		"10.2.0.1 > 10.2.0.2:9000 nat with 0, certain, beyond the client",
		"10.1.0.2 > 10.2.0.2:9000 nat with 3, certain, beyond the server, reset: passed",
		"10.2.0.1 > 10.2.0.2:9000 nat with 2, certain, beyond the client, reset: passed",
		"10.1.0.2 > 10.2.0.2:9000 nat with 5, likely, beyond the server, reset: box",
		"10.2.0.1 > 10.2.0.2:9000 nat with 4, likely, beyond the client",
	})
}

// legScript is a connection that begins at a time with the given first numbers, and carries so many octets each way. What
// goes up is captured a hop later, what comes down a hop earlier.
func legScript(flow int, client, server string, at, hop float64, base [2]uint32, up, down int) string {
	u, d := at+hop, at-hop
	return fmt.Sprintf(`flow %d
A %s
B %s
base A %d
base B %d
@%.4f > S  0:0(0) <mss 1460>
@%.4f < S. 0:0(0) ack 1 <mss 1460>
@%.4f > .  1:1(0) ack 1
@%.4f > P. 1:%d(%d) ack 1
@%.4f < P. 1:%d(%d) ack %d
@%.4f > F. %d:%d(0) ack %d
@%.4f < F. %d:%d(0) ack %d
@%.4f > .  %d:%d(0) ack %d
`, flow, client, server, base[0], base[1], u, d+.02, u+.021, u+.03, 1+up, up, d+.06, 1+down, down, 1+up,
		u+.07, 1+up, 1+up, 1+down, d+.09, 1+down, 1+down, 2+up, u+.091, 2+up, 2+up, 2+down)
}

func TestEqualNumbersAloneAreNoProof(t *testing.T) {
	one := legScript(1, "10.0.0.7:4001", "192.0.2.5:80", 0, 0, [2]uint32{1000, 5000}, 100, 300)
	for _, row := range []struct {
		why, other string
		want       int
	}{
		{"a translator", legScript(2, "198.51.100.1:4001", "192.0.2.5:80", 0, .0001, [2]uint32{1000, 5000}, 100, 300), 1},
		{"the SYN cannot have passed after its answer", legScript(2, "198.51.100.1:4001", "192.0.2.5:80", .025, 0, [2]uint32{1000, 5000}, 100, 300), 0},
		{"another time", legScript(2, "198.51.100.1:4001", "192.0.2.5:80", 7, .0001, [2]uint32{1000, 5000}, 100, 300), 0},
		{"one number differs", legScript(2, "198.51.100.1:4001", "192.0.2.5:80", 0, .0001, [2]uint32{1000, 5001}, 100, 300), 0},
	} {
		if _, table := script(t, sorted(one, row.other), 0); table.Number(flows.PairNAT) != row.want {
			t.Errorf("%s: %d pairs, want %d", row.why, table.Number(flows.PairNAT), row.want)
		}
	}
	// Numbers that come again and again, as those of a test tool do.
	var many []string
	for i := range 6 {
		many = append(many, legScript(i+1, fmt.Sprintf("10.0.0.%d:4001", i+1), "192.0.2.5:80", 0, float64(i)/10000, [2]uint32{1000, 5000}, 100, 300))
	}
	if _, table := script(t, sorted(many...), 0); table.Number(flows.PairNAT) != 0 || table.Ambiguous() != 6 {
		t.Errorf("%d pairs, %d that fit several", table.Number(flows.PairNAT), table.Ambiguous())
	}
}

// sorted puts the lines of several flows into the order of their times: WritePcap writes them as they come.
func sorted(flowTexts ...string) string {
	type line struct {
		at   float64
		text string
	}
	var list []line
	var heads strings.Builder
	for i, text := range flowTexts {
		for l := range strings.Lines(text) {
			var at float64
			if _, err := fmt.Sscanf(l, "@%f", &at); err != nil {
				heads.WriteString(l)
				continue
			}
			list = append(list, line{at, fmt.Sprintf("flow %d\n%s", i+1, l)})
		}
	}
	slices.SortStableFunc(list, func(a, b line) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	var b strings.Builder
	b.WriteString(heads.String())
	for _, l := range list {
		b.WriteString(l.text)
	}
	return b.String()
}

func TestWithoutPayloadExactSizesAndTimesMustDo(t *testing.T) {
	// The front leg is answered at .06 and closed at .07: the back leg must lie within.
	front := legScript(1, "10.0.0.7:4001", "192.0.2.5:80", 0, 0, [2]uint32{1000, 5000}, 117, 3001)
	back := func(flow int, client string, at float64, up, down int) string {
		text := legScript(flow, client+fmt.Sprintf(":%d", 4001+flow), "10.9.0.1:8080", 0, 0, [2]uint32{uint32(flow * 70000), uint32(flow * 90000)}, up, down)
		// within .031 to .05
		for was, is := range map[string]float64{"@0.0000": .0310, "@0.0200": .0320, "@0.0210": .0330, "@0.0300": .0340, "@0.0600": .0450, "@0.0700": .0710, "@0.0900": .0910, "@0.0910": .0920} {
			text = strings.ReplaceAll(text, was+" ", fmt.Sprintf("#%.4f ", is+at))
		}
		return strings.ReplaceAll(text, "#", "@")
	}
	for _, row := range []struct {
		why   string
		other []string
		want  int
	}{
		{"the proxy's other leg", []string{back(2, "192.0.2.5", 0, 117, 3001)}, 1},
		{"another host's", []string{back(2, "192.0.2.6", 0, 117, 3001)}, 0},
		{"one octet less", []string{back(2, "192.0.2.5", 0, 117, 3000)}, 0},
		{"answered after the front leg was", []string{back(2, "192.0.2.5", .02, 117, 3001)}, 0},
		{"two that fit", []string{back(2, "192.0.2.5", 0, 117, 3001), back(3, "192.0.2.5", .001, 117, 3001)}, 0},
	} {
		list, table := script(t, sorted(append([]string{front}, row.other...)...), 54)
		if table.Number(flows.PairProxy) != row.want {
			t.Errorf("%s: %d pairs, want %d: %q", row.why, table.Number(flows.PairProxy), row.want, told(list))
		}
		for i := range list {
			for _, p := range list[i].Pairs {
				if p.Confidence != flows.Likely {
					t.Errorf("%s: %v", row.why, p.Confidence)
				}
			}
		}
	}
	// Where the payload was captured and differs, sizes prove nothing.
	front = legScript(1, "10.0.0.7:4001", "192.0.2.5:80", 0, 0, [2]uint32{1000, 5000}, 20, 25)
	if _, table := script(t, sorted(front, back(2, "192.0.2.5", 0, 20, 25)), 0); table.Number(flows.PairProxy) != 0 {
		t.Error("the octets differ, and yet they are paired")
	}
}
