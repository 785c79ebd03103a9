package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// partsText writes the parts of a label that fit.
func partsText(r *ladder.Row, room int) string {
	var words []string
	for _, p := range ladder.Fit(r.Parts(ladder.RelativeNumbers), room) {
		words = append(words, p.Text)
	}
	return strings.Join(words, " ")
}

// rowText says what a row shows, in words.
func rowText(r *ladder.Row, room int) string {
	if r.Kind == ladder.Segment {
		return partsText(r, room)
	}
	for _, text := range r.Remark() {
		if len(text) <= room {
			return text
		}
	}
	return ""
}

// stateText writes a margin; a question mark says that it is inferred.
func stateText(m ladder.Margin) string {
	if m.State == flows.Unknown {
		return ""
	}
	if m.Grade == flows.Inferred {
		return m.State.String() + "?"
	}
	return m.State.String()
}

// sinceZero writes a time of a ladder, as seconds.
func sinceZero(at, zero int64) string {
	if at == flows.NoTime {
		return ""
	}
	return strconv.FormatFloat(float64(at-zero)/1e9, 'f', 6, 64)
}

// arrowless are the rows between whose rails no arrow runs.
func arrowless(k ladder.Kind) bool { return k != ladder.Segment && k != ladder.Gap && k != ladder.ICMP }

// drawLadder draws a conversation's ladder: the client's rail on the left, the server's on the right, with their states.
func drawLadder(id string, t *flows.Teardown, rows []ladder.Row) template.HTML {
	const leftRail, rightRail, step, top = 214.0, 712.0, 25.0, 34.0
	client, server := t.Ends[flows.Client].Addr.String(), t.Ends[flows.Server].Addr.String()
	s := newSVG(id, chartWidth, top+step*float64(len(rows))+10, "Ladder of conversation "+strconv.FormatUint(t.ID, 10),
		fmt.Sprintf("Client %s on the left, server %s on the right, an arrow for each segment and the states of both ends in the margins. The table below has the same rows.", client, server))
	zero := ladder.FromFIN.Zero(t)
	s.text(leftRail, 16, "mid strong", "client "+cutAddress(client, 34))
	s.text(rightRail, 16, "mid strong", "server "+cutAddress(server, 34))
	bottom := top + step*float64(len(rows))
	s.line(leftRail, 24, leftRail, bottom, "rail")
	s.line(rightRail, 24, rightRail, bottom, "rail")
	for i := range rows {
		r := &rows[i]
		y := top + step*float64(i) + 14
		s.text(84, y+4, "small end", sinceZero(r.Time, zero))
		for side, x := range [2]float64{leftRail - 8, rightRail + 8} {
			m := r.Margins[side]
			class := "state"
			if side == 0 {
				class += " end"
			}
			if m.Changed {
				s.text(x, y+4, class, stateText(m))
			}
		}
		label := rowText(r, 70)
		if arrowless(r.Kind) {
			s.text((leftRail+rightRail)/2, y+2, "small mid soft", label)
			continue
		}
		from, to, dir := leftRail+4, rightRail-4, 1.0
		if r.From == flows.Server {
			from, to, dir = to, from, -1
		}
		class, tip := "wire", "tip"
		switch {
		case r.Kind == ladder.Gap:
			class = "wire missing"
			s.cross(from+10*dir, y, "cross")
		case r.Lost:
			class = "wire missing"
			to -= 40 * dir
		case r.Resend > 0:
			class, tip = "wire again", "tip again"
		}
		s.line(from, y, to, y, class)
		if r.Lost {
			s.cross(to+8*dir, y, "cross")
		} else {
			s.arrow(to, y, dir, tip)
		}
		s.text((leftRail+rightRail)/2, y-4, "small mid", label)
	}
	return s.end()
}
