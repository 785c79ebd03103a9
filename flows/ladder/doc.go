// Package ladder lays a conversation out as the rows of a ladder diagram: client on the left, server on the right, a
// row for each segment that passed between them, and the state of each endpoint after it in the margins, as in RFC
// 9293's figures 12 and 13. Rows are values; nothing here knows of a terminal. The command line, the screen and the
// HTML report paint the same rows.
//
// A Builder takes the conversation's segments one by one and hands out rows as they become known. It holds a fixed
// amount of memory, so that a conversation of a million segments costs no more than one of ten, and copying it makes a
// checkpoint from which building can go on (see Index). Runs of data collapse into one row. What is not on the wire
// has rows too, which say so: timers that must have run out, octets that were acknowledged but never captured, long
// silences, ICMP errors.
//
// How a segment's arrow reads: an x at the tip is a segment that passed the capture point and was lost beyond it, an x
// at the tail one that must have been sent but was never captured, R#2 the second retransmission. A state with a
// question mark is only inferred; a colon is a state that has not changed.
package ladder
