package netlab

import (
	"container/heap"
	"os"
	"time"
)

// A Stage is one station of the wire. It gets each packet in its turn and sends it on, later, twice, changed or not at
// all. All stages of a wire run on one goroutine.
type Stage func(w *Wire, at int, p *Packet)

// A Wire joins two TUN devices by a row of stages, from A to B.
type Wire struct {
	stages []Stage
	ends   [2]*os.File
	in     chan *Packet
	calls  chan func()
	quit   chan struct{}
	done   chan struct{}
	timers timerHeap
	serial uint64
	moved  int64         // when the last packet moved
	late   time.Duration // how late a timer was at worst: what this machine adds to every delay

	// taken is called for each packet that a host has sent, when the wire gets it; from two goroutines.
	taken func(from Direction, at int64)
	// delivered is called after each packet that a host has received, with the time at which it arrived there.
	delivered func(to Direction, at int64)
}

func newWire(a, b *os.File, stages []Stage) *Wire {
	return &Wire{
		stages: stages, ends: [2]*os.File{a, b}, in: make(chan *Packet, 256), calls: make(chan func()),
		quit: make(chan struct{}), done: make(chan struct{}), moved: monotonic(), delivered: func(Direction, int64) {},
		taken: func(Direction, int64) {},
	}
}

// start lets the packets flow.
func (w *Wire) start() {
	go w.read(FromA)
	go w.read(FromB)
	go w.run()
}

// close stops the wire and gives the devices back.
func (w *Wire) close() {
	close(w.quit)
	<-w.done
	_ = w.ends[0].Close()
	_ = w.ends[1].Close()
}

func (w *Wire) read(dir Direction) {
	buf := make([]byte, 1<<16)
	for serial := 0; ; serial++ {
		n, err := w.ends[dir].Read(buf)
		if err != nil {
			return
		}
		w.taken(dir, now())
		p, ok := parsePacket(dir, append([]byte(nil), buf[:n]...))
		if !ok {
			continue // neighbour discovery and the like: the wire carries TCP alone
		}
		p.serial = serial
		select {
		case w.in <- p:
		case <-w.quit:
			return
		}
	}
}

func (w *Wire) run() {
	defer close(w.done)
	clock := time.NewTimer(time.Hour)
	for {
		for len(w.timers) > 0 && w.timers[0].at <= monotonic() {
			t := heap.Pop(&w.timers).(timer)
			w.late = max(w.late, time.Duration(monotonic()-t.at))
			t.fn()
		}
		wait := time.Hour
		if len(w.timers) > 0 {
			wait = time.Duration(w.timers[0].at - monotonic())
		}
		clock.Reset(wait)
		select {
		case p := <-w.in:
			w.enter(p)
		case fn := <-w.calls:
			fn()
		case <-clock.C:
		case <-w.quit:
			return
		}
	}
}

// enter puts a packet at the beginning of its way.
func (w *Wire) enter(p *Packet) {
	if p.Dir == FromA {
		w.pass(0, p)
	} else {
		w.pass(len(w.stages)-1, p)
	}
}

// next sends a packet on from a stage, in the packet's direction.
func (w *Wire) next(at int, p *Packet) {
	if p.Dir == FromA {
		w.pass(at+1, p)
	} else {
		w.pass(at-1, p)
	}
}

func (w *Wire) pass(at int, p *Packet) {
	if !isNeighbour(p) {
		w.moved = monotonic()
	}
	if at >= 0 && at < len(w.stages) {
		w.stages[at](w, at, p)
		return
	}
	to, arrived := p.Dir.Reverse(), now()
	// An error means that the device is gone or down: then the segment is lost, as on any wire.
	_, _ = w.ends[to].Write(p.Data)
	w.delivered(to, arrived)
}

// quiet returns for how long nothing has moved; nothing where something is still on its way.
func (w *Wire) quiet() (d time.Duration) {
	w.call(func() {
		if len(w.timers) == 0 {
			d = time.Duration(monotonic() - w.moved)
		}
	})
	return d
}

// after calls fn on the wire's goroutine once d is over; calls for the same moment keep their order.
func (w *Wire) after(d time.Duration, fn func()) {
	w.serial++
	heap.Push(&w.timers, timer{monotonic() + int64(d), w.serial, fn})
}

// call runs fn on the wire's goroutine and waits for it.
func (w *Wire) call(fn func()) {
	ran := make(chan struct{})
	select {
	case w.calls <- func() { fn(); close(ran) }:
		<-ran
	case <-w.done:
	}
}

type timer struct {
	at     int64
	serial uint64
	fn     func()
}

// timerHeap is a heap of timers, the next one on top.
type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].serial < h[j].serial
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push and Pop are heap.Interface's.
func (h *timerHeap) Push(x any) { *h = append(*h, x.(timer)) }

// Pop removes the last element.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	*h = (*h)[:last]
	return t
}
