package names

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

func learn(t testing.TB, c *tape) *Table {
	t.Helper()
	table, err := Learn(t.Context(), c, decode.Config{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// called returns what a conversation's ends are called. It lasts from frame first to frame last.
func called(table *Table, client, server string, first, last uint64) string {
	t := flows.Teardown{FirstFrame: first, LastFrame: last, Start: tapeBegin + int64(first)*1_000_000}
	t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr = netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)
	table.Annotate(&t)
	c, s := &t.Ends[flows.Client], &t.Ends[flows.Server]
	return fmt.Sprintf("%s/%s %s/%s", c.Name, c.NameBy, s.Name, s.NameBy)
}

const (
	laptop   = "10.0.0.7:40001"
	resolver = "10.0.0.1:53"
)

func TestAnAddressHasTheNameThatWasAskedForWhateverAliasesLeadToIt(t *testing.T) {
	c := new(tape)
	c.udp(resolver, "10.0.0.7:5000", reply(t, "www.Example.com.",
		answer{owner: "www.example.com.", alias: "edge.cdn.net."}, answer{owner: "edge.cdn.net.", addr: "192.0.2.5"},
		answer{owner: "stranger.net.", addr: "192.0.2.6"}))
	table := learn(t, c)
	if got, want := called(table, laptop, "192.0.2.5:80", 2, 9), "/ www.example.com/dns"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := called(table, laptop, "192.0.2.6:80", 2, 9), "/ stranger.net/dns"; got != want {
		t.Errorf("a record that the question does not lead to: %q, want %q", got, want)
	}
}

func TestOfSeveralNamesTheOneCountsThatTheClientWasToldLastBefore(t *testing.T) {
	c := new(tape)
	tell := func(name, to string) {
		c.udp(resolver, to, reply(t, name, answer{owner: name, addr: "192.0.2.5"}))
	}
	tell("old.example.", "10.0.0.7:5000")     // frame 1
	tell("mine.example.", "10.0.0.7:5000")    // frame 2
	tell("others.example.", "10.0.0.99:5000") // frame 3
	tell("later.example.", "10.0.0.7:5000")   // frame 4
	table := learn(t, c)
	if got, want := called(table, laptop, "192.0.2.5:80", 3, 9), "/ mine.example/dns"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := called(table, "10.0.0.50:4000", "192.0.2.5:80", 3, 9), "/ others.example/dns"; got != want {
		t.Errorf("whoever was told nothing: %q, want %q", got, want)
	}
}

// Several names share an address, and a client asks for each of them again and again.
func TestANameThatIsToldAgainCountsFromThenOnAgain(t *testing.T) {
	c := new(tape)
	for range 3 { // frames 1 to 6
		for _, name := range []string{"one.example.", "two.example."} {
			c.udp(resolver, "10.0.0.7:5000", reply(t, name, answer{owner: name, addr: "192.0.2.5"}))
		}
	}
	table := learn(t, c)
	for first := uint64(1); first <= 6; first++ {
		want := "/ two.example/dns"
		if first%2 == 1 {
			want = "/ one.example/dns"
		}
		for _, client := range []string{laptop, "10.0.0.50:4000"} {
			if got := called(table, client, "192.0.2.5:80", first, 9); got != want {
				t.Errorf("%s from frame %d: %q, want %q", client, first, got, want)
			}
		}
	}
}

func TestWhatAClientAsksForIsTheNameOfItsServer(t *testing.T) {
	c := new(tape)
	c.udp(resolver, "10.0.0.7:5000", reply(t, "cdn.example.", answer{owner: "cdn.example.", addr: "192.0.2.5"}))
	hello := clientHello(t, "shop.example.com")
	c.talk("10.0.0.7:1001", "192.0.2.5:443", hello)                                                          // frames 2 to 9
	c.talk("10.0.0.7:1002", "192.0.2.5:443", hello[:100], hello[100:180], hello[180:])                       // 10 to 19
	c.talk("10.0.0.7:1003", "192.0.2.5:80", []byte("GET / HTTP/1.1\r\nHost: News.example.com:8080\r\n\r\n")) // 20 to 27
	c.talk("10.0.0.7:1001", "192.0.2.5:443", []byte("no TLS at all"))                                        // the same ports again
	table := learn(t, c)
	for _, row := range []struct {
		client, server string
		first, last    uint64
		want           string
	}{
		{"10.0.0.7:1001", "192.0.2.5:443", 2, 9, "/ shop.example.com/tls-sni"},
		{"10.0.0.7:1002", "192.0.2.5:443", 10, 19, "/ shop.example.com/tls-sni"},
		{"10.0.0.7:1003", "192.0.2.5:80", 20, 27, "/ news.example.com/http-host"},
		{"10.0.0.7:1001", "192.0.2.5:443", 28, 35, "/ cdn.example/dns"},
	} {
		if got := called(table, row.client, row.server, row.first, row.last); got != row.want {
			t.Errorf("%s > %s from frame %d: %q, want %q", row.client, row.server, row.first, got, row.want)
		}
	}
	if names, by := table.Called(netip.MustParseAddrPort("192.0.2.5:443")); fmt.Sprint(names, by) != "[shop.example.com] tls-sni" {
		t.Error(names, by)
	}
}

// A SYN that carries data takes one number of its own before them (RFC 7413).
func TestAGreetingThatBeginsInASYNIsPutTogether(t *testing.T) {
	hello := clientHello(t, "shop.example.com")
	c := new(tape)
	c.tcp("10.0.0.7:1001", "192.0.2.5:443", 0x02, hello[:100])
	c.tcp("192.0.2.5:443", "10.0.0.7:1001", 0x12, nil)
	c.tcp("10.0.0.7:1001", "192.0.2.5:443", 0x18, hello[100:])
	if got := called(learn(t, c), "10.0.0.7:1001", "192.0.2.5:443", 1, 3); got != "/ shop.example.com/tls-sni" {
		t.Errorf("%q", got)
	}
}

func TestAProxyIsNotCalledWhatItIsAskedFor(t *testing.T) {
	hello := clientHello(t, "bank.example")
	for _, first := range []string{
		"CONNECT bank.example:443 HTTP/1.1\r\nHost: bank.example:443\r\n\r\n",
		"GET http://bank.example/ HTTP/1.1\r\nHost: bank.example\r\n\r\n",
	} {
		c := new(tape)
		c.talk("10.0.0.7:1001", "10.0.0.8:3128", []byte(first), hello)
		if got := called(learn(t, c), "10.0.0.7:1001", "10.0.0.8:3128", 1, 9); got != "/ /" {
			t.Errorf("after %.20q the proxy is called %q", first, got)
		}
	}
}

func TestTheFilesOwnNamesComeBeforeThoseOfTheDNS(t *testing.T) {
	c := new(tape)
	c.udp(resolver, "10.0.0.7:5000", reply(t, "dns.example.", answer{owner: "dns.example.", addr: "192.0.2.5"}))
	c.names = []decode.Name{{Addr: netip.MustParseAddr("192.0.2.5"), Name: "printer"}, {Addr: netip.MustParseAddr("10.0.0.7"), Name: "laptop"}}
	if got, want := called(learn(t, c), laptop, "192.0.2.5:80", 2, 9), "laptop/file printer/file"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnswersOverTCPCountAsFarAsOneSegmentGoes(t *testing.T) {
	m := reply(t, "tcp.example.", answer{owner: "tcp.example.", addr: "192.0.2.5"}, answer{owner: "tcp.example.", addr: "2001:db8::5"})
	framed := append([]byte{byte(len(m) >> 8), byte(len(m))}, m...)
	c := new(tape)
	c.tcp(resolver, "10.0.0.7:5000", 0x18, framed)
	c.tcp("10.0.0.2:53", "10.0.0.7:5000", 0x18, framed[:len(framed)-1])
	table := learn(t, c)
	for _, server := range []string{"192.0.2.5:80", "[2001:db8::5]:80"} {
		if got, want := called(table, laptop, server, 2, 9), "/ tcp.example/dns"; got != want {
			t.Errorf("%s: %q, want %q", server, got, want)
		}
	}
}

func TestWhatIsNoNameStaysWithout(t *testing.T) {
	c := new(tape)
	query := reply(t, "q.example.", answer{owner: "q.example.", addr: "192.0.2.5"})
	query[2] &^= 0x80 // a question
	c.udp(resolver, "10.0.0.7:5000", query)
	failed := reply(t, "f.example.", answer{owner: "f.example.", addr: "192.0.2.5"})
	failed[3] |= 3 // no such name
	c.udp(resolver, "10.0.0.7:5000", failed)
	c.udp("10.0.0.1:54", "10.0.0.7:5000", reply(t, "p.example.", answer{owner: "p.example.", addr: "192.0.2.5"}))
	c.talk("10.0.0.7:1001", "192.0.2.5:443", clientHello(t, ""))
	c.talk("10.0.0.7:1002", "192.0.2.5:80", []byte("GET / HTTP/1.1\r\nHost: 192.0.2.5:80\r\n\r\n"))
	c.talk("10.0.0.7:1003", "192.0.2.5:80", []byte("GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"))
	if got := called(learn(t, c), "10.0.0.7:1002", "192.0.2.5:80", 4, 30); got != "/ /" {
		t.Errorf("%q", got)
	}
}

func TestHostileNamesAreEscapedAndBounded(t *testing.T) {
	for text, want := range map[string]string{
		"Example.COM.":                "example.com",
		"a\x1b[31mb":                  `a\027\09131mb`,
		"\u202egnp.exe":               `\226\128\174gnp.exe`,
		"=cmd|' /C calc'!A0":          `\061cmd\124\039\032\047c\032calc\039\033a0`,
		"-rf":                         `\045rf`,
		"<script>":                    `\060script\062`,
		"10.0.0.5":                    "",
		"[2001:db8::1]":               "",
		".":                           "",
		strings.Repeat("a", 254):      "",
		strings.Repeat("\x00", 100):   "",
		"under_score-and.digits9.net": "under_score-and.digits9.net",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsLearnedIsBoundedAndWhatIsLeftOutIsCounted(t *testing.T) {
	table := newTable()
	addr := netip.MustParseAddr("192.0.2.5")
	for i := range 2 * maxPerAddress {
		table.tell(addr, fmt.Sprintf("n%d.example", i), flows.NamedByDNS, int64(i), netip.Addr{})
	}
	if n := len(table.addresses[addr]); n != maxPerAddress || table.Dropped() != maxPerAddress {
		t.Errorf("%d names of one address, %d left out", n, table.Dropped())
	}
	var b [4]byte
	for i := range maxAddresses + 10 {
		b = [4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}
		table.tell(netip.AddrFrom4(b), "x.example", flows.NamedByDNS, 0, netip.Addr{})
	}
	if len(table.addresses) > maxAddresses {
		t.Errorf("%d addresses", len(table.addresses))
	}
	l := &learner{table: table, partial: map[tuple]*hello{}}
	for i := range 4 * maxHellos {
		l.begin(tuple{scope: uint64(i)}, &hello{size: 1000})
	}
	if len(l.partial) != maxHellos || len(l.order) != maxHellos {
		t.Errorf("%d messages are waited for, %d in order", len(l.partial), len(l.order))
	}
}

func TestRequestsAtAndBeyondTheirNumber(t *testing.T) {
	table := newTable()
	for i := range maxPerTuple + 3 {
		table.ask(tuple{scope: 1}, request{name: fmt.Sprintf("n%d.example", i), first: uint64(i), last: uint64(i)})
	}
	if n := len(table.asked[tuple{scope: 1}]); n != maxPerTuple || table.Dropped() != 3 {
		t.Errorf("%d requests of one pair of ports, %d left out", n, table.Dropped())
	}
	for i := table.requests; i < maxConversations+5; i++ {
		table.ask(tuple{scope: uint64(2 + i)}, request{name: "x.example"})
	}
	if table.requests != maxConversations || table.Dropped() != 3+5 {
		t.Errorf("%d requests, %d left out", table.requests, table.Dropped())
	}
}

func TestRepeatsAtAndBeyondTheirNumber(t *testing.T) {
	table, addr := newTable(), netip.MustParseAddr("192.0.2.5")
	for i := range maxRepeats + 5 {
		table.tell(addr, [...]string{"one.example", "two.example"}[i%2], flows.NamedByDNS, int64(i), netip.Addr{})
	}
	if table.repeats != maxRepeats || table.Dropped() == 0 {
		t.Errorf("%d repeats, %d left out", table.repeats, table.Dropped())
	}
	if name, _ := table.nameOf(addr, netip.Addr{}, maxRepeats); name != "one.example" {
		t.Errorf("the last that was kept is %s", name)
	}
}

func FuzzLearn(f *testing.F) {
	f.Add(reply(f, "a.example.", answer{owner: "a.example.", alias: "b.example."}, answer{owner: "b.example.", addr: "192.0.2.5"}), true)
	f.Add(clientHello(f, "a.example"), false)
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), false)
	f.Add([]byte("CONNECT a:1 HTTP/1.1\r\n\r\n"), false)
	f.Fuzz(func(t *testing.T, payload []byte, datagram bool) {
		if len(payload) > 60_000 {
			return
		}
		c := new(tape)
		if datagram {
			c.udp(resolver, "10.0.0.7:5000", payload)
		} else {
			c.tcp("10.0.0.7:1001", "192.0.2.5:443", 0x18, payload)
			c.tcp("192.0.2.5:53", "10.0.0.7:1001", 0x18, payload)
		}
		table := learn(t, c)
		fine := func(name string) {
			if len(name) > maxName || strings.Trim(name, `abcdefghijklmnopqrstuvwxyz0123456789-_.\`) != "" {
				t.Errorf("the name %q", name)
			}
		}
		for _, list := range table.addresses {
			for _, s := range list {
				fine(s.name)
			}
		}
		for _, list := range table.asked {
			for _, r := range list {
				fine(r.name)
			}
		}
	})
}

// TestTheNamesCapture writes the capture that the command's own tests read.
func TestTheNamesCapture(t *testing.T) {
	c := new(tape)
	c.udp(resolver, "10.0.0.7:5000", reply(t, "api.example.com.",
		answer{owner: "api.example.com.", alias: "lb.example.net."}, answer{owner: "lb.example.net.", addr: "192.0.2.5"}))
	c.udp(resolver, "10.0.0.7:5001", reply(t, "files.example.com.", answer{owner: "files.example.com.", addr: "192.0.2.9"}))
	c.talk("10.0.0.7:1001", "192.0.2.5:443", clientHello(t, "shop.example.com"))
	c.talk("10.0.0.7:1002", "192.0.2.5:8080", []byte("nothing that tells a name"))
	c.talk("10.0.0.7:1003", "192.0.2.9:80", []byte("GET / HTTP/1.1\r\nHost: \"><b>evil\u202e\r\n\r\n"), []byte("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"))
	c.talk("10.0.0.7:1004", "192.0.2.77:80", []byte("CONNECT bank.example:443 HTTP/1.1\r\nHost: bank.example:443\r\n\r\n"))
	c.save(t, "names-in-the-capture.pcap")
}

func TestAListenerHearsWhatATableLearnsAndForgetsWhatHasEnded(t *testing.T) {
	c := new(tape)
	c.udp(resolver, "10.0.0.7:5000", reply(t, "www.example.", answer{owner: "www.example.", addr: "192.0.2.5"}))
	c.talk(laptop, "192.0.2.5:80", []byte("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"))
	n := NewListener(decode.Config{})
	var p decode.Packet
	for c.Next(&p) == nil {
		n.Hear(&p)
	}
	ends := func(client, server string, final bool) string {
		v := flows.Teardown{FirstFrame: 2, LastFrame: 90, Start: p.Time, Final: final}
		v.Ends[flows.Client].Addr, v.Ends[flows.Server].Addr = netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)
		n.Annotate(&v)
		s := &v.Ends[flows.Server]
		return s.Name + "/" + s.NameBy.String()
	}
	later := func(by int64) {
		p.Time += by
		n.Hear(&p)
	}
	expect := func(when, server, want string, final bool) {
		t.Helper()
		if got := ends(laptop, server, final); got != want {
			t.Errorf("%s: %s is %s, want %s", when, server, got, want)
		}
	}
	p = c.packets[len(c.packets)-1]
	expect("at once", "192.0.2.5:80", "shop.example/http-host", false)
	expect("at once", "192.0.2.5:443", "www.example/dns", false)
	later(forgetAfter)
	expect("with another table", "192.0.2.5:80", "shop.example/http-host", true)
	expect("after its end", "192.0.2.5:80", "www.example/dns", false)
	if k := len(n.l.table.asked) + len(n.before.asked) + n.l.table.requests + n.before.requests; k != 0 {
		t.Errorf("%d requests are kept of a conversation that has ended", k)
	}
	later(forgetAfter)
	expect("when it is old", "192.0.2.5:443", "/", false)
}

func TestAListenerIsBoundedHoweverManyNamesItHears(t *testing.T) {
	n := NewListener(decode.Config{})
	for i := range 3 * maxAddresses {
		c := new(tape)
		if i%64 == 0 {
			name := fmt.Sprintf("n%d.example.", i)
			c.udp(resolver, "10.0.0.7:5000", reply(t, name, answer{owner: name, addr: netip.AddrFrom4([4]byte{192, byte(i >> 16), byte(i >> 8), byte(i)}).String()}))
			n.Hear(&c.packets[0])
			continue
		}
		n.l.table.tell(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), "x.example", flows.NamedByDNS, tapeBegin, netip.Addr{})
	}
	if a, b := len(n.l.table.addresses), len(n.before.addresses); a > maxAddresses || b > maxAddresses || a+b < maxAddresses {
		t.Errorf("%d addresses, and %d before", a, b)
	}
	var v flows.Teardown
	last := 3*maxAddresses - 64
	v.Ends[flows.Client].Addr = netip.MustParseAddrPort(laptop)
	v.Ends[flows.Server].Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, byte(last >> 16), byte(last >> 8), 0}), 80)
	if n.Annotate(&v); !strings.HasPrefix(v.Ends[flows.Server].Name, "n") {
		t.Errorf("the latest name is not known: %q of %s", v.Ends[flows.Server].Name, v.Ends[flows.Server].Addr)
	}
}
