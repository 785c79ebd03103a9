package ladder

import (
	"slices"
	"strings"
	"time"

	"tcpclose/flows"
)

// A Span is a piece of a painted line.
type Span struct {
	Role  Role
	State flows.State // of a State span
	Text  string
}

// AppendLine paints a row and appends its spans to dst. Together they are exactly as wide as the layout.
func (l *Layout) AppendLine(dst []Span, r *Row) []Span {
	if !l.rails {
		return append(dst, l.listLine(r))
	}
	dst = l.appendTimes(dst, l.timeText(r), l.deltaText(r))
	dst = l.appendMargin(dst, r.Margins[flows.Client], r.Kind, true)
	dst = append(dst, Span{Role: Rail, Text: l.glyphs().rail})
	dst = l.appendBody(dst, r)
	dst = append(dst, Span{Role: Rail, Text: l.glyphs().rail}, Span{Text: " "})
	return l.appendMargin(dst, r.Margins[flows.Server], r.Kind, false)
}

// AppendHeading paints the line that heads the columns.
func (l *Layout) AppendHeading(dst []Span) []Span {
	if !l.rails {
		return append(dst, Span{Role: Head, Text: fill("", l.Width)})
	}
	what := "time"
	if l.opt.Times == SinceRow {
		what = "delta"
	}
	from := len(dst)
	dst = l.appendTimes(dst, what, "delta")
	dst = append(dst, Span{Text: pad("client", l.margin) + "  "}, Span{Text: strings.Repeat(" ", l.body)},
		Span{Text: "  " + fill("server", l.margin)})
	for i := from; i < len(dst); i++ {
		dst[i].Role = Head
	}
	return dst
}

func (l *Layout) appendTimes(dst []Span, at, since string) []Span {
	if l.clock > 0 {
		dst = append(dst, Span{Role: Clock, Text: pad(at, l.clock) + " "})
	}
	if l.delta > 0 {
		dst = append(dst, Span{Role: Clock, Text: pad(since, l.delta) + " "})
	}
	return dst
}

// timeText writes the time column.
func (l *Layout) timeText(r *Row) string {
	switch {
	case r.Time == flows.NoTime || r.Kind == Pause:
		return ""
	case l.opt.Times == SinceRow:
		return delta(r.Delta, l.opt.ASCII)
	case l.opt.Times == Absolute:
		return time.Unix(0, r.Time).UTC().Format("15:04:05.000000000")[:len("15:04:05.")+l.decimals]
	}
	return seconds(r.Time-l.zero, l.decimals, l.clock)
}

func (l *Layout) deltaText(r *Row) string {
	if r.Kind == Pause {
		return ""
	}
	return delta(r.Delta, l.opt.ASCII)
}

// appendMargin paints an endpoint's state: in words where it changed, as a colon where it did not.
func (l *Layout) appendMargin(dst []Span, m Margin, kind Kind, left bool) []Span {
	s := Span{Role: State, State: m.State, Text: l.stateName(m)}
	if !m.Changed && m.State != flows.Unknown {
		s.Role, s.Text = Same, ":"
	}
	if kind == Pause {
		s = Span{}
	}
	if left {
		s.Text = pad(s.Text, l.margin) + " "
	} else {
		s.Text = fill(s.Text, l.margin)
	}
	return append(dst, s)
}

// appendBody paints what stands between the rails.
func (l *Layout) appendBody(dst []Span, r *Row) []Span {
	switch r.Kind {
	case Segment:
		return l.appendArrow(dst, r, l.label(r), r.Lost, false)
	case Gap:
		return l.appendArrow(dst, r, remark(r, l.body-6), false, true)
	case ICMP:
		back := *r
		back.From = r.From.Peer() // the error travels towards the sender of what it quotes
		return l.appendArrow(dst, &back, remark(r, l.body-6), false, true)
	case Change:
		if r.Text == "" {
			return append(dst, Span{Text: strings.Repeat(" ", l.body)})
		}
	}
	return l.appendDots(dst, r)
}

// label returns the parts of a segment's label that leave room for an arrow.
func (l *Layout) label(r *Row) []Part {
	room := l.body - 5
	if r.Lost {
		room = l.body - 8
	}
	parts := r.Parts(l.opt.Numbers)
	if l.short {
		parts[0].Text = r.Seg.Flags.String()
		room += 2
	}
	return Fit(parts, room)
}

// remark returns the longest form of a row's words that fits.
func remark(r *Row, room int) []Part {
	for _, text := range r.Remark() {
		if text != "" && width(text) <= room {
			return []Part{{Remark, rankRemark, text}}
		}
	}
	return nil
}

// appendArrow paints label and arrow. A lost segment's arrow ends short of the rail in a cross; a missing one begins
// with it.
func (l *Layout) appendArrow(dst []Span, r *Row, label []Part, lost, missing bool) []Span {
	g := l.glyphs()
	toServer := r.From == flows.Client
	var text []Span
	for i, p := range label {
		if i > 0 {
			text = append(text, Span{Text: " "})
		}
		text = append(text, Span{Role: p.Role, Text: p.Text})
	}
	used := columns(label)
	var spans []Span // from the sender's rail to the receiver's
	switch {
	case lost:
		short := min(3, max(0, l.body-used-4))
		shaft := l.body - used - short - 2
		if used > 0 {
			shaft--
		}
		spans = append(spans, text...)
		if used > 0 {
			spans = append(spans, Span{Text: " "})
		}
		spans = append(spans, Span{Role: Arrow, Text: dashes(g, shaft, l.opt.ASCII)}, Span{Text: " "},
			Span{Role: Missing, Text: g.cross}, Span{Text: strings.Repeat(" ", short)})
	case missing:
		head := g.toServer
		if !toServer {
			head = g.toClient
		}
		cross := Span{Role: Missing, Text: g.cross}
		if r.Kind == ICMP {
			cross = Span{Text: " "}
		}
		rest := max(0, l.body-used-3)
		if used > 0 {
			rest = max(0, rest-2)
		}
		tail := min(3, rest/2)
		spans = append(spans, cross, Span{Text: " "}, Span{Role: Arrow, Text: dashes(g, tail, l.opt.ASCII)})
		if used > 0 {
			spans = append(spans, Span{Text: " "})
			spans = append(spans, text...)
			spans = append(spans, Span{Text: " "})
		}
		spans = append(spans, Span{Role: Arrow, Text: dashes(g, rest-tail, l.opt.ASCII)}, Span{Role: Arrow, Text: head})
	default:
		head := g.toServer
		if !toServer {
			head = g.toClient
		}
		shaft := l.body - used - 1
		if used > 0 {
			shaft--
			spans = append(spans, text...)
			spans = append(spans, Span{Text: " "})
		}
		spans = append(spans, Span{Role: Arrow, Text: strings.Repeat(g.line, max(0, shaft))}, Span{Role: Arrow, Text: head})
	}
	if toServer {
		return append(dst, spans...)
	}
	return appendMirrored(dst, spans, len(text))
}

// appendMirrored appends spans in the opposite order, but keeps the label readable: its parts stay in their order.
func appendMirrored(dst, spans []Span, labelParts int) []Span {
	from := len(dst)
	for _, span := range slices.Backward(spans) {
		dst = append(dst, span)
	}
	out := dst[from:]
	for i := range out {
		if i+labelParts <= len(out) && labelParts > 1 && isLabel(out[i].Role) && isLabel(out[i+labelParts-1].Role) {
			part := out[i : i+labelParts]
			for a, b := 0, len(part)-1; a < b; a, b = a+1, b-1 {
				part[a], part[b] = part[b], part[a]
			}
			break
		}
	}
	return dst
}

// isLabel reports whether a span of that role belongs to a label.
func isLabel(r Role) bool {
	switch r {
	case Flags, Resent, Number, Frame, Option, Mark, Remark:
		return true
	}
	return false
}

// dashes paints n columns of a broken line.
func dashes(g *glyphs, n int, ascii bool) string {
	if n <= 0 {
		return ""
	}
	if !ascii {
		return strings.Repeat(g.dash, n)
	}
	// It begins and ends with a dash, so that the blanks around it are the only ones.
	return strings.Repeat(g.dash+" ", (n-1)/2) + strings.Repeat(g.dash, 1+(n-1)%2)
}

// appendDots paints words in the middle of a dotted line.
func (l *Layout) appendDots(dst []Span, r *Row) []Span {
	g := l.glyphs()
	text := ""
	if parts := remark(r, l.body-2); parts != nil {
		text = parts[0].Text
	}
	if !l.opt.ASCII && text != "" {
		text = " " + text + " "
		if width(text) > l.body-2 {
			text = text[1 : len(text)-1]
		}
	}
	left := (l.body - width(text)) / 2
	return append(dst, Span{Role: Remark, Text: strings.Repeat(g.dot, left)}, Span{Role: Remark, Text: text},
		Span{Role: Remark, Text: strings.Repeat(g.dot, l.body-width(text)-left)})
}

// listLine paints a row where there is no room for rails: who sent what.
func (l *Layout) listLine(r *Row) Span {
	text := ""
	switch r.Kind {
	case Segment:
		text = "> " + r.Seg.Flags.String()
		if r.From == flows.Server {
			text = "< " + r.Seg.Flags.String()
		}
		if r.Lost {
			text += " x"
		}
	default:
		if words := r.Remark(); words != nil {
			text = words[len(words)-1]
			for _, w := range words {
				if width(w) <= l.Width {
					text = w
					break
				}
			}
		}
	}
	return Span{Role: Remark, Text: fill(text, l.Width)}
}

// pad puts a text to the right of n columns, fill to the left; both cut what is too long.
func pad(text string, n int) string {
	if w := width(text); w < n {
		return strings.Repeat(" ", n-w) + text
	}
	return cut(text, n)
}

func fill(text string, n int) string {
	if w := width(text); w < n {
		return text + strings.Repeat(" ", n-w)
	}
	return cut(text, n)
}

func cut(text string, n int) string {
	if width(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}
