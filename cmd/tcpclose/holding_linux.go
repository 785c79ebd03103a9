package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tcpclose/flows"
)

// A holding is a socket of this host in a state that only a program, or the other end, can end.
type holding struct {
	state     string
	process   string // "java[4213]", or what else is known of it
	container string
}

// holdings are the sockets that are held now, as far as stalls and ends told of them, and the disagreements so far.
type holdings struct {
	now    map[holdingKey]holding
	differ map[[2]flows.State]uint64 // the wire's state, the kernel's
}

type holdingKey struct {
	id   uint64 // of the conversation
	side flows.Side
}

func newHoldings() holdings {
	return holdings{map[holdingKey]holding{}, map[[2]flows.State]uint64{}}
}

// maxHoldings bounds how many sockets are remembered as held.
const maxHoldings = 1 << 16

// note takes in what was found of the socket at one end of a conversation; nil: there is none, or none any more.
func (h *holdings) note(id uint64, side flows.Side, x *socketOwner) {
	key := holdingKey{id, side}
	if x == nil || !x.state.Waits() {
		delete(h.now, key)
		return
	}
	of := x.holder()
	if _, known := h.now[key]; !known && len(h.now) >= maxHoldings {
		return // what a conversation given up for want of memory held is never told to have ended
	}
	h.now[key] = holding{state: x.State, process: of.Who(), container: x.Container}
}

func (h *holdings) disagree(wire, kernel flows.State) { h.differ[[2]flows.State{wire, kernel}]++ }

// maxHolders bounds how many lines are printed of each kind.
const maxHolders = 10

// lines renders both, the most frequent first.
func (h *holdings) lines() (list []string) {
	held := map[holding]uint64{}
	for _, v := range h.now {
		held[v]++
	}
	list = ranked(held, func(v holding, n uint64) string {
		text := fmt.Sprintf("%s ×%d held by %s", v.state, n, v.process)
		if v.container != "" {
			text += " in container " + v.container
		}
		return text
	})
	return append(list, ranked(h.differ, func(v [2]flows.State, n uint64) string {
		return fmt.Sprintf("the kernel says %s where the wire shows %s ×%d", v[1], v[0], n)
	})...)
}

// ranked renders what was counted, the most frequent first, and how much more there is.
func ranked[K comparable](counts map[K]uint64, line func(k K, n uint64) string) (list []string) {
	type row struct {
		text string
		n    uint64
	}
	rows := make([]row, 0, len(counts))
	for k, n := range counts {
		rows = append(rows, row{line(k, n), n})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.text, b.text)) })
	for i, r := range rows {
		if i == maxHolders {
			return append(list, fmt.Sprintf("and %d more such lines", len(rows)-i))
		}
		list = append(list, r.text)
	}
	return list
}

// cgroupOf returns the path of a process's control group from /proc/PID/cgroup: that of version 2 where it tells anything,
// else the longest of version 1.
func cgroupOf(text string) (path string) {
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[2] == "/" {
			continue
		}
		if parts[0] == "0" {
			return parts[2]
		}
		if len(parts[2]) > len(path) {
			path = parts[2]
		}
	}
	return path
}

// containerOf finds a container's id in the path of a control group, as Docker, Podman, containerd, CRI-O and Kubernetes
// write it: 64 hexadecimal digits, perhaps between a prefix and a suffix. It returns the first twelve.
func containerOf(path string) string {
	const full, short = 64, 12
	for part := range strings.SplitSeq(path, "/") {
		for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) {
			if len(word) == full {
				return word[:short]
			}
		}
	}
	return ""
}
