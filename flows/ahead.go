package flows

import (
	"unsafe"

	"tcpclose/decode"
)

// lookAhead is how many segments are looked at together, one step after the other, before the first of them is taken: so
// many that memory comes in time, so few that nothing is driven out of the first cache before it is needed. Conversations
// are 256 octets apart, so that the first lines of all share a quarter of that cache.
const lookAhead = 16

// usedByAll is how many of a conversation's cache lines every segment needs: who talks, and the two sides.
const usedByAll = int(unsafe.Offsetof(conn{}.start) / cacheLine)

// A known is a conversation as it was found ahead, by its hash alone: it may be another one's, or over by now.
type known struct {
	conn  *conn
	index uint32 // 0 where there is none
}

// AddAll takes a run of segments, in capture order.
//
// A hundred thousand conversations fit into no cache, and what belongs to one is found by three steps that wait for each
// other: the table's word, the conversation, what it points to. So each step is made for 16 segments at once, and it only
// asks for the memory that the next one needs, 16 segments later: that has come by then, while those before were taken.
func (t *Tracker) AddAll(list []decode.Segment) {
	t.stats.Segments += uint64(len(list))
	var found [3][lookAhead]known
	for i := 0; i < len(list)+3*lookAhead; i += lookAhead {
		turn := i / lookAhead
		t.askWords(round(list, i))
		t.askConns(round(list, i-lookAhead), &found[turn%3])
		t.askRest(round(list, i-2*lookAhead), &found[(turn+2)%3])
		t.take(round(list, i-3*lookAhead), &found[(turn+1)%3])
	}
}

// round returns the segments from one on that are looked at together; none where it is not there.
func round(list []decode.Segment, from int) []decode.Segment {
	if from < 0 || from >= len(list) {
		return nil
	}
	return list[from:min(from+lookAhead, len(list))]
}

// askWords asks for the table's words.
func (t *Tracker) askWords(list []decode.Segment) {
	if len(list) == 0 {
		return
	}
	var words [lookAhead]unsafe.Pointer
	list = list[:min(len(list), lookAhead)]
	slots, shift := t.table.slots, t.table.shift&31
	for i := range list {
		words[i] = unsafe.Pointer(&slots[list[i].Hash>>shift])
	}
	prefetch(words[:len(list)], 1)
}

// askConns looks the conversations up, and asks for what every segment needs of them.
func (t *Tracker) askConns(list []decode.Segment, found *[lookAhead]known) {
	if len(list) == 0 {
		return
	}
	var conns [lookAhead]unsafe.Pointer
	list = list[:min(len(list), lookAhead)]
	slots, shift := t.table.slots, t.table.shift&31
	chunks := t.conns.chunks
	for i := range list {
		w := slots[list[i].Hash>>shift]
		if hash := list[i].Hash; uint32(w>>32) != hash && w != 0 {
			w = t.table.beyond(hash)
		}
		index := uint32(w)
		c := &chunks[index>>chunkBits][index&(1<<chunkBits-1)]
		found[i] = known{c, index}
		conns[i] = unsafe.Pointer(c)
	}
	prefetch(conns[:len(list)], usedByAll)
}

// askRest asks for what segments at a conversation's begin and end need besides: how it began, its closing record, a note.
func (t *Tracker) askRest(list []decode.Segment, found *[lookAhead]known) {
	const turns = decode.SYN | decode.FIN | decode.RST
	var lines [lookAhead]unsafe.Pointer
	n := 0
	for i := range list {
		c := found[i&(lookAhead-1)].conn
		if c.flags&(flagSlow|flagServed) == flagServed && list[i].Flags&turns == 0 {
			continue
		}
		lines[n] = unsafe.Pointer(&c.start)
		n++
		t.askRestOf(c)
	}
	prefetch(lines[:n], 1)
}

// askRestOf asks for a conversation's closing record and its first note.
func (t *Tracker) askRestOf(c *conn) {
	if c.closing != 0 {
		t.closings.ask(c.closing)
	}
	if c.notes != 0 {
		t.notes.ask(c.notes)
	}
}

// dueAhead is how many conversations are judged while what the next ones need is on its way.
const dueAhead = 16

// ahead asks for what judging and forgetting the conversations after the i-th will need, step by step as AddAll does.
func (t *Tracker) ahead(due []timer, i int) {
	if i%dueAhead != 0 {
		return
	}
	group := func(n int) []timer { return due[min(i+n*dueAhead, len(due)):min(i+(n+1)*dueAhead, len(due))] }
	if i == 0 {
		for n := range 3 {
			t.askDue(group(n))
		}
		t.askDueRest(group(0))
		t.askDueRest(group(1))
		t.askNextNotes(group(0))
	}
	t.askDue(group(3))
	t.askDueRest(group(2))
	t.askNextNotes(group(1))
	t.followNotes(group(0))
}

// askDue asks for conversations and their words in the table.
func (t *Tracker) askDue(list []timer) {
	var words [dueAhead]unsafe.Pointer
	for i, d := range list {
		words[i] = unsafe.Pointer(&t.table.slots[t.table.home(d.hash)])
	}
	prefetch(words[:len(list)], 1)
	t.askWhole(list)
}

// askWhole asks for conversations.
func (t *Tracker) askWhole(list []timer) {
	for _, d := range list {
		t.conns.ask(d.conn)
	}
}

// askDueRest asks for what else belongs to them.
func (t *Tracker) askDueRest(list []timer) {
	for _, d := range list {
		t.askRestOf(t.conns.at(d.conn))
	}
}

// askNextNotes asks for their second notes: each note says where the next one is.
func (t *Tracker) askNextNotes(list []timer) {
	for _, d := range list {
		if first := t.conns.at(d.conn).notes; first != 0 {
			t.notes.ask(t.notes.at(first).next) // of the last note the record that is never given out
		}
	}
}

// followNotes loads what further notes they have, one after the other for each conversation, but for all of them at the same
// time.
func (t *Tracker) followNotes(list []timer) {
	var next [dueAhead]uint32
	left := uint32(0)
	for i, d := range list {
		next[i] = t.conns.at(d.conn).notes
		left |= next[i]
	}
	for left != 0 {
		left = 0
		for i := range list {
			if next[i] != 0 {
				next[i] = t.notes.at(next[i]).next
				left |= next[i]
			}
		}
	}
}
