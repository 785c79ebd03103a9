package flows

// zeekEnd is what Zeek holds of one endpoint at the end of a connection. It follows flags, never sequence numbers.
type zeekEnd uint8

// Zeek's endpoint states.
const (
	zeekInactive zeekEnd = iota // sent nothing that Zeek counts
	zeekSYNSent
	zeekPartial // sent something without having opened
	zeekEstablished
	zeekClosed // sent a FIN; whether it was acknowledged does not matter
	zeekReset  // sent a RST, accepted or not
	numZeekEnds
)

// The groups of endpoint states that a row of the table can ask for.
const (
	zeekAny     = 1<<numZeekEnds - 1
	zeekSilent  = 1<<zeekInactive | 1<<zeekPartial
	zeekOpening = 1 << zeekSYNSent
)

// zeekRows is Zeek's definition of conn_state, the first row that fits from the top: sets of the originator's and the
// responder's states, and what else must hold.
var zeekRows = [...]struct {
	orig, resp uint8
	also       func(t *Teardown) bool
	state      string
}{
	{zeekOpening, 1 << zeekReset, nil, "REJ"},
	{1 << zeekReset, 1 << zeekReset, zeekNoData, "REJ"},
	{zeekSilent, 1 << zeekReset, nil, "RSTRH"},
	{zeekAny, 1 << zeekReset, nil, "RSTR"},
	{1 << zeekReset, zeekSilent, zeekSYNThenRST, "RSTOS0"},
	{1 << zeekReset, zeekSilent, nil, "OTH"},
	{1 << zeekReset, zeekAny, nil, "RSTO"},
	{1 << zeekClosed, 1 << zeekClosed, nil, "SF"},
	{1 << zeekClosed, zeekSilent, nil, "SH"},
	{1 << zeekClosed, zeekAny, nil, "S2"},
	{zeekSilent, 1 << zeekClosed, nil, "SHR"},
	{zeekAny, 1 << zeekClosed, nil, "S3"},
	{1 << zeekSYNSent, 1 << zeekInactive, nil, "S0"},
	{1 << zeekEstablished, 1 << zeekEstablished, nil, "S1"},
	{zeekAny, zeekAny, nil, "OTH"},
}

// ZeekState returns the conn_state that Zeek would give the conversation as a whole, computed as Zeek defines it: from
// who sent SYN, FIN and RST and in which order, believing every one of them. Zeek's own timers can split a conversation
// into several records, which this does not imitate; nor does Zeek see what was only inferred here.
func ZeekState(t *Teardown) string {
	orig, resp := zeekEnds(t)
	for i := range zeekRows {
		r := &zeekRows[i]
		if r.orig>>orig&1 != 0 && r.resp>>resp&1 != 0 && (r.also == nil || r.also(t)) {
			return r.state
		}
	}
	return "OTH"
}

// zeekEnds returns how Zeek sees the two endpoints: the client is its originator.
func zeekEnds(t *Teardown) (orig, resp zeekEnd) {
	c, s := &t.Ends[Client], &t.Ends[Server]
	rst := [2]uint64{zeekRST(t, Client), zeekRST(t, Server)}
	// A SYN-ACK opens both ends, unless the server had reset before it.
	synack := s.SawSYN
	for _, tr := range s.States {
		if tr.State == SynReceived && tr.Grade == Seen && rst[Server] != 0 && rst[Server] < tr.Frame {
			synack = false
		}
	}
	switch {
	case c.Packets == 0:
		orig = zeekInactive
	case synack:
		orig = zeekEstablished
	case c.SawSYN:
		orig = zeekSYNSent
	default:
		orig = zeekPartial
	}
	switch {
	case s.Packets == 0:
		resp = zeekInactive
	case synack:
		resp = zeekEstablished
	case orig == zeekSYNSent && s.Bytes == 0:
		resp = zeekInactive // an ACK before the SYN-ACK does not count
	default:
		resp = zeekPartial
	}
	ends := [2]zeekEnd{orig, resp}
	for side := range Side(2) {
		own, peer := t.Ends[side].FIN.Frame, t.Ends[side.Peer()].FIN.Frame
		switch first := rst[side]; {
		case first != 0 && !(own != 0 && own < first && peer != 0):
			ends[side] = zeekReset
		case own != 0:
			ends[side] = zeekClosed // also where a RST followed: both had sent a FIN
		}
	}
	return ends[Client], ends[Server]
}

// zeekRST returns the frame of a side's first RST, whatever it was worth; 0 for none.
func zeekRST(t *Teardown, side Side) uint64 {
	first := t.Ends[side].RST.Frame
	for i := range t.Marks {
		switch m := &t.Marks[i]; m.ID {
		case MarkRSTIgnored, MarkRSTOutOfWindow, MarkRSTAfterClose, MarkRSTWithData:
			if m.Who == By(side) && first != 0 {
				first = min(first, m.Frame)
			}
		}
	}
	return first
}

// zeekNoData reports whether neither side sent an octet.
func zeekNoData(t *Teardown) bool { return t.Ends[Client].Bytes == 0 && t.Ends[Server].Bytes == 0 }

// zeekSYNThenRST reports whether the originator sent its RST right after its SYN, perhaps with data between.
func zeekSYNThenRST(t *Teardown) bool {
	c := &t.Ends[Client]
	return c.SawSYN && (c.FIN.Frame == 0 || c.FIN.Frame > c.RST.Frame)
}
