package flows

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// An endKey is an address and a port without a pointer, so that maps of many need no scan; port 0 stands for the host.
// An IPv4 address is kept in its IPv6-mapped form. The port has 64 bits so that keys are compared as they lie, without gaps.
type endKey struct{ high, low, port uint64 }

func keyOf(a netip.AddrPort) endKey {
	k := hostOf(a.Addr())
	k.port = uint64(a.Port())
	return k
}

// hostOf returns the key of the host alone. It reads the octets in the pieces in which they are written: As16 copies all at
// once what was written in two, and the processor waits until that has left its store buffer.
func hostOf(a netip.Addr) endKey {
	if a.Is4() {
		b := a.As4()
		return endKey{low: 0xffff<<32 | uint64(binary.BigEndian.Uint32(b[:]))}
	}
	var b [16]byte
	_, _ = a.AppendBinary(b[:0]) // it has no error; a zone would stand behind
	return endKey{high: binary.BigEndian.Uint64(b[:8]), low: binary.BigEndian.Uint64(b[8:])}
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

// A hash says where a key belongs. Its rank is the same in every run, so that which keys are kept is, too; where a key lies
// in memory is chosen by its slot, mixed with a secret, so that nobody can send addresses that all lie in one place.
type hash struct{ rank, slot uint64 }

func (k endKey) hash(secret uint64) hash { return hash{k.rank(), k.slot(secret)} }

func (k endKey) rank() uint64 {
	high := mixedZero // as that of all IPv4 addresses
	if k.high != 0 {
		high = mix(k.high ^ rankSeed)
	}
	return mix(high + mix(k.low^k.port<<17) + k.port)
}

func (k endKey) slot(secret uint64) uint64 {
	return fold(k.high+k.port*rankSeed^secret, k.low^bits.RotateLeft64(secret, 32))
}

const rankSeed = 0x9e3779b97f4a7c15

// mixedZero is what rank makes of an upper half of zeros.
var mixedZero = mix(rankSeed)

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

// A hashed key can be put into a sample.
type hashed interface {
	comparable
	hash(secret uint64) hash
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

	slots   []uint64 // open addressing: the upper half of a key's slot, which says where it belongs, above 1 + the place of its entry; 0 is free. At most half are taken
	entries []*[pageEntries]entry[K, V]
	n       int
	moves   int // how often entries were moved
}

// An entry is one key that is kept. Entries lie in pages, so that none is copied to make room for more.
type entry[K hashed, V any] struct {
	key K
	hash
	value V
}

// pageEntries is how many entries a page has; a power of two.
const pageEntries = 64

// newSample returns an empty sample. What hashes keys for several samples makes them with one secret.
func newSample[K hashed, V any](limit int, secret uint64) sample[K, V] {
	return sample[K, V]{limit: limit, secret: secret, slots: make([]uint64, 64)}
}

func newSecret() uint64 { return rand.Uint64() }

func (s *sample[K, V]) entry(i int) *entry[K, V] {
	return &s.entries[uint(i)/pageEntries][uint(i)%pageEntries]
}

// find returns a key's entry, or where there is none nil and the free slot that it would take.
func (s *sample[K, V]) find(k *K, slot uint64) (e *entry[K, V], free uint64) {
	mask := uint64(len(s.slots) - 1)
	for at := slot >> 32 & mask; ; at = (at + 1) & mask {
		word := s.slots[at]
		if word>>32 == slot>>32 && word != 0 {
			if e = s.entry(int(uint32(word)) - 1); e.key == *k {
				return e, 0
			}
		} else if word == 0 {
			return nil, at
		}
	}
}

// get returns the value of a key, nil where none is kept.
func (s *sample[K, V]) get(k K) *V {
	e, _ := s.find(&k, k.hash(s.secret).slot)
	if e == nil {
		return nil
	}
	return &e.value
}

// leavesOut reports whether the keys of a rank are known to be left out.
func (s *sample[K, V]) leavesOut(rank uint64) bool { return s.cut && rank >= s.bar }

// at returns the value of a key, a new one where it is not there yet; nil for a key that is left out. The value stays where
// it is until another new key is asked for.
func (s *sample[K, V]) at(k *K, h hash) *V {
	if s.leavesOut(h.rank) {
		return nil
	}
	e, free := s.find(k, h.slot)
	if e == nil {
		return s.insert(k, h, free)
	}
	return &e.value
}

// insert makes a new entry in a free slot.
func (s *sample[K, V]) insert(k *K, h hash, free uint64) *V {
	switch {
	case s.n >= s.limit+s.limit/4+1:
		s.prune()
		return s.at(k, h)
	case 2*s.n >= len(s.slots):
		s.grow()
		return s.at(k, h)
	case s.n == len(s.entries)*pageEntries:
		page := new([pageEntries]entry[K, V])
		touch(page[:])
		s.entries = append(s.entries, page)
	}
	s.n++
	s.slots[free] = h.word(s.n)
	e := s.entry(s.n - 1) // its value is zero
	e.key, e.hash = *k, h
	return &e.value
}

// word returns what stands in the slot of the n-th entry, counted from 1.
func (h *hash) word(n int) uint64 { return h.slot>>32<<32 | uint64(n) }

// grow doubles the slots.
func (s *sample[K, V]) grow() {
	s.slots = make([]uint64, 2*len(s.slots))
	touch(s.slots)
	s.fill()
}

// fill gives every entry a slot, where all are free.
func (s *sample[K, V]) fill() {
	mask := uint64(len(s.slots) - 1)
	for i := range s.n {
		word := s.entry(i).word(i + 1)
		at := word >> 32 & mask
		for s.slots[at] != 0 {
			at = (at + 1) & mask
		}
		s.slots[at] = word
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
	s.moves++
	for i := 0; i < s.n; {
		e := s.entry(i)
		if e.rank < bar {
			i++
			continue
		}
		s.n--
		last := s.entry(s.n)
		*e = *last
		*last = entry[K, V]{}
	}
	clear(s.slots)
	s.fill()
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
		if to := s.at(&e.key, e.key.hash(s.secret)); to != nil {
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
