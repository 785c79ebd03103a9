package main

import "time"

// A step is one segment of a conversation's program, or a jump back in it.
type step struct {
	from  side
	flags byte
	size  size
	wait  wait
	mods  mod
	back  uint8 // with modLoop: how many steps to go back
}

// side is an endpoint: the client sent the SYN.
type side uint8

const (
	client side = iota
	server
)

// The control bits.
const (
	fFIN = 1 << iota
	fSYN
	fRST
	fPSH
	fACK
)

// size says how much payload a segment has.
type size uint8

const (
	none    size = iota
	full         // a maximum segment
	request      // 60 to 400 octets
	reply        // 100 to 1,100 octets
)

// wait says how long after the previous step a segment passes the vantage.
type wait uint8

const (
	now    wait = iota // back to back: some microseconds
	turn               // the sender's turnaround: the way to it, its work and the way back
	cross              // while the other side's segment is still under way
	think              // the application's pause, scaled to the wanted number of conversations at once
	delack             // a delayed acknowledgement
	rto                // 200 ms, doubled each time in a row
	synRTO             // 1 s, doubled each time in a row
	probe              // between two keep-alive probes
	idle               // before a conversation that was forgotten goes on
	reopen             // before the five-tuple is used again
	retry              // before a challenged SYN is sent again
	tail               // what the last conversation waits, so that silence before it counts as such
)

// waits holds the shortest and the longest time of those that depend on neither path nor scale.
var waits = [...]struct{ least, most time.Duration }{
	now:    {4 * time.Microsecond, 30 * time.Microsecond},
	cross:  {5 * time.Microsecond, 40 * time.Microsecond},
	delack: {38 * time.Millisecond, 42 * time.Millisecond},
	rto:    {200 * time.Millisecond, 208 * time.Millisecond},
	synRTO: {time.Second, 1040 * time.Millisecond},
	probe:  {5 * time.Second, 5040 * time.Millisecond},
	idle:   {35 * time.Second, 40 * time.Second},
	reopen: {time.Second, 20 * time.Second},
	retry:  {10 * time.Millisecond, 15 * time.Millisecond},
	tail:   {80 * time.Second, 80 * time.Second},
}

// mod changes how a step is sent.
type mod uint16

const (
	modStale  mod = 1 << iota // acknowledges no more than before: the sender has not received what the peer sent last
	modUnseen                 // lost before the vantage: sent, but not captured
	modMark                   // remembers its numbers for modAgain
	modAgain                  // sends what modMark remembered once more
	modSACK                   // carries a SACK block of all that follows the marked segment
	modDSACK                  // carries a D-SACK block of the peer's FIN
	modSeq0                   // sequence number 0: a reply to a segment without ACK
	modBack1                  // one number before the next: a keep-alive or window probe, or the FIN sent again
	modOld                    // numbers of the five-tuple's previous conversation
	modFar                    // a sequence number far outside the window
	modShut                   // window 0
	modKernel                 // made by the kernel without a socket: IP ID 0, no options
	modLoop                   // no segment: jumps back while the conversation's counter lasts
)
