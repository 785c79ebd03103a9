package model

import (
	"context"
	"iter"
	"net/netip"
	"slices"
	"sync"
	"time"
	"unsafe"

	"tcpclose/decode"
	"tcpclose/flows"
)

// chunkRows is how many rows share one chunk: the unit in which a published row is copied before it changes.
const chunkRows = 4096

// columns are the fields of one chunk's rows that sorting, drawing and most filters touch. They hold no pointer.
type columns struct {
	id           [chunkRows]uint64
	start, last  [chunkRows]int64
	offset       [chunkRows]uint32 // of the row's packed record in its chunk
	template     [chunkRows]uint32
	client       [chunkRows]uint16 // index into the chunk's addresses
	server       [chunkRows]uint16
	clientPort   [chunkRows]uint16
	serverPort   [chunkRows]uint16
	clientState  [chunkRows]uint8 // the last state of that side
	serverState  [chunkRows]uint8
	class        [chunkRows]uint8
	closer       [chunkRows]uint8
	topCause     [chunkRows]uint8 // cause + 1; 0 without one
	recordLength [chunkRows]uint16
}

const columnsSize = int(unsafe.Sizeof(columns{}))

// A chunk is a run of rows. Its slices only ever grow, so a copy of the chunk stays true while the writer appends.
type chunk struct {
	cols    *columns
	records []byte        // packed records, one after the other
	addrs   []decode.Addr // the addresses that its rows name
	rows    int
	edition uint64 // the publication that the writer owns it for; an older one is shared with readers
}

// Store holds every conversation that has been read, 160 to 200 bytes each (BenchmarkPut reports it). One goroutine writes; what others read is a
// Snapshot. A row's number never changes, so the screen can hold on to it, unless Limit lets it go.
type Store struct {
	mu        sync.Mutex // writers and Publish; a reader of a Snapshot takes no lock
	chunks    []chunk
	rows      int
	edition   uint64
	open      map[uint64]int32 // the rows that can still change, by conversation id
	addrIndex map[decode.Addr]uint16
	templates templateTable
	packer    packer
	first     int64
	latest    int64
	passed    int64 // … and the latest time of a silence; NoTime before one
	highest   uint64
	changed   bool
	copying   time.Duration // spent on clones since the last publication

	limit    int64 // see Limit
	gone     int   // chunks at the front that were left out
	left     int   // conversations that were left out
	void     chunk // what stands in their place
	shedding bool
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{
		edition:   1,
		open:      map[uint64]int32{},
		addrIndex: map[decode.Addr]uint16{},
		templates: templateTable{byBlob: map[string]uint32{}},
		first:     flows.NoTime,
		latest:    flows.NoTime,
		passed:    flows.NoTime,
	}
}

// Put adds a conversation, or replaces the one with the same ID that was not final. It keeps nothing of t.
func (s *Store) Put(t *flows.Teardown) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = true
	s.put(t)
}

func (s *Store) put(t *flows.Teardown) {
	if s.limit > 0 && s.rows%chunkRows == 0 && !s.shedding {
		s.shed()
	}
	if s.first == flows.NoTime || t.Start < s.first {
		s.first = t.Start
	}
	s.latest, s.highest = max(s.latest, t.Last, s.passed), max(s.highest, t.ID)
	row, known := s.open[t.ID]
	switch {
	case known && t.Over():
		delete(s.open, t.ID)
	case !known && !t.Over():
		s.open[t.ID] = int32(s.rows)
	}
	if !known {
		row = int32(s.rows)
		s.rows++
		if int(row)/chunkRows == len(s.chunks) {
			if row > 0 { // the last chunk is full: give back what append kept in reserve
				c := &s.chunks[len(s.chunks)-1]
				c.records, c.addrs = slices.Clone(c.records), slices.Clone(c.addrs)
			}
			s.chunks = append(s.chunks, chunk{cols: new(columns), edition: s.edition})
			clear(s.addrIndex)
		}
	}
	s.write(row, t, known)
}

// Cover tells when the capture began and ended, packets of other kinds included: times count from its first packet, as in
// every report of it.
func (s *Store) Cover(first, last int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first == flows.NoTime || s.first == flows.NoTime || first >= s.first && last <= s.latest {
		return
	}
	s.first, s.latest, s.changed = min(s.first, first), max(s.latest, last), true
}

// passStep is how often the time of a silence is taken in: what is shown at the end of the capture is then counted anew.
const passStep = int64(time.Second)

// Pass tells that a capture which is still running has come to a time in silence: its sockets have grown older, though no
// packet says so. It reports whether that changes anything.
func (s *Store) Pass(at int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at < max(s.latest, s.passed)+passStep {
		return false
	}
	s.passed = at
	if s.first != flows.NoTime {
		s.latest, s.changed = at, true
	}
	return true
}

// write packs t into its row.
func (s *Store) write(row int32, t *flows.Teardown, replace bool) {
	c := &s.chunks[int(row)/chunkRows]
	i := int(row) % chunkRows
	if replace && c.edition != s.edition {
		began := time.Now()
		*c = c.clone(s.edition)
		s.copying += time.Since(began)
	}
	if !replace {
		c.rows = i + 1
	}
	k := c.cols
	k.id[i], k.start[i], k.last[i] = t.ID, t.Start, t.Last
	k.client[i] = s.address(c, decode.AddrFrom(t.Ends[flows.Client].Addr.Addr()), int(row)/chunkRows == len(s.chunks)-1)
	k.server[i] = s.address(c, decode.AddrFrom(t.Ends[flows.Server].Addr.Addr()), int(row)/chunkRows == len(s.chunks)-1)
	k.clientPort[i] = t.Ends[flows.Client].Addr.Port()
	k.serverPort[i] = t.Ends[flows.Server].Addr.Port()
	k.clientState[i], k.serverState[i] = uint8(lastState(t, flows.Client)), uint8(lastState(t, flows.Server))
	k.class[i], k.closer[i] = uint8(t.Class), uint8(t.Closer)
	k.topCause[i] = 0
	if len(t.Causes) > 0 {
		k.topCause[i] = uint8(t.Causes[0].ID) + 1
	}
	p := &s.packer
	p.pack(t)
	k.template[i] = s.templates.intern(p)
	k.offset[i] = uint32(len(c.records))
	c.records = append(c.records, p.data...)
	k.recordLength[i] = uint16(min(len(p.data), 1<<16-1))
}

// address returns the number of an address in its chunk.
func (s *Store) address(c *chunk, a decode.Addr, newest bool) uint16 {
	if newest {
		if n, ok := s.addrIndex[a]; ok {
			return n
		}
	} else {
		for n := range c.addrs { // a row of an older chunk is replaced: its addresses are there
			if c.addrs[n] == a {
				return uint16(n)
			}
		}
	}
	n := uint16(len(c.addrs)) // at most two a row: below 2^13
	c.addrs = append(c.addrs, a)
	if newest {
		s.addrIndex[a] = n
	}
	return n
}

// clone copies a chunk that readers share, leaving out the records that nothing refers to any more.
func (c *chunk) clone(edition uint64) chunk {
	n := chunk{cols: new(columns), addrs: slices.Clip(c.addrs), rows: c.rows, edition: edition}
	*n.cols = *c.cols
	n.records = make([]byte, 0, len(c.records)+len(c.records)/8)
	for i := range c.rows {
		from := int(c.cols.offset[i])
		n.cols.offset[i] = uint32(len(n.records))
		n.records = append(n.records, c.records[from:from+c.length(i)]...)
	}
	return n
}

// length returns the size of row i's record. Records of 64 KiB and more (a doubt of that length) are measured again.
func (c *chunk) length(i int) int {
	if n := int(c.cols.recordLength[i]); n < 1<<16-1 {
		return n
	}
	return len(c.records) - int(c.cols.offset[i])
}

// Publish returns what the store holds now. It never changes afterwards and can be read by any goroutine.
func (s *Store) Publish() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed {
		s.edition++
		s.changed = false
	}
	copying := s.copying
	s.copying = 0
	return &Snapshot{
		copying:   copying,
		chunks:    append([]chunk(nil), s.chunks...),
		rows:      s.rows,
		floor:     s.gone * chunkRows,
		Left:      s.left,
		templates: s.templates.list,
		Edition:   s.edition,
		First:     s.first,
		Latest:    s.latest,
		Highest:   s.highest,
	}
}

// Bytes returns about how much memory the rows take, and how many rows there are.
func (s *Store) Bytes() (size, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held() + s.templates.size + len(s.open)*32, s.rows - s.gone*chunkRows
}

// A Snapshot is an immutable view of the store: values that no writer touches.
type Snapshot struct {
	chunks    []chunk
	rows      int // the next row's number
	floor     int // the first row that is there; those before were left out
	templates []*template
	copying   time.Duration // what the publication before this one cost the writer
	Edition   uint64        // grows whenever a row was added or changed
	First     int64         // the capture's first packet, once it has been read; until then the earliest conversation's. NoTime while there is none
	Latest    int64         // the last packet, likewise
	Highest   uint64        // the greatest id
	Left      int           // conversations that were left out, to bound what the rows take
}

// Rows returns the number of conversations.
func (s *Snapshot) Rows() int { return s.rows - s.floor }

// All returns the numbers of the rows.
func (s *Snapshot) All() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for row := int32(s.floor); row < int32(s.rows) && yield(row); row++ {
		}
	}
}

// stretches calls fn for each stretch of rows, on all processors.
func (s *Snapshot) stretches(ctx context.Context, fn func(worker, from, to int)) {
	flows.SideBySide(ctx, s.Rows(), stretch, func(worker, from, to int) { fn(worker, s.floor+from, s.floor+to) })
}

func (s *Snapshot) at(row int32) (*chunk, int) {
	return &s.chunks[int(row)/chunkRows], int(row) % chunkRows
}

// ID returns the number of the conversation's first frame.
func (s *Snapshot) ID(row int32) uint64 { c, i := s.at(row); return c.cols.id[i] }

// Start returns the time of the conversation's first segment, Last that of its last.
func (s *Snapshot) Start(row int32) int64 { c, i := s.at(row); return c.cols.start[i] }

// Last returns the time of the conversation's last segment.
func (s *Snapshot) Last(row int32) int64 { c, i := s.at(row); return c.cols.last[i] }

// Class returns the conversation's class.
func (s *Snapshot) Class(row int32) flows.Class {
	c, i := s.at(row)
	return flows.Class(c.cols.class[i])
}

// Closer returns who closed first.
func (s *Snapshot) Closer(row int32) flows.Who { c, i := s.at(row); return flows.Who(c.cols.closer[i]) }

// End returns one endpoint.
func (s *Snapshot) End(row int32, side flows.Side) netip.AddrPort {
	c, i := s.at(row)
	if side == flows.Client {
		return netip.AddrPortFrom(c.addrs[c.cols.client[i]].Netip(), c.cols.clientPort[i])
	}
	return netip.AddrPortFrom(c.addrs[c.cols.server[i]].Netip(), c.cols.serverPort[i])
}

// State returns the last state of one endpoint.
func (s *Snapshot) State(row int32, side flows.Side) flows.State {
	c, i := s.at(row)
	if side == flows.Client {
		return flows.State(c.cols.clientState[i])
	}
	return flows.State(c.cols.serverState[i])
}

// TopCause returns the best cause.
func (s *Snapshot) TopCause(row int32) (flows.CauseID, bool) {
	c, i := s.at(row)
	n := c.cols.topCause[i]
	if n == 0 {
		return 0, false
	}
	return flows.CauseID(n - 1), true
}

// Teardown unpacks a row into t, whose slices are used again.
func (s *Snapshot) Teardown(row int32, t *flows.Teardown) {
	c, i := s.at(row)
	unpackRow(s.templates, c, i, t)
}

// unpackRow unpacks row i of a chunk.
func unpackRow(templates []*template, c *chunk, i int, t *flows.Teardown) {
	c.columns(i, t)
	tmpl := (*template)(nil)
	if n := c.cols.template[i]; n != inlineTemplate {
		tmpl = templates[n]
	}
	unpack(tmpl, c.records[c.cols.offset[i]:], t)
}

// columns sets what the columns hold of a row.
func (c *chunk) columns(i int, t *flows.Teardown) {
	k := c.cols
	t.ID, t.Start, t.Last = k.id[i], k.start[i], k.last[i]
	t.Class, t.Closer = flows.Class(k.class[i]), flows.Who(k.closer[i])
	t.Ends[0].Addr = netip.AddrPortFrom(c.addrs[k.client[i]].Netip(), k.clientPort[i])
	t.Ends[1].Addr = netip.AddrPortFrom(c.addrs[k.server[i]].Netip(), k.serverPort[i])
}

// Find returns the row of a conversation by its id.
func (s *Snapshot) Find(id uint64) (int32, bool) {
	for ci := s.floor / chunkRows; ci < len(s.chunks); ci++ {
		c := &s.chunks[ci]
		for i := range c.rows {
			if c.cols.id[i] == id {
				return int32(ci*chunkRows + i), true
			}
		}
	}
	return 0, false
}

func lastState(t *flows.Teardown, side flows.Side) flows.State {
	if n := len(t.Ends[side].States); n > 0 {
		return t.Ends[side].States[n-1].State
	}
	return flows.Unknown
}

// Changed reports whether something was put since the last Publish.
func (s *Store) Changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Rows returns how many conversations there are.
func (s *Store) Rows() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows - s.gone*chunkRows
}
