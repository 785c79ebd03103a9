package report

import (
	"tcpclose/decode"
	"tcpclose/flows"
)

// A line of NDJSON tells what the document tells of a conversation, but for what repeats the rest of the line or has
// nothing to say: the schema's line is the list. It is written once for each of millions of conversations, so pieces that
// depend on enumerations alone are copied whole from tables, and digits are made several at a time.
type line struct {
	e    *Encoder
	done []byte // what stands before the page
	page *page
	era  era // of the time that was written last
}

// goOn makes a page behind b.
func (l *line) goOn(b []byte) {
	b = room(b, len(page{}))
	n := len(b)
	l.done, l.page = b, (*page)(b[n:n+len(page{})])
}

// text returns what was written, up to k on the page.
func (l *line) text(k int) []byte { return l.done[:len(l.done)+k] }

// elementRoom is more than an element of a list takes, but for what goOn is called for.
const elementRoom = 256

// turn returns where an element that would stand at k is to be written: on a new page, where this one is nearly full.
func (l *line) turn(k int) int {
	if k < pageSize-elementRoom {
		return k
	}
	l.goOn(l.text(k))
	return 0
}

// appendLine appends one conversation as NDJSON tells it, without a newline.
func (e *Encoder) appendLine(b []byte, t *flows.Teardown) []byte {
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]
	l := line{e: e, era: eraOf(min(max(t.Start, firstEra), lastEra-1))}
	l.goOn(b)

	k := l.page.number(l.page.key(0, &idKey), t.ID)
	k = l.end(l.page.key(k, &clientIPKey), client)
	k = l.end(l.page.key(k, &serverIPKey), server)
	w := l.page
	k = w.piece(k, &rolesPieces[t.RolesBy])
	k = w.piece(k, &headPieces[t.Class][t.Shape])
	k = w.piece(k, &closerPieces[t.Closer][t.FirstFIN])
	k = w.piece(k, &endPieces[t.ResetBy][oneIf(t.Final)])

	k = l.start(k, t.Start)
	w = l.page
	k = w.duration(w.key(k, &durationKey), t.Duration())
	if d := t.CloseDuration(); d != flows.NoTime {
		k = w.duration(w.key(k, &closeDurationKey), d)
	}
	if idle := idleBeforeClose(t); idle != flows.NoTime {
		k = w.duration(w.key(k, &idleKey), idle)
	}
	k = w.number(w.key(k, &lastFrameKey), t.LastFrame)
	if len(e.Files) > 1 {
		l.goOn(e.appendFiles(l.text(k), t))
		w, k = l.page, 0
	}
	k = w.pair(w.key(k, &packetsKey), client.Packets, server.Packets)
	k = w.pair(w.key(k, &bytesKey), client.Bytes, server.Bytes)
	if client.DataBytes != client.Bytes || server.DataBytes != server.Bytes {
		k = w.pair(w.key(k, &dataBytesKey), client.DataBytes, server.DataBytes)
	}
	if client.BytesLost|server.BytesLost == 0 {
		k = w.piece(k, &nothingLostPiece)
	} else {
		k = w.pair(w.key(k, &bytesLostKey), client.BytesLost, server.BytesLost)
	}
	if client.Retrans|server.Retrans != 0 {
		k = w.pair(w.key(k, &retransKey), uint64(client.Retrans), uint64(server.Retrans))
	}
	k = w.duration(w.key(k, &rttKey), client.RTT)
	k = w.duration(w.key(k, &serverKey), server.RTT)
	if client.RST.Number|server.RST.Number != 0 || client.RST.Kind|server.RST.Kind != flows.NoRST {
		k = l.rst(w.key(k, &rstKey), &client.RST)
		k = l.rst(l.page.key(k, &serverKey), &server.RST)
	}

	k = l.states(l.page.key(k, &statesKey), client.States)
	k = l.states(l.page.key(k, &serverStatesKey), server.States)
	k = l.marks(l.page.key(k, &marksKey), t.Marks)
	k = l.causes(l.page.key(k, &causesKey), t.Causes)
	k = l.turn(k)
	if w = l.page; len(t.Uncertain) == 0 {
		k = w.key(k, &certainKey)
	} else {
		l.goOn(appendDoubts(append(l.text(k), `],"uncertain":`...), t.Uncertain))
		w, k = l.page, 0
	}
	if t.VLAN&decode.VLANPresent != 0 {
		k = w.number(w.key(k, &vlanKey), uint64(t.VLAN&^decode.VLANPresent))
	}
	if t.Iface != 0 {
		k = w.number(w.key(k, &interfaceKey), uint64(t.Iface))
	}
	b = l.text(k)
	if t.Encap != 0 {
		b = append(append(b, `,"encapsulation":`...), encapJSON[t.Encap]...)
	}
	return append(e.appendPairs(b, t), '}')
}

// end writes an address, but for the quote in front of it, and a port.
func (l *line) end(k int, end *flows.End) int {
	switch addr := end.Addr.Addr(); {
	case addr.Is4():
		quad := addr.As4()
		for i := range quad {
			octet := octetPieces[quad[i]]
			l.page.put8(k, octet)
			k += int(octet >> 32)
		}
		k-- // no dot behind the last one
	case addr.Is4In6() || addr.Zone() != "":
		l.goOn(addr.AppendTo(l.text(k)))
		k = 0
	default:
		k += putIP6((*[ip6Room]byte)(l.page.at(k)[:]), addr.As16())
	}
	k = l.page.number(l.page.key(k, &portKey), uint64(end.Addr.Port()))
	if end.Name != "" {
		l.goOn(appendName(l.text(k), end))
		return 0
	}
	return k
}

// start writes the members start and start_ns.
func (l *line) start(k int, ns int64) int {
	if !hasEra(ns) {
		var c clock
		l.goOn(c.append(l.text(k), &stampStart, ns))
		return 0
	}
	beyond := uint64(ns - l.era.begin)
	second := int64(uint64(ns) / 1e9)
	day := dayOf(second)
	b := l.page.at(k)
	b.put16(0, &startText)
	b.put16(10, &day.text)
	b.put8(21, timeOfDay(second-day.begin))
	// The fraction is made of the same digits as the number's end. They are stored twice, not copied: a load of what was
	// just stored in other pieces waits until it has left the processor's store buffer.
	micros := beyond / 1000
	b.put8(29, '.')
	b.put4(30, digits3[micros%1_000_000/1000])
	b.put4(33, digits3[micros%1000])
	b.put4(36, digits3[beyond%1000])
	b.put16(39, &startNSText)
	l.era.put(b.number(53), beyond)
	return k + 72
}

var (
	startText   = halfKey{[16]byte([]byte(`,"start":"      `))}
	startNSText = halfKey{[16]byte([]byte(`Z","start_ns":  `))}
)

// time writes a time, or null for flows.NoTime.
func (l *line) time(k int, ns int64) int {
	if micros := thousandth(ns - l.era.begin); micros < eraMicros {
		b := l.page.at(k)
		l.era.putMicros(b.number(0), micros)
		b.put8(16, zeros8)
		return k + 19
	}
	return l.anyTime(k, ns)
}

func (l *line) anyTime(k int, ns int64) int {
	if !hasEra(ns) {
		return l.page.duration(k, ns)
	}
	if uint64(ns-l.era.begin) >= eraSpan {
		l.era = eraOf(ns)
	}
	l.era.put(l.page.at(k).number(0), uint64(ns-l.era.begin))
	return k + 19
}

// place adds the file of a frame, where that can be told.
func (l *line) place(k int, frame uint64) int {
	if !l.e.placing() {
		return k
	}
	l.goOn(l.e.appendPlace(l.text(k), frame))
	return 0
}

func (l *line) rst(k int, r *flows.RSTFacts) int {
	if r.Kind == flows.NoRST && r.Number == 0 {
		l.page.put8(k, nullText)
		return k + len("null")
	}
	k = l.page.frame(l.page.key(k, &frameKey), r.Frame)
	k = l.place(k, r.Frame)
	w := l.page
	k = l.time(w.key(k, &timeKey), r.Time)
	k = w.number(w.key(k, &seqKey), uint64(r.Seq))
	k = w.piece(k, &verdictPieces[r.Kind][r.Verdict])
	k = w.frame(w.piece(k, &countsPieces[oneIf(r.Counts)]), r.Drawn)
	k = w.number(w.key(k, &sentKey), uint64(r.Number))
	k = w.number(w.key(k, &rstBytesKey), uint64(r.DataLen))
	if r.Text != "" {
		l.goOn(appendString(append(l.text(k), `,"text":`...), r.Text))
		w, k = l.page, 0
	}
	w.put8(k, '}')
	return k + len("}")
}

// marks writes the elements of the list of marks.
func (l *line) marks(k int, marks []flows.Mark) int {
	for i := range marks {
		m := &marks[i]
		k = l.turn(k)
		k = l.page.frame(l.page.piece(k, &markPieces[m.ID][m.Who]), m.Frame)
		k = l.place(k, m.Frame)
		k = l.time(l.page.key(k, &timeKey), m.Time)
		l.page.put8(k, elementEndText)
		k += len("},")
	}
	return beforeComma(k, len(marks))
}

// causes writes the elements of the list of causes.
func (l *line) causes(k int, causes []flows.Cause) int {
	for i := range causes {
		c := &causes[i]
		k = l.turn(k)
		w := l.page
		k = w.piece(k, &causePieces[c.ID][c.Confidence])
		k = w.piece(k, &framesPieces[c.Who])
		frames := c.Evidence()
		for _, frame := range frames {
			k = w.number(k, frame)
			w.put8(k, ',')
			k++
		}
		k = beforeComma(k, len(frames))
		w.put8(k, ']'|elementEndText<<8)
		k += len("]},")
	}
	return beforeComma(k, len(causes))
}

// elementEndText is what stands behind an element of a list, as it lies in memory.
const elementEndText = '}' | ','<<8

// beforeComma returns where a list of n elements ends, each of which has a comma behind it.
func beforeComma(k, n int) int { return k - min(n, 1) }

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
