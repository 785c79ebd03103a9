package netlab

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	tracefs        = "/sys/kernel/tracing"
	instancePrefix = "tcpclose-"
)

// tracepoints are what the lab listens to; the first is indispensable, the others tell why.
var tracepoints = []string{
	"sock/inet_sock_set_state", "tcp/tcp_send_reset", "tcp/tcp_receive_reset", "tcp/tcp_retransmit_skb",
	sending,
}

// sending is the tracepoint that tells when a packet left; it is filtered by the names of our devices.
const (
	sending      = "net/net_dev_start_xmit"
	devicePrefix = "nl"
)

// An Event is one line of the kernel's trace.
type Event struct {
	Time          int64 // nanoseconds since 1970, by the lab's clock; microseconds are what the trace prints
	Point         string
	Socket        string // the kernel's address of the socket, as a name for it
	Local, Remote netip.AddrPort
	Old, New      string // sock:inet_sock_set_state
	Device        string // net:net_dev_start_xmit, which has nothing else
	State, Reason string // tcp:tcp_send_reset, tcp:tcp_retransmit_skb
}

// A Tracer reads the kernel's trace for all labs of the process and hands each event to the host whose address it names.
type Tracer struct {
	dir   string
	keep  *keeper // removes the instance
	fd    int
	quit  chan struct{}
	done  chan struct{}
	mu    sync.Mutex
	hosts map[netip.Addr]*hostLog
	wires map[string]*hostLog // by device
	empty int64               // when the trace was last read to its end
	lost  int                 // how often the kernel's buffer could not hold what happened
	err   error
}

// StartTracer makes a trace instance of our own, removing those of processes that are gone, and mounts tracefs where
// nobody has.
func StartTracer() (*Tracer, error) {
	ours, err := mountTracefs()
	if err != nil {
		return nil, err
	}
	removeStaleInstances()
	dir := filepath.Join(tracefs, "instances", instancePrefix+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a trace instance: %w", err)
	}
	root := ""
	if ours {
		root = tracefs
	}
	k, err := startKeeper(dir, root)
	if err != nil {
		_ = os.Remove(dir)
		return nil, err
	}
	t := &Tracer{
		dir: dir, keep: k, fd: -1, quit: make(chan struct{}), done: make(chan struct{}),
		hosts: map[netip.Addr]*hostLog{}, wires: map[string]*hostLog{},
	}
	for _, s := range [][2]string{{"trace_clock", "mono"}, {"buffer_size_kb", "4096"}} {
		if err := os.WriteFile(filepath.Join(dir, s[0]), []byte(s[1]), 0); err != nil {
			t.keep.end()
			return nil, fmt.Errorf("trace instance: %w", err)
		}
	}
	filter := []byte(`name ~ "` + devicePrefix + `*"`)
	_ = os.WriteFile(filepath.Join(dir, "events", sending, "filter"), filter, 0) // without it we only read more
	for i, point := range tracepoints {
		err := os.WriteFile(filepath.Join(dir, "events", point, "enable"), []byte("1"), 0)
		if err != nil && i == 0 {
			t.keep.end()
			return nil, fmt.Errorf("this kernel lacks the tracepoint %s, without which there is no truth: %w", point, err)
		}
	}
	fd, err := unix.Open(filepath.Join(dir, "trace_pipe"), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.keep.end()
		return nil, fmt.Errorf("trace_pipe: %w", err)
	}
	t.fd = fd
	go t.run()
	return t, nil
}

// Close stops reading and removes the instance.
func (t *Tracer) Close() error {
	close(t.quit)
	<-t.done
	_ = unix.Close(t.fd)
	t.keep.end()
	return t.err
}

func mountTracefs() (ours bool, err error) {
	if _, err := os.Stat(filepath.Join(tracefs, "instances")); err == nil {
		return false, nil
	}
	if err := unix.Mount("tracefs", tracefs, "tracefs", 0, ""); err != nil {
		return false, fmt.Errorf("mount tracefs on %s: %w", tracefs, err)
	}
	return true, nil
}

// removeStaleInstances removes what is left where the keeper was killed, too.
func removeStaleInstances() {
	dirs, _ := filepath.Glob(filepath.Join(tracefs, "instances", instancePrefix+"*"))
	for _, dir := range dirs {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), instancePrefix))
		if err == nil && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			_ = os.Remove(dir)
		}
	}
}

// watch hands the events of an address and a device to a log.
func (t *Tracer) watch(a netip.Addr, device string, log *hostLog) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hosts[a], t.wires[device] = log, log
}

func (t *Tracer) forget(log *hostLog) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.hosts, func(_ netip.Addr, l *hostLog) bool { return l == log })
	maps.DeleteFunc(t.wires, func(_ string, l *hostLog) bool { return l == log })
}

// Lost returns how often the kernel's buffer could not hold what happened: then the truth has holes.
func (t *Tracer) Lost() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}

// Sync waits until all events up to now have been handed out.
func (t *Tracer) Sync() {
	asked := monotonic()
	for {
		t.mu.Lock()
		read := t.empty > asked
		t.mu.Unlock()
		select {
		case <-t.done:
			return
		case <-time.After(2 * time.Millisecond):
		}
		if read {
			return
		}
	}
}

func (t *Tracer) run() {
	defer close(t.done)
	var rest []byte
	buf := make([]byte, 1<<16)
	for {
		began := monotonic()
		n, err := unix.Read(t.fd, buf)
		switch {
		case n > 0:
			rest = t.lines(append(rest, buf[:n]...))
			continue
		case err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			t.err = fmt.Errorf("read the trace: %w", err)
			return
		case !errors.Is(err, unix.EINTR):
			t.mu.Lock()
			t.empty = began
			t.mu.Unlock()
		}
		select {
		case <-t.quit:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// lines hands out whole lines and returns what is left.
func (t *Tracer) lines(b []byte) []byte {
	for {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		if !found {
			return append([]byte(nil), b...)
		}
		b = rest
		if bytes.Contains(line, []byte("LOST")) {
			t.mu.Lock()
			t.lost++
			t.mu.Unlock()
			continue
		}
		if e, ok := parseEvent(string(line)); ok {
			t.hand(e)
		}
	}
}

// hand gives an event to the log of the host that it is about.
func (t *Tracer) hand(e Event) {
	t.mu.Lock()
	log := t.hosts[e.Local.Addr()]
	if e.Device != "" {
		log = t.wires[e.Device]
	}
	t.mu.Unlock()
	switch {
	case log == nil:
	case e.Device != "":
		log.sends(e.Time)
	default:
		log.add(e)
	}
}

// parseEvent reads a line like
//
//	sshd-981 [000] b..3.  1234.567890: inet_sock_set_state: family=AF_INET … oldstate=TCP_ESTABLISHED newstate=TCP_FIN_WAIT1
func parseEvent(line string) (e Event, ok bool) {
	head, body, found := strings.Cut(line, ": ")
	point, fields, found2 := strings.Cut(body, ": ")
	if !found || !found2 {
		return e, false
	}
	stamp := head[strings.LastIndexByte(head, ' ')+1:]
	secs, frac, _ := strings.Cut(stamp, ".")
	s, err1 := strconv.ParseInt(secs, 10, 64)
	us, err2 := strconv.ParseInt(frac, 10, 64)
	if err1 != nil || err2 != nil || len(frac) != 6 {
		return e, false
	}
	e.Time, e.Point = epoch+s*1e9+us*1e3, point
	value := map[string]string{}
	for word := range strings.FieldsSeq(fields) {
		k, v, _ := strings.Cut(word, "=")
		value[k] = v
	}
	if e.Device = value["dev"]; e.Device != "" {
		return e, true
	}
	if p := value["protocol"]; p != "" && p != "IPPROTO_TCP" {
		return e, false
	}
	e.Socket = value["skaddr"]
	e.Old, e.New = strings.TrimPrefix(value["oldstate"], "TCP_"), strings.TrimPrefix(value["newstate"], "TCP_")
	e.State, e.Reason = strings.TrimPrefix(value["state"], "TCP_"), value["reason"]
	if src, err := netip.ParseAddrPort(value["src"]); err == nil { // tcp_send_reset
		dst, err := netip.ParseAddrPort(value["dest"])
		e.Local, e.Remote = src, dst
		return e, err == nil
	}
	local, remote := value["saddr"], value["daddr"]
	if value["family"] == "AF_INET6" {
		local, remote = value["saddrv6"], value["daddrv6"]
	}
	e.Local, ok = endpoint(local, value["sport"])
	var ok2 bool
	e.Remote, ok2 = endpoint(remote, value["dport"])
	return e, ok && ok2
}

func endpoint(addr, port string) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(addr)
	n, err2 := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), err == nil && err2 == nil
}
