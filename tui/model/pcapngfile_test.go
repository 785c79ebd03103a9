package model

import (
	"testing"

	"tcpclose/flows"
)

// TestTheCommandThatWritesAnyAmountNamesTheFiles tells it for one file, for several, and for none that is known.
func TestTheCommandThatWritesAnyAmountNamesTheFiles(t *testing.T) {
	two := []*flows.Teardown{{ID: 5}, {ID: 1234}}
	one := &Source{Files: func() []string { return []string{"", "a trace.pcap"} }}
	for _, c := range []struct {
		source *Source
		files  Files
		list   []*flows.Teardown
		want   string
	}{
		{one, Files{}, two, "tcpclose extract 'a trace.pcap' -o FILE.pcapng -- id 5,1234"},
		{one, Files{Paths: []string{"x/1.pcap", "it's.pcap"}}, two[:1], `tcpclose extract 'x/1.pcap' 'it'\''s.pcap' -o FILE.pcapng -- id 5`},
		{&Source{}, Files{}, make([]*flows.Teardown, 9), "tcpclose extract FILE… -o FILE.pcapng -- FILTER"},
	} {
		if got := extraction(c.source, &c.files, c.list); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
