package flows

import "fmt"

// reaches holds which states can follow which, by one arc or by what the capture does not show between two.
var reaches = func() (table [NumStates][NumStates]bool) {
	for _, a := range arcs {
		table[a.from][a.to] = true
	}
	for s := SynSent; s < Closed; s++ {
		table[s][Closed] = true // RST
	}
	table[SynSent][Established], table[Unknown][Established] = true, true
	return table
}()

// broken returns what of a verdict contradicts itself, whatever the packets were.
func broken(td *Teardown) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if td.ID == 0 || td.FirstFrame != td.ID || td.LastFrame < td.FirstFrame {
		say("frames %d to %d of conversation %d", td.FirstFrame, td.LastFrame, td.ID)
	}
	inside := func(frame uint64) bool { return frame >= td.FirstFrame }
	if td.Class >= NumClasses || td.Shape >= NumShapes {
		say("class %d, shape %d", td.Class, td.Shape)
		return faults
	}
	for s := range Side(2) {
		e := &td.Ends[s]
		at, state := NoTime, Unknown
		for i, tr := range e.States {
			if !reaches[state][tr.State] {
				say("%v goes from %v to %v", s, state, tr.State)
			}
			if tr.Earliest != NoTime && tr.Latest != NoTime && tr.Earliest > tr.Latest {
				say("%v: %v earliest %d is after latest %d", s, tr.State, tr.Earliest, tr.Latest)
			}
			if w := tr.When(); w == NoTime && i > 0 {
				say("%v: %v has no time", s, tr.State)
			} else if w < at {
				say("%v: %v at %d comes before %v at %d", s, tr.State, w, state, at)
			} else {
				at = w
			}
			switch {
			case tr.Grade == Assumed && tr.Frame != 0:
				say("%v: %v was assumed, and has frame %d", s, tr.State, tr.Frame)
			case tr.Grade != Assumed && !inside(tr.Frame):
				say("%v: %v has frame %d", s, tr.State, tr.Frame)
			}
			state = tr.State
		}
		f, r := &e.FIN, &e.RST
		if (r.Frame != 0) != (r.Number > 0) || (r.Kind != NoRST) != (r.Number > 0) {
			say("%v: RST frame %d, kind %v, number %d", s, r.Frame, r.Kind, r.Number)
		}
		if f.Frame == 0 && f.Resends > 0 {
			say("%v: its FIN was resent %d times and never sent", s, f.Resends)
		}
		for _, frame := range []uint64{f.Frame, f.Acked, f.LastResend, r.Frame, r.Drawn} {
			if frame != 0 && !inside(frame) {
				say("%v: frame %d is none of its own", s, frame)
			}
		}
		for state, held := range e.Held {
			if held < 0 {
				say("%v: %v was held for %d ns", s, State(state), held)
			}
		}
	}
	faults = append(faults, brokenClose(td)...)
	for _, m := range td.Marks {
		if m.ID >= NumMarks || !inside(m.Frame) {
			say("mark %v at frame %d", m.ID, m.Frame)
		}
	}
	for i := range td.Causes {
		c := &td.Causes[i]
		if c.ID >= NumCauses || int(c.NFrames) > len(c.Frames) {
			say("cause %v with %d frames", c.ID, c.NFrames)
			continue
		}
		for _, frame := range c.Evidence() {
			if !inside(frame) {
				say("cause %v: frame %d", c.ID, frame)
			}
		}
		if c.Confidence == Certain && i > 0 && td.Causes[i-1].Confidence != Certain {
			say("causes are not best first")
		}
	}
	for _, d := range td.Uncertain {
		if d.What == "" || d.Text == "" || len(d.Alternatives) < 2 {
			say("doubt %q names %v", d.What, d.Alternatives)
		}
	}
	return faults
}

// brokenClose compares class, shape and closers with the facts of FINs and RSTs.
func brokenClose(td *Teardown) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	sent := [2]bool{td.Ends[0].FIN.Sent(), td.Ends[1].FIN.Sent()}
	fins := 0
	for _, s := range sent {
		if s {
			fins++
		}
	}
	if want := [3]bool{td.Shape == ShapeNone, td.Shape == ShapeHalf, td.Shape != ShapeNone}; !want[fins] {
		say("%d FINs, and shape %v", fins, td.Shape)
	}
	if td.Class.Orderly() && fins != 2 {
		say("class %v with %d FINs", td.Class, fins)
	}
	if td.Class.Orderly() && (td.Ends[0].FIN.Acked == 0 || td.Ends[1].FIN.Acked == 0) {
		say("class %v with an unacknowledged FIN", td.Class)
	}
	if reset := td.Class == RSTAbort || td.Class == RSTAfterFIN; reset && td.ResetBy == NoOne {
		say("class %v and nobody reset", td.Class)
	}
	if (td.FirstFIN == NoOne) != (fins == 0) {
		say("%d FINs, the first by %v", fins, td.FirstFIN)
	}
	for s := range Side(2) {
		if td.FirstFIN == By(s) && !sent[s] {
			say("first FIN by %v, which sent none", td.FirstFIN)
		}
		if td.ResetBy == By(s) && td.Ends[s].RST.Number == 0 {
			say("reset by %v, which sent no RST", td.ResetBy)
		}
	}
	if (td.Closer == NoOne) != (fins == 0 && td.ResetBy == NoOne) {
		say("closer %v with %d FINs and reset by %v", td.Closer, fins, td.ResetBy)
	}
	if td.CloseEnd != NoTime && td.CloseStart == NoTime {
		say("a close that ends and never begins")
	}
	return faults
}
