package filter

import (
	"testing"

	"tcpclose/flows"
)

func TestCanonicalFormsParseBackToThemselves(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"  ", ""},
		{"10.0.0.1", "host 10.0.0.1"},
		{"10.0.0.0/8", "host 10.0.0.0/8"},
		{"10.0.0.1:443", "host 10.0.0.1:443"},
		{"[2001:db8::1]:443", "host [2001:db8::1]:443"},
		{"host 2001:DB8::1", "host 2001:db8::1"},
		{"host:2001:db8::1", "host 2001:db8::1"},
		{"host ::ffff:10.0.0.1", "host 10.0.0.1"},
		{"net 10", "net 10.0.0.0/8"},
		{"net 192.168", "net 192.168.0.0/16"},
		{"net 10.0.0.0 mask 255.0.0.0", "net 10.0.0.0/8"},
		{"src net 10.0.0.0 mask 255.0.0.0 or 11", "client.net in {10.0.0.0/8, 11.0.0.0/8}"},
		{"port 80", "port 80"},
		{"port:80", "port 80"},
		{"port == 80", "port 80"},
		{"port=80", "port 80"},
		{"port https", "port 443"},
		{"PORT HTTPS", "port 443"},
		{"port 80 or 443", "port in {80, 443}"},
		{"port 80,443", "port in {80, 443}"},
		{"port (80 or 443)", "port in {80, 443}"},
		{"port:(80 or 443)", "port in {80, 443}"},
		{"class = (open or closing)", "class in {open, closing}"},
		{"not port (80 or 443)", "not port in {80, 443}"},
		{"roles-by syn or port (80 or 443)", "roles-by syn or port in {80, 443}"},
		{"roles-by syn or port", "roles-by in {syn, port}"},
		{"class open or closing 3s", "class open or closing == 3s"},
		{"host 10.0.0.1 or port 80 or 10.0.0.2", "host 10.0.0.1 or port 80 or host 10.0.0.2"},
		{"src 10.0.0.1 and (port 80 or not 443)", "client.host 10.0.0.1 and (port 80 or not port 443)"},
		{"port :80", "port 80"},
		{"port in {80 443}", "port in {80, 443}"},
		{"port in {80, 443,}", ""},
		{"portrange 6000-6010", "portrange 6000-6010"},
		{"port > 1024", "port > 1024"},
		{"server.port <= 1023", "server.port <= 1023"},
		{"src port 80", "client.port 80"},
		{"src or dst port 80", "port 80"},
		{"src and dst net 10", "src and dst net 10.0.0.0/8"},
		{"src 10.0.0.1", "client.host 10.0.0.1"},
		{"dst host 10.0.0.1 or 10.0.0.2", "server.host in {10.0.0.1, 10.0.0.2}"},
		{"dst (10.0.0.1 or 10.0.0.2)", "server.host in {10.0.0.1, 10.0.0.2}"},
		{"tcp port 80", "tcp and port 80"},
		{"tcp dst port 80 or 443 and host 10.0.0.1", "tcp and server.port in {80, 443} and host 10.0.0.1"},
		{"ip6 && !port 22 || vlan", "ip6 and not port 22 or vlan"},
		{"(port 80 or class open) and vlan 5", "(port 80 or class open) and vlan 5"},
		{"not (port 80 and class open)", "not (port 80 and class open)"},
		{"not not port 80", "port 80"},
		{"port 80 and (port 81 and (port 82))", "port 80 and port 81 and port 82"},
		{"class rst-abort or vanished", "class in {rst-abort, vanished}"},
		{"class:RST_ABORT,vanished", "class in {rst-abort, vanished}"},
		{"class in {rst-abort, vanished}", "class in {rst-abort, vanished}"},
		{"class != open", "not class open"},
		{"class != open,closing", "not class in {open, closing}"},
		{"class open or closing > 3s", "class open or closing > 3s"},
		{"class open or closing", "class in {open, closing}"},
		{"mark keepalive and fast-open", "mark keepalive and mark fast-open"},
		{"mark none", "mark none"},
		{"cause likely:linger-zero", "cause likely:linger-zero"},
		{"cause:certain:linger_zero", "cause certain:linger-zero"},
		{"cause possible:close", "cause close"},
		{"closer client or server port 80", "closer in {client, server} and port 80"},
		{"closer client or both", "closer in {client, both}"},
		{"reset-by network", "reset-by network"},
		{"server.state FIN_WAIT2", "server.state fin-wait-2"},
		{"close-wait > 30s", "close-wait > 30s"},
		{"server.TIME_WAIT >= 1m", "server.time-wait >= 1m"},
		{"client.fin-wait-2 > .5s", ""},
		{"client.fin-wait-2>500ms", "client.fin-wait-2 > 500ms"},
		{"duration >= 1d12h", "duration >= 36h"},
		{"duration 1m30s", "duration == 1m30s"},
		{"bytes > 1.5M", "bytes > 1500k"},
		{"bytes >= 2KiB", "bytes >= 2048"},
		{"client.bytes == 0", "client.bytes == 0"},
		{"id 5,12,100-199", "id in {5, 12, 100-199}"},
		{"since 2026-11-20 until 2026-11-21T00:00:00.5+01:00", "since 2026-11-20T00:00:00Z and until 2026-11-20T23:00:00.5Z"},
		{`until "2026-11-20 10:00"`, "until 2026-11-20T10:00:00Z"},
		{"start > 1795166692.5", "start > 2026-11-20T09:24:52.5Z"},
		{`iface eth0 or "Ethernet 2" or 3`, `iface in {eth0, "Ethernet 2", 3}`},
		{"final", "final"},
		{"final:no", "final no"},
		{"fin and not server.fin", "fin and not server.fin"},
	} {
		f, err := Parse(c.text)
		if err != nil {
			if c.want != "" {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if got := f.String(); got != c.want {
			t.Errorf("%q: canonical form %q, want %q", c.text, got, c.want)
			continue
		}
		again, err := Parse(f.String())
		if err != nil || again.String() != f.String() {
			t.Errorf("%q: canonical form %q parses back to %q (%v)", c.text, f, again, err)
		}
	}
}

func TestTheSidesAreThoseThatReportsPrint(t *testing.T) {
	for w := flows.ByClient; w <= flows.ByNetwork; w++ {
		if whoNames[w] != w.String() {
			t.Errorf("the filter calls %s %s", w, whoNames[w])
		}
	}
}
