package main

// A wheel hands out conversations in the order of their next times: a timing wheel of about a millisecond a slot, and a
// heap of what is due within the current slot. A conversation stands in it at most once and is linked through its own
// next field, so that nothing is allocated.
type wheel struct {
	convs   []conv // index 0 stands for the next arrival
	slots   []int32
	current int64
	waiting int
	near    []int32 // heap, ordered by time, then index
}

const (
	slotShift = 20 // nanoseconds to slots
	slotCount = 1 << 16
)

func newWheel() *wheel {
	return &wheel{convs: make([]conv, 1), slots: make([]int32, slotCount)}
}

// push plans conversation i for its time.
func (w *wheel) push(i int32) {
	slot := w.convs[i].time >> slotShift
	if slot <= w.current {
		w.up(i)
		return
	}
	head := &w.slots[slot&(slotCount-1)] // holds index + 1
	w.convs[i].next = *head
	*head = i + 1
	w.waiting++
}

// pop returns the conversation that is due first; false if none is planned.
func (w *wheel) pop() (int32, bool) {
	for len(w.near) == 0 {
		if w.waiting == 0 {
			return 0, false
		}
		w.current++
		w.turn()
	}
	return w.down(), true
}

// turn moves what is due in the current slot to the heap; what is due a full turn later stays.
func (w *wheel) turn() {
	head := &w.slots[w.current&(slotCount-1)]
	at := *head
	*head = 0
	for at != 0 {
		i := at - 1
		c := &w.convs[i]
		at = c.next
		if c.time>>slotShift > w.current {
			c.next = *head
			*head = i + 1
			continue
		}
		w.waiting--
		w.up(i)
	}
}

func (w *wheel) before(i, j int32) bool {
	a, b := w.convs[i].time, w.convs[j].time
	return a < b || a == b && i < j
}

// up adds i to the heap.
func (w *wheel) up(i int32) {
	w.near = append(w.near, i)
	at := len(w.near) - 1
	for at > 0 {
		above := (at - 1) / 2
		if !w.before(i, w.near[above]) {
			break
		}
		w.near[at] = w.near[above]
		at = above
	}
	w.near[at] = i
}

// down takes the first of the heap.
func (w *wheel) down() int32 {
	first := w.near[0]
	last := len(w.near) - 1
	i := w.near[last]
	w.near = w.near[:last]
	if last == 0 {
		return first
	}
	at := 0
	for {
		below := 2*at + 1
		if below >= last {
			break
		}
		if below+1 < last && w.before(w.near[below+1], w.near[below]) {
			below++
		}
		if !w.before(w.near[below], i) {
			break
		}
		w.near[at] = w.near[below]
		at = below
	}
	w.near[at] = i
	return first
}
