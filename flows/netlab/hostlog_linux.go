package netlab

import (
	"sync"
	"time"
)

// A hostLog is what is known of one host's kernel: its trace events, the changes of its sockets that sock_diag showed,
// and when packets arrived.
type hostLog struct {
	mu       sync.Mutex
	events   []Event
	changes  []change
	arrivals []int64
	sent     []int64 // when the kernel handed each packet to its device
	read     []int64 // when the wire got it
	last     map[tupleKey]sighted
	polled   int64 // when the last answer began

	asking sync.Mutex // one question at a time
}

// sighted is a socket's state as sock_diag told it; the zero value is that of no socket.
type sighted struct {
	state uint8
	mini  bool
}

// A change says that a socket was in another state at one answer of sock_diag than at the one before.
type change struct {
	key      tupleKey
	now      sighted
	from, to int64 // it changed between the beginning of the answer before and the end of this one
}

func (l *hostLog) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *hostLog) arrived(at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrivals = append(l.arrivals, at)
}

func (l *hostLog) sends(at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, at)
}

func (l *hostLog) taken(at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read = append(l.read, at)
}

// sentAt returns when the kernel handed a packet of this host to its device; ok is false where the trace missed it.
func (l *hostLog) sentAt(serial int) (at int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if serial < 0 || serial >= len(l.sent) {
		return 0, false
	}
	return l.sent[serial], true
}

// lag returns the longest time that a packet needed from the kernel to the wire. The device keeps their order, so the
// i-th sent is the i-th read.
func (l *hostLog) lag() (worst time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range min(len(l.sent), len(l.read)) {
		worst = max(worst, time.Duration(l.read[i]-l.sent[i]))
	}
	return worst
}

// poll asks the kernel once and notes what is new.
func (l *hostLog) poll(d *diagSocket) error {
	l.asking.Lock()
	defer l.asking.Unlock()
	found := map[tupleKey]sighted{}
	began := now()
	err := d.dump(func(s socketInfo) { found[s.key] = sighted{s.state, s.mini} })
	if err != nil {
		return err
	}
	ended := now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, s := range found {
		if l.last[key] != s {
			l.changes = append(l.changes, change{key, s, l.polled, ended})
		}
	}
	for key := range l.last {
		if _, still := found[key]; !still {
			l.changes = append(l.changes, change{key, sighted{}, l.polled, ended})
		}
	}
	l.last, l.polled = found, began
	return nil
}

// count returns how many sockets the last answer showed so.
func (l *hostLog) count(what sighted) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.last {
		if s == what {
			n++
		}
	}
	return n
}
