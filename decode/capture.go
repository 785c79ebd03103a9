package decode

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// FileOptions say how capture files are read. The zero value is useful.
type FileOptions struct {
	Stdin       io.Reader // what the path "-" reads; nil: the process's standard input
	StdinName   string    // what it is called; empty: "-"
	MaxPackets  uint64    // stop after so many; 0: read all
	NoBombLimit bool      // read compressed files on, however much they grow
}

// A Capture is one or more capture files read as one, in the order of time. Next must not be called from two goroutines
// at once; Close, Progress and Reread may be called beside it, the other methods between its calls.
type Capture struct {
	opt     FileOptions
	sources []*source
	solo    *fileReader // the only file, or the last one that is still read
	merge   *merger     // nil: one file
	frames  uint64
	max     uint64

	damages    damageLog
	interfaces interfaceTable
	names      nameTable

	rereads *Capture // this is a second pass of that capture
	done    atomic.Int64
	total   int64

	stop    chan struct{}
	mu      sync.Mutex // guards closed and toClose
	closed  bool
	toClose map[io.Closer]struct{} // what Close must close itself
	running sync.WaitGroup
	spare   chunkPool
	idle    idle
	opening atomic.Pointer[source] // the pipe that is being opened
	tight   atomic.Bool            // the system granted no more open files
}

// Open opens capture files; Next reads their packets. A path is a file, "-" for standard input, a directory (its files
// that are captures, without subdirectories) or a pattern as in path/filepath.Match. A single file is read in its own
// order; several are merged by the time of each one's next packet, as mergecap does it.
//
// The errors are sentences for the user; errors.Is tells ErrEmpty, ErrNotCapture, ErrNoCaptures, fs.ErrNotExist and
// fs.ErrPermission apart.
func Open(paths []string, opt FileOptions) (*Capture, error) {
	return OpenContext(context.Background(), paths, opt, nil)
}

func newCapture(opt FileOptions) *Capture {
	c := &Capture{opt: opt, max: math.MaxUint64, stop: make(chan struct{})}
	if opt.MaxPackets > 0 {
		c.max = opt.MaxPackets
	}
	if c.opt.Stdin == nil {
		c.opt.Stdin = os.Stdin
	}
	return c
}

func (c *Capture) open(sources []*source, dirs []string) error {
	for _, s := range sources {
		if s.stdin && c.opt.StdinName != "" {
			s.path = c.opt.StdinName
		}
	}
	if err := c.openSources(sources, dirs); err != nil {
		c.Close()
		return err
	}
	return nil
}

// Next reads the next packet into p; its Data is valid until the next call. io.EOF: there is none. Damage in a file is
// no error here: it is recorded, and reading goes on behind it where that is possible.
func (c *Capture) Next(p *Packet) error {
	if c.frames >= c.max {
		return io.EOF
	}
	if c.solo == nil {
		if err := c.nextMerged(p); err != nil {
			return err
		}
	} else if err := c.solo.next(p); err != nil {
		return err
	}
	c.frames++
	p.Frame = c.frames
	return nil
}

// NextRun reads the next packets, as Next does one after the other, up to so many or as many as the run has room for. This is
// much cheaper than as many calls of Next. False: something is odd about what comes, and Next is to read it.
func (c *Capture) NextRun(run *Run, most int) bool {
	if c.solo == nil {
		return false
	}
	room := min(uint64(most), c.max-c.frames)
	if !c.solo.run(run, int(room)) {
		return false
	}
	run.frame = c.frames
	c.frames += uint64(run.n)
	return true
}

// WhileWaiting has Next call fn at each beat that comes while it waits for more octets, as it does where a pipe has none: the
// packets before were all returned. It is to be called before Next.
func (c *Capture) WhileWaiting(beat <-chan time.Time, fn func()) { c.idle = idle{beat, fn} }

// Close ends reading and lets go of the files. It may be called more than once, and from another goroutine than Next's,
// as context.AfterFunc does: a Next that waits for a pipe then returns os.ErrClosed. A read from standard input that is
// under way cannot be ended; its goroutine goes away when the read returns.
func (c *Capture) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	close(c.stop)
	var errs []error
	for f := range c.toClose {
		if err := f.Close(); !errors.Is(err, os.ErrClosed) { // it was read to its end
			errs = append(errs, err)
		}
	}
	clear(c.toClose)
	c.mu.Unlock()
	c.running.Wait()
	return errors.Join(errs...)
}

// Files tells what is known of each file so far, in the order in which their indices number them; files that were found
// but not read stand at the end.
func (c *Capture) Files() []FileInfo {
	c.sync()
	out := make([]FileInfo, 0, len(c.sources))
	for _, s := range c.sources {
		out = append(out, s.info)
	}
	for _, i := range c.interfaces.snapshot() {
		out[i.File].Drops += i.Stats.Lost()
	}
	return out
}

// Interfaces lists the interfaces that the files described so far; a Packet's Iface is an index into it.
func (c *Capture) Interfaces() []Interface { return c.interfaces.snapshot() }

// Damages lists where the files could not be read as their formats demand: the first thousand, in the order met.
// DamageCount counts all.
func (c *Capture) Damages() []Damage { return append([]Damage(nil), c.damages.list...) }

// DamageCount counts the damages, also those beyond the list.
func (c *Capture) DamageCount() uint64 { return c.damages.count }

// Names lists what the files' name resolution blocks say, at most 65,536 pairs.
func (c *Capture) Names() []Name { return append([]Name(nil), c.names.list...) }

// Progress returns how many octets were read of all files on disk (compressed ones as they are stored) and how many
// there are; total is 0 if that is unknown. It is safe to call at any time.
func (c *Capture) Progress() (done, total int64) { return c.done.Load(), c.total }
