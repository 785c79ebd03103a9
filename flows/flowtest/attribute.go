package flowtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tcpclose/decode"
)

// options reads <option,option,…>, which may hold blanks.
func options(rest *tokens, s *decode.Segment, peer decode.Seq) error {
	text := rest.next()
	for !strings.HasSuffix(text, ">") {
		if len(*rest) == 0 {
			return fmt.Errorf("options %q: no closing >", text)
		}
		text += " " + rest.next()
	}
	for option := range strings.SplitSeq(text[1:len(text)-1], ",") {
		w := tokens(strings.Fields(option))
		if err := oneOption(&w, s, peer); err != nil {
			return fmt.Errorf("option %q: %w", strings.TrimSpace(option), err)
		}
		if len(w) > 0 {
			return fmt.Errorf("option %q: %q is too much", strings.TrimSpace(option), w[0])
		}
	}
	return nil
}

func oneOption(w *tokens, s *decode.Segment, peer decode.Seq) error {
	name := w.next()
	switch name {
	case "nop", "eol": // padding has no place in a Segment
	case "mss":
		n, err := number(w.next(), math.MaxUint16)
		s.MSS = uint16(n)
		s.Options |= decode.OptMSS
		return err
	case "ws":
		n, err := number(w.next(), math.MaxUint8)
		s.WindowScale = uint8(n)
		s.Options |= decode.OptWindowScale
		return err
	case "ts":
		val, err := number(w.next(), math.MaxUint32)
		if err != nil {
			return err
		}
		ecr, err := number(w.next(), math.MaxUint32)
		s.TSVal, s.TSEcr = uint32(val), uint32(ecr)
		s.Options |= decode.OptTimestamps
		return err
	case "sack":
		if len(*w) == 0 {
			return fmt.Errorf("want left:right")
		}
		for len(*w) > 0 {
			if err := sackBlock(w.next(), s, peer); err != nil {
				return err
			}
		}
	default:
		bit, ok := decode.ParseOption(name)
		if !ok {
			return fmt.Errorf("unknown")
		}
		if bit&(decode.OptMPFastclose|decode.OptMPReset|decode.OptMPDataFIN) != 0 {
			bit |= decode.OptMPTCP // these are forms of it
		}
		s.Options |= bit
	}
	return nil
}

func sackBlock(text string, s *decode.Segment, peer decode.Seq) error {
	l, r, _ := strings.Cut(text, ":")
	left, base, err := seqNumber(l, peer)
	if err != nil {
		return err
	}
	n, err := number(r, math.MaxUint32)
	if err != nil {
		return err
	}
	right := base + decode.Seq(n)
	if !s.Options.Has(decode.OptSACK) {
		s.Options |= decode.OptSACK
		s.SACKLeft, s.SACKRight, s.SACKMax = left, right, right
	} else if right.After(s.SACKMax) {
		s.SACKMax = right
	}
	return nil
}

// attributes are the words that may follow the options.
var attributes = map[string]func(*tokens, *line) error{
	"ttl": numeric(math.MaxUint8, func(l *line, n uint64) { l.seg.TTL = uint8(n) }),
	"id":  numeric(math.MaxUint16, func(l *line, n uint64) { l.seg.IPID = uint16(n) }),
	"vlan": numeric(4095, func(l *line, n uint64) {
		l.seg.VLAN = uint16(n) | decode.VLANPresent
		l.seg.Encap |= decode.EncapVLAN
	}),
	"iface": numeric(math.MaxUint16, func(l *line, n uint64) { l.seg.Iface = uint16(n) }),
	"scope": numeric(math.MaxUint64, func(l *line, n uint64) { l.seg.Scope = n }),
	"frame": numeric(math.MaxInt64, func(l *line, n uint64) { l.seg.Frame = n }),
	"sum": func(w *tokens, l *line) error {
		text := w.next()
		n, err := strconv.ParseUint(text, 0, 16)
		if err != nil {
			return fmt.Errorf("%q is no number of 16 bits", text)
		}
		l.seg.Checksum = uint16(n)
		return nil
	},
	"icmp": func(w *tokens, l *line) error {
		name := w.next()
		kind, ok := decode.ParseICMPKind(name)
		if !ok {
			return fmt.Errorf("%q is no kind of error", name)
		}
		l.seg.ICMP = kind
		return nil
	},
	"encap": func(w *tokens, l *line) error {
		for name := range strings.SplitSeq(w.next(), ",") {
			bit, ok := decode.ParseEncap(name)
			if !ok {
				return fmt.Errorf("%q is no encapsulation", name)
			}
			l.seg.Encap |= bit
		}
		return nil
	},
	"snap": func(w *tokens, l *line) error {
		l.seg.Note |= decode.NoteSnapped
		if c := w.peek(); c != "" && '0' <= c[0] && c[0] <= '9' {
			n, err := number(w.next(), math.MaxUint16)
			l.snap = int(n)
			return err
		}
		return nil
	},
	"badsum":    note(decode.NoteBadChecksum),
	"notime":    note(decode.NoteNoTime),
	"duplicate": note(decode.NoteDuplicate),
}

func numeric(limit uint64, set func(*line, uint64)) func(*tokens, *line) error {
	return func(w *tokens, l *line) error {
		n, err := number(w.next(), limit)
		set(l, n)
		return err
	}
}

func note(bit decode.Note) func(*tokens, *line) error {
	return func(_ *tokens, l *line) error {
		l.seg.Note |= bit
		return nil
	}
}
