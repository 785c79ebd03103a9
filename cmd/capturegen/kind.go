package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A kind is one sort of conversation.
type kind struct {
	id     string
	weight int // of all kinds' sum
	class  string
	text   string
	open   opens
	talk   bool   // has exchanges between opening and close
	sided  bool   // only the client can begin the close
	close  []step // nil: ends without a close
	then   uint8  // what follows on the same five-tuple
}

// opens says how a kind begins.
type opens uint8

const (
	handshake opens = iota
	midStream       // the capture begins too late for its handshake
	whole           // the close program is all there is
)

// What may follow a conversation on its five-tuple.
const (
	noSuccessor uint8 = iota
	successorReuse
	successorChallenged
)

// The classes, as TEARDOWN's table names them.
const (
	clPartial          = "partial"
	clRefused          = "refused"
	clUnanswered       = "unanswered"
	clRSTAbort         = "rst-abort"
	clRSTAfterFIN      = "rst-after-fin"
	clRetransmittedFIN = "retransmitted-fin"
	clSimultaneous     = "simultaneous"
	clThreeWay         = "three-way"
	clFourWay          = "four-way"
	clVanished         = "vanished"
	clStall            = "half-closed-stall"
	clOpen             = "open"
)

// kinds are all that mix and short draw from. A capture of at least as many conversations has each at least once.
var kinds = []kind{
	{"four-way", 2200, clFourWay, "FIN, ACK, FIN, ACK", handshake, true, false, closeFourWay, 0},
	{"three-way", 2600, clThreeWay, "FIN, FIN+ACK, ACK", handshake, true, false, closeThreeWay, 0},
	{"simultaneous", 300, clSimultaneous, "both FINs cross", handshake, true, false, closeSimultaneous, 0},
	{"half-close", 300, clFourWay, "data after the first FIN, still wanted", handshake, true, false, closeHalf, 0},
	{"fin-with-data", 150, clFourWay, "the FIN carries data", handshake, true, false, closeWithData, 0},
	{"fin-reordered", 50, clFourWay, "the FIN overtakes the data before it", handshake, true, false, closeReordered, 0},
	{"rst-abort", 1000, clRSTAbort, "RST+ACK without a FIN", handshake, true, false, closeAbort, 0},
	{"rst-unread", 300, clRSTAbort, "RST+ACK after data of the peer", handshake, true, false, closeAbortUnread, 0},
	{"rst-after-fin", 250, clRSTAfterFIN, "FIN, ACK, RST+ACK of the passive closer", handshake, true, false, closeAbortAfterFIN, 0},
	{"linger2", 100, clRSTAfterFIN, "FIN, ACK, RST+ACK of the active closer", handshake, true, false, closeLinger2, 0},
	{"data-after-close", 300, clRSTAfterFIN, "data after the FIN draws reply RSTs", handshake, true, false, closeDataAfter, 0},
	{"fin-lost", 150, clRetransmittedFIN, "the FIN is lost beyond the vantage", handshake, true, false, closeFINLost, 0},
	{"fin-lost-before", 100, clThreeWay, "the FIN is lost before the vantage: seen once", handshake, true, false, closeFINLostBefore, 0},
	{"fin-ack-lost", 100, clRetransmittedFIN, "the ACK of the FIN is lost: D-SACK", handshake, true, false, closeFINACKLost, 0},
	{"fin-fin-lost", 100, clRetransmittedFIN, "the second FIN is lost before the vantage", handshake, true, false, closeFINFINLost, 0},
	{"last-ack-lost", 150, clRetransmittedFIN, "the last ACK is lost beyond the vantage", handshake, true, false, closeLastACKLost, 0},
	{"last-ack-lost-before", 100, clRetransmittedFIN, "the last ACK is lost before the vantage", handshake, true, false, closeLastACKLostBefore, 0},
	{"stall", 150, clStall, "CLOSE-WAIT for ever", handshake, true, false, closeStall, 0},
	{"stall-probed", 50, clStall, "CLOSE-WAIT for ever, with keep-alive", handshake, true, false, closeStallProbed, 0},
	{"vanished", 100, clVanished, "data sent again and again", handshake, true, false, closeVanished, 0},
	{"vanished-fin", 50, clVanished, "a FIN sent again and again", handshake, true, false, closeVanishedFIN, 0},
	{"keepalive-rst", 60, clRSTAbort, "keep-alive probes unanswered, then RST+ACK", handshake, true, false, closeKeepalive, 0},
	{"keepalive-silent", 40, clVanished, "keep-alive probes unanswered", handshake, true, false, closeKeepaliveSilent, 0},
	{"no-socket", 100, clRSTAbort, "idle, then data draws a reply RST", handshake, true, true, closeNoSocket, 0},
	{"zero-window-rst", 50, clRSTAbort, "RST+ACK behind a closed window", handshake, true, false, closeZeroWindowAbort, 0},
	{"zero-window", 50, clFourWay, "FIN with a closed window", handshake, true, false, closeZeroWindow, 0},
	{"rst-after-close", 50, clFourWay, "RST after both FINs were acknowledged", handshake, true, false, closeRSTAfter, 0},
	{"rst-ignored", 30, clFourWay, "a RST outside the window", handshake, true, false, closeRSTIgnored, 0},
	{"reused", 100, clFourWay, "its five-tuple is used again in TIME-WAIT", handshake, true, false, closeFourWay, successorReuse},
	{"challenged", 50, clFourWay, "the next SYN on its five-tuple is challenged", handshake, true, false, closeFourWay, successorChallenged},
	{"refused", 300, clRefused, "SYN, RST+ACK", whole, false, true, wholeRefused, 0},
	{"unanswered", 150, clUnanswered, "SYNs", whole, false, true, wholeUnanswered, 0},
	{"handshake-aborted", 50, clRSTAbort, "SYN, SYN+ACK, RST", whole, false, true, wholeHandshakeAborted, 0},
	{"open", 200, clOpen, "left open", handshake, true, true, nil, 0},
	{"mid-stream-close", 100, clFourWay, "a four-way close without its handshake", midStream, true, false, closeFourWay, 0},
	{"mid-stream", 50, clOpen, "data without handshake or close", midStream, true, true, nil, 0},
	{"partial-acks", 40, clPartial, "bare ACKs", whole, false, true, wholePartialACKs, 0},
	{"partial-rst", 30, clPartial, "a lone RST", whole, false, true, wholePartialRST, 0},
}

// Kinds that are never drawn.
var (
	kindAfterReuse     = kind{"reuse", 0, clThreeWay, "on a five-tuple in TIME-WAIT", handshake, true, true, closeThreeWay, 0}
	kindAfterChallenge = kind{"reuse-challenged", 0, clFourWay, "its SYN drew a challenge ACK", handshake, true, true, closeFourWay, 0}
	kindTail           = kind{"tail", 0, clOpen, "the last: waits 80 s for others' silence", whole, false, true, wholeTail, 0}
	kindOne            = kind{"one", 0, clThreeWay, "one long conversation", whole, false, true, wholeOne, 0}
	kindSYN            = kind{"syn", 0, clUnanswered, "a SYN", whole, false, true, wholeUnanswered[:1], 0}
)

// totalWeight is the sum of all weights.
func totalWeight(kinds []kind) (sum int) {
	for i := range kinds {
		sum += kinds[i].weight
	}
	return sum
}

// drawKind returns the kind of conversation n: each once, then by weight.
func drawKind(kinds []kind, n uint64, r *random) *kind {
	if n < uint64(len(kinds)) {
		return &kinds[n]
	}
	at := r.below(totalWeight(kinds))
	for i := range kinds {
		if at -= kinds[i].weight; at < 0 {
			return &kinds[i]
		}
	}
	panic("unreachable: the weights sum to their total")
}

// kindsNamed returns the kinds that are named, separated by commas.
func kindsNamed(names string) (list []kind, err error) {
	for name := range strings.SplitSeq(names, ",") {
		at := slices.IndexFunc(kinds, func(k kind) bool { return k.id == name })
		if at < 0 {
			return nil, fmt.Errorf("no kind %q: -list prints them", name)
		}
		list = append(list, kinds[at])
	}
	return list, nil
}

// listKinds prints the table.
func listKinds(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%-22s %7s  %-18s %s\n", "kind", "weight", "class", "what is seen"); err != nil {
		return err
	}
	for _, k := range kinds {
		if _, err := fmt.Fprintf(w, "%-22s %6.2f%%  %-18s %s\n", k.id, 100*float64(k.weight)/float64(totalWeight(kinds)), k.class, k.text); err != nil {
			return err
		}
	}
	for _, k := range []kind{kindAfterReuse, kindAfterChallenge, kindTail} {
		if _, err := fmt.Fprintf(w, "%-22s %7s  %-18s %s\n", k.id, "-", k.class, k.text); err != nil {
			return err
		}
	}
	return nil
}
