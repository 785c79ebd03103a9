package model

import (
	"encoding/binary"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A row is packed in two halves. What a conversation went through (states, marks, causes, who) names its times and its
// frames by number: that half is the same for every conversation that went the same way, and is kept once, as a
// template. What remains is a list of times, a list of frames and the counts: about 80 bytes.

// inlineTemplate marks a row whose template stands at the front of its own record: a capture can hold more ways to end
// than the table takes.
const inlineTemplate = 1<<32 - 1

// maxTemplates bounds the table; hostile captures make a new template with every conversation.
const maxTemplates = 1 << 16

// A template is a first half: small numbers, one for each thing that unpack asks for, and the texts among them.
// Numbers of times and frames are 0 for none, else the place in the record's lists plus one.
type template struct {
	symbols       []uint32
	texts         []string
	times, frames int // how many the record lists
	plan          plan
}

type templateTable struct {
	byBlob map[string]uint32
	list   []*template
	size   int
}

// intern returns the number of the packer's template; where the table is full, the template is put before the data.
func (tt *templateTable) intern(p *packer) uint32 {
	p.seal()
	if n, ok := tt.byBlob[string(p.blob)]; ok {
		return n
	}
	if len(tt.list) >= maxTemplates {
		p.data = slices.Concat(p.blob, p.data)
		return inlineTemplate
	}
	n := uint32(len(tt.list))
	t := &template{symbols: slices.Clone(p.symbols), texts: slices.Clone(p.texts), times: len(p.times), frames: len(p.frames)}
	t.plan = planOf(t, p.plain)
	tt.list = append(tt.list, t)
	tt.byBlob[string(p.blob)] = n
	tt.size += len(p.blob) + 4*len(p.symbols) + 16*len(p.texts) + 6*(len(t.plan.stays[0])+len(t.plan.stays[1])) + 220
	return n
}

// A packer holds the buffers of one writer.
type packer struct {
	symbols    []uint32
	texts      []string
	blob, data []byte
	times      []int64
	frames     []uint64
	plain      bool
}

// seal writes the template as octets: what tells templates apart, and how one is kept inline.
func (p *packer) seal() {
	b := p.blob[:0]
	b = binary.AppendUvarint(b, uint64(len(p.times)))
	b = binary.AppendUvarint(b, uint64(len(p.frames)))
	b = binary.AppendUvarint(b, uint64(len(p.symbols)))
	b = binary.AppendUvarint(b, uint64(len(p.texts)))
	for _, n := range p.symbols {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, t := range p.texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	p.blob = b
}

// unseal reads a template that is kept inline.
func unseal(c *cursor) *template {
	t := &template{times: int(c.number()), frames: int(c.number())}
	t.symbols = make([]uint32, c.number())
	t.texts = make([]string, c.number())
	for i := range t.symbols {
		t.symbols[i] = uint32(c.number())
	}
	for i := range t.texts {
		n := int(c.number())
		t.texts[i] = string(c.b[c.at : c.at+n])
		c.at += n
	}
	return t
}

func (p *packer) byte(b ...byte) {
	for _, n := range b {
		p.symbols = append(p.symbols, uint32(n))
	}
}
func (p *packer) count(n uint64)       { p.symbols = append(p.symbols, uint32(n)) }
func (p *packer) text(s string)        { p.texts = append(p.texts, s) }
func (p *packer) number(n uint64)      { p.data = binary.AppendUvarint(p.data, n) }
func (p *packer) signed(n int64)       { p.data = binary.AppendUvarint(p.data, zigzag(n)) }
func (p *packer) near(a, b decode.Seq) { p.signed(int64(a.Sub(b))) }

func (p *packer) time(t int64) {
	if t == flows.NoTime {
		p.count(0)
		return
	}
	i := slices.Index(p.times, t)
	if i < 0 {
		i = len(p.times)
		p.times = append(p.times, t)
	}
	p.count(uint64(i) + 1)
}

func (p *packer) frame(f uint64) {
	if f == 0 {
		p.count(0)
		return
	}
	i := slices.Index(p.frames, f)
	if i < 0 {
		i = len(p.frames)
		p.frames = append(p.frames, f)
	}
	p.count(uint64(i) + 1)
}

func bit(set bool, n uint) byte {
	if set {
		return 1 << n
	}
	return 0
}

// pack fills symbols and data with all that t holds but what the columns hold.
func (p *packer) pack(t *flows.Teardown) {
	p.symbols, p.texts, p.data, p.times, p.frames = p.symbols[:0], p.texts[:0], p.data[:0], p.times[:0], p.frames[:0]
	p.plain = true
	p.byte(byte(t.Shape), byte(t.FirstFIN), byte(t.ResetBy), byte(t.RolesBy), bit(t.Final, 0)|bit(t.GivenUp, 1), byte(t.Encap))
	p.frame(t.FirstFrame)
	p.frame(t.LastFrame)
	p.time(t.CloseStart)
	p.time(t.CloseEnd)
	p.time(t.WatchedUntil)
	for side := range t.Ends {
		p.packEnd(t, &t.Ends[side])
	}
	p.count(uint64(len(t.Marks)))
	for _, m := range t.Marks {
		p.byte(byte(m.ID), byte(m.Who))
		p.frame(m.Frame)
		p.time(m.Time)
	}
	p.count(uint64(len(t.Causes)))
	for i := range t.Causes {
		c := &t.Causes[i]
		p.byte(byte(c.ID), byte(c.Confidence), byte(c.Who), c.NFrames)
		for _, f := range c.Evidence() {
			p.frame(f)
		}
	}
	p.count(uint64(len(t.Uncertain)))
	for _, d := range t.Uncertain {
		p.text(d.What)
		p.text(d.Text)
		p.count(uint64(len(d.Alternatives)))
		for _, a := range d.Alternatives {
			p.text(a)
		}
	}
	p.count(uint64(len(t.Pairs)))
	p.plain = p.plain && len(t.Pairs) == 0
	p.packNumbers(t)
}

func (p *packer) packEnd(t *flows.Teardown, e *flows.End) {
	held := e.Held == heldIn(e.States, t.WatchedUntil)
	p.plain = p.plain && held && e.Name == ""
	p.byte(bit(e.SawSYN, 0) | bit(e.HasWScale, 1) | bit(held, 2) | bit(e.RTT != flows.NoTime, 3) |
		bit(e.FIN != flows.FINFacts{}, 4) | bit(e.RST != flows.RSTFacts{}, 5) | bit(e.Name != "", 6))
	p.time(e.LastData)
	p.count(uint64(len(e.States)))
	for _, tr := range e.States {
		p.byte(byte(tr.State) | bit(tr.Probable != 0, 4) | byte(tr.Grade)<<5 | bit(tr.Received, 7))
		p.frame(tr.Frame)
		p.time(tr.Earliest)
		p.time(tr.Latest)
		if tr.Probable != 0 {
			p.time(tr.Probable)
		}
	}
	if e.FIN != (flows.FINFacts{}) {
		f := &e.FIN
		p.frame(f.Frame)
		p.time(f.Time)
		p.count(uint64(f.Resends))
		p.frame(f.LastResend)
		p.frame(f.Acked)
		p.time(f.AckedTime)
		p.byte(bit(f.WithData, 0))
	}
	if e.RST != (flows.RSTFacts{}) {
		r := &e.RST
		p.byte(byte(r.Kind), byte(r.Verdict), bit(r.Counts, 0))
		p.frame(r.Frame)
		p.time(r.Time)
		p.frame(r.Drawn)
		p.count(uint64(r.Number))
		p.count(uint64(r.Signs))
		p.text(r.Text)
	}
}

// packNumbers writes the half that differs from row to row.
func (p *packer) packNumbers(t *flows.Teardown) {
	prev := t.Start
	for _, at := range p.times {
		p.data = appendTime(p.data, at-prev)
		prev = at
	}
	before := t.ID
	for _, f := range p.frames {
		p.signed(int64(f - before))
		before = f
	}
	for side := range t.Ends {
		e, peer := &t.Ends[side], &t.Ends[1-side]
		p.data = binary.BigEndian.AppendUint32(p.data, uint32(e.FirstSeq))
		if e.SawSYN {
			p.near(e.ISN, e.FirstSeq)
		}
		p.number(e.Packets)
		p.number(e.Bytes)
		p.signed(int64(e.Bytes - e.DataBytes))
		p.number(e.BytesLost)
		if e.RTT != flows.NoTime {
			p.data = appendTime(p.data, e.RTT)
		}
		p.number(uint64(e.Retrans))
		p.number(uint64(e.MSS))
		p.data = append(p.data, e.WScale, e.TTL)
		if e.FIN != (flows.FINFacts{}) {
			p.near(e.FIN.Seq, e.FirstSeq)
			p.near(e.FIN.Ack, peer.FirstSeq)
		}
		if e.RST != (flows.RSTFacts{}) {
			p.near(e.RST.Seq, e.FirstSeq)
			p.number(uint64(e.RST.DataLen))
		}
		if e.Held != heldIn(e.States, t.WatchedUntil) {
			for _, h := range e.Held {
				p.data = appendTime(p.data, h)
			}
		}
		if e.Name != "" {
			p.number(uint64(e.NameBy))
			p.octets([]byte(e.Name))
		}
	}
	p.data = appendTime(p.data, t.IdleBeforeClose)
	p.number(uint64(t.FirstPos))
	p.signed(int64(t.LastPos - t.FirstPos))
	p.number(uint64(t.VLAN))
	p.number(uint64(t.Iface))
	p.number(t.Scope)
	for i := range t.Pairs {
		p.packPair(&t.Pairs[i])
	}
}

// appendTime writes a difference of times: whole microseconds take three bytes where nanoseconds take five.
func appendTime(b []byte, d int64) []byte {
	if d%1000 == 0 {
		return binary.AppendUvarint(b, zigzag(d/1000)<<1)
	}
	if z := zigzag(d); z < 1<<62 {
		return binary.AppendUvarint(b, z<<2|1)
	}
	return binary.BigEndian.AppendUint64(binary.AppendUvarint(b, 3), uint64(d))
}

func zigzag(d int64) uint64 { return uint64(d<<1) ^ uint64(d>>63) }

func unzigzag(z uint64) int64 { return int64(z>>1) ^ -int64(z&1) }

// heldIn adds up how long an endpoint was in each state; the last state counts until it was last watched, unless it is
// CLOSED.
func heldIn(states []flows.Transition, until int64) (held [flows.NumStates]int64) {
	for i := range states {
		from, to := reached(&states[i]), until
		if i+1 < len(states) {
			to = reached(&states[i+1])
		} else if states[i].State == flows.Closed {
			break
		}
		if from != flows.NoTime && to != flows.NoTime && to > from {
			held[states[i].State] += to - from
		}
	}
	return held
}

// reached is when a state counts as reached.
func reached(tr *flows.Transition) int64 { return tr.When() }
