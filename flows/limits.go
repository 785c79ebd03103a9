package flows

import (
	"fmt"

	"tcpclose/decode"
)

// Limits lists the bounds of following and judging conversations.
func Limits() []decode.Limit {
	return []decode.Limit{
		{Of: "memory of conversations", Most: "--mem", Beyond: "given up early: the longest closed, then those that never opened, then those silent longest; counted, said"},
		{Of: "holes kept of a side's sequence numbers", Most: fmt.Sprint(maxHoles), Beyond: "the oldest counts as a capture gap, which is a mark"},
		{Of: "RSTs of a side kept apart", Most: fmt.Sprint(maxRSTNotes), Beyond: "counted with one of its kind, or with the last one"},
		{Of: "text kept of a RST's payload", Most: fmt.Sprintf("%d bytes", maxQuote), Beyond: "cut"},
		{Of: "step of the capture's clock", Most: fmt.Sprintf("%d s", maxStep/second), Beyond: "a jump: counted, said, a mark"},
		{Of: "services, clients and groups that findings look at", Most: fmt.Sprint(maxFindingServices), Beyond: "a sample is kept, the same in each run"},
		{Of: "hosts, services, pairs whose states are counted apart", Most: fmt.Sprintf("%d, %d, %d", maxCrowdHosts, maxCrowdServices, maxCrowdPairs), Beyond: "a sample is kept, the same in each run; said"},
	}
}
