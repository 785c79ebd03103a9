package flows

// waitingRoom is how many conversations wait for their services and groups to be loaded.
const waitingRoom = 16

// A waiting list puts off what is added to the values of a sample until there are several, and loads all of these side by
// side: a service that was seen a while ago is in no cache any more, and so the processor waits for memory once for many
// services, not for each.
type waiting[K hashed, V, M any] struct {
	of    *sample[K, V]
	add   func(v *V, m *M)
	lines func(v *V) uint64 // loads what add looks at

	keys   [waitingRoom]K
	hashes [waitingRoom]hash
	what   [waitingRoom]M
	n      int
	loaded uint64 // nobody asks for it: it keeps the loads from being left out
}

// next returns where to put what is to be added to the value of a key.
func (w *waiting[K, V, M]) next(k *K, h hash) *M {
	if w.n >= waitingRoom {
		w.settle()
	}
	i := w.n
	w.keys[i], w.hashes[i] = *k, h
	w.n++
	return &w.what[i]
}

// settle adds what waits.
func (w *waiting[K, V, M]) settle() {
	w.load()
	for i := range min(w.n, waitingRoom) {
		if v := w.of.at(&w.keys[i], w.hashes[i]); v != nil {
			w.add(v, &w.what[i])
		}
	}
	w.n = 0
}

// load looks at the values of all keys that wait and are there already.
func (w *waiting[K, V, M]) load() {
	s := w.of
	mask := uint64(len(s.slots) - 1)
	var words [waitingRoom]uint64
	n := min(w.n, waitingRoom)
	for i := range n {
		words[i] = s.slots[w.hashes[i].slot>>32&mask]
	}
	var sum uint64
	for _, word := range words[:n] {
		if place := int(uint32(word)) - 1; place >= 0 {
			e := s.entry(place)
			sum += e.rank + w.lines(&e.value)
		}
	}
	w.loaded = sum
}
