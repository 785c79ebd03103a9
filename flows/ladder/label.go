package ladder

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Role says what a piece of a painted row is, so that a painter can give it a colour.
type Role uint8

// The roles.
const (
	Blank   Role = iota
	Clock        // the time columns
	State        // a state in a margin
	Same         // the colon of a state that did not change
	Rail         // a lifeline
	Arrow        // line and head of an arrow
	Missing      // the x of a segment that was lost or never captured
	Flags        // the control bits
	Resent       // R#1
	Number       // sequence numbers, lengths, windows
	Frame        // a frame's number
	Option       // TCP options
	Mark         // a mark's id
	Remark       // everything that is not on the wire: runs, timers, pauses, notes
	Head         // the headings
)

// A Part is a piece of a row's label. Where there is too little room the parts of the lowest rank go first.
type Part struct {
	Role Role
	Rank uint8
	Text string
}

// Ranks of parts: what is left out first stands last.
const (
	rankFlags uint8 = 255 - iota
	rankResend
	rankRemark
	rankZeroWindow
	rankSeq
	rankAck
	rankLen
	rankMark
	rankFrame
	rankOptions
	rankWindow
)

// wiresharkFlags are the control bits in the order and the wording that Wireshark's users know.
var wiresharkFlags = [...]struct {
	bit  decode.Flags
	name string
}{
	{decode.FIN, "FIN"},
	{decode.SYN, "SYN"},
	{decode.RST, "RST"},
	{decode.PSH, "PSH"},
	{decode.ACK, "ACK"},
	{decode.URG, "URG"},
	{decode.ECE, "ECE"},
	{decode.CWR, "CWR"},
}

// FlagNames writes control bits as Wireshark does, such as "FIN, ACK"; "none" where there are none.
func FlagNames(f decode.Flags) string {
	if f == 0 {
		return "none"
	}
	var names []string
	for _, w := range wiresharkFlags {
		if f.Has(w.bit) {
			names = append(names, w.name)
		}
	}
	return strings.Join(names, ", ")
}

// Parts returns the label of a Segment row, in reading order.
func (r *Row) Parts(numbers Numbers) []Part {
	s := &r.Seg
	parts := make([]Part, 0, 10)
	add := func(role Role, rank uint8, text string) { parts = append(parts, Part{role, rank, text}) }
	add(Flags, rankFlags, FlagNames(s.Flags))
	seq, ack := r.Seq, r.Ack
	if numbers == WireNumbers {
		seq, ack = int64(s.Seq), int64(s.Ack)
	}
	if s.Flags.Any(decode.RST) && s.Seq == 0 {
		seq = 0 // in answer to a segment without ACK; relative to anything it means nothing
	}
	add(Number, rankSeq, "seq "+strconv.FormatInt(seq, 10))
	if s.Flags.Any(decode.ACK) {
		add(Number, rankAck, "ack "+strconv.FormatInt(ack, 10))
	}
	if s.Len > 0 {
		add(Number, rankLen, "len "+strconv.FormatUint(uint64(s.Len), 10))
	}
	if r.Resend > 0 {
		add(Resent, rankResend, "R#"+strconv.FormatUint(uint64(r.Resend), 10))
	}
	for _, t := range traitNames {
		if r.Traits.Has(t.trait) {
			add(Mark, rankRemark, t.name)
		}
	}
	switch {
	case s.Window == 0 && !s.Flags.Any(decode.RST):
		add(Number, rankZeroWindow, "win 0")
	case !s.Flags.Any(decode.RST):
		add(Number, rankWindow, "win "+strconv.FormatUint(r.Window, 10))
	}
	if text := options(s); text != "" {
		add(Option, rankOptions, text)
	}
	add(Frame, rankFrame, "#"+strconv.FormatUint(s.Frame, 10))
	for _, m := range r.Marks {
		if !shown(r, m.ID) {
			add(Mark, rankMark, m.ID.String())
		}
	}
	return parts
}

// traitNames are the words for what a segment is.
var traitNames = [...]struct {
	trait Trait
	name  string
}{
	{KeepAlive, "keep-alive"}, {OutOfOrder, "out of order"}, {Probe, "window probe"}, {Abandoned, "ignored"},
}

// aside are the marks that concern the conversation and stand at some frame only for want of another, or that other
// rows show.
var aside = [flows.NumMarks]bool{
	flows.MarkMidStream: true, flows.MarkOneSided: true, flows.MarkTruncated: true, flows.MarkDuplicateCapture: true,
	flows.MarkKeepalive: true, flows.MarkMPTCP: true, flows.MarkFastOpen: true, flows.MarkCaptureGap: true,
}

// shown reports whether the row need not say what the mark says.
func shown(r *Row, id flows.MarkID) bool {
	switch id {
	case flows.MarkFINRetransmitted:
		return r.Resend > 0
	case flows.MarkFINWithData, flows.MarkRSTWithData:
		return r.Seg.Len > 0
	case flows.MarkRSTIgnored:
		return r.Traits.Has(Abandoned)
	}
	return aside[id]
}

// options writes the options that a handshake negotiates.
func options(s *decode.Segment) string {
	if !s.Flags.Any(decode.SYN) {
		return ""
	}
	var words []string
	if s.Options.Has(decode.OptMSS) {
		words = append(words, "mss "+strconv.Itoa(int(s.MSS)))
	}
	if s.Options.Has(decode.OptWindowScale) {
		words = append(words, "ws "+strconv.Itoa(int(s.WindowScale)))
	}
	for _, o := range [...]struct {
		bit  decode.Options
		name string
	}{{decode.OptSACKPermitted, "sack"}, {decode.OptTimestamps, "ts"}, {decode.OptMPTCP, "mptcp"}, {decode.OptFastOpen, "tfo"}} {
		if s.Options.Has(o.bit) {
			words = append(words, o.name)
		}
	}
	return strings.Join(words, " ")
}

// Fit returns the parts that fit into room columns with a blank between each two, in their order: those of the highest
// rank, and of the others what room they leave. It returns nil where not even the highest one fits.
func Fit(parts []Part, room int) []Part {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(parts[b].Rank, parts[a].Rank) })
	var kept []int
	used := -1
	for i, at := range order {
		need := width(parts[at].Text) + 1
		if used+need > room {
			if i == 0 {
				return nil
			}
			continue
		}
		used += need
		kept = append(kept, at)
	}
	slices.Sort(kept)
	fitting := make([]Part, 0, len(kept))
	for _, at := range kept {
		fitting = append(fitting, parts[at])
	}
	return fitting
}

// columns counts what parts take with a blank between each two.
func columns(parts []Part) int {
	n := max(0, len(parts)-1)
	for i := range parts {
		n += width(parts[i].Text)
	}
	return n
}

// icmpTexts say what an ICMP error said.
var icmpTexts = map[decode.ICMPKind]string{
	decode.ICMPUnreachable:  "unreachable",
	decode.ICMPProhibited:   "prohibited",
	decode.ICMPFragNeeded:   "packet too big",
	decode.ICMPTimeExceeded: "time exceeded",
	decode.ICMPOther:        "error",
}

// Remark returns the words of a row that is no segment, the longest first; a painter takes the first that fits.
func (r *Row) Remark() []string {
	switch r.Kind {
	case Run:
		words := r.Tally.words()
		if r.Tally.Data == 0 && r.Until-r.Time >= second {
			words = slices.Insert(words, 0, words[0]+" over "+short(r.Until-r.Time, true))
		}
		return words
	case Gap:
		if r.Gap == 0 {
			return []string{"FIN never captured", "FIN missing", "FIN"}
		}
		n := plural(r.Gap, "octet")
		return []string{n + " never captured", n + " missing", n, "gap"}
	case Pause:
		d := short(r.Until-r.Time, true)
		return []string{d + " of silence", d}
	case ICMP:
		what := icmpTexts[r.Seg.ICMP]
		about := ", about " + FlagNames(r.Seg.Flags) + " seq " + strconv.FormatInt(r.Seq, 10)
		return []string{"ICMP " + what + about, "ICMP " + what, "ICMP"}
	case Timer:
		first, _, _ := strings.Cut(r.Text, " assumed")
		return []string{r.Text, first, "assumed", "timer"}
	case Segment:
		return nil
	}
	if r.Text == "" {
		return nil
	}
	shorter, _, _ := strings.Cut(r.Text, ",")
	words := strings.Fields(r.Text)
	return []string{r.Text, shorter, strings.Join(words[:min(2, len(words))], " ")}
}

// words describe a run, the longest form first.
func (t *Tally) words() []string {
	what := plural(uint64(t.Data), "data segment")
	switch {
	case t.Data == 0 && t.KeepAlives > 0:
		what = plural(uint64(t.KeepAlives), "keep-alive probe")
	case t.Data == 0 && t.Probes > 0:
		what = plural(uint64(t.Probes), "window probe")
	case t.Data == 0:
		what = plural(uint64(t.Segments), "ACK")
	}
	octets := ""
	if up := t.Octets[flows.Client]; up > 0 {
		octets += ", " + grouped(up) + " B up"
	}
	if down := t.Octets[flows.Server]; down > 0 {
		octets += ", " + grouped(down) + " B down"
	}
	more := ""
	if t.Resends > 0 {
		more += ", " + grouped(uint64(t.Resends)) + " sent again"
	}
	if t.KeepAlives > 0 && t.Data > 0 {
		more += ", " + plural(uint64(t.KeepAlives), "keep-alive")
	}
	if t.Probes > 0 && t.Data > 0 {
		more += ", " + plural(uint64(t.Probes), "window probe")
	}
	all := grouped(uint64(t.Segments)) + " segments"
	return []string{what + octets + more, what + octets, strings.TrimPrefix(octets, ", "), what, all, grouped(uint64(t.Segments)), "..."}
}
