package flows

import (
	"fmt"
	"net/netip"
	"time"
)

// PairKind says how two conversations belong together.
type PairKind uint8

// The kinds.
const (
	PairNAT   PairKind = iota // one connection, captured on both sides of a box that changes its addresses
	PairProxy                 // two connections of a program that passes on what it reads
	numPairKinds
)

var pairKinds = [numPairKinds]string{"nat", "proxy"}

// String returns the kind as reports spell it.
func (k PairKind) String() string { return pairKinds[k] }

// PairKinds lists the kinds.
func PairKinds() []PairKind { return []PairKind{PairNAT, PairProxy} }

// A Pair is the other leg of a conversation, and what proves that it is one. Both legs have one, each of the other.
type Pair struct {
	ID         uint64 // of the other leg
	Kind       PairKind
	Confidence Confidence
	Beyond     Side // on which side of this leg the other one lies: beyond its server, or beyond its client
	Evidence   []string

	Client, Server netip.AddrPort // of the other leg
	Class          Class
	FIN, RST       [2]LegEvent // of the other leg, by Side
}

// A LegEvent is a FIN or a RST of the other leg; Frame is 0 where there was none.
type LegEvent struct {
	Frame uint64
	Time  int64 // nanoseconds since 1970 UTC
}

// Origin says where a RST comes from, followed over two legs.
type Origin uint8

// The origins.
const (
	OriginHere   Origin = iota // an end of this leg: the other leg was not reset or closed before
	OriginPassed               // it passed the box: the same RST stands on both legs
	OriginBox                  // the box between the legs: the other leg shows no cause
	OriginBeyond               // who stands at the far end of the other leg reset or closed before
	numOrigins
)

var originNames = [numOrigins]string{"here", "passed", "box", "beyond"}

// String returns the origin as reports spell it.
func (o Origin) String() string { return originNames[o] }

// A Followed RST is the one that ended a leg, and what the other leg tells of it.
type Followed struct {
	Origin Origin
	Frame  uint64 // on the other leg: the RST or FIN that came before; 0 where there was none
	FIN    bool   // it is a FIN
	Gap    int64  // nanoseconds from there to this leg's RST
	Text   string // one sentence
}

// Follow follows the RST that ended a conversation to the other leg; ok is false where none did.
func (t *Teardown) Follow(p *Pair) (f Followed, ok bool) {
	side, found := Client, false
	for s := range Side(2) {
		if r := &t.Ends[s].RST; r.Counts && r.Frame != 0 && (!found || r.Time < t.Ends[side].RST.Time) {
			side, found = s, true
		}
	}
	if !found {
		return f, false
	}
	if p.Kind == PairNAT {
		return t.followNAT(p, side), true
	}
	return t.followProxy(p, side), true
}

// followNAT asks whether the same RST stands on both sides of the box.
func (t *Teardown) followNAT(p *Pair, side Side) (f Followed) {
	r, other := &t.Ends[side].RST, p.RST[side]
	if other.Frame == 0 {
		f.Origin = OriginBox
		f.Text = fmt.Sprintf("The RST of the %s (#%d) has no counterpart on leg %d: the box between the legs sent it, or the capture missed the other copy.",
			side, r.Frame, p.ID)
		return f
	}
	f = Followed{Origin: OriginPassed, Frame: other.Frame, Gap: r.Time - other.Time}
	f.Text = fmt.Sprintf("The RST of the %s (#%d) stands on leg %d too (#%d, %s): it passed the box and came from the %s's side.",
		side, r.Frame, p.ID, other.Frame, apart(f.Gap), side)
	return f
}

// followProxy asks what the far end of the other leg did before the proxy reset this one.
func (t *Teardown) followProxy(p *Pair, side Side) (f Followed) {
	r := &t.Ends[side].RST
	far := p.Beyond // the far end of the other leg has the role that the proxy has on this one
	if side != far {
		f.Origin = OriginHere
		f.Text = fmt.Sprintf("The %s's RST (#%d) is of this leg; leg %d is the proxy's other one.", side, r.Frame, p.ID)
		if e := p.RST[far.Peer()]; e.Frame != 0 && e.Time >= r.Time {
			f.Text = fmt.Sprintf("The %s's RST (#%d) came first; the proxy reset leg %d %s later (#%d).", side, r.Frame, p.ID, lasted(e.Time-r.Time), e.Frame)
		}
		return f
	}
	name := [2]string{"client", "backend"}[far]
	for i, e := range [...]LegEvent{p.RST[far], p.FIN[far]} {
		if e.Frame == 0 || e.Time > r.Time {
			continue
		}
		f = Followed{Origin: OriginBeyond, Frame: e.Frame, FIN: i == 1, Gap: r.Time - e.Time}
		f.Text = fmt.Sprintf("RST towards the %s %s after the %s's %s on leg %d (#%d): it began there.", side.Peer(), lasted(f.Gap), name,
			[2]string{"RST", "FIN"}[i], p.ID, e.Frame)
		return f
	}
	f.Origin = OriginBox
	f.Text = fmt.Sprintf("RST towards the %s (#%d), and the %s of leg %d had neither reset nor closed before: the proxy itself reset.",
		side.Peer(), r.Frame, name, p.ID)
	return f
}

func lasted(ns int64) string { return time.Duration(ns).Round(time.Microsecond).String() }

// apart says when the copy on the other leg passed, seen from this one.
func apart(gap int64) string {
	if gap < 0 {
		return lasted(-gap) + " later"
	}
	return lasted(gap) + " before"
}
