package flowtest

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"tcpclose/decode"
)

// Start is the time of @0 in a script that does not say otherwise: 2026-11-20T09:00:00Z.
const Start int64 = 1795165200 * 1e9

// A Script is a parsed segment script.
type Script struct {
	Story string // the comment lines before the first segment, without their "# "
	lines []line
}

// A line is one segment, and what WritePcap needs beyond it.
type line struct {
	seg  decode.Segment
	snap int // captured octets; 0: the headers (where NoteSnapped is set)
}

// Segments returns a copy of the script's segments, in its order. Pos and Hash are zero.
func (s *Script) Segments() []decode.Segment {
	segs := make([]decode.Segment, len(s.lines))
	for i := range s.lines {
		segs[i] = s.lines[i].seg
	}
	return segs
}

// A flow is what the headers have said of one five-tuple so far.
type flow struct {
	ends [2]netip.AddrPort // A, B
	base [2]decode.Seq
}

// A parser holds what one line leaves to the next.
type parser struct {
	script  *Script
	flows   map[uint32]*flow
	current uint32
	start   int64
	now     int64
	frame   uint64
	story   []string
}

// Parse reads a script. Its errors begin with the line's number.
func Parse(text string) (*Script, error) {
	p := &parser{script: &Script{}, flows: map[uint32]*flow{}, current: 1, start: Start, now: Start}
	n := 0
	for raw := range strings.SplitSeq(text, "\n") {
		n++
		if err := p.line(raw); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	p.script.Story = strings.Join(p.story, "\n")
	return p.script, nil
}

// line reads one line, with its comment.
func (p *parser) line(raw string) error {
	words := strings.Fields(raw)
	for i, w := range words {
		if strings.HasPrefix(w, "#") {
			if i == 0 && len(p.script.lines) == 0 {
				_, text, _ := strings.Cut(raw, "#")
				p.story = append(p.story, strings.TrimRight(strings.TrimPrefix(text, " "), " \t\r"))
			}
			words = words[:i]
			break
		}
	}
	if len(words) == 0 {
		return nil
	}
	if header, ok := headers[words[0]]; ok {
		return header(p, words)
	}
	return p.segment(words)
}

// headers are the words that begin a line which is no segment.
var headers = map[string]func(*parser, []string) error{
	"A":     (*parser).endpoint,
	"B":     (*parser).endpoint,
	"flow":  (*parser).flowHeader,
	"base":  (*parser).baseHeader,
	"start": (*parser).startHeader,
}

func (p *parser) endpoint(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("%s wants one endpoint, as in %s 10.0.0.1:40000", words[0], words[0])
	}
	ep, err := parseEndpoint(words[1])
	if err != nil {
		return err
	}
	p.flow(p.current).ends[side(words[0])] = ep
	return nil
}

func (p *parser) flowHeader(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("flow wants one number")
	}
	n, err := number(words[1], math.MaxUint32)
	if err != nil {
		return err
	}
	p.current = uint32(n)
	return nil
}

func (p *parser) baseHeader(words []string) error {
	if len(words)%2 == 0 || len(words) == 1 {
		return fmt.Errorf("base wants pairs, as in base A 1000 B 2000")
	}
	for i := 1; i < len(words); i += 2 {
		if words[i] != "A" && words[i] != "B" {
			return fmt.Errorf("base of %q: neither A nor B", words[i])
		}
		n, err := number(words[i+1], math.MaxUint32)
		if err != nil {
			return err
		}
		p.flow(p.current).base[side(words[i])] = decode.Seq(n)
	}
	return nil
}

func (p *parser) startHeader(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("start wants one time, as in start 2026-11-20T09:00:00Z")
	}
	t, err := time.Parse(time.RFC3339Nano, words[1])
	if err != nil {
		return fmt.Errorf("start: %q is no RFC 3339 time", words[1])
	}
	if sec := t.Unix(); sec < 0 || sec >= math.MaxInt64/int64(time.Second) {
		return fmt.Errorf("start: %s does not fit nanoseconds since 1970", words[1])
	}
	p.start = t.UnixNano()
	if len(p.script.lines) == 0 {
		p.now = p.start
	}
	return nil
}

// side returns the index of A or B.
func side(name string) int {
	if name == "B" {
		return 1
	}
	return 0
}

// flow returns the flow with number n, with its default endpoints if nothing named it before.
func (p *parser) flow(n uint32) *flow {
	f := p.flows[n]
	if f == nil {
		f = &flow{ends: [2]netip.AddrPort{
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), uint16(39999+n)),
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 2}), 80),
		}}
		p.flows[n] = f
	}
	return f
}

func parseEndpoint(text string) (netip.AddrPort, error) {
	ep, err := netip.ParseAddrPort(text)
	if err != nil || ep.Addr().Zone() != "" {
		return ep, fmt.Errorf("%q is no address and port, as 10.0.0.1:40000 or [2001:db8::1]:80", text)
	}
	return ep, nil
}
