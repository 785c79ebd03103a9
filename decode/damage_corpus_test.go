package decode

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/decode/damagetest"
)

// damagesEach is how many damages each capture of testdata suffers, in each format.
const damagesEach = 220

// A wholeCapture is an undamaged file and what it holds.
type wholeCapture struct {
	name    string
	ng      bool
	b       []byte
	packets []Packet
}

// span returns where a packet's record or block stands.
func (w *wholeCapture) span(p *Packet) (lo, hi int) {
	lo = int(p.Pos.Offset())
	return lo, lo + spanLen(w.ng, w.b, lo)
}

func spanLen(ng bool, b []byte, at int) int {
	if ng {
		return int(binary.LittleEndian.Uint32(b[at+4:]))
	}
	return 16 + int(binary.LittleEndian.Uint32(b[at+8:]))
}

// mostMissed is how many whole packets behind a damage it may cost: a pcap file has no marks by which to know a record,
// so a header read at the wrong place may look like one for a while.
const mostMissed = 4

// A damageTally sums up what many damages cost.
type damageTally struct {
	cases    int
	behind   int // packets that stood whole behind the damage
	missed   int // of which were not found again
	most     int // by one damage
	headless int // cases that took what all packets behind them need
}

// TestDamageCostsNoMoreThanItself damages every capture in hundreds of ways. What stood before the damage comes as if
// nothing had happened, what stands behind it is found again, and every octet is delivered or said to be lost.
func TestDamageCostsNoMoreThanItself(t *testing.T) {
	files := damageFiles(t)
	tally := map[bool]*damageTally{true: {}, false: {}}
	for i, whole := range files {
		for c := range damagetest.Each(uint64(i), whole.b, files[(i+7)%len(files)].b, damagesEach) {
			n := tally[whole.ng]
			n.cases++
			began := time.Now()
			list, damages, err := readBytes(t, bytes.NewReader(c.Bytes))
			if took := time.Since(began); took > 5*time.Second {
				t.Fatalf("%s, %s: took %v", whole.name, c.Name, took)
			}
			if err != nil {
				if c.Lo >= pcapHeaderLen {
					t.Fatalf("%s, %s: %v", whole.name, c.Name, err)
				}
				n.headless++
				continue // no capture any more
			}
			checkBefore(t, whole, &c, list)
			checkCovered(t, whole, &c, list, damages)
			n.checkBehind(t, whole, &c, list)
		}
	}
	for ng, n := range tally {
		t.Logf("pcapng %v: %+v", ng, *n)
		if limit := map[bool]int{true: 1, false: 5}[ng]; n.missed*1000 > limit*n.behind {
			t.Errorf("pcapng %v: %d of %d packets behind a damage were not found again", ng, n.missed, n.behind)
		}
	}
}

// damageFiles returns every capture of testdata as pcapng and as pcap.
func damageFiles(t *testing.T) (list []*wholeCapture) {
	t.Helper()
	add := func(name string, ng bool, b []byte) {
		packets, damages, err := readBytes(t, bytes.NewReader(b))
		if err != nil || len(damages) > 0 {
			t.Fatal(name, damages, err)
		}
		list = append(list, &wholeCapture{name, ng, b, packets})
	}
	testCaptures(t, func(name string, b []byte) {
		add(name, true, b)
		add(strings.TrimSuffix(name, "ng"), false, asPcap(t, filepath.Join("../testdata/captures", name)))
	})
	return list
}

// checkBefore fails unless the packets that stood whole before the damage come first, and unchanged.
func checkBefore(t *testing.T, whole *wholeCapture, c *damagetest.Case, list []Packet) {
	t.Helper()
	for i := range whole.packets {
		if _, hi := whole.span(&whole.packets[i]); hi > c.Lo {
			return
		}
		if i >= len(list) || !equalPackets(list[i], whole.packets[i]) || !bytes.Equal(list[i].Data, whole.packets[i].Data) {
			t.Fatalf("%s, %s: packet %d stood before the damage and is not as it was (%d came)", whole.name, c.Name, i+1, len(list))
		}
	}
}

// checkBehind counts the packets that stood whole behind the damage and did not come.
func (n *damageTally) checkBehind(t *testing.T, whole *wholeCapture, c *damagetest.Case, list []Packet) {
	t.Helper()
	first, _ := whole.span(&whole.packets[0])
	section := binary.LittleEndian.AppendUint32(nil, blockSection)
	if c.Lo < first || whole.ng && bytes.Contains(c.Bytes[c.Lo:min(c.New+3, len(c.Bytes))], section) {
		n.headless++ // the file's own header, a section without interfaces: nothing behind has a meaning
		return
	}
	missed := 0
	for i := range whole.packets {
		p := whole.packets[i]
		lo, _ := whole.span(&p)
		if lo < c.Hi {
			continue
		}
		n.behind++
		p.Pos = MakePosition(0, int64(lo-c.Hi+c.New))
		at, found := slices.BinarySearchFunc(list, p.Pos, func(q Packet, pos Position) int { return cmp.Compare(q.Pos, pos) })
		if !found || !bytes.Equal(list[at].Data, p.Data) || list[at].Time != p.Time || list[at].LinkType != p.LinkType {
			missed++
		}
	}
	n.missed += missed
	n.most = max(n.most, missed)
	if missed > mostMissed {
		t.Errorf("%s, %s: %d packets behind the damage were not found again", whole.name, c.Name, missed)
	}
}

// checkCovered fails unless every octet was delivered, belongs to a block without packets, or is said to be lost.
func checkCovered(t *testing.T, whole *wholeCapture, c *damagetest.Case, list []Packet, damages []Damage) {
	t.Helper()
	type span struct{ lo, hi int }
	var spans []span
	if !whole.ng {
		spans = append(spans, span{0, pcapHeaderLen})
	}
	for i := range list {
		lo := int(list[i].Pos.Offset())
		spans = append(spans, span{lo, lo + spanLen(whole.ng, c.Bytes, lo)})
	}
	for _, d := range damages {
		if d.Lost < 0 {
			t.Fatalf("%s, %s: nobody knows how much is lost: %v", whole.name, c.Name, d.Error())
		}
		spans = append(spans, span{int(d.Offset), int(d.Offset + d.Lost)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	at := 0
	for _, s := range append(spans, span{len(c.Bytes), len(c.Bytes)}) {
		for whole.ng && at < s.lo && at+8 <= len(c.Bytes) && spanLen(true, c.Bytes, at) >= minBlockLen {
			at += spanLen(true, c.Bytes, at)
		}
		if at < s.lo {
			t.Fatalf("%s, %s: %d octets from %d on are neither read nor said to be lost: %v", whole.name, c.Name, s.lo-at, at, damages)
		}
		at = max(at, s.hi)
	}
}
