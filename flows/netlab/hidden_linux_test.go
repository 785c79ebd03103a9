package netlab

import (
	"slices"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// When the states of an endpoint that were told are not the true ones, and nothing that passed a tap could show it.

// waitedUnseen reports whether a host's FIN waited behind octets that had been lost, so that it acknowledges the peer's FIN
// though close() came before that, and nothing that passed the tap shows such a loss: it is IPv6, which has no
// identifications, no octet of the host passed twice or after a later one, and its SYN or SYN-ACK not more than twice.
func (c *connection) waitedUnseen(dir Direction, tap string) bool {
	sent, peers := c.fins(home(dir), dir), c.fins(home(dir.Reverse()), dir.Reverse())
	if len(sent) == 0 || len(peers) == 0 || sent[0].Ack() != peers[0].End() || !slices.Contains(c.life[dir].States(), flows.Closing) {
		return false
	}
	var next decode.Seq
	began, openings := false, 0
	for _, s := range c.seen[tap] {
		switch {
		case s.v4():
			return false
		case s.Dir != dir || s.Flags().Has(decode.RST):
		case s.Flags().Has(decode.SYN):
			openings++
			next, began = s.End(), true
		case began && s.Len() > 0 && s.Seq() != next:
			return false
		case s.Len() > 0:
			next, began = s.End(), true
		}
	}
	return openings <= 2
}

// crossedUnseen reports whether a host's FIN was sent before the peer's came, but passed the tap as one that answers it, and nothing
// there shows that: it is IPv6, which has no identifications; the copy that passed came as soon after the peer's FIN as an answer
// does; and of what the host had sent from its first FIN on nothing passed.
func (c *connection) crossedUnseen(dir Direction, tap string) bool {
	passed, peers := c.fins(tap, dir), c.fins(home(dir), dir.Reverse())
	if len(passed) == 0 || len(peers) == 0 || passed[0].v4() || passed[0].Ack() != peers[0].End() {
		return false
	}
	answer := int64(200 * time.Millisecond) // the longest that a kernel waits with an acknowledgement
	if c.repeatedAt(tap) {
		answer = int64(40 * time.Millisecond) // Linux on a fast path
	}
	began, left, came := false, int64(0), int64(0)
	for _, s := range c.seen[home(dir)] {
		switch {
		case s.Dir == dir && s.serial == passed[0].serial:
			left = s.Time
		case left != 0:
		case s.Dir != dir && s.Flags().Has(decode.FIN):
			came = s.Time
		case s.Dir == dir && s.Flags().Has(decode.FIN):
			began = true
		}
		if s.Dir == dir && began && left == 0 && slices.ContainsFunc(c.seen[tap], func(o Sighting) bool { return o.Dir == dir && o.serial == s.serial }) {
			return false
		}
	}
	return began && left != 0 && came != 0 && left-came <= answer
}

// repeatedAt reports whether octets of either host, a SYN or a FIN passed the tap more than once.
func (c *connection) repeatedAt(tap string) bool {
	type octets struct {
		dir  Direction
		from decode.Seq
	}
	passed := map[octets]bool{}
	for _, s := range c.seen[tap] {
		if s.End() == s.Seq() {
			continue
		}
		o := octets{s.Dir, s.Seq()}
		if passed[o] {
			return true
		}
		passed[o] = true
	}
	return false
}
