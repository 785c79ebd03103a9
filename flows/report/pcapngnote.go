package report

import (
	"fmt"
	"strconv"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// PacketNotes says what the packets of one conversation mean, where they mean anything.
type PacketNotes struct {
	t    *flows.Teardown
	b    *ladder.Builder
	note func(at decode.Position, text string)
}

// NewPacketNotes returns the notes of a conversation. note is called for each packet that means something, soon after it
// was added; more than once for a packet of which there is more to say.
func NewPacketNotes(t *flows.Teardown, opt ladder.Options, note func(at decode.Position, text string)) *PacketNotes {
	return &PacketNotes{t, ladder.NewBuilder(t, opt), note}
}

// Add takes the conversation's next segment.
func (n *PacketNotes) Add(s *decode.Segment) { n.b.Add(s, n.row) }

// Finish gives the verdict to the conversation's last packet.
func (n *PacketNotes) Finish(last decode.Position) {
	n.b.Finish(n.row)
	n.note(last, VerdictNote(n.t))
}

func (n *PacketNotes) row(r *ladder.Row) bool {
	if text := PacketNote(n.t, r); text != "" {
		n.note(r.Seg.Pos, text)
	}
	return true
}

// PacketNote says in a comment what the packet of a ladder's row means to the conversation; empty where that is nothing.
func PacketNote(t *flows.Teardown, r *ladder.Row) string {
	if r.Kind != ladder.Segment && r.Kind != ladder.ICMP && r.Kind != ladder.Run {
		return ""
	}
	var words []string
	if r.Kind == ladder.ICMP {
		words = append(words, r.Remark()[0])
	}
	if r.Kind == ladder.Segment {
		words = append(words, flagNote(t, r)...)
		if r.Lost {
			words = append(words, "lost beyond the capture point")
		}
	}
	for side := range r.Margins {
		m := r.Margins[side]
		if !m.Changed || m.State == flows.Unknown {
			continue
		}
		text := t.Ends[side].Addr.Addr().String() + " → " + m.State.String()
		if t.Ends[0].Addr.Addr() == t.Ends[1].Addr.Addr() {
			text = flows.Side(side).String() + " → " + m.State.String()
		}
		if m.Grade == flows.Inferred {
			text += " (inferred)"
		}
		words = append(words, text)
	}
	for i := range r.Marks {
		words = append(words, r.Marks[i].ID.String())
	}
	return strings.Join(words, "; ")
}

// flagNote says what a FIN or a RST is.
func flagNote(t *flows.Teardown, r *ladder.Row) (words []string) {
	side := r.From
	end := &t.Ends[side]
	frame := r.Seg.Frame
	switch {
	case r.Seg.Flags.Any(decode.RST):
		words = append(words, resetNote(t, end, r))
	case r.Seg.Flags.Any(decode.FIN) && r.Resend > 0:
		words = append(words, "resend "+strconv.FormatUint(uint64(r.Resend), 10)+" of the FIN")
	case r.Seg.Flags.Any(decode.FIN):
		peer := &t.Ends[side.Peer()]
		which := "FIN, first"
		switch {
		case t.Closer == flows.ByBoth && t.Shape == flows.ShapeSimultaneous:
			which = "FIN, simultaneous with the " + side.Peer().String() + "'s"
		case peer.FIN.Sent() && t.FirstFIN != flows.By(side):
			which = "FIN, second"
		}
		words = append(words, which)
	}
	for s := range t.Ends {
		if f := &t.Ends[s].FIN; f.Acked == frame && flows.Side(s) != side {
			words = append(words, "acknowledges the FIN of the "+flows.Side(s).String())
		}
	}
	return words
}

// resetNote says what a RST means.
func resetNote(t *flows.Teardown, end *flows.End, r *ladder.Row) string {
	if r.Traits.Has(ladder.Abandoned) {
		return "RST, ignored by its receiver"
	}
	text := "RST"
	if end.RST.Frame == r.Seg.Frame {
		switch end.RST.Kind {
		case flows.ActiveAbort:
			text = "RST, active abort: its sender closed a live socket"
		case flows.Reply:
			text = "RST, reply: its sender has no socket that takes the segment"
			if end.RST.Drawn != 0 {
				text = fmt.Sprintf("RST answers #%d: its sender has no socket that takes it", end.RST.Drawn)
			}
		}
	}
	for i := range t.Causes {
		c := &t.Causes[i]
		for _, frame := range c.Evidence() {
			if frame != r.Seg.Frame {
				continue
			}
			if c.ID == flows.CauseDataAfterClose {
				return "RST answers data after close()"
			}
			return text + "; " + c.ID.String() + " (" + c.Confidence.String() + ")"
		}
	}
	return text
}

// Ended says who closed and who reset, behind a comma each; nothing where nobody did. A RST is not a close: who sends one
// to an open connection, perhaps only by its sender's address, has closed nothing.
func Ended(t *flows.Teardown) (text string) {
	switch t.FirstFIN {
	case flows.NoOne:
	case flows.ByBoth:
		text = ", both closed at once"
	default:
		text = ", the " + t.FirstFIN.String() + " closed first"
	}
	switch t.ResetBy {
	case flows.NoOne:
	case flows.ByBoth:
		text += ", reset by both"
	case flows.ByNetwork:
		text += ", reset by a box on the path"
	default:
		text += ", reset by the " + t.ResetBy.String()
	}
	return text
}

// VerdictNote says in a comment on the conversation's last packet how it ended.
func VerdictNote(t *flows.Teardown) string {
	var text strings.Builder
	text.WriteString(fmt.Sprintf("tcpclose: conversation #%d is %s", t.ID, t.Class))
	text.WriteString(Ended(t))
	if d := t.CloseDuration(); d != flows.NoTime {
		text.WriteString(", the close took " + duration(d))
	}
	if causes := causeList(t); causes != "" {
		text.WriteString("; causes: " + causes)
	}
	if marks := string(appendMarkIDs(nil, t)); marks != "" {
		text.WriteString("; marks: " + strings.ReplaceAll(marks, " ", ", "))
	}
	for i := range t.Uncertain {
		text.WriteString("; uncertain, " + t.Uncertain[i].What + ": " + plainText(t.Uncertain[i].Text))
	}
	return text.String()
}
