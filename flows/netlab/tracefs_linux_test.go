package netlab

import (
	"net/netip"
	"testing"
	"time"
)

func TestATraceLineBecomesAnEvent(t *testing.T) {
	for _, c := range []struct {
		line string
		want Event
	}{
		{
			"          <idle>-0       [001] ..s3.  6012.345678: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=8080 dport=40002 saddr=10.0.1.7 daddr=10.0.0.7 saddrv6=::ffff:10.0.1.7 daddrv6=::ffff:10.0.0.7 oldstate=TCP_FIN_WAIT1 newstate=TCP_CLOSING",
			Event{Point: "inet_sock_set_state", Local: netip.MustParseAddrPort("10.0.1.7:8080"), Remote: netip.MustParseAddrPort("10.0.0.7:40002"), Old: "FIN_WAIT1", New: "CLOSING"},
		},
		{
			"   netlab.test-99 (two)  [000] b..1.  6012.345678: tcp_send_reset: skbaddr=00000000c1 skaddr=0000000022 src=[fd00::7]:40002 dest=[fd00:0:0:1::7]:8080 state=TCP_CLOSE reason=TCP_ABORT_ON_DATA",
			Event{Point: "tcp_send_reset", Local: netip.MustParseAddrPort("[fd00::7]:40002"), Remote: netip.MustParseAddrPort("[fd00:0:0:1::7]:8080"), Socket: "0000000022", State: "CLOSE", Reason: "TCP_ABORT_ON_DATA"},
		},
		{
			"     netlab.test-99      [000] b..1.  6012.345678: net_dev_start_xmit: dev=nl63a12 queue_mapping=0 skbaddr=00000000c1 len=52",
			Event{Point: "net_dev_start_xmit", Device: "nl63a12"},
		},
	} {
		c.want.Time = epoch + int64(6012345678*time.Microsecond)
		got, ok := parseEvent(c.line)
		if !ok || got != c.want {
			t.Errorf("%s\n got %+v\nwant %+v", c.line, got, c.want)
		}
	}
	for _, line := range []string{
		"", "CPU:0 [LOST 12 EVENTS]", "x: y", "a-1 [0] ... nonsense: inet_sock_set_state: family=AF_INET",
		"a-1 [000] ..... 1.000001: inet_sock_set_state: family=AF_INET protocol=IPPROTO_MPTCP sport=1 dport=2 saddr=10.0.0.1 daddr=10.0.0.2",
	} {
		if e, ok := parseEvent(line); ok {
			t.Errorf("%q became %+v", line, e)
		}
	}
}
