package decode

import "fmt"

// readBlock handles one sound block; true if it gave a packet.
func (r *fileReader) readBlock(p *Packet, b []byte) bool {
	switch r.ng.u32(b) {
	case blockSection:
		r.readSection(b)
	case blockInterface:
		r.readInterface(b)
	case blockEnhancedPacket:
		return r.readEnhanced(p, b)
	case blockSimplePacket:
		return r.readSimple(p, b)
	case blockObsoletePacket:
		return r.readObsolete(p, b)
	case blockStatistics:
		r.readStatistics(b)
	case blockNames:
		r.readNames(b)
	case blockSecrets:
		r.info.Secrets++
	}
	return false
}

// readSection reads a section header block whose byte order is known already.
func (r *fileReader) readSection(b []byte) {
	s := r.ng
	if len(b) < 28 {
		s.lost, s.said = true, true
		r.damage(DamageSection, int64(len(b)), true, "its header is too short")
		return
	}
	// Minor version 2 is read as 0 (the draft says so); a newer major version may mean anything.
	if major, minor := s.u16(b[12:]), s.u16(b[14:]); major != 1 {
		s.lost, s.said = true, true
		r.damage(DamageSection, int64(len(b)), true, fmt.Sprintf("version %d.%d", major, minor))
		return
	}
	r.eachOption(b[24:len(b)-4], func(code uint16, value []byte) {
		switch code {
		case optComment:
			r.info.Comments = r.appendComment(r.info.Comments, value)
		case optSectionHardware:
			r.keepFirst(&r.info.Hardware, value)
		case optSectionOS:
			r.keepFirst(&r.info.OS, value)
		case optSectionApplication:
			r.keepFirst(&r.info.Application, value)
		}
	})
}

func (r *fileReader) keepFirst(s *string, value []byte) {
	if *s == "" {
		*s = r.text(value, maxNameLen)
	}
}

// maxSectionInterfaces is how many interfaces of a section are read; no writer has so many.
const maxSectionInterfaces = 1 << 20

// readInterface reads an interface description block. One that cannot be read still takes a number.
func (r *fileReader) readInterface(b []byte) {
	s := r.ng
	if len(s.ifaces) >= maxSectionInterfaces {
		r.damage(DamageInterface, int64(len(b)), true, fmt.Sprintf("at most %d of a section are read", maxSectionInterfaces))
		return
	}
	if len(b) < 20 {
		s.ifaces = append(s.ifaces, pcapngInterface{broken: true})
		r.damage(DamageInterface, int64(len(b)), true, fmt.Sprintf("%d bytes long, at least 20 expected", len(b)))
		return
	}
	d := Interface{
		Section: s.section, ID: len(s.ifaces), Offset: r.win.offset(),
		LinkType: LinkType(s.u16(b[8:])), SnapLen: s.u32(b[12:]), Resolution: 6,
	}
	r.eachOption(b[16:len(b)-4], func(code uint16, v []byte) {
		switch code {
		case optComment:
			d.Comments = r.appendComment(d.Comments, v)
		case optIfName:
			d.Name = r.text(v, maxNameLen)
		case optIfDescription:
			d.Description = r.text(v, maxNameLen)
		case optIfFilter:
			if len(v) > 0 { // the first octet says what kind of filter; 0 is libpcap's text
				if v[0] == 0 {
					v = v[1:]
				}
				d.Filter = r.text(v, maxNameLen)
			}
		case optIfOS:
			d.OS = r.text(v, maxNameLen)
		case optIfHardware:
			d.Hardware = r.text(v, maxNameLen)
		case optIfFCSLen:
			if len(v) == 1 {
				d.FCSLen = v[0]
				if d.FCSLen >= 16 { // the draft does not say clearly whether it counts bits
					d.FCSLen /= 8
				}
			}
		case optIfResolution:
			if len(v) == 1 {
				d.Resolution = v[0]
			}
		case optIfTimeOffset:
			if len(v) == 8 {
				d.TimeOffset = int64(s.order64(v))
			}
		}
	})
	if d.ID == 0 && s.section == 0 {
		r.info.SnapLen = d.SnapLen
	}
	id, info := r.addInterface(d)
	s.ifaces = append(s.ifaces, pcapngInterface{
		clock: newClock(d.Resolution, d.TimeOffset, &r.info.TimesBent), origin: newOrigin(d.LinkType, id, d.FCSLen),
		snap: d.SnapLen, info: info,
	})
}

// order64 reads a plain 64-bit number in the section's byte order.
func (s *pcapngState) order64(b []byte) uint64 {
	hi, lo := uint64(s.u32(b)), uint64(s.u32(b[4:]))
	if !s.big {
		hi, lo = lo, hi
	}
	return hi<<32 | lo
}

// described returns the interface that a packet names, or records why there is none.
func (r *fileReader) described(id uint32, b []byte) *pcapngInterface {
	if uint64(id) >= uint64(len(r.ng.ifaces)) {
		r.damage(DamageUnknownInterface, int64(len(b)), true, fmt.Sprintf("interface %d of %d", id, len(r.ng.ifaces)))
		return nil
	}
	if r.ng.ifaces[id].broken {
		r.damage(DamageUnknownInterface, int64(len(b)), true, fmt.Sprintf("interface %d", id))
		return nil
	}
	return &r.ng.ifaces[id]
}

// fits records a packet that is longer than the room in its block.
func (r *fileReader) fits(b []byte, caplen uint32, header int) bool {
	room := len(b) - header - 4
	if int64(caplen) <= int64(room) {
		return true
	}
	r.damage(DamagePacketLength, int64(len(b)), true, fmt.Sprintf("captured length %d, room for %d", caplen, max(room, 0)))
	return false
}

func (r *fileReader) readEnhanced(p *Packet, b []byte) bool {
	s := r.ng
	if len(b) < minPacketLen {
		r.damage(DamageBlockLength, int64(len(b)), true, fmt.Sprintf("length %d", len(b)))
		return false
	}
	caplen := s.u32(b[20:])
	if !r.fits(b, caplen, 28) {
		return false
	}
	i := r.described(s.u32(b[8:]), b)
	if i == nil {
		return false
	}
	r.takeEnhanced(p, b, i, caplen)
	return true
}

// takeEnhanced fills p from a sound enhanced packet block.
func (r *fileReader) takeEnhanced(p *Packet, b []byte, i *pcapngInterface, caplen uint32) {
	of := r.alone()
	of.begin(r)
	of.records[0] = r.enhanced(b, i, caplen)
	of.Packet(0, p)
	p.Frame = 0 // the capture numbers it
}

// enhanced reads a sound enhanced packet block at the window's position.
func (r *fileReader) enhanced(b []byte, i *pcapngInterface, caplen uint32) record {
	s, from := r.ng, uint32(r.win.pos)
	t := i.clock.nanos(s.u64(b[12:]))
	r.count(t)
	i.info.Packets++
	o := i.origin
	if end := (28 + int(caplen) + 3) &^ 3; end < len(b)-4 {
		o = newOrigin(o.link(), o.iface(), r.packetOptions(o.fcs(), b[end:len(b)-4], i))
	}
	return record{
		time: t, wire: max(s.u32(b[24:]), caplen), kept: caplen, from: from, at: from + 28, origin: o,
	}
}

// packetOptions reads what matters of an enhanced or obsolete packet block's options, and returns what the packet's frame
// check sequence is long then.
func (r *fileReader) packetOptions(fcs uint8, list []byte, i *pcapngInterface) uint8 {
	for {
		code, v, rest, ok, sound := r.ng.nextOption(list)
		if !sound {
			r.damage(DamageOptions, int64(len(list)), true, "")
		}
		if !ok {
			return fcs
		}
		switch {
		case code == optComment:
			r.info.PacketComments++
		case code == optPacketFlags && len(v) == 4:
			if n := r.ng.u32(v) >> 5 & 0xf; n != 0 { // bits 5 to 8: octets of frame check sequence
				fcs = uint8(n)
			}
		case code == optPacketDrops && len(v) == 8:
			i.info.Stats.PacketDrops += r.ng.order64(v)
		}
		list = rest
	}
}

// readSimple reads a simple packet block: it belongs to the section's first interface and has no time.
func (r *fileReader) readSimple(p *Packet, b []byte) bool {
	if len(b) < 16 {
		r.damage(DamageBlockLength, int64(len(b)), true, fmt.Sprintf("length %d", len(b)))
		return false
	}
	i := r.described(0, b)
	if i == nil {
		return false
	}
	wire := r.ng.u32(b[8:])
	caplen := wire
	if i.snap != 0 {
		caplen = min(caplen, i.snap)
	}
	if !r.fits(b, caplen, 12) {
		return false
	}
	end := 12 + int(caplen)
	*p = Packet{Data: b[12:end:end], WireLen: wire, LinkType: i.origin.link(), FCSLen: i.origin.fcs(), Iface: i.origin.iface(), NoTime: true}
	r.frames++
	p.FileFrame = r.frames
	p.Pos = r.file | Position(r.win.offset())
	i.info.Packets++
	return true
}

// readObsolete reads the packet block that the enhanced one replaced: interface and drop count have 16 bits each.
func (r *fileReader) readObsolete(p *Packet, b []byte) bool {
	s := r.ng
	if len(b) < minPacketLen {
		r.damage(DamageBlockLength, int64(len(b)), true, fmt.Sprintf("length %d", len(b)))
		return false
	}
	caplen := s.u32(b[20:])
	if !r.fits(b, caplen, 28) {
		return false
	}
	i := r.described(uint32(s.u16(b[8:])), b)
	if i == nil {
		return false
	}
	if drops := s.u16(b[10:]); drops != 0xffff { // all ones: unknown
		i.info.Stats.PacketDrops += uint64(drops)
	}
	r.takeEnhanced(p, b, i, caplen)
	return true
}

// readStatistics reads an interface statistics block. The counters are totals since the capture began, so a later block
// replaces an earlier one.
func (r *fileReader) readStatistics(b []byte) {
	s := r.ng
	if len(b) < 24 {
		r.damage(DamageBlockLength, int64(len(b)), true, fmt.Sprintf("length %d", len(b)))
		return
	}
	i := r.described(s.u32(b[8:]), b)
	if i == nil {
		return
	}
	st := &i.info.Stats
	counters := [...]struct {
		bit StatsSet
		to  *uint64
	}{
		optStatsReceived:      {StatsReceived, &st.Received},
		optStatsDropped:       {StatsDropped, &st.Dropped},
		optStatsFilterAccept:  {StatsFilterAccept, &st.FilterAccept},
		optStatsOSDropped:     {StatsOSDropped, &st.OSDropped},
		optStatsUserDelivered: {StatsUserDelivered, &st.UserDelivered},
	}
	r.eachOption(b[20:len(b)-4], func(code uint16, v []byte) {
		switch {
		case len(v) != 8:
		case code == optStatsStart:
			st.Has |= StatsStart
			st.Start = i.clock.nanos(s.u64(v))
		case code == optStatsEnd:
			st.Has |= StatsEnd
			st.End = i.clock.nanos(s.u64(v))
		case int(code) < len(counters) && counters[code].to != nil:
			st.Has |= counters[code].bit
			*counters[code].to = s.order64(v)
		}
	})
}
