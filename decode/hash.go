package decode

import (
	"encoding/binary"
	"math/bits"
)

// hashKeys are the secret operands of a Decoder's hash.
type hashKeys [5]uint64

// defaultHashSeed is used where Config.Seed is 0. Any number does.
const defaultHashSeed = 0x9e3779b97f4a7c15

// newHashKeys stretches a seed to keys by the splitmix64 sequence.
func newHashKeys(seed uint64) (k hashKeys) {
	if seed == 0 {
		seed = defaultHashSeed
	}
	for i := range k {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		k[i] = z ^ z>>31 | 1
	}
	return k
}

// fold multiplies to 128 bits and folds the halves, so that every bit of the factors reaches every part of the result.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// endpoint makes one word of an address, given as its two halves in little endian, and a port. Those of IPv4 fit into it:
// the lower half of such an address ends in 16 zeros.
func (k *hashKeys) endpoint(hi, lo uint64, port uint16) uint64 {
	if hi == 0 && uint32(lo) == mapped {
		return endpoint4(lo, port)
	}
	return fold(hi+uint64(port)*k[0]^k[1], lo^k[2])
}

// endpoint4 is hashKeys.endpoint for the lower half of an IPv4 address.
func endpoint4(lo uint64, port uint16) uint64 { return lo | uint64(port) }

// tuple hashes two endpoints, put in order so that both directions agree.
func (k *hashKeys) tuple(a, b, scope uint64) uint32 {
	h := fold(min(a, b)^k[3]^scope*k[0], max(a, b)^k[4])
	return uint32(h ^ h>>32)
}

// Share returns which of so many shares a hash falls to. It looks at the lower half: a table may go by the upper one.
func Share(hash uint32, shares int) int { return int(uint32(uint16(hash)) * uint32(shares) >> 16) }

// SetHash fills s.Hash from the addresses, ports and scope as a Decoder with that Config.Seed does: a keyed hash that
// is the same for both directions of a conversation.
func (s *Segment) SetHash(seed uint64) {
	k := newHashKeys(seed)
	s.Hash = k.segment(s)
}

// segment hashes the tuple of a filled segment.
func (k *hashKeys) segment(s *Segment) uint32 {
	le := binary.LittleEndian
	return k.tuple(
		k.endpoint(le.Uint64(s.Src[:8]), le.Uint64(s.Src[8:]), s.SrcPort),
		k.endpoint(le.Uint64(s.Dst[:8]), le.Uint64(s.Dst[8:]), s.DstPort),
		s.Scope)
}
