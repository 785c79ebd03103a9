package flows

// An event is something that happened to one endpoint, known by sequence numbers, never by flags alone.
type event uint8

// The events. rcvFINACK is the peer's FIN that also brings the acknowledgement of one's own.
const (
	sndSYN event = iota
	rcvSYN
	rcvSYNACK
	rcvACK // of one's SYN
	sndFIN
	rcvFIN
	finAcked
	rcvFINACK
	sndRST
	rcvRST
	timeout
	numEvents
)

var eventNames = [numEvents]string{
	"sends SYN", "receives SYN", "receives SYN-ACK", "receives ACK of SYN", "sends FIN", "receives FIN",
	"receives ACK of FIN", "receives FIN that acknowledges its FIN", "sends RST", "receives RST", "timeout",
}

// String returns the event in words.
func (e event) String() string { return eventNames[e] }

// An arc is one line of RFC 9293 figure 5.
type arc struct {
	from State
	on   event
	to   State
}

// arcs is RFC 9293 section 3.3.2, figure 5, a line for each arc, run once for each endpoint. A RST leads to CLOSED from
// every state and stands apart (next).
var arcs = [...]arc{
	//  from         event       to              in the figure
	{Unknown, sndSYN, SynSent},        // active OPEN / snd SYN
	{Unknown, rcvSYN, SynReceived},    // rcv SYN / snd SYN,ACK
	{SynSent, rcvSYN, SynReceived},    // rcv SYN / snd SYN,ACK: simultaneous open
	{SynSent, rcvSYNACK, Established}, // rcv SYN,ACK / snd ACK
	{SynReceived, rcvACK, Established},
	{SynReceived, sndFIN, FinWait1},  // CLOSE / snd FIN
	{SynReceived, rcvFIN, CloseWait}, // section 3.10.7.4, eighth
	{Established, sndFIN, FinWait1},  // CLOSE / snd FIN
	{Established, rcvFIN, CloseWait}, // rcv FIN / snd ACK
	{FinWait1, finAcked, FinWait2},   // rcv ACK of FIN
	{FinWait1, rcvFIN, Closing},      // rcv FIN / snd ACK
	{FinWait1, rcvFINACK, TimeWait},  // section 3.10.7.4, eighth: FIN that acknowledges ours
	{FinWait2, rcvFIN, TimeWait},     // rcv FIN / snd ACK
	{FinWait2, rcvFINACK, TimeWait},
	{Closing, finAcked, TimeWait}, // rcv ACK of FIN
	{CloseWait, sndFIN, LastAck},  // CLOSE / snd FIN
	{LastAck, finAcked, Closed},   // rcv ACK of FIN
	{TimeWait, timeout, Closed},   // timeout = 2 MSL
}

// next holds arcs by state and event; Unknown where there is no arc.
var next = func() (table [NumStates][numEvents]State) {
	for _, a := range arcs {
		table[a.from][a.on] = a.to
	}
	for s := SynSent; s < Closed; s++ {
		table[s][sndRST], table[s][rcvRST] = Closed, Closed
	}
	return table
}()
