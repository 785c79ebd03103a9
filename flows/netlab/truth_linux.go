package netlab

import (
	"cmp"
	"net/netip"
	"slices"

	"tcpclose/flows"
)

// A Step is one state that an endpoint really entered, some time between From and To.
type Step struct {
	State    flows.State
	From, To int64 // equal up to the trace's microsecond where a trace event told it
}

// A Life is one incarnation of a connection at one endpoint, from its first state on.
type Life struct {
	Local, Remote netip.AddrPort
	Steps         []Step
	Resets        []Event // what tcp:tcp_send_reset and tcp:tcp_receive_reset told of it
	Resends       []Event
}

// States returns the sequence alone.
func (l *Life) States() []flows.State {
	states := make([]flows.State, len(l.Steps))
	for i, s := range l.Steps {
		states[i] = s.State
	}
	return states
}

func (l *Life) enter(s flows.State, from, to int64) {
	if n := len(l.Steps); n > 0 && l.Steps[n-1].State == s {
		return
	}
	l.Steps = append(l.Steps, Step{s, from, to})
}

// begin returns when the life began at the earliest.
func (l *Life) begin() int64 { return l.Steps[0].From }

// kernelStates translates the trace's names.
var kernelStates = map[string]flows.State{
	"SYN_SENT": flows.SynSent, "SYN_RECV": flows.SynReceived, "NEW_SYN_RECV": flows.SynReceived,
	"ESTABLISHED": flows.Established, "FIN_WAIT1": flows.FinWait1, "FIN_WAIT2": flows.FinWait2,
	"CLOSING": flows.Closing, "TIME_WAIT": flows.TimeWait, "CLOSE_WAIT": flows.CloseWait,
	"LAST_ACK": flows.LastAck, "CLOSE": flows.Closed,
}

// lives returns every incarnation of every connection that the host took part in, by time of birth.
func (l *hostLog) lives() []*Life {
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []tupleKey
	events := map[tupleKey][]Event{}
	for _, e := range l.events {
		key := tupleKey{e.Local, e.Remote}
		if events[key] == nil {
			keys = append(keys, key)
		}
		events[key] = append(events[key], e)
	}
	changes := map[tupleKey][]change{}
	for _, c := range l.changes {
		if events[c.key] == nil && changes[c.key] == nil {
			keys = append(keys, c.key)
		}
		changes[c.key] = append(changes[c.key], c)
	}
	var all []*Life
	for _, key := range keys {
		all = append(all, l.livesOf(key, events[key], changes[key])...)
	}
	slices.SortStableFunc(all, func(a, b *Life) int { return cmp.Compare(a.begin(), b.begin()) })
	return all
}

// livesOf puts together what the trace and sock_diag told of one five-tuple.
func (l *hostLog) livesOf(key tupleKey, events []Event, changes []change) []*Life {
	var lives []*Life
	bySocket := map[string]*Life{}
	claimed := make([]bool, len(changes)) // request mini-sockets that became a full socket
	for _, e := range events {
		if e.Point != "inet_sock_set_state" || e.Old == e.New {
			continue
		}
		life := bySocket[e.Socket]
		if born := e.Old == "CLOSE" || e.Old == "LISTEN"; born || life == nil {
			life = &Life{Local: key.local, Remote: key.remote}
			bySocket[e.Socket] = life
			lives = append(lives, life)
		}
		state, known := kernelStates[e.New]
		switch {
		case !known: // LISTEN
			delete(bySocket, e.Socket)
			lives = lives[:len(lives)-1]
		case state == flows.SynReceived && e.Old != "SYN_SENT":
			from, to := e.Time, e.Time
			if i := request(changes, e.Time); i >= 0 {
				claimed[i] = true
				from, to = changes[i].from, changes[i].to
			}
			life.enter(state, from, min(to, e.Time))
		case state == flows.Closed:
			l.farewell(life, e, changes)
			delete(bySocket, e.Socket)
		default:
			life.enter(state, e.Time, e.Time)
		}
	}
	for i, c := range changes {
		if c.now.mini && c.now.state == kernelSynRecv && !claimed[i] {
			lives = append(lives, stillborn(key, changes[i:]))
		}
	}
	slices.SortStableFunc(lives, func(a, b *Life) int { return cmp.Compare(a.begin(), b.begin()) })
	for i, life := range lives {
		l.collapse(life)
		until := int64(1<<63 - 1)
		if i+1 < len(lives) {
			until = lives[i+1].begin()
		}
		for _, e := range events {
			if e.Time < life.begin() && i > 0 || e.Time >= until {
				continue
			}
			switch e.Point {
			case "tcp_send_reset", "tcp_receive_reset":
				life.Resets = append(life.Resets, e)
			case "tcp_retransmit_skb":
				life.Resends = append(life.Resends, e)
			}
		}
	}
	return lives
}

// request returns the index of the last request mini-socket that appeared before a time, or -1.
func request(changes []change, before int64) int {
	last := -1
	for i, c := range changes {
		if c.from > before {
			break
		}
		if c.now.mini && c.now.state == kernelSynRecv {
			last = i
		}
	}
	return last
}

// stillborn is the life of a request mini-socket that never became a full one.
func stillborn(key tupleKey, changes []change) *Life {
	life := &Life{Local: key.local, Remote: key.remote}
	life.enter(flows.SynReceived, changes[0].from, changes[0].to)
	if len(changes) > 1 {
		life.enter(flows.Closed, changes[1].from, changes[1].to)
	}
	return life
}

// farewell follows a socket that the trace shows as closed into the mini-socket that it may have left behind.
func (l *hostLog) farewell(life *Life, e Event, changes []change) {
	left := -1
	for i, c := range changes {
		if c.to >= e.Time && c.from <= e.Time && c.now.mini && (c.now.state == kernelFinWait2 || c.now.state == kernelTimeWait) {
			left = i
			break
		}
	}
	if left < 0 {
		life.enter(flows.Closed, e.Time, e.Time)
		return
	}
	for i, c := range changes[left:] {
		switch {
		case c.now.mini && c.now.state == kernelTimeWait && i == 0:
			life.enter(flows.TimeWait, e.Time, e.Time)
		case c.now.mini && c.now.state == kernelTimeWait:
			life.enter(flows.TimeWait, c.from, c.to)
		case c.now.mini && c.now.state == kernelFinWait2:
		default:
			life.enter(flows.Closed, c.from, c.to)
			return
		}
	}
}

// collapse removes a FIN-WAIT-2 that one arriving packet both began and ended: RFC 9293 goes from FIN-WAIT-1 to TIME-WAIT
// there, Linux passes through FIN-WAIT-2 for microseconds.
func (l *hostLog) collapse(life *Life) {
	for i := 1; i+1 < len(life.Steps); i++ {
		at, next := life.Steps[i], life.Steps[i+1]
		if at.State != flows.FinWait2 || next.State != flows.TimeWait || life.Steps[i-1].State != flows.FinWait1 {
			continue
		}
		same := !slices.ContainsFunc(l.arrivals, func(t int64) bool { return t > at.To && t <= next.To })
		if same {
			life.Steps = slices.Delete(life.Steps, i, i+1)
		}
	}
}
