package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tcpclose/flows"
)

// groupKey tells groups apart: by an address, by an address and port, or by a word of a table.
type groupKey struct {
	addr netip.AddrPort
	word uint8
}

// A grouping is one way to put conversations together.
type grouping struct {
	name string
	doc  string
	addr bool // by an address, which can have names
	key  func(t *flows.Teardown) groupKey
	text func(k groupKey) string
}

var groupings = []grouping{
	{"service", "server address and port", true, func(t *flows.Teardown) groupKey { return groupKey{addr: t.Ends[flows.Server].Addr} }, addrPortText},
	{"server", "server address", true, func(t *flows.Teardown) groupKey { return hostKey(t, flows.Server) }, hostText},
	{"client", "client address", true, func(t *flows.Teardown) groupKey { return hostKey(t, flows.Client) }, hostText},
	{
		"class", "how it ended", false, func(t *flows.Teardown) groupKey { return groupKey{word: uint8(t.Class)} },
		func(k groupKey) string { return flows.Class(k.word).String() },
	},
	{"closer", "who closed first", false, func(t *flows.Teardown) groupKey { return groupKey{word: uint8(t.Closer)} }, whoText},
	{"reset-by", "who sent the RST that counts", false, func(t *flows.Teardown) groupKey { return groupKey{word: uint8(t.ResetBy)} }, whoText},
}

func hostKey(t *flows.Teardown, side flows.Side) groupKey {
	return groupKey{addr: netip.AddrPortFrom(t.Ends[side].Addr.Addr(), 0)}
}

func addrPortText(k groupKey) string { return k.addr.String() }
func hostText(k groupKey) string     { return k.addr.Addr().String() }

func whoText(k groupKey) string {
	if k.word == uint8(flows.NoOne) {
		return "nobody"
	}
	return flows.Who(k.word).String()
}

// Groupings lists the names that NewAggregate takes.
func Groupings() []string {
	names := make([]string, len(groupings))
	for i := range groupings {
		names[i] = groupings[i].name
	}
	return names
}

// An Aggregate puts conversations together by one property and adds them up. Add may be called by several goroutines at
// once; the result does not depend on their order.
type Aggregate struct {
	// Called says what an address is called, or with a port a service; nil where nobody asked. It is set before groups are made.
	Called func(netip.AddrPort) ([]string, flows.NameBy)

	by     *grouping
	mu     sync.Mutex
	groups map[groupKey]*tally
	total  uint64
}

// NewAggregate returns an empty aggregate; ok is false where Groupings does not list by.
func NewAggregate(by string) (a *Aggregate, ok bool) {
	for i := range groupings {
		if groupings[i].name == strings.ReplaceAll(by, "_", "-") {
			return &Aggregate{by: &groupings[i], groups: map[groupKey]*tally{}}, true
		}
	}
	return nil, false
}

// Add counts one conversation.
func (a *Aggregate) Add(t *flows.Teardown) {
	key := a.by.key(t)
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.groups[key]
	if g == nil {
		g = new(tally)
		a.groups[key] = g
	}
	a.total++
	g.add(t)
}

// A Group is one line of an aggregate.
type Group struct {
	Key           string
	Names         []string // of its address, where Aggregate.Called knows some
	Conversations uint64
	Share         float64 // of all conversations that were added
	Orderly       uint64  // closed by FINs that were both acknowledged
	Reset         uint64  // with a RST that counts
	CloseP50      int64   // nanoseconds; flows.NoTime where no close ended
	CloseP99      int64
	RSTs          [2]uint64 // sent, indexed by flows.Side
	BytesLost     uint64

	addr netip.AddrPort
}

// groupFields are the numbers of a group, as --sort, the CSV and the JSON name them.
var groupFields = []struct {
	name  string
	title string
	value func(g *Group) int64
}{
	{"conversations", "number", func(g *Group) int64 { return int64(g.Conversations) }},
	{"orderly", "orderly", func(g *Group) int64 { return int64(g.Orderly) }},
	{"reset", "reset", func(g *Group) int64 { return int64(g.Reset) }},
	{"close_p50_ns", "close p50", func(g *Group) int64 { return g.CloseP50 }},
	{"close_p99_ns", "p99", func(g *Group) int64 { return g.CloseP99 }},
	{"rsts_client", "RSTs client", func(g *Group) int64 { return int64(g.RSTs[flows.Client]) }},
	{"rsts_server", "RSTs server", func(g *Group) int64 { return int64(g.RSTs[flows.Server]) }},
	{"bytes_lost", "bytes lost", func(g *Group) int64 { return int64(g.BytesLost) }},
}

// GroupFields lists the names by which groups can be sorted.
func GroupFields() []string {
	names := make([]string, len(groupFields))
	for i := range groupFields {
		names[i] = groupFields[i].name
	}
	return names
}

// Groups returns the groups, those with the largest field first (conversations where field is empty), or the smallest where
// ascending, those without a value last, then by key; at most top of them unless top is 0. ok is false where GroupFields does
// not list the field.
func (a *Aggregate) Groups(field string, ascending bool, top int) (list []Group, ok bool) {
	value := groupFields[0].value
	if field != "" {
		value = nil
		for i := range groupFields {
			if name := groupFields[i].name; name == strings.ReplaceAll(field, "-", "_") || strings.TrimSuffix(name, "_ns") == strings.ReplaceAll(field, "-", "_") {
				value = groupFields[i].value
			}
		}
		if value == nil {
			return nil, false
		}
	}
	list = make([]Group, 0, len(a.groups))
	for key, g := range a.groups {
		list = append(list, Group{
			Key: a.by.text(key), Names: a.names(key), addr: key.addr, Conversations: g.conversations, Share: float64(g.conversations) / float64(a.total),
			Orderly: g.orderly, Reset: g.reset, CloseP50: g.quantile(50), CloseP99: g.quantile(99), RSTs: g.rsts, BytesLost: g.lost,
		})
	}
	slices.SortFunc(list, func(x, y Group) int {
		a, b := value(&x), value(&y)
		if ascending && a != flows.NoTime && b != flows.NoTime {
			a, b = b, a
		}
		return cmp.Or(cmp.Compare(b, a), x.addr.Compare(y.addr), cmp.Compare(x.Key, y.Key))
	})
	if top > 0 && len(list) > top {
		list = list[:top]
	}
	return list, true
}

// named reports whether groups have names.
func (a *Aggregate) named() bool { return a.Called != nil && a.by.addr }

// names returns what the address of a group is called.
func (a *Aggregate) names(key groupKey) []string {
	if !a.named() {
		return nil
	}
	list, _ := a.Called(key.addr)
	return list
}

// WriteText writes groups for people.
func (a *Aggregate) WriteText(w io.Writer, groups []Group, width int) error {
	columns := []gridColumn{{title: a.by.name, least: addressWidth, floor: 13, cut: cutAddress}, {title: "number", right: true}, {title: "share", right: true}}
	if a.named() {
		columns = slices.Insert(columns, 1, gridColumn{title: "called", least: addressWidth, floor: 13, cut: cutWords})
	}
	for i, f := range groupFields[1:] {
		columns = append(columns, gridColumn{title: f.title, right: true, rank: i + 1})
	}
	return writeGrid(w, columns, func(yield func([]string) bool) {
		for i := range groups {
			g := &groups[i]
			row := []string{g.Key, strconv.FormatUint(g.Conversations, 10), percent(g.Conversations, a.total)}
			if a.named() {
				row = slices.Insert(row, 1, cmp.Or(strings.Join(g.Names, " "), "-"))
			}
			for _, f := range groupFields[1:] {
				if strings.HasSuffix(f.name, "_ns") {
					row = append(row, duration(f.value(g)))
				} else {
					row = append(row, strconv.FormatInt(f.value(g), 10))
				}
			}
			if !yield(row) {
				return
			}
		}
	}, width)
}

// WriteCSV writes groups as RFC 4180 asks.
func (a *Aggregate) WriteCSV(w io.Writer, groups []Group) error {
	out := bufio.NewWriter(w)
	b := append([]byte(strings.ReplaceAll(a.by.name, "-", "_")), ",share"...)
	for _, f := range groupFields {
		b = append(append(b, ','), f.name...)
	}
	if a.named() {
		b = append(b, ",names"...)
	}
	b = append(b, "\r\n"...)
	for i := range groups {
		g := &groups[i]
		b = appendCell(b, g.Key)
		b = strconv.AppendFloat(append(b, ','), g.Share, 'f', 6, 64)
		for _, f := range groupFields {
			b = append(b, ',')
			if v := f.value(g); v != flows.NoTime {
				b = strconv.AppendInt(b, v, 10)
			}
		}
		if a.named() {
			b = appendCell(append(b, ','), strings.Join(g.Names, " "))
		}
		b = append(b, "\r\n"...)
		_, _ = out.Write(b) // bufio keeps the error for Flush
		b = b[:0]
	}
	_, _ = out.Write(b)
	return out.Flush()
}

// AppendGroup appends one group as a JSON object.
func (a *Aggregate) AppendGroup(b []byte, g *Group) []byte {
	b = appendString(append(b, `{"key":`...), g.Key)
	b = strconv.AppendFloat(append(b, `,"share":`...), g.Share, 'f', 6, 64)
	for _, f := range groupFields {
		b = append(append(append(b, `,"`...), f.name...), `":`...)
		b = appendNullableInt(b, f.value(g))
	}
	if a.named() {
		b = appendStrings(append(b, `,"names":`...), g.Names)
	}
	return append(b, '}')
}

// WriteJSON writes groups as one JSON document. complete says whether the whole capture could be read.
func (a *Aggregate) WriteJSON(w io.Writer, groups []Group, complete bool) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `{"schema":"%s","by":"%s","conversations":%d,"groups":[`, Schema, a.by.name, a.total)
	var b []byte
	for i := range groups {
		b = b[:0]
		if i > 0 {
			b = append(b, ',')
		}
		b = a.AppendGroup(append(b, '\n'), &groups[i])
		_, _ = out.Write(b) // bufio keeps the error for Flush
	}
	fmt.Fprintf(out, "\n],\"complete\":%t}\n", complete)
	return out.Flush()
}

// WriteNDJSON writes a group a line.
func (a *Aggregate) WriteNDJSON(w io.Writer, groups []Group) error {
	out := bufio.NewWriter(w)
	var b []byte
	for i := range groups {
		b = append(a.AppendGroup(b[:0], &groups[i]), '\n')
		_, _ = out.Write(b) // bufio keeps the error for Flush
	}
	return out.Flush()
}

// Total returns how many conversations were added.
func (a *Aggregate) Total() uint64 { return a.total }
