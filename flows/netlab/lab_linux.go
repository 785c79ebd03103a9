package netlab

import (
	"cmp"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a lab is built. The zero value is a short wire for IPv4 without rules.
type Options struct {
	Number                int // tells the labs of one process apart: it goes into their addresses
	V6                    bool
	Hosts                 [2]netip.Addr // addresses of A and B where the story wants its own; no two labs may share them
	Delay                 time.Duration // from the middle to either host; 0 is 10 ms
	Left, Right           []Rule        // between A and the middle, between the middle and B
	LeftStage, RightStage Stage         // likewise, where a rule is too little
	SysctlA               [][2]string   // name under /proc/sys, value
	SysctlB               [][2]string
	Numbers               *Numbers
}

// A Lab is two hosts and the wire between them. Close it.
type Lab struct {
	A, B  *Host
	Wire  *Wire
	NearA *Tap
	Mid   *Tap
	NearB *Tap
	Delay time.Duration // from the middle to either host

	tracer      *Tracer
	left, right gate
	middle      int // the stage that is the middle
	quit        chan struct{}
	polling     sync.WaitGroup
	pollErr     atomic.Pointer[error]
	closed      sync.Once
}

// Open builds a lab; events of its hosts come from the tracer.
func Open(tracer *Tracer, o Options) (*Lab, error) {
	l := &Lab{
		tracer: tracer, NearA: &Tap{Name: "near-a"}, Mid: &Tap{Name: "middle"}, NearB: &Tap{Name: "near-b"},
		quit: make(chan struct{}),
	}
	a, b := o.Hosts[0], o.Hosts[1]
	if !a.IsValid() {
		a, b = addresses(o.Number, o.V6)
	}
	var err error
	if l.A, err = newHost(tracer, "a", o.Number, a, o.SysctlA); err != nil {
		return nil, err
	}
	if l.B, err = newHost(tracer, "b", o.Number, b, o.SysctlB); err != nil {
		l.A.close()
		return nil, err
	}
	stages, middle := l.stages(o)
	l.middle = middle
	l.Wire = newWire(l.A.tun, l.B.tun, stages)
	l.Wire.delivered = l.delivered
	l.Wire.taken = func(from Direction, at int64) { l.host(from).log.taken(at) }
	l.Wire.start()
	l.polling.Add(1)
	go l.poll()
	return l, nil
}

// addresses gives each lab hosts of its own in 10.0.0.0/8 or fd00::/16, since a trace event names no namespace.
func addresses(n int, v6 bool) (a, b netip.Addr) {
	host, net := byte(30+n%220), byte(2*(n/220)) // below 30 a story may choose its own
	if v6 {
		a16, b16 := [16]byte{0: 0xfd, 7: net, 15: host}, [16]byte{0: 0xfd, 7: net + 1, 15: host}
		return netip.AddrFrom16(a16), netip.AddrFrom16(b16)
	}
	return netip.AddrFrom4([4]byte{10, 0, net, host}), netip.AddrFrom4([4]byte{10, 0, net + 1, host})
}

// stages returns the wire's stages and which of them is the middle.
func (l *Lab) stages(o Options) (s []Stage, middle int) {
	d := cmp.Or(o.Delay, 10*time.Millisecond)
	l.Delay = d
	if o.Numbers != nil {
		s = append(s, o.Numbers.stage())
	}
	s = append(s, l.NearA.stage, delay(d), l.left.stage)
	for _, r := range o.Left {
		s = append(s, r.stage())
	}
	if o.LeftStage != nil {
		s = append(s, o.LeftStage)
	}
	middle = len(s)
	s = append(s, l.Mid.stage)
	for _, r := range o.Right {
		s = append(s, r.stage())
	}
	if o.RightStage != nil {
		s = append(s, o.RightStage)
	}
	return append(s, l.right.stage, delay(d), l.NearB.stage), middle
}

// delivered runs on the wire's goroutine after each packet that a host has received: asking the kernel at once tells what
// that one packet did, before the next can do more.
func (l *Lab) delivered(to Direction, at int64) {
	host := l.host(to)
	host.log.arrived(at)
	l.noteError(host.log.poll(host.diag))
}

func (l *Lab) host(side Direction) *Host {
	if side == FromB {
		return l.B
	}
	return l.A
}

// Lag returns the longest time by which this machine delayed anything beyond the wire's own delays: between a kernel's
// sending and the tap beside it, or behind a stage's timer.
func (l *Lab) Lag() time.Duration { return max(l.Wire.late, l.A.log.lag(), l.B.log.lag()) }

// poll asks both kernels for their sockets now and then: timers and system calls change them too.
func (l *Lab) poll() {
	defer l.polling.Done()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, h := range [...]*Host{l.A, l.B} {
			if err := h.log.poll(h.diag); err != nil {
				l.noteError(fmt.Errorf("host %s: %w", h.Name, err))
				return
			}
		}
		select {
		case <-l.quit:
			return
		case <-tick.C:
		}
	}
}

func (l *Lab) noteError(err error) {
	if err != nil {
		l.pollErr.CompareAndSwap(nil, &err)
	}
}

// Cut cuts the path of one direction beyond the middle, or before it: nothing of that direction passes any more.
func (l *Lab) Cut(dir Direction, beforeMiddle bool) {
	g := &l.left
	if beforeMiddle != (dir == FromA) {
		g = &l.right
	}
	l.Wire.call(func() { g.shut[dir] = true })
}

// Mend lets everything pass again.
func (l *Lab) Mend() { l.Wire.call(func() { l.left, l.right = gate{}, gate{} }) }

// Inject puts a packet on the wire right before the middle, as seen in its direction.
func (l *Lab) Inject(build func(seen []Sighting) *Packet) {
	l.Wire.call(func() {
		p := build(l.Mid.sightings)
		if p == nil {
			return
		}
		p.Forged = true
		l.Mid.stage(l.Wire, l.middle, p)
	})
}

// Close stops the lab; what it wrote down stays. Its namespaces and devices are gone afterwards.
func (l *Lab) Close() error {
	l.closed.Do(func() {
		l.tracer.Sync()
		close(l.quit)
		l.polling.Wait()
		l.Wire.close()
		l.NearA.host(FromA, &l.A.log)
		l.NearB.host(FromB, &l.B.log)
		l.tracer.forget(&l.A.log)
		l.tracer.forget(&l.B.log)
		l.A.close()
		l.B.close()
	})
	if err := l.pollErr.Load(); err != nil {
		return *err
	}
	return nil
}

// Lives returns what really became of each connection, at A and at B.
func (l *Lab) Lives() (a, b []*Life) { return l.A.log.lives(), l.B.log.lives() }
