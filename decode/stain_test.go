package decode

import "unsafe"

// stain fills every octet of a segment, so that a field that Decode leaves alone shows.
func stain(s *Segment) { stainWith(s, 0xa5) }

func stainWith(s *Segment, with byte) {
	for i := range unsafe.Sizeof(*s) {
		*(*byte)(unsafe.Add(unsafe.Pointer(s), i)) = with
	}
}
