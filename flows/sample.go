package flows

import (
	"cmp"
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

// hash mixes the key; it is the same in every run.
func (k endKey) hash() uint64 {
	return mix(mix(k.high^0x9e3779b97f4a7c15) + mix(k.low^uint64(k.port)<<17) + uint64(k.port))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A hashed key can be put into a sample.
type hashed interface {
	comparable
	hash() uint64
}

// A sample keeps a value for each of at most limit keys. Where there are more it keeps those with the smallest hashes:
// so which ones are kept does not depend on the order in which they came, what is kept is complete, and two samples can
// be merged into the one that all keys together would have given.
type sample[K hashed, V any] struct {
	limit  int
	values map[K]*V
	most   uint64 // keys with a larger hash are left out
	cut    bool

	recent []recent[K, V] // what was asked for lately, by hash: a look here costs a fraction of the map's
}

type recent[K hashed, V any] struct {
	key   K
	value *V // nil: empty
}

// recentKeys is how many keys are looked up without the map; a power of two.
const recentKeys = 1024

func newSample[K hashed, V any](limit int) sample[K, V] {
	return sample[K, V]{limit: limit, values: map[K]*V{}, most: ^uint64(0), recent: make([]recent[K, V], recentKeys)}
}

// at returns the value of a key, a new one where it is not there yet; nil for a key that is left out.
func (s *sample[K, V]) at(k K) *V {
	hash := k.hash()
	if hash > s.most {
		return nil
	}
	r := &s.recent[hash%recentKeys]
	if r.value != nil && r.key == k {
		return r.value
	}
	v := s.values[k]
	if v == nil {
		if len(s.values) >= s.limit+s.limit/4+1 {
			s.prune()
			if hash > s.most {
				return nil
			}
		}
		v = new(V)
		s.values[k] = v
	}
	r.key, r.value = k, v
	return v
}

// leftOut reports whether a key is known to be left out.
func (s *sample[K, V]) leftOut(k K) bool { return s.cut && k.hash() > s.most }

// prune leaves the limit keys with the smallest hashes.
func (s *sample[K, V]) prune() {
	if len(s.values) <= s.limit {
		return
	}
	hashes := make([]uint64, 0, len(s.values))
	for k := range s.values {
		hashes = append(hashes, k.hash())
	}
	slices.Sort(hashes)
	s.most, s.cut = hashes[s.limit-1], true
	clear(s.recent)
	for k := range s.values {
		if k.hash() > s.most {
			delete(s.values, k)
		}
	}
}

// merge takes what another sample holds; add puts one value into another.
func (s *sample[K, V]) merge(o *sample[K, V], add func(to, from *V)) {
	for k, v := range o.values {
		if to := s.at(k); to != nil {
			add(to, v)
		}
	}
	if o.cut {
		s.cut, s.most = true, min(s.most, o.most)
		clear(s.recent)
		for k := range s.values {
			if k.hash() > s.most {
				delete(s.values, k)
			}
		}
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
	for k, v := range s.values {
		if wanted(k, v) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b K) int {
		if c := compare(a, b); c != 0 {
			return c
		}
		return cmp.Compare(a.hash(), b.hash())
	})
	return keys
}
