package flows

// maxQuote is how many octets of a RST's payload are kept: some stacks and many middleboxes say there why they reset
// (RFC 9293 section 3.5.3 allows it).
const maxQuote = 128

// quoteBytes is about what a quote costs: its text at its longest, and its entry in a Go map.
const quoteBytes = maxQuote + 64

// A quote is the payload of a RST in a batch.
type quote struct {
	at   int // index of the segment
	text string
}

func quoted(payload []byte) string { return string(payload[:min(len(payload), maxQuote)]) }

// Quote tells the tracker the payload of a RST that it will be given next, by frame.
func (t *Tracker) Quote(frame uint64, text string) {
	if text == "" {
		return
	}
	if t.quotes == nil {
		t.quotes = make(map[uint64]string)
	}
	t.quotes[frame] = text
}

// quoteKey names one side of a conversation among the quotes kept; frames are always below it.
func quoteKey(conn uint32, side int) uint64 { return 1<<63 | uint64(conn)<<1 | uint64(side) }

// keepQuote moves the payload of a RST to the side that sent it, unless that side has one already.
func (t *Tracker) keepQuote(conn uint32, side int, frame uint64) {
	text, ok := t.quotes[frame]
	if !ok {
		return
	}
	delete(t.quotes, frame)
	if k := quoteKey(conn, side); t.quotes[k] == "" {
		t.quotes[k] = text
	}
}

// unquote forgets the payload of a RST that no conversation took: one that was seen before, or came after its end.
func (t *Tracker) unquote(frame uint64) {
	if t.quotes != nil {
		delete(t.quotes, frame)
	}
}
