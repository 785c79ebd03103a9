package report

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A dice makes conversations of anything that the types can hold.
type dice struct{ *rand.Rand }

// number returns one of any length.
func (d dice) number() uint64 {
	if d.IntN(4) == 0 {
		return 0
	}
	v := d.Uint64() >> d.IntN(64)
	if power := uint64(math.Pow10(d.IntN(20))); d.IntN(4) == 0 {
		return power - uint64(d.IntN(2))
	}
	return v
}

// time returns one that is near another as a rule, in microseconds as a rule, and at times none, or one from an odd age.
func (d dice) time(near int64) int64 {
	switch d.IntN(20) {
	case 0:
		return int64(d.Uint64())
	case 1, 2, 3:
		return flows.NoTime
	case 4:
		return near + d.Int64N(3e12) - 1e12
	case 5:
		return []int64{0, 1, -1, 1e18 - 1, 1e18, math.MaxInt64, math.MinInt64 + 1, lastEra - 1, lastEra, lastEra + 1000}[d.IntN(10)]
	}
	return near + d.Int64N(20e9)/1000*1000
}

func (d dice) text() string {
	return []string{"", "", "", "web.example", "a\"b\\c\x1b", strings.Repeat("long ", 2000), "é\xff"}[d.IntN(7)]
}

func (d dice) end(near int64) (e flows.End) {
	var a [16]byte
	for i := range a {
		a[i] = byte(d.Uint64() >> d.IntN(64))
	}
	addr := netip.AddrFrom16(a)
	switch d.IntN(6) {
	case 0:
		addr = addr.WithZone(strings.Repeat("eth", 1+d.IntN(2)*2000))
	case 1:
		addr = netip.MustParseAddr("::ffff:10.1.2.3")
	case 2, 3, 4:
		addr = netip.AddrFrom4([4]byte(a[:4]))
	}
	e.Addr = netip.AddrPortFrom(addr, uint16(d.number()))
	for range d.IntN(1 + []int{0, 6, 12, 60}[d.IntN(4)]) {
		e.States = append(e.States, flows.Transition{
			State: flows.State(d.IntN(int(flows.NumStates))), Grade: flows.Grade(d.IntN(int(flows.Assumed) + 1)),
			Frame: d.number(), Earliest: d.time(near), Latest: d.time(near),
		})
	}
	e.Packets, e.Bytes, e.DataBytes, e.BytesLost = d.number(), d.number(), d.number(), d.number()
	if d.IntN(2) == 0 {
		e.DataBytes, e.BytesLost = e.Bytes, 0
	}
	e.RTT = d.time(0)
	e.Retrans = uint32(d.number())
	if d.IntN(2) == 0 {
		e.RST = flows.RSTFacts{
			Frame: d.number(), Time: d.time(near), Seq: decode.Seq(d.Uint32()), Kind: flows.RSTKind(d.IntN(int(flows.Reply) + 1)),
			Verdict: flows.Verdict(d.IntN(int(flows.VerdictIgnored) + 1)), Counts: d.IntN(2) == 0, Drawn: d.number(),
			Number: uint32(d.number()), DataLen: uint32(d.number()), Text: d.text(),
		}
	}
	if d.IntN(4) == 0 {
		e.Name = d.text()
	}
	return e
}

func (d dice) who() flows.Who { return flows.Who(d.IntN(int(flows.ByNetwork) + 1)) }

func (d dice) teardown() flows.Teardown {
	near := base + d.Int64N(5e12)
	t := flows.Teardown{
		ID: d.number(), RolesBy: flows.RolesBy(d.IntN(int(flows.RolesSYN) + 1)), Class: flows.Class(d.IntN(int(flows.NumClasses))),
		Shape: flows.Shape(d.IntN(int(flows.NumShapes))), FirstFIN: d.who(), Closer: d.who(), ResetBy: d.who(), Final: d.IntN(2) == 0,
		LastFrame: d.number(), Start: near, Last: near + int64(d.number()>>1), CloseStart: d.time(near), CloseEnd: d.time(near),
		IdleBeforeClose: d.time(0), VLAN: uint16(d.number()), Iface: uint16(d.number()), Encap: decode.Encap(d.number()),
		FirstPos: decode.MakePosition(0, 24), LastPos: decode.MakePosition(1, 24),
	}
	t.FirstFrame = t.ID
	if d.IntN(8) == 0 {
		t.Start = max(d.time(near), 1-math.MaxInt64) // every conversation has one
	}
	t.Ends = [2]flows.End{d.end(near), d.end(near)}
	for range d.IntN(1 + []int{0, 2, 60}[d.IntN(3)]) {
		t.Marks = append(t.Marks, flows.Mark{ID: flows.MarkID(d.IntN(int(flows.NumMarks))), Who: d.who(), Frame: d.number(), Time: d.time(near)})
	}
	for range d.IntN(1 + []int{0, 2, 60}[d.IntN(3)]) {
		c := flows.Cause{ID: flows.CauseID(d.IntN(int(flows.NumCauses))), Confidence: flows.Confidence(d.IntN(int(flows.Certain) + 1)), Who: d.who()}
		c.NFrames = uint8(d.IntN(len(c.Frames) + 1))
		for i := range c.Frames {
			c.Frames[i] = d.number()
		}
		t.Causes = append(t.Causes, c)
	}
	for range d.IntN(3) {
		t.Uncertain = append(t.Uncertain, flows.Doubt{What: d.text(), Text: d.text(), Alternatives: []string{d.text(), d.text()}[d.IntN(3):]})
	}
	return t
}

// TestALineOfAnythingTellsWhatTheDocumentTells is about the room that a line is written in, and its shorter ways: numbers of
// every length, times of every age, lists and texts that go beyond a page.
func TestALineOfAnythingTellsWhatTheDocumentTells(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(7, 1))}
	located := Encoder{Terse: true, Files: []string{"a.pcap", "b\n.pcap"}, Locate: func(frame uint64) (int, uint64, bool) {
		return int(frame % 2), frame / 2, frame%3 != 0
	}}
	var b []byte
	for i := range 3000 {
		e := &Encoder{Terse: true}
		if i%4 == 0 {
			e = &located
		}
		c := d.teardown()
		before := len(b)
		b = e.AppendObject(b, &c, nil)
		checkLine(t, e, &c, b[before:])
		if t.Failed() {
			t.FailNow()
		}
		if len(b) > 1<<16 {
			b = slices.Clip(b[:0])
		}
	}
}

func FuzzPagesHoldNumbersAsTheStandardLibraryWritesThem(f *testing.F) {
	for _, v := range []uint64{0, 9, 10, 9999, 10_000, 1e8 - 1, 1e8, 1e16 - 1, 1e16, 1e18, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		f.Add(v, v+1)
		f.Add(v/1000*1000, v/2)
	}
	f.Fuzz(func(t *testing.T, v, w uint64) {
		const k = 5
		var p page
		check := func(name string, end int, want string) {
			t.Helper()
			if got := string(p[k:end]); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		first, second := strconv.FormatUint(v, 10), strconv.FormatUint(w, 10)
		check("number", p.number(k, v), first)
		check("pair", p.pair(k, v, w), first+`,"server":`+second)
		check("small pair", p.pair(k, v%1e4, w%1e4), strconv.FormatUint(v%1e4, 10)+`,"server":`+strconv.FormatUint(w%1e4, 10))
		for _, ns := range []int64{int64(v), int64(v) / 1000 * 1000, int64(v % 1e11), int64(v % 1e8 * 1000)} {
			want := "null"
			if ns != flows.NoTime {
				want = strconv.FormatInt(ns, 10)
			}
			check("duration", p.duration(k, ns), want)
			if got, whole := thousandth(ns), ns >= 0 && ns%1000 == 0; whole && got != uint64(ns/1000) || !whole && got < 1<<53 {
				t.Errorf("a thousandth of %d is %d", ns, got)
			}
		}
	})
}
