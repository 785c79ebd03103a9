package main

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/flows"
)

// inputFlags say what is read.
type inputFlags struct {
	read        []string
	files       []string // read and the arguments
	filter      string
	packets     uint64
	since       string
	until       string
	decap       string
	key         []string
	checksums   string
	noBombLimit bool

	decode           decode.Config
	sinceNS, untilNS int64
}

var (
	colorChoices    = []string{"auto", "always", "never"}
	checksumChoices = []string{"note", "drop"}
	keyChoices      = []string{"vlan", "vni"}
)

func (i *inputFlags) register(f *pflag.FlagSet) {
	f.StringArrayVarP(&i.read, "read", "r", nil, "read this `FILE` too; may be repeated")
	f.StringVarP(&i.filter, "filter", "Y", "", "report conversations that match this `FILTER` only")
	f.Uint64VarP(&i.packets, "count", "c", 0, "stop after `N` packets")
	f.StringVar(&i.since, "since", "", "leave out packets before this `TIME` (RFC 3339, or seconds since 1970)")
	f.StringVar(&i.until, "until", "", "leave out packets after this `TIME`")
	f.StringVar(&i.decap, "decap", "all", "`TUNNELS` to look into: all, none, or of "+decode.DecapNames())
	f.StringSliceVar(&i.key, "key", nil, "tell conversations apart by these `IDS` too: vlan, vni")
	f.StringVar(&i.checksums, "verify-checksums", "", "verify TCP checksums; `MODE` is note or drop, for segments with a wrong one")
	f.BoolVar(&i.noBombLimit, "no-bomb-limit", false, "read compressed files however much they grow")
	f.Lookup("verify-checksums").NoOptDefVal = "note"
}

// memoryAround is how much memory the program may take where its conversations may take mem: the collector, which else lets
// the heap grow to twice what is in use, works harder before it does. It bounds nothing by force.
func memoryAround(mem int64) int64 { return mem + mem/4 + 128<<20 }

// check translates the flags' texts.
func (i *inputFlags) check() (err error) {
	i.decode.Seed = secretSeed()
	if i.decode.Decap, err = decode.ParseDecapSet(i.decap); err != nil {
		return usagef("--decap: %v", err)
	}
	for _, key := range i.key {
		switch key {
		case "vlan":
			i.decode.KeyVLAN = true
		case "vni":
			i.decode.KeyVNI = true
		default:
			return badValue("--key", key, keyChoices)
		}
	}
	switch i.checksums {
	case "":
	case "note":
		i.decode.Checksums = decode.ChecksumsNoted
	case "drop":
		i.decode.Checksums = decode.ChecksumsDropped
	default:
		return badValue("--verify-checksums", i.checksums, checksumChoices)
	}
	if i.sinceNS, err = parseBound("--since", i.since, -1); err != nil {
		return err
	}
	if i.untilNS, err = parseBound("--until", i.until, 1); err != nil {
		return err
	}
	if i.sinceNS != 0 && i.untilNS != 0 && i.sinceNS > i.untilNS {
		return usagef("--since %s is later than --until %s", i.since, i.until)
	}
	return nil
}

// secretSeed returns a key for the hash by which conversations are found, another one in each run: whoever writes a
// capture cannot choose five-tuples that meet.
func secretSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// modelFlags say what is assumed where the capture cannot tell.
type modelFlags struct {
	stall, timeWait, msl, dupWindow time.Duration
	profile                         string
	workers                         int
	mem                             string

	config flows.Config
}

func (m *modelFlags) register(f *pflag.FlagSet) {
	f.DurationVar(&m.stall, "stall", flows.DefaultStall, "silence after which a half-closed conversation counts as stalled")
	f.StringVar(&m.profile, "profile", "linux", "`NAME` of the system whose timers are assumed: "+strings.Join(flows.ProfileNames(), ", "))
	f.DurationVar(&m.timeWait, "time-wait", 0, "how long TIME-WAIT lasts (default: the profile's)")
	f.DurationVar(&m.msl, "msl", 0, "maximum segment lifetime, half of --time-wait")
	f.DurationVar(&m.dupWindow, "dup-window", time.Millisecond, "a segment that was captured twice repeats within this time; 0 turns it off")
	f.IntVar(&m.workers, "workers", 0, "`N` trackers work at once (default: one a processor)")
	f.StringVar(&m.mem, "mem", "", "`SIZE` of the memory for conversations, as 500M or 2G; beyond it conversations are given up: the longest closed, then those that never opened, then those silent longest (default: no limit)")
}

// check translates the flags' texts.
func (m *modelFlags) check() error {
	profile, ok := flows.ParseProfile(m.profile)
	if !ok {
		return badValue("--profile", m.profile, flows.ProfileNames())
	}
	for name, d := range map[string]time.Duration{"--stall": m.stall, "--time-wait": m.timeWait, "--msl": m.msl, "--dup-window": m.dupWindow} {
		if d < 0 {
			return usagef("%s %v: must not be negative", name, d)
		}
	}
	if m.msl != 0 && m.timeWait != 0 && m.timeWait != 2*m.msl {
		return usagef("--msl %v and --time-wait %v contradict each other: TIME-WAIT lasts 2 MSL", m.msl, m.timeWait)
	}
	if m.workers < 0 || m.workers > 1024 {
		return usagef("--workers %d: must be 1 to 1024", m.workers)
	}
	mem, err := parseSize(m.mem)
	if err != nil {
		return err
	}
	if mem > 0 {
		debug.SetMemoryLimit(memoryAround(mem))
	}
	m.config = flows.Config{
		Stall: m.stall, TimeWait: max(m.timeWait, 2*m.msl), DupWindow: m.dupWindow, Profile: profile, Workers: m.workers, Mem: mem,
	}
	// Where a Config has 0, it takes what is usual.
	if m.dupWindow == 0 {
		m.config.DupWindow = -1
	}
	if m.stall == 0 {
		m.config.Stall = 1
	}
	return nil
}

// sizeUnits are powers of 1024, as memory is counted.
const sizeUnits = "KMGT"

// parseSize reads a size such as 512M, 2GiB or 1000000.
func parseSize(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	factor := int64(1)
	if n := len(number); n > 0 {
		if i := strings.IndexByte(sizeUnits, number[n-1]); i >= 0 {
			number, factor = number[:n-1], int64(1)<<(10*(i+1))
		}
	}
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil || v <= 0 || v > math.MaxInt64/factor {
		return 0, usagef("--mem %q is no size; write it as 500M or 2G", text)
	}
	return v * factor, nil
}

// newLog returns where -v writes; without it nothing is written.
func newLog(w io.Writer, verbose bool) *slog.Logger {
	if !verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// sameFile refuses to replace a file that is being read.
func (o *reportOptions) sameFile(path string) error {
	if o.out == "" || path == "-" {
		return nil
	}
	in, errIn := os.Stat(path)
	out, errOut := os.Stat(o.out)
	if errIn == nil && errOut == nil && os.SameFile(in, out) && in.Mode().IsRegular() {
		return fmt.Errorf("%s is being read and cannot be the output", o.out)
	}
	return nil
}
