package model

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// longClient and longServer are the endpoints of longSource's conversation.
var (
	longClient = netip.MustParseAddrPort("10.0.0.1:40000")
	longServer = netip.MustParseAddrPort("192.168.0.1:80")
)

// longSegment is one of its IPv4 packets.
func longSegment(from, to netip.AddrPort, flags byte, seq uint32, payload int) []byte {
	b := make([]byte, 40+payload)
	b[0], b[8], b[9], b[32], b[33] = 0x45, 64, 6, 5<<4, flags
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	src, dst := from.Addr().As4(), to.Addr().As4()
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	binary.BigEndian.PutUint16(b[20:], from.Port())
	binary.BigEndian.PutUint16(b[22:], to.Port())
	binary.BigEndian.PutUint32(b[24:], seq)
	return b
}

// longSource is a conversation of so many segments, made up as they are read: a handshake, data one way, a FIN.
func longSource(segments uint64, read *int) (*Source, *flows.Teardown) {
	data := func(frame uint64) []byte {
		switch {
		case frame == 1:
			return longSegment(longClient, longServer, 2, 1000, 0)
		case frame == 2:
			return longSegment(longServer, longClient, 0x12, 5000, 0)
		case frame == segments:
			return longSegment(longClient, longServer, 0x11, 1001+uint32(frame-3)*100, 0)
		}
		return longSegment(longClient, longServer, 0x18, 1001+uint32(frame-3)*100, 100)
	}
	source := &Source{Reread: func(from, to decode.Position, fn func(*decode.Packet) bool) error {
		for pos := from; pos <= to; pos++ {
			*read++
			frame := uint64(pos)
			b := data(frame)
			if !fn(&decode.Packet{Time: int64(frame) * 1000, Pos: pos, Data: b, WireLen: uint32(len(b)), LinkType: 101}) {
				return nil
			}
		}
		return nil
	}}
	t := &flows.Teardown{
		ID: 1, FirstFrame: 1, LastFrame: segments, FirstPos: 1, LastPos: decode.Position(segments), Start: 1000, Last: int64(segments) * 1000,
		CloseStart: int64(segments) * 1000, CloseEnd: flows.NoTime, WatchedUntil: int64(segments) * 1000, Class: flows.HalfClosedStall,
	}
	t.Ends[0].Addr, t.Ends[1].Addr = longClient, longServer
	t.Ends[0].FIN = flows.FINFacts{Frame: segments, Time: t.Last}
	return source, t
}

// TestAConversationOfAMillionSegmentsScrolls goes through the ladder of one by pages, to its end and to frames in the
// middle. What is held stays a window, and a jump reads no more than a window's worth of the file again.
func TestAConversationOfAMillionSegmentsScrolls(t *testing.T) {
	segments := uint64(1_000_000)
	if testing.Short() {
		segments = 60_000
	}
	read := 0
	source, td := longSource(segments, &read)
	store := NewStore()
	store.Put(td)
	m := New(store, Config{Inline: true, Source: source})
	m.Refresh()
	m.Visible[PaneLadder] = true
	l := &m.Ladder
	l.Resize(20)
	m.Focus = PaneLadder
	m.Do(ActionExpand)
	if uint64(l.Count) < segments {
		t.Fatalf("%d segments give %d rows", segments, l.Count)
	}
	cursor := func() uint64 {
		t.Helper()
		m.Refresh()
		for i := l.Top; i < min(l.Top+l.Height, l.Count); i++ {
			if l.Row(i) == nil {
				t.Fatalf("row %d of %d is not there", i, l.Count)
			}
		}
		if len(l.rows) > windowRows {
			t.Fatalf("%d rows are held", len(l.rows))
		}
		return l.Row(l.Cursor).Frame()
	}
	if f := cursor(); f != 1 {
		t.Errorf("it begins with frame %d", f)
	}
	for range 1000 {
		m.Do(ActionPageDown)
		cursor()
	}
	read = 0
	m.Do(ActionBottom)
	if f := cursor(); f != segments {
		t.Errorf("it ends with frame %d", f)
	}
	for _, frame := range []uint64{segments / 2, 17, segments - 5000, segments / 3} {
		l.gotoFrame(m, frame)
		if f := cursor(); f != frame {
			t.Errorf("the jump to frame %d leads to %d", frame, f)
		}
	}
	if limit := 5 * 2 * windowRows; read > limit {
		t.Errorf("five jumps read %d packets again, at most %d were expected", read, limit)
	}
}
