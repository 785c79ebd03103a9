// Package modeltest makes conversations for the tests of the screen: as many as asked for, always the same ones, with
// states, marks and causes that fit each other. It is imported by tests alone.
package modeltest

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"

	"tcpclose/decode"
	"tcpclose/flows"
)

// Epoch is when the first conversation starts: 2026-11-20 09:24:01 UTC.
const Epoch int64 = 1795166641_000000000

// A kind is one way to end and how many of a hundred conversations end so.
type kind struct {
	class   flows.Class
	shape   flows.Shape
	share   int
	client  []flows.State
	server  []flows.State
	marks   []flows.MarkID
	cause   flows.CauseID
	byWho   flows.Who
	resetBy flows.Who
}

var kinds = [...]kind{
	{flows.FourWay, flows.ShapeFourWay, 46, states(1, 3, 4, 5, 7, 10), states(2, 3, 8, 9, 10), nil, flows.CauseClose, flows.ByClient, 0},
	{flows.ThreeWay, flows.ShapeThreeWay, 22, states(1, 3, 8, 9, 10), states(2, 3, 4, 7, 10), nil, flows.CauseClose, flows.ByServer, 0},
	{flows.RetransmittedFIN, flows.ShapeFourWay, 6, states(1, 3, 4, 5, 7, 10), states(2, 3, 8, 9, 10), []flows.MarkID{flows.MarkFINRetransmitted}, flows.CauseFINLost, flows.ByClient, 0},
	{flows.Simultaneous, flows.ShapeSimultaneous, 3, states(1, 3, 4, 6, 7, 10), states(2, 3, 4, 6, 7, 10), nil, flows.CauseClose, flows.ByBoth, 0},
	{flows.RSTAbort, flows.ShapeNone, 9, states(1, 3, 10), states(2, 3, 10), nil, flows.CauseLingerZero, flows.ByServer, flows.ByServer},
	{flows.RSTAfterFIN, flows.ShapeHalf, 4, states(1, 3, 4, 10), states(2, 3, 8, 10), []flows.MarkID{flows.MarkDataAfterFIN}, flows.CauseDataAfterClose, flows.ByClient, flows.ByClient},
	{flows.HalfClosedStall, flows.ShapeHalf, 5, states(1, 3, 4, 5), states(2, 3, 8), []flows.MarkID{flows.MarkSlowCloseWait}, flows.CauseCloseWaitLeak, flows.ByClient, 0},
	{flows.Refused, flows.ShapeNone, 3, states(1, 10), nil, nil, flows.CauseListenRefused, flows.ByServer, flows.ByServer},
	{flows.Open, flows.ShapeNone, 2, states(1, 3), states(2, 3), nil, 0, 0, 0},
}

func states(s ...flows.State) []flows.State { return s }

// A Maker makes conversations one after the other.
type Maker struct {
	rng   *rand.Rand
	frame uint64
	at    int64
	t     flows.Teardown
}

// NewMaker returns a Maker that always makes the same conversations.
func NewMaker() *Maker {
	return &Maker{rng: rand.New(rand.NewPCG(1, 2)), at: Epoch}
}

// Next returns the next conversation. It is valid until the next call.
func (m *Maker) Next() *flows.Teardown {
	k := m.pick()
	m.at += int64(m.rng.IntN(2_000_000)) / 1000 * 1000
	m.frame += 1 + uint64(m.rng.IntN(20))
	t := &m.t
	*t = flows.Teardown{
		ID: m.frame, RolesBy: flows.RolesSYN, Class: k.class, Shape: k.shape, Closer: k.byWho, ResetBy: k.resetBy,
		Final: k.class != flows.Open && k.class != flows.HalfClosedStall, FirstFrame: m.frame, Start: m.at,
		FirstPos: decode.MakePosition(0, int64(m.frame)*120), Marks: t.Marks[:0], Causes: t.Causes[:0],
		CloseStart: flows.NoTime, CloseEnd: flows.NoTime,
	}
	if k.shape != flows.ShapeNone {
		t.FirstFIN = k.byWho
	}
	m.ends(t)
	m.walk(t, k)
	for _, id := range k.marks {
		t.Marks = append(t.Marks, flows.Mark{ID: id, Who: k.byWho, Frame: t.LastFrame - 1, Time: t.Last})
	}
	if k.byWho != flows.NoOne {
		t.Causes = append(t.Causes, flows.Cause{ID: k.cause, Confidence: flows.Likely, Who: k.byWho, NFrames: 1, Frames: [4]uint64{t.LastFrame}})
	}
	return t
}

func (m *Maker) pick() *kind {
	n := m.rng.IntN(100)
	for i := range kinds {
		if n -= kinds[i].share; n < 0 {
			return &kinds[i]
		}
	}
	return &kinds[0]
}

var services = [...]uint16{443, 443, 443, 80, 5432, 22, 6379, 8080}

func (m *Maker) ends(t *flows.Teardown) {
	client := netip.AddrFrom4([4]byte{10, 0, byte(m.rng.IntN(4)), byte(1 + m.rng.IntN(250))})
	server := netip.AddrFrom4([4]byte{93, 184, 216, byte(30 + m.rng.IntN(12))})
	if m.rng.IntN(10) == 0 {
		a := [16]byte{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8}
		binary.BigEndian.PutUint16(a[14:], uint16(m.rng.IntN(60000)))
		client = netip.AddrFrom16(a)
		a[3], a[15] = 0xb9, byte(m.rng.IntN(8))
		server = netip.AddrFrom16(a)
	}
	t.Ends[0].Addr = netip.AddrPortFrom(client, uint16(32768+m.rng.IntN(28232)))
	t.Ends[1].Addr = netip.AddrPortFrom(server, services[m.rng.IntN(len(services))])
	for side := range t.Ends {
		e := &t.Ends[side]
		e.ISN = decode.Seq(m.rng.Uint32())
		e.FirstSeq, e.SawSYN = e.ISN, true
		e.Packets = uint64(4 + m.rng.IntN(20))
		e.DataBytes = uint64(m.rng.IntN(200_000))
		e.Bytes = e.DataBytes
		e.RTT = int64(1000 * (1 + m.rng.IntN(20_000)))
		e.MSS, e.WScale, e.HasWScale, e.TTL = 1460, 7, true, 64
		e.LastData = t.Start + e.RTT*3
	}
}

// walk lets both ends live through their states, about a round trip apart.
func (m *Maker) walk(t *flows.Teardown, k *kind) {
	at, frame := t.Start, t.FirstFrame
	before := at
	step := func() {
		before = at
		at += int64(1000 * (1 + m.rng.IntN(30_000)))
		frame += 1 + uint64(m.rng.IntN(3))
	}
	for i := range max(len(k.client), len(k.server)) {
		for side, list := range [2][]flows.State{k.client, k.server} {
			if i >= len(list) {
				continue
			}
			s := list[i]
			e := &t.Ends[side]
			tr := flows.Transition{State: s, Grade: flows.Grade(side), Frame: frame, Earliest: before, Latest: at}
			if n := len(e.States); s == flows.Closed && n > 0 && e.States[n-1].State == flows.TimeWait {
				tr = flows.Transition{State: s, Grade: flows.Assumed, Earliest: at + 60e9, Latest: at + 60e9}
			}
			e.States = append(e.States, tr)
			if s >= flows.FinWait1 && t.CloseStart == flows.NoTime {
				t.CloseStart = at
			}
			if s == flows.FinWait1 || s == flows.LastAck {
				e.FIN = flows.FINFacts{Frame: frame, Time: at, Seq: e.ISN + 1 + decode.Seq(e.DataBytes), Ack: t.Ends[1-side].ISN + 1, Acked: frame + 1, AckedTime: at}
			}
			step()
		}
	}
	t.Last, t.LastFrame = at, frame
	t.LastPos = decode.MakePosition(0, int64(frame)*120)
	t.WatchedUntil = t.Last
	if k.class == flows.HalfClosedStall {
		t.WatchedUntil = t.Last + int64(m.rng.IntN(7200))*1e9
	} else if k.class != flows.Open {
		t.CloseEnd = t.Last
	}
	for side := range t.Ends {
		Hold(&t.Ends[side], t.WatchedUntil)
	}
}

// Hold fills how long an endpoint was in each of its states.
func Hold(e *flows.End, until int64) {
	for i, tr := range e.States {
		to := until
		if i+1 < len(e.States) {
			to = e.States[i+1].Latest
		} else if tr.State == flows.Closed {
			break
		}
		e.Held[tr.State] += max(0, to-tr.Latest)
	}
}
