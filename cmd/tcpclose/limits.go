package main

import (
	"fmt"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/held"
	"tcpclose/flows/metrics"
	"tcpclose/flows/report"
)

// allLimits lists all bounds of the program, from the packages that hold them.
func allLimits() []decode.Limit {
	own := []decode.Limit{
		{Of: "addresses that --anonymize remembers", Most: fmt.Sprint(maxKnownAddrs), Beyond: "computed anew each time"},
		{Of: "connections that check lists", Most: fmt.Sprint(maxOffenders), Beyond: "counted"},
		{Of: "packets of a connection held for live --keep", Most: fmt.Sprintf("the first %d, the last %d", held.First, held.Last), Beyond: "cut; a comment in the file and a notice say so"},
		{Of: "services with a name in the metrics", Most: fmt.Sprint(metrics.MaxServices), Beyond: "counted as " + metrics.Other},
	}
	return slices.Concat(decode.Limits(), flows.Limits(), filter.Limits(), report.Limits(), own)
}
