package main

// Short names for the tables below.
const (
	c, s = client, server

	ack     = fACK
	push    = fPSH | fACK
	fin     = fFIN | fACK
	finPush = fFIN | fPSH | fACK
	syn     = fSYN
	synAck  = fSYN | fACK
	abort   = fRST | fACK // an active abort
	deny    = fRST        // a reply
)

// openings are how conversations begin.
var (
	opening = []step{
		{from: c, flags: syn},
		{from: s, flags: synAck, wait: turn, mods: modKernel},
		{from: c, flags: ack, wait: turn},
	}
	openingLost = []step{ // the first SYN is lost beyond the vantage
		{from: c, flags: syn},
		{from: c, flags: syn, wait: synRTO, mods: modBack1},
		{from: s, flags: synAck, wait: turn, mods: modKernel},
		{from: c, flags: ack, wait: turn},
	}
	openingChallenged = []step{ // the SYN meets a TIME-WAIT socket that does not like it
		{from: c, flags: syn},
		{from: s, flags: ack, wait: turn, mods: modOld | modKernel},
		{from: c, flags: deny, wait: turn, mods: modOld | modKernel},
		{from: c, flags: syn, wait: retry, mods: modBack1},
		{from: s, flags: synAck, wait: turn, mods: modKernel},
		{from: c, flags: ack, wait: turn},
	}
)

// exchanges are what may happen between a request and the end of its reply.
var (
	exchangeShort = []step{
		{from: c, flags: push, size: request, wait: think},
		{from: s, flags: push, size: reply, wait: turn},
		{from: c, flags: ack, wait: delack},
	}
	exchangeShortResent = []step{ // the request is lost beyond the vantage
		{from: c, flags: push, size: request, wait: think, mods: modMark},
		{from: c, flags: push, wait: rto, mods: modAgain},
		{from: s, flags: push, size: reply, wait: turn},
		{from: c, flags: ack, wait: delack},
	}
	exchangeBurst = []step{ // pairs of full segments, each pair acknowledged
		{from: c, flags: push, size: request, wait: think},
		{from: s, flags: ack, size: full, wait: turn},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack, wait: turn},
		{mods: modLoop, back: 3},
		{from: s, flags: push, size: reply},
		{from: c, flags: ack, wait: turn},
	}
	exchangeLost = []step{ // a segment lost beyond the vantage, SACK, fast retransmission
		{from: c, flags: push, size: request, wait: think},
		{from: s, flags: ack, size: full, wait: turn},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack, wait: turn},
		{mods: modLoop, back: 3},
		{from: s, flags: ack, size: full, mods: modMark},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack, wait: turn, mods: modStale | modSACK},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack, mods: modStale | modSACK},
		{from: s, flags: ack, wait: turn, mods: modAgain},
		{from: c, flags: ack, wait: turn},
	}
	exchangeUnseen = []step{ // a segment lost before the vantage
		{from: c, flags: push, size: request, wait: think},
		{from: s, flags: ack, size: full, wait: turn},
		{from: c, flags: ack, wait: turn},
		{from: s, flags: ack, size: full, mods: modMark | modUnseen},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack, wait: turn, mods: modStale | modSACK},
		{from: s, flags: ack, wait: turn, mods: modAgain},
		{from: c, flags: ack, wait: turn},
	}
	exchangeSwapped = []step{ // two neighbours that overtake one another before the vantage
		{from: c, flags: push, size: request, wait: think},
		{from: s, flags: ack, size: full, wait: turn, mods: modMark | modUnseen},
		{from: s, flags: ack, size: full},
		{from: s, flags: ack, mods: modAgain},
		{from: c, flags: ack, wait: turn},
		{from: s, flags: ack, size: full},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack, wait: turn},
		{mods: modLoop, back: 3},
	}
)

// closes are how conversations end. "c" is the side that begins; the conversation draws which of the two that is where
// its kind allows.
var (
	closeFourWay = []step{
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
	}
	closeThreeWay = []step{
		{from: c, flags: fin, wait: think},
		{from: s, flags: fin, wait: turn},
		{from: c, flags: ack, wait: turn},
	}
	closeSimultaneous = []step{
		{from: c, flags: fin, wait: think},
		{from: s, flags: fin, wait: cross, mods: modStale},
		{from: c, flags: ack, wait: turn},
		{from: s, flags: ack, wait: turn},
	}
	closeHalf = []step{ // shutdown(SHUT_WR); the other side sends on
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: ack, size: full, wait: delack},
		{from: s, flags: push, size: reply},
		{from: c, flags: ack, wait: turn},
		{mods: modLoop, back: 3},
		{from: s, flags: fin, wait: turn},
		{from: c, flags: ack, wait: turn},
	}
	closeWithData = []step{
		{from: c, flags: finPush, size: reply, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
	}
	closeReordered = []step{ // the FIN overtakes the data before it
		{from: c, flags: push, size: reply, wait: think, mods: modMark | modUnseen},
		{from: c, flags: fin},
		{from: c, flags: push, mods: modAgain},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
	}
	closeAbort = []step{
		{from: c, flags: abort, wait: think},
	}
	closeAbortUnread = []step{ // closed with data that nobody read
		{from: s, flags: push, size: reply, wait: think},
		{from: c, flags: ack, wait: turn},
		{from: c, flags: abort, wait: delack},
	}
	closeAbortAfterFIN = []step{
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: abort, wait: delack},
	}
	closeLinger2 = []step{ // the closer itself gives up FIN-WAIT-2
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: c, flags: abort, wait: delack},
	}
	closeDataAfter = []step{ // close() instead of shutdown(): each further segment draws its own RST
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: push, size: reply, wait: delack},
		{from: s, flags: push, size: reply},
		{from: c, flags: deny, wait: turn, mods: modKernel},
		{from: c, flags: deny, mods: modKernel},
	}
	closeFINLost = []step{ // beyond the vantage
		{from: c, flags: fin, wait: think},
		{from: c, flags: fin, wait: rto, mods: modBack1},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
	}
	closeFINLostBefore = []step{ // only the second copy is captured
		{from: c, flags: fin, wait: think, mods: modUnseen},
		{from: c, flags: fin, wait: rto, mods: modBack1},
		{from: s, flags: fin, wait: turn},
		{from: c, flags: ack, wait: turn},
	}
	closeFINACKLost = []step{ // the FIN had arrived: D-SACK
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: c, flags: fin, wait: rto, mods: modBack1 | modStale},
		{from: s, flags: ack, wait: turn, mods: modDSACK},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
	}
	closeFINFINLost = []step{ // the passive closer's FIN is lost before the vantage
		{from: c, flags: fin, wait: think},
		{from: s, flags: fin, wait: turn, mods: modUnseen},
		{from: c, flags: fin, wait: rto, mods: modBack1 | modStale},
		{from: s, flags: fin, wait: turn, mods: modBack1},
		{from: c, flags: ack, wait: turn},
	}
	closeLastACKLost = []step{ // beyond the vantage
		{from: c, flags: fin, wait: think},
		{from: s, flags: fin, wait: turn},
		{from: c, flags: ack, wait: turn},
		{from: s, flags: fin, wait: rto, mods: modBack1},
		{from: c, flags: ack, wait: turn, mods: modKernel},
	}
	closeLastACKLostBefore = []step{
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn, mods: modUnseen},
		{from: s, flags: fin, wait: rto, mods: modBack1},
		{from: c, flags: ack, wait: turn, mods: modKernel},
	}
	closeStall = []step{
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
	}
	closeStallProbed = []step{ // keep-alive in FIN-WAIT-2: answered, and no data
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: c, flags: ack, wait: probe, mods: modBack1},
		{from: s, flags: ack, wait: turn},
		{from: c, flags: ack, wait: probe, mods: modBack1},
		{from: s, flags: ack, wait: turn},
	}
	closeVanished = []step{
		{from: c, flags: push, size: request, wait: think, mods: modMark},
		{from: c, flags: push, wait: rto, mods: modAgain},
		{from: c, flags: push, wait: rto, mods: modAgain},
		{from: c, flags: push, wait: rto, mods: modAgain},
		{from: c, flags: push, wait: rto, mods: modAgain},
		{from: c, flags: push, wait: rto, mods: modAgain},
		{from: c, flags: push, wait: rto, mods: modAgain},
	}
	closeVanishedFIN = []step{
		{from: c, flags: fin, wait: think},
		{from: c, flags: fin, wait: rto, mods: modBack1},
		{from: c, flags: fin, wait: rto, mods: modBack1},
		{from: c, flags: fin, wait: rto, mods: modBack1},
		{from: c, flags: fin, wait: rto, mods: modBack1},
	}
	closeKeepalive = []step{
		{from: c, flags: ack, wait: idle, mods: modBack1},
		{from: c, flags: ack, wait: probe, mods: modBack1},
		{from: c, flags: ack, wait: probe, mods: modBack1},
		{from: c, flags: ack, wait: probe, mods: modBack1},
		{from: c, flags: abort, wait: probe},
	}
	closeKeepaliveSilent = closeKeepalive[:4]
	closeNoSocket        = []step{
		{from: c, flags: push, size: request, wait: idle},
		{from: s, flags: deny, wait: turn, mods: modKernel},
	}
	closeZeroWindowAbort = []step{
		{from: s, flags: push, size: reply, wait: think},
		{from: c, flags: ack, wait: turn, mods: modShut},
		{from: s, flags: ack, wait: rto, mods: modBack1},
		{from: c, flags: ack, wait: turn, mods: modShut},
		{from: s, flags: ack, wait: rto, mods: modBack1},
		{from: c, flags: ack, wait: turn, mods: modShut},
		{from: c, flags: abort, wait: delack, mods: modShut},
	}
	closeZeroWindow = []step{
		{from: s, flags: push, size: reply, wait: think},
		{from: c, flags: ack, wait: turn, mods: modShut},
		{from: c, flags: fin, wait: delack, mods: modShut},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn, mods: modShut},
	}
	closeRSTAfter = []step{ // an old ACK of the closer meets no socket
		{from: c, flags: fin, wait: think},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
		{from: c, flags: ack, wait: rto, mods: modKernel},
		{from: s, flags: deny, wait: turn, mods: modKernel},
	}
	closeRSTIgnored = []step{ // a RST that misses the window, and a conversation that goes on
		{from: s, flags: abort, wait: think, mods: modFar},
		{from: c, flags: push, size: request, wait: think},
		{from: s, flags: push, size: reply, wait: turn},
		{from: c, flags: ack, wait: delack},
		{from: c, flags: fin, wait: delack},
		{from: s, flags: ack, wait: turn},
		{from: s, flags: fin, wait: delack},
		{from: c, flags: ack, wait: turn},
	}
)

// wholes are conversations that have neither opening nor exchanges.
var (
	wholeRefused = []step{
		{from: c, flags: syn},
		{from: s, flags: abort, wait: turn, mods: modSeq0 | modKernel},
	}
	wholeUnanswered = []step{
		{from: c, flags: syn},
		{from: c, flags: syn, wait: synRTO, mods: modBack1},
		{from: c, flags: syn, wait: synRTO, mods: modBack1},
		{from: c, flags: syn, wait: synRTO, mods: modBack1},
	}
	wholeHandshakeAborted = []step{
		{from: c, flags: syn},
		{from: s, flags: synAck, wait: turn, mods: modKernel},
		{from: c, flags: deny, wait: turn, mods: modKernel},
	}
	wholePartialACKs = []step{
		{from: c, flags: ack},
		{from: s, flags: ack, wait: turn},
	}
	wholePartialRST = []step{
		{from: s, flags: deny, mods: modKernel},
	}
	wholeTail = []step{ // waits until every silence in the capture is long enough
		{from: c, flags: syn},
		{from: s, flags: synAck, wait: turn, mods: modKernel},
		{from: c, flags: ack, wait: turn},
		{from: c, flags: push, size: request, wait: tail},
		{from: s, flags: ack, wait: turn},
	}
	wholeOne = []step{ // one long conversation; the loop makes its length
		{from: c, flags: syn},
		{from: s, flags: synAck, wait: turn, mods: modKernel},
		{from: c, flags: ack, wait: turn},
		{from: s, flags: ack, size: full},
		{from: c, flags: ack},
		{mods: modLoop, back: 2},
		{from: c, flags: fin},
		{from: s, flags: fin, wait: turn},
		{from: c, flags: ack, wait: turn},
	}
)
