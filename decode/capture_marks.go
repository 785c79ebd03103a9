package decode

import (
	"sort"
	"sync"
)

// maxMarks bounds what is remembered of one file; a second pass that would need more starts at the last mark.
const maxMarks = 1 << 16

// fileMarks remember where the sections and interface descriptions of a pcapng file stand, so that a second pass can
// begin at any packet. A pcap file has one interface mark at 0.
type fileMarks struct {
	mu       sync.Mutex
	sections []sectionMark
	ifaces   []interfaceMark
	full     bool
	known    *fileMarks // set in a second pass: the marks of the first
}

type sectionMark struct {
	offset int64
	big    bool
}

type interfaceMark struct {
	offset int64
	global uint16
}

func (m *fileMarks) addSection(offset int64, big bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full = m.full || len(m.sections)+len(m.ifaces) >= maxMarks; !m.full {
		m.sections = append(m.sections, sectionMark{offset, big})
	}
}

func (m *fileMarks) addInterface(offset int64, global uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full = m.full || len(m.sections)+len(m.ifaces) >= maxMarks; !m.full {
		m.ifaces = append(m.ifaces, interfaceMark{offset, global})
	}
}

// lookup returns the number that the first pass gave to the interface described at offset; 0 if it did not get there.
func (m *fileMarks) lookup(offset int64) uint16 {
	k := m.known
	k.mu.Lock()
	defer k.mu.Unlock()
	i := sort.Search(len(k.ifaces), func(i int) bool { return k.ifaces[i].offset >= offset })
	if i < len(k.ifaces) && k.ifaces[i].offset == offset {
		return k.ifaces[i].global
	}
	return 0
}
