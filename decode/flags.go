package decode

// Flags are the control bits of a TCP header, in the order in which they stand on the wire (RFC 9293 section 3.1).
type Flags uint8

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// flagLetters holds the script letter of each bit, in packetdrill's order.
var flagLetters = [...]struct {
	bit    Flags
	letter byte
}{
	{FIN, 'F'}, {SYN, 'S'}, {RST, 'R'}, {PSH, 'P'}, {URG, 'U'}, {ECE, 'E'}, {CWR, 'W'}, {ACK, '.'},
}

// Has reports whether all bits of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Any reports whether at least one bit of g is set.
func (f Flags) Any(g Flags) bool { return f&g != 0 }

// String returns the letters that segment scripts use: "S", "S.", "F.", "R", ".", "P."; "-" where no bit is set.
func (f Flags) String() string {
	if f == 0 {
		return "-"
	}
	buf := make([]byte, 0, len(flagLetters))
	for _, l := range flagLetters {
		if f.Has(l.bit) {
			buf = append(buf, l.letter)
		}
	}
	return string(buf)
}

// ParseFlags reads the letters that String prints; ok is false where one is unknown or stands twice.
func ParseFlags(text string) (f Flags, ok bool) {
	if text == "-" {
		return 0, true
	}
	for i := range len(text) {
		bit := Flags(0)
		for _, l := range flagLetters {
			if l.letter == text[i] {
				bit = l.bit
			}
		}
		if bit == 0 || f.Has(bit) {
			return 0, false
		}
		f |= bit
	}
	return f, text != ""
}
