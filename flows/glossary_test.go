package flows

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// enumerationIDs returns the ids of each kind that is an enumeration of this package, in its order.
func enumerationIDs() map[string][]string {
	ids := map[string][]string{}
	for c := range NumClasses {
		ids[KindClass] = append(ids[KindClass], c.String())
	}
	for s := range NumShapes {
		ids[KindShape] = append(ids[KindShape], s.String())
	}
	for m := range NumMarks {
		ids[KindMark] = append(ids[KindMark], m.String())
	}
	for c := range NumCauses {
		ids[KindCause] = append(ids[KindCause], c.String())
	}
	for f := range NumFindings {
		ids[KindFinding] = append(ids[KindFinding], f.String())
	}
	for s := range NumStates {
		ids[KindState] = append(ids[KindState], s.String())
	}
	ids[KindGrade] = gradeNames[:]
	ids[KindConfidence] = confidenceNames[:]
	ids[KindVerdict] = verdictNames[:]
	ids[KindReset] = rstKindNames[1:] // the first is that of no RST at all
	ids[KindRoles] = rolesByNames[:]
	return ids
}

func TestEveryIDHasExactlyOneTermInTheOrderOfItsEnumeration(t *testing.T) {
	have := map[string][]string{}
	for _, term := range Glossary() {
		have[term.Kind] = append(have[term.Kind], term.ID)
	}
	for kind, want := range enumerationIDs() {
		if !slices.Equal(have[kind], want) {
			t.Errorf("%s: the glossary has\n%q\nthe enumeration\n%q", kind, have[kind], want)
		}
		delete(have, kind)
	}
	topics := have[KindTopic]
	delete(have, KindTopic)
	if len(have) > 0 {
		t.Errorf("kinds that nobody knows: %v", have)
	}
	slices.Sort(topics)
	if twice := len(topics) - len(slices.Compact(topics)); twice > 0 {
		t.Errorf("%d topics appear twice", twice)
	}
}

func TestTheTopicsPeopleAskForAreThere(t *testing.T) {
	for _, id := range []string{
		"two-msl", "why-time-wait", "lost-last-ack", "wandering-duplicates", "port-exhaustion", "tcp-tw-reuse",
		"tcp-tw-recycle", "tcp-max-tw-buckets", "timestamps", "rfc-1337", "so-linger", "so-reuseaddr", "keep-alive",
		"half-close", "orphan", "fin-wait-2-timeout", "rst", "rst-acceptance", "challenge-acks", "vantage", "profiles",
	} {
		if Explain(KindTopic, id) == nil {
			t.Errorf("no topic %q", id)
		}
	}
}

func TestEveryTermIsComplete(t *testing.T) {
	// These describe what went well, or a fact of the wire, and have nothing to mend.
	nothingToMend := map[string]bool{
		"class:three-way": true, "class:four-way": true, "mark:fin-with-data": true, "mark:data-after-fin": true,
		"mark:keepalive": true, "mark:fast-open": true, "mark:simultaneous-open": true, "cause:close": true,
	}
	for _, term := range Glossary() {
		name := term.Kind + ":" + term.ID
		if term.Title == "" || term.What == "" || term.Source == "" || len(term.See) == 0 && term.Kind != KindCause {
			t.Errorf("%s lacks a title, an explanation, a source or a reference", name)
		}
		if n := strings.Count(term.What, ". ") + 1; n > 6 {
			t.Errorf("%s explains in %d sentences, want at most 6", name, n)
		}
		switch term.Kind {
		case KindClass:
			if term.Zeek == "" || term.Suricata == "" || term.Wireshark == "" {
				t.Errorf("%s is not mapped to the other tools", name)
			}
			fallthrough
		case KindMark, KindCause:
			if len(term.Remedies) == 0 && !nothingToMend[name] {
				t.Errorf("%s says nothing of what to do", name)
			}
			if len(term.Remedies) > 0 && nothingToMend[name] {
				t.Errorf("%s has a remedy after all: take it off the list", name)
			}
		}
	}
}

func TestEveryTextIsTidy(t *testing.T) {
	for _, term := range Glossary() {
		name := term.Kind + ":" + term.ID
		texts := append([]string{term.Title, term.What, term.Why, term.Source, term.Zeek, term.Suricata, term.Wireshark}, term.Remedies...)
		texts = append(texts, term.Kernel...)
		texts = append(texts, term.See...)
		for _, text := range texts {
			if text != strings.TrimSpace(text) || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "  ") {
				t.Errorf("%s: stray blanks in %q", name, text)
			}
			if n := utf8.RuneCountInString(text); n > 640 {
				t.Errorf("%s: a text of %d characters", name, n)
			}
			for word := range strings.FieldsSeq(text) {
				if len(word) > 60 {
					t.Errorf("%s: %q is too long a word to wrap", name, word)
				}
			}
		}
		for _, sentence := range append([]string{term.What, term.Why}, term.Remedies...) {
			if sentence != "" && !strings.HasSuffix(sentence, ".") && !strings.HasSuffix(sentence, "?") {
				t.Errorf("%s: no end to the sentence %q", name, sentence)
			}
		}
		if n := utf8.RuneCountInString(term.Title); n > 60 {
			t.Errorf("%s: a title of %d characters", name, n)
		}
	}
}

func TestReferencesResolveAndDoNotPointAtThemselves(t *testing.T) {
	for _, term := range Glossary() {
		for i, see := range term.See {
			found := slices.ContainsFunc(Glossary(), func(other Term) bool { return other.ID == see })
			if !found {
				t.Errorf("%s:%s refers to %q, which no term has as its id", term.Kind, term.ID, see)
			}
			if slices.Contains(term.See[:i], see) {
				t.Errorf("%s:%s refers to %q twice", term.Kind, term.ID, see)
			}
			others := slices.ContainsFunc(Glossary(), func(other Term) bool { return other.ID == see && other.Kind != term.Kind })
			if see == term.ID && !others {
				t.Errorf("%s:%s refers to itself", term.Kind, term.ID)
			}
		}
	}
	for name, id := range otherNames {
		if name != plainWord(name) || termsWhere(func(have string) bool { return have == id }) == nil {
			t.Errorf("the other name %q leads to %q, which is not there or not plain", name, id)
		}
	}
}

// The names are those of the kernel's tracepoint tcp:tcp_send_reset (Linux 6.18), except those that stand for no reason.
func TestKernelReasonsAreTheKernelsAndAllAreCovered(t *testing.T) {
	reasons := []string{
		"NO_SOCKET", "TCP_INVALID_ACK_SEQUENCE", "TCP_FLAGS", "TCP_ABORT_ON_DATA", "TCP_TIMEWAIT_SOCKET", "INVALID_SYN",
		"TCP_ABORT_ON_CLOSE", "TCP_ABORT_ON_LINGER", "TCP_ABORT_ON_MEMORY", "TCP_STATE", "TCP_KEEPALIVE_TIMEOUT",
		"TCP_DISCONNECT_WITH_DATA", "MPTCP_RST_EUNSPEC", "MPTCP_RST_EMPTCP", "MPTCP_RST_ERESOURCE", "MPTCP_RST_EPROHIBIT",
		"MPTCP_RST_EWQ2BIG", "MPTCP_RST_EBADPERF", "MPTCP_RST_EMIDDLEBOX",
	}
	covered := map[string]bool{}
	for _, term := range Glossary() {
		for _, name := range term.Kernel {
			covered[name] = true
			if !slices.Contains(reasons, name) {
				t.Errorf("%s:%s names %q, which is none of the kernel's reasons", term.Kind, term.ID, name)
			}
		}
	}
	for _, name := range reasons {
		if !covered[name] {
			t.Errorf("no term covers the kernel's %s", name)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"CLOSE_WAIT", "state:CLOSE-WAIT"},
		{"close-wait", "state:CLOSE-WAIT"},
		{"closewait", "state:CLOSE-WAIT"},
		{" Time Wait ", "state:TIME-WAIT"},
		{"RST", "topic:rst"},
		{"reset", "topic:rst"},
		{"linger0", "cause:linger-zero"},
		{"linger_zer", "cause:linger-zero"},
		{"SO_LINGER", "topic:so-linger"},
		{"2MSL", "topic:two-msl"},
		{"tcp_tw_reuse", "topic:tcp-tw-reuse"},
		{"tw_recycle", "topic:tcp-tw-recycle"},
		{"three-way", "class:three-way shape:three-way"},
		{"shape:three-way", "shape:three-way"},
		{"closing", "class:closing state:CLOSING"},
		{"last-ack-lost", "mark:last-ack-lost cause:last-ack-lost"},
		{"cause:handshake_aborted", "cause:handshake-aborted"},
		{"half-closed", "topic:half-close"},
		{"simultanous", "class:simultaneous shape:simultaneous"},
		{"fin-wait-2-", "cause:fin-wait-2-expired topic:fin-wait-2-timeout"},
		{"4way", "class:four-way"},
		{"finrst", "class:rst-after-fin"},
		{"FINW2", "state:FIN-WAIT-2"},
		{"CLSING", "state:CLOSING"},
		{"", ""},
		{"mark:", ""},
		{"zebra crossing", ""},
		{"kind:zebra crossing", ""},
	} {
		names := make([]string, 0, 4)
		for _, term := range Lookup(c.text) {
			names = append(names, term.Kind+":"+term.ID)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("Lookup(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNearestIsBoundedSortedAndUnique(t *testing.T) {
	if got := Nearest("half-close-stall", 1); !slices.Equal(got, []string{"half-closed-stall"}) {
		t.Errorf("nearest to half-close-stall is %q", got)
	}
	if got := Nearest("tim-wait", 3); len(got) == 0 || got[0] != "TIME-WAIT" {
		t.Errorf("nearest to tim-wait is %q", got)
	}
	for _, text := range []string{"rst", "wait", "a", "", strings.Repeat("x", 5000), "\x00\xff", "fin", "ack"} {
		for n := -1; n < 4; n++ {
			got := Nearest(text, n)
			if len(got) > max(0, n) {
				t.Errorf("Nearest(%.20q, %d) gives %d", text, n, len(got))
			}
			unique := slices.Clone(got)
			slices.Sort(unique)
			if len(slices.Compact(unique)) != len(got) {
				t.Errorf("Nearest(%.20q, %d) repeats itself: %q", text, n, got)
			}
			if again := Nearest(text, n); !slices.Equal(got, again) {
				t.Errorf("Nearest(%.20q, %d) gives %q, then %q", text, n, got, again)
			}
		}
	}
}

func TestTheGlossarySliceIsTheCallers(t *testing.T) {
	mine := Glossary()
	mine[0].ID = "spoilt"
	if Glossary()[0].ID != Partial.String() {
		t.Error("changing the returned slice changed the glossary")
	}
}
