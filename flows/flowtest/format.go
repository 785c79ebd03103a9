package flowtest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tcpclose/decode"
)

// FormatOptions says how Format prints; its zero value prints absolute numbers.
type FormatOptions struct {
	Story    string // comment lines for the top
	Relative bool   // numbers relative to each side's first, which base lines keep
}

// Format prints segments as a script that Parse reads back to the same segments, but for Pos, Hash and fields that
// their flag or option makes meaningless; times before 1970 cannot be read back. A five-tuple's first sender becomes its A.
func Format(segs []decode.Segment, opt FormatOptions) string {
	var dst []byte
	if opt.Story != "" {
		for text := range strings.SplitSeq(opt.Story, "\n") {
			dst = append(dst, strings.TrimRight("# "+text, " ")...)
			dst = append(dst, '\n')
		}
	}
	if len(segs) == 0 {
		return string(dst)
	}
	order, flows := tabulate(segs, opt.Relative)
	now := segs[0].Time
	if now != Start {
		dst = time.Unix(0, now).UTC().AppendFormat(append(dst, "start "...), time.RFC3339Nano)
		dst = append(dst, '\n')
	}
	for i, f := range order {
		if len(order) > 1 {
			dst = fmt.Appendf(dst, "flow %d\n", i+1)
		}
		dst = fmt.Appendf(dst, "A %v\nB %v\n", f.ends[0], f.ends[1])
		if f.base != [2]decode.Seq{} {
			dst = fmt.Appendf(dst, "base A %d B %d\n", f.base[0], f.base[1])
		}
	}
	frame := uint64(0)
	for i := range segs {
		s := &segs[i]
		number, from := flows.find(s)
		begin := len(dst)
		dst = appendSeconds(dst, s.Time-now)
		for len(dst)-begin < 6 {
			dst = append(dst, ' ')
		}
		dst = append(dst, ' ')
		if len(order) > 1 {
			dst = strconv.AppendInt(dst, int64(number)+1, 10)
		}
		dst = append(dst, "><"[from], ' ')
		f := order[number]
		dst = s.AppendScript(dst, f.base[from], f.base[1-from])
		if s.Frame != frame+1 {
			dst = strconv.AppendUint(append(dst, " frame "...), s.Frame, 10)
		}
		dst = append(dst, '\n')
		now, frame = s.Time, s.Frame
	}
	return string(dst)
}

// A flowTable finds a segment's flow by its endpoints.
type flowTable map[[2]netip.AddrPort]int

// find returns the segment's flow, and whether it goes from A (0) or from B (1).
func (t flowTable) find(s *decode.Segment) (flow, from int) {
	key := [2]netip.AddrPort{s.SrcAddrPort(), s.DstAddrPort()}
	if n, ok := t[key]; ok {
		return n, 0
	}
	return t[[2]netip.AddrPort{key[1], key[0]}], 1
}

// tabulate numbers the five-tuples in the order of their first segments.
func tabulate(segs []decode.Segment, relative bool) ([]*flow, flowTable) {
	table := flowTable{}
	var order []*flow
	var known [][2]bool
	for i := range segs {
		s := &segs[i]
		key := [2]netip.AddrPort{s.SrcAddrPort(), s.DstAddrPort()}
		_, there := table[key]
		_, back := table[[2]netip.AddrPort{key[1], key[0]}]
		if !there && !back {
			table[key] = len(order)
			order = append(order, &flow{ends: key})
			known = append(known, [2]bool{})
		}
		if n, from := table.find(s); relative && !known[n][from] && s.ICMP == decode.NotICMP {
			known[n][from] = true
			order[n].base[from] = s.Seq
		}
	}
	return order, table
}

// appendSeconds appends +d or -d as a time of a script: +0, +.01, +1.5, -2.
func appendSeconds(dst []byte, d int64) []byte {
	sign, u := byte('+'), uint64(d)
	if d < 0 {
		sign, u = '-', -u
	}
	dst = append(dst, sign)
	whole, fraction := u/1e9, u%1e9
	if whole > 0 || fraction == 0 {
		dst = strconv.AppendUint(dst, whole, 10)
	}
	if fraction == 0 {
		return dst
	}
	digits := strconv.AppendUint(nil, 1e9+fraction, 10)[1:]
	return append(append(dst, '.'), strings.TrimRight(string(digits), "0")...)
}
