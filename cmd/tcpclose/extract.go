package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// newExtract is the command that writes the packets of some conversations to a file of their own.
func newExtract(std *stdio) *cobra.Command {
	o := reportOptions{format: extractFormat, formatSet: true, color: "auto", ladder: ladderFlags{times: timesChoices[0]}}
	cmd := &cobra.Command{
		Use:   "extract [FILE… | -] -o FILE [flags] [-- FILTER…]",
		Short: "Write the packets of selected connections to a pcapng file",
		Long: "extract writes the packets of the connections that match the filter to a pcapng file. Blocks of pcapng files are copied\n" +
			"byte for byte, packets of pcap files get blocks of their own; each input file has sections of its own in the output, one\n" +
			"after the other. Of a segment in IP fragments only the fragment that completes it is written. report -T pcapng does the\n" +
			"same with a comment on each packet that matters.\n\n" +
			"With --anonymize every packet is written anew: addresses are replaced by others that keep their common prefixes, payload,\n" +
			"hardware addresses, tunnels and options that could name somebody are left out, lengths stay, checksums fit.",
		Example: "  tcpclose extract trace.pcap -o resets.pcapng -- class rst-abort or class rst-after-fin\n" +
			"  tcpclose extract trace.pcap -o share.pcapng --anonymize -- id 57301",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			files := args
			var words []string
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				files, words = args[:n], args[n:]
			}
			o.input.files = append(slices.Clone(o.input.read), files...)
			if err := o.checkExtract(std, words); err != nil {
				return err
			}
			return runExport(cmd.Context(), std, &o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.input.register(f)
	f.StringVarP(&o.out, "output", "o", "", "write to this `FILE`; - is standard output")
	f.BoolVar(&o.force, "force", false, "replace the output file if it exists")
	f.IntVar(&o.top, "top", 0, "write the first `N` connections only")
	o.anonymize.register(f)
	o.annotate.register(f)
	f.StringVar(&o.ladder.spool, "spool", "", "keep standard input in this `DIR` while reading (default: the system's temporary folder)")
	o.model.register(f)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no warnings on standard error")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what is done")
	f.BoolVar(&o.noProgress, "no-progress", false, "no progress on standard error")
	f.BoolVar(&o.failEmpty, "fail-empty", false, "exit with 4 if nothing matched")
	completeInput(cmd)
	return cmd
}

// checkExtract looks at the flags of extract.
func (o *reportOptions) checkExtract(std *stdio, words []string) (err error) {
	switch {
	case len(o.input.files) == 0:
		return &usageError{text: "no capture to read", hint: "tcpclose extract FILE -o FILE, or - for standard input"}
	case o.top < 0:
		return usagef("--top %d: must not be negative", o.top)
	}
	if o.filter, err = parseFilter(o.input.filter, words); err != nil {
		return err
	}
	if err := o.input.check(); err != nil {
		return err
	}
	if err := o.checkTerminal(std); err != nil {
		return err
	}
	return o.model.check()
}
