package main

import "time"

// A mode is one sort of capture.
type mode struct {
	name     string
	flows    uint64
	packets  uint64        // of mode one
	snap     int           // 0: whole frames
	span     time.Duration // how long new conversations arrive for, of capture time
	share    int           // conversations of which one is under way at once
	mean     float64       // packets a conversation
	pauses   float64       // pauses for thought a conversation
	udp      int           // every so manieth frame is UDP; 0: none
	talks    [3]int        // percent of conversations with one, two and three exchanges
	maxLoops int
	variants []variant
}

// A variant is one course of an exchange, with its weight in percent.
type variant struct {
	percent int
	steps   []step
}

var modes = []mode{
	{
		name: "mix", flows: 100_000, span: 270 * time.Second, share: 20, mean: 24.7, pauses: 2.5, udp: 25,
		talks: [3]int{65, 28, 7}, maxLoops: 5,
		variants: []variant{{88, exchangeBurst}, {4, exchangeLost}, {3, exchangeUnseen}, {5, exchangeSwapped}},
	},
	{
		name: "short", flows: 1_000_000, snap: 96, span: 1080 * time.Second, share: 10, mean: 10.6, pauses: 2.4,
		talks: [3]int{65, 30, 5}, maxLoops: 1,
		variants: []variant{{97, exchangeShort}, {3, exchangeShortResent}},
	},
	{name: "syn", flows: 1_000_000, mean: 1},
	{name: "one", flows: 1, packets: 10_000_000, snap: 96, mean: 1},
}

func findMode(name string) *mode {
	for i := range modes {
		if modes[i].name == name {
			return &modes[i]
		}
	}
	return nil
}

func (m *mode) exchanges(r *random) uint8 {
	at := r.below(100)
	for i, percent := range m.talks {
		if at -= percent; at < 0 {
			return uint8(i + 1)
		}
	}
	return 1
}

func (m *mode) exchange(r *random) []step {
	at := r.below(100)
	for _, v := range m.variants {
		if at -= v.percent; at < 0 {
			return v.steps
		}
	}
	return m.variants[0].steps
}

func (m *mode) loops(r *random) uint32 { return uint32(r.below(m.maxLoops + 1)) }
