package netlab

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

// chaos is a stage that loses, repeats and delays packets at random. One generator on the wire's one goroutine: the
// seed decides as far as the order of the packets does.
func chaos(rng *rand.Rand) Stage {
	return func(w *Wire, at int, p *Packet) {
		if isNeighbour(p) {
			w.next(at, p)
			return
		}
		switch dice := rng.IntN(100); {
		case dice < 7:
			return
		case dice < 11:
			twin := p.Clone()
			twin.Forged = true
			w.after(time.Duration(rng.IntN(90))*time.Millisecond, func() { w.next(at, twin) })
			w.next(at, p)
		case dice < 18:
			w.after(time.Duration(rng.IntN(40))*time.Millisecond, func() { w.next(at, p) })
		default:
			w.next(at, p)
		}
	}
}

// TestTheTrackerAgreesWithTheKernelOnASoak opens hundreds of connections that carry random data and end in random ways
// between hosts with and without timestamps and SACK, over wires that lose, repeat and reorder, and holds the tracker to 99 %.
func TestTheTrackerAgreesWithTheKernelOnASoak(t *testing.T) {
	needLab(t)
	t.Parallel()
	if *record {
		t.Skip("recording")
	}
	start := *seed
	if start == 0 {
		start = uint64(time.Now().UnixNano())
	}
	t.Logf("the soak's seed is %d; repeat it with -seed %d", start, start)
	const each = 25                  // connections of one lab
	atOnce := make(chan struct{}, 8) // labs: with more of them two processors delay the wires
	var plays stage
	t.Run("labs", func(t *testing.T) {
		for i, of := range setups((*soakN + each - 1) / each) {
			t.Run(fmt.Sprint("lab ", i+1), func(t *testing.T) {
				t.Parallel()
				atOnce <- struct{}{}
				defer func() { <-atOnce }()
				plays.add(soak(t, of, start, i, each))
			})
		}
	})
	plays.judge(t).holdSoak(t)
	wholeTruth(t)
}

// A setup is what hosts A and B of a lab lack.
type setup struct {
	name string
	a, b [][2]string
}

// setups are those of a soak's labs: of four labs one has hosts without some options, in turn, over either family.
func setups(labs int) (list []setup) {
	for range labs {
		list = append(list, setup{"soak", lacking(), lacking()})
	}
	rare := [...]setup{
		{bare, lacking("tcp_timestamps"), lacking("tcp_timestamps")},
		{bare, lacking("tcp_timestamps", "tcp_sack"), lacking()},
		{bare, lacking(), lacking("tcp_timestamps", "tcp_sack")},
		{bare, lacking("tcp_sack"), lacking("tcp_dsack")},
	}
	for i := range labs / 3 {
		list = append(list, rare[i/2%len(rare)])
	}
	return list
}

// bare is the name of a soak whose hosts lack options.
const bare = "soak without options"

// lacking returns the settings of an impatient host that lacks some options of TCP.
func lacking(options ...string) [][2]string {
	list := slices.Clone(impatient)
	for _, name := range options {
		list = append(list, [2]string{"net/ipv4/" + name, "0"})
	}
	return list
}

// soak plays one lab's share.
func soak(t *testing.T, of setup, seed uint64, lab, n int) *production {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, uint64(lab)))
	left, right := rand.New(rand.NewPCG(seed, uint64(lab)<<8|1)), rand.New(rand.NewPCG(seed, uint64(lab)<<8|2))
	s := &scenario{
		name: fmt.Sprintf("%s %d", of.name, lab+1),
		opt: Options{
			SysctlA: of.a, SysctlB: of.b, Delay: time.Duration(2+rng.IntN(20)) * time.Millisecond,
			LeftStage: chaos(left), RightStage: chaos(right),
		},
		run: func(p *play) {
			p.listen(0)
			var all sync.WaitGroup
			for range n {
				mine := rand.New(rand.NewPCG(rng.Uint64(), 1))
				port := uint16(20_000 + rng.IntN(10_000))
				all.Go(func() { p.roam(mine, port) })
				p.wait(time.Duration(rng.IntN(120)) * time.Millisecond)
			}
			all.Wait()
			p.idle(3 * time.Second)
		},
	}
	return perform(t, s, int(labNumber.Add(1)), lab%2 == 1)
}

// roam plays one random connection. Whatever fails on the way is part of the story.
func (p *play) roam(rng *rand.Rand, port uint16) {
	ln, err := p.B.Listen(port, 0, false)
	if err != nil {
		return // the port is taken by another one: one story less
	}
	defer func() { _ = ln.Close() }()
	c, err := p.A.Dial(0, netip.AddrPortFrom(p.B.Addr, port), 6*time.Second, false)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	_ = ln.SetDeadline(time.Now().Add(6 * time.Second))
	s, err := ln.AcceptTCP()
	if err != nil {
		return
	}
	defer func() { _ = s.Close() }()
	limit := time.Now().Add(8 * time.Second)
	_, _ = c.SetDeadline(limit), s.SetDeadline(limit)
	for range rng.IntN(4) {
		exchange(c, s, 1+rng.IntN(4000))
		exchange(s, c, 1+rng.IntN(4000))
	}
	ends := [2]*net.TCPConn{c, s}
	first := rng.IntN(2)
	ending(rng, ends[first], ends[1-first])
	time.Sleep(1500 * time.Millisecond)
}

func exchange(from, to *net.TCPConn, n int) {
	_, _ = from.Write(make([]byte, n))
	buf := make([]byte, n)
	for n > 0 {
		k, err := to.Read(buf)
		if err != nil {
			return
		}
		n -= k
	}
}

// ending closes a connection in one of the ways in which connections end; x is the side that begins.
func ending(rng *rand.Rand, x, y *net.TCPConn) {
	pause := func(limit int) { time.Sleep(time.Duration(rng.IntN(limit)) * time.Millisecond) }
	drain := func(c *net.TCPConn) {
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	}
	switch rng.IntN(9) {
	case 0, 1, 2: // one closes, the other follows
		_ = x.Close()
		drain(y)
		pause(150)
		_ = y.Close()
	case 3, 4: // the last data right before the FIN
		_, _ = x.Write(make([]byte, 1+rng.IntN(3000)))
		_ = x.Close()
		drain(y)
		_ = y.Close()
	case 5: // both at once
		_ = x.Close()
		pause(12)
		_ = y.Close()
	case 6: // half-close in real use
		_ = x.CloseWrite()
		pause(100)
		_, _ = y.Write(make([]byte, 1+rng.IntN(5000)))
		_ = y.Close()
		drain(x)
		_ = x.Close()
	case 7: // abort
		_ = x.SetLinger(0)
		_ = x.Close()
		pause(100)
		_ = y.Close()
	case 8: // data after close
		_ = x.Close()
		pause(100)
		_, _ = y.Write(make([]byte, 1+rng.IntN(3000)))
		pause(300)
		_ = y.Close()
	}
}
