package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/report"
)

// A survey is a command that reads captures as report does, and says something else of them.
type survey struct {
	input      inputFlags
	model      modelFlags
	annotate   annotateFlags
	filter     *filter.Filter
	format     string
	formats    []string
	out        string
	force      bool
	quiet      bool
	verbose    bool
	noProgress bool
}

// register adds the flags that every survey has.
func (s *survey) register(cmd *cobra.Command, formats ...string) {
	s.formats = formats
	f := cmd.Flags()
	f.SortFlags = false
	s.input.register(f)
	f.StringVarP(&s.format, "format", "T", formats[0], "`FORMAT` to write: "+strings.Join(formats, ", "))
	f.StringVarP(&s.out, "output", "o", "", "write to this `FILE` instead of standard output")
	f.BoolVar(&s.force, "force", false, "replace the output file if it exists")
	s.annotate.register(f)
	s.model.register(f)
	f.BoolVarP(&s.quiet, "quiet", "q", false, "no warnings on standard error")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "say on standard error what is done")
	f.BoolVar(&s.noProgress, "no-progress", false, "no progress on standard error")
	completeInput(cmd)
	completeChoices(cmd, map[string][]string{"format": formats})
}

// arguments splits the arguments into files and the words of a filter behind --.
func arguments(cmd *cobra.Command, args []string) (files, words []string) {
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		return args[:n], args[n:]
	}
	return args, nil
}

// check looks at the flags before anything is read.
func (s *survey) check(cmd *cobra.Command, args []string) (err error) {
	files, words := arguments(cmd, args)
	s.input.files = append(slices.Clone(s.input.read), files...)
	if !slices.Contains(s.formats, s.format) {
		return badValue("-T", s.format, s.formats)
	}
	if len(s.input.files) == 0 {
		return &usageError{text: "no capture to read", hint: "tcpclose " + cmd.Name() + " FILE, or - for standard input"}
	}
	if s.filter, err = parseFilter(s.input.filter, words); err != nil {
		return err
	}
	if err := s.input.check(); err != nil {
		return err
	}
	if err := s.model.check(); err != nil {
		return err
	}
	s.model.config.Since, s.model.config.Until = s.input.sinceNS, s.input.untilNS
	return nil
}

// read judges all conversations and returns those that keep accepts of the filter's.
func (s *survey) read(ctx context.Context, std *stdio, keep func(t *flows.Teardown) bool) ([]flows.Teardown, *flows.Summary, error) {
	if s.annotate.wanted(s.filter) {
		named, remove, err := spooled(s.input.files, std.in, "")
		if err != nil {
			return nil, nil, err
		}
		defer remove()
		s.input.files = named
		if _, err := s.annotate.learn(ctx, named, &s.input, &s.model.config); err != nil {
			return nil, nil, err
		}
	}
	src, err := openFiles(ctx, std, s.input.files, &s.input, s.quiet)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	log := newLog(std.err, s.verbose)
	o := reportOptions{out: s.out}
	for _, f := range src.Files() {
		log.Info("reading", "file", f.Path, "format", f.Format, "compression", f.Compression, "size", f.Size)
		if err := o.sameFile(f.Path); err != nil {
			return nil, nil, err
		}
	}
	var bar *progress
	if !s.noProgress && !s.quiet && isTerminal(std.err) {
		bar = startProgress(std.err, src.Progress)
	}
	defer bar.stop()
	match := s.filter.Match
	return flows.Collect(ctx, src, s.input.decode, s.model.config, func(t *flows.Teardown) bool { return match(t) && keep(t) })
}

// write writes with f to where the output goes: a file appears only when it is whole.
func (s *survey) write(std *stdio, f func(w io.Writer, width int) error) error {
	out, err := openOutput(s.out, s.force, std.out)
	if err != nil {
		return err
	}
	defer out.Discard()
	var target io.Writer = std.out
	if out.file != nil {
		target = out.file
	}
	if err := f(out, terminalWidth(target)); err != nil {
		return err
	}
	return out.Commit()
}

// outcome warns of input that could not be read as a whole, and returns what the exit code must tell besides codes.
func (s *survey) outcome(ctx context.Context, std *stdio, sum *flows.Summary, codes ...int) error {
	if !s.quiet {
		report.WriteDamages(std.err, sum)
	}
	if sum.Interrupted || ctx.Err() != nil {
		codes = append(codes, exitInterrupted)
	}
	if sum.ReadError != nil {
		codes = append(codes, exitCode(sum.ReadError))
	}
	if len(sum.Damages) > 0 || !sum.Complete && sum.ReadError == nil && !sum.Interrupted {
		codes = append(codes, exitDamaged)
	}
	return worst(codes...)
}

// begin returns the time of the first packet that is not left out; ok is false where it cannot be known without reading
// everything (standard input, a pipe), or there is none.
func (s *survey) begin() (at int64, ok bool, err error) {
	if slices.ContainsFunc(s.input.files, func(path string) bool { return path == "-" || isPipe(path) }) {
		return 0, false, nil
	}
	src, err := decode.Open(s.input.files, decode.FileOptions{MaxPackets: s.input.packets, NoBombLimit: s.input.noBombLimit})
	if err != nil {
		return 0, false, err
	}
	defer src.Close()
	var p decode.Packet
	for {
		switch err := src.Next(&p); {
		case errors.Is(err, io.EOF):
			return 0, false, nil
		case err != nil:
			return 0, false, nil //nolint:nilerr // reading all of it will say so
		case !p.NoTime && (s.model.config.Since == 0 || p.Time >= s.model.config.Since):
			return p.Time, true, nil
		}
	}
}
