package flows

// stateDoubts is the table of what a capture can leave open about one side's states.
var stateDoubts = [...]struct {
	text  string
	alts  []string
	needs has
	holds func(j *judge, s Side) bool
}{
	{
		"its FIN may have waited behind unacknowledged data or a closed window when the peer's FIN came",
		[]string{"FIN-WAIT-1", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"},
		hasOddFIN | hasAgainAfterFIN, func(j *judge, s Side) bool {
			return j.behind(s) && (j.acks(s) || j.half[s].bits&sideFIN == 0 && j.half[1-s].bits&sideFIN != 0)
		},
	},
	{
		"which of the peer's FIN and the acknowledgement of its own reached it first cannot be told here",
		[]string{"CLOSING", "FIN-WAIT-2", "TIME-WAIT"},
		hasCrossedFINs | hasFINAgain, (*judge).crossed,
	},
	{
		"its FIN was sent again after its acknowledgement had passed: when, and whether, that arrived is not known",
		closingAlternatives,
		hasFINAgain | hasDSACK, (*judge).withheld,
	},
	{
		"an acknowledgement of its FIN had passed before: whether it arrived in time is not known",
		[]string{"FIN-WAIT-2", "TIME-WAIT", "CLOSED"},
		hasFINAgain | hasOddACK | hasRSTAfterFIN | hasAgainAfterFIN, (*judge).maybeFinWait2,
	},
	{
		"its FIN was neither acknowledged nor sent again for as long as that takes: its acknowledgement was not captured",
		[]string{"FIN-WAIT-2", "TIME-WAIT", "CLOSED"},
		hasOneFIN, (*judge).unrepeated,
	},
	{
		"the peer's FIN was never acknowledged: whether it arrived is not known",
		[]string{"CLOSE-WAIT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT"},
		hasOneFIN, (*judge).unheard,
	},
	{
		"a FIN was never captured, only its acknowledgement: which way the two crossed is open",
		closingAlternatives,
		hasOddFIN, func(j *judge, _ Side) bool { return j.inferred() },
	},
	{
		"the last octets of a side were never captured: a FIN may have been among them",
		closingAlternatives,
		hasUnseenTail, func(j *judge, _ Side) bool { return j.unseenTail(Client) || j.unseenTail(Server) },
	},
	{
		"the IP identification passed a number over right before a FIN: an earlier copy of it may not have been captured",
		closingAlternatives,
		hasOddFIN, func(j *judge, _ Side) bool { return j.passedOver() },
	},
	{
		"it repeated its SYN-ACK after the handshake's last segment had passed, and then had no socket: whether that arrived is not known",
		[]string{"ESTABLISHED", "CLOSED"},
		hasSYNACKAgain, func(j *judge, s Side) bool {
			return s == Server && j.refusedLater() && j.synackFollowsACK()
		},
	},
	{
		"it had no socket for what followed the handshake's last segment: whether it had opened with that, and closed since, is not known",
		[]string{"ESTABLISHED", "CLOSED"},
		hasReply, func(j *judge, s Side) bool {
			return s == Server && j.refusedLater() && !j.synackFollowsACK()
		},
	},
	{
		"it repeated its SYN-ACK after the handshake's last segment had passed: whether it took a later one is not known",
		[]string{"SYN-RECEIVED", "ESTABLISHED", "CLOSED"},
		hasSYNACKAgain, func(j *judge, s Side) bool {
			return s == Server && j.droppedACK() && j.out.Ends[s].Held[Established] == 0 && j.half[Client].lastFrame > j.notes[Server][noteSYNACKResend].lastFrame
		},
	},
	{
		"the RST lies beyond all that was sent: a receiver challenges it, and nothing came after to tell",
		oneWayAlternatives,
		hasDoubtfulRST, func(j *judge, s Side) bool { return j.first != nil && j.first.blind && j.first.side != s },
	},
	{
		"the RST says that its FIN had been acknowledged, which was not captured: the close may have been over",
		closingAlternatives,
		hasReply, func(j *judge, _ Side) bool { return j.afterAll() },
	},
	{
		"only a later copy of a FIN was captured: which way the two crossed is open",
		closingAlternatives,
		hasOddFIN, func(j *judge, _ Side) bool { return j.sentBefore() },
	},
	{
		"the peer's FIN was acknowledged later than any end may wait: an acknowledgement was not captured, perhaps with a FIN before it",
		closingAlternatives,
		hasLateACK | hasFINAgain, func(j *judge, s Side) bool { return j.lateACK(1 - s) },
	},
	{
		"the capture began in mid-stream and the other side sent nothing in it: it may have closed before",
		closingAlternatives,
		hasMidStream, func(j *judge, _ Side) bool { return j.closedBefore() },
	},
	{
		"only one direction was captured: what the other side sent, and when, shows in acknowledgements alone",
		oneWayAlternatives,
		hasOneWay, func(j *judge, _ Side) bool { return j.oneWay && !j.noFIN },
	},
}
