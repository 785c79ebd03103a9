package report

import (
	"fmt"
	"slices"
	"strconv"

	"tcpclose/flows"
)

// The most rows of a table beside a picture.
const htmlTableRows = 40

func heads(first string, numbers ...string) []htmlCell {
	list := []htmlCell{{first, false}}
	for _, n := range numbers {
		list = append(list, htmlCell{n, true})
	}
	return list
}

func numberCell(n uint64) htmlCell { return htmlCell{grouped(n), true} }

func durationCell(ns int64) htmlCell { return htmlCell{duration(ns), true} }

// maybeText writes a count of which a part may have been gone already.
func maybeText(most, maybe int) string {
	text := grouped(uint64(most))
	if maybe > 0 {
		text += " (" + grouped(uint64(maybe)) + " uncertain)"
	}
	return text
}

func (h *HTMLReport) stateChart() []htmlChart {
	lines := stateLines(h.Digest.people)
	c := htmlChart{ID: "states", Title: "Sockets in each state over time", Caption: "Both ends count; certain ones are the line, uncertain ones the area above it. Sampled every " + duration(h.Digest.people.Step()) + "; a state that lasts less can fall between."}
	if len(lines) == 0 {
		c.Caption = "No state was seen to last."
		return []htmlChart{c}
	}
	c.Picture = drawStates(lines)
	c.Heads = heads("state", "peak", "at (s)", "at the end")
	for i := range lines {
		l := &lines[i]
		c.Rows = append(c.Rows, []htmlCell{
			{l.State.String(), false},
			{maybeText(l.Peak, l.Maybe), true},
			{strconv.FormatFloat(max(float64(l.PeakAt-h.Summary.First)/1e9, 0), 'f', 3, 64), true},
			numberCell(uint64(l.Last)),
		})
	}
	return []htmlChart{c}
}

func (h *HTMLReport) mixChart() []htmlChart {
	list := h.Digest.servicesByNumber()
	c := htmlChart{ID: "mix", Title: "How the conversations of each service ended"}
	if len(list) == 0 {
		c.Caption = "There is no service."
		return []htmlChart{c}
	}
	c.Picture = drawMix(list)
	c.Caption = count(uint64(len(list)), "service") + ", those with the most conversations first."
	if len(list) > htmlTableRows {
		c.Caption = fmt.Sprintf("The first %d of %s. All of them: tcpclose report FILE --by service.", htmlTableRows, count(uint64(len(list)), "service"))
	}
	used := slices.DeleteFunc(classesInOrder(), func(k flows.Class) bool { return h.Digest.mix.groups[k].conversations == 0 })
	c.Heads = heads("service", "conversations")
	for _, k := range used {
		c.Heads = append(c.Heads, htmlCell{k.String(), true})
	}
	c.Heads = append(c.Heads, heads("", "close p50", "p99", "bytes lost")[1:]...)
	for _, m := range list[:min(len(list), htmlTableRows)] {
		row := []htmlCell{{m.addr.String(), false}, numberCell(m.conversations)}
		for _, k := range used {
			row = append(row, numberCell(m.classes[k]))
		}
		c.Rows = append(c.Rows, append(row, durationCell(m.quantile(50)), durationCell(m.quantile(99)), numberCell(m.lost)))
	}
	return []htmlChart{c}
}

// classesInOrder lists the classes, orderly ones first.
func classesInOrder() []flows.Class {
	var list []flows.Class
	for e := range numEndings {
		for k := flows.NumClasses; k > 0; k-- {
			if endingOf[k-1] == e {
				list = append(list, k-1)
			}
		}
	}
	return list
}

func (h *HTMLReport) closeChart() []htmlChart {
	c := htmlChart{ID: "closes", Title: "How long closes took", Caption: "From the first FIN to the last acknowledgement of one, or to the RST. A RST without a FIN before it takes no time, and stands at the left edge."}
	closes := &h.Digest.closes
	any := false
	for e := range closes {
		slices.Sort(closes[e])
		any = any || len(closes[e]) > 0
	}
	if !any {
		c.Caption = "No close ended in this capture."
		return []htmlChart{c}
	}
	c.Picture = drawCloses(closes)
	c.Heads = heads("ending", "closes", "p10", "p50", "p90", "p99", "longest")
	for e := range numEndings {
		list := closes[e]
		if len(list) == 0 {
			continue
		}
		g := tally{closes: list, sorted: true}
		c.Rows = append(c.Rows, []htmlCell{
			{endings[e].name, false},
			numberCell(uint64(len(list))), durationCell(g.quantile(10)), durationCell(g.quantile(50)),
			durationCell(g.quantile(90)), durationCell(g.quantile(99)), durationCell(list[len(list)-1]),
		})
	}
	return []htmlChart{c}
}

func (h *HTMLReport) portChart() []htmlChart {
	list := h.Digest.people.Ports()
	c := htmlChart{ID: "ports", Title: "TIME-WAIT against the port range"}
	if len(list) == 0 {
		c.Caption = "No client held a port."
		return []htmlChart{c}
	}
	c.Picture = drawPorts(list)
	c.Caption = fmt.Sprintf("A client has %s ports towards each service in Linux's default range (%s of one parity, which connect() takes first). TIME-WAIT on the server's side costs memory, no ports. The scale is that of square roots.",
		grouped(flows.EphemeralPorts), grouped(flows.HalfEphemeralPorts))
	c.Heads = heads("client > service", "conversations", "ports taken, peak", "of these TIME-WAIT", "share of range", "TIME-WAIT on the server", "runs out")
	for i := range list[:min(len(list), htmlTableRows)] {
		o := &list[i]
		out := "-"
		if o.RunsOut != flows.NoTime {
			out = momentText(o.RunsOut)
		}
		c.Rows = append(c.Rows, []htmlCell{
			{o.Client.String() + " > " + o.Service.String(), false},
			numberCell(o.Conversations),
			{maybeText(o.Peak.Most(), o.Peak.Maybe), true},
			numberCell(uint64(o.TimeWait.Most())),
			{percent(uint64(o.Peak.Most()), flows.EphemeralPorts), true},
			numberCell(uint64(o.ServerHeld.Most())),
			{out, true},
		})
	}
	return []htmlChart{c}
}
