package netlab

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/flows"
)

// A play is one run of one scenario: the lab with what the actors do in it. Its methods end the test where they fail.
type play struct {
	*Lab
	t    *testing.T
	port uint16
	ln   *net.TCPListener
	held []io.Closer // what the lab's end closes
}

func (p *play) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// listen makes B a server.
func (p *play) listen(backlog int, opts ...Sockopt) {
	p.t.Helper()
	ln, err := p.B.Listen(p.port, backlog, false, opts...)
	p.must(err)
	p.ln = ln
	p.held = append(p.held, ln)
}

// service is where B listens.
func (p *play) service() netip.AddrPort { return netip.AddrPortFrom(p.B.Addr, p.port) }

// connect opens a connection from A to B; both ends are closed with the lab at the latest.
func (p *play) connect(opts ...Sockopt) (client, server *net.TCPConn) {
	p.t.Helper()
	return p.connectFrom(0, opts...)
}

func (p *play) connectFrom(port uint16, opts ...Sockopt) (client, server *net.TCPConn) {
	p.t.Helper()
	if p.ln == nil {
		p.listen(0)
	}
	client, err := p.A.Dial(port, p.service(), 8*time.Second, false, opts...)
	p.must(err)
	p.must(p.ln.SetDeadline(time.Now().Add(8 * time.Second)))
	server, err = p.ln.AcceptTCP()
	p.must(err)
	p.must(server.SetKeepAlive(false))
	p.held = append(p.held, client, server)
	return client, server
}

// say writes n bytes and waits until the other side has read them.
func (p *play) say(from, to *net.TCPConn, n int) {
	p.t.Helper()
	p.write(from, n)
	p.read(to, n)
}

func (p *play) write(c *net.TCPConn, n int) {
	p.t.Helper()
	_, err := c.Write(make([]byte, n))
	p.must(err)
}

func (p *play) read(c *net.TCPConn, n int) {
	p.t.Helper()
	p.must(c.SetReadDeadline(time.Now().Add(15 * time.Second)))
	_, err := io.ReadFull(c, make([]byte, n))
	p.must(err)
}

// eof waits until the peer's FIN has come.
func (p *play) eof(c *net.TCPConn) {
	p.t.Helper()
	p.must(c.SetReadDeadline(time.Now().Add(15 * time.Second)))
	n, err := io.Copy(io.Discard, c)
	if err != nil || n != 0 {
		p.t.Fatalf("waiting for the peer's FIN: %d bytes, %v", n, err)
	}
}

// broken waits until reading fails: the connection was reset or given up.
func (p *play) broken(c *net.TCPConn) {
	p.t.Helper()
	p.must(c.SetReadDeadline(time.Now().Add(20 * time.Second)))
	_, err := io.Copy(io.Discard, c)
	if err == nil {
		p.t.Fatal("the connection was expected to break, and ended orderly")
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Fatal("the connection was expected to break, and lived on")
	}
}

func (p *play) close(c *net.TCPConn) { p.t.Helper(); p.must(c.Close()) }

func (p *play) shutdown(c *net.TCPConn) { p.t.Helper(); p.must(c.CloseWrite()) }

// reset closes with SO_LINGER 0.
func (p *play) reset(c *net.TCPConn) {
	p.t.Helper()
	p.must(c.SetLinger(0))
	p.must(c.Close())
}

// hand gives a connection to another process; only that one holds it afterwards.
func (p *play) hand(c *net.TCPConn) *exec.Cmd {
	p.t.Helper()
	f, err := c.File()
	p.must(err)
	cmd := exec.Command("sleep", "20")
	cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	p.must(startHelper(cmd))
	p.must(f.Close())
	p.must(c.Close())
	return cmd
}

// wait lets time pass.
func (p *play) wait(d time.Duration) { time.Sleep(d) }

// settle waits until what was sent has been answered: nothing has moved on the wire for longer than a delayed
// acknowledgement takes, however busy the machine is.
func (p *play) settle() { p.still(130 * time.Millisecond) }

func (p *play) still(d time.Duration) {
	time.Sleep(d) // what was just written may not have reached the wire yet
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if p.Wire.quiet() > d {
			return
		}
	}
}

// until waits until a host's connection from local port to remote port has been in a state.
func (p *play) until(h *Host, c net.Conn, state flows.State) {
	p.t.Helper()
	local, remote := c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, life := range h.log.lives() {
			if life.Local == local && life.Remote == remote && life.Steps[len(life.Steps)-1].State == state {
				return
			}
		}
	}
	p.t.Fatalf("host %s: %s to %s never came to %s", h.Name, local, remote, state)
}

// over waits until both kernels are done with a connection: each has it in TIME-WAIT or has forgotten it.
func (p *play) over(c net.Conn) {
	a, b := c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()
	for deadline := time.Now().Add(12 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if p.A.log.done(a, b) && p.B.log.done(b, a) {
			break
		}
	}
	p.settle()
}

func (l *hostLog) done(local, remote netip.AddrPort) bool {
	done := false
	for _, life := range l.lives() {
		if life.Local == local && life.Remote == remote {
			last := life.Steps[len(life.Steps)-1].State
			done = last == flows.TimeWait || last == flows.Closed
		}
	}
	return done
}

// helpers are the processes that scenarios started.
var helpers struct {
	mu      sync.Mutex
	running []*exec.Cmd
}

// startHelper starts a process that the kernel kills with this one, however that ends.
func startHelper(cmd *exec.Cmd) error {
	helpers.mu.Lock()
	defer helpers.mu.Unlock()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	started := make(chan error)
	motherOfHelpers() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return err
	}
	helpers.running = append(helpers.running, cmd)
	return nil
}

// motherOfHelpers takes what is to run on a thread that lives as long as this process: a helper dies with the thread that
// started it.
var motherOfHelpers = sync.OnceValue(func() chan<- func() {
	calls := make(chan func())
	go func() {
		runtime.LockOSThread()
		for fn := range calls {
			fn()
		}
	}()
	return calls
})

// stopHelpers kills each of them; killing one that is gone does no harm, since none is waited for before.
func stopHelpers() {
	helpers.mu.Lock()
	defer helpers.mu.Unlock()
	for _, cmd := range helpers.running {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	helpers.running = nil
}
