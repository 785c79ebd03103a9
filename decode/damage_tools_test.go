package decode

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tcpclose/decode/damagetest"
)

// salvagers are the tools that are compared with: each says how many packets it gets out of a file.
var salvagers = []struct {
	name  string
	count func(t *testing.T, path string) int
}{
	{"tshark", func(t *testing.T, path string) int {
		return lines(t, "tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.number")
	}},
	{"tcpdump", func(t *testing.T, path string) int { return lines(t, "tcpdump", "-n", "-q", "-t", "-r", path) }},
	{"capinfos", func(t *testing.T, path string) int {
		out, _ := exec.CommandContext(t.Context(), "capinfos", "-T", "-M", "-r", "-c", path).Output()
		_, count, _ := strings.Cut(strings.TrimSpace(string(out)), "\t")
		n, _ := strconv.Atoi(count)
		return n
	}},
}

// lines counts the lines that a tool prints before it gives up.
func lines(t *testing.T, name string, args ...string) int {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), name, args...).Output() // it fails where the damage is
	return bytes.Count(out, []byte("\n"))
}

// TestOtherToolsSalvageLess prints how many packets tcpclose, tshark, tcpdump and capinfos get out of the same damaged
// files, beside how many the damage left whole. It starts a thousand processes, so it runs only with
// TCPCLOSE_DAMAGE_TOOLS=1. SALVAGE
func TestOtherToolsSalvageLess(t *testing.T) {
	if os.Getenv("TCPCLOSE_DAMAGE_TOOLS") == "" {
		t.Skip("starts other tools: TCPCLOSE_DAMAGE_TOOLS=1 runs it")
	}
	path := filepath.Join(t.TempDir(), "damaged")
	files := damageFiles(t)
	for _, ng := range []bool{true, false} {
		cases, whole, behind := 0, 0, 0
		counts := make([]int, 1+len(salvagers))
		for i, w := range files {
			if w.ng != ng || i/2%5 != 0 {
				continue
			}
			for c := range damagetest.Each(uint64(i), w.b, files[(i+7)%len(files)].b, 22) {
				if c.Foreign || len(c.Bytes) < 64 {
					continue
				}
				cases++
				for k := range w.packets {
					lo, hi := w.span(&w.packets[k])
					if hi <= c.Lo || lo >= c.Hi {
						whole++
					}
					if lo >= c.Hi {
						behind++
					}
				}
				list, _, err := readBytes(t, bytes.NewReader(c.Bytes))
				if err == nil {
					counts[0] += len(list)
				}
				if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
					t.Fatal(err)
				}
				for k := range salvagers {
					counts[k+1] += salvagers[k].count(t, path)
				}
			}
		}
		t.Logf("pcapng %v: %d files, %d packets left whole, %d of them behind the damage", ng, cases, whole, behind)
		t.Logf("  tcpclose %d", counts[0])
		for k := range salvagers {
			t.Logf("  %s %d", salvagers[k].name, counts[k+1])
		}
	}
}
