package decode

// LinkType is a link-layer header type as the capture files number it (LINKTYPE_ values).
type LinkType uint16

// A Packet is one captured frame as its file holds it. Data is borrowed: it is valid until the next call of the Source
// that returned it.
type Packet struct {
	Frame     uint64 // 1-based, in the merged order of all files
	FileFrame uint64 // 1-based, within its own file
	Time      int64  // nanoseconds since 1970-01-01 UTC; 0 with NoTime
	Pos       Position
	Data      []byte
	WireLen   uint32 // octets on the wire; at least len(Data) after reading
	LinkType  LinkType
	FCSLen    uint8  // octets of frame check sequence at the end of a whole frame, where the file says so
	Iface     uint16 // index into the capture's interfaces
	NoTime    bool   // the file holds no time for this packet (simple packet block)
}
