package main

import (
	"slices"
	"strings"
	"testing"

	"tcpclose/flows"
)

func TestALeakIsReadAsWhoHoldsIt(t *testing.T) {
	h := newHoldings()
	java := &socketOwner{state: flows.CloseWait, State: "CLOSE-WAIT", PID: 4213, Process: "java", Inode: 7}
	for id := range uint64(135) {
		h.note(id, flows.Server, java)
	}
	h.note(7, flows.Server, nil) // it was closed at last
	h.note(500, flows.Client, &socketOwner{state: flows.FinWait2, State: "FIN-WAIT-2", UID: 33, User: "www-data"})
	h.note(501, flows.Client, &socketOwner{state: flows.LastAck, State: "LAST-ACK", UID: 33, User: "www-data", Inode: 9})
	h.note(502, flows.Client, &socketOwner{state: flows.Established, State: "ESTABLISHED", PID: 1, Process: "init"})
	inside := *java
	inside.Container = "0123456789ab"
	h.note(600, flows.Server, &inside)
	h.disagree(flows.CloseWait, flows.Established)
	h.disagree(flows.CloseWait, flows.Established)
	want := []string{
		"CLOSE-WAIT ×134 held by java[4213]",
		"CLOSE-WAIT ×1 held by java[4213] in container 0123456789ab",
		"FIN-WAIT-2 ×1 held by no process: it was closed",
		"LAST-ACK ×1 held by a process of www-data",
		"the kernel says ESTABLISHED where the wire shows CLOSE-WAIT ×2",
	}
	if got := h.lines(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAContainerIsFoundInItsControlGroup(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string][2]string{
		"0::/system.slice/docker-" + id + ".scope\n":                {"/system.slice/docker-" + id + ".scope", id[:12]},
		"12:pids:/docker/" + id + "\n1:name=systemd:/\n0::/\n":      {"/docker/" + id, id[:12]},
		"0::/kubepods.slice/pod1/cri-containerd-" + id + ".scope\n": {"/kubepods.slice/pod1/cri-containerd-" + id + ".scope", id[:12]},
		"0::/user.slice/user-1000.slice/session-3.scope\n":          {"/user.slice/user-1000.slice/session-3.scope", ""},
		"4:memory:/a\n3:cpu:/abc\n0::/system.slice/nginx.service\n": {"/system.slice/nginx.service", ""},
		"4:memory:/a\n3:cpu:/abc\n0::/\n":                           {"/abc", ""},
		"0::/\n":                                                    {"", ""},
		"":                                                          {"", ""},
		"broken":                                                    {"", ""},
	} {
		group := cgroupOf(text)
		if got := [2]string{group, containerOf(group)}; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
