package decode

import (
	"cmp"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"syscall"
)

// A merger gives the packets of several files in the order of time, as mergecap does: of all files, the one whose next
// packet is the earliest is read on; ties go to the file that was given first. Files are opened when that order reaches
// their first packet and closed at their end, so a rotated series has one or two open at a time.
type merger struct {
	waiting []*source // by the time of their first packets
	active  []mergeHead
	moved   bool // the head of active[0] was handed out: its file must be read on first
	open    int  // active files; what sharedFile goes by
}

// A mergeHead is an open file with its next packet.
type mergeHead struct {
	key    int64
	source *source
	packet Packet
}

// sortKey is the time that a packet is merged by. A packet without a time comes at once.
func sortKey(p *Packet) int64 {
	if p.NoTime {
		return math.MinInt64
	}
	return p.Time
}

func (a *mergeHead) before(b *mergeHead) bool {
	return a.key < b.key || a.key == b.key && a.source.index < b.source.index
}

// startMerge opens the pipes, which cannot be looked at twice, and orders the files.
func (c *Capture) startMerge(list []*source) error {
	m := &merger{}
	c.merge = m
	for _, s := range list {
		if s.regular {
			m.waiting = append(m.waiting, s)
			continue
		}
		r, err := c.openReader(s, readWhole)
		if err != nil {
			return err
		}
		s.reader = r
		if err := c.push(s); err != nil {
			return err
		}
	}
	m.sort()
	return nil
}

// sort brings the files that are not open yet into the order in which they are reached.
func (m *merger) sort() {
	slices.SortFunc(m.waiting, func(a, b *source) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.index, b.index))
	})
}

// push reads the first packet of an opened file and puts it into the heap; a file without packets is done with.
func (c *Capture) push(s *source) error {
	m := c.merge
	h := mergeHead{source: s}
	switch err := s.reader.next(&h.packet); {
	case err == io.EOF:
		s.finish()
		return nil
	case err != nil:
		return err
	}
	h.key = sortKey(&h.packet)
	m.active = append(m.active, h)
	m.open = len(m.active)
	for i := len(m.active) - 1; i > 0; {
		up := (i - 1) / 2
		if !m.active[i].before(&m.active[up]) {
			break
		}
		m.active[i], m.active[up] = m.active[up], m.active[i]
		i = up
	}
	return nil
}

// down restores the heap's order after its top changed.
func (m *merger) down() {
	for i := 0; ; {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(m.active); k++ {
			if m.active[k].before(&m.active[least]) {
				least = k
			}
		}
		if least == i {
			return
		}
		m.active[i], m.active[least] = m.active[least], m.active[i]
		i = least
	}
}

// nextMerged reads the next packet of several files.
func (c *Capture) nextMerged(p *Packet) error {
	m := c.merge
	if m.moved {
		m.moved = false
		top := &m.active[0]
		switch err := top.source.reader.next(&top.packet); {
		case err == nil:
			top.key = sortKey(&top.packet)
		case err == io.EOF:
			top.source.finish()
			last := len(m.active) - 1
			m.active[0] = m.active[last]
			m.active[last] = mergeHead{}
			m.active = m.active[:last]
			m.open = last
		default:
			m.moved = true
			return err
		}
		m.down()
	}
	for len(m.waiting) > 0 && (len(m.active) == 0 || m.waiting[0].first <= m.active[0].key) {
		s := m.waiting[0]
		m.waiting = m.waiting[1:]
		if err := c.activate(s); err != nil {
			return err
		}
	}
	if len(m.active) == 0 {
		return io.EOF
	}
	*p = m.active[0].packet
	m.moved = true
	return nil
}

// activate opens a file whose turn has come. One that was there at first and cannot be opened now is damage.
func (c *Capture) activate(s *source) error {
	mode := readWhole
	if len(c.merge.active) >= maxReadAhead {
		mode = readShared
	}
	if c.rereads != nil {
		r, _, err := c.rereads.reopen(c.rereads.sources[s.index], s.enter)
		if err != nil {
			return err
		}
		s.reader = r
		return c.push(s)
	}
	r, err := c.openReader(s, mode)
	if errors.Is(err, os.ErrClosed) {
		return err
	}
	if err != nil {
		s.info.Damages++
		c.damages.add(Damage{Kind: DamageUnreadable, File: s.index, Path: s.path, Lost: -1, Detail: err.Error()})
		return nil
	}
	s.reader = r
	return c.push(s)
}

const (
	// maxReadAhead is how many of the files that are read at once have a goroutine and large buffers.
	maxReadAhead = 4
	// maxOpenFiles is how many of the others keep their file open between reads.
	maxOpenFiles = 128
	// sharedMemory is divided among the buffers of the others.
	sharedMemory = 64 << 20
)

// buffer is the size of the buffer of one more file.
func (m *merger) buffer() int { return min(max(sharedMemory/(m.open+1), 16<<10), 256<<10) }

// A sharedFile reads a file, and closes it between reads where very many files are read at once.
type sharedFile struct {
	path    string
	capture *Capture
	at      int64

	mu     sync.Mutex // Close may come beside Next
	f      *os.File
	closed bool
}

func (s *sharedFile) Read(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, os.ErrClosed
	}
	if s.f == nil {
		s.mu.Unlock() // the others are told to let go of theirs under the capture's lock
		f, err := s.capture.openFile(s.path)
		s.mu.Lock()
		switch {
		case err != nil:
			return 0, err
		case s.closed:
			_ = f.Close()
			return 0, os.ErrClosed
		}
		s.f = f
	}
	n, err = s.f.ReadAt(p, s.at)
	s.at += int64(n)
	if n > 0 {
		err = nil
	}
	if s.capture.merge.open > maxOpenFiles || s.capture.tight.Load() {
		s.park()
	}
	return n, err
}

// park lets go of the file until the next read. The lock is held.
func (s *sharedFile) park() {
	if s.f != nil {
		_ = s.f.Close()
		s.f = nil
	}
}

// openFile opens a file. Where the system grants no more of them at once, those that are read in turns are let go of, and
// opened anew for each read from then on.
func (c *Capture) openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
		return f, err
	}
	c.tight.Store(true)
	c.mu.Lock()
	for f := range c.toClose {
		if s, ok := f.(*sharedFile); ok {
			s.mu.Lock()
			s.park()
			s.mu.Unlock()
		}
	}
	c.mu.Unlock()
	return os.Open(path)
}

// Close lets go of the file for good.
func (s *sharedFile) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	s.f = nil
	return err
}

// finish lets go of a file that was read to its end; what is known of it stays.
func (s *source) finish() {
	r := s.reader
	s.reader = nil
	r.sync()
	r.close()
	if r.win.ahead != nil && r.win.err != nil {
		r.win.giveBack()
		r.win.ahead.finish()
	}
}

// sync brings the files' counters up to date.
func (c *Capture) sync() {
	for _, s := range c.sources {
		if s.reader != nil {
			s.reader.sync()
		}
	}
}
