package report

import (
	"fmt"

	"tcpclose/decode"
)

// Limits lists the bounds of what is written.
func Limits() []decode.Limit {
	return []decode.Limit{
		{Of: "comment on a packet of an annotated pcapng file", Most: fmt.Sprintf("%d bytes", maxComment), Beyond: "cut"},
		{Of: "damages and files listed for people", Most: fmt.Sprint(maxRemarks), Beyond: "counted; JSON lists them"},
		{Of: "findings shown to people", Most: fmt.Sprint(maxFindings), Beyond: "counted; JSON lists them"},
	}
}
