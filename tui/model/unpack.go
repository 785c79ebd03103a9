package model

import (
	"encoding/binary"
	"math/bits"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A cursor reads the numbers that a packer wrote. It never reads foreign data, so a short read is a fault of this
// package.
type cursor struct {
	b  []byte
	at int
}

func (c *cursor) byte() byte {
	b := c.b[c.at]
	c.at++
	return b
}

// number reads a varint. Most take one octet; of the longer ones eight octets are loaded at once and pushed together, which
// is faster than octet by octet, since how many there are cannot be predicted.
func (c *cursor) number() uint64 {
	b := c.b[c.at]
	if b < 0x80 {
		c.at++
		return uint64(b)
	}
	if len(c.b)-c.at < 8 {
		return c.slowNumber()
	}
	v := binary.LittleEndian.Uint64(c.b[c.at:])
	ends := ^v & 0x8080808080808080
	if ends == 0 {
		return c.slowNumber()
	}
	c.at += bits.TrailingZeros64(ends)/8 + 1
	v &= ends ^ (ends - 1) // up to the octet that ends it
	v = v&0x007f007f007f007f | v>>1&0x3f803f803f803f80
	v = v&0x00003fff00003fff | v>>2&0x0fffc0000fffc000
	return v&0x0fffffff | v>>4&0x00fffffff0000000
}

func (c *cursor) slowNumber() (v uint64) {
	for shift := 0; ; shift += 7 {
		b := c.b[c.at]
		c.at++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
}

// skip passes over a number.
func (c *cursor) skip() {
	for c.b[c.at] >= 0x80 {
		c.at++
	}
	c.at++
}

func (c *cursor) signed() int64 { return unzigzag(c.number()) }

func (c *cursor) near(base decode.Seq) decode.Seq { return base + decode.Seq(c.signed()) }

// skipSpan passes over a difference of times.
func (c *cursor) skipSpan() {
	if c.b[c.at] == 3 {
		c.at += 9
		return
	}
	c.skip()
}

func (c *cursor) span() int64 {
	v := c.number()
	switch {
	case v&1 == 0:
		return unzigzag(v>>1) * 1000
	case v&3 == 1:
		return unzigzag(v >> 2)
	}
	d := int64(binary.BigEndian.Uint64(c.b[c.at:]))
	c.at += 8
	return d
}

// A reading goes through a template with the times and frames of one record.
type reading struct {
	symbols []uint32
	at      int
	texts   []string
	times   []int64
	frames  []uint64
}

func (r *reading) number() uint32 {
	n := r.symbols[r.at]
	r.at++
	return n
}

func (r *reading) byte() byte { return byte(r.number()) }

func (r *reading) text() string {
	t := r.texts[0]
	r.texts = r.texts[1:]
	return t
}

func (r *reading) time() int64 {
	if n := r.number(); n > 0 {
		return r.times[n-1]
	}
	return flows.NoTime
}

func (r *reading) frame() uint64 {
	if n := r.number(); n > 0 {
		return r.frames[n-1]
	}
	return 0
}

// unpack fills t with what pack kept. t's columns (ID, Start, addresses …) are already set.
func unpack(tmpl *template, record []byte, t *flows.Teardown) {
	var timeRoom [32]int64
	var frameRoom [32]uint64
	data := cursor{b: record}
	if tmpl == nil {
		tmpl = unseal(&data)
	}
	sym := reading{symbols: tmpl.symbols, texts: tmpl.texts, times: timeRoom[:0], frames: frameRoom[:0]}
	at := t.Start
	for range tmpl.times {
		at += data.span()
		sym.times = append(sym.times, at)
	}
	frame := t.ID
	for range tmpl.frames {
		frame += uint64(data.signed())
		sym.frames = append(sym.frames, frame)
	}
	flags := unpackSymbols(&sym, t)
	for side := range t.Ends {
		if flags[side]&(1<<2) != 0 {
			t.Ends[side].Held = heldIn(t.Ends[side].States, t.WatchedUntil)
		}
	}
	unpackNumbers(&data, t, flags)
}

// unpackSymbols reads the half that is a template's.
func unpackSymbols(sym *reading, t *flows.Teardown) (flags [2]byte) {
	t.Shape, t.FirstFIN, t.ResetBy = flows.Shape(sym.byte()), flows.Who(sym.byte()), flows.Who(sym.byte())
	t.RolesBy = flows.RolesBy(sym.byte())
	over := sym.byte()
	t.Final, t.GivenUp = over&1 != 0, over&2 != 0
	t.Encap = decode.Encap(sym.byte())
	t.FirstFrame, t.LastFrame = sym.frame(), sym.frame()
	t.CloseStart, t.CloseEnd, t.WatchedUntil = sym.time(), sym.time(), sym.time()
	for side := range t.Ends {
		flags[side] = unpackEnd(sym, &t.Ends[side])
	}
	unpackLists(sym, t)
	return flags
}

// unpackNumbers reads the other half, behind its times and frames.
func unpackNumbers(data *cursor, t *flows.Teardown, flags [2]byte) {
	for side := range t.Ends {
		unpackEndNumbers(data, &t.Ends[side], flags[side])
	}
	for side := range t.Ends { // the FIN's ack is relative to the peer's first sequence number
		if flags[side]&(1<<4) != 0 {
			t.Ends[side].FIN.Ack += t.Ends[1-side].FirstSeq
		}
	}
	t.IdleBeforeClose = data.span()
	t.FirstPos = decode.Position(data.number())
	t.LastPos = t.FirstPos + decode.Position(data.signed())
	t.VLAN, t.Iface, t.Scope = uint16(data.number()), uint16(data.number()), data.number()
	for i := range t.Pairs {
		t.Pairs[i] = unpackPair(data)
	}
}

func unpackEnd(sym *reading, e *flows.End) (flags byte) {
	flags = sym.byte()
	e.SawSYN, e.HasWScale = flags&1 != 0, flags&2 != 0
	e.LastData = sym.time()
	n := int(sym.number())
	e.States = e.States[:0]
	for range n {
		b := sym.byte()
		tr := flows.Transition{
			State: flows.State(b & 15), Grade: flows.Grade(b >> 5 & 3), Received: b>>7 != 0,
			Frame: sym.frame(), Earliest: sym.time(), Latest: sym.time(),
		}
		if b&16 != 0 {
			tr.Probable = sym.time()
		}
		e.States = append(e.States, tr)
	}
	e.FIN, e.RST = flows.FINFacts{}, flows.RSTFacts{}
	if flags&(1<<4) != 0 {
		f := &e.FIN
		f.Frame, f.Time, f.Resends, f.LastResend = sym.frame(), sym.time(), sym.number(), sym.frame()
		f.Acked, f.AckedTime, f.WithData = sym.frame(), sym.time(), sym.byte() != 0
	}
	if flags&(1<<5) != 0 {
		r := &e.RST
		r.Kind, r.Verdict, r.Counts = flows.RSTKind(sym.byte()), flows.Verdict(sym.byte()), sym.byte() != 0
		r.Frame, r.Time, r.Drawn, r.Number = sym.frame(), sym.time(), sym.frame(), sym.number()
		r.Signs, r.Text = flows.Forgery(sym.number()), sym.text()
	}
	return flags
}

func unpackLists(sym *reading, t *flows.Teardown) {
	t.Marks = t.Marks[:0]
	for range sym.number() {
		t.Marks = append(t.Marks, flows.Mark{
			ID: flows.MarkID(sym.byte()), Who: flows.Who(sym.byte()), Frame: sym.frame(), Time: sym.time(),
		})
	}
	t.Causes = t.Causes[:0]
	for range sym.number() {
		c := flows.Cause{
			ID: flows.CauseID(sym.byte()), Confidence: flows.Confidence(sym.byte()), Who: flows.Who(sym.byte()), NFrames: sym.byte(),
		}
		for i := range c.NFrames {
			c.Frames[i] = sym.frame()
		}
		t.Causes = append(t.Causes, c)
	}
	t.Uncertain = t.Uncertain[:0]
	for range sym.number() {
		d := flows.Doubt{What: sym.text(), Text: sym.text()}
		if n := sym.number(); n > 0 {
			d.Alternatives = make([]string, n)
			for i := range d.Alternatives {
				d.Alternatives[i] = sym.text()
			}
		}
		t.Uncertain = append(t.Uncertain, d)
	}
	t.Pairs = nil
	if n := sym.number(); n > 0 {
		t.Pairs = make([]flows.Pair, n)
	}
}

func unpackEndNumbers(data *cursor, e *flows.End, flags byte) {
	e.FirstSeq = decode.Seq(binary.BigEndian.Uint32(data.b[data.at:]))
	data.at += 4
	e.ISN = 0
	if e.SawSYN {
		e.ISN = data.near(e.FirstSeq)
	}
	e.Packets, e.Bytes = data.number(), data.number()
	e.DataBytes = e.Bytes - uint64(data.signed())
	e.BytesLost = data.number()
	e.RTT = flows.NoTime
	if flags&(1<<3) != 0 {
		e.RTT = data.span()
	}
	e.Retrans, e.MSS = uint32(data.number()), uint16(data.number())
	e.WScale, e.TTL = data.byte(), data.byte()
	if flags&(1<<4) != 0 {
		e.FIN.Seq = data.near(e.FirstSeq)
		e.FIN.Ack = data.near(0)
	}
	if flags&(1<<5) != 0 {
		e.RST.Seq = data.near(e.FirstSeq)
		e.RST.DataLen = uint32(data.number())
	}
	if flags&(1<<2) == 0 {
		for i := range e.Held {
			e.Held[i] = data.span()
		}
	}
	e.Name, e.NameBy = "", 0
	if flags&(1<<6) != 0 {
		e.NameBy = flows.NameBy(data.number())
		e.Name = string(data.octets())
	}
}
