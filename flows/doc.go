// Package flows follows TCP conversations through a capture and judges how each of them ended.
//
// # Where we stand
//
// We are neither of the two ends. We see what passed one point of the path, the vantage: a segment that we see was sent,
// but it need not have arrived; a segment that arrived need not have passed us; and an end that closed its socket need
// not have said so yet. The handshake tells how far each end is from the vantage. What a capture can prove is therefore
// of three grades (Grade): an endpoint did it on the wire (seen); the peer's segment passed, so the endpoint has probably
// received it (inferred, until one of its own segments acknowledges it, or shows that it never arrived); only a timer can
// have done it (assumed). A grade travels with every statement to the report and the screen, and where the wire allows
// more than one reading the verdict names them all (Doubt).
//
// # What a state means here
//
//   - SYN-SENT, SYN-RECEIVED, FIN-WAIT-1, LAST-ACK: the endpoint sent the SYN or FIN that leads there. Linux enters
//     FIN-WAIT-1 and LAST-ACK at close(), which can be long before the FIN may leave (queued data, a closed window).
//   - ESTABLISHED, CLOSE-WAIT, CLOSING, and TIME-WAIT after them: the endpoint received a segment, as its next own segment
//     shows. Linux shows a FIN that also acknowledges as FIN-WAIT-1 → FIN-WAIT-2 → TIME-WAIT within microseconds; here it
//     is one step.
//   - FIN-WAIT-2: an acknowledgement of its FIN passed. Nothing ever proves that it arrived, except that the FIN is not
//     sent again.
//   - CLOSED: it sent or accepted a RST, or its last FIN was acknowledged, or 2 MSL of TIME-WAIT ran out.
//
// # Where Linux departs from RFC 9293
//
// The profile linux follows the kernel where the two differ:
//
//   - A RST at RCV.NXT-1 is accepted once the peer's FIN has been received, besides one at RCV.NXT.
//   - An orphan in FIN-WAIT-2 is a mini-socket for tcp_fin_timeout (60 s). New data, or a FIN with data, draws a bare reply
//     RST, the very form of a host without a socket; keep-alive probes are acknowledged until it is gone.
//   - In TIME-WAIT every old duplicate draws an ACK (at most one in 500 ms), and the RST which that ACK draws from a closed
//     peer ends the TIME-WAIT (RFC 1337), unless tcp_rfc1337 is set.
//   - A SYN in TIME-WAIT is taken if its number lies after the old connection's, or its timestamp is newer; otherwise an
//     ACK answers it.
//   - A RST ends a TIME-WAIT only at exactly RCV.NXT. TIME-WAIT itself ends 60.0 to 61.8 s after it began (the timer wheel
//     may add an eighth), so that its assumed end has no latest time.
//   - An orphan in FIN-WAIT-1 that receives data dies at once and answers with a bare RST at that segment's acknowledgement,
//     also where its FIN still waited behind the congestion window.
//   - The first repetition of a FIN comes early, like a tail loss probe, and alone, but a lone FIN waits for 200 ms at the
//     least; the one of the retransmission timer carries unacknowledged data with it.
//   - Retransmission timeout, TCP_USER_TIMEOUT and the end of an orphan are silent; only keep-alive death sends RST+ACK.
//   - SO_LINGER 0 and close() with unread data look the same on the wire: RST+ACK at SND.NXT.
//   - close() after shutdown() with TCP_LINGER2 below zero sends RST+ACK after the side's own FIN; where the FIN is not
//     acknowledged yet, a bare RST answers the acknowledgement.
//   - The request of a SYN that came again is answered by a bare ACK from SYN-RECEIVED: it does not show ESTABLISHED.
//   - After a loss, and after a SYN or SYN-ACK that was sent three times, the congestion window is one segment: data and a FIN
//     behind it wait until the peer's acknowledgement, or its FIN, frees them, so that the FIN can look like one of CLOSE-WAIT.
//   - A LAST-ACK takes the acknowledgement of its FIN in silence; once it has given up, that draws a RST.
//   - TIME-WAIT answers another copy of the FIN with the timestamp that it knew before, a socket with that of the copy: the
//     echo tells whether the first copy had arrived. A socket reports the copy by D-SACK besides, TIME-WAIT does not.
//   - A closing socket takes over the timestamp of a FIN, unless that acknowledges less than the socket knew to be acknowledged
//     already: what its answer echoes tells whether the acknowledgement of its own FIN had come before.
//   - A request that has repeated its SYN-ACK as often as it may is gone without a word: what the client sends then draws a RST.
//   - A SYN taken in TIME-WAIT is answered from a number 65,537 beyond the old connection's.
//   - The IP identifications of a socket's packets count one by one: one that is passed over was lost before the vantage, or
//     by the capture. RSTs bear 0, and so do the ACKs of the mini-sockets: of TIME-WAIT, and that with which the orphan in
//     FIN-WAIT-2 answers the peer's FIN. One from a full socket does not: it was in FIN-WAIT-1, or its process had called
//     shutdown().
//
// # How to read the package
//
// Bytes become segments in package decode. A Tracker keeps facts of fixed size for each conversation (conn.go, note.go):
// event.go, opening.go, sequence.go, fin.go, finack.go and reset.go turn flags into facts and are the only place that looks
// at them. A judge (judge.go) makes a Teardown of the facts, by tables: arcs.go is RFC 9293 figure 5, states.go orders an endpoint's
// events and path.go runs them through it, outcome.go holds the classes, marks.go the marks, explain.go, explain_reset.go
// and explain_loss.go the causes, doubts.go what stays open, and needs.go says which of their rows a conversation is asked at all; glossary.go
// explains them all. engine.go runs one tracker for each shard of five-tuples, and stream.go writes their verdicts in an
// order that does not depend on the number of shards.
//
// # The hot path
//
// Nearly every packet goes one way, and only on that way is the code written for speed; it allocates nothing.
//
//   - decode reads chunks of 256 KiB in a goroutine of its own. Capture.NextRun finds up to 64 ordinary records in place,
//     and dealCommon turns the usual headers of a whole run into Segments of 128 bytes. All else goes through the careful
//     readers, one record after the other, and a table of header walkers.
//   - dealCommon writes each segment straight into the batch of its shard, which the five-tuple's hash chooses. A batch of
//     about 1,024 is handed over at once. Times are looked at once for all packets up to where a second begins.
//   - Tracker.AddAll looks 48 segments ahead (ahead.go): it asks for the table's words, 16 segments later for the
//     conversations, then for their closing records, so that the processor waits for hardly any of them. Memory is what
//     bounds this part: a conversation is four cache lines, and a hundred thousand of them fit into no cache.
//   - Tracker.take takes a segment in mid-stream in a few comparisons (midstream.go), update one of an opening or a close that
//     is as it should be (inorder.go); slow takes whatever is odd, pace says of each conversation whether the short ways are
//     open to it, and a test holds them to what slow would do.
//   - Tick judges what is final second by second, and looks ahead as well (ahead.go). The judge works on scratch space. A
//     conversation that was opened and closed as it should be has a verdict of known form, into which numbers are filled
//     (ordinary.go); of another one only the rows of the judge's tables are asked whose signs it bears (needs.go). Tests hold
//     both to what would be said otherwise. The encoder appends to the shard's chunk of output, and findings and ports are
//     gathered in the shard's lane (lanes.go): the services and groups of 16 conversations are loaded side by side, too
//     (finding_waiting.go).
//   - The merger (merge.go) puts the chunks of all shards in order and has them written as they lie: the lines of a run of
//     one shard are a piece of its chunk, and a thousand pieces go out by one writev.
//
// Half of the time goes into waiting for memory, for another core's cache line or for a wrong guess, so that instructions
// (.ci/cost) tell only half of what a change costs. "perf record" and then "perf annotate" show the rest: an instruction that
// has most of its function's samples stands behind a load that nobody had asked for. Taking a field's address through a
// pointer that may be nil is such a load, too. What differs between a run on one core and one on two is what the cores take
// away from each other: two of them must not write into one pair of cache lines (lanes.go), nor read first what is zero and
// write it later (freshpages.go).
//
// On one core of an AMD EPYC a million short conversations of ten packets take 2.6 s: tracking them 24 % of that, asking for
// memory 17 %, the kernel (its copy, fresh pages) 13 %, the encoder 12 %, decoding 11 %, judging 11 %, findings and sockets
// over time most of the rest. No single function has 9 %.
//
// One goroutine reads and decodes, and it is what more cores end at: it takes about 370 instructions a packet, and the
// shards 1,700 for short conversations, so that four of them keep it busy, and fewer for long ones; on full-size packets
// half of its time is the kernel's copy. More shards than that gain nothing and cost little: 32 of them on two cores,
// counted with valgrind, execute 11 % more than two do. That goes into what each shard gathers for itself (findings,
// sockets over time), into the scheduler, and some hundred instructions a run into the merger's heap of shards.
package flows
