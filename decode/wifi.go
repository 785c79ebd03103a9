package decode

import "encoding/binary"

// Frame control of 802.11, read in little endian (IEEE 802.11 section 9.2.4.1).
const (
	wifiTypeMask  = 0x000c
	wifiTypeData  = 0x0008
	wifiNoData    = 0x0040 // subtype bit: a data frame without a body
	wifiQoS       = 0x0080
	wifiToDS      = 0x0100
	wifiFromDS    = 0x0200
	wifiMoreFrag  = 0x0400
	wifiProtected = 0x4000
	wifiOrder     = 0x8000 // with QoS: an HT control field follows

	wifiAMSDU = 0x80 // in the QoS control field's first octet
)

// readWiFi reads an 802.11 header. Only unencrypted data frames hold something to read.
func (d *Decoder) readWiFi() header { return d.wifi(false, false) }

// readWiFiPadded reads an 802.11 header that is padded to a multiple of four octets.
func (d *Decoder) readWiFiPadded() header { return d.wifi(true, false) }

// readWiFiSwapped reads an 802.11 header whose 16-bit fields are in the other byte order.
func (d *Decoder) readWiFiSwapped() header { return d.wifi(false, true) }

// wifi reads an 802.11 header; padded says that the driver padded it to a multiple of four octets.
func (d *Decoder) wifi(padded, swapped bool) header {
	if !d.need(LayerLink, 2) {
		return headerNone
	}
	fc := binary.LittleEndian.Uint16(d.b)
	if swapped {
		fc = binary.BigEndian.Uint16(d.b)
	}
	if fc&wifiTypeMask != wifiTypeData || fc&wifiNoData != 0 {
		return d.fail(LayerLink, ReasonControlFrame, 0, 0)
	}
	if fc&wifiProtected != 0 {
		return d.fail(LayerLink, ReasonEncrypted, 0, 0)
	}
	n := 24
	if fc&wifiToDS != 0 && fc&wifiFromDS != 0 { // the fourth address
		n += 6
	}
	qosAt := n
	if fc&wifiQoS != 0 {
		n += 2
		if fc&wifiOrder != 0 {
			n += 4
		}
	}
	if padded {
		n = (n + 3) &^ 3
	}
	if !d.need(LayerLink, n) {
		return headerNone
	}
	if !swapped && d.b[22]&15 != 0 { // a later fragment of the frame: no headers in it
		return d.fail(LayerLink, ReasonFragment, 0, 0)
	}
	aggregated := fc&wifiQoS != 0 && d.b[qosAt]&wifiAMSDU != 0
	d.advance(n)
	if aggregated {
		return d.readAMSDU()
	}
	return headerLLC
}

// readAMSDU reads the first subframe of an aggregate: destination, source, length. A frame gives one segment at most,
// so the further ones are left alone.
func (d *Decoder) readAMSDU() header {
	if !d.need(LayerLink, 14) {
		return headerNone
	}
	length := int(binary.BigEndian.Uint16(d.b[12:]))
	d.advance(14)
	if (length+3)&^3 < d.wire {
		d.counters.Aggregates++
	}
	d.limit(length)
	return headerLLC
}

// The start of a radiotap header: fields stand in the order of their bits, each aligned to its size; the flags are the
// only one that matters here.
const (
	radiotapTSFT     = 1 << 0
	radiotapFlags    = 1 << 1
	radiotapMore     = 1 << 31
	radiotapHasFCS   = 0x10
	radiotapPadded   = 0x20
	radiotapMinimum  = 8
	radiotapTSFTSize = 8
)

// readRadiotap steps over a radiotap header, whose flags say whether the frame ends with its check sequence and
// whether the 802.11 header is padded.
func (d *Decoder) readRadiotap() header {
	if !d.need(LayerLink, radiotapMinimum) {
		return headerNone
	}
	le := binary.LittleEndian
	n := int(le.Uint16(d.b[2:]))
	if n < radiotapMinimum {
		return d.fail(LayerLink, ReasonBadHeaderLen, radiotapMinimum, n)
	}
	if !d.need(LayerLink, n) {
		return headerNone
	}
	present := le.Uint32(d.b[4:])
	at := radiotapMinimum
	for word := present; word&radiotapMore != 0 && at+4 <= n; at += 4 {
		word = le.Uint32(d.b[at:])
	}
	if present&radiotapTSFT != 0 {
		at = (at+7)&^7 + radiotapTSFTSize
	}
	flags := byte(0)
	if present&radiotapFlags != 0 && at < n {
		flags = d.b[at]
	}
	d.advance(n)
	if flags&radiotapHasFCS != 0 && d.packet.FCSLen == 0 {
		d.limit(max(d.wire-4, 0))
	}
	if flags&radiotapPadded != 0 {
		return headerWiFiPadded
	}
	return headerWiFi
}

// readPrism steps over a Prism header of 144 octets; some drivers put an AVS header there.
func (d *Decoder) readPrism() header {
	if !d.need(LayerLink, 8) {
		return headerNone
	}
	if binary.BigEndian.Uint32(d.b)&^0xff == avsMagic {
		return d.readAVS()
	}
	n := int(binary.LittleEndian.Uint32(d.b[4:]))
	if big := int(binary.BigEndian.Uint32(d.b[4:])); n > 0xffff {
		n = big
	}
	if n < 8 {
		return d.fail(LayerLink, ReasonBadHeaderLen, 8, n)
	}
	if !d.need(LayerLink, n) {
		return headerNone
	}
	d.advance(n)
	return headerWiFi
}

const avsMagic = 0x80211000 // the last octet is the version

// readAVS steps over an AVS header, which says how long it is.
func (d *Decoder) readAVS() header {
	if !d.need(LayerLink, 8) {
		return headerNone
	}
	n := int(binary.BigEndian.Uint32(d.b[4:]))
	if n < 8 || n > 0xffff {
		return d.fail(LayerLink, ReasonBadHeaderLen, 8, n)
	}
	if !d.need(LayerLink, n) {
		return headerNone
	}
	d.advance(n)
	return headerWiFi
}
