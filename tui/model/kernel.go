package model

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"

	"tcpclose/flows"
)

// A Kernel is what the host itself knows of the sockets that the wire shows: whose they are, and in which state it has
// them.
type Kernel struct {
	Holders *flows.Holders // nil: nobody asked
	Check   *KernelCheck   // nil: not compared yet

	held        []flows.Held // of the service that was asked for last
	heldService netip.AddrPort
	heldOf      *flows.Holders
	query       any
	edition     uint64
}

// A KernelCheck is what comes of holding the kernel's states against the wire's.
type KernelCheck struct {
	Compared int
	Differ   []Difference // the most frequent first
}

// A Difference is a pair of states that should be one.
type Difference struct {
	Wire, Kernel flows.State
	Count        int
}

// Disagreements returns how many sockets the kernel has in another state than the wire shows.
func (k *KernelCheck) Disagreements() (n int) {
	for _, d := range k.Differ {
		n += d.Count
	}
	return n
}

// SetHolders takes in another look at the host's sockets.
func (m *Model) SetHolders(h *flows.Holders) {
	m.Kernel.Holders = h
	if t := m.Current(); t != nil {
		m.Explain.Lines = m.explain(t)
	}
	m.lookKernel(false)
}

// Held returns who holds sockets of a service in states that wait for a close.
func (m *Model) Held(service netip.AddrPort) []flows.Held {
	k := &m.Kernel
	if k.heldOf != k.Holders || k.heldService != service {
		k.held, k.heldService, k.heldOf = k.Holders.Held(service), service, k.Holders
	}
	return k.held
}

// HolderOf returns what the host knows of one end's socket; ok is false where that is nothing.
func (m *Model) HolderOf(local, peer netip.AddrPort) (flows.Holder, bool) {
	return m.Kernel.Holders.Find(flows.SocketName{Local: local, Peer: peer})
}

// HolderText writes, in the room of a column, who holds the sockets of a row: the client's, the server's, or both, with a
// mark behind where the kernel's state is another.
func (m *Model) HolderText(t *flows.Teardown) string {
	var list []string
	for side := range flows.Server + 1 {
		of, ok := m.Kernel.Holders.Find(t.Name(side))
		if !ok {
			continue
		}
		text := of.Short()
		if wire, kernel, ok := m.Kernel.Holders.Compare(t, side, &m.config.Flows); ok && wire != kernel {
			text += "!"
		}
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, " ")
}

// HeldLines says whose sockets the ends of a conversation are, and what the kernel says of their states.
func (m *Model) HeldLines(t *flows.Teardown) (lines []Line) {
	h := m.Kernel.Holders
	for side := range flows.Server + 1 {
		of, ok := h.Find(t.Name(side))
		if !ok {
			continue
		}
		line := Line{Role: Info, Label: "Socket", Text: fmt.Sprintf("the %s's is %s", side, of.Text())}
		wire, kernel, compared := h.Compare(t, side, &m.config.Flows)
		switch {
		case of.Gone:
			line.Text += "; the kernel has it no more"
		case !compared:
			line.Text += fmt.Sprintf("; the kernel has it in %s", of.State)
		case wire == kernel:
			line.Text += fmt.Sprintf("; the kernel has it in %s too", of.State)
		default:
			line.Role = Warning
			line.Text += fmt.Sprintf("; the kernel has it in %s where the wire shows %s", kernel, wire)
		}
		lines = append(lines, line)
	}
	return lines
}

// lookKernel compares again where there are other sockets or rows.
func (m *Model) lookKernel(asked bool) {
	h, snap, cfg := m.Kernel.Holders, m.Snapshot, m.config.Flows
	if h == nil || snap.Rows() == 0 {
		return
	}
	lookAgain(m, taskKernel, asked, h, m.Kernel.query, m.Kernel.edition, func() {
		m.Kernel.query, m.Kernel.edition = h, snap.Edition
	}, func(ctx context.Context) func() {
		k := CheckKernel(ctx, snap, h, cfg)
		if k == nil {
			return nil
		}
		return func() { m.Kernel.Check = k }
	})
}

// CheckKernel holds the kernel's states of the host's sockets against those that the wire shows. Of conversations between
// the same two ends the latest counts. It stops early, with nil, when ctx ends.
func CheckKernel(ctx context.Context, s *Snapshot, h *flows.Holders, cfg flows.Config) *KernelCheck {
	type end struct {
		row  int32
		side flows.Side
	}
	tallies := make([]map[flows.SocketName]end, runtime.GOMAXPROCS(0))
	newer := func(of map[flows.SocketName]end, name flows.SocketName, e end) {
		if have, ok := of[name]; !ok || s.Start(e.row) > s.Start(have.row) {
			of[name] = e
		}
	}
	s.stretches(ctx, func(worker, first, last int) {
		if tallies[worker] == nil {
			tallies[worker] = map[flows.SocketName]end{}
		}
		for row := int32(first); row < int32(last); row++ {
			for side := range flows.Server + 1 {
				name := flows.SocketName{Local: s.End(row, side), Peer: s.End(row, 1-side)}
				if _, ok := h.Of[name]; ok {
					newer(tallies[worker], name, end{row, side})
				}
			}
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	all := map[flows.SocketName]end{}
	for _, of := range tallies {
		for name, e := range of {
			newer(all, name, e)
		}
	}
	k := &KernelCheck{}
	counts := map[Difference]int{}
	var t flows.Teardown
	for _, e := range all {
		s.watched(e.row, &t)
		wire, kernel, ok := h.Compare(&t, e.side, &cfg)
		if !ok {
			continue
		}
		k.Compared++
		if wire != kernel {
			counts[Difference{Wire: wire, Kernel: kernel}]++
		}
	}
	for d, n := range counts {
		d.Count = n
		k.Differ = append(k.Differ, d)
	}
	slices.SortFunc(k.Differ, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Wire, b.Wire), cmp.Compare(a.Kernel, b.Kernel))
	})
	return k
}
