package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"tcpclose/flows"
)

// A Diff is what changed between two captures. Captures differ in length, so shares and times are compared, not numbers.
type Diff struct {
	Before, After *Digest
	Summaries     [2]*flows.Summary
	findings      [2][]flows.Finding
}

// NewDiff compares two digests, to which all conversations were added.
func NewDiff(before, after *Digest, sumBefore, sumAfter *flows.Summary) *Diff {
	return &Diff{
		Before: before, After: after, Summaries: [2]*flows.Summary{sumBefore, sumAfter},
		findings: [2][]flows.Finding{before.Findings(sumBefore), after.Findings(sumAfter)},
	}
}

// A change is significant where it would come by chance in less than one of a hundred comparisons, and the numbers are
// large enough for that to be said.
const (
	significantZ = 2.576 // of the normal distribution, both sides
	leastOf      = 5     // expected in each cell of a share
	leastTimes   = 20    // closes on each side of a comparison of times
)

// sharesDiffer compares a of n with b of m: the z-test of two proportions.
func sharesDiffer(a, n, b, m uint64) bool {
	if n == 0 || m == 0 {
		return false
	}
	p := float64(a+b) / float64(n+m)
	if least := min(p, 1-p) * float64(min(n, m)); least < leastOf {
		return false
	}
	z := (float64(a)/float64(n) - float64(b)/float64(m)) / math.Sqrt(p*(1-p)*(1/float64(n)+1/float64(m)))
	return math.Abs(z) > significantZ
}

// timesDiffer compares two sorted lists: the rank-sum test of Mann and Whitney, with its correction for ties.
func timesDiffer(a, b []int64) bool {
	n, m := float64(len(a)), float64(len(b))
	if len(a) < leastTimes || len(b) < leastTimes {
		return false
	}
	ranks, ties, rank := 0.0, 0.0, 1.0
	for i, j := 0, 0; i < len(a) || j < len(b); {
		var v int64
		switch {
		case i == len(a):
			v = b[j]
		case j == len(b):
			v = a[i]
		default:
			v = min(a[i], b[j])
		}
		own, all := 0.0, 0.0
		for ; i < len(a) && a[i] == v; i++ {
			own++
			all++
		}
		for ; j < len(b) && b[j] == v; j++ {
			all++
		}
		ranks += own * (rank + (all-1)/2)
		ties += all*all*all - all
		rank += all
	}
	total := n + m
	variance := n * m / 12 * (total + 1 - ties/(total*(total-1)))
	if variance <= 0 {
		return false
	}
	return math.Abs(ranks-n*(total+1)/2)/math.Sqrt(variance) > significantZ
}

// A Shift is how one share changed.
type Shift struct {
	Name            string
	Before, After   uint64
	ShareB, ShareA  float64
	Significant     bool
	whole, wholeOwn uint64
}

func shift(name string, a, n, b, m uint64) Shift {
	s := Shift{Name: name, Before: a, After: b, whole: n, wholeOwn: m, Significant: sharesDiffer(a, n, b, m)}
	if n > 0 {
		s.ShareB = float64(a) / float64(n)
	}
	if m > 0 {
		s.ShareA = float64(b) / float64(m)
	}
	return s
}

// Classes returns how the share of each class changed, the largest change first.
func (d *Diff) Classes() []Shift {
	var list []Shift
	for _, k := range classesInOrder() {
		a, b := d.Before.mix.groups[k].conversations, d.After.mix.groups[k].conversations
		if a+b > 0 {
			list = append(list, shift(k.String(), a, d.Before.mix.total, b, d.After.mix.total))
		}
	}
	slices.SortStableFunc(list, func(x, y Shift) int {
		return cmp.Compare(math.Abs(y.ShareA-y.ShareB), math.Abs(x.ShareA-x.ShareB))
	})
	return list
}

// A ServiceShift is what changed at one service.
type ServiceShift struct {
	Service        netip.AddrPort
	Before, After  uint64 // conversations
	Endings        [numEndings]Shift
	P50, P99       [2]int64 // of the closes, before and after; flows.NoTime where none ended
	TimesDiffer    bool
	OnlyOne        bool // it is in one of the captures alone
	BytesLost      [2]uint64
	weight         float64
	anySignificant bool
}

// Services returns what changed at each service; those whose change means something come first.
func (d *Diff) Services() []ServiceShift {
	addrs := map[netip.AddrPort]bool{}
	for a := range d.Before.services {
		addrs[a] = true
	}
	for a := range d.After.services {
		addrs[a] = true
	}
	var list []ServiceShift
	for _, a := range slices.SortedFunc(maps.Keys(addrs), netip.AddrPort.Compare) {
		list = append(list, d.service(a))
	}
	slices.SortStableFunc(list, func(x, y ServiceShift) int {
		if x.anySignificant != y.anySignificant {
			if x.anySignificant {
				return -1
			}
			return 1
		}
		return cmp.Compare(y.weight, x.weight)
	})
	return list
}

func (d *Diff) service(a netip.AddrPort) ServiceShift {
	none := &serviceMix{}
	b, c := cmp.Or(d.Before.services[a], none), cmp.Or(d.After.services[a], none)
	s := ServiceShift{
		Service: a, Before: b.conversations, After: c.conversations, OnlyOne: b.conversations == 0 || c.conversations == 0,
		P50: [2]int64{b.quantile(50), c.quantile(50)}, P99: [2]int64{b.quantile(99), c.quantile(99)}, BytesLost: [2]uint64{b.lost, c.lost},
	}
	s.TimesDiffer = timesDiffer(b.closes, c.closes) // quantile sorted them
	s.anySignificant = s.TimesDiffer
	for e := range numEndings {
		var x, y uint64
		for k, group := range endingOf {
			if group == e {
				x, y = x+b.classes[k], y+c.classes[k]
			}
		}
		s.Endings[e] = shift(endings[e].name, x, b.conversations, y, c.conversations)
		s.anySignificant = s.anySignificant || s.Endings[e].Significant
		if !s.OnlyOne {
			s.weight += math.Abs(s.Endings[e].ShareA-s.Endings[e].ShareB) * math.Sqrt(float64(min(s.Before, s.After)))
		}
	}
	return s
}

// findingKey names the same finding in both captures.
type findingKey struct {
	id      flows.FindingID
	service netip.AddrPort
	client  netip.Addr
	side    flows.Who
}

func keyOfFinding(f *flows.Finding) findingKey { return findingKey{f.ID, f.Service, f.Client, f.Side} }

// Findings returns those that are new, those that are gone, and pairs of those that are still there.
func (d *Diff) Findings() (added, gone []flows.Finding, still [][2]flows.Finding) {
	before := map[findingKey]*flows.Finding{}
	for i := range d.findings[0] {
		before[keyOfFinding(&d.findings[0][i])] = &d.findings[0][i]
	}
	for i := range d.findings[1] {
		f := &d.findings[1][i]
		key := keyOfFinding(f)
		if old := before[key]; old != nil {
			still = append(still, [2]flows.Finding{*old, *f})
			delete(before, key)
		} else {
			added = append(added, *f)
		}
	}
	for i := range d.findings[0] {
		if before[keyOfFinding(&d.findings[0][i])] != nil {
			gone = append(gone, d.findings[0][i])
		}
	}
	return added, gone, still
}

// points renders the change of a share in percentage points.
func (s *Shift) points() string {
	if s.whole == 0 || s.wholeOwn == 0 {
		return "-"
	}
	return strconv.FormatFloat(100*(s.ShareA-s.ShareB), 'f', 1, 64)
}

func starred(text string, significant bool) string {
	if significant {
		return text + " *"
	}
	return text
}

// WriteText writes the comparison for people. At most top services are listed, where it is not 0.
func (d *Diff) WriteText(w io.Writer, width, top int) error {
	out := bufio.NewWriter(w)
	for i, name := range []string{"before", "after"} {
		digest, sum := [2]*Digest{d.Before, d.After}[i], d.Summaries[i]
		fmt.Fprintf(out, "%-6s  %s", name, count(digest.mix.total, "conversation"))
		if sum.First != flows.NoTime {
			fmt.Fprintf(out, " in %s", duration(sum.Last-sum.First))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
	columns := []gridColumn{{title: "class"}, {title: "before", right: true}, {title: "share", right: true}, {title: "after", right: true}, {title: "share", right: true}, {title: "points"}}
	err := writeGrid(out, columns, func(yield func([]string) bool) {
		for _, s := range d.Classes() {
			if !yield([]string{
				s.Name, grouped(s.Before), percent(s.Before, s.whole), grouped(s.After), percent(s.After, s.wholeOwn),
				starred(s.points(), s.Significant),
			}) {
				return
			}
		}
	}, 0)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	services := d.Services()
	columns = []gridColumn{
		{title: "service", least: addressWidth, floor: 13, cut: cutAddress},
		{title: "before", right: true},
		{title: "after", right: true},
		{title: "orderly"},
		{title: "reset"},
		{title: "stuck"},
		{title: "not opened", rank: 1},
		{title: "close p50"},
		{title: "p99", rank: 2},
	}
	err = writeGrid(out, columns, func(yield func([]string) bool) {
		for i := range services {
			if top > 0 && i == top {
				return
			}
			s := &services[i]
			row := []string{s.Service.String(), grouped(s.Before), grouped(s.After)}
			for _, e := range []Ending{EndOrderly, EndReset, EndStuck, EndUnopened} {
				row = append(row, starred(s.Endings[e].points(), s.Endings[e].Significant))
			}
			row = append(row, starred(duration(s.P50[0])+" -> "+duration(s.P50[1]), s.TimesDiffer), duration(s.P99[0])+" -> "+duration(s.P99[1]))
			if !yield(row) {
				return
			}
		}
	}, width)
	if err != nil {
		return err
	}
	if n := len(services) - top; top > 0 && n > 0 {
		fmt.Fprintf(out, "and %s more\n", count(uint64(n), "service"))
	}
	fmt.Fprintln(out)
	wrapText(out, "Columns of endings are percentage points. * would come by chance in less than 1 of 100 comparisons; without it the "+
		"change is small, or the numbers are too small to say.", "", "", readable(width))
	d.writeFindings(out, width)
	return out.Flush()
}

// writeFindings writes what is new, gone and in both, in lines that can be read.
func (d *Diff) writeFindings(out *bufio.Writer, width int) {
	width = readable(width)
	added, gone, still := d.Findings()
	for _, group := range []struct {
		name string
		list []flows.Finding
	}{{"New findings:", added}, {"Findings that are gone:", gone}} {
		if len(group.list) > 0 {
			fmt.Fprintf(out, "\n%s\n", group.name)
			for i := range group.list {
				wrapText(out, fmt.Sprintf("%s [%s]", group.list[i].Sentence, group.list[i].ID), "- ", "  ", width)
			}
		}
	}
	if len(still) > 0 {
		fmt.Fprintln(out, "\nFindings in both:")
		for _, pair := range still {
			text := fmt.Sprintf("%s -> %s: %s [%s]", grouped(pair[0].Count), count(pair[1].Count, "conversation"), pair[1].Sentence, pair[1].ID)
			wrapText(out, text, "- ", "  ", width)
		}
	}
}

// WriteJSON writes the comparison for programs.
func (d *Diff) WriteJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	b := append(append([]byte(`{"schema":"`), Schema...), '"')
	b = fmt.Appendf(b, `,"conversations":{"before":%d,"after":%d},"classes":[`, d.Before.mix.total, d.After.mix.total)
	for i, s := range d.Classes() {
		b = appendShift(separated(b, i), &s)
	}
	b = append(b, `],"services":[`...)
	services := d.Services()
	for i := range services {
		s := &services[i]
		b = appendString(append(separated(b, i), `{"service":`...), s.Service.String())
		b = fmt.Appendf(b, `,"before":%d,"after":%d,"endings":[`, s.Before, s.After)
		for e := range s.Endings {
			b = appendShift(separated(b, e), &s.Endings[e])
		}
		b = append(b, `],"close_p50_ns":`...)
		b = appendBoth(b, s.P50)
		b = append(b, `,"close_p99_ns":`...)
		b = appendBoth(b, s.P99)
		b = fmt.Appendf(b, `,"close_times_differ":%t,"bytes_lost":{"before":%d,"after":%d}}`, s.TimesDiffer, s.BytesLost[0], s.BytesLost[1])
	}
	added, gone, still := d.Findings()
	b = appendSentences(append(b, `],"findings":{"new":`...), added)
	b = appendSentences(append(b, `,"gone":`...), gone)
	b = append(b, `,"both":[`...)
	for i, pair := range still {
		b = fmt.Appendf(separated(b, i), `{"id":"%s","before":%d,"after":%d,"sentence":`, pair[1].ID, pair[0].Count, pair[1].Count)
		b = append(appendString(b, pair[1].Sentence), '}')
	}
	b = fmt.Appendf(b, "]},\"complete\":%t}\n", d.Summaries[0].Complete && d.Summaries[1].Complete)
	_, _ = out.Write(b) // bufio keeps the error for Flush
	return out.Flush()
}

func separated(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(b, '\n')
}

func appendShift(b []byte, s *Shift) []byte {
	b = appendString(append(b, `{"name":`...), s.Name)
	return fmt.Appendf(b, `,"before":%d,"after":%d,"share_before":%.6f,"share_after":%.6f,"significant":%t}`, s.Before, s.After, s.ShareB, s.ShareA, s.Significant)
}

func appendBoth(b []byte, v [2]int64) []byte {
	b = appendNullableInt(append(b, `{"before":`...), v[0])
	b = appendNullableInt(append(b, `,"after":`...), v[1])
	return append(b, '}')
}

func appendSentences(b []byte, list []flows.Finding) []byte {
	b = append(b, '[')
	for i := range list {
		b = fmt.Appendf(separated(b, i), `{"id":"%s","count":%d,"sentence":`, list[i].ID, list[i].Count)
		b = append(appendString(b, list[i].Sentence), '}')
	}
	return append(b, ']')
}
