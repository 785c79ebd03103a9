package flowtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tcpclose/decode"
)

// A tokens is the rest of a line that is still to be read.
type tokens []string

// next takes the next word; "" at the end.
func (w *tokens) next() string {
	if len(*w) == 0 {
		return ""
	}
	first := (*w)[0]
	*w = (*w)[1:]
	return first
}

// peek returns the next word without taking it.
func (w tokens) peek() string {
	if len(w) == 0 {
		return ""
	}
	return w[0]
}

// segment reads a line that is a segment.
func (p *parser) segment(rest tokens) error {
	l := line{seg: decode.Segment{TTL: decode.DefaultTTL, Frame: p.frame + 1}}
	s := &l.seg
	now := p.now
	if c := rest.peek(); c[0] == '+' || c[0] == '-' || c[0] == '@' {
		var err error
		if now, err = p.time(rest.next()); err != nil {
			return err
		}
	}
	s.Time = now
	own, peer, err := p.where(&rest, s)
	if err != nil {
		return err
	}
	flags := rest.next()
	var ok bool
	if s.Flags, ok = decode.ParseFlags(flags); !ok {
		return fmt.Errorf("flags %q: want letters of FSRPUEW and . for ACK, or -", flags)
	}
	if err := sequence(rest.next(), s, own); err != nil {
		return err
	}
	switch {
	case rest.peek() == "ack":
		rest.next()
		if s.Ack, _, err = seqNumber(rest.next(), peer); err != nil {
			return err
		}
	case s.Flags.Has(decode.ACK):
		return fmt.Errorf("the flags %s have an ACK, but no ack number follows", flags)
	}
	if !s.Flags.Has(decode.RST) {
		s.Window = math.MaxUint16
	}
	if rest.peek() == "win" {
		rest.next()
		n, err := number(rest.next(), math.MaxUint16)
		if err != nil {
			return err
		}
		s.Window = uint16(n)
	}
	if strings.HasPrefix(rest.peek(), "<") {
		if err := options(&rest, s, peer); err != nil {
			return err
		}
	}
	for len(rest) > 0 {
		name := rest.next()
		read, ok := attributes[name]
		if !ok {
			return fmt.Errorf("unknown attribute %q", name)
		}
		if err := read(&rest, &l); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	p.now, p.frame = now, s.Frame
	p.script.lines = append(p.script.lines, l)
	return nil
}

// where reads the arrow, or the two endpoints with an arrow between, and returns the bases of sender and receiver.
func (p *parser) where(rest *tokens, s *decode.Segment) (own, peer decode.Seq, err error) {
	first := rest.next()
	if strings.Contains(first, ":") {
		src, err := parseEndpoint(first)
		if err != nil {
			return 0, 0, err
		}
		if arrow := rest.next(); arrow != ">" {
			return 0, 0, fmt.Errorf("%q between two endpoints: want >", arrow)
		}
		dst, err := parseEndpoint(rest.next())
		if err != nil {
			return 0, 0, err
		}
		s.Src, s.SrcPort = decode.AddrFrom(src.Addr()), src.Port()
		s.Dst, s.DstPort = decode.AddrFrom(dst.Addr()), dst.Port()
		return 0, 0, nil
	}
	if first == "" || first[len(first)-1] != '>' && first[len(first)-1] != '<' {
		return 0, 0, fmt.Errorf("%q: want a header, an arrow (> or <) or an endpoint", first)
	}
	id, last := p.current, len(first)-1
	if last > 0 {
		n, err := number(first[:last], math.MaxUint32)
		if err != nil {
			return 0, 0, fmt.Errorf("flow before the arrow: %w", err)
		}
		id = uint32(n)
	}
	f, from := p.flow(id), 0
	if first[last] == '<' {
		from = 1
	}
	src, dst := f.ends[from], f.ends[1-from]
	s.Src, s.SrcPort = decode.AddrFrom(src.Addr()), src.Port()
	s.Dst, s.DstPort = decode.AddrFrom(dst.Addr()), dst.Port()
	return f.base[from], f.base[1-from], nil
}

// sequence reads first:end(length).
func sequence(text string, s *decode.Segment, base decode.Seq) error {
	first, rest, ok1 := strings.Cut(text, ":")
	end, length, ok2 := strings.Cut(rest, "(")
	length, ok3 := strings.CutSuffix(length, ")")
	if !ok1 || !ok2 || !ok3 {
		return fmt.Errorf("sequence numbers %q: want first:end(length)", text)
	}
	var err error
	if s.Seq, base, err = seqNumber(first, base); err != nil {
		return err
	}
	e, err := number(end, math.MaxUint32)
	if err != nil {
		return err
	}
	n, err := number(length, math.MaxUint32)
	if err != nil {
		return err
	}
	s.Len = uint32(n)
	if want := s.Seq.Add(s.Len) - base; decode.Seq(e) != want {
		return fmt.Errorf("sequence numbers %q: the end should be %d (SYN and FIN are not counted)", text, uint32(want))
	}
	return nil
}

// seqNumber reads a number relative to base, or one behind "=" that is absolute; it returns the base that was used.
func seqNumber(text string, base decode.Seq) (decode.Seq, decode.Seq, error) {
	if abs, ok := strings.CutPrefix(text, "="); ok {
		text, base = abs, 0
	}
	n, err := number(text, math.MaxUint32)
	return decode.Seq(n) + base, base, err
}

// number reads a decimal number of at most limit.
func number(text string, limit uint64) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	if n > limit {
		return 0, fmt.Errorf("%d is above %d", n, limit)
	}
	return n, nil
}

// time reads +seconds, -seconds or @seconds.
func (p *parser) time(text string) (int64, error) {
	from, digits := p.now, text[1:]
	if text[0] == '@' {
		from = p.start
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if digits == "" || digits == "." || len(fraction) > 9 {
		return 0, fmt.Errorf("time %q: want seconds with up to nine places", text)
	}
	n, err := strconv.ParseUint("0"+whole+(fraction + "000000000")[:9], 10, 63)
	if err != nil {
		return 0, fmt.Errorf("time %q: want seconds with up to nine places", text)
	}
	d := int64(n)
	if text[0] == '-' {
		d = -d
	}
	if sum := from + d; sum >= 0 && (sum > from) == (d > 0) {
		return sum, nil
	}
	return 0, fmt.Errorf("time %q: does not fit nanoseconds since 1970", text)
}
