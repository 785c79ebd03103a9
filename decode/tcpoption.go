package decode

import "encoding/binary"

// TCP option kinds (IANA "TCP Option Kind Numbers").
const (
	tcpOptEnd           = 0
	tcpOptNop           = 1
	tcpOptMSS           = 2
	tcpOptWindowScale   = 3
	tcpOptSACKPermitted = 4
	tcpOptSACK          = 5
	tcpOptTimestamps    = 8
	tcpOptMD5           = 19
	tcpOptAO            = 29
	tcpOptMPTCP         = 30
	tcpOptFastOpen      = 34
	tcpOptExperiment1   = 253
	tcpOptExperiment2   = 254

	fastOpenMagic = 0xf989 // RFC 7413 section 4.1.1: experiment id of the options that came before kind 34
)

// MPTCP subtypes (RFC 8684 section 8).
const (
	mptcpDSS       = 2
	mptcpFastclose = 7
	mptcpReset     = 8

	mptcpDataFIN = 0x10 // in the second octet of DSS
)

// clearOptions sets the fields of all options as for a header that has none.
func (s *Segment) clearOptions() {
	s.TSEcr, s.TSVal = 0, 0
	s.Options, s.WindowScale = 0, 0
	s.SACKLeft, s.SACKRight, s.SACKMax, s.MSS = 0, 0, 0, 0
}

// readTimestamps takes the value of a timestamps option.
func (s *Segment) readTimestamps(v *[8]byte) {
	both := binary.BigEndian.Uint64(v[:])
	s.TSEcr, s.TSVal = uint32(both), uint32(both>>32)
}

// readOptions reads the option list o of a TCP header; truncated says that the snap length cut the list. A list that
// goes wrong keeps what stood before the fault.
func (s *Segment) readOptions(o []byte, truncated bool) {
	s.clearOptions()
	fault := OptMalformed
	if truncated {
		s.Options = OptTruncated
		fault = 0 // what looks too long is merely cut
	}
	for len(o) > 0 {
		if o[0] == tcpOptNop {
			o = o[1:]
			continue
		}
		if o[0] == tcpOptEnd {
			return
		}
		if len(o) < 2 {
			s.Options |= fault
			return
		}
		n := int(o[1])
		switch {
		case n < 2:
			s.Options |= OptMalformed
			return
		case n > len(o):
			s.Options |= fault
			return
		case o[0] == tcpOptMSS && n == 4:
			s.Options |= OptMSS
			s.MSS = binary.BigEndian.Uint16(o[2:4])
		case o[0] == tcpOptWindowScale && n == 3:
			s.Options |= OptWindowScale
			s.WindowScale = o[2]
		case o[0] == tcpOptSACKPermitted && n == 2:
			s.Options |= OptSACKPermitted
		case o[0] == tcpOptTimestamps && n == 10:
			s.Options |= OptTimestamps
			s.readTimestamps((*[8]byte)(o[2:10]))
		default:
			s.readOption(o[0], o[2:n])
		}
		o = o[n:]
	}
}

// Options as kernels write them, an option and its padding to a word, or two options.
const (
	alignedMSS         = tcpOptMSS<<8 | 4 // the upper half of the word
	alignedWindowScale = tcpOptNop<<16 | tcpOptWindowScale<<8 | 3
	alignedPermitted   = tcpOptNop<<24 | tcpOptNop<<16 | tcpOptSACKPermitted<<8 | 2
	alignedTimestamps  = tcpOptNop<<24 | tcpOptNop<<16 | tcpOptTimestamps<<8 | 10
	permittedAndStamps = tcpOptSACKPermitted<<24 | 2<<16 | tcpOptTimestamps<<8 | 10
)

// readAligned reads the n octets of options that an ordinary SYN has, word by word, in whatever order the words come; other
// fields than theirs are left alone. False: there is something else, and readOptions is to begin again.
func (s *Segment) readAligned(o *[40]byte, n int) bool {
	be := binary.BigEndian
	var have Options
	for at := 0; at < n; at += 4 {
		switch w := be.Uint32(o[at : at+4 : at+4]); {
		case w>>16 == alignedMSS:
			have |= OptMSS
			s.MSS = uint16(w)
		case w == alignedPermitted:
			have |= OptSACKPermitted
		case w>>8 == alignedWindowScale:
			have |= OptWindowScale
			s.WindowScale = uint8(w)
		case (w == alignedTimestamps || w == permittedAndStamps) && at+12 <= n:
			have |= OptTimestamps
			if w == permittedAndStamps {
				have |= OptSACKPermitted
			}
			s.readTimestamps((*[8]byte)(o[at+4 : at+12 : at+12]))
			at += 8
		default:
			return false
		}
	}
	s.Options = have
	return true
}

// readOption reads one of the options that few segments hold, or one of wrong length; v is its value without kind and length.
func (s *Segment) readOption(kind byte, v []byte) {
	be := binary.BigEndian
	wrong := false
	switch kind {
	case tcpOptMSS, tcpOptWindowScale, tcpOptSACKPermitted, tcpOptTimestamps:
		wrong = true
	case tcpOptSACK:
		if wrong = len(v) == 0 || len(v)%8 != 0; !wrong {
			s.readSACK(v)
		}
	case tcpOptMPTCP:
		if wrong = len(v) == 0; !wrong {
			s.Options |= OptMPTCP | mptcpBits(v)
		}
	case tcpOptFastOpen:
		s.Options |= OptFastOpen
	case tcpOptExperiment1, tcpOptExperiment2:
		if len(v) >= 2 && be.Uint16(v) == fastOpenMagic {
			s.Options |= OptFastOpen
		}
	case tcpOptMD5:
		if wrong = len(v) != 16; !wrong {
			s.Options |= OptMD5
		}
	case tcpOptAO:
		if wrong = len(v) < 2; !wrong {
			s.Options |= OptAO
		}
	}
	if wrong {
		s.Options |= OptMalformed
	}
}

// readSACK keeps the first block, which tells what drew this ACK (or is the D-SACK of RFC 2883), and the right-most
// edge of all blocks, which RFC 5961 implementations take as a valid RST's sequence number.
func (s *Segment) readSACK(v []byte) {
	be := binary.BigEndian
	if !s.Options.Has(OptSACK) {
		s.SACKLeft, s.SACKRight = Seq(be.Uint32(v)), Seq(be.Uint32(v[4:]))
		s.SACKMax = s.SACKRight
	}
	s.Options |= OptSACK
	for ; len(v) >= 8; v = v[8:] {
		// Distances from one edge order even blocks that lie half the circle apart.
		if right := Seq(be.Uint32(v[4:])); right.Sub(s.SACKRight) > s.SACKMax.Sub(s.SACKRight) {
			s.SACKMax = right
		}
	}
}

// mptcpBits returns what an MPTCP option's subtype says of a close.
func mptcpBits(v []byte) Options {
	switch v[0] >> 4 {
	case mptcpDSS:
		if len(v) >= 2 && v[1]&mptcpDataFIN != 0 {
			return OptMPDataFIN
		}
	case mptcpFastclose:
		return OptMPFastclose
	case mptcpReset:
		return OptMPReset
	}
	return 0
}
