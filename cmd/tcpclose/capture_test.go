package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/flows/flowtest"
)

// TestScriptCapturesAreWhatTheirScriptsSay compares each capture that stands beside a script of its name with what the
// script writes; -update writes it.
func TestScriptCapturesAreWhatTheirScriptsSay(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join(top(t), "testdata", "captures", "*.script"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		script, err := flowtest.Parse(string(text))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		var want bytes.Buffer
		if err := flowtest.WritePcap(&want, script, flowtest.PcapOptions{NG: true}); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		capture := strings.TrimSuffix(path, ".script") + ".pcapng"
		if *update {
			if err := os.WriteFile(capture, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(capture); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what its script says (%v); -update writes it", filepath.Base(capture), err)
		}
	}
}
