package decode

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// LayerText is one header of a packet in words, for a screen.
type LayerText struct {
	Name    string // as networks call it: "Ethernet", "IPv4", "TCP"
	Summary string // one line
	Offset  int    // where its octets begin in Packet.Data
	Length  int    // how many they are
	Fields  []FieldText
}

// FieldText is one field of a header in words. Length is 0 where gopacket read the header: it does not say where its
// fields stand.
type FieldText struct {
	Name   string
	Value  string
	Offset int // in Packet.Data
	Length int
}

// span is where a header begins in the packet.
type span struct {
	header header
	at     int
}

// Describe puts every header of a packet into words, from the outermost to the innermost that can be read, and ends
// with the payload, or with the reason for which the packet gives no segment. A fragment is described as such: nothing
// is kept from one call to the next. Describe allocates; it is meant for the one packet that somebody looks at.
func Describe(p *Packet) []LayerText {
	d := NewDecoder(Config{})
	d.tracing = true
	var s Segment
	ok := d.walk(p, &s)
	var list []LayerText
	for i, sp := range d.trace {
		end := len(p.Data)
		if i+1 < len(d.trace) {
			end = d.trace[i+1].at
		}
		if sp.at < end {
			list = append(list, describeHeader(sp.header, p.Data[:end], sp.at)...)
		}
	}
	if ok {
		if load := d.Payload(p, &s); len(load) > 0 {
			list = append(list, LayerText{
				Name: "Payload", Summary: fmt.Sprintf("%d of %d octets captured", len(load), s.Len),
				Offset: cap(p.Data) - cap(load), Length: len(load),
			})
		}
		return withinLayers(list)
	}
	at := cap(p.Data) - cap(d.b)
	if n := len(list); n > 0 {
		switch last := &list[n-1]; {
		case at > last.Offset:
			last.Length = min(last.Length, at-last.Offset)
		default: // the header at which the walk failed: as much of it as there is
			last.Length = min(last.Length, len(d.b))
			at = last.Offset + last.Length
		}
	}
	list = append(list, d.describeRest(p.Data, at)...)
	end := at + min(len(d.b), len(p.Data)-at)
	if n := len(list); n > 0 {
		at = list[n-1].Offset + list[n-1].Length
	}
	skip := d.LastSkip()
	return append(withinLayers(list), LayerText{Name: "No segment", Summary: skip.Reason.Text(), Offset: at, Length: max(end-at, 0)})
}

// withinLayers drops the fields that a header too short for its table does not have.
func withinLayers(list []LayerText) []LayerText {
	for i := range list {
		l := &list[i]
		l.Fields = slices.DeleteFunc(l.Fields, func(f FieldText) bool { return f.Offset+f.Length > l.Offset+l.Length })
	}
	return list
}

// describeRest lets gopacket read what the walk ended at, where that is a protocol that it knows.
func (d *Decoder) describeRest(data []byte, at int) []LayerText {
	last := d.trace[len(d.trace)-1]
	var first gopacket.Decoder
	switch last.header {
	case headerEtherType:
		first = layers.EthernetType(d.etype)
	case headerIPProto:
		first = layers.IPProtocol(d.proto)
	case headerUDP:
		if d.skip.Reason != ReasonUDP {
			return nil
		}
		head := data[last.at:at]
		first = layers.UDPPort(binary.BigEndian.Uint16(head[2:])).LayerType()
		if first == gopacket.LayerTypePayload {
			first = layers.UDPPort(binary.BigEndian.Uint16(head)).LayerType()
		}
	default:
		return nil
	}
	return gopacketLayers(d.b, first, at)
}

// gopacketLayers describes b, which begins at offset at, by gopacket's layers; nothing if it fails at once.
func gopacketLayers(b []byte, first gopacket.Decoder, at int) (list []LayerText) {
	defer func() {
		if recover() != nil {
			list = nil
		}
	}()
	packet := gopacket.NewPacket(b, first, gopacket.DecodeOptions{NoCopy: true})
	for _, l := range packet.Layers() {
		if l.LayerType() == gopacket.LayerTypeDecodeFailure {
			break
		}
		n := len(l.LayerContents())
		if n > len(b) { // it stands elsewhere than behind the one before
			break
		}
		b = b[n:]
		text := LayerText{Name: l.LayerType().String(), Offset: at, Length: n, Fields: reflectFields(l, at)}
		text.Summary = summaryOf(text.Fields)
		list = append(list, text)
		at += n
	}
	return list
}

// reflectFields lists the exported fields of a gopacket layer.
func reflectFields(l gopacket.Layer, at int) (fields []FieldText) {
	v := reflect.Indirect(reflect.ValueOf(l))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Anonymous || f.Name == "Contents" || f.Name == "Payload" {
			continue
		}
		fields = append(fields, FieldText{Name: f.Name, Value: clip(fmt.Sprint(v.Field(i).Interface()), 200), Offset: at})
	}
	return fields
}

// clip shortens a text to n runes.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// summaryOf joins the first fields to one line.
func summaryOf(fields []FieldText) string {
	var parts []string
	for _, f := range fields[:min(len(fields), 4)] {
		parts = append(parts, f.Name+" "+clip(f.Value, 40))
	}
	return strings.Join(parts, ", ")
}
