package netlab

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"tcpclose/flows"
)

// leak is the story of the README: a service that forgets close() wherever it answers with an error.
var leak = scenario{
	name: "a service leaks the connections that it answered with an error",
	opt: Options{
		Delay: 2 * time.Millisecond,
		Hosts: [2]netip.Addr{netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("10.0.1.20")},
	},
	run: func(p *play) {
		// The leaked connections' clients are gone after tcp_fin_timeout; the last healthy ones come later than the stall
		// time, so that the capture has watched long enough.
		for i := range 12 {
			p.request(i, i == 1 || i == 4 || i == 6 || i == 9)
			p.wait(time.Duration(900+i%3*450) * time.Millisecond)
		}
		p.wait(34 * time.Second)
		p.request(12, false)
		p.wait(4 * time.Second)
		p.request(13, false)
		p.wait(time.Second)
	},
	ends:  leakEnds(),
	stall: flows.DefaultStall,
}

// request is one request on a connection of its own. The client closes; the service does too, unless it failed.
func (p *play) request(i int, failed bool) {
	p.t.Helper()
	c, s := p.connect()
	ask := fmt.Sprintf("GET /orders/%d HTTP/1.1\r\nHost: orders.example\r\nConnection: close\r\n\r\n", 4100+7*i)
	status, body := "200 OK", fmt.Sprintf(`{"order":%d,"status":"shipped"}`, 4100+7*i)
	if failed {
		status, body = "500 Internal Server Error", `{"error":"no route to warehouse"}`
	}
	answer := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
	p.tell(c, s, ask)
	p.wait(time.Duration(12+5*(i%4)) * time.Millisecond)
	p.tell(s, c, answer)
	p.close(c)
	p.eof(s)
	if !failed {
		p.wait(time.Duration(i%3*60) * time.Millisecond)
		p.close(s)
	}
}

// tell sends text and waits until the other side has read it.
func (p *play) tell(from, to *net.TCPConn, text string) {
	p.t.Helper()
	_, err := from.Write([]byte(text))
	p.must(err)
	p.read(to, len(text))
}

func leakEnds() []end {
	ends := make([]end, 14)
	for i := range ends {
		ends[i] = end{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}
		if i%3 == 0 { // the service closes before its delayed ACK is due
			ends[i].class, ends[i].shape = flows.ThreeWay, flows.ShapeThreeWay
		}
		if i == 1 || i == 4 || i == 6 || i == 9 {
			ends[i] = end{class: flows.HalfClosedStall, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseCloseWaitLeak}
		}
	}
	return ends
}
