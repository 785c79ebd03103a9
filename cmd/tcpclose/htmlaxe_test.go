package main

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcpclose/flows/report/browsertest"
)

// axeScript runs in a copy of the page once it is built: it opens what is folded, sorts the table, has axe-core look, and
// writes what it found at the page's end. target-size is of WCAG 2.2 AA, but axe-core leaves it out unless told.
const axeScript = `
document.querySelectorAll("details").forEach((d) => { d.open = true; });
document.querySelector("table.sortable button")?.click();
axe.run(document, { rules: { "target-size": { enabled: true } } }).then((found) => ({
  passes: found.passes.length,
  violations: found.violations.map((v) => v.id),
  details: found.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary).join("; ")).join("\n"),
}), (e) => ({ details: String(e) })).then((result) => {
  const root = document.documentElement;
  Object.assign(result, { acted, dark: matchMedia("(prefers-color-scheme: dark)").matches, wide: root.scrollWidth - root.clientWidth });
  const out = document.createElement("pre");
  out.id = "axe-found";
  out.textContent = JSON.stringify(result);
  document.body.append(out);
});`

// An axeResult is what axeScript writes.
type axeResult struct {
	Passes     int      `json:"passes"`
	Violations []string `json:"violations"`
	Details    string   `json:"details"`
	Acted      bool     `json:"acted"` // a text of the capture called alert
	Dark       bool     `json:"dark"`
	Wide       int      `json:"wide"` // pixels by which the whole page must be scrolled sideways
}

// A look is how a page is looked at.
type look struct {
	name        string
	dark, print bool
	flags       []string
}

// looks are the themes, one in a wide window and one in the narrowest that Chromium opens, and the page as it is printed
// while the browser is in the dark.
var looks = []look{
	{"light", false, false, []string{"--window-size=1280,900", "--blink-settings=preferredColorScheme=1"}},
	{"dark", true, false, []string{"--window-size=500,900", "--blink-settings=preferredColorScheme=0"}},
	{"print", true, true, []string{"--window-size=1280,900", "--blink-settings=preferredColorScheme=0"}},
}

var (
	policyTag = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	axeFound  = regexp.MustCompile(`(?s)<pre id="axe-found">(.*?)</pre>`)
)

// runAxe looks at a page with axe-core. The page's policy lets no script in but its own: what is opened is a copy without
// the policy, and with axe-core in it. That the page works under its policy is another test's.
func runAxe(t *testing.T, page, axe string, l look) (found axeResult) {
	t.Helper()
	if n := len(policyTag.FindAllString(page, -1)); n != 1 {
		t.Fatalf("the page has %d policies", n)
	}
	copied := policyTag.ReplaceAllLiteralString(page, `<script>let acted = false; window.alert = () => { acted = true; };</script>`)
	if l.print {
		copied = strings.NewReplacer("@media print", "@media all", "@media screen", "@media not all").Replace(copied)
	}
	body, whole := strings.CutSuffix(strings.TrimSpace(copied), "</body>\n</html>")
	if !whole {
		t.Fatal("the page ends in another way")
	}
	copied = body + "<script>" + strings.ReplaceAll(axe, "</script", `<\/script`) + "</script><script>" + axeScript + "</script></body></html>"
	path := filepath.Join(t.TempDir(), "copy.html")
	if err := os.WriteFile(path, []byte(copied), 0o600); err != nil {
		t.Fatal(err)
	}
	m := axeFound.FindStringSubmatch(browsertest.DumpDOM(t, path, l.flags...))
	if m == nil {
		t.Fatal("axe-core did not end")
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &found); err != nil {
		t.Fatal(err)
	}
	if found.Dark != l.dark {
		t.Fatalf("the page is dark: %v", found.Dark)
	}
	return found
}

// axeCore returns the text of axe-core.
func axeCore(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(nodePackage(t, "axe-core"), "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pageOf returns a capture's report.
func pageOf(t *testing.T, args ...string) string {
	t.Helper()
	page, errs, code := execute(t, append([]string{"report", "-T", "html"}, args...)...)
	if !strings.Contains(page, "</html>") {
		t.Fatalf("%q: exit code %d: %s", args, code, errs)
	}
	return page
}

// TestAxeFindsNothingInReports has axe-core look at reports of captures of many kinds, in light, in dark and as printed. It cannot
// tell the contrast of texts in pictures; a test of package report computes that.
func TestAxeFindsNothingInReports(t *testing.T) {
	axe := axeCore(t)
	captures := filepath.Join(top(t), "testdata", "captures")
	whole := tenKinds(t)
	t.Chdir(t.TempDir())
	write := func(name string, content []byte) string {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	damaged := slices.Clone(whole[:len(whole)-30])
	copy(damaged[len(damaged)/2:], strings.Repeat("\xff", 64))
	hostile := []string{"-N"}
	for i, evil := range evils {
		hostile = append(hostile, write(fmt.Sprintf("%02d<img src=x onerror=alert(1)>.pcapng", i), hostileCapture(t, evil)))
	}
	for _, r := range []struct {
		name string
		args []string
		text string // it is what it is meant to be
	}{
		{"leak", []string{filepath.Join(captures, "close-wait-leak-beside-healthy-closes.pcapng")}, "has not closed 4 of the 14"},
		{"ten kinds", []string{filepath.Join(captures, "ten-kinds-of-close.pcapng")}, "10 conversations"},
		{"legs", []string{"--pairs", filepath.Join(captures, "legs-of-a-proxy.pcapng")}, "proxy"},
		{"names", []string{"-N", filepath.Join(captures, "names-in-the-capture.pcap")}, "example"},
		{"empty", []string{write("empty.pcap", whole[:24])}, "There is none."},
		{"damaged", []string{write("damaged.pcap", damaged)}, `class="quality bad"`},
		{"hostile", hostile, "&lt;img src=x onerror=alert(1)&gt;"},
	} {
		t.Run(r.name, func(t *testing.T) {
			page := pageOf(t, r.args...)
			if !strings.Contains(page, r.text) {
				t.Errorf("the page does not say %q: something else is tested", r.text)
			}
			for _, l := range looks {
				found := runAxe(t, page, axe, l)
				if len(found.Violations) > 0 || found.Passes < 20 {
					t.Errorf("%s: %d rules hold; violated: %s", l.name, found.Passes, found.Details)
				}
				if found.Acted {
					t.Errorf("%s: a text of the capture has run", l.name)
				}
				if found.Wide > 0 && !l.print { // what does not fit a sheet, the browser makes smaller
					t.Errorf("%s: the page is %d pixels wider than the window", l.name, found.Wide)
				}
			}
		})
	}
}

// TestAxeFindsWhatIsWrong spoils a page: what finds nothing in the others is able to find something.
func TestAxeFindsWhatIsWrong(t *testing.T) {
	axe := axeCore(t)
	inFolder(t)
	page := pageOf(t, "trace.pcap")
	page = strings.Replace(page, `<html lang="en">`, "<html>", 1)
	page = strings.Replace(page, "</style>", ":root { --soft: #808080; --bg: #909090; --link: var(--bg); } .skip { position: fixed; left: 0; }</style>", 1)
	page = strings.Replace(page, "</h1>", `</h1><p><script>alert(1)</script><span role="img"></span></p><div id="wide" class="lead">x</div><style>#wide { width: 200vw; }</style>`, 1)
	for _, l := range looks {
		found := runAxe(t, page, axe, l)
		for _, rule := range []string{"color-contrast", "html-has-lang", "role-img-alt"} {
			if !slices.Contains(found.Violations, rule) {
				t.Errorf("%s: %s is not among %v", l.name, rule, found.Violations)
			}
		}
		if !found.Acted || found.Wide <= 0 {
			t.Errorf("%s: acted %v, %d pixels too wide", l.name, found.Acted, found.Wide)
		}
	}
}
