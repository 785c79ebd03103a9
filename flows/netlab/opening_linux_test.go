package netlab

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
	"tcpclose/flows"
)

// openings are stories whose end lies in how they began, and the forged RSTs.
var openings = []scenario{
	{
		name: "nobody listens",
		run: func(p *play) {
			if c, err := p.A.Dial(0, p.service(), 3*time.Second, false); err == nil {
				p.t.Fatalf("connected to %s, where nobody listens", c.RemoteAddr())
			}
			p.settle()
		},
		ends: []end{{class: flows.Refused, closer: flows.ByServer, cause: flows.CauseListenRefused}},
	},
	{
		name: "a firewall swallows the SYNs",
		opt: Options{
			SysctlA: [][2]string{{"net/ipv4/tcp_syn_retries", "2"}},
			Right:   []Rule{{FromA, isSYN, 1, Forever, lose}},
		},
		run: func(p *play) {
			if _, err := p.A.Dial(0, p.service(), 8*time.Second, false); err == nil {
				p.t.Fatal("connected through a firewall")
			}
		},
		ends: []end{{class: flows.Unanswered, cause: flows.CauseFiltered}},
	},
	{
		name: "a firewall swallows the SYN-ACKs",
		opt: Options{
			SysctlA: [][2]string{{"net/ipv4/tcp_syn_retries", "2"}},
			SysctlB: [][2]string{{"net/ipv4/tcp_synack_retries", "2"}},
			Right:   []Rule{{FromB, isSYNACK, 1, Forever, lose}},
		},
		run: func(p *play) {
			p.listen(0)
			if _, err := p.A.Dial(0, p.service(), 8*time.Second, false); err == nil {
				p.t.Fatal("connected through a firewall")
			}
		},
		ends: []end{{class: flows.Unanswered, cause: flows.CauseFiltered}},
	},
	{
		name: "the client gives up before the SYN-ACK comes",
		run: func(p *play) {
			p.listen(0)
			if _, err := p.A.Dial(0, p.service(), 15*time.Millisecond, false); err == nil {
				p.t.Fatal("connected faster than the wire is long")
			}
			p.wait(300 * time.Millisecond)
		},
		ends: []end{{class: flows.RSTAbort, closer: flows.ByClient, cause: flows.CauseHandshakeAborted}},
	},
	{
		name: "the accept queue overflows",
		opt:  Options{Delay: 40 * time.Millisecond, SysctlB: [][2]string{{"net/ipv4/tcp_syncookies", "0"}}},
		run: func(p *play) {
			p.listen(0)
			clients := map[netip.AddrPort]*net.TCPConn{}
			var mu sync.Mutex
			var dialled sync.WaitGroup
			for range 3 {
				dialled.Go(func() {
					c, err := p.A.Dial(0, p.service(), 5*time.Second, false)
					if err != nil {
						return
					}
					mu.Lock()
					defer mu.Unlock()
					clients[c.LocalAddr().(*net.TCPAddr).AddrPort()] = c
				})
				p.wait(3 * time.Millisecond)
			}
			p.requests(3) // the SYNs have come, the ACKs have not: now let the queue hold two
			p.must(onFD(p.ln, func(fd int) error { return unix.Listen(fd, 1) }))
			dialled.Wait()
			p.settle()
			for range 3 {
				p.must(p.ln.SetDeadline(time.Now().Add(8 * time.Second)))
				s, err := p.ln.AcceptTCP()
				p.must(err)
				c := clients[s.RemoteAddr().(*net.TCPAddr).AddrPort()]
				p.held = append(p.held, c, s)
				p.say(c, s, 100)
				p.close(c)
				p.eof(s)
				p.settle()
				p.close(s)
			}
			p.wait(500 * time.Millisecond)
		},
		ends: []end{
			{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose},
			{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose},
			{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseAcceptQueueOverflow},
		},
	},
	{
		name: "both open at once",
		run: func(p *play) {
			var a, b *net.TCPConn
			var both sync.WaitGroup
			both.Go(func() {
				a, _ = p.A.Dial(4001, netip.AddrPortFrom(p.B.Addr, 4002), 5*time.Second, false)
			})
			both.Go(func() {
				p.wait(4 * time.Millisecond) // A is the client
				b, _ = p.B.Dial(4002, netip.AddrPortFrom(p.A.Addr, 4001), 5*time.Second, false)
			})
			both.Wait()
			if a == nil || b == nil {
				p.t.Fatal("the simultaneous open failed")
			}
			p.held = append(p.held, a, b)
			p.settle()
			p.say(a, b, 100)
			p.settle()
			p.close(a)
			p.eof(b)
			p.settle()
			p.close(b)
			p.settle()
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "the SYN carries data",
		opt: Options{
			SysctlA: [][2]string{{"net/ipv4/tcp_fastopen", "5"}},     // client, without a cookie
			SysctlB: [][2]string{{"net/ipv4/tcp_fastopen", "0x202"}}, // server, without a cookie
		},
		run: func(p *play) {
			p.listen(0, Sockopt{unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 5})
			c, err := p.A.Dial(0, p.service(), 5*time.Second, false, Sockopt{unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, 1})
			p.must(err)
			p.held = append(p.held, c)
			p.write(c, 100)
			s, err := p.ln.AcceptTCP()
			p.must(err)
			p.held = append(p.held, s)
			p.read(s, 100)
			p.say(s, c, 1000)
			p.settle()
			p.close(c)
			p.eof(s)
			p.settle()
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "a blind RST misses the window",
		run: func(p *play) {
			p.struck(func(last *Packet) *Packet {
				return last.forge(FromA, decode.RST, last.End().Add(900_000_000), 0, 61)
			})
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "a blind RST hits the window and is challenged",
		run: func(p *play) {
			p.struck(func(last *Packet) *Packet { return last.forge(FromA, decode.RST, last.End().Add(1000), 0, 61) })
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "a box on the path resets both sides",
		run: func(p *play) {
			c, s := p.talk()
			p.wait(700 * time.Millisecond) // so that nobody can take it for an answer
			var last *Packet
			p.Inject(func(seen []Sighting) *Packet {
				last = lastFrom(seen, FromA)
				return last.forge(FromA, decode.RST, last.End(), 0, 47)
			})
			p.Inject(func([]Sighting) *Packet { return last.forge(FromB, decode.RST, last.Ack(), 0, 47) })
			p.broken(c)
			p.broken(s)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByNetwork, cause: flows.CauseMiddleboxReset}},
	},
	{
		name: "a blind SYN is challenged",
		run: func(p *play) {
			p.struck(func(last *Packet) *Packet { return last.forge(FromA, decode.SYN, last.End().Add(5000), 0, 61) })
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
}

// struck has one forged packet put on the wire in the middle of a healthy connection.
func (p *play) struck(forge func(last *Packet) *Packet) {
	p.t.Helper()
	c, s := p.talk()
	p.Inject(func(seen []Sighting) *Packet { return forge(lastFrom(seen, FromA)) })
	p.settle()
	p.say(c, s, 100)
	p.say(s, c, 100)
	p.settle()
	p.close(c)
	p.eof(s)
	p.settle()
	p.close(s)
	p.settle()
}

// lastFrom returns the last packet that came from one side.
func lastFrom(seen []Sighting, dir Direction) *Packet {
	for _, s := range slices.Backward(seen) {
		if s.Dir == dir {
			return s.Packet
		}
	}
	return nil
}

// requests waits until B has so many connections in SYN-RECEIVED.
func (p *play) requests(n int) {
	p.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); p.wait(2 * time.Millisecond) {
		if p.B.log.count(sighted{kernelSynRecv, true}) == n {
			return
		}
	}
	p.t.Fatalf("never saw %d connections in SYN-RECEIVED", n)
}
