package report

import "tcpclose/flows"

// states writes the elements of a list of states, which are half of a line.
func (l *line) states(k int, states []flows.Transition) int {
	for i := 0; i < len(states); i++ {
		if !l.e.placing() {
			var n int
			k, n = l.page.states(k, l.era, states[i:])
			if i += n; i == len(states) {
				break
			}
		}
		k = l.state(l.turn(k), &states[i])
	}
	return beforeComma(k, len(states))
}

// state writes one state of any kind.
func (l *line) state(k int, s *flows.Transition) int {
	k = l.page.frame(l.page.piece(k, statePiece(s)), s.Frame)
	k = l.place(k, s.Frame)
	k = l.time(l.page.key(k, &earliestKey), s.Earliest)
	k = l.time(l.page.key(k, &latestKey), s.Latest)
	l.page.put8(k, elementEndText)
	return k + len("},")
}

// What stands before and behind the times of a state, as it lies in memory. The last three digits of a time that is told in
// microseconds belong to what is behind it.
var (
	earliestText = halfKey{[16]byte([]byte(`,"earliest_ns": `))}
	latestText   = halfKey{[16]byte([]byte(`000,"latest_ns":`))}
)

const (
	stateEndText = '0' | '0'<<8 | '0'<<16 | elementEndText<<24
	nullEndText  = nullText | elementEndText<<32
)

// states writes the first states of a list as line.state would, up to one whose frame has more than eight digits, or one of
// whose times is of another era or not of microseconds, or the end of the page. It returns where they end, and how many
// they are.
func (w *page) states(k int, e era, states []flows.Transition) (end, n int) {
	for i := range states {
		if k >= pageSize-elementRoom {
			return k, i
		}
		s := &states[i]
		at := w.piece(k, statePiece(s))
		if s.Frame-1 < 1e8-1 {
			text, n := decimal(s.Frame)
			w.put8(at, text)
			at += n
		} else if s.Frame == 0 {
			w.put8(at, nullText)
			at += len("null")
		} else {
			return k, i
		}

		const before = len(`,"earliest_ns":`)
		b := w.at(at)
		b.put16(0, &earliestText)
		if micros := thousandth(s.Earliest - e.begin); micros < eraMicros {
			e.putMicros(b.number(before), micros)
			b.put16(before+16, &latestText)
			at += before + 32
		} else if s.Earliest == flows.NoTime {
			b.put16(before+1, &latestText)
			b.put4(before, nullText)
			at += before + 17
		} else {
			return k, i
		}

		b = w.at(at)
		if micros := thousandth(s.Latest - e.begin); micros < eraMicros {
			e.putMicros(b.number(0), micros)
			b.put8(16, stateEndText)
			k = at + 16 + len("000},")
		} else if s.Latest == flows.NoTime {
			b.put8(0, nullEndText)
			k = at + len("null},")
		} else {
			return k, i
		}
	}
	return k, len(states)
}

func statePiece(s *flows.Transition) *piece {
	return &statePieces[(uint8(s.State)|uint8(s.Grade)<<4)&63]
}
