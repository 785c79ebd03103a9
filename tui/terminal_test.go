package tui

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
)

// TestMain lets the test binary be the program that runs within tmux: with a panic on demand, which the real program has
// no way to ask for.
func TestMain(m *testing.M) {
	if path := os.Getenv("TCPCLOSE_TEST_OPEN"); path != "" {
		err := Run(context.Background(), Options{
			Paths: []string{path}, Stdout: os.Stdout, Mouse: true, Follow: os.Getenv("TCPCLOSE_TEST_FOLLOW") != "",
			hook: panicOnE(os.Getenv("TCPCLOSE_TEST_PANIC")),
		})
		if path := os.Getenv("TCPCLOSE_TEST_SAYS"); path != "" { // the terminal may not be there any more
			_ = os.WriteFile(path, fmt.Append(nil, "ended: ", err), 0o600)
		}
		if err != nil {
			fmt.Println("ended:", strings.SplitN(err.Error(), "\n", 2)[0])
			os.Exit(1)
		}
		fmt.Println("ended well")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// panicOnE makes the key E panic: while the screen is drawn, or in a goroutine beside it.
func panicOnE(where string) func(*App, *guard) {
	return func(a *App, g *guard) {
		if where == "" {
			return
		}
		a.tview.SetInputCapture(func(e *tcell.EventKey) *tcell.EventKey {
			if e.Rune() != 'E' {
				return a.key(e)
			}
			if where == "beside" {
				go g.run(func() { panic("on purpose") })
				return nil
			}
			a.tview.SetAfterDrawFunc(func(tcell.Screen) { panic("on purpose") })
			return nil
		})
	}
}

// A pane of tmux with the program in it.
type tmux struct {
	t      *testing.T
	socket string
}

// startTmux runs a command line in a new tmux server of its own.
func startTmux(t *testing.T, w, h int, env []string, command string) *tmux {
	t.Helper()
	if testing.Short() {
		t.Skip("starts tmux")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	tm := &tmux{t, "tcpclose-test-" + strings.NewReplacer("/", "-", ",", "").Replace(t.Name())}
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", tm.socket, "kill-server").Run() })
	line := "env " + strings.Join(env, " ") + " " + command + "; echo code $?; exec sleep 60"
	tm.run("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h), "sh", "-c", line)
	return tm
}

func (tm *tmux) run(args ...string) string {
	tm.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", tm.socket}, args...)...).CombinedOutput()
	if err != nil {
		tm.t.Fatalf("tmux %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (tm *tmux) screen() string { return tm.run("capture-pane", "-p") }

func (tm *tmux) keys(names ...string) {
	tm.t.Helper()
	for _, n := range names {
		tm.run("send-keys", n)
	}
}

// wait waits until the screen shows a text.
func (tm *tmux) wait(text string) {
	tm.t.Helper()
	screen := ""
	for range 200 {
		if screen = tm.screen(); strings.Contains(screen, text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	tm.t.Fatalf("the screen never showed %q:\n%s", text, screen)
}

// restored fails the test unless the terminal is as it was: no alternate screen, no mouse, a cursor.
func (tm *tmux) restored() {
	tm.t.Helper()
	got := strings.TrimSpace(tm.run("display", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"))
	if got != "0 0 1" {
		tm.t.Errorf("alternate screen, mouse and cursor are %q, want 0 0 1", got)
	}
}

// signal sends a signal to the program, which is the only child of the pane's shell.
func (tm *tmux) signal(name string) {
	tm.t.Helper()
	shell := strings.TrimSpace(tm.run("display", "-p", "#{pane_pid}"))
	if out, err := exec.Command("pkill", "-"+name, "-P", shell).CombinedOutput(); err != nil {
		tm.t.Fatalf("pkill: %v: %s", err, out)
	}
}

func testCapture(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "testdata", "captures", "ten-kinds-of-close.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func testBinary(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheTerminalIsRestored leaves the program in every way there is.
func TestTheTerminalIsRestored(t *testing.T) {
	ways := []struct {
		name, panic, says string
		leave             func(tm *tmux)
	}{
		{"q", "", "ended well", func(tm *tmux) { tm.keys("q") }},
		{"ctrl-c", "", "ended well", func(tm *tmux) { tm.keys("C-c") }},
		{"command", "", "ended well", func(tm *tmux) { tm.keys(":", "quit", "Enter") }},
		{"term", "", "ended: ended by a signal", func(tm *tmux) { tm.signal("TERM") }},
		{"hup", "", "ended: ended by a signal", func(tm *tmux) { tm.signal("HUP") }},
		{"quit", "", "code 2", func(tm *tmux) { tm.signal("QUIT") }}, // as Go ends, below the stacks
		{"panic-while-drawing", "draw", "ended: internal fault: on purpose", func(tm *tmux) { tm.keys("E") }},
		{"panic-beside-the-screen", "beside", "ended: internal fault: on purpose", func(tm *tmux) { tm.keys("E") }},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			tm := startTmux(t, 100, 30, []string{"LC_ALL=C.UTF-8", "TCPCLOSE_TEST_OPEN=" + testCapture(t), "TCPCLOSE_TEST_PANIC=" + way.panic}, testBinary(t))
			tm.wait("10.0.0.7:40001")
			way.leave(tm)
			tm.wait(way.says)
			tm.wait("code ")
			tm.restored()
		})
	}
}

// TestALostTerminalEndsTheScreenAsItsSignalDoes closes the window of the program.
func TestALostTerminalEndsTheScreenAsItsSignalDoes(t *testing.T) {
	says := filepath.Join(t.TempDir(), "says")
	tm := startTmux(t, 100, 30, []string{"LC_ALL=C.UTF-8", "TCPCLOSE_TEST_OPEN=" + testCapture(t), "TCPCLOSE_TEST_SAYS=" + says}, testBinary(t))
	tm.wait("10.0.0.7:40001")
	tm.run("kill-server")
	for range 100 {
		if said, err := os.ReadFile(says); err == nil && len(said) > 0 {
			if string(said) != "ended: "+ErrSignal.Error() {
				t.Errorf("it says %q", said)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the program has not ended")
}

// TestEveryKindOfTerminalIsServedOrRefusedInWords runs the program under names of terminals that are known, not known and
// of no use.
func TestEveryKindOfTerminalIsServedOrRefusedInWords(t *testing.T) {
	for _, c := range []struct{ term, says string }{
		{"xterm-256color", "10.0.0.7:40001"},
		{"tmux-256color", "10.0.0.7:40001"},
		{"screen", "10.0.0.7:40001"},
		{"linux", "10.0.0.7:40001"},
		{"vt100", "10.0.0.7:40001"},
		{"wezterm-of-tomorrow", "TERM=wezterm-of-tomorrow is not known"},
		{"dumb", "tcpclose report FILE"},
	} {
		t.Run(c.term, func(t *testing.T) {
			tm := startTmux(t, 100, 30, []string{"LC_ALL=C.UTF-8", "TERM=" + c.term, "TCPCLOSE_TEST_OPEN=" + testCapture(t)}, testBinary(t))
			tm.wait(c.says)
			if c.term == "dumb" {
				return
			}
			tm.wait("10.0.0.7:40001")
			tm.keys("q")
			tm.wait("ended well")
			tm.restored()
		})
	}
}

// TestCtrlZSuspendsAndFgResumes runs the program under a shell that controls jobs.
func TestCtrlZSuspendsAndFgResumes(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	tm := startTmux(t, 100, 30, []string{"LC_ALL=C.UTF-8", "PS1=READY", "TCPCLOSE_TEST_OPEN=" + testCapture(t)}, "bash --norc")
	tm.wait("READY")
	tm.run("send-keys", testBinary(t), "Enter")
	tm.wait("10.0.0.7:40001")
	tm.keys("C-z")
	tm.wait("Stopped")
	tm.restored()
	tm.run("send-keys", "fg", "Enter")
	tm.wait("10.0.0.7:40001")
	tm.keys("q")
	tm.wait("ended well")
	tm.restored()
}

// TestAResizedTerminalIsDrawnAnew shrinks the window under the program.
func TestAResizedTerminalIsDrawnAnew(t *testing.T) {
	tm := startTmux(t, 160, 50, []string{"LC_ALL=C.UTF-8", "TCPCLOSE_TEST_OPEN=" + testCapture(t)}, testBinary(t))
	tm.wait("6 Explain")
	tm.run("resize-window", "-x", "40", "-y", "10")
	tm.wait("1 of 10")
	for line := range strings.SplitSeq(strings.TrimRight(tm.screen(), "\n"), "\n") {
		if n := len([]rune(line)); n > 40 {
			t.Errorf("a line of %d cells on a screen of 40: %q", n, line)
		}
	}
	tm.keys("q")
	tm.wait("ended well")
}

// TestAGrowingFileIsFollowed appends to a capture while it is on the screen.
func TestAGrowingFileIsFollowed(t *testing.T) {
	whole, err := os.ReadFile(testCapture(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "growing.pcapng")
	if err := os.WriteFile(path, whole[:len(whole)/4], 0o600); err != nil {
		t.Fatal(err)
	}
	tm := startTmux(t, 100, 30, []string{"LC_ALL=C.UTF-8", "TCPCLOSE_TEST_FOLLOW=1", "TCPCLOSE_TEST_OPEN=" + path}, testBinary(t))
	tm.wait("following")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range 8 { // what a piece brings is shown when the next one comes
		from, to := len(whole)/4+i*len(whole)*3/32, len(whole)/4+(i+1)*len(whole)*3/32
		if i == 7 {
			to = len(whole)
		}
		if _, err := f.Write(whole[from:to]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(600 * time.Millisecond)
	}
	tm.wait("10.0.0.8:40009")
	tm.keys("q")
	tm.wait("ended well")
	tm.restored()
}

// TestNoTerminalIsSaidInWords runs without one.
func TestNoTerminalIsSaidInWords(t *testing.T) {
	err := checkTerminal(nil, func(string) string { return "xterm" })
	if err == nil || !strings.Contains(err.Error(), "tcpclose report FILE") {
		t.Errorf("without a terminal: %v", err)
	}
}
