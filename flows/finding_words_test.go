package flows

import (
	"strings"
	"testing"
)

func TestSentencesSpeakOfOneAsOfOne(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "", 1: "; 1 byte of theirs was never acknowledged", 2: "; 2 bytes of theirs were never acknowledged",
	} {
		if got := lossOf(n, "of theirs "); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for i := range findingRows {
		r := &findingRows[i]
		if r.id != FindingForgottenConnections {
			continue
		}
		for n, want := range map[uint64]string{1: "1 open connection with a RST as if it had never known it: look", 2: "had never known them: look"} {
			if got := r.says(&gathered{group: &group{count: n}}); !strings.Contains(got, want) {
				t.Errorf("%q lacks %q", got, want)
			}
		}
	}
}
