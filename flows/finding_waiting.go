package flows

// waitingRoom is how many conversations wait for their services and groups to be loaded.
const waitingRoom = 16

// A waiting list puts off what is added to the values of a sample until there are several, and loads all of these side by
// side: a service that was seen a while ago is in no cache any more, and so the processor waits for memory once for many
// services, not for each.
type waiting[K hashed, V, M any] struct {
	of    *sample[K, V]
	add   func(v *V, m *M)
	lines func(v *V, m *M) uint64 // loads what add looks at, besides what lies beside the key

	keys    [waitingRoom]K
	hashes  [waitingRoom]hash
	what    [waitingRoom]M
	entries [waitingRoom]*entry[K, V] // where load found each key; nil where it is not yet there
	n       int
	loaded  uint64 // nobody asks for it: it keeps the loads from being left out
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
	moves := w.of.moves
	for i := range min(w.n, waitingRoom) {
		var v *V
		if e := w.entries[i]; e != nil && w.of.moves == moves {
			v = &e.value
		} else if v = w.of.at(&w.keys[i], w.hashes[i]); v == nil {
			continue
		}
		w.add(v, &w.what[i])
	}
	w.n = 0
}

// load finds all keys that wait and are there already, and looks at their values.
func (w *waiting[K, V, M]) load() {
	s := w.of
	mask := uint64(len(s.slots) - 1)
	var words [waitingRoom]uint64
	n := min(w.n, waitingRoom)
	for i := range n {
		words[i] = s.slots[w.hashes[i].slot>>32&mask]
	}
	var sum uint64
	for i, word := range words[:n] {
		w.entries[i] = nil
		if place := int(uint32(word)) - 1; place >= 0 {
			if e := s.entry(place); e.key == w.keys[i] { // else it stands in one of the next slots
				w.entries[i] = e
				sum += w.lines(&e.value, &w.what[i])
			}
		}
	}
	w.loaded = sum
}
