package netlab

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/flows"
)

// resets are the ends by RST that the hosts themselves want.
var resets = []scenario{
	{
		name: "the client resets with linger zero",
		run: func(p *play) {
			c, s := p.talk()
			p.reset(c)
			p.broken(s)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByClient, cause: flows.CauseLingerZero}},
	},
	{
		name: "the server resets with linger zero",
		run: func(p *play) {
			c, s := p.talk()
			p.reset(s)
			p.broken(c)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByServer, cause: flows.CauseLingerZero}},
	},
	{
		name: "the client closes with unread data",
		run: func(p *play) {
			c, s := p.talk()
			p.write(s, 1000)
			p.unread(c, 1000)
			p.close(c)
			p.broken(s)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByClient, cause: flows.CauseUnreadData}},
	},
	{
		name: "a killed process with nothing unread sends a FIN",
		run: func(p *play) {
			c, s := p.talk()
			cmd := p.hand(c)
			p.must(cmd.Process.Kill())
			p.eof(s)
			p.settle()
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "a killed process with unread data sends a RST",
		run: func(p *play) {
			c, s := p.talk()
			p.write(s, 1000)
			p.unread(c, 1000)
			cmd := p.hand(c)
			p.must(cmd.Process.Kill())
			p.broken(s)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByClient, cause: flows.CauseUnreadData}},
	},
	{
		name: "an administrator destroys the server's socket",
		run: func(p *play) {
			c, s := p.talk()
			p.must(p.B.Destroy(s))
			p.broken(c)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByServer, cause: flows.CauseLingerZero}},
	},
	{
		name: "data comes after close and the ACK of the FIN",
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.settle()
			p.write(s, 1000)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseDataAfterClose}},
	},
	{
		name: "data crosses the FIN of a client that has closed",
		run: func(p *play) {
			c, s := p.talk()
			p.write(s, 1000)
			p.close(c)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseDataAfterClose}},
	},
	{
		name: "much data comes after close",
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.write(s, 20_000)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseDataAfterClose}},
	},
	{
		name: "data with the FIN meets an orphan in FIN-WAIT-2",
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.settle()
			p.must(onFD(s, func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_CORK, 1) }))
			p.write(s, 300)
			p.close(s)
			p.wait(300 * time.Millisecond)
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseDataAfterClose}},
	},
	{
		name: "the client aborts with a full send queue",
		run: func(p *play) {
			c, s := p.talk()
			p.fill(c)
			p.reset(c)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAbort, shape: flows.ShapeNone, closer: flows.ByClient, cause: flows.CauseLingerZero}},
	},
	{
		name: "shutdown and then close with a negative linger2",
		run: func(p *play) {
			c, s := p.talk()
			p.must(onFD(c, func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_LINGER2, -1) }))
			p.shutdown(c)
			p.eof(s)
			p.settle()
			p.close(c)
			p.until(p.B, s, flows.Closed)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseLinger2Negative}},
	},
	{
		name: "the server resets the half-closed connection",
		run: func(p *play) {
			c, s := p.talk()
			p.shutdown(c)
			p.eof(s)
			p.wait(100 * time.Millisecond)
			p.reset(s)
			p.broken(c)
			p.settle()
		},
		ends: []end{{class: flows.RSTAfterFIN, shape: flows.ShapeHalf, closer: flows.ByClient, cause: flows.CauseLingerZero}},
	},
	{
		name: "the FIN is stuck behind a closed window",
		run: func(p *play) {
			c, s := p.talk()
			n := p.fill(c)
			p.shutdown(c)
			p.wait(600 * time.Millisecond)
			p.read(s, n)
			p.eof(s)
			p.settle()
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	{
		name: "the FIN is stuck behind a closed window and the peer's comes first",
		run: func(p *play) {
			c, s := p.talk()
			n := p.fill(c)
			p.shutdown(c)
			p.wait(300 * time.Millisecond)
			p.shutdown(s)
			p.wait(300 * time.Millisecond)
			p.read(s, n)
			p.eof(s)
			p.wait(500 * time.Millisecond)
		},
		// The server's FIN was the first on the wire, though the client called close() first.
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByServer, cause: flows.CauseClose}},
	},
}

// talk opens a connection, sends a request and its answer, and lets the ACKs pass.
func (p *play) talk(opts ...Sockopt) (client, server *net.TCPConn) {
	p.t.Helper()
	client, server = p.ask(opts...)
	p.settle()
	return client, server
}

// ask opens a connection and sends a request and its answer.
func (p *play) ask(opts ...Sockopt) (client, server *net.TCPConn) {
	p.t.Helper()
	client, server = p.connect(opts...)
	p.say(client, server, 100)
	p.say(server, client, 1000)
	return client, server
}

// unread waits until n bytes have come that nobody has read.
func (p *play) unread(c *net.TCPConn, n int) {
	p.t.Helper()
	have := 0
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); p.wait(5 * time.Millisecond) {
		p.must(onFD(c, func(fd int) (err error) {
			have, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
			return err
		}))
		if have >= n {
			p.settle()
			return
		}
	}
	p.t.Fatalf("%d of %d bytes have come", have, n)
}

// fill writes until the peer's window and the send queue are full, and returns how much that was.
func (p *play) fill(c *net.TCPConn) int {
	p.t.Helper()
	raw, err := c.SyscallConn()
	p.must(err)
	total, still := 0, 0
	for still < 3 {
		n := 0
		err := raw.Control(func(fd uintptr) {
			n, _ = syscall.Write(int(fd), make([]byte, 16<<10))
		})
		p.must(err)
		if n > 0 {
			total, still = total+n, 0
			continue
		}
		still++
		p.settle()
	}
	return total
}
