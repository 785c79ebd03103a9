package flows

// doubts is the table of what a capture can leave open: where a row's predicate holds, the report names the alternatives.
var doubts = [...]struct {
	what  string
	text  string
	alts  []string
	holds func(j *judge) bool
}{
	{
		"shape", "only a later copy of a FIN was captured: the first may have crossed the peer's",
		[]string{"simultaneous", "three-way", "four-way"},
		func(j *judge) bool { return j.bothFIN && (j.fin[0].bits|j.fin[1].bits)&finSentBefore != 0 },
	},
	{
		"shape", "a FIN was never captured, only its acknowledgement: what it acknowledged is not known",
		[]string{"simultaneous", "three-way", "four-way"},
		func(j *judge) bool { return j.bothFIN && (j.fin[0].bits|j.fin[1].bits)&finInferred != 0 },
	},
	{
		"client.states", "its FIN may have waited behind unacknowledged data or a closed window when the peer's FIN came",
		[]string{"FIN-WAIT-1", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"},
		func(j *judge) bool { return j.acks(Client) && j.behind(Client) },
	},
	{
		"server.states", "its FIN may have waited behind unacknowledged data or a closed window when the peer's FIN came",
		[]string{"FIN-WAIT-1", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"},
		func(j *judge) bool { return j.acks(Server) && j.behind(Server) },
	},
	{
		"client.states", "which of the peer's FIN and the acknowledgement of its own reached it first cannot be told here",
		[]string{"CLOSING", "FIN-WAIT-2", "TIME-WAIT"},
		func(j *judge) bool { return j.crossed(Client) },
	},
	{
		"server.states", "which of the peer's FIN and the acknowledgement of its own reached it first cannot be told here",
		[]string{"CLOSING", "FIN-WAIT-2", "TIME-WAIT"},
		func(j *judge) bool { return j.crossed(Server) },
	},
	{
		"client.states", "its FIN was sent again after its acknowledgement had passed, and nothing tells whether that arrived",
		closingAlternatives,
		func(j *judge) bool { return j.withheld(Client) },
	},
	{
		"server.states", "its FIN was sent again after its acknowledgement had passed, and nothing tells whether that arrived",
		closingAlternatives,
		func(j *judge) bool { return j.withheld(Server) },
	},
	{
		"client.states", "the peer's FIN was never acknowledged: whether it arrived is not known",
		[]string{"CLOSE-WAIT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT"},
		func(j *judge) bool { return j.unheard(Client) },
	},
	{
		"server.states", "the peer's FIN was never acknowledged: whether it arrived is not known",
		[]string{"CLOSE-WAIT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT"},
		func(j *judge) bool { return j.unheard(Server) },
	},
	{
		"client.states", "a FIN was never captured, only its acknowledgement: which way the two crossed is open",
		closingAlternatives,
		func(j *judge) bool { return (j.fin[0].bits|j.fin[1].bits)&finInferred != 0 },
	},
	{
		"server.states", "a FIN was never captured, only its acknowledgement: which way the two crossed is open",
		closingAlternatives,
		func(j *judge) bool { return (j.fin[0].bits|j.fin[1].bits)&finInferred != 0 },
	},
	{
		"client.states", "only a later copy of a FIN was captured: which way the two crossed is open",
		closingAlternatives,
		func(j *judge) bool { return j.bothFIN && (j.fin[0].bits|j.fin[1].bits)&finSentBefore != 0 },
	},
	{
		"server.states", "only a later copy of a FIN was captured: which way the two crossed is open",
		closingAlternatives,
		func(j *judge) bool { return j.bothFIN && (j.fin[0].bits|j.fin[1].bits)&finSentBefore != 0 },
	},
	{
		"client.states", "the capture began in mid-stream and the other side sent nothing in it: it may have closed before",
		closingAlternatives,
		(*judge).closedBefore,
	},
	{
		"server.states", "the capture began in mid-stream and the other side sent nothing in it: it may have closed before",
		closingAlternatives,
		(*judge).closedBefore,
	},
	{
		"shape", "the capture began in mid-stream and the other side sent nothing in it: it may have closed before",
		[]string{"half", "three-way", "four-way", "simultaneous"},
		(*judge).closedBefore,
	},
	{
		"closer", "the capture began in mid-stream and one side sent nothing in it: it may have closed first",
		[]string{"client", "server", "both"},
		(*judge).closedBefore,
	},
	{
		"class", "the capture began in mid-stream: a FIN may have passed before it",
		[]string{"rst-abort", "rst-after-fin", "four-way", "three-way", "simultaneous", "retransmitted-fin"},
		func(j *judge) bool { return j.first != nil && (j.closedBefore() || j.noFIN && j.silentFromStart()) },
	},
	{
		"class", "only one direction was captured: what came before the RST, and what drew it, is not known",
		[]string{"rst-abort", "rst-after-fin", "four-way", "three-way", "simultaneous", "retransmitted-fin"},
		func(j *judge) bool { return j.oneWay && j.first != nil },
	},
	{
		"client.states", "only one direction was captured: what the other side sent, and when, shows in acknowledgements alone",
		oneWayAlternatives,
		func(j *judge) bool { return j.oneWay && !j.noFIN },
	},
	{
		"server.states", "only one direction was captured: what the other side sent, and when, shows in acknowledgements alone",
		oneWayAlternatives,
		func(j *judge) bool { return j.oneWay && !j.noFIN },
	},
	{
		"closer", "only one direction was captured: the other side may have closed first",
		[]string{"client", "server", "both"},
		func(j *judge) bool { return j.oneWay && !j.noFIN },
	},
	{
		"rst", "whether the receiver accepted the RST is not known: its next expected number lies in a range, and nothing came after",
		[]string{"accepted", "ignored"},
		func(j *judge) bool { return j.first != nil && j.first.verdict == VerdictUnknown },
	},
	{
		"class", "only one direction was captured: silence of the other side proves nothing",
		[]string{"vanished", "half-closed-stall", "unanswered", "open", "closing"},
		func(j *judge) bool { return j.oneWay && j.first == nil && !j.bothFIN },
	},
	{
		"class", "the capture began in mid-stream: the silent side may have closed before",
		[]string{"half-closed-stall", "closing"},
		func(j *judge) bool {
			_, since, ok := j.stalled()
			return ok && !j.oneWay && j.out.Class == ClosingClass && j.until-since >= j.cfg.stall()
		},
	},
	{
		"rst", "after the close a RST met a TIME-WAIT: with tcp_rfc1337 it goes on",
		[]string{"TIME-WAIT", "CLOSED"},
		func(j *judge) bool {
			for i := range j.resets {
				if j.assassin(&j.resets[i]) {
					return true
				}
			}
			return false
		},
	},
}

// The states of an endpoint that may have been passive or active.
var (
	closingAlternatives = []string{"FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"}
	oneWayAlternatives  = []string{"ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"}
)

// silentFromStart reports whether the capture began in mid-stream and holds no payload of at least one side, which may
// therefore have closed before.
func (j *judge) silentFromStart() bool {
	return j.conn.flags&(flagSYN|flagSYNACK) == 0 && j.half[0].bits&j.half[1].bits&sideData == 0
}

// closedBefore reports whether the one FIN that was captured in mid-stream may have been the second.
func (j *judge) closedBefore() bool {
	for s := range Side(2) {
		if j.half[s].bits&sideFIN != 0 && j.half[1-s].bits&(sideFIN|sideData) == 0 {
			return j.conn.flags&(flagSYN|flagSYNACK) == 0
		}
	}
	return false
}

// crossed reports whether the order in which the peer's FIN and the acknowledgement of its own reached the side is open.
func (j *judge) crossed(s Side) bool {
	if !j.bothFIN || j.acks(s) {
		return false
	}
	if again := j.notes[s][noteFINResend]; again != nil && again.lastFrame > j.fin[s].ackedFrame && j.crossing(s, again) {
		return true // its FIN came again just when the acknowledgement had passed
	}
	if j.acks(1 - s) {
		return false
	}
	// Its own acknowledgement of the peer's FIN, captured before the peer's of its FIN, would prove the order.
	proved := j.fin[1-s].ackedFrame < j.fin[s].ackedFrame
	return j.resentFIN(1-s) > 0 || j.notes[1-s][noteDataAgain] != nil || !proved
}

// withheld reports whether the acknowledgement of the side's FIN passed, but the FIN came again later, and no further
// acknowledgement was captured: the first may have been late.
func (j *judge) withheld(s Side) bool {
	again := j.notes[s][noteFINResend]
	return again != nil && j.half[s].bits&sideFINAcked != 0 && again.lastFrame > j.fin[s].ackedFrame && j.resentFIN(s) > 0 && j.notes[s][noteFINReACK] == nil
}

// unheard reports whether the side never acknowledged the peer's FIN, though it had the time to.
func (j *judge) unheard(s Side) bool {
	f := &j.fin[1-s]
	if f.frame == 0 || f.ackedFrame != 0 || j.half[1-s].bits&sideFIN == 0 {
		return false
	}
	// An endpoint that has it acknowledges it within half a second (TEARDOWN trap 14).
	return j.resentFIN(1-s) > 0 || j.until-f.time > second/2+max(j.rtt()[s], 0)
}

// doubt says what the capture leaves open.
func (j *judge) doubt() {
	const odd = finInferred | finSentBefore | finOutstanding | finWindowShut
	if len(j.resets) == 0 && !j.oneWay && j.out.Shape != ShapeSimultaneous && (j.fin[0].bits|j.fin[1].bits)&odd == 0 && j.fin[0].resends|j.fin[1].resends == 0 &&
		(j.noFIN || j.bothFIN) && j.notes[0][noteDataAgain] == nil && j.notes[1][noteDataAgain] == nil {
		return // an ordinary conversation leaves nothing open
	}
	for i := range doubts {
		if d := &doubts[i]; d.holds(j) {
			j.out.Uncertain = append(j.out.Uncertain, Doubt{What: d.what, Text: d.text, Alternatives: d.alts})
		}
	}
}
