package decode

// Option codes, by the block they stand in (draft-ietf-opsawg-pcapng section 3.5 and 4).
const (
	optEnd     = 0
	optComment = 1

	optSectionHardware    = 2
	optSectionOS          = 3
	optSectionApplication = 4

	optIfName        = 2
	optIfDescription = 3
	optIfResolution  = 9
	optIfFilter      = 11
	optIfOS          = 12
	optIfFCSLen      = 13
	optIfTimeOffset  = 14
	optIfHardware    = 15

	optPacketFlags = 2
	optPacketDrops = 4

	optStatsStart         = 2
	optStatsEnd           = 3
	optStatsReceived      = 4
	optStatsDropped       = 5
	optStatsFilterAccept  = 6
	optStatsOSDropped     = 7
	optStatsUserDelivered = 8
)

// What is kept of the texts in a file, so that a hostile one cannot fill the memory.
const (
	maxComments   = 64
	maxCommentLen = 4096
	maxNameLen    = 256
	// maxInterfaceText is what the texts of all interfaces may take.
	maxInterfaceText = 16 << 20
)

// nextOption splits the first option off an option list. ok is false at the list's end; sound is false if the option
// runs beyond the list.
func (s *pcapngState) nextOption(list []byte) (code uint16, value, rest []byte, ok, sound bool) {
	if len(list) == 0 {
		return 0, nil, nil, false, true
	}
	if len(list) < 4 {
		return 0, nil, nil, false, false
	}
	code = s.u16(list)
	n := int(s.u16(list[2:]))
	if code == optEnd {
		return 0, nil, nil, false, true
	}
	if 4+n > len(list) {
		return 0, nil, nil, false, false
	}
	return code, list[4 : 4+n], list[min(4+(n+3)&^3, len(list)):], true, true
}

// eachOption calls fn for the options at the end of the block at the window's position, and records a list that is
// broken.
func (r *fileReader) eachOption(list []byte, fn func(code uint16, value []byte)) {
	for {
		code, value, rest, ok, sound := r.ng.nextOption(list)
		if !sound {
			r.damage(DamageOptions, int64(len(list)), true, "")
		}
		if !ok {
			return
		}
		fn(code, value)
		list = rest
	}
}

// text returns at most limit octets of an option's value, without the NUL that some writers add.
func (r *fileReader) text(value []byte, limit int) string {
	for len(value) > 0 && value[len(value)-1] == 0 {
		value = value[:len(value)-1]
	}
	if len(value) > limit {
		value = value[:limit]
		r.info.TextsCut++
	}
	return string(value)
}

// appendComment keeps a comment if there is room.
func (r *fileReader) appendComment(list []string, value []byte) []string {
	if len(list) >= maxComments {
		r.info.TextsCut++
		return list
	}
	return append(list, r.text(value, maxCommentLen))
}
