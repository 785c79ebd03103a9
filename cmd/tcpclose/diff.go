package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// diffOptions are the flags of diff.
type diffOptions struct {
	reportOptions
	before, after string
}

// diffFormats are the values of its -T.
var diffFormats = []string{"table", "json"}

// newDiff is the command that compares two captures.
func newDiff(std *stdio) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER [flags] [-- FILTER…]",
		Short: "Say how the ends of connections changed between two captures",
		Long: "diff reads two captures and says how their connections' ends differ: the share of each class, the shares and the times of\n" +
			"closes of each service, and the findings that are new, gone or in both. Changes that the numbers are large enough to\n" +
			"prove are marked.",
		Example: "  tcpclose diff before.pcap after.pcap\n" +
			"  tcpclose diff before.pcap after.pcap -T json -- port 443",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			var words []string
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				args, words = args[:n], args[n:]
			}
			if err := o.checkDiff(args, words); err != nil {
				return err
			}
			return runDiff(cmd.Context(), std, &o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.input.register(f)
	_ = f.MarkHidden("read") // it fails for unknown flags only
	f.StringVarP(&o.format, "format", "T", "table", "`FORMAT` to write: table, json")
	f.StringVarP(&o.out, "output", "o", "", "write to this `FILE` instead of standard output")
	f.BoolVar(&o.force, "force", false, "replace the output file if it exists")
	f.IntVar(&o.top, "top", 20, "list the first `N` services only; 0 lists all")
	o.model.register(f)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no warnings on standard error")
	completeInput(cmd)
	completeChoices(cmd, map[string][]string{"format": diffFormats})
	return cmd
}

// checkDiff looks at the flags of diff.
func (o *diffOptions) checkDiff(files, words []string) (err error) {
	switch {
	case len(files) != 2 || len(o.input.read) > 0:
		return &usageError{text: "two captures are compared", hint: "tcpclose diff BEFORE AFTER"}
	case files[0] == "-" && files[1] == "-":
		return usagef("standard input (-) given twice")
	case !slices.Contains(diffFormats, o.format):
		return badValue("-T", o.format, diffFormats)
	case o.top < 0:
		return usagef("--top %d: must not be negative", o.top)
	}
	o.before, o.after = files[0], files[1]
	if o.filter, err = parseFilter(o.input.filter, words); err != nil {
		return err
	}
	if err := o.input.check(); err != nil {
		return err
	}
	return o.model.check()
}

// runDiff reads both captures and writes what changed.
func runDiff(ctx context.Context, std *stdio, o *diffOptions) error {
	out, err := openOutput(o.out, o.force, std.out)
	if err != nil {
		return err
	}
	defer out.Discard()
	before, sumBefore, err := o.digest(ctx, std, o.before)
	if err != nil {
		return err
	}
	after, sumAfter, err := o.digest(ctx, std, o.after)
	if err != nil {
		return err
	}
	d := report.NewDiff(before, after, sumBefore, sumAfter)
	if o.format == "json" {
		err = d.WriteJSON(out)
	} else {
		r := &reporter{o: &o.reportOptions, std: std, out: out}
		err = d.WriteText(out, terminalWidth(r.target()), o.top)
	}
	if err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	var codes []error
	for _, sum := range []*flows.Summary{sumBefore, sumAfter} {
		r := &reporter{o: &o.reportOptions, std: std, sum: sum, shown: 1}
		codes = append(codes, r.outcome(ctx))
	}
	if codes[0] != nil {
		return codes[0]
	}
	return codes[1]
}

// digest reads one capture; twice if the filter asks for what has to be learned beforehand.
func (o *diffOptions) digest(ctx context.Context, std *stdio, path string) (*report.Digest, *flows.Summary, error) {
	files := []string{path}
	if o.annotate.wanted(o.filter) {
		named, remove, err := spooled(files, std.in, "")
		if err != nil {
			return nil, nil, err
		}
		defer remove()
		files = named
		if _, err := o.annotate.learn(ctx, files, &o.input, &o.model.config); err != nil {
			return nil, nil, err
		}
	}
	src, err := openFiles(ctx, std, files, &o.input, o.quiet)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	r := reporter{o: &o.reportOptions, std: std, src: src}
	for _, f := range src.Files() {
		if err := o.sameFile(f.Path); err != nil {
			return nil, nil, err
		}
	}
	findings, people := flows.NewFindings(), flows.NewPopulation(r.config(), 0)
	d := report.NewDigest(findings, people)
	d.Top = 1 // no conversation is shown
	match := o.filter.Match
	_, sum, err := flows.Collect(ctx, src, o.input.decode, r.config(), func(t *flows.Teardown) bool {
		selected := match(t)
		findings.AddSelected(t, selected)
		if selected {
			people.Add(t)
			d.Add(t)
		}
		return false
	})
	return d, sum, err
}
