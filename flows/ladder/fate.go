package ladder

import (
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A fate is what the facts say of the copies of one side's FIN: which were lost beyond the capture point, which arrived,
// and whether the ACK of it was lost.
type fate struct {
	frame   uint64 // of its first copy; 0 where none was captured, or none was sent again
	arrived uint64 // the copy that reached the peer, where the earlier ones did not; 0 where the first one did
	all     bool   // none arrived
	ackLost bool   // an ACK of it passed the capture point and was lost beyond it
}

// lossCauses are the causes that say what was lost, of which the best one decides.
var lossCauses = []flows.CauseID{flows.CauseFINLost, flows.CauseFINACKLost, flows.CauseLastACKLost}

// fateOfFIN derives the fate from the facts of the conversation.
func fateOfFIN(td *flows.Teardown, s flows.Side) fate {
	f := &td.Ends[s].FIN
	if f.Frame == 0 || f.Resends == 0 {
		return fate{}
	}
	out := fate{frame: f.Frame}
	switch {
	case f.Acked == 0:
		out.all = td.Class == flows.Vanished
	case f.LastResend > f.Acked:
		// It was repeated although an ACK had passed.
		out.ackLost = hasAny(td, f.Acked, flows.MarkACKOfFINLost, flows.MarkLastACKLost)
	default:
		best := slices.IndexFunc(td.Causes, func(c flows.Cause) bool { return slices.Contains(lossCauses, c.ID) })
		if best < 0 || td.Causes[best].ID == flows.CauseFINLost {
			out.arrived = f.LastResend
		}
	}
	return out
}

// hasAny reports whether the conversation has one of the marks at a later frame.
func hasAny(td *flows.Teardown, after uint64, ids ...flows.MarkID) bool {
	return slices.ContainsFunc(td.Marks, func(m flows.Mark) bool {
		return m.Frame > after && slices.Contains(ids, m.ID)
	})
}

// judge marks the row of a FIN that was lost.
func (f *fate) judge(r *Row) {
	if !r.Seg.Flags.Any(decode.FIN) || r.Seg.Flags.Any(decode.RST) {
		return
	}
	if f.frame == 0 {
		r.Resend = 0 // the facts know of no loss: repeated for another reason, or captured twice
		return
	}
	r.Lost = f.all || f.arrived != 0 && r.Seg.Frame < f.arrived
}
