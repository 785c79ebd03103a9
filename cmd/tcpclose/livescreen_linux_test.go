package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpclose/decode"
)

// A liveScreen is tcpclose live on a terminal of tmux, watching the loopback interface.
type liveScreen struct {
	t      *testing.T
	socket string
	dir    string
}

// startScreen starts tcpclose live with -w raw.pcapng; its shell writes the exit code behind it on the terminal.
func startScreen(t *testing.T, port int, more string) *liveScreen {
	t.Helper()
	if testing.Short() || os.Geteuid() != 0 {
		t.Skip("captures, in tmux")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	s := &liveScreen{t, "tcpclose-live-" + strconv.Itoa(port), t.TempDir()}
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", s.socket, "kill-server").Run() })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30", "sh", "-c", fmt.Sprintf(
		"cd %s; TCPCLOSE_TEST_PROGRAM=1 %s live lo -w raw.pcapng %s port %d; echo ended with code $?; exec sleep 60", s.dir, self, more, port))
	s.wait("2 Ladder") // the capture runs before there is a screen
	return s
}

func (s *liveScreen) tmux(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (s *liveScreen) wait(text string) {
	s.t.Helper()
	screen := ""
	for range 200 {
		if screen = s.tmux("capture-pane", "-p"); strings.Contains(screen, text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("the screen never showed %q:\n%s", text, screen)
}

// program returns the process of tcpclose.
func (s *liveScreen) program() int {
	s.t.Helper()
	out, err := exec.Command("pgrep", "-P", s.tmux("display", "-p", "#{pane_pid}")).Output()
	if err != nil {
		s.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		s.t.Fatal(err)
	}
	return pid
}

// recorded returns how many segments the file holds, and whether it ends as a whole file does.
func (s *liveScreen) recorded() (segments int, whole bool) {
	s.t.Helper()
	path := filepath.Join(s.dir, "raw.pcapng")
	c, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	d := decode.NewDecoder(decode.Config{})
	var p decode.Packet
	var x decode.Segment
	for {
		err := c.Next(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if d.Decode(&p, &x) {
			segments++
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	const statistics = 5 // the type of an interface's statistics, which end a file
	at := bytes.LastIndex(text, []byte{statistics, 0, 0, 0})
	return segments, c.DamageCount() == 0 && at >= 0 && len(text)-at < 128
}

// talkOnLoopback opens connections on a port and closes them, in n × 8 or more segments.
func talkOnLoopback(t *testing.T, l net.Listener, n int) {
	t.Helper()
	for range n {
		c, s := connectTo(t, l)
		c.Close()
		s.Close()
	}
}

// connectTo opens a connection to a listener.
func connectTo(t *testing.T, l net.Listener) (client, server net.Conn) {
	t.Helper()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// listenOnLoopback listens on any port until the test's end.
func listenOnLoopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestNoPacketIsLostWhenTheScreenIsEnded ends a screen in every way while packets still come, and looks for them in the file
// and for the terminal as it was.
func TestNoPacketIsLostWhenTheScreenIsEnded(t *testing.T) {
	for _, way := range []struct {
		name string
		end  func(s *liveScreen, pid int) error
		gone bool   // the terminal goes with it
		more string // flags
	}{
		{"TERM", func(_ *liveScreen, pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }, false, ""},
		{"TERM with a spool", func(_ *liveScreen, pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }, false, "--spool ."},
		{"HUP", func(_ *liveScreen, pid int) error { return syscall.Kill(pid, syscall.SIGHUP) }, false, ""},
		{"INT", func(_ *liveScreen, pid int) error { return syscall.Kill(pid, syscall.SIGINT) }, false, ""},
		{"q", func(s *liveScreen, _ int) error { s.tmux("send-keys", "q"); return nil }, false, ""},
		{"the terminal is closed", func(s *liveScreen, _ int) error { s.tmux("kill-server"); return nil }, true, ""},
	} {
		t.Run(way.name, func(t *testing.T) {
			l := listenOnLoopback(t)
			s := startScreen(t, l.Addr().(*net.TCPAddr).Port, way.more)
			pid := s.program()
			const connections = 300
			talkOnLoopback(t, l, connections)
			if err := way.end(s, pid); err != nil {
				t.Fatal(err)
			}
			if !way.gone {
				s.wait("ended with code 0")
				if got := s.tmux("display", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"); got != "0 0 1" {
					t.Errorf("alternate screen, mouse and cursor are %q, want 0 0 1", got)
				}
			}
			for range 200 {
				if syscall.Kill(pid, 0) != nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			if syscall.Kill(pid, 0) == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				t.Fatal("it does not end")
			}
			// A handshake of three, and two FINs with their acknowledgements, of which one may ride on the other's FIN.
			segments, whole := s.recorded()
			if segments < 6*connections || !whole {
				t.Errorf("%d segments of %d connections are in the file; whole: %v", segments, connections, whole)
			}
		})
	}
}

// TestTheScreenFollowsAlsoWithASpool has a connection stall, after which nothing comes that would tell the time, and another
// begin: the screen shows both soon, wherever it keeps the packets.
func TestTheScreenFollowsAlsoWithASpool(t *testing.T) {
	for _, more := range []string{"--stall 2s", "--stall 2s --spool ."} {
		t.Run(more, func(t *testing.T) {
			l := listenOnLoopback(t)
			s := startScreen(t, l.Addr().(*net.TCPAddr).Port, more)
			s.wait("following")
			client, server := connectTo(t, l)
			defer server.Close()
			client.Close()
			s.wait("H half")
			talkOnLoopback(t, l, 1)
			s.wait("2 flows")
		})
	}
}

// TestWhatComesAfterTheScreenWasStoppedIsNotRecorded stops the reading with ^C and lets more come before it leaves.
func TestWhatComesAfterTheScreenWasStoppedIsNotRecorded(t *testing.T) {
	for _, more := range []string{"", "--spool ."} {
		t.Run(more, func(t *testing.T) {
			l := listenOnLoopback(t)
			s := startScreen(t, l.Addr().(*net.TCPAddr).Port, more)
			talkOnLoopback(t, l, 3)
			s.wait("3 flows")
			s.tmux("send-keys", "C-c")
			s.wait("stopped")
			talkOnLoopback(t, l, 50)
			time.Sleep(time.Second) // the kernel hands over what it has
			s.tmux("send-keys", "q")
			s.wait("ended with code 0")
			if segments, whole := s.recorded(); segments < 6*3 || segments > 8*3 || !whole {
				t.Errorf("%d segments are in the file; whole: %v", segments, whole)
			}
		})
	}
}

// TestADeadlySignalLeavesTheTerminalInOrder asks the program for its stacks, which end it: they are to be seen, and so is what
// is typed afterwards.
func TestADeadlySignalLeavesTheTerminalInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
		l := listenOnLoopback(t)
		s := startScreen(t, l.Addr().(*net.TCPAddr).Port, "")
		if err := syscall.Kill(s.program(), signal); err != nil {
			t.Fatal(err)
		}
		s.wait("ended with code 2")
		if got := s.tmux("display", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"); got != "0 0 1" {
			t.Errorf("%v: alternate screen, mouse and cursor are %q, want 0 0 1", signal, got)
		}
	}
}

// TestTheScreenSaysWhatEndsTheRecording has the file of -w be a device that is always full.
func TestTheScreenSaysWhatEndsTheRecording(t *testing.T) {
	for _, more := range []string{"", " --spool ."} {
		l := listenOnLoopback(t)
		s := startScreen(t, l.Addr().(*net.TCPAddr).Port, "-w /dev/full --force"+more)
		s.wait("no space left on device; the capture has ended")
		s.tmux("send-keys", "q")
		s.wait("ended with code 1")
	}
}
