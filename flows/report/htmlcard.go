package report

import (
	"fmt"
	"strconv"

	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// card is what the report shows of one conversation.
func (s *Study) card() htmlCard {
	t := s.T
	c := htmlCard{
		ID: t.ID, Client: t.Ends[flows.Client].Label(), Server: t.Ends[flows.Server].Label(), Class: t.Class.String(),
		Wireshark: string(AppendWiresharkFilter(nil, t)), Facts: facts(t), Zero: ladderZero(t),
	}
	if term := flows.Explain(flows.KindClass, t.Class.String()); term != nil {
		c.Meaning = term.What
	}
	id := strconv.FormatUint(t.ID, 10)
	if len(s.Rows) > 0 {
		c.Ladder = drawLadder("ladder-"+id, t, s.Rows)
		c.Sequence = drawSequence("sequence-"+id, t, s.Points)
		if s.Cut {
			c.Cut = "There is more than is drawn here: tcpclose report FILE --ladder -- id " + id
		}
	}
	zero := ladder.FromFIN.Zero(t)
	for i := range s.Rows {
		r := &s.Rows[i]
		row := htmlRow{Time: sinceZero(r.Time, zero), Text: rowText(r, 200), Client: stateText(r.Margins[0]), Server: stateText(r.Margins[1])}
		if r.Frame() != 0 {
			row.Frame = strconv.FormatUint(r.Frame(), 10)
		}
		if !arrowless(r.Kind) {
			row.From = r.From.String()
			if r.Lost {
				row.Text += "; lost beyond the capture point"
			}
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// ladderZero says what the times of a ladder count from.
func ladderZero(t *flows.Teardown) string {
	zero := ladder.FromFIN.Zero(t)
	what := "the first segment"
	switch {
	case t.Ends[0].FIN.Frame != 0 && t.Ends[0].FIN.Time == zero, t.Ends[1].FIN.Frame != 0 && t.Ends[1].FIN.Time == zero:
		what = "the first FIN"
	case t.CloseStart == zero:
		what = "the close began"
	}
	return what + ", " + momentText(zero)
}

// facts says of a conversation why it ended so.
func facts(t *flows.Teardown) (list []htmlFact) {
	var causes, marks, doubts, names []string
	for side := range flows.Side(2) {
		if e := &t.Ends[side]; e.Name != "" {
			names = append(names, fmt.Sprintf("the %s is %s, as %s says", side, e.Name, e.NameBy.Text()))
		}
	}
	for i := range t.Causes {
		c := &t.Causes[i]
		text := []byte(c.ID.String() + " (" + c.Confidence.String())
		for _, frame := range c.Evidence() {
			text = strconv.AppendUint(append(text, ", #"...), frame, 10)
		}
		text = append(text, ')')
		if term := flows.Explain(flows.KindCause, c.ID.String()); term != nil {
			text = append(text, ": "+term.Title...)
		}
		causes = append(causes, string(text))
	}
	for i := range t.Marks {
		m := &t.Marks[i]
		text := m.ID.String()
		if m.Who != flows.NoOne {
			text += " of the " + m.Who.String()
		}
		if m.Frame != 0 {
			text += ", #" + strconv.FormatUint(m.Frame, 10)
		}
		marks = append(marks, text)
	}
	for i := range t.Uncertain {
		doubts = append(doubts, plainText(t.Uncertain[i].What+": "+t.Uncertain[i].Text))
	}
	for _, f := range []htmlFact{{"Names", names}, {"Causes", causes}, {"Other leg", PairTexts(t)}, {"Marks", marks}, {"Uncertain", doubts}} {
		if len(f.Texts) > 0 {
			list = append(list, f)
		}
	}
	return list
}
