package flows

// A sight is what one finding sees in one conversation.
type sight struct {
	side    Who    // whose doing it is; sides are counted apart
	variant uint8  // what else is counted apart, as the value of a timeout
	time    int64  // how much time it touches
	gap     int64  // a duration whose extremes the sentence tells
	bytes   uint64 // lost
	kinds   uint8  // a bit for each kind that is counted
	sure    Confidence
}

// A view is a conversation with what the findings ask of it again and again.
type view struct {
	*Teardown
	marks uint64 // a bit for each mark
	rows  uint32 // a bit for each row of the findings that may see something in it
}

func viewOf(t *Teardown) view {
	v := view{Teardown: t, rows: rowsOf.classes[t.Class]}
	for i := range t.Marks {
		id := t.Marks[i].ID
		v.marks |= 1 << id
		v.rows |= rowsOf.marks[id]
	}
	for i := range t.Causes {
		v.rows |= rowsOf.causes[t.Causes[i].ID]
	}
	if len(t.Pairs) > 0 {
		v.rows |= rowsOf.pairs
	}
	return v
}

func (v *view) has(id MarkID) bool { return v.marks>>id&1 != 0 }

// cause returns the cause of that id, or nil.
func (v *view) cause(id CauseID) *Cause {
	for i := range v.Causes {
		if v.Causes[i].ID == id {
			return &v.Causes[i]
		}
	}
	return nil
}

// markOf returns the first mark of that id by one side, or nil.
func (v *view) markOf(id MarkID, who Who) *Mark {
	for i := range v.Marks {
		if m := &v.Marks[i]; m.ID == id && m.Who == who {
			return m
		}
	}
	return nil
}

// sideOf returns the side that a Who is, the server for any other.
func (w Who) side() Side {
	if w == ByClient {
		return Client
	}
	return Server
}

// A loss of no more than this many bytes is not what a finding about data loss needs: so large is the alert with which TLS
// says goodbye, and whether that arrives matters to nobody.
const goodbyeBytes = 100

// kindLoss counts the conversations that lost more than that. It is the same bit for all findings.
const kindLoss uint8 = 1 << 7

// leaking: the passive closer has the peer's FIN and has never sent its own.
func leaking(v *view) (sight, bool) {
	c := v.cause(CauseCloseWaitLeak)
	if c == nil || c.Who != ByClient && c.Who != ByServer {
		return sight{}, false
	}
	end := &v.Ends[c.Who.side()]
	if end.FIN.Sent() {
		return sight{}, false // late, but closed
	}
	return sight{side: c.Who, time: end.Held[CloseWait], sure: c.Confidence}, true
}

// followed: the RST that ended it comes from there, as its other leg shows.
func followed(v *view, from Origin) (sight, bool) {
	for i := range v.Pairs {
		p := &v.Pairs[i]
		f, ok := v.Follow(p)
		if !ok || f.Origin != from {
			continue
		}
		s := sight{side: By(p.Beyond), time: v.Duration(), gap: f.Gap, bytes: v.Ends[0].BytesLost + v.Ends[1].BytesLost, sure: p.Confidence, kinds: 1}
		if f.FIN {
			s.kinds = 2
		}
		if from == OriginBox && s.sure == Certain {
			s.sure = Likely // that the capture missed a copy is never excluded
		}
		return s, true
	}
	return sight{}, false
}

// crossed counts the conversations in which data came within a round trip of the FIN: its sender need not have known.
const crossed uint8 = 1

// usedAfterClose: the side that had not closed sent data after the other's FIN, and a RST answered it.
func usedAfterClose(v *view, closer Who) (sight, bool) {
	other := By(1 - closer.side())
	m := v.markOf(MarkDataAfterFIN, other)
	if m == nil || v.FirstFIN != closer || !v.Ends[closer.side()].RST.Counts {
		return sight{}, false
	}
	for _, id := range [...]CauseID{CauseDataAfterClose, CauseFinWait2Expired, CauseNoSocket} {
		if c := v.cause(id); c != nil && c.Who == closer {
			gap := max(m.Time-v.CloseStart, 0)
			s := sight{side: other, time: gap, gap: gap, bytes: v.Ends[other.side()].BytesLost, sure: c.Confidence}
			if there, back := v.Ends[Client].RTT, v.Ends[Server].RTT; there != NoTime && back != NoTime && gap <= there+back {
				s.kinds = crossed
			}
			return s, true
		}
	}
	return sight{}, false
}

// aborted: the likeliest cause is an active abort of that kind.
func aborted(v *view, id CauseID) (sight, bool) {
	if len(v.Causes) == 0 || v.Causes[0].ID != id {
		return sight{}, false
	}
	c := &v.Causes[0]
	return sight{side: c.Who, time: v.Duration(), bytes: v.Ends[c.Who.side()].BytesLost, sure: c.Confidence}, true
}

// knownTimeouts are the idle timeouts that boxes on the path come with (TEARDOWN section 7).
var knownTimeouts = [...]int64{60, 100, 120, 240, 300, 350, 600, 900, 3600}

// timedOut: a RST after a silence as long as a well-known timeout, give or take two in a hundred.
func timedOut(v *view) (sight, bool) {
	if v.Class != RSTAbort || v.ResetBy == NoOne || v.ResetBy == ByNetwork || v.IdleBeforeClose < IdleMark {
		return sight{}, false
	}
	for i, s := range knownTimeouts {
		want := s * second
		switch off := v.IdleBeforeClose - want; {
		case off < -want/50:
			return sight{}, false // the others are longer still
		case off <= want/50:
			return sight{variant: uint8(i), time: v.IdleBeforeClose, gap: v.IdleBeforeClose, sure: Likely}, true
		}
	}
	return sight{}, false
}

// forgotten: a reply RST to a segment of an established conversation.
func forgotten(v *view) (sight, bool) {
	c := v.cause(CauseNoSocket)
	if c == nil || v.Class != RSTAbort || v.ResetBy == ByNetwork {
		return sight{}, false
	}
	return sight{side: c.Who, time: v.IdleBeforeClose, gap: v.IdleBeforeClose, bytes: v.Ends[1-c.Who.side()].BytesLost, sure: c.Confidence}, true
}

// forgedInVain counts apart the connections that lived on.
const forgedInVain = 1

// forged: at least two signs that a RST is not from the end whose address it bears.
func forged(v *view) (sight, bool) {
	if !v.has(MarkForgedRSTSuspected) {
		return sight{}, false
	}
	s := sight{side: ByNetwork, time: v.Duration(), bytes: v.Ends[Client].BytesLost + v.Ends[Server].BytesLost, sure: Likely}
	if v.ResetBy == NoOne {
		s.variant = forgedInVain
		s.bytes = 0
	}
	for e := range v.Ends {
		if signs := v.Ends[e].RST.Signs; signs.Count() >= 2 {
			s.kinds |= uint8(signs)
			if signs.Count() >= 3 {
				s.sure = Certain
			}
		}
	}
	if s.kinds == 0 {
		return sight{}, false
	}
	return s, true
}

// The kinds of losses that fin-loss counts.
const (
	lostFIN uint8 = 1 << iota
	lostACKOfFIN
	lostLastACK
)

// lossyClose: a FIN had to be sent again in a close that came to its end.
func lossyClose(v *view) (sight, bool) {
	if !v.has(MarkFINRetransmitted) || v.Class == Vanished || v.CloseEnd == NoTime {
		return sight{}, false
	}
	s := sight{time: v.CloseDuration(), sure: Likely}
	if v.has(MarkLastACKLost) {
		s.kinds |= lostLastACK
	}
	if v.has(MarkACKOfFINLost) {
		s.kinds |= lostACKOfFIN
	}
	if s.kinds == 0 {
		s.kinds = lostFIN
	}
	return s, true
}

// The kinds of half-dead peers.
const (
	peerSilent uint8 = 1 << iota
	peerReopened
)

// halfDead: the peer is gone without FIN or RST, and nobody had asked whether it is still there.
func halfDead(v *view) (sight, bool) {
	if v.has(MarkKeepalive) {
		return sight{}, false
	}
	switch {
	case v.Class == Vanished:
		s := sight{kinds: peerSilent, sure: Likely}
		if c := v.cause(CausePeerVanished); c != nil {
			s.time = v.WatchedUntil - max(v.Ends[c.Who.side()].LastData, v.Start)
		}
		return s, true
	case v.has(MarkSuperseded):
		return sight{kinds: peerReopened, sure: Likely, time: v.Duration()}, true
	}
	return sight{}, false
}

// The kinds of refusals.
const (
	refusedByRST uint8 = 1 << iota
	refusedByICMPError
)

func refused(v *view) (sight, bool) {
	switch {
	case v.cause(CauseICMPRefused) != nil:
		return sight{kinds: refusedByICMPError, time: v.Duration(), sure: Certain}, true
	case v.cause(CauseListenRefused) != nil:
		return sight{kinds: refusedByRST, time: v.Duration(), sure: Certain}, true
	}
	return sight{}, false
}

func filteredOut(v *view) (sight, bool) {
	c := v.cause(CauseFiltered)
	if c == nil || v.Ends[Server].Packets > 0 || v.cause(CauseICMPRefused) != nil || v.cause(CausePAWSDrop) != nil {
		return sight{}, false
	}
	return sight{time: v.Duration(), sure: c.Confidence}, true
}

// The kinds of doubts about the capture.
const (
	gapsInCapture uint8 = 1 << iota
	oneDirection
	jumpingClock
)

func unreliable(v *view) (sight, bool) {
	s := sight{sure: Certain}
	for _, k := range [...]struct {
		mark MarkID
		kind uint8
	}{{MarkCaptureGap, gapsInCapture}, {MarkOneSided, oneDirection}, {MarkClockJump, jumpingClock}} {
		if v.has(k.mark) {
			s.kinds |= k.kind
		}
	}
	return s, s.kinds != 0
}
