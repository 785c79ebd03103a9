package legs

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// throughProxy makes legs of many clients to one proxy and as many of the proxy to one server, all under way at once, each
// a nanosecond after the other.
func throughProxy(n int) []leg {
	proxy, server := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddrPort("192.0.2.9:80")
	list := make([]leg, 2*n)
	for i := range list {
		l := &list[i]
		*l = leg{id: uint64(i + 1), last: uint64(i + 1), syn: [2]bool{true, true}, data: [2]uint64{100, 100}, start: int64(i), end: second}
		client := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		l.addr = [2]netip.AddrPort{netip.AddrPortFrom(client, 4000), netip.AddrPortFrom(proxy, 8080)}
		if i%2 == 1 {
			l.addr = [2]netip.AddrPort{netip.AddrPortFrom(proxy, uint16(i)), server}
		}
	}
	return list
}

func emptyTable() *Table {
	return &Table{pairs: map[uint64][]flows.Pair{}, alone: map[uint64]struct{}{}}
}

func TestWhatMayFitALegThatIsNotReadStaysAlone(t *testing.T) {
	list, table := throughProxy(maxLooks), emptyTable()
	found := candidates(list, table)
	if len(found.legs) != maxLooks || found.leftOut == 0 {
		t.Fatalf("%d legs are read, %d candidates left out", len(found.legs), found.leftOut)
	}
	perFront := map[*leg]int{}
	for _, m := range found.list {
		perFront[m.front]++
	}
	for front, n := range perFront {
		if n > maxCandidates {
			t.Errorf("leg %d is compared with %d", front.id, n)
		}
	}
	// The first front leg and a back leg that only read ones compete for carry the same text; so do a front leg and a back leg
	// that others which were not read may fit as well.
	var known, doubted candidate
	for _, m := range found.list {
		if found.unread[role{m.front, true}]+found.unread[role{m.back, false}] == 0 && known.front == nil {
			known = m
		}
		if found.unread[role{m.back, false}] > 0 {
			doubted = m
		}
	}
	if known.front == nil || doubted.front == nil {
		t.Fatal("no such legs")
	}
	for i, m := range []candidate{known, doubted} {
		for s := range 2 {
			text := bytes.Repeat(fmt.Appendf(nil, "%d%d", i, s), 30)
			m.front.look.stream[s], m.back.look.stream[s] = text, text
			m.front.look.first[s], m.back.look.first[s] = second/4, second/4
		}
	}
	table.proxied(found)
	if table.number[flows.PairProxy] != 1 || len(table.pairs[known.front.id]) != 1 || table.pairs[known.front.id][0].ID != known.back.id {
		t.Errorf("%d pairs: %v", table.number[flows.PairProxy], table.pairs)
	}
	if _, alone := table.alone[doubted.back.id]; !alone {
		t.Error("what a leg may fit that was not read is not alone")
	}
}

func TestConnectionsBeyondThoseLookedAtAreNotPaired(t *testing.T) {
	for _, beyond := range []bool{false, true} {
		c := Collector{legs: throughProxy(1), total: maxLegs}
		if beyond {
			c.Add(new(flows.Teardown))
		}
		table, err := c.Pair(func(_, _ decode.Position, _ func(*decode.Packet) bool) error { return nil }, decode.Config{}, nil)
		if err != nil || table.TooMany() != beyond {
			t.Errorf("too many: %t, %v", table.TooMany(), err)
		}
	}
}

// TestLegsThatCarryNothingAreNotCompared would take hours if each were.
func TestLegsThatCarryNothingAreNotCompared(t *testing.T) {
	list := throughProxy(30_000)
	for i := range list {
		l := &list[i]
		l.addr[flows.Client] = netip.AddrPortFrom(l.addr[flows.Server].Addr(), uint16(i)) // every host talks to itself
		l.data = [2]uint64{}
	}
	if found := candidates(list, emptyTable()); len(found.list)+found.leftOut != 0 {
		t.Errorf("%d candidates", len(found.list)+found.leftOut)
	}
	for i := range list {
		list[i].data[0] = uint64(1+i%1000) * (maxHeld + 1) // no two that are near each other are alike
	}
	if found := candidates(list, emptyTable()); len(found.list)+found.leftOut > len(list)*2 {
		t.Errorf("%d candidates", len(found.list)+found.leftOut)
	}
}
