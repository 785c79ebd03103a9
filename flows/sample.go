package flows

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// An endKey is an address and a port without a pointer, so that maps of many need no scan; port 0 stands for the host.
// An IPv4 address is kept in its IPv6-mapped form.
type endKey struct {
	high, low uint64
	port      uint32
}

func keyOf(a netip.AddrPort) endKey {
	k := hostOf(a)
	k.port = uint32(a.Port())
	return k
}

// hostOf returns the key of the host alone.
func hostOf(a netip.AddrPort) endKey {
	b := a.Addr().As16()
	return endKey{high: be64(b[:8]), low: be64(b[8:])}
}

func be64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
		uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
}

// addrPort returns the address that the key was made of.
func (k endKey) addrPort() netip.AddrPort {
	var b [16]byte
	for i := range 8 {
		b[i] = byte(k.high >> (56 - 8*i))
		b[8+i] = byte(k.low >> (56 - 8*i))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(b).Unmap(), uint16(k.port))
}

// is4 reports whether the address is an IPv4 one.
func (k endKey) is4() bool { return k.high == 0 && k.low>>32 == 0xffff }

// compareKeys orders keys as netip.AddrPort.Compare does: IPv4 first.
func compareKeys(a, b endKey) int {
	if x, y := a.is4(), b.is4(); x != y {
		if x {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(a.high, b.high); c != 0 {
		return c
	}
	if c := cmp.Compare(a.low, b.low); c != 0 {
		return c
	}
	return cmp.Compare(a.port, b.port)
}

// rank mixes the key; it is the same in every run.
func (k endKey) rank() uint64 {
	return mix(mix(k.high^0x9e3779b97f4a7c15) + mix(k.low^uint64(k.port)<<17) + uint64(k.port))
}

// slot mixes the key with a secret.
func (k endKey) slot(secret uint64) uint64 {
	return fold(k.high+uint64(k.port)*0x9e3779b97f4a7c15^secret, k.low^bits.RotateLeft64(secret, 32))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fold multiplies to 128 bits and folds the halves.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// A hashed key can be put into a sample. Its rank is the same in every run, so that which keys are kept is, too; where a
// key lies in memory is chosen by its slot and a secret, so that nobody can send addresses that all lie in one place.
type hashed interface {
	comparable
	rank() uint64
	slot(secret uint64) uint64
}

// A sample keeps a value for each of at most limit keys. Where there are more it keeps those with the smallest ranks:
// so which ones are kept does not depend on the order in which they came, what is kept is complete, and two samples can
// be merged into the one that all keys together would have given. Of keys with the same rank all are kept or none: ranks
// are no secret, so that somebody may send as many of one rank as he likes.
type sample[K hashed, V any] struct {
	limit  int
	cut    bool
	bar    uint64 // where some were left out: keys with this rank or a larger one are
	secret uint64

	slots   []uint64 // open addressing: the upper half of a key's slot and 1 + the place of its entry; 0 is free. At most half are taken
	entries [][]entry[K, V]
	n       int
}

// An entry is one key that is kept. Entries lie in pages, so that none is copied to make room for more.
type entry[K hashed, V any] struct {
	key   K
	rank  uint64
	value V
}

// pageEntries is how many entries a page has; a power of two.
const pageEntries = 64

func newSample[K hashed, V any](limit int) sample[K, V] {
	return sample[K, V]{limit: limit, secret: rand.Uint64(), slots: make([]uint64, 64)}
}

func (s *sample[K, V]) entry(i int) *entry[K, V] { return &s.entries[i/pageEntries][i%pageEntries] }

// find returns the place of a key's entry, or where there is none the free slot that it would take.
func (s *sample[K, V]) find(k K, slot uint64) (place int, free uint64) {
	mask := uint64(len(s.slots) - 1)
	for at := slot & mask; ; at = (at + 1) & mask {
		word := s.slots[at]
		if word == 0 {
			return -1, at
		}
		if word>>32 == slot>>32 {
			if place = int(uint32(word)) - 1; s.entry(place).key == k {
				return place, 0
			}
		}
	}
}

// get returns the value of a key, nil where none is kept.
func (s *sample[K, V]) get(k K) *V {
	if place, _ := s.find(k, k.slot(s.secret)); place >= 0 {
		return &s.entry(place).value
	}
	return nil
}

// at returns the value of a key, a new one where it is not there yet; nil for a key that is left out. The value stays where
// it is until another new key is asked for.
func (s *sample[K, V]) at(k K) *V {
	slot := k.slot(s.secret)
	place, free := s.find(k, slot)
	if place >= 0 {
		return &s.entry(place).value
	}
	rank := k.rank()
	if s.cut && rank >= s.bar {
		return nil
	}
	switch {
	case s.n >= s.limit+s.limit/4+1:
		s.prune()
		return s.at(k)
	case 2*s.n >= len(s.slots):
		s.place(2 * len(s.slots))
		return s.at(k)
	}
	s.slots[free] = slot>>32<<32 | uint64(s.n+1)
	if s.n == len(s.entries)*pageEntries {
		s.entries = append(s.entries, make([]entry[K, V], pageEntries))
	}
	e := s.entry(s.n)
	*e = entry[K, V]{key: k, rank: rank}
	s.n++
	return &e.value
}

// leftOut reports whether a key is known to be left out.
func (s *sample[K, V]) leftOut(k K) bool { return s.cut && k.rank() >= s.bar }

// place gives every entry its slot among so many.
func (s *sample[K, V]) place(slots int) {
	if slots == len(s.slots) {
		clear(s.slots)
	} else {
		s.slots = make([]uint64, slots)
	}
	mask := uint64(slots - 1)
	for i := range s.n {
		slot := s.entry(i).key.slot(s.secret)
		at := slot & mask
		for s.slots[at] != 0 {
			at = (at + 1) & mask
		}
		s.slots[at] = slot>>32<<32 | uint64(i+1)
	}
}

// prune leaves the keys with the smallest ranks, no more than limit.
func (s *sample[K, V]) prune() {
	if s.n <= s.limit {
		return
	}
	ranks := make([]uint64, s.n)
	for i := range ranks {
		ranks[i] = s.entry(i).rank
	}
	s.leaveOut(nth(ranks, s.limit))
}

// leaveOut drops the keys with that rank or a larger one, now and from now on. The last entries move to where one is
// dropped.
func (s *sample[K, V]) leaveOut(bar uint64) {
	if s.cut {
		bar = min(bar, s.bar)
	}
	s.bar, s.cut = bar, true
	for i := 0; i < s.n; {
		e := s.entry(i)
		if e.rank < s.bar {
			i++
			continue
		}
		s.n--
		last := s.entry(s.n)
		*e = *last
		*last = entry[K, V]{}
	}
	s.place(len(s.slots))
}

// nth returns the number that would stand at a place if the list were sorted; it changes their order. Where it parts the
// list is left to chance, so that nobody can send numbers that it parts badly.
func nth(list []uint64, at int) uint64 {
	low, high := 0, len(list)-1
	for low < high {
		pivot := list[low+rand.IntN(high-low+1)]
		i, j := low, high
		for i <= j {
			for list[i] < pivot {
				i++
			}
			for list[j] > pivot {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i++
				j--
			}
		}
		switch {
		case at <= j:
			high = j
		case at >= i:
			low = i
		default:
			return list[at]
		}
	}
	return list[at]
}

// merge takes what another sample holds; add puts one value into another.
func (s *sample[K, V]) merge(o *sample[K, V], add func(to, from *V)) {
	for i := range o.n {
		e := o.entry(i)
		if to := s.at(e.key); to != nil {
			add(to, &e.value)
		}
	}
	if o.cut {
		s.leaveOut(o.bar)
	}
	s.prune()
}

// keys returns the kept keys in order.
func (s *sample[K, V]) keys(compare func(a, b K) int) []K {
	return s.keysOf(compare, func(K, *V) bool { return true })
}

// keysOf returns the kept keys in order whose values are wanted: most are not, and need not be put in order.
func (s *sample[K, V]) keysOf(compare func(a, b K) int, wanted func(k K, v *V) bool) []K {
	s.prune()
	var keys []K
	for i := range s.n {
		if e := s.entry(i); wanted(e.key, &e.value) {
			keys = append(keys, e.key)
		}
	}
	slices.SortFunc(keys, compare)
	return keys
}
