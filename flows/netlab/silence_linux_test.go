package netlab

import (
	"net"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
	"tcpclose/flows"
)

// impatient makes a host give up early: the third unanswered repetition is the last.
var impatient = [][2]string{{"net/ipv4/tcp_retries2", "3"}, {"net/ipv4/tcp_orphan_retries", "3"}}

// silences are the ends in which somebody does not answer. They last longer than stallTime, and a neighbour keeps the
// capture's clock running.
var silences = []scenario{
	{
		name: "the server never closes",
		run: func(p *play) {
			c, s := p.talk()
			p.shutdown(c)
			p.eof(s)
			p.idle(2 * stallTime)
		},
		ends: []end{{class: flows.HalfClosedStall, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseCloseWaitLeak}},
	},
	{
		name: "the server closes after the client's orphan has expired",
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.wait(62 * time.Second) // tcp_fin_timeout
			p.close(s)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseFinWait2Expired}},
	},
	{
		name: "the server talks after the client's orphan has expired",
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.wait(62 * time.Second)
			p.write(s, 700)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseFinWait2Expired}},
	},
	{
		name: "the server closes while the client's orphan waits",
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.wait(4 * time.Second)
			p.close(s)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "keep-alive finds an idle peer dead",
		run: func(p *play) {
			c, _ := p.talk(keepalive(1, 1, 3)...)
			p.Cut(FromA, false)
			p.Cut(FromB, true)
			p.broken(c)
			p.idle(stallTime)
		},
		ends: []end{{
			class: flows.RSTAbort, closer: flows.ByClient, cause: flows.CauseKeepaliveTimeout,
			at: map[string]end{"near-b": {class: flows.Open}}, // no probe comes so far
		}},
	},
	{
		name: "keep-alive of the server finds an idle peer dead",
		run: func(p *play) {
			_, s := p.talk()
			p.must(onFD(s, func(fd int) (err error) {
				for _, o := range keepalive(1, 1, 3) {
					err = unix.SetsockoptInt(fd, o.Level, o.Name, o.Value)
				}
				return err
			}))
			p.Cut(FromB, false)
			p.Cut(FromA, true)
			p.broken(s)
			p.idle(stallTime)
		},
		ends: []end{{
			class: flows.RSTAbort, closer: flows.ByServer, cause: flows.CauseKeepaliveTimeout,
			at: map[string]end{"near-a": {class: flows.Open}},
		}},
	},
	{
		name: "the path is cut with data in flight",
		opt:  Options{SysctlA: impatient},
		run: func(p *play) {
			c, s := p.talk()
			p.must(s.SetKeepAlive(false))
			p.Cut(FromA, false)
			p.write(c, 1000)
			p.until(p.A, c, flows.Closed)
			p.idle(3 * stallTime)
		},
		ends: []end{{
			class: flows.Vanished, cause: flows.CauseRetransmissionTimeout, orCause: []flows.CauseID{flows.CausePeerVanished},
			at: map[string]end{"near-b": {class: flows.Open}},
		}},
	},
	{
		name: "the path is cut with a FIN in flight",
		opt:  Options{SysctlA: impatient},
		run: func(p *play) {
			c, _ := p.talk()
			p.Cut(FromA, false)
			p.close(c)
			p.until(p.A, c, flows.Closed)
			p.idle(3 * stallTime)
		},
		ends: []end{{
			class: flows.Vanished, shape: flows.ShapeHalf, closer: flows.ByClient,
			cause: flows.CauseRetransmissionTimeout, orCause: []flows.CauseID{flows.CausePeerVanished},
			at: map[string]end{"near-b": {class: flows.Open}},
		}},
	},
	{
		name: "the user timeout ends a connection with data in flight",
		run: func(p *play) {
			c, _ := p.talk(Sockopt{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 1500})
			p.Cut(FromA, false)
			p.write(c, 1000)
			p.until(p.A, c, flows.Closed)
			p.idle(3 * stallTime)
		},
		ends: []end{{
			class: flows.Vanished, cause: flows.CauseRetransmissionTimeout, orCause: []flows.CauseID{flows.CausePeerVanished},
			at: map[string]end{"near-b": {class: flows.Open}},
		}},
	},
	{
		name: "the last ACKs are all lost",
		opt:  Options{SysctlB: impatient, Right: []Rule{{FromA, isACKOfFIN, 1, Forever, lose}}},
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.settle()
			p.close(s)
			p.until(p.B, s, flows.Closed)
			p.idle(3 * stallTime)
		},
		ends: []end{{
			class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseLastACKLost,
			at: map[string]end{"near-b": { // where no ACK of the FIN ever comes
				class: flows.Vanished, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseRetransmissionTimeout,
			}},
		}},
	},
	{
		name: "the server was rebooted and knows nothing of the connection",
		run: func(p *play) {
			c, s := p.talk()
			p.forgetSocket(s)
			p.wait(300 * time.Millisecond)
			p.write(c, 400)
			p.broken(c)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByServer, cause: flows.CauseNoSocket}},
	},
	{
		name: "the client was rebooted and knows nothing of the half-closed connection",
		run: func(p *play) {
			c, s := p.talk()
			p.shutdown(s)
			p.eof(c)
			p.settle()
			p.forgetSocket(c)
			p.wait(300 * time.Millisecond)
			p.close(s)
			p.settle()
			p.idle(stallTime + time.Second)
		},
		ends: []end{{class: flows.HalfClosedStall, shape: flows.ShapeHalf, closer: flows.ByServer, cause: flows.CauseCloseWaitLeak}},
	},
	{
		name: "the client opens anew from the same port after a reboot",
		run: func(p *play) {
			c, s := p.talk()
			port := uint16(c.LocalAddr().(*net.TCPAddr).Port)
			p.forgetSocket(c)
			p.wait(300 * time.Millisecond)
			c2, s2 := p.connectFrom(port) // its SYN meets ESTABLISHED: challenge ACK, RST, SYN
			p.say(c2, s2, 100)
			p.say(s2, c2, 100)
			p.broken(s)
			p.settle()
			p.close(c2)
			p.eof(s2)
			p.settle()
			p.close(s2)
			p.settle()
		},
		ends: []end{
			{class: flows.Open}, // cut at the new SYN
			{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose},
		},
	},
}

// stallTime is the stall time that the tracker is given; the stories are told faster than life.
const stallTime = 2 * time.Second

// idle lets time pass while a neighbour talks now and then, so that the capture shows that time passed.
func (p *play) idle(d time.Duration) {
	p.t.Helper()
	ln, err := p.B.Listen(neighbourPort, 0, false)
	p.must(err)
	to := ln.Addr().(*net.TCPAddr).AddrPort()
	c, err := p.A.Dial(0, to, 5*time.Second, false)
	p.must(err)
	s, err := ln.AcceptTCP()
	p.must(err)
	p.held = append(p.held, ln, c, s)
	for until := time.Now().Add(d); time.Now().Before(until); p.settle() {
		p.say(c, s, 10)
	}
	p.settle()
}

// forgetSocket makes the kernel forget a socket without a word, as a reboot does: closing in repair mode sends nothing.
func (p *play) forgetSocket(c *net.TCPConn) {
	p.t.Helper()
	p.must(onFD(c, func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_REPAIR, 1) }))
	p.close(c)
}

// timeWaits are stories about a five-tuple that is used again. In all of them the server closes first and holds the
// TIME-WAIT.
var timeWaits = []scenario{
	{
		name: "a five-tuple in TIME-WAIT is used again",
		run:  reuse,
		ends: twice,
	},
	{
		name: "a five-tuple in TIME-WAIT is used again without timestamps",
		opt:  Options{SysctlA: noTimestamps, SysctlB: noTimestamps},
		run:  reuse,
		ends: twice,
	},
	{
		name: "a SYN from before is challenged in TIME-WAIT",
		opt: Options{
			SysctlA: noTimestamps, SysctlB: noTimestamps,
			Numbers: &Numbers{A: []decode.Seq{3_000_000_000, 2_999_000_000}},
		},
		run:  reuse,
		ends: twice,
	},
	{
		name: "a SYN with an old timestamp is challenged in TIME-WAIT",
		opt:  Options{Numbers: &Numbers{Rewind: 60_000}},
		run:  reuse,
		ends: twice,
	},
	{
		name: "an old duplicate of the last FIN assassinates TIME-WAIT",
		opt:  Options{Right: []Rule{{FromB, isFIN, 1, 0, again(300 * time.Millisecond)}}},
		run:  wander,
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseTimeWaitAssassination}},
	},
	{
		name: "TIME-WAIT survives the old duplicate where the kernel follows RFC 1337",
		opt: Options{
			SysctlA: [][2]string{{"net/ipv4/tcp_rfc1337", "1"}},
			Right:   []Rule{{FromB, isFIN, 1, 0, again(300 * time.Millisecond)}},
		},
		run:  wander,
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "old data assassinates TIME-WAIT",
		run: func(p *play) {
			wander(p)
			p.Inject(func(seen []Sighting) *Packet {
				for _, s := range seen {
					if s.Dir == FromB && s.Len() > 0 {
						return s.Clone()
					}
				}
				return nil
			})
			p.settle()
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseTimeWaitAssassination}},
	},
}

var (
	noTimestamps = [][2]string{{"net/ipv4/tcp_timestamps", "0"}}
	twice        = []end{
		{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByServer, cause: flows.CauseClose},
		{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByServer, cause: flows.CauseClose},
	}
)

// reuse runs two connections over one five-tuple; the first leaves a TIME-WAIT at the server.
func reuse(p *play) {
	var port uint16
	for range 2 {
		c, s := p.connectFrom(port)
		port = uint16(c.LocalAddr().(*net.TCPAddr).Port)
		p.say(c, s, 100)
		p.say(s, c, 1000)
		p.settle()
		p.close(s)
		p.eof(c)
		p.settle()
		p.close(c)
		p.wait(300 * time.Millisecond)
	}
}

// wander closes orderly and waits for what wanders in late.
func wander(p *play) {
	c, s := p.talk()
	p.close(c)
	p.eof(s)
	p.settle()
	p.close(s)
	p.over(c)
	p.still(400 * time.Millisecond)
}
