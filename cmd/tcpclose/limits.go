package main

import (
	"fmt"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/report"
)

// allLimits lists all bounds of the program, from the packages that hold them.
func allLimits() []decode.Limit {
	own := []decode.Limit{
		{Of: "addresses that --anonymize remembers", Most: fmt.Sprint(maxKnownAddrs), Beyond: "computed anew each time"},
		{Of: "connections that check lists", Most: fmt.Sprint(maxOffenders), Beyond: "counted"},
	}
	return slices.Concat(decode.Limits(), flows.Limits(), filter.Limits(), report.Limits(), own)
}
