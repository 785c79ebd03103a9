package filter

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAnErrorPointsAtItsColumnAndSuggests(t *testing.T) {
	for _, c := range []struct {
		text       string
		column     int
		offending  string
		message    string // a part of it
		suggestion string
	}{
		// Words.
		{"clas rst-abort", 1, "clas", "not a word", "class"},
		{"calss rst-abort", 1, "calss", "not a word", "class"},
		{"port 80 and clss open", 13, "clss", "not a word", "class"},
		{"prot:80", 1, "prot", "not a word", "port"},
		{"durtion > 3s", 1, "durtion", "not a word", "duration"},
		{"frobnicate 7", 1, "frobnicate", "not a word", ""},
		{"cleint.bytes > 3", 1, "cleint.bytes", "not a word", "client.bytes"},
		{"client.byts > 3", 1, "client.byts", "not a word", "client.bytes"},
		{"packets_client > 3", 1, "packets_client", "not a word", "client.packets"},
		{"rtt_ns_server > 3ms", 1, "rtt_ns_server", "not a word", "server.rtt"},
		{"close_wait_ns_server > 3s", 1, "close_wait_ns_server", "not a word", "server.close-wait"},
		{"idle_before_close_ns > 3s", 1, "idle_before_close_ns", "not a word", "idle"},
		{"server_port 80", 1, "server_port", "not a word", "server.port"},
		{"client_ip 10.0.0.1", 1, "client_ip", "not a word", "src"},
		{"service 10.0.0.1:80", 1, "service", "not a word", "dst"},
		{"class_client open", 1, "class_client", "not a word", ""},
		{"src.port 80", 1, "src.port", "not a word", "client.port"},
		{"foo.bar 80", 1, "foo.bar", "not a word", ""},
		{"client.class open", 1, "client.class", "belongs to the conversation", "class"},
		{"server.vlan 5", 1, "server.vlan", "belongs to the conversation", "vlan"},
		{"ip.addr == 10.0.0.1", 1, "ip.addr", "another language", "host"},
		{"tcp.port == 80", 1, "tcp.port", "another language", "port"},
		{"tcp[13] & 4 != 0", 9, "&", "alone means nothing", "&&"},
		{"tcp[tcpflags] != 0", 1, "tcp[tcpflags]", "not the octets of packets", "fin or rst"},
		{"greater 100", 1, "greater", "another language", "bytes >"},
		{"udp port 53", 1, "udp", "cannot be asked", ""},
		{"icmp", 1, "icmp", "cannot be asked", ""},
		{"client 10.0.0.1", 1, "client", "another language", "src"},

		// Values without a word, ids of another word.
		{"80", 1, "80", "needs a word", "port 80"},
		{"rst-abort", 1, "rst-abort", "needs a word", "class rst-abort"},
		{"host 10.0.0.1 and linger-zero", 19, "linger-zero", "needs a word", "cause linger-zero"},
		{"class linger-zero", 7, "linger-zero", "not a class", "cause linger-zero"},
		{"mark vanished", 6, "vanished", "not a mark", "class vanished"},
		{"state vanished", 7, "vanished", "not a state", "class vanished"},
		{"\"rst-abort\"", 1, "\"rst-abort\"", "needs a word", ""},
		{"3s", 1, "3s", "needs a word", ""},

		// Ids.
		{"class rst-abrot", 7, "rst-abrot", "not a class", "rst-abort"},
		{"class rst-abort or vanishd", 20, "vanishd", "not a word", "vanished"},
		{"class rst-abort,vanishd", 17, "vanishd", "not a class", "vanished"},
		{"class in {rst-abort, vanishd}", 22, "vanishd", "not a class", "vanished"},
		{"shape foo", 7, "foo", "not a shape: none, half, three-way, four-way, simultaneous", ""},
		{"closer network", 8, "network", "not a side: none, client, server, both", ""},
		{"reset-by netwrok", 10, "netwrok", "not a sender of a RST", "network"},
		{"state time-wiat", 7, "time-wiat", "not a state", "time-wait"},
		{"state listen", 7, "listen", "not a state", ""},
		{"cause sure:close", 7, "sure:close", "not a confidence: possible, likely, certain", ""},
		{"cause likly:close", 7, "likly:close", "not a confidence", "likely"},
		{"cause likely:closs", 7, "likely:closs", "not a cause", "close"},
		{"final maybe", 7, "maybe", "not a word", ""},
		{"final:maybe", 7, "maybe", "not yes or no", ""},
		{"vlan 5000", 6, "5000", "out of range", ""},

		// Addresses and ports.
		{"host 10.0.0.256", 6, "10.0.0.256", "not an address", ""},
		{"host example.com", 6, "example.com", "is asked for by name", "name example.com"},
		{"host 80", 6, "80", "not an address", "port 80"},
		{"src 80", 5, "80", "not an address", "port 80"},
		{"host https", 6, "https", "not an address", "port https"},
		{"host fe80::1%eth0", 6, "fe80::1%eth0", "no zone", "fe80::1"},
		{"net 10.0.0.1/8", 5, "10.0.0.1/8", "bits set beyond", "10.0.0.0/8"},
		{"10.0.0.1/8", 1, "10.0.0.1/8", "bits set beyond", "10.0.0.0/8"},
		{"net 10.0.0.0/33", 5, "10.0.0.0/33", "CIDR", ""},
		{"net ::ffff:0.0.0.0/90", 5, "::ffff:0.0.0.0/90", "mixes IPv4 and IPv6", ""},
		{"net 300", 5, "300", "not a network", ""},
		{"net 10.0.0.0 mask 255.0.255.0", 19, "255.0.255.0", "not ones followed by zeros", ""},
		{"net 10.0.0.1 mask 255.0.0.0", 19, "255.0.0.0", "bits set beyond the mask", "10.0.0.0/8"},
		{"net 10.0.0.0 mask", 18, "", "not an IPv4 mask", ""},
		{"net 2001:db8:: mask 255.0.0.0", 21, "255.0.0.0", "prefix length", ""},
		{"port 65536", 6, "65536", "out of range", ""},
		{"port htps", 6, "htps", "neither a port number nor a service", "https"},
		{"port 10.0.0.1", 6, "10.0.0.1", "an address, not a port", "host 10.0.0.1"},
		{"portrange 90-80", 11, "90-80", "runs backwards", "80-90"},
		{"port 80-", 6, "80-", "not a port", ""},
		{"src class open", 5, "class", "after src comes host", ""},
		{"dst", 4, "", "after dst comes host", ""},
		{"src or port 80", 8, "port", "after src or comes src or dst", ""},
		{"src and", 8, "", "after src and comes src or dst", ""},
		{"src client.port 80", 5, "client.port", "after src comes host", ""},

		// Numbers, durations, times.
		{"close-wait > 30", 14, "30", "no unit", "30s"},
		{"close-wait > 30x", 14, "30x", "the units are", ""},
		{"close-wait > soon", 14, "soon", "not a duration", ""},
		{"close-wait > 1m30", 14, "1m30", "the units are", ""},
		{"close-wait > 999999999d", 14, "999999999d", "too long", ""},
		{"close-wait", 1, "close-wait", "compared with a duration", "state close-wait"},
		{"close-wait and fin", 1, "close-wait", "compared with a duration", "state close-wait"},
		{"closing", 1, "closing", "compared with a duration", "state closing"},
		{"bytes > 1Q", 9, "1Q", "the suffixes are", ""},
		{"bytes > many", 9, "many", "not a size", ""},
		{"bytes > 99999999T", 9, "99999999T", "too large", ""},
		{"packets > 3b", 11, "3b", "the suffixes are", ""},
		{"since yesterday", 7, "yesterday", "not a time", ""},
		{"since 12:30", 7, "12:30", "not a time", ""},
		{"since 9999-01-01", 7, "9999-01-01", "out of range", ""},
		{"since 99999999999", 7, "99999999999", "out of range", ""},
		{"id five", 4, "five", "not a frame number", ""},
		{"id > 5-7", 6, "5-7", "not with a range", ""},
		{"class > open", 7, ">", "has no order", ""},
		{"host < 10.0.0.1", 6, "<", "has no order", ""},
		{"fin > 3", 5, ">", "stands alone", ""},
		{"tcp:80", 4, ":", "stands alone", ""},
		{"fin in {3}", 5, "in", "stands alone", ""},

		// Structure.
		{"port", 5, "", "port needs a port", ""},
		{"port and class open", 6, "and", "port needs a port", ""},
		{"class:", 7, "", "class needs a class", ""},
		{"bytes >", 8, "", "bytes needs a size", ""},
		{"port not 80", 6, "not", "before the word", "not port …"},
		{"port !80", 6, "!", "before the word", "not port …"},
		{"port {80}", 6, "{", "in is missing", "port in {"},
		{"port in {80", 9, "{", "never closed", ""},
		{"port in {80 or 443}", 13, "or", "within the braces", ","},
		{"port in {}", 10, "}", "port needs a port", ""},
		{"(port 80", 1, "(", "never closed", ""},
		{"port 80)", 8, ")", "closes nothing", ""},
		{"()", 2, ")", "hold nothing", ""},
		{"and port 80", 1, "and", "nothing before it", ""},
		{"port 80 and", 12, "", "ends where a word is missing", ""},
		{"port 80 or or port 81", 12, "or", "nothing before it", ""},
		{"not", 4, "", "ends where a word is missing", ""},
		{"> 30s", 1, ">", "stands where a word is missing", ""},
		{"port 80, class open", 10, "class", "neither a port number nor a service", ""},
		{"fin, rst", 4, ",", "the values of one word only", "or"},
		{"port 80 nad class open", 9, "nad", "and or or is missing", "and"},
		{"host 10.0.0.1 10.0.0.2", 15, "10.0.0.2", "and or or is missing", "or 10.0.0.2"},
		{"port 80 443", 9, "443", "and or or is missing", "or 443"},
		{"class open vanished", 12, "vanished", "and or or is missing", "or vanished"},
		{"port 80 == 3", 9, "==", "after no word", ""},
		{"port 80 & class open", 9, "&", "alone means nothing", "&&"},
		{"port 80 | class open", 9, "|", "alone means nothing", "||"},
		{"since \"2026", 7, "\"2026", "never closed", ""},
		{"not port 80 or 443", 13, "or", "after not", "port a,b"},
		{"not src port 80 and 443", 17, "and", "after not", "client.port a,b"},
		{"port != 80 or 443", 12, "or", "after not", "port a,b"},
		{"mark keepalive or mptcp and fast-open", 25, "and", "needs parentheses", ""},
		{"duration > 3s or 5s", 18, "5s", "needs a word", ""},

		// Columns count runes, whatever they take.
		{"iface \"größe\" and clas open", 19, "clas", "not a word", "class"},
		{"iface 日本 and prot 80", 14, "prot", "not a word", "port"},
		{"\t\n port 80 and foo", 16, "foo", "not a word", ""},
	} {
		_, err := Parse(c.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: no error, or not an *Error: %v", c.text, err)
			continue
		}
		if e.Column != c.column || e.Text != c.offending {
			t.Errorf("%q: points at column %d, %q; want %d, %q (%v)", c.text, e.Column, e.Text, c.column, c.offending, err)
		}
		if !strings.Contains(e.Message, c.message) {
			t.Errorf("%q: says %q, want something with %q", c.text, e.Message, c.message)
		}
		if e.Suggestion != c.suggestion {
			t.Errorf("%q: suggests %q, want %q (%v)", c.text, e.Suggestion, c.suggestion, err)
		}
	}
}

func TestTheErrorIsOneSentence(t *testing.T) {
	_, err := Parse("clas rst-abort")
	if got, want := err.Error(), `column 1: "clas" is not a word of the filter language; did you mean class?`; got != want {
		t.Errorf("the error reads %q, want %q", got, want)
	}
}

func TestLimitsAreErrorsToo(t *testing.T) {
	for _, c := range []struct{ name, text, message string }{
		{"length", strings.Repeat("port 80 or ", 6000) + "fin", "the limit is 65536"},
		{"nesting", strings.Repeat("(", MaxNesting+1) + "fin" + strings.Repeat(")", MaxNesting+1), "more than 200 parentheses"},
		{"endless word", "host " + strings.Repeat("x", 60000), "not an address"},
		{"endless parentheses", strings.Repeat("(", MaxLength), "more than 200 parentheses"},
	} {
		_, err := Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v, want %q", c.name, err, c.message)
			continue
		}
		if len(err.Error()) > 300 {
			t.Errorf("%s: the message is %d octets long", c.name, len(err.Error()))
		}
	}
	for _, text := range []string{
		strings.Repeat("(", MaxNesting) + "fin" + strings.Repeat(")", MaxNesting),
		strings.Repeat("not ", 16000) + "fin",
		strings.Repeat("!", 60000) + "fin",
		strings.Repeat("(fin) and ", 6000) + "fin",
		"port " + strings.Repeat("80,", 20000) + "80",
	} {
		f, err := Parse(text)
		if err != nil {
			t.Errorf("%.20q…: %v", text, err)
			continue
		}
		f.Match(&samples[0].Teardown)
		if _, err := parse(f.String()); err != nil {
			t.Errorf("%.20q…: its canonical form: %v", text, err)
		}
	}
}

// TestNoTextOfTheFullLengthTakesLong would take minutes, not milliseconds, were something quadratic.
func TestNoTextOfTheFullLengthTakesLong(t *testing.T) {
	for _, part := range []string{
		"port:", "x:", "a ", "(", ")", "!", "not ", "fin ", "fin or ", "fin and ", "port 80 or ", "80,", "port 80 and 81 or ",
		"'", "\"\\", "::", "src or dst ", "in {", "port in {1 2} ", "client.", "host 10.0.0.1 mask ", "1d", "_", "日", "\xff", "final ",
	} {
		for _, head := range []string{"", "port ", "host ", "duration > ", "iface "} {
			text := head + strings.Repeat(part, (MaxLength-len(head))/len(part))
			start := time.Now()
			if f, err := Parse(text); err == nil {
				_ = f.String()
				f.Match(&samples[0].Teardown)
				f.Packet()
			} else {
				if e, ok := errors.AsType[*Error](err); ok {
					e.Render(text)
				}
			}
			Complete(text, len(text))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%q and then %q again and again takes %v", head, part, took)
			}
		}
	}
}

func TestTheCaretStandsUnderTheError(t *testing.T) {
	long := strings.Repeat("port 80 or ", 30)
	for _, c := range []struct{ text, want string }{
		{"clas open", "clas open\n^~~~"},
		{"port 80 and clas open", "port 80 and clas open\n            ^~~~"},
		{"port 80 and", "port 80 and\n           ^"},
		{"(port 80", "(port 80\n^"},
		{"port\t80\nand clas", "port 80 and clas\n            ^~~~"},
		{"iface 日本 and clas 3", "iface 日本 and clas 3\n               ^~~~"},
		{"iface e\u0301 and clas 3", "iface e\u0301 and clas 3\n            ^~~~"},
		{
			long + "clas open",
			"<0 or port 80 or port 80 or port 80 or port 80 or clas open\n" + strings.Repeat(" ", 50) + "^~~~",
		},
		{
			"clas open or " + long,
			"clas open or port 80 or port 80 or port 80 or port 80 or port 80 or port 8>\n^~~~",
		},
	} {
		_, err := Parse(c.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := e.Render(c.text); got != c.want {
			t.Errorf("%.30q…:\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
}
