package held

import (
	"encoding/binary"

	"tcpclose/decode"
)

// A life is the packets of one conversation: records one after the other, first those of the opening, then the last ones,
// of which the oldest make room for new ones.
type life struct {
	key           pair
	buf           []byte
	opening       int // where the records of the opening end
	at            int // where the oldest of the last ones begins
	first, last   int // how many records there are of each
	skipped       uint64
	begun         bool // with a SYN, of this number
	lean          bool
	isn           decode.Seq
	older, newer  int32 // other lives of its endpoints; 0 for none
	before, after int32 // in the ring of all lives
}

// A record is the numbers of a packet, in so many octets, and then its data.
const recordHeader = 40

func recordSize(b []byte) int { return recordHeader + int(binary.LittleEndian.Uint32(b[28:])) }

func frameOf(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// add appends a packet, or so many octets of it; 0: all.
func (l *life) add(p *decode.Packet, octets int) {
	data := p.Data
	if octets > 0 {
		data = data[:min(len(data), octets)]
	}
	first, last := First, Last
	if l.lean {
		first, last = firstLean, lastLean
	}
	for l.last >= last {
		l.skip()
	}
	if gone := l.at - l.opening; gone > 0 && len(l.buf)+recordHeader+len(data) > cap(l.buf) && gone >= (len(l.buf)-l.opening)/4 {
		l.buf = l.buf[:l.opening+copy(l.buf[l.opening:], l.buf[l.at:])]
		l.at = l.opening
	}
	b := l.buf
	b = binary.LittleEndian.AppendUint64(b, p.Frame)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Time))
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Pos))
	b = binary.LittleEndian.AppendUint32(b, p.WireLen)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint16(b, uint16(p.LinkType))
	b = binary.LittleEndian.AppendUint16(b, p.Iface)
	noTime := byte(0)
	if p.NoTime {
		noTime = 1
	}
	b = append(b, p.FCSLen, noTime, 0, 0)
	l.buf = append(b, data...)
	if l.first < first && l.last == 0 {
		l.first++
		l.opening = len(l.buf)
		l.at = l.opening
	} else {
		l.last++
	}
}

// skip gives up the oldest of the last packets.
func (l *life) skip() {
	l.at += recordSize(l.buf[l.at:])
	l.last--
	l.skipped++
}

// trim leaves what a lean life holds.
func (l *life) trim() {
	l.lean = true
	for l.last > lastLean {
		l.skip()
	}
	opening := l.opening
	if l.first > firstLean {
		// Where the last ones are few, what is given up of the opening stands between it and them as well.
		spare := max(0, min(l.first-firstLean, lastLean-l.last))
		opening = 0
		for range firstLean {
			opening += recordSize(l.buf[opening:])
		}
		tail := opening
		for range l.first - firstLean - spare {
			tail += recordSize(l.buf[tail:])
		}
		l.skipped += uint64(l.first - firstLean - spare)
		buf := append(make([]byte, 0, opening+l.opening-tail+len(l.buf)-l.at), l.buf[:opening]...)
		buf = append(buf, l.buf[tail:l.opening]...)
		l.buf = append(buf, l.buf[l.at:]...)
		l.first, l.last = firstLean, l.last+spare
	} else {
		buf := append(make([]byte, 0, opening+len(l.buf)-l.at), l.buf[:opening]...)
		l.buf = append(buf, l.buf[l.at:]...)
	}
	l.opening, l.at = opening, opening
}

// records calls fn for each record, with the number of packets before it that are not held.
func (l *life) records(fn func(b []byte, missing uint64)) {
	for at := 0; at < len(l.buf); {
		missing := uint64(0)
		if at == l.opening {
			if at, missing = l.at, l.skipped; at == len(l.buf) {
				return
			}
		}
		n := recordSize(l.buf[at:])
		fn(l.buf[at:at+n], missing)
		at += n
	}
}

// packet reads a record. Its data are the record's own.
func packet(b []byte) decode.Packet {
	return decode.Packet{
		Frame: frameOf(b), Time: int64(binary.LittleEndian.Uint64(b[8:])),
		Pos: decode.Position(binary.LittleEndian.Uint64(b[16:])), WireLen: binary.LittleEndian.Uint32(b[24:]),
		LinkType: decode.LinkType(binary.LittleEndian.Uint16(b[32:])), Iface: binary.LittleEndian.Uint16(b[34:]),
		FCSLen: b[36], NoTime: b[37] != 0, Data: b[recordHeader:len(b):len(b)],
	}
}
