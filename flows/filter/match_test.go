package filter

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// noon is when the hand-made conversations begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixNano()

const second = int64(time.Second)

// A sample is a conversation made by hand; its name tells which in the tables.
type sample struct {
	name string
	flows.Teardown
}

// conversation makes a sample between two endpoints that begins so many seconds after noon and takes so long.
func conversation(name string, id uint64, client, server string, after, took int64, fill func(*flows.Teardown)) sample {
	s := sample{name, flows.Teardown{
		ID: id, Start: noon + after*second, Last: noon + (after+took)*second,
		RolesBy: flows.RolesSYN, CloseStart: flows.NoTime, CloseEnd: flows.NoTime,
	}}
	for side, text := range []string{client, server} {
		s.Ends[side] = flows.End{Addr: netip.MustParseAddrPort(text), RTT: flows.NoTime, LastData: flows.NoTime}
	}
	if fill != nil {
		fill(&s.Teardown)
	}
	return s
}

// lived gives an end a state history: each state with the seconds spent in it.
func lived(t *flows.Teardown, side flows.Side, states ...any) {
	e := &t.Ends[side]
	for i := 0; i < len(states); i += 2 {
		state := states[i].(flows.State)
		e.States = append(e.States, flows.Transition{State: state})
		e.Held[state] += int64(states[i+1].(int)) * second
	}
}

// samples has conversations of every kind; their ids are 1, 2, 3 … in this order.
var samples = []sample{
	conversation("four", 1, "10.0.0.7:40001", "10.0.0.9:443", 0, 2, func(t *flows.Teardown) {
		t.Class, t.Shape, t.Closer, t.Final = flows.FourWay, flows.ShapeFourWay, flows.ByClient, true
		t.CloseStart, t.CloseEnd = t.Last-second, t.Last
		lived(t, flows.Client, flows.SynSent, 0, flows.Established, 1, flows.FinWait1, 0, flows.FinWait2, 1, flows.TimeWait, 60)
		lived(t, flows.Server, flows.SynReceived, 0, flows.Established, 1, flows.CloseWait, 1, flows.LastAck, 0, flows.Closed, 0)
		t.Ends[0].FIN.Frame, t.Ends[1].FIN.Frame = 5, 7
		t.Ends[0].Bytes, t.Ends[1].Bytes, t.Ends[0].Packets, t.Ends[1].Packets = 1000, 2_000_000, 10, 1500
		t.Ends[0].RTT, t.Ends[1].RTT = 8e6, 12e6
		t.Causes = []flows.Cause{{ID: flows.CauseClose, Confidence: flows.Certain, Who: flows.ByClient}}
	}),
	conversation("three", 2, "10.0.0.8:40002", "10.0.0.9:80", 10, 1, func(t *flows.Teardown) {
		t.Class, t.Shape, t.Closer, t.Final = flows.ThreeWay, flows.ShapeThreeWay, flows.ByServer, true
		t.CloseStart, t.CloseEnd = t.Last, t.Last
		lived(t, flows.Client, flows.Established, 1, flows.CloseWait, 0, flows.LastAck, 0, flows.Closed, 0)
		lived(t, flows.Server, flows.Established, 1, flows.FinWait1, 0, flows.TimeWait, 60)
		t.Ends[0].FIN.Acked, t.Ends[1].FIN.Frame = 14, 12
		t.Ends[0].Bytes, t.Ends[1].Bytes, t.Ends[0].Packets, t.Ends[1].Packets = 100, 500, 4, 4
		t.RolesBy = flows.RolesPort
	}),
	conversation("abort", 3, "10.0.0.7:40003", "10.1.0.9:8080", 20, 30, func(t *flows.Teardown) {
		t.Class, t.Closer, t.ResetBy, t.Final = flows.RSTAbort, flows.ByServer, flows.ByServer, true
		t.CloseStart, t.CloseEnd, t.IdleBeforeClose = t.Last, t.Last, 25*second
		lived(t, flows.Server, flows.Established, 30, flows.Closed, 0)
		t.Ends[1].RST = flows.RSTFacts{Frame: 30, Counts: true, Number: 2}
		t.Ends[0].BytesLost = 700
		t.Causes = []flows.Cause{
			{ID: flows.CauseLingerZero, Confidence: flows.Possible, Who: flows.ByServer},
			{ID: flows.CauseUnreadData, Confidence: flows.Likely, Who: flows.ByServer},
		}
		t.Marks = []flows.Mark{{ID: flows.MarkRSTWithData, Who: flows.ByServer}}
		t.VLAN = 5 | decode.VLANPresent
	}),
	conversation("forged", 4, "192.168.1.2:50000", "10.0.0.9:443", 30, 5, func(t *flows.Teardown) {
		t.Class, t.Closer, t.ResetBy, t.Final = flows.RSTAbort, flows.ByClient, flows.ByNetwork, true
		t.CloseStart, t.CloseEnd = t.Last, t.Last
		t.Ends[0].RST = flows.RSTFacts{Frame: 40, Counts: true, Number: 1}
		t.Causes = []flows.Cause{{ID: flows.CauseMiddleboxReset, Confidence: flows.Likely, Who: flows.ByNetwork}}
		t.Marks = []flows.Mark{{ID: flows.MarkForgedRSTSuspected}, {ID: flows.MarkRSTOutOfWindow, Who: flows.ByClient}}
		t.Iface = 1
	}),
	conversation("leak", 5, "10.0.0.7:40005", "10.0.0.5:8080", 40, 7000, func(t *flows.Teardown) {
		t.Class, t.Shape, t.Closer = flows.HalfClosedStall, flows.ShapeHalf, flows.ByClient
		t.CloseStart, t.IdleBeforeClose = t.Start+10*second, 40*second
		lived(t, flows.Client, flows.Established, 10, flows.FinWait1, 0, flows.FinWait2, 6990)
		lived(t, flows.Server, flows.Established, 10, flows.CloseWait, 6990)
		t.Ends[0].FIN = flows.FINFacts{Frame: 50, Resends: 1}
		t.Marks = []flows.Mark{{ID: flows.MarkSlowCloseWait, Who: flows.ByServer}, {ID: flows.MarkKeepalive, Who: flows.ByClient}}
		t.Causes = []flows.Cause{{ID: flows.CauseCloseWaitLeak, Confidence: flows.Likely, Who: flows.ByServer}}
		t.Ends[0].Bytes, t.Ends[0].Packets, t.Ends[1].Packets = 500, 6, 5
	}),
	conversation("simul", 6, "[2001:db8::7]:40006", "[2001:db8::9]:443", 50, 1, func(t *flows.Teardown) {
		t.Class, t.Shape, t.Closer, t.Final = flows.Simultaneous, flows.ShapeSimultaneous, flows.ByBoth, true
		t.CloseStart, t.CloseEnd = t.Last-second/2, t.Last
		for _, side := range []flows.Side{flows.Client, flows.Server} {
			lived(t, side, flows.Established, 1, flows.FinWait1, 0, flows.Closing, 0, flows.TimeWait, 60)
			t.Ends[side].FIN.Frame = 60
		}
	}),
	conversation("resent", 7, "[2001:db8:1::7]:40007", "[2001:db8::9]:22", 60, 4, func(t *flows.Teardown) {
		t.Class, t.Shape, t.Closer = flows.RetransmittedFIN, flows.ShapeThreeWay, flows.ByClient
		t.CloseStart, t.CloseEnd = t.Last-3*second, t.Last
		t.Ends[0].FIN, t.Ends[1].FIN = flows.FINFacts{Frame: 70, Resends: 3}, flows.FINFacts{Frame: 74}
		t.Marks = []flows.Mark{{ID: flows.MarkFINRetransmitted, Who: flows.ByClient}, {ID: flows.MarkMidStream}}
		t.Causes = []flows.Cause{{ID: flows.CauseFINLost, Confidence: flows.Certain, Who: flows.ByClient}}
		t.Ends[0].Retrans = 12
		t.RolesBy = flows.RolesFirstSeen
	}),
	conversation("refused", 8, "10.0.0.7:40008", "10.0.0.9:9", 70, 0, func(t *flows.Teardown) {
		t.Class, t.Closer, t.ResetBy, t.Final = flows.Refused, flows.ByServer, flows.ByServer, true
		t.CloseStart, t.CloseEnd = t.Last, t.Last
		t.Ends[1].RST = flows.RSTFacts{Frame: 80, Counts: true, Number: 1}
		t.Causes = []flows.Cause{{ID: flows.CauseListenRefused, Confidence: flows.Certain, Who: flows.ByServer}}
		t.VLAN = 100 | decode.VLANPresent
	}),
	conversation("open", 9, "10.0.0.8:40009", "10.0.0.9:443", 80, 600, func(t *flows.Teardown) {
		t.Class = flows.Open
		lived(t, flows.Client, flows.Established, 600)
		lived(t, flows.Server, flows.Established, 600)
		t.Ends[0].RTT = 5e6
	}),
	conversation("mapped", 10, "[::ffff:10.0.0.7]:1024", "[::ffff:10.0.0.99]:1023", 90, 1, func(t *flows.Teardown) {
		t.Class = flows.ClosingClass
		t.VLAN = decode.VLANPresent
	}),
}

func matches(t testing.TB, text string) string {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var names []string
	for i := range samples {
		if f.Match(&samples[i].Teardown) {
			names = append(names, samples[i].name)
		}
	}
	return strings.Join(names, " ")
}

const everything = "four three abort forged leak simul resent refused open mapped"

func TestAnExpressionMatchesTheConversationsThatItNames(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", everything},
		{"tcp", everything},
		{"ip", "four three abort forged leak refused open mapped"},
		{"ip6", "simul resent"},

		{"host 10.0.0.7", "four abort leak refused mapped"},
		{"10.0.0.7", "four abort leak refused mapped"},
		{"host 10.0.0.7:40001", "four"},
		{"10.0.0.9:443", "four forged open"},
		{"src host 10.0.0.9", ""},
		{"dst host 10.0.0.9", "four three forged refused open"},
		{"client.host 10.0.0.8", "three open"},
		{"server.host 10.0.0.8", ""},
		{"host 10.0.0.8 and 10.0.0.9", "three open"},
		{"host 10.0.0.8 or 2001:db8::7", "three simul open"},
		{"net 10.1", "abort"},
		{"net 10.1.0.0/16", "abort"},
		{"net 10.1.0.0 mask 255.255.0.0", "abort"},
		{"2001:db8::/48", "simul resent"},
		{"src 2001:db8::/48", "simul"},
		{"src and dst net 2001:db8::/48", "simul"},
		{"src and dst net 10.0.0.0/24", "four three leak refused open mapped"},
		{"not net 10", "simul resent"},
		{"port 443", "four forged simul open"},
		{"port https and host 2001:db8::9", "simul"},
		{"src port 443", ""},
		{"dst port 443 or 22", "four forged simul resent open"},
		{"port 40005", "leak"},
		{"portrange 8000-8090", "abort leak"},
		{"port < 100", "three resent refused"},
		{"server.port >= 1023 and server.port < 8080", "mapped"},
		{"client.port 1024", "mapped"},
		{"port (80 or 9)", "three refused"},
		{"port != 443", "three abort leak resent refused mapped"},
		{"tcp port 80 or 22 and not ip6", "three"},
		{"vlan", "abort refused mapped"},
		{"vlan 5", "abort"},
		{"vlan 0", "mapped"},
		{"vlan 5-100", "abort refused"},
		{"vlan > 5", "refused"},
		{"not vlan", "four three forged leak simul resent open"},
		{"iface 1", "forged"},
		{"iface eth1", ""},

		{"class rst-abort", "abort forged"},
		{"class rst-abort or vanished or refused", "abort forged refused"},
		{"class in {open, closing}", "open mapped"},
		{"class 3way,4way", "four three"},
		{"class != rst-abort", "four three leak simul resent refused open mapped"},
		{"shape three-way", "three resent"},
		{"shape none", "abort forged refused open mapped"},
		{"closer client", "four forged leak resent"},
		{"closer server", "three abort refused"},
		{"closer both", "simul"},
		{"closer none", "open mapped"},
		{"closer nobody", "open mapped"},
		{"reset-by server or network", "abort forged refused"},
		{"reset-by none", "four three leak simul resent open mapped"},
		{"reset-by nobody", "four three leak simul resent open mapped"},
		{"mark keepalive", "leak"},
		{"mark keepalive and slow-close-wait", "leak"},
		{"mark keepalive and mid-stream", ""},
		{"mark keepalive or mid-stream", "leak resent"},
		{"server.mark keepalive", ""},
		{"client.mark keepalive,mid-stream", "leak"},
		{"mark none", "four three simul refused open mapped"},
		{"server.mark none", "four three forged simul resent refused open mapped"},
		{"cause linger-zero", "abort"},
		{"cause likely:linger-zero", ""},
		{"cause likely:closed-with-unread-data", "abort"},
		{"first-cause closed-with-unread-data", ""},
		{"first-cause linger-zero", "abort"},
		{"server.cause close-wait-leak", "leak"},
		{"client.cause close-wait-leak", ""},
		{"cause none", "three simul open mapped"},
		{"state time-wait", "four three simul"},
		{"client.state time-wait", "four simul"},
		{"server.state TIME_WAIT", "three simul"},
		{"state fin-wait-2 and close-wait", "four leak"},
		{"last-state close-wait", "leak"},
		{"client.last-state time-wait", "four simul"},
		{"fin", "four three leak simul resent"},
		{"server.fin", "four three simul resent"},
		{"client.fin and not server.fin", "leak"},
		{"rst", "abort forged refused"},
		{"client.rst", "forged"},
		{"final", "four three abort forged simul refused"},
		{"final no", "leak resent open mapped"},
		{"not final", "leak resent open mapped"},
		{"roles-by port or first-seen", "three resent"},
		{"id 3", "abort"},
		{"id 1,3-5,9", "four abort forged leak open"},
		{"id >= 9", "open mapped"},

		{"duration > 1m", "leak open"},
		{"duration 2s", "four"},
		{"duration <= 1s", "three simul refused mapped"},
		{"close-duration >= 1s", "four resent"},
		{"close-duration = 500ms", "simul"},
		{"close-duration 0", "three abort forged refused"},
		{"not close-duration >= 0", "leak open mapped"},
		{"idle > 30s", "leak"},
		{"idle > 20s", "abort leak"},
		{"idle 0", "four three forged simul resent refused"},
		{"rtt = 20ms", "four"},
		{"rtt > 0", "four"},
		{"client.rtt < 10ms", "four open"},
		{"server.rtt > 10ms", "four"},
		{"bytes > 1M", "four"},
		{"bytes > 2M", "four"},
		{"bytes >= 2001k", "four"},
		{"bytes > 2001k", ""},
		{"client.bytes 500", "leak"},
		{"server.bytes > 1.9MiB", "four"},
		{"bytes-lost > 0", "abort"},
		{"server.bytes-lost > 0", ""},
		{"packets = 8", "three"},
		{"packets > 1k", "four"},
		{"retrans > 10", "resent"},
		{"fin-resends >= 1", "leak resent"},
		{"server.fin-resends >= 1", ""},
		{"rsts > 1", "abort"},

		{"since 2026-11-20T12:01:10", "leak refused open mapped"},
		{"until 2026-11-20T12:00:10", "four three"},
		{"since 2026-11-20T12:00:11 until 2026-11-20T12:00:25+00:00", "three abort"},
		{`start > "2026-11-20 12:01:00"`, "refused open mapped"},
		{"end < 2026-11-20T12:00:10Z", "four"},
		{"close-start > 2026-11-20T12:01:05", "refused"},
		{"start = 1795176000", "four"},

		{"close-wait > 30s", "leak"},
		{"close-wait > 500ms", "four leak"},
		{"close-wait 0", "three"},
		{"close-wait < 1m", "four three"},
		{"server.close-wait >= 1s", "four leak"},
		{"client.close-wait >= 1s", ""},
		{"client.fin-wait-2 > 500ms", "four leak"},
		{"server.time-wait >= 1m", "three simul"},
		{"closing >= 0s", "simul"},
		{"established > 5m", "open"},
		{"not established >= 0", "forged resent refused mapped"},

		{"class closing or class open and port 22", "mapped"},
		{"(class open or class closing) and port 443", "open"},
		{"not (class open or class closing) and port 443", "four forged simul"},
		{"not class open and port 443", "four forged simul"},
		{"port 443 and (rst or host 2001:db8::7)", "forged simul"},
		{"class rst-abort cause linger-zero", "abort"},
		{"class:half-closed-stall server.close-wait>1h dst port 8080", "leak"},
	} {
		if got := matches(t, c.text); got != c.want {
			t.Errorf("%q\n matches %q\n want    %q", c.text, got, c.want)
		}
		// The canonical form says the same.
		if got := matches(t, MustParse(c.text).String()); got != c.want {
			t.Errorf("%q: its canonical form %q matches %q, want %q", c.text, MustParse(c.text), got, c.want)
		}
	}
}

func TestInterfacesAreKnownByNameOnceNamed(t *testing.T) {
	f := MustParse("iface ETH1 or 7").NameInterfaces(func(i uint16) string { return []string{"eth0", "eth1"}[i] })
	for i := range samples {
		if got, want := f.Match(&samples[i].Teardown), samples[i].name == "forged"; got != want {
			t.Errorf("%s: matches %t, want %t", samples[i].name, got, want)
		}
	}
}

func TestNoFilterMatchesEverything(t *testing.T) {
	var f *Filter
	if !f.Match(&samples[0].Teardown) || !f.MatchSegment(&decode.Segment{}) || f.String() != "" || !f.All() || !f.Packet().All() {
		t.Error("the nil filter does not match everything")
	}
	if f := MustParse(" \n"); !f.Match(&samples[0].Teardown) || !f.All() || !f.NameInterfaces(nil).All() {
		t.Error("the empty filter does not match everything")
	}
}
