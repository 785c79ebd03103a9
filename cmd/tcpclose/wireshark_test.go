package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestWiresharkShowsTheFramesOfAConversationAndNoOthers pastes filters into tshark, where it is installed.
func TestWiresharkShowsTheFramesOfAConversationAndNoOthers(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("starts tshark three times")
	}
	inFolder(t)
	out, _, _ := execute(t, "report", "trace.pcap", "-Tndjson", "--no-summary", "--fields", "packets,wireshark_filter", "--", "class four-way or class unanswered or class rst-after-fin")
	for line := range strings.Lines(out) {
		var c struct {
			Packets struct{ Client, Server int }
			Filter  string `json:"wireshark_filter"`
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		frames, err := exec.CommandContext(t.Context(), tshark, "-n", "-r", "trace.pcap", "-Y", c.Filter, "-T", "fields", "-e", "frame.number").Output()
		if err != nil {
			t.Fatalf("%s: %v", c.Filter, err)
		}
		if got := len(strings.Fields(string(frames))); got != c.Packets.Client+c.Packets.Server {
			t.Errorf("%s shows %d frames, the conversation has %d", c.Filter, got, c.Packets.Client+c.Packets.Server)
		}
	}
}

func TestVerboseSaysWhatIsDoneAndQuietSaysNothing(t *testing.T) {
	inFolder(t)
	plain, errs, _ := execute(t, "report", "trace.pcap")
	if errs != "" {
		t.Errorf("says %q unasked", errs)
	}
	out, errs, code := execute(t, "report", "-v", "trace.pcap")
	if code != exitOK || out != plain {
		t.Errorf("-v changes the report (exit code %d)", code)
	}
	for _, want := range []string{"msg=reading file=trace.pcap", "msg=done packets=68", "conversations=10"} {
		if !strings.Contains(errs, want) {
			t.Errorf("-v does not say %s:\n%s", want, errs)
		}
	}
}
