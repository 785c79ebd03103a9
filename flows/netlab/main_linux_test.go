package netlab

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

var (
	keep   = flag.String("keep", "", "write every capture and its truth into this folder")
	record = flag.Bool("record", false, "write the best captures anew into testdata/captures")
	seed   = flag.Uint64("seed", 0, "seed of the soak; 0 draws one and prints it")
	soakN  = flag.Int("soak", 600, "connections of the soak; as many again as a third of them are between hosts without timestamps or SACK")
	drawN  = flag.Int("draw", 0, "vantages between the hosts that are drawn for each lab of the soak, beside the three that recorded it")
	cutN   = flag.Int("cuts", 8, "captures of each tap that miss packets at random")
	replay = flag.String("replay", "", "judge anew what -keep wrote into this folder, instead of running anything")
)

// tracer is the process's one view of the kernel; nil where the lab cannot run, and then whyNot says why.
var (
	tracer *Tracer
	whyNot string
)

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	switch {
	case *record:
		_ = flag.Set("test.parallel", "1") // tapes share hosts
	case !asked:
		_ = flag.Set("test.parallel", "24") // labs wait on timers far more than they compute
	}
	if *replay == "" {
		urgent()
	}
	os.Exit(inLab(m))
}

// urgent puts this process before whatever else the machine does, and lets more threads run than there are processors: a
// wire that waits for its turn delays what is on it. Where that is not allowed, the machine has to be quiet.
func urgent() {
	runtime.GOMAXPROCS(max(32, runtime.GOMAXPROCS(0)))
	threads, _ := os.ReadDir("/proc/self/task")
	for _, thread := range threads { // those to come inherit it
		if id, err := strconv.Atoi(thread.Name()); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, id, -20)
		}
	}
}

// inLab runs the tests with a tracer, and takes it down however they end.
func inLab(m *testing.M) int {
	if *replay != "" {
		return m.Run()
	}
	if os.Geteuid() != 0 {
		whyNot = "the kernel lab needs root"
		return m.Run()
	}
	var err error
	if tracer, err = StartTracer(); err != nil {
		whyNot = "the kernel lab cannot run here: " + err.Error()
		return m.Run()
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	go func() {
		s := <-interrupted
		stopHelpers()
		_ = tracer.Close() // namespaces and devices go with the process
		fmt.Fprintln(os.Stderr, "netlab: stopped by", s)
		os.Exit(130)
	}()
	code := m.Run()
	stopHelpers()
	if err := tracer.Close(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "netlab:", err)
		code = 1
	}
	return code
}

// needLab skips where the lab cannot run; in the check script, as root on Linux, that is a failure.
func needLab(t *testing.T) {
	t.Helper()
	if *replay != "" {
		t.Skip("replaying")
	}
	if whyNot == "" && testing.Short() {
		t.Skip("the kernel lab takes minutes; -short skips it")
	}
	if whyNot == "" {
		return
	}
	if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
		t.Fatal(whyNot)
	}
	t.Skip(whyNot)
}
