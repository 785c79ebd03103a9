package main

import (
	"fmt"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/held"
	"tcpclose/flows/legs"
	"tcpclose/flows/metrics"
	"tcpclose/flows/names"
	"tcpclose/flows/report"
)

// allLimits lists all bounds of the program, from the packages that hold them.
func allLimits() []decode.Limit {
	own := []decode.Limit{
		{Of: "addresses that --anonymize remembers", Most: fmt.Sprint(maxKnownAddrs), Beyond: "computed anew each time"},
		{Of: "ladders that grow at once", Most: fmt.Sprintf("%d, of %d packets", ladderBatch, ladderPackets), Beyond: "the file is read once more"},
		{Of: "text of one of several ladders", Most: fmt.Sprintf("%d MiB", ladderMaxBytes>>20), Beyond: "cut; said"},
		{Of: "connections that check lists", Most: fmt.Sprint(maxOffenders), Beyond: "counted"},
		{Of: "packets of a connection held for live --keep", Most: fmt.Sprintf("the first %d, the last %d", held.First, held.Last), Beyond: "cut; a comment in the file and a notice say so"},
		{Of: "services with a name in the metrics", Most: fmt.Sprint(metrics.MaxServices), Beyond: "counted as " + metrics.Other},
	}
	return slices.Concat(decode.Limits(), flows.Limits(), names.Limits(), legs.Limits(), filter.Limits(), report.Limits(), own)
}
