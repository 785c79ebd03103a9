package model

import (
	"encoding/binary"
	"net/netip"

	"tcpclose/flows"
)

// packPair writes what is known of another leg. Few conversations have one, so nothing of it stands in the template.
func (p *packer) packPair(o *flows.Pair) {
	p.number(o.ID)
	p.data = append(p.data, byte(o.Kind), byte(o.Confidence), byte(o.Beyond), byte(o.Class))
	p.number(uint64(len(o.Evidence)))
	for _, text := range o.Evidence {
		p.octets([]byte(text))
	}
	for _, addr := range []netip.AddrPort{o.Client, o.Server} {
		b, _ := addr.MarshalBinary() // it never fails
		p.octets(b)
	}
	for _, events := range [][2]flows.LegEvent{o.FIN, o.RST} {
		for _, e := range events {
			p.number(e.Frame)
			p.data = binary.BigEndian.AppendUint64(p.data, uint64(e.Time))
		}
	}
}

func (p *packer) octets(b []byte) {
	p.number(uint64(len(b)))
	p.data = append(p.data, b...)
}

// octets returns what octets wrote; it belongs to the record.
func (c *cursor) octets() []byte {
	n := int(c.number())
	c.at += n
	return c.b[c.at-n : c.at]
}

// unpackPair reads what packPair wrote.
func unpackPair(c *cursor) (o flows.Pair) {
	o.ID = c.number()
	o.Kind, o.Confidence = flows.PairKind(c.byte()), flows.Confidence(c.byte())
	o.Beyond, o.Class = flows.Side(c.byte()), flows.Class(c.byte())
	for range c.number() {
		o.Evidence = append(o.Evidence, string(c.octets()))
	}
	for _, addr := range []*netip.AddrPort{&o.Client, &o.Server} {
		_ = addr.UnmarshalBinary(c.octets()) // written by MarshalBinary
	}
	for _, events := range []*[2]flows.LegEvent{&o.FIN, &o.RST} {
		for i := range events {
			events[i].Frame = c.number()
			events[i].Time = int64(binary.BigEndian.Uint64(c.b[c.at:]))
			c.at += 8
		}
	}
	return o
}
