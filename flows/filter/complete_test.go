package filter

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// offered returns the texts that Complete offers at the bar in text, and the completions.
func offered(t testing.TB, text string) ([]string, []Completion) {
	t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		before, after = text, ""
	}
	list := Complete(before+after, len([]rune(before)))
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = c.Text
	}
	return texts, list
}

func TestCompletionOffersWhatCanStandAtTheCursor(t *testing.T) {
	for _, c := range []struct {
		text    string
		has     []string // among the offers
		first   string   // the first offer; not looked at if empty
		without []string
	}{
		{"", []string{"class", "host", "not", "src", "client.", "close-wait"}, "host", []string{"and", "rst-abort"}},
		{"cl", []string{"class", "close-wait", "closer", "client.", "close-duration", "closing"}, "", []string{"and", "host"}},
		{"CLOSE_W", []string{"close-wait"}, "close-wait", nil},
		{"wait", []string{"time-wait", "close-wait", "fin-wait-1"}, "", nil},
		{"server.", []string{"server.close-wait", "server.port", "server.fin"}, "", []string{"server.class", "client.port"}},
		{"server.clo", []string{"server.close-wait", "server.closing"}, "", []string{"close-wait"}},

		{"class ", []string{"rst-abort", "vanished", "open"}, "partial", []string{"and", "host", ">", "linger-zero"}},
		{"class rst", []string{"rst-abort", "rst-after-fin"}, "rst-abort", []string{"vanished"}},
		{"class:rst", []string{"rst-abort", "rst-after-fin"}, "rst-abort", []string{"vanished"}},
		{"class == v", []string{"vanished"}, "vanished", nil},
		{"class rst-abort,v", []string{"vanished"}, "vanished", nil},
		{"class in {rst-abort, v", []string{"vanished"}, "vanished", nil},
		{"class in {rst-abort ", []string{",", "}"}, "", []string{"and"}},
		{"class rst-abort or v", []string{"vanished", "vlan"}, "vanished", nil},
		{"class rst-abort or ", []string{"vanished", "host"}, "partial", []string{"and"}},
		{"class open ", []string{"and", "or"}, "and", []string{")", "host", "vanished"}},
		{"(class open ", []string{"and", "or", ")"}, "and", nil},
		{"class open a", []string{"and"}, "and", []string{"or"}},
		{"class open ho", []string{"host"}, "", nil},
		{"not ", []string{"class", "("}, "host", []string{"and"}},
		{"mark fin-", []string{"fin-retransmitted", "fin-with-data"}, "", []string{"fin"}},
		{"cause ", []string{"linger-zero", "likely:linger-zero", "none"}, "close", nil},
		{"cause likely:l", []string{"likely:linger-zero", "likely:last-ack-lost"}, "", []string{"linger-zero"}},
		{"state time", []string{"time-wait"}, "time-wait", nil},
		{"server.state ", []string{"close-wait", "fin-wait-2"}, "", nil},
		{"closer ", []string{"client", "server", "both", "none"}, "", []string{"network"}},
		{"reset-by ", []string{"network"}, "", nil},
		{"roles-by ", []string{"syn", "first-seen"}, "", nil},
		{"final ", []string{"yes", "no", "and"}, "", nil},

		{"close-wait ", []string{">", ">=", "=="}, ">", []string{"and", "rst-abort"}},
		{"close-wait > ", []string{""}, "", []string{">", "and"}},
		{"server.bytes ", []string{">", "<="}, ">", nil},
		{"port ", []string{"https", "redis", ">"}, "", nil},
		{"port ht", []string{"http", "https", "http-alt"}, "http", []string{"ssh"}},
		{"src ", []string{"host", "net", "port", "portrange", "or"}, "", []string{"class", "vlan"}},
		{"src or ", []string{"dst"}, "", []string{"class"}},
		{"src port post", []string{"postgres"}, "postgres", nil},
		{"fin ", []string{"and", "or"}, "and", nil},

		// The cursor within the text: what follows it does not count.
		{"cla| and port 80", []string{"class"}, "class", nil},
		{"class van| and port 80", []string{"vanished"}, "vanished", nil},

		// Nothing to offer.
		{"since \"2026", nil, "", []string{"and"}},
		{"frobnicate ", nil, "", []string{"and", "class"}},
		{"port 80 443 ", nil, "", []string{"and", "class"}},
	} {
		texts, _ := offered(t, c.text)
		for _, want := range c.has {
			if !slices.Contains(texts, want) {
				t.Errorf("%q: %q is not offered: %q", c.text, want, texts)
			}
		}
		for _, bad := range c.without {
			if slices.Contains(texts, bad) {
				t.Errorf("%q: %q is offered: %q", c.text, bad, texts)
			}
		}
		if c.first != "" && (len(texts) == 0 || texts[0] != c.first) {
			t.Errorf("%q: the first offer is not %q: %q", c.text, c.first, texts)
		}
	}
}

func TestACompletionReplacesWhatHasBeenTypedOfIt(t *testing.T) {
	for _, c := range []struct{ text, choose, want string }{
		{"cla", "class", "class"},
		{"port 80 and cla", "class", "port 80 and class"},
		{"class:van", "vanished", "class:vanished"},
		{"class ", "vanished", "class vanished"},
		{"iface \"größe\" and Server.CLO", "server.close-wait", "iface \"größe\" and server.close-wait"},
		{"cause likely:l", "likely:linger-zero", "cause likely:linger-zero"},
		{"cla| and port 80", "class", "class and port 80"},
		{"fin-wait", "time-wait", ""}, // not offered
		{"fin an", "and", "fin and"},
	} {
		_, list := offered(t, c.text)
		got := ""
		for _, o := range list {
			if o.Text == c.choose {
				runes := []rune(strings.Replace(c.text, "|", "", 1))
				got = string(runes[:o.From]) + o.Text + string(runes[o.To:])
			}
		}
		if got != c.want {
			t.Errorf("%q completed by %q becomes %q, want %q", c.text, c.choose, got, c.want)
		}
	}
}

func TestEveryCompletionHasHelpAndStandsOnce(t *testing.T) {
	for _, text := range []string{"", "class ", "mark ", "cause ", "state ", "port ", "src ", "class open ", "bytes ", "bytes > ", "since ", "iface ", "vlan ", "server.", "class open or "} {
		_, list := offered(t, text)
		if len(list) == 0 {
			t.Errorf("%q: nothing is offered", text)
		}
		seen := map[string]bool{}
		for _, c := range list {
			if c.Help == "" {
				t.Errorf("%q: %q has no help", text, c.Text)
			}
			if seen[c.Text] && c.Text != "" {
				t.Errorf("%q: %q stands twice", text, c.Text)
			}
			seen[c.Text] = true
		}
	}
}

// TestWhatIsOfferedIsUnderstood types each offer where it is offered: the error, if there is one, must lie after it.
func TestWhatIsOfferedIsUnderstood(t *testing.T) {
	heads := []string{"", "(", "not ", "port 80 ", "(port 80 ", "class open or ", "src ", "src or "}
	for _, w := range Words() {
		heads = append(heads, w.Name+" ", w.Name+":", w.Example+" ")
	}
	for _, head := range heads {
		for _, c := range Complete(head, len([]rune(head))) {
			if c.Text == "" {
				continue
			}
			text := head + c.Text
			_, err := Parse(text)
			if e, ok := errors.AsType[*Error](err); ok && e.Column <= len([]rune(text)) && e.Text != "(" && !strings.HasSuffix(c.Text, ".") {
				// A held word alone is blamed itself for the comparison that is missing, and so is a brace for its end.
				if w, _, _ := findSubject(c.Text); w.word != nil && w.word.kind == KindHeld {
					continue
				}
				t.Errorf("%q is offered after %q, yet: %v", c.Text, head, e)
			}
		}
	}
}
