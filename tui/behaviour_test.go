package tui

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/tui/model"
)

// openTen opens the capture with ten kinds of close on a screen.
func openTen(t testing.TB, w, h int) *testScreen {
	t.Helper()
	store, source, sum := openCapture(t, "ten-kinds-of-close.pcapng")
	s := newTestScreen(t, store, w, h, "terminal", "UTF-8", source)
	s.loaded(sum)
	return s
}

func TestAFilterAppliesWhileItIsTyped(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "class rst-ab")
	s.has("rst-abort  Aborted by a reset")
	s.keys("Tab")
	s.has("/ class rst-abort", "10.0.0.8:40005", "1 of 1")
	s.hasNot("10.0.0.7:40001")
	s.keys("Enter")
	s.has("1 of 10")
	s.keys("Esc")
	s.has("10.0.0.7:40001", "filter cleared")
}

func TestAMistakeInAFilterIsShownUnderItsColumn(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "port 443 and class rst-abrt")
	lines := strings.Split(s.text(), "\n")
	at := strings.Index(lines[1], "rst-abrt")
	if at < 0 || strings.IndexByte(lines[2], '^') != at {
		t.Errorf("the caret is not under the mistake:\n%s\n%s", lines[1], lines[2])
	}
	s.has("did you mean rst-abort?")
	s.keys("Enter") // does not close the prompt
	s.has("did you mean rst-abort?")
	s.keys("Esc")
	s.has("1 of 10", "/ filters, such as")
}

func TestAFilterThatMatchesNothingSaysSo(t *testing.T) {
	s := openTen(t, 80, 24)
	s.keys("/", "port 9", "Enter")
	s.has("No conversation matches port 9.", "10 are hidden. Esc clears the filter.")
	s.keys("j", "k", "G", "Enter", "2", "x", "Space", "y", "1")
	s.has("No conversation matches")
	s.keys("Esc")
	s.has("10.0.0.7:40001")
}

// TestTheServiceUnderTheCursorTellsGrowthAndPorts opens a leak: what grows and whose ports it takes stands below the table,
// also where the table has no room for those columns.
func TestTheServiceUnderTheCursorTellsGrowthAndPorts(t *testing.T) {
	store, source, sum := openCapture(t, "close-wait-leak-beside-healthy-closes.pcapng")
	s := newTestScreen(t, store, 80, 24, "terminal", "UTF-8", source)
	s.loaded(sum)
	s.keys("5", "+")
	s.has("CLOSE-WAIT 4 (4 at half-time), FIN-WAIT-2 0 (0 at half-time); longest CLOSE", "10.0.0.7 holds 14 of its 28,232 ports towards it (<1%), 10 in TIME-WAIT")
	s.keys(":", "time 8", "Enter")
	s.has("CLOSE-WAIT 2 (1 at half-time)")
}

// TestEscFollowedAtOnceByAKeyIsBoth types as fast as a terminal cannot tell from Alt.
func TestEscFollowedAtOnceByAKeyIsBoth(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "port 5432", "Enter")
	s.event(tcell.NewEventKey(tcell.KeyRune, '/', tcell.ModAlt))
	s.draw()
	s.has("an address of either end") // what completes an empty filter
	s.keys("port 8080", "Enter")
	s.has("/ port 8080", "1 of 1")
}

func TestNGoesToWhatTheLastFilterFound(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "port 5432", "Enter", "Esc", "g", "n")
	s.has("5 of 10")
	s.keys("n")
	s.has("6 of 10")
	s.keys("n")
	s.has("no further match of port 5432")
	s.keys("N")
	s.has("5 of 10")
}

func TestAGroupOpensItsConversations(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("a", "a")
	s.has("by server", "10.0.0.9:443", "5 groups")
	s.keys("j", "Enter")
	s.has("server.host 10.0.0.9 and server.port 5432", "2 of 10")
	for _, by := range []string{"service", "client", "class", "closer"} {
		s.keys("Esc", ":", "group "+by, "Enter", "Enter")
		s.hasNot("cannot filter")
		s.has("of 10")
	}
}

func TestTheCursorStaysOnItsConversationWhenTheOrderChanges(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("j", "j", "j")
	want := s.model.Current().ID
	for range model.NumColumns {
		s.keys("s", "S")
		if got := s.model.Current().ID; got != want {
			t.Fatalf("sorted by %s the cursor is on %d, not on %d", s.model.List.Query.Sort.ID(), got, want)
		}
	}
}

func TestTheTimeChangesWhatEveryPaneShows(t *testing.T) {
	s := openTen(t, 160, 50)
	s.keys(":", "goto 26", "Enter", "T")
	s.has("states at T", "T=3.037s")
	s.keys("4")
	table := s.model.Netstat.Table
	var want [flows.NumStates]int32
	var td flows.Teardown
	for row := range int32(s.model.Snapshot.Rows()) {
		s.model.Snapshot.Teardown(row, &td)
		for side := range flows.Server + 1 {
			want[td.StateAt(side, table.At)]++
		}
	}
	want[flows.Unknown], want[flows.Closed] = 0, 0
	if table.Count != want {
		t.Errorf("sockets at %d: %v, want %v", table.At, table.Count, want)
	}
	if want[flows.FinWait1] == 0 {
		t.Error("nobody is in FIN-WAIT-1 at the time of a FIN")
	}
	s.keys("0")
	s.has("T=80.010s")
	s.keys(",", ",", ".", "<", ">", "z", "z", "Z")
	s.keys("h", "Enter")
	s.has("sockets of 10.0.0.")
}

func TestEnterOnEvidenceLeadsToItsFrame(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("j", "j", "j", "6")
	for range 60 {
		if l := s.model.Explain.Lines[s.model.Explain.Cursor]; l.Frame == 32 {
			break
		}
		s.keys("j")
	}
	s.keys("Enter")
	if s.model.Focus != model.PaneLadder {
		t.Fatalf("the focus is on %s", s.model.Focus)
	}
	row := s.model.Ladder.Row(s.model.Ladder.Cursor)
	if row == nil || row.Frame() != 32 {
		t.Fatalf("the cursor is on %+v", row)
	}
	s.keys("Esc")
	if s.model.Focus != model.PaneExplain {
		t.Errorf("back leads to %s", s.model.Focus)
	}
}

func TestARowOpensToItsLayersAndOctets(t *testing.T) {
	s := openTen(t, 100, 50)
	s.keys("2", "j", "j", "j", "Enter", "Enter", "+") // the first Enter opens the run of data
	s.has("frame 4", "Ethernet", "IPv4", "TCP", "Esc: back to the ladder")
	s.keys("G")
	s.has("xyzabcdefghijklm")
	s.keys("Esc")
	s.has("4 of 11")
}

func TestARunOfDataOpensAndCloses(t *testing.T) {
	store, source, _ := openCapture(t, "close-wait-leak-beside-healthy-closes.pcapng")
	s := newTestScreen(t, store, 100, 30, "terminal", "UTF-8", source)
	before := s.model.Ladder.Count
	s.keys("x")
	if s.model.Ladder.Count <= before {
		t.Errorf("expanded it has %d rows, collapsed %d", s.model.Ladder.Count, before)
	}
	s.keys("x")
	if s.model.Ladder.Count != before {
		t.Errorf("collapsed again it has %d rows, not %d", s.model.Ladder.Count, before)
	}
}

func TestFindingsOpenTheConversationsBehindThem(t *testing.T) {
	store, source, sum := openCapture(t, "close-wait-leak-beside-healthy-closes.pcapng")
	s := newTestScreen(t, store, 100, 30, "terminal", "UTF-8", source)
	s.loaded(sum)
	s.has("finding", "7 shows")
	s.keys("7")
	s.has("has not closed", "look for a missing close()")
	s.keys("Enter")
	for i := range s.model.View.Rows {
		if c := s.model.Snapshot.Class(s.model.View.Rows[i]); c != flows.HalfClosedStall {
			t.Errorf("a conversation of class %s is behind the leak", c)
		}
	}
	if shown, all := s.model.Shown(); shown == 0 || shown == all {
		t.Errorf("%d of %d conversations are listed", shown, all)
	}
}

func TestCopyingPutsTextIntoTheTerminalsClipboard(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("y")
	if got := string(s.screen.GetClipboardData()); got != "flow 1 10.0.0.7:40001 10.0.0.9:443 four-way" {
		t.Errorf("copied %q", got)
	}
	s.keys("2", "y")
	if got := string(s.screen.GetClipboardData()); !strings.HasPrefix(got, "10.0.0.7:40001 > 10.0.0.9:443 S ") {
		t.Errorf("copied %q", got)
	}
	s.keys("Y")
	if got := string(s.screen.GetClipboardData()); !strings.Contains(got, "Verdict") {
		t.Errorf("copied %q", got)
	}
}

func TestMarkedConversationsAreWrittenInThreeForms(t *testing.T) {
	s := openTen(t, 100, 30)
	s.app.write = writeMarked
	dir := t.TempDir()
	s.keys("j", "j", "j", "Space", "Space")
	for _, name := range []string{"two.json", "two.txt", "two.pcapng"} {
		s.keys("w")
		s.app.filterLine.input.SetText("write " + filepath.Join(dir, name))
		s.keys("Enter")
		s.has("2 conversations written")
	}
	var doc struct {
		Conversations []struct {
			ID    uint64 `json:"id"`
			Class string `json:"class"`
		} `json:"conversations"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "two.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &doc); err != nil || len(doc.Conversations) != 2 || doc.Conversations[0].ID != 26 {
		t.Errorf("%v in %s", err, data)
	}
	text, err := os.ReadFile(filepath.Join(dir, "two.txt"))
	if err != nil || !strings.Contains(string(text), "FIN-WAIT-1") || !strings.Contains(string(text), "fin-lost") {
		t.Errorf("%v: %s", err, text)
	}
	c, err := decode.Open([]string{filepath.Join(dir, "two.pcapng")}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, sum, err := flows.Collect(context.Background(), c, decode.Config{}, flows.Config{}, nil)
	if err != nil || len(all) != 2 || all[0].Class != flows.RetransmittedFIN || all[1].Class != flows.RSTAbort || !sum.Complete {
		t.Errorf("what was written reads as %d conversations, %v", len(all), err)
	}
	comments, err := c.Comments(all[0].LastPos)
	if err != nil || len(comments) == 0 || !strings.Contains(comments[0], "conversation #26 is retransmitted-fin") {
		t.Errorf("its last packet says %q, %v", comments, err)
	}
}

func TestAFileIsNotReplacedWithoutAQuestion(t *testing.T) {
	s := openTen(t, 100, 30)
	s.app.write = writeMarked
	path := filepath.Join(t.TempDir(), "mine.json")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func() {
		s.keys(":")
		s.app.filterLine.input.SetText("write " + path)
		s.keys("Enter")
		s.has("exists. Replace it?")
	}
	write()
	s.keys("n")
	if data, _ := os.ReadFile(path); string(data) != "mine" {
		t.Fatalf("it was replaced: %s", data)
	}
	write()
	s.keys("y")
	if data, _ := os.ReadFile(path); !strings.Contains(string(data), "tcpclose/1") {
		t.Errorf("it was not replaced: %s", data)
	}
}

func TestStoppingALoadKeepsWhatIsThereAndSaysSo(t *testing.T) {
	s := openTen(t, 100, 30)
	s.model.Load = model.Load{Done: 40, Total: 100, Began: testNow()}
	stopped := false
	s.model.OnStop(func() { stopped = true })
	s.draw()
	s.has("40%", "^C=stop")
	s.keys("Ctrl-C")
	if !stopped {
		t.Error("nothing was stopped")
	}
	s.has("PARTIAL", "Ctrl-C again quits", "10.0.0.7:40001")
	s.keys("Ctrl-C")
	select {
	case <-s.app.quit:
	default:
		t.Error("the second Ctrl-C does not quit")
	}
}

func TestTextOfACaptureIsNeverMarkup(t *testing.T) {
	s := openTen(t, 100, 30)
	s.model.Explain.Lines = []model.Line{{Label: "x", Text: "[SYN] [FIN, ACK] [red]text[-] \x1b[31m\x07 [::1]:443"}}
	s.keys("6")
	s.has("[SYN] [FIN, ACK] [red]text[-] .[31m. [::1]:443")
}

func TestHelpIsPrintedFromTheKeyTable(t *testing.T) {
	s := openTen(t, 100, 120)
	s.keys("?")
	for _, b := range bindings {
		s.has(b.help)
	}
	s.keys("Esc")
	s.has("1 of 10")
	s.keys("E")
	s.has("Glossary")
	s.keys("q", ":", "explain time-wait", "Enter")
	s.has("TIME-WAIT (state)")
}

func TestEveryKeyHasOneActionAndEveryActionExists(t *testing.T) {
	seen := map[string]model.Action{}
	names := map[string]bool{}
	for _, n := range keyNames {
		names[n] = true
	}
	for _, b := range bindings {
		if !model.Known(b.action) {
			t.Errorf("there is no action %s", b.action)
		}
		for k := range strings.FieldsSeq(b.keys) {
			if other, ok := seen[k]; ok {
				t.Errorf("%s is bound to %s and %s", k, other, b.action)
			}
			seen[k] = b.action
			if len([]rune(k)) > 1 && k != "Space" && !names[k] {
				t.Errorf("no key is called %s", k)
			}
			if k == "Ctrl-A" || k == "Ctrl-B" {
				t.Errorf("%s is the prefix of screen or tmux", k)
			}
		}
	}
}

func TestCommandsComplainInWords(t *testing.T) {
	s := openTen(t, 100, 30)
	for command, says := range map[string]string{
		"frobnicate": "no command", "goto x": "needs the number", "goto 9": "no conversation begins with frame 9",
		"sort nothing": "no column", "time later": "is no time", "host nowhere": "is no address", "theme pink": "no theme",
		"group by": "no grouping", "c": "can be capture or columns", "write x.doc": "has to end in", "filter ((": "column", "columns nothing": "no column",
	} {
		s.app.write = writeMarked
		s.keys(":", command, "Enter")
		if !strings.Contains(s.model.Message, says) {
			t.Errorf("%s: says %q", command, s.model.Message)
		}
	}
}

func TestALadderIsNeverHalf(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("2", "+")
	for w := leastWidth; w <= 170; w++ {
		s.resize(w, 24)
		want := 2
		if w-2 < ladder.MinWidth {
			want = 0 // a list
		}
		for i, line := range strings.Split(s.text(), "\n")[4:12] {
			if rails := strings.Count(strings.TrimRight(line, "█"), "│"); rails != want {
				t.Fatalf("at %d columns line %d has %d lifelines:\n%s", w, i, rails, s.text())
			}
		}
	}
}

func TestTheMouseSelectsSortsAndScrubs(t *testing.T) {
	s := openTen(t, 100, 30)
	click := func(x, y int) {
		s.app.pages.MouseHandler()(tview.MouseLeftDown, tcell.NewEventMouse(x, y, tcell.Button1, 0), func(p tview.Primitive) { s.app.tview.SetFocus(p) })
		s.draw()
	}
	click(20, 6)
	s.has("3 of 10")
	click(20, 3)
	s.has("sort: client ^")
	click(50, 14)
	if s.model.Scrub.At == flows.NoTime {
		t.Error("a click into the line of time changes nothing")
	}
	click(2, 29)
	if s.model.Focus != model.PaneFlows {
		t.Errorf("a click on a tab leads to %s", s.model.Focus)
	}
}
