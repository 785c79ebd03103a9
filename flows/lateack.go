package flows

// How long an acknowledgement of a FIN may take, and what one that came later tells of others that were not captured.

// delayedACK is how long a kernel holds an acknowledgement back at the longest. RFC 1122 section 4.2.3.2 would allow half a
// second; Linux waits 40 to 200 ms, and others no longer.
const delayedACK int64 = second / 5

// quickACK is how long Linux holds an acknowledgement back, or a round trip where that is more; and timerSlack by how much its
// timer may be late.
const (
	quickACK   = 40 * second / 1000
	timerSlack = 10 * second / 1000
)

// lateACK reports whether the first acknowledgement of the side's FIN that was captured came with the peer's FIN, but later
// than any kernel holds it back (TEARDOWN trap 14): one before was not captured. On a path that loses segments it is enough that
// it came later, after the last copy, than Linux holds it back.
func (j *judge) lateACK(s Side) bool {
	f, peer := j.fin[s], j.fin[1-s]
	if f.frame == 0 || f.ackedFrame == 0 || f.ackedFrame != peer.frame {
		return false
	}
	trip, since := j.shortestTrip(1-s), f.time
	if again := j.notes[s][noteFINResend]; again != nil && f.bits&finArrived == 0 {
		// It answers no copy that passed less than a round trip before; those before may have been lost.
		answered := peer.time - max(trip-captureDisorder, 0)
		switch {
		case again.lastFrame < peer.frame && again.lastTime <= answered:
			since = again.lastTime
		case again.firstFrame < peer.frame && again.firstTime <= answered:
			since = again.firstTime
		}
	}
	held := delayedACK
	if j.loses() {
		held = min(max(quickACK, trip+j.shortestTrip(s)), delayedACK) + timerSlack
	}
	return peer.time-since > held+trip
}

// anyLateACK reports whether that is so for the FIN of either side.
func (j *judge) anyLateACK() bool { return j.lateACK(Client) || j.lateACK(Server) }

// loses reports whether the path of the conversation lost segments, or made copies of them: something came again.
func (j *judge) loses() bool {
	return j.repaired() || j.openedAgain() || j.notes[Client][noteFINResend] != nil || j.notes[Server][noteFINResend] != nil
}

// openedAgain reports whether the SYN or the SYN-ACK came again.
func (j *judge) openedAgain() bool {
	return j.notes[Client][noteSYNResend] != nil || j.notes[Server][noteSYNACKResend] != nil
}

// repaired reports whether payload was sent again, or came so late or with such identifications that it must have been.
func (j *judge) repaired() bool {
	client, server := j.half[Client], j.half[Server]
	return client.retrans != 0 || server.retrans != 0 || (client.bits|server.bits)&sideRepaired != 0
}
