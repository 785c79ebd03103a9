package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFollowedFileThatIsCutIsNoLongerFollowed: what grows there now is another capture.
func TestAFollowedFileThatIsCutIsNoLongerFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "growing.pcap")
	if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := &tailReader{ctx: t.Context(), file: file}
	if n, err := r.Read(make([]byte, 200)); n != 100 || err != nil {
		t.Fatalf("%d octets, %v", n, err)
	}
	if err := os.Truncate(path, 24); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 200)); n != 0 || err == nil || !strings.Contains(err.Error(), "cut from 100 to 24 bytes") {
		t.Errorf("%d octets, %v", n, err)
	}
}
