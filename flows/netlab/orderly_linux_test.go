package netlab

import (
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
	"tcpclose/flows"
)

// orderly are the closes in which nothing is lost and nobody hurries.
var orderly = []scenario{
	{
		name: "the client closes first and the server follows later",
		run: func(p *play) {
			c, s := p.ask()
			p.close(c)
			p.eof(s)
			p.settle()
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "the server closes first and the client answers at once",
		run: func(p *play) {
			c, s := p.connect()
			for range 4 {
				p.say(c, s, 100)
				p.say(s, c, 100) // small, so that its ACK waits for the FIN
			}
			p.close(s)
			p.eof(c)
			p.close(c)
			p.over(c)
		},
		ends: []end{{class: flows.ThreeWay, shape: flows.ShapeThreeWay, closer: flows.ByServer, cause: flows.CauseClose}},
	},
	{
		name: "both close at once",
		run: func(p *play) {
			c, s := p.ask()
			p.wait(50 * time.Millisecond)
			p.close(c)
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.Simultaneous, shape: flows.ShapeSimultaneous, closer: flows.ByBoth, cause: flows.CauseClose}},
	},
	{
		name: "the client shuts down its side and still gets data",
		run: func(p *play) {
			c, s := p.connect()
			p.say(c, s, 100)
			p.shutdown(c)
			p.eof(s)
			p.say(s, c, 50_000)
			p.close(s)
			p.eof(c)
			p.settle()
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseShutdownWrite}},
	},
	{
		name: "the server closes first and the client follows later",
		run: func(p *play) {
			c, s := p.ask()
			p.close(s)
			p.eof(c)
			p.settle()
			p.close(c)
			p.over(c)
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByServer, cause: flows.CauseClose}},
	},
	{
		name: "the client closes first and the server answers at once",
		run: func(p *play) {
			c, s := p.connect()
			for range 4 {
				p.say(c, s, 100)
				p.say(s, c, 100)
			}
			p.close(c)
			p.eof(s)
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.ThreeWay, shape: flows.ShapeThreeWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "the sequence numbers wrap in the middle of the close",
		opt:  Options{Numbers: &Numbers{A: []decode.Seq{^decode.Seq(0) - 100}, B: []decode.Seq{^decode.Seq(0) - 1001}}},
		run: func(p *play) { // the FIN of A has the number 2^32-1, that of B 0
			c, s := p.connect()
			p.say(c, s, 100)
			p.say(s, c, 1001)
			p.close(c)
			p.eof(s)
			p.settle()
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "keep-alive probes during a half-close are not data",
		run: func(p *play) {
			c, s := p.connect(keepalive(1, 1, 9)...)
			p.say(c, s, 100)
			p.shutdown(c)
			p.eof(s)
			p.wait(3500 * time.Millisecond)
		},
		ends: []end{{class: flows.HalfClosedStall, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseCloseWaitLeak}},
	},
	{
		name: "the subflow of a multipath connection closes after it",
		opt:  Options{SysctlA: mptcpOn, SysctlB: mptcpOn},
		run: func(p *play) {
			ln, err := p.B.Listen(p.port, 0, true)
			p.must(err)
			p.held = append(p.held, ln)
			c, err := p.A.Dial(0, p.service(), 5*time.Second, true)
			p.must(err)
			s, err := ln.AcceptTCP()
			p.must(err)
			p.held = append(p.held, c, s)
			p.say(c, s, 100)
			p.say(s, c, 1000)
			p.close(c)
			p.eof(s)
			p.settle()
			p.close(s)
			p.wait(500 * time.Millisecond)
		},
		ends: []end{{class: flows.ThreeWay, shape: flows.ShapeThreeWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "a connection stays open",
		run: func(p *play) {
			p.talk()
		},
		ends: []end{{class: flows.Open, shape: flows.ShapeNone}},
	},
	{
		name: "the server shuts down its side and the client talks on",
		run: func(p *play) {
			c, s := p.connect()
			p.say(c, s, 100)
			p.shutdown(s)
			p.eof(c)
			for range 3 {
				p.say(c, s, 2000)
				p.wait(60 * time.Millisecond)
			}
			p.close(c)
			p.eof(s)
			p.settle()
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByServer, cause: flows.CauseShutdownWrite}},
	},
}

var mptcpOn = [][2]string{{"net/mptcp/enabled", "1"}}

// keepalive makes a socket probe after idle seconds, every interval seconds, count times.
func keepalive(idle, interval, count int) []Sockopt {
	return []Sockopt{
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, idle},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, interval},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, count},
	}
}
