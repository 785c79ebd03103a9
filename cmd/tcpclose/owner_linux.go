package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/flows"
)

// kernelStates translates the states of sock_diag (include/net/tcp_states.h).
var kernelStates = [...]flows.State{
	1: flows.Established, 2: flows.SynSent, 3: flows.SynReceived, 4: flows.FinWait1, 5: flows.FinWait2, 6: flows.TimeWait,
	7: flows.Closed, 8: flows.CloseWait, 9: flows.LastAck, 11: flows.Closing, 12: flows.SynReceived,
}

// A socketOwner is what this host knows of the socket at one end of a conversation.
type socketOwner struct {
	state        flows.State // the kernel's
	State        string      `json:"state"`  // the same
	Agrees       bool        `json:"agrees"` // the wire shows the same state
	ReceiveQueue uint32      `json:"receive_queue"`
	SendQueue    uint32      `json:"send_queue"`
	UID          uint32      `json:"uid"`
	User         string      `json:"user,omitempty"`
	Inode        uint32      `json:"inode,omitempty"`
	PID          int         `json:"pid,omitempty"`
	Process      string      `json:"process,omitempty"`
	CGroup       string      `json:"cgroup,omitempty"`
	Container    string      `json:"container,omitempty"` // its id, as container runtimes shorten it
}

// owners asks the kernel whose sockets the ends of conversations are.
type owners struct {
	mu        sync.Mutex
	fd        int
	buf       []byte
	processes map[uint32]int // a socket's inode → the process that holds it
	programs  map[int]program
	scanned   time.Time
	users     map[uint32]string
	addresses addresses
	found     uint64
	disagreed uint64
	held      holdings
	last      *flows.Holders // of the latest look at all sockets; nil before the first
}

// scanEvery bounds how often /proc is gone through.
const scanEvery = 2 * time.Second

func openOwners() (*owners, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("cannot ask for sockets: %w", err)
	}
	wait := unix.NsecToTimeval(int64(time.Second))
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
	return &owners{fd: fd, buf: make([]byte, 1<<16), users: map[uint32]string{}, programs: map[int]program{}, held: newHoldings()}, nil
}

func (o *owners) close() { _ = unix.Close(o.fd) }

// append adds the member sockets to a conversation's JSON object. Only ends that still have a socket by the wire are
// asked for.
func (o *owners) append(b []byte, t *flows.Teardown) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	var ends [2]*socketOwner
	for s := range ends {
		end := &t.Ends[s]
		if n := len(end.States); n == 0 || end.States[n-1].State != flows.Closed {
			ends[s] = o.lookup(end, t.Ends[1-s].Addr)
		}
		o.held.note(t.ID, flows.Side(s), ends[s])
	}
	text, err := json.Marshal(struct {
		Client *socketOwner `json:"client"`
		Server *socketOwner `json:"server"`
	}{ends[flows.Client], ends[flows.Server]})
	if err != nil || len(b) == 0 {
		return b
	}
	b = append(b[:len(b)-1], `,"sockets":`...)
	return append(append(b, text...), '}')
}

// lookup finds the socket of an end; nil where this host has none.
func (o *owners) lookup(end *flows.End, peer netip.AddrPort) *socketOwner {
	body := o.ask(end.Addr, peer)
	if body == nil || int(body[1]) >= len(kernelStates) || kernelStates[body[1]] == flows.Unknown {
		return nil
	}
	state := kernelStates[body[1]]
	x := o.describe(body, state)
	shown := flows.Unknown
	if n := len(end.States); n > 0 {
		shown = end.States[n-1].State
	}
	x.Agrees = shown == state
	o.found++
	if !x.Agrees {
		o.disagreed++
		o.held.disagree(shown, state)
	}
	return x
}

// describe takes what a struct inet_diag_msg tells, and looks up the process.
func (o *owners) describe(body []byte, state flows.State) *socketOwner {
	x := &socketOwner{
		state:        state,
		State:        state.String(),
		ReceiveQueue: binary.NativeEndian.Uint32(body[56:]),
		SendQueue:    binary.NativeEndian.Uint32(body[60:]),
		UID:          binary.NativeEndian.Uint32(body[64:]),
		Inode:        binary.NativeEndian.Uint32(body[68:]),
	}
	x.User = o.userName(x.UID)
	if x.Inode != 0 {
		x.PID = o.process(x.Inode)
	}
	if x.PID != 0 {
		p := o.program(x.PID)
		x.Process, x.CGroup, x.Container = p.name, p.cgroup, p.container
	}
	return x
}

// holder says the same in the words of package flows.
func (x *socketOwner) holder() flows.Holder {
	h := flows.Holder{State: x.state, Process: x.Process, PID: x.PID, Container: x.Container, Orphan: x.Inode == 0, User: x.User}
	if h.User == "" {
		h.User = fmt.Sprintf("uid %d", x.UID)
	}
	if h.Orphan {
		h.User = "" // a socket without a process has nobody's
	}
	return h
}

// A program is what /proc says of a process.
type program struct{ name, cgroup, container string }

// program reads what /proc says of a process; once, until the processes are gone through again.
func (o *owners) program(pid int) program {
	if p, ok := o.programs[pid]; ok {
		return p
	}
	var p program
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	if name, err := os.ReadFile(filepath.Join(dir, "comm")); err == nil {
		p.name = strings.TrimSpace(string(name))
	}
	if groups, err := os.ReadFile(filepath.Join(dir, "cgroup")); err == nil {
		p.cgroup = cgroupOf(string(groups))
		p.container = containerOf(p.cgroup)
	}
	o.programs[pid] = p
	return p
}

// sizeofDiag is the size of a struct inet_diag_msg.
const sizeofDiag = 72

// request makes a request for TCP sockets of a family that are in one of the states, a bit each; id is its struct
// inet_diag_sockid, empty.
func request(family uint8, flags uint16, states uint32) (message, id []byte) {
	ne := binary.NativeEndian
	m := make([]byte, unix.SizeofNlMsghdr+56)
	ne.PutUint32(m, uint32(len(m)))
	ne.PutUint16(m[4:], unix.SOCK_DIAG_BY_FAMILY)
	ne.PutUint16(m[6:], unix.NLM_F_REQUEST|flags)
	q := m[unix.SizeofNlMsghdr:]
	q[0], q[1] = family, unix.IPPROTO_TCP
	ne.PutUint32(q[4:], states)
	return m, q[8:]
}

// ask asks sock_diag for one socket and returns its struct inet_diag_msg; nil where there is none.
func (o *owners) ask(local, remote netip.AddrPort) []byte {
	for _, index := range o.addresses.interfaces(local.Addr()) {
		if body := o.askOn(index, local, remote); body != nil {
			return body
		}
	}
	return nil
}

// askOn asks for a socket that is bound to an interface or to none.
func (o *owners) askOn(index uint32, local, remote netip.AddrPort) []byte {
	ne, be := binary.NativeEndian, binary.BigEndian
	family := uint8(unix.AF_INET)
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	m, id := request(family, 0, ^uint32(0))
	be.PutUint16(id, local.Port())
	be.PutUint16(id[2:], remote.Port())
	copy(id[4:20], local.Addr().AsSlice())
	copy(id[20:36], remote.Addr().AsSlice())
	ne.PutUint32(id[36:], index)
	ne.PutUint64(id[40:], ^uint64(0)) // no cookie
	if unix.Sendto(o.fd, m, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return nil
	}
	n, _, err := unix.Recvfrom(o.fd, o.buf, 0)
	if err != nil || n < unix.SizeofNlMsghdr+sizeofDiag || ne.Uint16(o.buf[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return nil
	}
	body := o.buf[unix.SizeofNlMsghdr:n]
	if be.Uint16(body[4:]) != local.Port() || be.Uint16(body[6:]) != remote.Port() {
		return nil // the listening socket
	}
	return body
}

// process returns the process that holds a socket; 0 where it cannot be seen.
func (o *owners) process(inode uint32) int {
	if pid, ok := o.processes[inode]; ok {
		return pid
	}
	if time.Since(o.scanned) < scanEvery {
		return 0
	}
	o.processes, o.programs, o.scanned = map[uint32]int{}, map[int]program{}, time.Now()
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		number, ok := strings.CutPrefix(target, "socket:[")
		if err != nil || !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 32)
		pid, err2 := strconv.Atoi(strings.Split(link, "/")[2])
		if err == nil && err2 == nil && o.processes[uint32(n)] == 0 {
			o.processes[uint32(n)] = pid
		}
	}
	return o.processes[inode]
}

func (o *owners) userName(uid uint32) string {
	name, ok := o.users[uid]
	if !ok {
		if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
			name = u.Username
		}
		o.users[uid] = name
	}
	return name
}

// lines say who holds sockets that the other end has closed, and where kernel and wire disagree.
func (o *owners) lines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.held.lines()
}

// counts returns how many sockets were found, and of how many the kernel's state is another than the wire's.
func (o *owners) counts() (found, disagreed uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.found, o.disagreed
}
