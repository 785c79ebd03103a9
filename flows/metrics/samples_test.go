package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"

	"tcpclose/flows"
)

// served returns the names of all series, and each one's labels.
func served(t *testing.T) map[string][]string {
	t.Helper()
	m := New(sources(), 0)
	closed := ended(flows.FourWay, "10.0.0.9:443", flows.CauseClose)
	closed.CloseStart, closed.CloseEnd = 1e9, 2e9
	m.Tell(closed, flows.Ended)
	m.Tell(closed, flows.Stalled)
	names := map[string][]string{}
	series := regexp.MustCompile(`(?m)^([a-z_]+)(?:\{(.*)\})? [^ ]+$`)
	label := regexp.MustCompile(`([a-z_]+)="`)
	for _, line := range series.FindAllStringSubmatch(scrape(t, m), -1) {
		for _, l := range label.FindAllStringSubmatch(line[2], -1) {
			if !slices.Contains(names[line[1]], l[1]) {
				names[line[1]] = append(names[line[1]], l[1])
			}
		}
		if names[line[1]] == nil {
			names[line[1]] = []string{}
		}
	}
	return names
}

// faults lists what an expression of PromQL asks for and nobody serves: series, labels, and values of class, cause, state
// and role.
func faults(expr string, names map[string][]string) (list []string) {
	all := regexp.MustCompile(`\b((?:tcpclose|process)_[a-z_]+)(?:\{([^}]*)\})?`).FindAllStringSubmatch(expr, -1)
	if len(all) == 0 {
		list = append(list, "it asks for nothing")
	}
	var labels []string
	for _, m := range all {
		known, ok := names[m[1]]
		if !ok {
			list = append(list, "nobody serves "+m[1])
		}
		labels = append(labels, known...)
		for _, l := range regexp.MustCompile(`([a-z]+)=~?"([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(known, l[1]) {
				list = append(list, m[1]+" has no label "+l[1])
			}
			for v := range strings.SplitSeq(l[2], "|") {
				if !strings.HasPrefix(v, "$") && !knownValue(l[1], v) {
					list = append(list, "no "+l[1]+" is called "+v)
				}
			}
		}
	}
	for _, by := range regexp.MustCompile(`by \(([^)]*)\)`).FindAllStringSubmatch(expr, -1) {
		for l := range strings.SplitSeq(by[1], ",") {
			if l = strings.TrimSpace(l); !slices.Contains(labels, l) {
				list = append(list, "nothing has the label "+l)
			}
		}
	}
	return list
}

func knownValue(label, v string) bool {
	ok := false
	switch label {
	case "class":
		_, ok = flows.ParseClass(v)
	case "cause":
		_, ok = flows.ParseCause(v)
	case "state":
		_, ok = flows.ParseState(v)
	case "role":
		ok = v == "client" || v == "server"
	}
	return ok
}

func TestTheSampleAlertsAskForWhatIsServed(t *testing.T) {
	text, err := os.ReadFile("../../testdata/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         string            `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.UnmarshalStrict(text, &v); err != nil {
		t.Fatal(err)
	}
	names, rules := served(t), 0
	for _, g := range v.Groups {
		for _, r := range g.Rules {
			rules++
			for _, f := range faults(r.Expr, names) {
				t.Errorf("%s: %s", r.Alert, f)
			}
			if r.Annotations["summary"] == "" || r.Labels["severity"] == "" {
				t.Errorf("%s has no summary or no severity", r.Alert)
			}
			// increase() extrapolates: what it counts is seldom whole.
			if strings.Contains(r.Expr, "increase(") && strings.Contains(strings.ReplaceAll(r.Annotations["summary"], `printf "%.0f" $value`, ""), "$value") {
				t.Errorf("%s tells a fraction of a count: %s", r.Alert, r.Annotations["summary"])
			}
		}
	}
	if rules < 5 {
		t.Errorf("%d rules", rules)
	}
}

func TestTheSampleDashboardAsksForWhatIsServed(t *testing.T) {
	text, err := os.ReadFile("../../testdata/prometheus/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	names, shown := served(t), ""
	for _, p := range v.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			shown += target.Expr
			for _, f := range faults(target.Expr, names) {
				t.Errorf("%s: %s", p.Title, f)
			}
		}
	}
	for name := range names {
		base := strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count")
		if strings.HasPrefix(name, "tcpclose_") && !strings.Contains(shown, base) && base != nameInfo && base != "tcpclose_capture_octets_total" && base != "tcpclose_capture_running" {
			t.Errorf("no panel shows %s", name)
		}
	}
}

func TestAWrongExpressionIsFound(t *testing.T) {
	names := served(t)
	for expr, n := range map[string]int{
		`tcpclose_conversations`: 0, `tcpclose_sockets{state="OPEN"}`: 1, `tcpclose_sockets{cause="x"}`: 2,
		`tcpclose_nothing`: 1, `sum by (class) (tcpclose_sockets)`: 1, `1`: 1,
	} {
		if got := faults(expr, names); len(got) != n {
			t.Errorf("%s: %q", expr, got)
		}
	}
}
