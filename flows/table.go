package flows

// A table finds conversations by the hash of their five-tuple: open addressing with linear probing over words of
// (hash, index), so that a probe that misses costs no look at the conversation itself.
type table struct {
	slots []uint64 // hash<<32 | index; 0 is empty
	shift uint32   // 32 - log2(len(slots))
	count int
}

const minTableBits = 10

// hugeTable is the number of slots from which on a table grows into large pages: of half a MiB.
const hugeTable = 1 << 16

func newTable() table {
	return table{slots: make([]uint64, 1<<minTableBits), shift: 32 - minTableBits}
}

// home returns the slot in which a hash would best stand.
func (t *table) home(hash uint32) uint32 { return hash >> (t.shift & 31) }

// beyond returns the word of a hash that found its place taken: it stands a little further on, mostly in the same cache
// line; 0 where there is none.
func (t *table) beyond(hash uint32) uint64 {
	mask := uint32(len(t.slots) - 1)
	for i := t.home(hash); ; i = (i + 1) & mask {
		if w := t.slots[i]; w == 0 || uint32(w>>32) == hash {
			return w
		}
	}
}

// insert adds a conversation; it grows the table so that at most five eighths are taken.
func (t *table) insert(hash, index uint32) {
	if (t.count+1)*8 > len(t.slots)*5 {
		t.grow()
	}
	t.place(uint64(hash)<<32 | uint64(index))
	t.count++
}

func (t *table) place(word uint64) {
	mask := uint32(len(t.slots) - 1)
	i := t.home(uint32(word >> 32))
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = word
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	t.shift--
	if len(old) >= hugeTable {
		askHugePages(t.slots)
	}
	touch(t.slots)
	for _, w := range old {
		if w != 0 {
			t.place(w)
		}
	}
}

// replace puts another conversation into the place of one with the same hash.
func (t *table) replace(hash, oldIndex, newIndex uint32) {
	if i, ok := t.find(hash, oldIndex); ok {
		t.slots[i] = uint64(hash)<<32 | uint64(newIndex)
	}
}

// remove takes a conversation out and closes the gap that it leaves.
func (t *table) remove(hash, index uint32) {
	i, ok := t.find(hash, index)
	if !ok {
		return
	}
	mask := uint32(len(t.slots) - 1)
	t.count--
	for j := (i + 1) & mask; ; j = (j + 1) & mask {
		w := t.slots[j]
		if w == 0 {
			break
		}
		// The word at j may move to i unless its home lies cyclically within (i, j].
		if home := t.home(uint32(w >> 32)); (j-home)&mask >= (j-i)&mask {
			t.slots[i] = w
			i = j
		}
	}
	t.slots[i] = 0
}

func (t *table) find(hash, index uint32) (uint32, bool) {
	mask := uint32(len(t.slots) - 1)
	want := uint64(hash)<<32 | uint64(index)
	for i := t.home(hash); t.slots[i] != 0; i = (i + 1) & mask {
		if t.slots[i] == want {
			return i, true
		}
	}
	return 0, false
}
