// Package browsertest runs headless Chromium in tests of pages.
package browsertest

import (
	"os/exec"
	"testing"
	"time"
)

// names are those that Chromium goes by.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

// DumpDOM opens a file in headless Chromium, without a network and with a profile of its own, and returns the page as it is
// after its scripts ran, as HTML. flags are further ones of Chromium. The test is skipped where there is no browser or it
// does not start, and in short tests.
func DumpDOM(t *testing.T, path string, flags ...string) string {
	t.Helper()
	browser := ""
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			browser = found
			break
		}
	}
	if browser == "" {
		t.Skip("no browser to look with: Chromium is not installed")
	}
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + t.TempDir(),
		"--virtual-time-budget=20000", "--dump-dom",
	}, flags...)
	cmd := exec.CommandContext(t.Context(), browser, append(args, "file://"+path)...)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Skip("the browser does not run here: ", err)
	}
	return string(out)
}
