package report

import (
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"tcpclose/flows"
)

func TestPopulationsArePrinted(t *testing.T) {
	_, p, _ := leaks()
	s := &flows.Summary{First: base, Last: base + 120_000*ms, Complete: true}
	var b strings.Builder
	for scope := range flows.NumScopes {
		b.WriteString("# by " + scope.String() + "\n")
		if err := WritePopulation(&b, p, s, PopulationOptions{By: scope, Step: 20_000 * ms, Width: 140}); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "population.golden", b.String())
	b.Reset()
	if err := WritePopulation(&b, flows.NewPopulation(flows.Config{}, 0), s, PopulationOptions{}); err != nil || !strings.HasPrefix(b.String(), "No socket") {
		t.Errorf("%v %q", err, &b)
	}
}

// TestCSVAndJSONOfAPopulationTellTheSame adds up both.
func TestCSVAndJSONOfAPopulationTellTheSame(t *testing.T) {
	_, p, _ := leaks()
	for scope := range flows.NumScopes {
		o := PopulationOptions{By: scope}
		var b strings.Builder
		if err := WritePopulationCSV(&b, p, o); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		inCSV := map[string]int{}
		for _, row := range rows[1:] {
			n, _ := strconv.Atoi(row[7])
			m, _ := strconv.Atoi(row[8])
			inCSV[row[3]+row[4]+row[5]+row[6]] += n + 1000*m
		}
		b.Reset()
		if err := WritePopulationJSON(&b, p, &flows.Summary{Complete: true}, o); err != nil {
			t.Fatal(err)
		}
		validate(t, "population", []byte(b.String()))
		type counts map[string]struct{ Certain, Maybe int }
		var d struct {
			Schema, By string
			Step       int64 `json:"step_ns"`
			Crowds     []struct {
				Host, Service string
				Samples       []struct {
					Time           string
					Client, Server counts
				}
			}
			Growing  []struct{ Service, Side, State string }
			Ports    []map[string]any
			Complete bool
		}
		if err := json.Unmarshal([]byte(b.String()), &d); err != nil {
			t.Fatalf("%v in %s", err, &b)
		}
		if d.Schema != Schema || d.By != scope.String() || d.Step != p.Step() || !d.Complete || (scope == flows.ScopePair) != (len(d.Ports) > 0) {
			t.Errorf("%+v", d)
		}
		inJSON := map[string]int{}
		for _, c := range d.Crowds {
			for _, s := range c.Samples {
				for side, of := range map[string]counts{"client": s.Client, "server": s.Server} {
					for state, n := range of {
						inJSON[c.Host+c.Service+side+state] += n.Certain + 1000*n.Maybe
					}
				}
			}
		}
		if len(inCSV) == 0 || len(inCSV) != len(inJSON) {
			t.Errorf("%v: CSV %v, JSON %v", scope, inCSV, inJSON)
		}
		for k, n := range inCSV {
			if inJSON[k] != n {
				t.Errorf("%v %s: CSV %d, JSON %d", scope, k, n, inJSON[k])
			}
		}
	}
}

func TestSocketsArePrinted(t *testing.T) {
	at := base + 90_000*ms
	k := flows.NewSocketTable(flows.Config{}, at, stalled().Ends[flows.Server].Addr.Addr())
	for _, c := range samples() {
		k.Add(&c)
	}
	list, cut := k.Sockets()
	var b strings.Builder
	if err := WriteSockets(&b, list, cut, at, 140); err != nil {
		t.Fatal(err)
	}
	if err := WriteSocketsCSV(&b, list); err != nil {
		t.Fatal(err)
	}
	if err := WriteSocketsJSON(&b, list, cut, at, true); err != nil {
		t.Fatal(err)
	}
	golden(t, "sockets.golden", strings.ReplaceAll(b.String(), "\r\n", "\n"))
	_, document, _ := strings.Cut(b.String(), "{")
	validate(t, "sockets", []byte("{"+document))
	var d struct{ Sockets []map[string]any }
	if err := json.Unmarshal([]byte("{"+document), &d); err != nil || len(d.Sockets) != len(list) {
		t.Errorf("%v: %d sockets", err, len(d.Sockets))
	}
}

func TestChecksArePrinted(t *testing.T) {
	checks := []Check{{FailOn: "class rst-abort"}, {FailOn: "close-wait > 5s", Count: 30, Conversations: []flows.Teardown{stalled()}}}
	s := &flows.Summary{First: base, Complete: true}
	var b strings.Builder
	if err := WriteChecks(&b, checks, 100, s, 100); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok    class rst-abort: 0 of 100 conversations\n", "FAIL  close-wait > 5s: 30 of 100 conversations\n", "half-closed-stall", "and 29 more\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	b.Reset()
	if err := WriteChecksJSON(&b, checks, 100, s); err != nil {
		t.Fatal(err)
	}
	validate(t, "checks", []byte(b.String()))
	var d struct {
		OK     bool
		Checks []struct {
			FailOn        string `json:"fail_on"`
			Count         int
			Conversations []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &d); err != nil || d.OK || len(d.Checks) != 2 || d.Checks[1].Count != 30 || len(d.Checks[1].Conversations) != 1 {
		t.Errorf("%v: %s", err, &b)
	}
	validate(t, "conversation", d.Checks[1].Conversations[0])
}
