package names

import (
	"fmt"

	"tcpclose/decode"
)

// Limits lists the bounds of what is learned of names.
func Limits() []decode.Limit {
	return []decode.Limit{
		{Of: "addresses with a name (-N)", Most: fmt.Sprint(maxAddresses), Beyond: "counted as left out; said; live forgets the oldest"},
		{Of: "names of an address (-N)", Most: fmt.Sprint(maxPerAddress), Beyond: "counted as left out; said"},
		{Of: "times that addresses get an earlier name back (-N)", Most: fmt.Sprint(maxRepeats), Beyond: "counted as left out; said; live forgets the oldest"},
		{Of: "requests that name their server (-N)", Most: fmt.Sprint(maxConversations), Beyond: "counted as left out; said; live forgets the oldest"},
		{Of: "requests of one pair of ports (-N)", Most: fmt.Sprint(maxPerTuple), Beyond: "counted as left out; said"},
		{Of: "TLS greetings put together at once (-N)", Most: fmt.Sprint(maxHellos), Beyond: "the one that waits longest tells no name"},
	}
}
