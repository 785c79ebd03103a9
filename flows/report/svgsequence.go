package report

import (
	"fmt"
	"html/template"
	"strconv"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Point is one segment of a time–sequence graph.
type Point struct {
	From  flows.Side
	Time  int64
	Seq   decode.Seq
	Ack   decode.Seq
	Len   uint32
	Flags decode.Flags
}

// PointOf returns a segment's point.
func PointOf(from flows.Side, s *decode.Segment) Point {
	return Point{From: from, Time: s.Time, Seq: s.Seq, Ack: s.Ack, Len: s.Len, Flags: s.Flags}
}

// closeWindow returns from when to when a time–sequence graph shows a conversation: its close, with some time around it.
func closeWindow(t *flows.Teardown) (from, until int64) {
	if t.CloseStart == flows.NoTime {
		return t.Start, t.Last
	}
	end := t.Last
	if t.CloseEnd != flows.NoTime {
		end = min(end, t.CloseEnd+max(t.CloseEnd-t.CloseStart, 1e6))
	}
	around := max((end-t.CloseStart)/4, 20*1e6)
	return max(t.Start, t.CloseStart-around), max(end, t.CloseStart+1)
}

// drawSequence draws the time–sequence graphs of a conversation's close, one for each direction: what was sent, what was
// acknowledged, and where the FINs and RSTs are.
func drawSequence(id string, t *flows.Teardown, points []Point) template.HTML {
	const left, right, tall, gap = 90.0, 20.0, 180.0, 40.0
	from, until := closeWindow(t)
	s := newSVG(id, chartWidth, 2*(tall+gap), "Time–sequence graph of the close of conversation "+strconv.FormatUint(t.ID, 10),
		"For each direction the octets sent over time, the line of what was acknowledged below them, F at a FIN and R at a RST. The ladder's table lists the same segments.")
	zero := from
	if t.CloseStart != flows.NoTime {
		zero = t.CloseStart
	}
	span := float64(max(until-from, 1))
	x := func(at int64) float64 {
		return left + (chartWidth-left-right)*min(max(float64(at-from)/span, 0), 1)
	}
	for side := range flows.Side(2) {
		top := float64(side)*(tall+gap) + 32
		s.text(left, top-16, "small strong", fmt.Sprintf("octets from the %s, %s: sent (bars, orange: again), acknowledged (dashed), F FIN, R RST", side, duration(until-from)))
		drawDirection(s, side, points, from, until, x, top, tall-44)
		s.line(left, top+tall-44, chartWidth-right, top+tall-44, "axis")
		s.text(left, top+tall-30, "small", sinceZero(from, zero))
		s.text(chartWidth-right, top+tall-30, "small end", sinceZero(until, zero)+" s")
	}
	return s.end()
}

// drawDirection draws one direction's octets and their acknowledgements.
func drawDirection(s *svg, side flows.Side, points []Point, from, until int64, x func(int64) float64, top, tall float64) {
	inside := func(p *Point) bool { return p.Time >= from && p.Time <= until }
	var base decode.Seq
	known := false
	least, most := int64(0), int64(1)
	// RSTs with seq 0 and acknowledgements of nothing would spoil the scale: sent octets alone set it.
	for i := range points {
		p := &points[i]
		if p.From != side || !inside(p) || p.Flags.Any(decode.RST) && p.Seq == 0 {
			continue
		}
		if !known {
			base, known = p.Seq, true
		}
		low := int64(int32(p.Seq - base))
		least, most = min(least, low), max(most, low+int64(p.Len)+1)
	}
	if !known {
		s.text(s.w/2, top+tall/2, "small mid soft", "nothing was sent")
		return
	}
	room := float64(most - least)
	y := func(n int64) float64 { return top + tall - (tall-8)*float64(min(max(n, least), most)-least)/room }
	s.text(84, y(least), "small end", "0")
	s.text(84, y(most)+4, "small end", grouped(uint64(most-least)))
	var acked path
	before, begun := int64(0), false
	next := least
	for i := range points {
		p := &points[i]
		if !inside(p) {
			continue
		}
		if p.From != side {
			if !p.Flags.Any(decode.ACK) {
				continue
			}
			now := int64(int32(p.Ack - base))
			if begun {
				acked.to(x(p.Time), y(before))
			}
			acked.to(x(p.Time), y(now))
			before, begun = now, true
			continue
		}
		low := int64(int32(p.Seq - base))
		high := low + int64(p.Len)
		if p.Len > 0 {
			class := "sent"
			if high <= next {
				class = "sent again"
			}
			s.line(x(p.Time), y(low), x(p.Time), y(high), class)
		}
		next = max(next, high)
		switch {
		case p.Flags.Any(decode.RST):
			s.text(x(p.Time), y(high)-2, "small mid flag", "R")
		case p.Flags.Any(decode.FIN):
			s.text(x(p.Time), y(high)-2, "small mid flag", "F")
		case p.Flags.Any(decode.SYN):
			s.text(x(p.Time), y(high)-2, "small mid flag", "S")
		case p.Len == 0:
			s.rect(x(p.Time)-1.2, y(low)-1.2, 2.4, 2.4, "dot")
		}
	}
	if begun {
		acked.to(x(until), y(before))
		s.path(&acked, "acked")
	}
}
