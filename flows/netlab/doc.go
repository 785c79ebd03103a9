// Package netlab is the kernel lab: real Linux sockets in two network namespaces of our own, joined by a wire in user
// space that loses, delays, repeats, reorders and forges segments by rule. It writes down what a capture point on that
// wire would have captured, and beside it what the kernel itself did, so that the passive tracker can be marked against
// the truth.
//
// A Lab has two hosts, A and B. Each lives in its own network namespace and has one TUN device (raw IP, no offloads: what
// is read from it is what would be on a wire). The wire is a row of stages from A to B:
//
//	A | offset | tap near-a | delay | gate and rules | tap middle | rules and gate | delay | tap near-b | B
//
// so that one run is captured at three vantages at once, and a rule to the left or to the right of the middle is a loss
// before or beyond that vantage. A tap keeps whole IP packets (LINKTYPE_RAW, 101) with the nanosecond of CLOCK_MONOTONIC
// moved to 1970 by one constant for the process, the same that the kernel's events are moved by; the taps beside the hosts
// have the kernel's own time of sending, as tcpdump on that host would have. A capture in one
// direction only, one that starts late or ends early, or one with packets missing, is cut from a tap afterwards.
//
// The truth comes from three sources: the tracepoints sock:inet_sock_set_state, tcp:tcp_send_reset, tcp:tcp_receive_reset
// and tcp:tcp_retransmit_skb through a trace instance of our own; sock_diag, asked after each delivered packet and at
// least every ten milliseconds, for the mini-sockets that the first does not show (a request in SYN-RECEIVED, TIME-WAIT,
// an orphan in FIN-WAIT-2); and the scenario, which knows why it did what it did.
//
// The verdict compares each claim of the tracker (class, shape, first closer, the states of either end, cause, times) with
// the truth, at each tap, and has six outcomes. A claim agrees; it is hidden, where it is right for what passed the tap
// and nothing there shows what really was (a FIN lost before the tap, and sent again, looks like one that was sent once);
// it is declared, where it is not the truth but the tracker named the truth among the alternatives, or graded a step as
// inferred and never proved; it is unknowable, where it is declared, and another truth is proved to show there in the same
// packets; it is wrong; or there is no truth to compare with. A true time may lie outside the claimed
// interval by what a packet of that connection needed between that host and that tap, as measured packet by packet.
//
// Of a whole capture a claim is hidden in these cases and no other:
//
//   - class: an orderly close in which a FIN that was sent again passed the tap once (its other copies were lost before), or
//     passed again only as the network's own copy;
//   - shape, and with it class and closer: both FINs passed, and they and the bare acknowledgements between them that passed
//     show the other of three-way and four-way, or an order of closing that the first copies, lost before, did not have;
//   - class and closer after a RST: the first RST that passed was one that a host's kernel answered with when its socket was
//     gone, and the one that counts came later, or was another;
//   - cause: the loss that it names left no second copy, or the class is hidden;
//   - states: nothing of the endpoint passed the tap, or its FIN never came so far; or, over IPv6, its FIN waited behind a
//     loss, of which no repeated or passed-over octet and no identification tells there, until the peer's came; or, over IPv6, of
//     all that it sent from its first FIN on until a copy that came as soon after the peer's FIN as an answer does, nothing passed.
//
// That the states of a host are unknowable at a tap is proved by a twin. The automaton, a model of how a Linux socket closes, is
// fed with what reached the host and what it sent, and must find no fault with that and come through the very states that the
// kernel traced; otherwise nothing is proved. A twin is the same with at most two things changed that lie beyond the tap or inside
// the host: when a FIN, a RST or an acknowledgement of the host's FIN arrived after it had passed, and whether, or from when on
// nothing did; when the process closed; and whether it kept the socket (shutdown) or the host follows RFC 1337. One answer may have
// been lost before the tap. If the automaton finds no fault with a twin either, in which every captured packet of the host stays
// where it was (its acknowledgement, echoed timestamp, SACK and kind of IP identification are compared, an answer that is due must
// come, and a FIN that nobody acknowledges must be sent again in time), and comes through the states that were told, then two
// truths show the same capture. What is declared and has no twin counts against the bar. Of cuts, and of classes, no twin is sought.
//
// Cuts of every capture are judged as well: one direction alone, every start, every end, each packet missing, and several
// missing at random. Of a cut a claim is hidden, too, in these cases and no other:
//
//   - the class says less than the truth (partial, open, closing, unanswered), and the cut holds neither a RST that ended a
//     life, nor, for open, a FIN, nor, for partial, anything of an opening or a close;
//   - the states are some of the true ones in the true order, and none is left out that the cut itself holds: FIN-WAIT-1 or
//     LAST-ACK where the host's FIN is in it, CLOSED where the RST is that the host died sending;
//   - the cut lacks a RST that ended a life, or all copies of a FIN before the first that it holds, and no trace of these:
//     nothing of the same host beyond their numbers, no acknowledgement of the FIN, no IP identification passed over. That
//     excuses class, shape and states, never a time: what is missing came earlier than what shows it;
//   - a step was earlier than the claimed interval, whose first witness the cut lacks;
//   - an endpoint was CLOSED later than a RST that was forged in its own name.
//
// With -keep DIR a run writes down what every tap saw and the truth; -replay DIR judges that anew, without a kernel. With -draw N
// either judges the soak at N more vantages for each lab, which are drawn by the lot from what both hosts sent and received: a
// wrong certainty of one connection in thousands shows in a few recordings so.
//
// The lab's own limits: the trace prints microseconds; a tap in the middle is as late as this machine is busy, which the
// production notes; the truth of a mini-socket is known to the packet that changed it, or to ten milliseconds where a
// timer did.
//
// The package needs root on Linux with network namespaces, TUN and tracefs; its tests are skipped elsewhere and say why,
// except under CI=true as root on Linux, where a skip is a failure. Namespaces and devices are held by file descriptors
// alone, so the kernel removes them with the process however it ends, and it kills the helpers that stories start; the trace
// instance is removed by a keeper, a process of its own that waits for the lab's end. A test ends labs by SIGINT, SIGTERM, SIGHUP
// and SIGKILL, and looks for what is left.
//
// It is imported by tests alone.
package netlab
