package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// input is what is read, and the way to read its packets again.
type input struct {
	live    flows.Source
	keep    *model.Keeper   // where packets cannot be read again
	capture *decode.Capture // nil with live
	again   *model.Source
	pipe    bool         // it may fall silent
	clock   func() int64 // of who feeds it; nil where nobody knows more than the packets tell
	closers []io.Closer
}

// stream returns where the packets come from. One that may fall silent is read by a goroutine of its own; passed is told how late
// it is then, where somebody knows.
func (in *input) stream(run func(func()), passed func(at int64)) flows.Source {
	switch {
	case in.live != nil:
		return &keepingSource{in.live, in.keep, passed}
	case in.pipe:
		source := newPausingSource(in.capture, in.keep, in.clock, run)
		source.passed = passed
		return source
	}
	return in.capture
}

func (in *input) close() {
	if in.live != nil {
		_ = in.live.Close()
		return
	}
	_ = in.capture.Close()
	for _, c := range in.closers {
		_ = c.Close()
	}
	in.closers = nil
}

// openInput opens the paths: as they are, as a file that grows, or as standard input that is kept.
func openInput(ctx context.Context, o *Options) (*input, error) {
	in := &input{again: &model.Source{Decode: o.Decode, Files: o.Recorded}}
	if o.Feed != nil {
		in.clock = o.Feed.Clock
	}
	if o.Live != nil {
		in.live = o.Live
		in.keepPackets(o)
		return in, nil
	}
	paths, file := o.Paths, o.File
	in.pipe = o.Follow || slices.ContainsFunc(paths, isPipe)
	again := "" // where packets are read again, if not from the capture itself
	switch {
	case o.Follow:
		if len(paths) != 1 || paths[0] == "-" {
			return nil, fmt.Errorf("only one file can be followed")
		}
		f, err := os.Open(paths[0])
		if err != nil {
			return nil, err
		}
		in.closers = append(in.closers, f)
		file.Stdin, file.StdinName = &tailReader{ctx: ctx, file: f}, paths[0]
		again, paths = paths[0], []string{"-"}
	case o.Spool != "" && in.pipe:
		if len(paths) != 1 || paths[0] != "-" {
			return nil, fmt.Errorf("--spool keeps standard input alone, not beside files")
		}
		f, err := os.CreateTemp(o.Spool, "tcpclose-*.pcap")
		if err != nil {
			return nil, err
		}
		in.closers = append(in.closers, f)
		stdin := file.Stdin
		if stdin == nil {
			stdin = os.Stdin
		}
		file.Stdin = io.TeeReader(stdin, f)
		again = f.Name()
	}
	c, err := decode.OpenContext(ctx, paths, file, o.Waiting)
	if err != nil {
		for _, c := range in.closers {
			_ = c.Close()
		}
		return nil, err
	}
	in.capture = c
	in.again.Reread = c.Reread
	own := []string{again}
	for _, f := range c.Files() { // before anybody reads: all of them have been found
		own = append(own, f.Path)
	}
	in.again.Files = func() []string {
		if o.Recorded != nil {
			return append(o.Recorded(), own...)
		}
		return own
	}
	if again == "" && in.pipe {
		in.keepPackets(o)
	}
	if again != "" {
		in.again.Reread = func(from, to decode.Position, fn func(*decode.Packet) bool) error {
			second, err := decode.Open([]string{again}, decode.FileOptions{})
			if err != nil {
				return err
			}
			defer second.Close()
			return second.Reread(from, to, fn)
		}
	}
	return in, nil
}

// isPipe reports whether a path can be read only once.
func isPipe(path string) bool {
	if path == "-" {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && !info.Mode().IsRegular()
}

// keepPackets makes the ladders be drawn of what a Keeper keeps.
func (in *input) keepPackets(o *Options) {
	in.keep = model.NewKeeper(o.Decode, model.KeepMemory)
	in.again.Kept = in.keep
}

// A keepingSource hands every packet of a network interface to a Keeper as well, and tells of the time in which none comes.
type keepingSource struct {
	flows.Source
	keep   *model.Keeper
	passed func(at int64)
}

// Next reads the next packet.
func (s *keepingSource) Next(p *decode.Packet) error {
	err := s.Source.Next(p)
	switch err { // a pause comes bare
	case nil:
		s.keep.Add(p)
	case decode.ErrPause:
		s.passed(p.Time)
	}
	return err
}
