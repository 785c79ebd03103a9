package decode

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// randomTuple fills the key fields of a segment; half of them are IPv4 from few networks, as captures hold them.
func randomTuple(r *rand.Rand) (s Segment) {
	s.Src, s.Dst = mapped4([]byte{10, 0, byte(r.Uint32()), byte(r.Uint32())}), mapped4([]byte{10, 1, 0, byte(r.Uint32())})
	if r.Uint32()&1 != 0 {
		s.Src, s.Dst = Addr{0x20, 1, 0xd, 0xb8, 14: byte(r.Uint32()), 15: byte(r.Uint32())}, Addr{0x20, 1, 0xd, 0xb8, 15: byte(r.Uint32())}
	}
	s.SrcPort, s.DstPort = uint16(32768+r.Uint32()%28000), 443
	return s
}

func TestOneBitOfTheTupleChangesHalfTheHash(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const tuples = 2000
	var flips [32]int // of each bit of the hash
	trials := 0
	for range tuples {
		s := randomTuple(r)
		s.SetHash(0)
		low := 8 * r.IntN(6) // a bit of: source, destination, ports
		for bit := low; bit < low+8; bit++ {
			c := s
			switch {
			case bit < 16:
				c.Src[15-bit/8] ^= 1 << (bit % 8)
			case bit < 32:
				c.Dst[15-(bit-16)/8] ^= 1 << (bit % 8)
			default:
				c.SrcPort ^= 1 << (bit - 32)
			}
			c.SetHash(0)
			trials++
			for i := range flips {
				flips[i] += int((c.Hash ^ s.Hash) >> i & 1)
			}
		}
	}
	for i, n := range flips {
		// Each flips in half of the trials; six standard deviations either way.
		if off := math.Abs(float64(n) - float64(trials)/2); off > 6*math.Sqrt(float64(trials))/2 {
			t.Errorf("bit %d of the hash flips in %d of %d trials", i, n, trials)
		}
	}
}

func TestHashesSpreadInLowAndHighBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const conversations, buckets = 1 << 16, 1 << 10
	var low, high [buckets]int
	for i := range conversations {
		s := Segment{Src: mapped4([]byte{10, 0, 0, byte(i >> 14)}), Dst: mapped4([]byte{10, 0, 0, 9}), SrcPort: uint16(32768 + i&0x3fff), DstPort: 80}
		s.SetHash(r.Uint64() | 1)
		s.SetHash(0)
		low[s.Hash%buckets]++
		high[s.Hash/(1<<32/buckets)]++
	}
	for name, counts := range map[string]*[buckets]int{"low": &low, "high": &high} {
		chi := 0.0
		for _, n := range counts {
			chi += (float64(n) - conversations/buckets) * (float64(n) - conversations/buckets) / (conversations / buckets)
		}
		if limit := buckets + 6*math.Sqrt(2*buckets); chi > limit {
			t.Errorf("%s bits: chi square %.0f, limit %.0f", name, chi, limit)
		}
	}
}

func TestTheHashDependsOnSeedAndScopeNotOnDirection(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		s := randomTuple(r)
		s.SetHash(0)
		back := s
		back.Src, back.Dst, back.SrcPort, back.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
		back.SetHash(0)
		seeded, scoped, swapped := s, s, s
		seeded.SetHash(77)
		scoped.Scope = 1
		scoped.SetHash(0)
		swapped.SrcPort, swapped.DstPort = s.DstPort, s.SrcPort // the ports change hands, the addresses do not
		swapped.SetHash(0)
		if back.Hash != s.Hash {
			t.Fatalf("the way back has another hash: %+v", s)
		}
		for _, other := range []Segment{seeded, scoped, swapped} {
			if n := bits.OnesCount32(other.Hash ^ s.Hash); n < 2 {
				t.Fatalf("hashes %#x and %#x of\n%+v\n%+v", s.Hash, other.Hash, s, other)
			}
		}
	}
}

// Five-tuples that were chosen to meet under one key are spread like any others under another.
func TestTuplesChosenAgainstOneKeyAreOrdinaryUnderAnother(t *testing.T) {
	const chosen, part = 4000, 10 // tuples whose hashes begin with that many zeros
	known, secret := newHashKeys(1), newHashKeys(0xfeedfacecafebeef)
	var met int
	s := Segment{Dst: mapped4([]byte{10, 0, 0, 9}), DstPort: 443}
	rng := rand.New(rand.NewPCG(5, 6))
	for n := 0; n < chosen; {
		s.Src, s.SrcPort = mapped4(binary.BigEndian.AppendUint32(nil, rng.Uint32())), uint16(rng.Uint32())
		if known.segment(&s)>>(32-part) != 0 {
			continue
		}
		n++
		if secret.segment(&s)>>(32-part) == 0 {
			met++
		}
	}
	if met > chosen/100 {
		t.Errorf("%d of %d tuples meet under the other key too, %d would by chance", met, chosen, chosen>>part)
	}
}
