package main

import (
	"encoding/json"
	"os"
	"testing"
)

// TestSeveralFilesAreOneCaptureAndEveryFrameHasItsPlace reports two captures of which one was recorded after the other.
func TestSeveralFilesAreOneCaptureAndEveryFrameHasItsPlace(t *testing.T) {
	inFolder(t)
	if err := os.Mkdir("later", 0o755); err != nil {
		t.Fatal(err)
	}
	later, err := os.ReadFile(top(t) + "/testdata/captures/close-wait-leak-beside-healthy-closes.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("later/leak.pcapng", later, 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := execute(t, "report", "later/leak.pcapng", "trace.pcap", "-T", "json")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	type reference struct {
		Frame     *int
		File      string
		FileFrame int `json:"file_frame"`
	}
	var d struct {
		Capture struct {
			Packets int
			Files   []struct {
				Path       string
				Packets    int
				FirstFrame int `json:"first_frame"`
			}
		}
		Conversations []struct {
			FirstFile string `json:"first_file"`
			States    struct{ Client, Server []reference }
			Marks     []reference
			FIN       struct{ Client, Server *reference }
		}
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	starts := map[string]int{}
	for _, f := range d.Capture.Files {
		starts[f.Path] = f.FirstFrame
	}
	if starts["trace.pcap"] != 1 || starts["later/leak.pcapng"] != 69 || d.Capture.Packets <= 69 {
		t.Fatalf("the files begin at %v", starts)
	}
	seen := map[string]int{}
	for _, c := range d.Conversations {
		all := append(append(c.Marks, c.States.Client...), c.States.Server...)
		for _, f := range []*reference{c.FIN.Client, c.FIN.Server} {
			if f != nil {
				all = append(all, *f)
			}
		}
		for _, r := range all {
			if r.Frame == nil {
				continue
			}
			seen[r.File]++
			if r.File != c.FirstFile || r.FileFrame != *r.Frame-starts[r.File]+1 {
				t.Errorf("frame %d is frame %d of %q, in a conversation of %s", *r.Frame, r.FileFrame, r.File, c.FirstFile)
			}
		}
	}
	if seen["trace.pcap"] < 20 || seen["later/leak.pcapng"] < 20 {
		t.Errorf("references: %v", seen)
	}
}

// TestLaddersFindTheirPacketsInSeveralFiles prints a ladder of the file that comes second.
func TestLaddersFindTheirPacketsInSeveralFiles(t *testing.T) {
	inFolder(t)
	t.Setenv("LC_ALL", "C.UTF-8")
	alone, _, _ := execute(t, "report", "trace.pcap", "--ladder", "--no-summary", "--", "class", "simultaneous")
	earlier, err := os.ReadFile("trace.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("twin.pcap", earlier, 0o644); err != nil {
		t.Fatal(err)
	}
	both, errs, code := execute(t, "report", "trace.pcap", "twin.pcap", "--ladder", "--no-summary", "--", "class", "simultaneous")
	if code != exitOK || len(both) <= len(alone) {
		t.Errorf("exit code %d %s\nalone:\n%s\nboth:\n%s", code, errs, alone, both)
	}
}
