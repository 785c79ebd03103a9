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
// the truth, at each tap, and has five outcomes. A claim agrees; it is hidden, where it is right for what passed the tap
// and nothing there shows what really was (a FIN lost before the tap, and sent again, looks like one that was sent once);
// it is declared, where it is not the truth but the tracker named the truth among the alternatives, or graded a step as
// inferred and never proved; it is wrong; or there is no truth to compare with. A true time may lie outside the claimed
// interval by what a packet of that connection needed between that host and that tap, as measured packet by packet.
//
// Cuts of every capture are judged as well: one direction alone, every start, every end, each packet missing, and several
// missing at random. There what left no trace at all (a RST, or the copies of a FIN before the first that was captured,
// with no number, acknowledgement or IP identification beyond it) counts as hidden.
//
// With -keep DIR a run writes down what every tap saw and the truth; -replay DIR judges that anew, without a kernel.
//
// The lab's own limits: the trace prints microseconds; a tap in the middle is as late as this machine is busy, which the
// production notes; the truth of a mini-socket is known to the packet that changed it, or to ten milliseconds where a
// timer did.
//
// The package needs root on Linux with network namespaces, TUN and tracefs; its tests are skipped elsewhere and say why,
// except under CI=true as root on Linux, where a skip is a failure. Namespaces and devices are held by file descriptors
// alone, so the kernel removes them with the process however it ends; the trace instance is removed on the way out, on
// SIGINT, SIGTERM and SIGHUP too, and one that a killed process left is removed by the next run.
//
// It is imported by tests alone.
package netlab
