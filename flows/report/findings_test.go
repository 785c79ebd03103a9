package report

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tcpclose/flows"
	"tcpclose/flows/filter"
)

// leaks returns findings of several samples: a leak that is long enough to be one.
func leaks() (*flows.Findings, *flows.Population, []flows.Finding) {
	f, p := flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0)
	for i := range uint64(20) {
		t := stalled()
		t.ID += 10 * i
		f.Add(&t)
		p.Add(&t)
	}
	o := ordinary()
	f.Add(&o)
	p.Add(&o)
	return f, p, f.List(nil, p)
}

func TestFindingsKeepTheSchema(t *testing.T) {
	_, _, list := leaks()
	if len(list) != 1 {
		t.Fatalf("%d findings", len(list))
	}
	validate(t, "finding", AppendFinding(nil, &list[0]))
	for id := range flows.NumFindings {
		validate(t, "finding", AppendFinding(nil, &flows.Finding{
			ID: id, Rank: 1, Sentence: "a\"b\x1b", Since: flows.NoTime, Until: base, Numbers: []flows.Number{{Name: "clients", Value: 3}, {Name: "when_ns", Value: flows.NoTime}},
		}))
	}
	var back struct {
		Conversations []uint64
		Count         uint64
	}
	if err := json.Unmarshal(AppendFinding(nil, &list[0]), &back); err != nil || back.Count != 20 || len(back.Conversations) != flows.MaxFindingConversations {
		t.Errorf("%v, %+v", err, back)
	}
}

func TestFindingsArePrintedForPeople(t *testing.T) {
	_, _, list := leaks()
	for _, width := range []int{0, 40, 80, 300} {
		var b strings.Builder
		if err := WriteFindings(&b, list, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
			if most := min(width, maxLine); width > 0 && n > most && !strings.Contains(line, "-Y '") {
				t.Errorf("width %d: a line of %d", width, n)
			}
		}
		for _, want := range []string{"1. 10.0.0.9:443 has not closed", "[close-wait-leak, likely] conversations 9, 19, 29, 39, 49, 59 and 14 more", "-Y 'dst 10.0.0.9:443 and "} {
			if width != 40 && !strings.Contains(b.String(), want) {
				t.Errorf("width %d: no %q in\n%s", width, want, &b)
			}
		}
	}
	var b strings.Builder
	if err := WriteFindings(&b, nil, 80); err != nil || b.Len() > 0 {
		t.Errorf("%q for no findings", &b)
	}
	many := make([]flows.Finding, 40)
	if err := WriteFindings(&b, many, 80); err != nil || !strings.HasSuffix(b.String(), "and 28 more; -T json has all\n") {
		t.Errorf("%q for many", &b)
	}
}

func TestAFindingsFilterSelectsItsConversations(t *testing.T) {
	f, _, list := leaks()
	_ = f
	c, err := filter.Parse(list[0].Filter)
	if err != nil {
		t.Fatal(err)
	}
	s, o := stalled(), ordinary()
	if !c.Match(&s) || c.Match(&o) {
		t.Errorf("%s matches the stalled one %t and the ordinary one %t", list[0].Filter, c.Match(&s), c.Match(&o))
	}
}
