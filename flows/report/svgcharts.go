package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"

	"tcpclose/flows"
)

// chartWidth is that of every picture, in the picture's own units; on the page they take the room there is.
const chartWidth = 840

// The most services and pairs that a picture shows; tables show more.
const (
	chartServices = 12
	chartPairs    = 10
)

// A stateLine is how many sockets were in one state over time.
type stateLine struct {
	State    flows.State
	Peak     int
	PeakAt   int64
	Last     int
	Maybe    int // of the peak, those that may have been gone already
	at       []int64
	count    []int
	possible []int
}

// stateLines samples the population, the states that occur in their order.
func stateLines(p *flows.Population) []stateLine {
	lines := make([]stateLine, flows.NumStates)
	for at, census := range p.Samples(flows.Crowd{}) {
		for s := flows.SynSent; s < flows.Closed; s++ {
			l := &lines[s]
			n := census.Of(s)
			l.at, l.count, l.possible = append(l.at, at), append(l.count, n.Certain), append(l.possible, n.Most())
			if n.Most() > l.Peak {
				l.Peak, l.PeakAt, l.Maybe = n.Most(), at, n.Maybe
			}
			l.Last = n.Most()
		}
	}
	for s := range lines {
		lines[s].State = flows.State(s)
	}
	return slices.DeleteFunc(lines, func(l stateLine) bool { return l.Peak == 0 })
}

// drawStates draws a small picture for each state, one below the other, all over the same time.
func drawStates(lines []stateLine) template.HTML {
	const left, right, row, tall = 120.0, 60.0, 46.0, 34.0
	s := newSVG("chart-states", chartWidth, float64(len(lines))*row+30, "Sockets in each state over time",
		"A line for each TCP state over the time of the capture; each has its own scale, with its peak on the right. The table below has the figures.")
	if len(lines) == 0 {
		return s.end()
	}
	first, last := lines[0].at[0], lines[0].at[len(lines[0].at)-1]
	span := float64(max(last-first, 1))
	x := func(at int64) float64 { return left + (chartWidth-left-right)*float64(at-first)/span }
	for i := range lines {
		l := &lines[i]
		base := float64(i+1)*row - 6
		s.line(left, base, chartWidth-right, base, "axis")
		s.text(left-8, base-8, "end", l.State.String())
		s.text(chartWidth-right+6, base-tall+10, "small", grouped(uint64(l.Peak)))
		y := func(n int) float64 { return base - tall*float64(n)/float64(l.Peak) }
		var possible, certain path
		possible.to(x(first), base)
		var before, beforeCertain float64 = base, base
		for j, at := range l.at {
			if now := y(l.possible[j]); now != before || j == len(l.at)-1 {
				possible.to(x(at), before)
				possible.to(x(at), now)
				before = now
			}
			if now := y(l.count[j]); j == 0 || now != beforeCertain || j == len(l.at)-1 {
				if j > 0 {
					certain.to(x(at), beforeCertain)
				}
				certain.to(x(at), now)
				beforeCertain = now
			}
		}
		possible.to(x(last), base)
		s.path(&possible, "area")
		s.path(&certain, "curve")
	}
	y := float64(len(lines))*row + 14
	s.text(left, y, "small", "0")
	s.text(chartWidth-right, y, "small end", duration(last-first))
	return s.end()
}

// drawMix draws a bar for each service: which share of its conversations ended in which way.
func drawMix(list []*serviceMix) template.HTML {
	const left, right, row = 230.0, 70.0, 26.0
	list = list[:min(len(list), chartServices)]
	s := newSVG("chart-mix", chartWidth, float64(len(list))*row+40, "How the conversations of each service ended",
		"A bar for each service, divided by how its conversations ended. Each part has a hatch and a letter besides its colour. The table below has the figures.")
	at := left
	for e := range numEndings {
		s.rect(at, 4, 14, 14, fmt.Sprintf("e%d", e))
		s.rect(at, 4, 14, 14, fmt.Sprintf("h%d", e))
		text := endings[e].letter + " " + endings[e].name
		s.text(at+19, 16, "small", text)
		at += 42 + float64(len(text))*6.4
	}
	for i, m := range list {
		y := 30 + float64(i)*row
		s.text(left-8, y+14, "end", cutAddress(m.addr.String(), 30))
		x, room := left, chartWidth-left-right
		for e := range numEndings {
			n := uint64(0)
			for c, group := range endingOf {
				if group == e {
					n += m.classes[c]
				}
			}
			if n == 0 {
				continue
			}
			w := room * float64(n) / float64(m.conversations)
			s.rect(x, y, w, row-8, fmt.Sprintf("e%d", e))
			s.rect(x, y, w, row-8, fmt.Sprintf("h%d", e))
			if w > 16 {
				s.rect(x+w/2-7, y+2, 14, row-12, "plate")
				s.text(x+w/2, y+14, "small mid", endings[e].letter)
			}
			x += w
		}
		s.text(chartWidth-right+8, y+14, "small", grouped(m.conversations))
	}
	return s.end()
}

// closeCurves are the groups whose close durations are drawn.
var closeCurves = []struct {
	ending Ending
	class  string
}{{EndOrderly, "curve c0"}, {EndReset, "curve c1"}, {EndUnopened, "curve c2"}}

// drawCloses draws, for each way to end, which share of the closes took no longer than a time.
func drawCloses(closes *[numEndings][]int64) template.HTML {
	const left, right, top, bottom, tall = 60.0, 110.0, 12.0, 34.0, 240.0
	s := newSVG("chart-closes", chartWidth, tall, "How long closes took",
		"For each way to end, the share of closes that took no longer than the time below, on a logarithmic scale from a microsecond. The table below has the quantiles.")
	low, high := int64(1000), int64(1_000_000)
	for _, c := range closeCurves {
		if list := closes[c.ending]; len(list) > 0 {
			high = max(high, list[len(list)-1])
		}
	}
	bottomY := tall - bottom
	decades := math.Log10(float64(high) / float64(low))
	x := func(ns int64) float64 {
		return left + (chartWidth-left-right)*min(max(math.Log10(float64(max(ns, 1))/float64(low))/decades, 0), 1)
	}
	y := func(share float64) float64 { return bottomY - (bottomY-top)*share }
	for _, share := range []float64{0, .25, .5, .75, 1} {
		s.line(left, y(share), chartWidth-right, y(share), "grid")
		s.text(left-6, y(share)+4, "small end", strconv.Itoa(int(share*100))+"%")
	}
	for tick := low; tick <= high; tick *= 10 {
		s.line(x(tick), top, x(tick), bottomY, "grid")
		s.text(x(tick), bottomY+16, "small mid", duration(tick))
		if tick > math.MaxInt64/10 {
			break
		}
	}
	labels := top
	for _, c := range closeCurves {
		list := closes[c.ending]
		if len(list) == 0 {
			continue
		}
		var p path
		p.to(x(low), y(0))
		// As many points as the picture has columns: the share at each.
		before := 0.0
		for i := range list {
			if i+1 < len(list) && x(list[i+1])-x(list[i]) < .5 && (i+1)%max(len(list)/400, 1) != 0 {
				continue
			}
			share := float64(i+1) / float64(len(list))
			p.to(x(list[i]), y(before))
			p.to(x(list[i]), y(share))
			before = share
		}
		p.to(x(high), y(1))
		s.path(&p, c.class)
		labels += 18
		s.line(chartWidth-right+8, labels-4, chartWidth-right+30, labels-4, c.class)
		s.text(chartWidth-right+36, labels, "small", endings[c.ending].name)
	}
	return s.end()
}

// drawPorts draws, for each pair of client and service, how much of the client's port range its sockets took at most.
func drawPorts(list []flows.Ports) template.HTML {
	const left, right, row = 330.0, 110.0, 26.0
	list = list[:min(len(list), chartPairs)]
	s := newSVG("chart-ports", chartWidth, float64(len(list))*row+44, "Client ports taken, TIME-WAIT among them, against the ephemeral range",
		fmt.Sprintf("A bar for each pair of client and service, on a scale up to the %d ports of Linux's default range; the dark part is TIME-WAIT. The table below has the figures.", flows.EphemeralPorts))
	most := flows.EphemeralPorts
	for i := range list {
		most = max(most, list[i].Peak.Most())
	}
	// A square-root scale lets one socket be seen beside 28,232.
	x := func(n int) float64 { return left + (chartWidth-left-right)*math.Sqrt(float64(n)/float64(most)) }
	bottom := float64(len(list))*row + 8
	for _, tick := range []int{100, 1000, 5000, flows.HalfEphemeralPorts, flows.EphemeralPorts} {
		class := "grid"
		if tick >= flows.HalfEphemeralPorts {
			class = "limit"
		}
		s.line(x(tick), 4, x(tick), bottom, class)
		s.text(x(tick), bottom+16, "small mid", grouped(uint64(tick)))
	}
	s.text(left, bottom+16, "small mid", "0")
	for i := range list {
		o := &list[i]
		y := 8 + float64(i)*row
		s.text(left-8, y+14, "small end", cutAddress(o.Client.String(), 22)+" > "+cutAddress(o.Service.String(), 26))
		s.rect(left, y, x(o.Peak.Most())-left, row-8, "taken")
		s.rect(left, y, x(o.TimeWait.Most())-left, row-8, "waiting")
		s.text(chartWidth-right+34, y+14, "small", grouped(uint64(o.Peak.Most())))
	}
	return s.end()
}
