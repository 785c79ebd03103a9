package decode

import "encoding/binary"

// ChecksumMode says what becomes of a segment whose TCP checksum is wrong. Checksums are off-loaded on the sender's own
// host, so a wrong one is ordinary there.
type ChecksumMode uint8

// The modes. Checksums are computed only where the whole segment was captured.
const (
	ChecksumsIgnored ChecksumMode = iota // not computed
	ChecksumsNoted                       // NoteBadChecksum is set
	ChecksumsDropped                     // the segment is skipped with ReasonBadChecksum, as the receiver would
)

// tcpChecksumRight verifies the checksum of the whole TCP segment t (RFC 9293 section 3.1, RFC 8200 section 8.1). The
// IPv4-mapped prefix adds 0xffff to each address, which is zero in one's complement, so both families sum alike.
func tcpChecksumRight(src, dst *Addr, t []byte) bool {
	sum := uint64(len(t)>>16) + uint64(len(t)&0xffff) + 6
	sum = sum16(sum, src[:])
	sum = sum16(sum, dst[:])
	sum = sum16(sum, t)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return sum == 0xffff
}

// sum16 adds b as big-endian 16-bit words.
func sum16(sum uint64, b []byte) uint64 {
	for ; len(b) >= 4; b = b[4:] {
		v := binary.BigEndian.Uint32(b)
		sum += uint64(v>>16) + uint64(v&0xffff)
	}
	if len(b) >= 2 {
		sum += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	return sum
}
