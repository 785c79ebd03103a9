package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tcpclose/decode"
	"tcpclose/decode/live"
	"tcpclose/flows"
	"tcpclose/flows/names"
)

// limits are what -a and -b count. 0: no limit.
type limits struct {
	duration time.Duration
	octets   int64
	packets  uint64
	files    int
}

// limitUnits are the words of -a and -b, and what a value of 1 means.
var limitUnits = []struct {
	name string
	set  func(l *limits, v float64)
}{
	{"duration", func(l *limits, v float64) { l.duration = time.Duration(v * float64(time.Second)) }},
	{"filesize", func(l *limits, v float64) { l.octets = int64(v * 1000) }}, // kB, as dumpcap counts
	{"packets", func(l *limits, v float64) { l.packets = uint64(v) }},
	{"files", func(l *limits, v float64) { l.files = int(v) }},
}

// parseLimits reads the values of -a or -b, such as duration:60.
func parseLimits(flag string, list []string) (l limits, err error) {
next:
	for _, text := range list {
		name, value, _ := strings.Cut(text, ":")
		v, err := strconv.ParseFloat(value, 64)
		for _, u := range limitUnits {
			if u.name == name && err == nil && v > 0 && v < 1e15 {
				u.set(&l, v)
				continue next
			}
		}
		return l, &usageError{
			text: fmt.Sprintf("%s %q is no limit", flag, text),
			hint: "write it as duration:SECONDS, filesize:KB, packets:N or files:N",
		}
	}
	return l, nil
}

// A recorder is a capture that is also written to files, and that ends by itself.
type recorder struct {
	*live.Capture
	path   string // "": no file
	rotate limits // when the next file begins
	stop   limits // when the capture ends
	ringed bool   // files have numbers
	force  bool
	keeper *keeper         // nil: everything is written
	names  *names.Listener // nil: nobody asked for names
	notice func(string)    // tells the user what ends nothing
	failed func(error)     // is told at once what ends the recording; may be nil

	mu      sync.Mutex // guards what follows
	out     *live.Writer
	file    *os.File
	written []string // files that are still there
	made    int
	begun   int64 // the first packet of this file
	started int64 // … of the capture
	last    int64 // the latest packet
	inFile  uint64
	octets  int64 // of the files before this one
	reopen  atomic.Bool
	err     error // what ended the recording

	total uint64      // packets that Next has returned; its caller's alone
	done  atomic.Bool // -a files, -a filesize: no more is written
	ended atomic.Bool // Next has returned for the last time
}

// Next returns the next packet and writes it.
func (r *recorder) Next(p *decode.Packet) error {
	if r.enough() {
		r.ended.Store(true)
		return io.EOF
	}
	err := r.Capture.Next(p)
	if err == nil && r.names != nil {
		r.names.Hear(p)
	}
	var s decode.Segment
	heard := err == nil && r.keeper != nil && r.keeper.hear(p, &s)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.total++
		r.last = max(r.last, p.Time)
		switch {
		case r.keeper == nil:
			r.keep(p, "")
		case heard:
			r.keeper.hold(p, &s)
		default:
			r.keeper.count.others++
		}
		r.watch(p.Time)
	case err == decode.ErrPause: // it comes bare
		r.renew(max(r.last, p.Time))
		if r.out != nil {
			r.fail(r.out.Flush())
		}
		r.watch(p.Time)
	default:
		r.ended.Store(true)
	}
	return err
}

// enough reports whether as many packets were read, or as much was written, as was asked for. What the kernel holds beyond
// that, which may be many times as much, is not read any more.
func (r *recorder) enough() bool {
	return r.done.Load() || r.stop.packets > 0 && r.total >= r.stop.packets
}

// Close ends the capture: what waits for being read is still read, and written, before Next returns io.EOF.
func (r *recorder) Close() error {
	r.Stop()
	return nil
}

// tell writes the packets that were held of a conversation, if the verdict on it says so. The first bears the verdict: it
// may rest on silence that the file does not show.
func (r *recorder) tell(t *flows.Teardown, why flows.Occasion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, h := range r.keeper.verdict(t, why) {
		var says []string
		if i == 0 {
			says = append(says, fmt.Sprintf("tcpclose live: %s, watched until %s", t.Class, time.Unix(0, t.WatchedUntil).UTC().Format(time.RFC3339)))
		}
		if h.Missing > 0 {
			says = append(says, fmt.Sprintf("tcpclose: %d packets of this conversation before this one were not kept", h.Missing))
		}
		r.keep(&h.Packet, strings.Join(says, "\n"))
	}
}

// keep writes a packet to the file.
func (r *recorder) keep(p *decode.Packet, comment string) {
	if r.path == "" || r.err != nil {
		return
	}
	now := max(r.last, p.Time)
	if r.full(now) {
		r.turn(now)
	}
	if r.err != nil || r.done.Load() {
		return
	}
	if r.inFile == 0 {
		r.begun = now
	}
	r.inFile++
	r.fail(r.out.Packet(p, comment))
}

// begin makes the first file, so that one that cannot be made is told before anything is captured.
func (r *recorder) begin(now int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.path != "" {
		r.fail(r.create(now))
	}
	return r.err
}

// turn ends a file and makes the next one, unless it was the last.
func (r *recorder) turn(now int64) {
	r.fail(r.finish(now))
	if r.lastFile() {
		r.done.Store(true)
		r.Stop()
	}
	if r.err == nil && !r.done.Load() {
		r.fail(r.create(now))
	}
}

// lastFile reports whether no other file is to follow.
func (r *recorder) lastFile() bool { return r.stop.files > 0 && r.made >= r.stop.files }

// renew makes the file anew after a hang-up, where it is no longer where it was made. Nothing has to come for that: what
// moved it away waits for it to be whole. Where no other can be made the old one goes on: the capture, which may have run for
// weeks, does not end for that.
func (r *recorder) renew(now int64) {
	if !r.reopen.Swap(false) || r.err != nil || r.done.Load() || !r.moved() {
		return
	}
	if r.lastFile() {
		r.turn(now)
		return
	}
	f, err := r.open(now)
	if err != nil {
		r.notice(fmt.Sprintf("cannot open the file of -w again: %v; packets still go to the one that was moved away", err))
		return
	}
	r.fail(r.finish(now))
	r.fail(r.use(f))
}

// full reports whether the next file is due.
func (r *recorder) full(now int64) bool {
	l := &r.rotate
	return r.inFile > 0 && r.out != nil && (l.duration > 0 && now-r.begun >= int64(l.duration) ||
		l.octets > 0 && r.out.Size() >= l.octets || l.packets > 0 && r.inFile >= l.packets)
}

// watch ends the capture where -a or -c say so.
func (r *recorder) watch(now int64) {
	if r.started == 0 {
		r.started = now
	}
	l, size := &r.stop, r.octets
	if r.out != nil {
		size += r.out.Size()
	}
	if l.octets > 0 && size >= l.octets {
		r.done.Store(true)
	}
	if r.done.Load() || l.duration > 0 && now-r.started >= int64(l.duration) {
		r.Stop()
	}
}

// moved reports whether the file is no longer where it was made, as after logrotate.
func (r *recorder) moved() bool {
	if r.file == nil {
		return false
	}
	there, err := os.Stat(r.file.Name())
	here, err2 := r.file.Stat()
	return err != nil || err2 != nil || !os.SameFile(there, here)
}

// create begins a file.
func (r *recorder) create(now int64) error {
	f, err := r.open(now)
	if err != nil {
		return err
	}
	return r.use(f)
}

// open makes a file. With -b its name has a number and its time, as dumpcap's has.
func (r *recorder) open(now int64) (*os.File, error) {
	name := r.path
	if r.ringed {
		ext := filepath.Ext(name)
		name = fmt.Sprintf("%s_%05d_%s%s", strings.TrimSuffix(name, ext), r.made+1, time.Unix(0, now).Format("20060102150405"), ext)
	}
	// After a hang-up what moved the file away may have put an empty one in its place, as logrotate's create does.
	again := r.made > 0 && !r.ringed && isEmptyFile(name)
	return createRecord(name, r.force || again)
}

// use begins to write to a file.
func (r *recorder) use(f *os.File) (err error) {
	r.file, r.inFile = f, 0
	r.made++
	r.written = append(r.written, f.Name())
	if n := r.rotate.files; r.ringed && n > 0 && len(r.written) > n {
		err = os.Remove(r.written[0])
		r.written = r.written[1:]
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // somebody may have moved it away already
		return err
	}
	r.out, err = live.NewWriter(f, "tcpclose", r.Interfaces)
	return err
}

// isEmptyFile reports whether a name is that of a file without contents; a link is none.
func isEmptyFile(name string) bool {
	there, err := os.Lstat(name)
	return err == nil && there.Mode().IsRegular() && there.Size() == 0
}

// createRecord makes a file, or with force writes anew into the one that is there. A device or a pipe is written to as it
// stands; where a symbolic link leads to is for whoever made it, so it is not followed to a file.
func createRecord(name string, force bool) (*os.File, error) {
	if !force {
		return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if there, err := os.Stat(name); err == nil && !there.Mode().IsRegular() {
		return os.OpenFile(name, os.O_WRONLY, 0)
	}
	if there, err := os.Lstat(name); err == nil && there.Mode()&os.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s is a symbolic link, which is not followed", name)
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|noFollow, 0o666)
}

// files names the files that were written and are still there.
func (r *recorder) files() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.written)
}

// end ends the recording.
func (r *recorder) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail(r.finish(r.last))
	r.done.Store(true)
	return r.err
}

// finish ends a file.
func (r *recorder) finish(now int64) error {
	if r.out == nil {
		return nil
	}
	err := r.out.Statistics(now, r.Counts())
	if e := r.out.Flush(); err == nil {
		err = e
	}
	if e := r.file.Close(); err == nil {
		err = e
	}
	r.octets += r.out.Size()
	r.out, r.file = nil, nil
	return err
}

// fail ends the capture: what was asked for cannot be written.
func (r *recorder) fail(err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("cannot write the capture: %w", err)
		if r.failed != nil {
			r.failed(r.err)
		}
		r.Stop()
	}
}
