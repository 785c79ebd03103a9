package decode

import "fmt"

// believable reports whether h can be a record header, by what is sure alone.
func (s *pcapState) believable(h pcapRecord) bool {
	if h.caplen() <= s.limit {
		return h != pcapRecord{}
	}
	return h.caplen() <= hardRecordLimit && s.plausible(h)
}

// plausible reports whether h looks like a record header, which bytes from the middle of a packet rarely do.
func (s *pcapState) plausible(h pcapRecord) bool {
	return h.caplen() > 0 && h.caplen() <= hardRecordLimit && h.wire() >= h.caplen() && h.wire() <= 4*hardRecordLimit &&
		h.frac() < s.fractions
}

// nearTime is how far apart, in seconds, the times of neighbours usually are at most.
const nearTime = 30 * 24 * 3600

// near reports whether h is like its neighbours: its fraction is one, what the snap length cut off is not huge, and its
// time is close to that of the record before.
func (s *pcapState) near(h pcapRecord) bool {
	return h.frac() < s.fractions && h.wire()-h.caplen() < s.limit && h.sec()-s.previous+nearTime <= 2*nearTime
}

// near is pcapState.near, but that no time is far from none.
func (r *fileReader) near(h pcapRecord) bool {
	if r.frames == 0 {
		h.stamp = uint64(r.pcap.previous)<<32 | uint64(h.frac())
	}
	return r.pcap.near(h)
}

// resyncPcap leaves out octets until a record header is found that others follow. io.EOF: there is none.
func (r *fileReader) resyncPcap(bad pcapRecord) error {
	w := &r.win
	start, frames := w.offset(), r.frames
	kind, detail := DamageRecordLength, fmt.Sprintf("captured length %d", bad.caplen())
	if bad == (pcapRecord{}) {
		kind, detail = DamageZeros, ""
	}
	w.pos++
	ok := r.leaveOut(r.findPcap)
	r.damageAt(Damage{Kind: kind, Offset: start, AfterFrame: frames, Lost: w.offset() - start, Resumed: ok || resumed(w.err), Detail: detail})
	if !ok {
		return r.atEnd(0)
	}
	return nil
}

// findPcap looks for a chain of record headers that begins from to to-1 octets ahead: the first one that is like what
// was read so far, else the first.
func (r *fileReader) findPcap(from, to int) (at int, ok bool) {
	for at = from; at < to; at++ {
		h, sound := r.headerAt(at)
		if !sound || !r.chained(at) {
			continue
		}
		if r.near(h) {
			return at, true
		}
		if other, found := r.findNear(at+1, min(to, at+nearLook)); found {
			return other, true
		}
		return at, true
	}
	return 0, false
}

// nearLook is how far findPcap looks behind a chain that may be one by chance.
const nearLook = 4 << 10

// findNear is findPcap for chains that are like what was read so far alone.
func (r *fileReader) findNear(from, to int) (at int, ok bool) {
	for at = from; at < to; at++ {
		if h, sound := r.headerAt(at); sound && r.near(h) && r.chained(at) {
			return at, true
		}
	}
	return 0, false
}

// headerAt reads what stands at that distance as a record header; false if it is none, or the file ends there.
func (r *fileReader) headerAt(at int) (pcapRecord, bool) {
	if !r.win.need(at + r.pcap.recordLen) {
		return pcapRecord{}, false
	}
	h := r.pcap.record(r.win.buf[r.win.pos+at:])
	return h, r.pcap.plausible(h)
}

// chained reports whether a record at that distance is followed by others, close in time: three, or fewer if the last
// one ends where the file does, or two if the file is cut behind them. A single one that ends there must be like what was
// read so far: a length alone fits by chance somewhere in most packets.
func (r *fileReader) chained(at int) bool {
	s, w := &r.pcap, &r.win
	last := pcapRecord{}
	for n := range 4 {
		if !w.need(at + s.recordLen) {
			return n > 1 || n == 1 && at == w.rest() && r.near(last)
		}
		h := s.record(w.buf[w.pos+at:])
		if !s.plausible(h) || h.caplen() > s.limit {
			return false
		}
		if n > 0 && (int64(h.sec())-int64(last.sec()) > nearTime || int64(last.sec())-int64(h.sec()) > nearTime) {
			return false
		}
		last = h
		at += s.recordLen + int(h.caplen())
	}
	return true
}
