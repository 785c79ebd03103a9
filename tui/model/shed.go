package model

import (
	"net/netip"

	"tcpclose/flows"
)

// Limit bounds what the rows take, in octets; 0 bounds nothing. Beyond it the rows that were put first are left out, 4096
// at a time and only those that cannot change any more: a row that still can is put anew, under another number.
func (s *Store) Limit(octets int64) { s.limit = octets }

// shed leaves out rows until the others take what they may. The newest ones stay.
func (s *Store) shed() {
	s.shedding = true
	defer func() { s.shedding = false }()
	size := s.held()
	var t flows.Teardown
	for int64(size) > s.limit && s.gone+2 < len(s.chunks) {
		c := s.chunks[s.gone]
		s.chunks[s.gone] = s.blank()
		s.gone++
		size -= c.size()
		still := 0
		for i := range c.rows {
			id := c.cols.id[i]
			if row, ok := s.open[id]; !ok || int(row) != (s.gone-1)*chunkRows+i {
				continue
			}
			delete(s.open, id)
			unpackRow(s.templates.list, &c, i, &t)
			s.put(&t)
			still++
		}
		s.left += c.rows - still
		if still > chunkRows/2 {
			return // most can change: leaving rows out gains too little
		}
	}
}

// blank returns what stands for rows that were left out: who still has the number of one reads an empty conversation.
func (s *Store) blank() chunk {
	if s.void.cols == nil {
		nobody := netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
		t := flows.Teardown{CloseStart: flows.NoTime, CloseEnd: flows.NoTime, Class: flows.Partial}
		for side := range t.Ends {
			t.Ends[side].Addr = nobody
		}
		v := chunk{cols: new(columns), rows: chunkRows}
		s.packer.pack(&t)
		of := s.templates.intern(&s.packer)
		v.records = append(v.records, s.packer.data...)
		for i := range chunkRows {
			v.cols.class[i], v.cols.template[i], v.cols.recordLength[i] = uint8(t.Class), of, uint16(len(v.records))
		}
		v.addrs = append(v.addrs, [16]byte{})
		s.void = v
	}
	return s.void
}

// held returns the octets that the chunks take which are there.
func (s *Store) held() (size int) {
	for i := s.gone; i < len(s.chunks); i++ {
		size += s.chunks[i].size()
	}
	return size
}

// size returns the octets that a chunk takes.
func (c *chunk) size() int { return columnsSize + cap(c.records) + cap(c.addrs)*16 }
