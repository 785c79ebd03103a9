package netlab

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var hold = flag.Bool("hold", false, "hold a lab open until this process is ended")

// TestALabThatIsHeldOpen is what TestALabLeavesNothingBehind starts, and ends.
func TestALabThatIsHeldOpen(t *testing.T) {
	if !*hold {
		t.Skip("-hold was not given")
	}
	needLab(t)
	lab, err := Open(tracer, Options{Number: 219})
	if err != nil {
		t.Fatal(err)
	}
	p := &play{Lab: lab, t: t, port: 8080}
	client, _ := p.connect()
	helper := p.hand(client)
	fmt.Printf("held %d", helper.Process.Pid)
	for _, h := range [...]*Host{lab.A, lab.B} {
		var st unix.Stat_t
		p.must(unix.Fstat(int(h.ns.file.Fd()), &st))
		fmt.Printf(" net:[%d]", st.Ino)
	}
	fmt.Println()
	select {}
}

func TestALabLeavesNothingBehind(t *testing.T) {
	needLab(t)
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGKILL} {
		t.Run(unix.SignalName(sig), func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe", "-test.run", "^TestALabThatIsHeldOpen$", "-hold")
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := startHelper(cmd); err != nil {
				t.Fatal(err)
			}
			var held []string
			for lines := bufio.NewScanner(out); held == nil && lines.Scan(); {
				if rest, ok := strings.CutPrefix(lines.Text(), "held "); ok {
					held = strings.Fields(rest)
				}
			}
			if len(held) != 3 {
				t.Fatal("no lab was held open")
			}
			instance := filepath.Join(tracefs, "instances", instancePrefix+strconv.Itoa(cmd.Process.Pid))
			left := func() (list []string) {
				if _, err := os.Stat(instance); err == nil {
					list = append(list, "the trace instance")
				}
				if runs(held[0]) {
					list = append(list, "the helper")
				}
				for _, ns := range held[1:] {
					if who := holders(ns); len(who) > 0 {
						list = append(list, fmt.Sprintf("the namespace %s, held by %v", ns, who))
					}
				}
				return list
			}
			if list := left(); len(list) != 4 {
				t.Fatalf("the lab has %v, not all four", list)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_, _ = cmd.Process.Wait()
			for deadline := time.Now().Add(5 * time.Second); len(left()) > 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("there is left: %v", left())
				}
			}
		})
	}
}

// runs reports whether a process is there and no zombie.
func runs(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// holders returns what holds a namespace open: threads in it, and open files.
func holders(ns string) (who []string) {
	for _, pattern := range []string{"/proc/[0-9]*/task/[0-9]*/ns/net", "/proc/[0-9]*/fd/*"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			if target, err := os.Readlink(path); err == nil && target == ns {
				who = append(who, path)
			}
		}
	}
	return who
}
