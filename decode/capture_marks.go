package decode

import (
	"cmp"
	"slices"
	"sync"
)

// maxMarks bounds what is remembered of one file; a second pass that would need more reads the file from its start.
const maxMarks = 1 << 16

// fileMarks remember where the sections and interface descriptions of a file stand, so that a second pass can begin at
// any packet. A pcap file has one interface, at 0. They are locked because second passes may run beside the first.
type fileMarks struct {
	mu       sync.Mutex
	sections []sectionMark
	ifaces   []interfaceMark
	full     bool // there were more
	times    []timeMark
	ended    bool
	last     int64 // the latest time in the file; valid if ended
}

type sectionMark struct {
	offset int64
	big    bool
}

type interfaceMark struct {
	offset int64
	global uint16
}

// A timeMark says that no packet up to the record at offset is later than latest.
type timeMark struct {
	offset, latest int64
}

// timeMarkSpacing is how far apart in a file the time marks stand.
const timeMarkSpacing = 16 << 20

// room reports whether another mark may be kept.
func (m *fileMarks) room() bool {
	m.full = m.full || len(m.sections)+len(m.ifaces) >= maxMarks
	return !m.full
}

func (m *fileMarks) addSection(offset int64, big bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.room() {
		m.sections = append(m.sections, sectionMark{offset, big})
	}
}

func (m *fileMarks) addInterface(offset int64, global uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.room() {
		m.ifaces = append(m.ifaces, interfaceMark{offset, global})
	}
}

func (m *fileMarks) addTime(offset, latest int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.times) < maxMarks {
		m.times = append(m.times, timeMark{offset, latest})
	}
}

// before returns the offset of a record that stands behind packets earlier than t alone; 0 if none is known.
func (m *fileMarks) before(t int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	// The latest time so far never falls, so the marks are sorted by it.
	i, _ := slices.BinarySearchFunc(m.times, t, func(m timeMark, t int64) int { return cmp.Compare(m.latest, t) })
	if i == 0 {
		return 0
	}
	return m.times[i-1].offset
}

func (m *fileMarks) end(last int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended, m.last = true, last
}

// endsBefore reports whether all of the file is known to be earlier than t.
func (m *fileMarks) endsBefore(t int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended && m.last < t
}

// lookup returns the number that the first pass gave to the interface described at offset; 0 if it did not get there.
func (m *fileMarks) lookup(offset int64) uint16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, ok := findMark(m.ifaces, offset); ok {
		return m.ifaces[i].global
	}
	return 0
}

// findMark returns the index of the first interface described at or behind offset.
func findMark(list []interfaceMark, offset int64) (int, bool) {
	return slices.BinarySearchFunc(list, offset, func(i interfaceMark, o int64) int { return cmp.Compare(i.offset, o) })
}

// at returns the byte order that holds at offset, and where the interfaces are described that hold there.
func (m *fileMarks) at(offset int64) (big bool, ifaces []int64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, exact := slices.BinarySearchFunc(m.sections, offset, func(s sectionMark, o int64) int { return cmp.Compare(s.offset, o) })
	if !exact {
		s--
	}
	if s < 0 || m.full {
		return false, nil, false
	}
	i, _ := findMark(m.ifaces, m.sections[s].offset)
	for ; i < len(m.ifaces) && m.ifaces[i].offset < offset; i++ {
		ifaces = append(ifaces, m.ifaces[i].offset)
	}
	return m.sections[s].big, ifaces, true
}
