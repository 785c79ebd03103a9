package model

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model/modeltest"
)

// fillRandom sets every exported field of v, so that a field that pack forgets is found.
func fillRandom(v reflect.Value, rng *rand.Rand) {
	switch v.Type() {
	case reflect.TypeFor[netip.AddrPort]():
		v.Set(reflect.ValueOf(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(rng.IntN(5)), 0, 1}), uint16(rng.Uint32()))))
		return
	case reflect.TypeFor[flows.State]():
		v.SetUint(uint64(rng.IntN(int(flows.NumStates))))
		return
	case reflect.TypeFor[flows.Grade]():
		v.SetUint(uint64(rng.IntN(3)))
		return
	case reflect.TypeFor[flows.NameBy]():
		v.SetUint(uint64(rng.IntN(4)))
		return
	case reflect.TypeFor[flows.PairKind]():
		v.SetUint(uint64(rng.IntN(2)))
		return
	case reflect.TypeFor[flows.Side]():
		v.SetUint(uint64(rng.IntN(2)))
		return
	case reflect.TypeFor[decode.Position]():
		v.SetUint(rng.Uint64())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() { // what flows keeps to itself cannot be restored from here
				fillRandom(field, rng)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fillRandom(v.Index(i), rng)
		}
	case reflect.Slice:
		n := rng.IntN(6)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fillRandom(v.Index(i), rng)
		}
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.String:
		v.SetString(fmt.Sprint(rng.IntN(1000)))
	case reflect.Int64:
		v.SetInt([]int64{flows.NoTime, 0, -1, rng.Int64(), modeltest.Epoch + rng.Int64N(1e12), 1e9}[rng.IntN(6)])
	case reflect.Uint8:
		v.SetUint(uint64(rng.IntN(256)))
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rng.Uint64() & (1<<v.Type().Bits() - 1) >> rng.IntN(v.Type().Bits()))
	default:
		panic(v.Type())
	}
}

func normalize(t *flows.Teardown) {
	for i := range t.Causes {
		c := &t.Causes[i]
		c.NFrames %= 5
		clear(c.Frames[c.NFrames:])
	}
	for i := range t.Ends {
		if !t.Ends[i].SawSYN {
			t.Ends[i].ISN = 0
		}
	}
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf(" from\n%.200s\n%.200s", a[max(0, i-60):], b[max(0, i-60):])
}

func equalTeardowns(a, b *flows.Teardown) bool {
	return fmt.Sprintf("%v", *a) == fmt.Sprintf("%v", *b)
}

// TestEveryFieldOfATeardownSurvivesTheStore fails where a field was added to Teardown that pack does not know.
func TestEveryFieldOfATeardownSurvivesTheStore(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var got flows.Teardown
	s := NewStore()
	var want []flows.Teardown
	for range 6000 {
		var td flows.Teardown
		fillRandom(reflect.ValueOf(&td).Elem(), rng)
		td.ID = uint64(len(want) + 1)
		normalize(&td)
		s.Put(&td)
		want = append(want, td)
	}
	snap := s.Publish()
	for i := range want {
		snap.Teardown(int32(i), &got)
		if !equalTeardowns(&want[i], &got) {
			t.Fatalf("row %d: what was put and what came back differ%s", i, firstDifference(fmt.Sprintf("%+v", want[i]), fmt.Sprintf("%+v", got)))
		}
	}
}

// TestASnapshotStaysWhatItWas changes every row after a snapshot was taken, and looks at the snapshot again.
func TestASnapshotStaysWhatItWas(t *testing.T) {
	s, m := NewStore(), modeltest.NewMaker()
	var all []flows.Teardown
	for range 3 * chunkRows / 2 {
		td := *m.Next()
		td.Final = false
		td.Marks, td.Causes = nil, nil
		all = append(all, td)
		s.Put(&td)
	}
	before := s.Publish()
	for i := range all {
		all[i].Class, all[i].Last = flows.Vanished, all[i].Last+5e9
		all[i].Final, all[i].GivenUp = i%3 == 0, i%3 == 1
		s.Put(&all[i])
	}
	after := s.Publish()
	var b, a flows.Teardown
	for i := range all {
		before.Teardown(int32(i), &b)
		after.Teardown(int32(i), &a)
		if b.Class == flows.Vanished || b.ID != all[i].ID {
			t.Fatalf("row %d of the older snapshot changed: %v", i, b.Class)
		}
		if !equalTeardowns(&a, &all[i]) {
			t.Fatalf("row %d was not replaced:\n%+v\n%+v", i, a, all[i])
		}
	}
	if before.Rows() != after.Rows() || after.Edition == before.Edition {
		t.Fatalf("rows %d and %d, editions %d and %d", before.Rows(), after.Rows(), before.Edition, after.Edition)
	}
}

// TestARowTakesAtMost170Bytes states what a listed conversation costs.
func TestARowTakesAtMost170Bytes(t *testing.T) {
	s, m := NewStore(), modeltest.NewMaker()
	for range 100_000 {
		s.Put(m.Next())
	}
	size, rows := s.Bytes()
	t.Logf("%.1f bytes a conversation, %d templates", float64(size)/float64(rows), len(s.templates.list))
	if size/rows > 170 {
		t.Errorf("a conversation takes %d bytes", size/rows)
	}
}

func BenchmarkPut(b *testing.B) {
	s, m := NewStore(), modeltest.NewMaker()
	b.ReportAllocs()
	for b.Loop() {
		s.Put(m.Next())
	}
	size, rows := s.Bytes()
	b.ReportMetric(float64(size)/float64(rows), "B/row")
}

func BenchmarkUnpack(b *testing.B) {
	s, m := NewStore(), modeltest.NewMaker()
	for range 10_000 {
		s.Put(m.Next())
	}
	snap := s.Publish()
	var t flows.Teardown
	i := int32(0)
	for b.Loop() {
		snap.Teardown(i, &t)
		i = (i + 1) % 10_000
	}
}
