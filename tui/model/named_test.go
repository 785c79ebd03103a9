package model

import (
	"net/netip"
	"strings"
	"testing"

	"tcpclose/flows"
	"tcpclose/tui/model/modeltest"
)

func TestANameKeepsItsPortAtAnyWidth(t *testing.T) {
	for _, c := range []struct {
		name  string
		width int
		want  string
	}{
		{"api.example.com", 21, "api.example.com:443"},
		{"api.example.com", 19, "api.example.com:443"},
		{"api.example.com", 18, "api.ex..le.com:443"},
		{"a-very-long-label.region-1.example.net", 21, "a-very-..mple.net:443"},
		{"api.example.com", 9, "com:443"},
		{"api.example.com", 4, ":443"},
		{"api.example.com", 0, ":443"},
	} {
		if got := NamedEndpoint(c.name, 443, c.width); got != c.want {
			t.Errorf("%s in %d columns is %q, want %q", c.name, c.width, got, c.want)
		}
	}
}

// TestNamesAndLegsAreShown puts a conversation with names and another leg into a store, and looks at its row and at its
// explanation.
func TestNamesAndLegsAreShown(t *testing.T) {
	td := modeltest.NewMaker().Next().Clone()
	td.Ends[flows.Server].Name, td.Ends[flows.Server].NameBy = "db.example.com", flows.NamedByDNS
	td.Pairs = []flows.Pair{{
		ID: 57, Kind: flows.PairProxy, Confidence: flows.Certain, Evidence: []string{"the same octets"},
		Client: netip.MustParseAddrPort("10.9.0.1:40000"), Server: netip.MustParseAddrPort("10.9.0.2:5432"),
	}}
	store := NewStore()
	store.Put(&td)
	var r RowReader
	r.Read(store.Publish(), 0)
	client, server := r.Text(Cell{Column: ColumnClient, Width: 47}), r.Text(Cell{Column: ColumnServer, Width: 47})
	if client != td.Ends[flows.Client].Addr.String() || !strings.HasPrefix(server, "db.example.com:") {
		t.Errorf("the row shows %s and %s", client, server)
	}
	var text strings.Builder
	for _, l := range Explain(r.Teardown(), func(int64) string { return "" }, &Files{}) {
		text.WriteString(l.Label + " " + l.Text + "\n")
	}
	for _, want := range []string{"is db.example.com, by the DNS", "Leg #57, 10.9.0.1:40000 > 10.9.0.2:5432", "proof: the same octets"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the explanation does not say %q:\n%s", want, text.String())
		}
	}
}
