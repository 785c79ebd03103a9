package report

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"tcpclose/flows"
)

// An Ending is a group of classes that pictures show with one colour, hatch and letter.
type Ending uint8

// The endings.
const (
	EndOrderly Ending = iota
	EndReset
	EndStuck
	EndUnopened
	EndOther
	numEndings
)

var endings = [numEndings]struct {
	name   string
	letter string
	says   string
}{
	EndOrderly:  {"orderly", "O", "both FINs acknowledged"},
	EndReset:    {"reset", "R", "a RST ended it"},
	EndStuck:    {"stuck", "S", "half-closed, vanished, or closing when the capture ends"},
	EndUnopened: {"not opened", "N", "refused or unanswered"},
	EndOther:    {"open or unclear", "U", "no close seen, or too little to say"},
}

// endingOf says which group a class belongs to.
var endingOf = [flows.NumClasses]Ending{
	flows.Partial: EndOther, flows.Refused: EndUnopened, flows.Unanswered: EndUnopened, flows.RSTAbort: EndReset, flows.RSTAfterFIN: EndReset,
	flows.RetransmittedFIN: EndOrderly, flows.Simultaneous: EndOrderly, flows.ThreeWay: EndOrderly, flows.FourWay: EndOrderly,
	flows.Vanished: EndStuck, flows.HalfClosedStall: EndStuck, flows.ClosingClass: EndStuck, flows.Open: EndOther,
}

// A Digest is what the HTML and the Markdown report show of all conversations. Add may be called by several goroutines
// at once; the result does not depend on their order.
type Digest struct {
	Top  int                             // rows of the table of conversations; 1000 where 0
	Less func(a, b *flows.Teardown) bool // the order of those rows; nil: the most notable first

	mu       sync.Mutex
	mix      Mix
	services map[netip.AddrPort]*serviceMix
	closes   [numEndings][]int64
	marks    [flows.NumMarks]uint64
	people   *flows.Population
	findings *flows.Findings
	rows     []flows.Teardown
	extra    []flows.Teardown // that findings name, beyond the rows
	best     map[noteKey][]flows.Teardown
	sorted   bool
}

type serviceMix struct {
	addr    netip.AddrPort
	classes [flows.NumClasses]uint64
	tally
}

type noteKey struct {
	class flows.Class
	cause flows.CauseID
}

// keptOfKind is how many conversations of each class and first cause are kept for cards.
const keptOfKind = 2

// NewDigest returns an empty digest. Findings and population get the same conversations from whoever adds them here.
func NewDigest(findings *flows.Findings, people *flows.Population) *Digest {
	return &Digest{
		services: map[netip.AddrPort]*serviceMix{}, people: people, findings: findings,
		best: map[noteKey][]flows.Teardown{},
	}
}

func (d *Digest) top() int {
	if d.Top <= 0 {
		return 1000
	}
	return d.Top
}

// Add counts one conversation; it keeps a copy of those that may be shown.
func (d *Digest) Add(t *flows.Teardown) {
	d.mix.Add(t)
	d.mu.Lock()
	defer d.mu.Unlock()
	server := t.Ends[flows.Server].Addr
	s := d.services[server]
	if s == nil {
		s = &serviceMix{addr: server}
		d.services[server] = s
	}
	s.classes[t.Class]++
	s.add(t)
	if c := t.CloseDuration(); c != flows.NoTime {
		e := endingOf[t.Class]
		d.closes[e] = append(d.closes[e], c)
	}
	var seen [flows.NumMarks]bool
	for i := range t.Marks {
		if id := t.Marks[i].ID; !seen[id] {
			seen[id] = true
			d.marks[id]++
		}
	}
	d.keep(t)
}

// keep copies a conversation that may be shown.
func (d *Digest) keep(t *flows.Teardown) {
	var copied *flows.Teardown
	held := func() flows.Teardown {
		if copied == nil {
			c := t.Clone()
			copied = &c
		}
		return *copied
	}
	if n := d.top(); len(d.rows) < 2*n || d.less(t, &d.rows[n-1]) {
		d.rows = append(d.rows, held())
		if len(d.rows) > 2*n {
			d.settle()
		}
	}
	if Notability(t) == 0 {
		return
	}
	key := noteKey{class: t.Class}
	if len(t.Causes) > 0 {
		key.cause = t.Causes[0].ID + 1
	}
	list := d.best[key]
	if len(list) == keptOfKind && !moreNotable(t, &list[keptOfKind-1]) {
		return
	}
	list = append(list, held())
	slices.SortFunc(list, func(a, b flows.Teardown) int { return byLess(moreNotable, &a, &b) })
	d.best[key] = list[:min(len(list), keptOfKind)]
}

func (d *Digest) less(a, b *flows.Teardown) bool {
	if d.Less != nil {
		return d.Less(a, b)
	}
	return moreNotable(a, b)
}

func byLess(less func(a, b *flows.Teardown) bool, a, b *flows.Teardown) int {
	switch {
	case less(a, b):
		return -1
	case less(b, a):
		return 1
	}
	return 0
}

// settle sorts the rows and lets go of those beyond the top ones. The first n are in order from then on.
func (d *Digest) settle() {
	slices.SortFunc(d.rows, func(a, b flows.Teardown) int { return byLess(d.less, &a, &b) })
	if n := d.top(); len(d.rows) > n {
		clear(d.rows[n:])
		d.rows = d.rows[:n]
	}
}

// notableClasses says how much a class asks to be looked at.
var notableClasses = [flows.NumClasses]int64{
	flows.HalfClosedStall: 90, flows.RSTAfterFIN: 80, flows.Vanished: 75, flows.RSTAbort: 70, flows.RetransmittedFIN: 60,
	flows.Unanswered: 45, flows.Refused: 40, flows.ClosingClass: 30, flows.Simultaneous: 25,
}

// notableMarks are those that add to it.
var notableMarks = [flows.NumMarks]int64{
	flows.MarkForgedRSTSuspected: 60, flows.MarkSlowCloseWait: 20, flows.MarkTimeWaitChallenged: 30, flows.MarkPAWSSYNDropSuspected: 30,
	flows.MarkLastACKLost: 15, flows.MarkACKOfFINLost: 15, flows.MarkTimeWaitAssassinated: 15, flows.MarkRSTIgnored: 10,
	flows.MarkRSTWithData: 10, flows.MarkDataAfterFIN: 5, flows.MarkZeroWindowAtClose: 5, flows.MarkRSTAfterClose: 5,
}

// Notability says how much a conversation asks to be looked at; 0 for one that ended as it should.
func Notability(t *flows.Teardown) int64 {
	n := notableClasses[t.Class]
	for i := range t.Marks {
		n += notableMarks[t.Marks[i].ID]
	}
	if t.Ends[0].BytesLost+t.Ends[1].BytesLost > 0 && (t.ResetBy != flows.NoOne || n > 0) {
		n += 20
	}
	return n
}

// moreNotable orders conversations by notability, then as they were first seen.
func moreNotable(a, b *flows.Teardown) bool {
	return cmp.Or(cmp.Compare(Notability(b), Notability(a)), cmp.Compare(a.ID, b.ID)) < 0
}

// Rows returns the conversations of the table.
func (d *Digest) Rows() []flows.Teardown {
	if !d.sorted {
		d.settle()
		d.sorted = true
	}
	return d.rows
}

// The findings that the HTML report spells out: so many of a kind, and in all. The others are counted.
const (
	shownOfKind  = 3
	shownAtMost  = 40
	namedByThose = 8 // conversations of each that get a row of the table
)

// spelledOut splits findings into those that are spelled out and the others.
func spelledOut(list []flows.Finding) (shown, others []flows.Finding) {
	var kinds [flows.NumFindings]int
	for i := range list {
		if kinds[list[i].ID]++; kinds[list[i].ID] <= shownOfKind && len(shown) < shownAtMost {
			shown = append(shown, list[i])
		} else {
			others = append(others, list[i])
		}
	}
	return shown, others
}

// Missing returns the conversations that findings name and the rows lack, the smallest id first; AddRows takes them.
func (d *Digest) Missing(s *flows.Summary) []uint64 {
	have := map[uint64]bool{}
	for _, list := range [][]flows.Teardown{d.Rows(), d.extra} {
		for i := range list {
			have[list[i].ID] = true
		}
	}
	var missing []uint64
	shown, _ := spelledOut(d.Findings(s))
	for i := range shown {
		ids := shown[i].Conversations
		for _, id := range ids[:min(len(ids), namedByThose)] {
			if !have[id] {
				have[id] = true
				missing = append(missing, id)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// AddRows adds conversations to the table that findings name. They must have been added to the digest before.
func (d *Digest) AddRows(list []flows.Teardown) { d.extra = append(d.extra, list...) }

// Notable returns at most n conversations that deserve a closer look: of each class and first cause the most notable
// before the second of any.
func (d *Digest) Notable(n int) []flows.Teardown {
	var list []flows.Teardown
	for place := range keptOfKind {
		var round []flows.Teardown
		for _, kept := range d.best {
			if place < len(kept) {
				round = append(round, kept[place])
			}
		}
		slices.SortFunc(round, func(a, b flows.Teardown) int { return byLess(moreNotable, &a, &b) })
		list = append(list, round...)
	}
	if len(list) == 0 {
		list = append(list, d.Rows()[:min(1, len(d.Rows()))]...)
	}
	return list[:min(n, len(list))]
}

// Services returns the services, those with the most conversations first.
func (d *Digest) servicesByNumber() []*serviceMix {
	return slices.SortedFunc(maps.Values(d.services), func(a, b *serviceMix) int {
		return cmp.Or(cmp.Compare(b.conversations, a.conversations), a.addr.Compare(b.addr))
	})
}

// ending counts the conversations of a group.
func (d *Digest) ending(e Ending) (n uint64) {
	for c, group := range endingOf {
		if group == e {
			n += d.mix.groups[c].conversations
		}
	}
	return n
}

// sentence says in one line how the conversations ended.
func (d *Digest) sentence(findings int) string {
	if d.mix.total == 0 {
		return "No TCP conversation."
	}
	text := count(d.mix.total, "conversation") + ":"
	for e := range numEndings {
		if n := d.ending(e); n > 0 {
			text += " " + percent(n, d.mix.total) + " " + endings[e].name + ","
		}
	}
	text = text[:len(text)-1]
	if findings > 0 {
		text += "; " + count(uint64(findings), "finding")
	}
	return text + "."
}
