package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/flows/filter"
	"tcpclose/tui"
)

// openOptions are the flags of open.
type openOptions struct {
	input    inputFlags
	model    modelFlags
	annotate annotateFlags
	follow   bool
	spool    string
	theme    string
	color    string
	ascii    bool
	mouse    bool
}

// learn reads the captures beforehand, where names or other legs are asked for.
func (o *openOptions) learn(ctx context.Context, want *filter.Filter) error {
	if !o.annotate.wanted(want) {
		return nil
	}
	if o.follow || slices.Contains(o.input.files, "-") {
		return &usageError{
			text: "-N and --pairs read the capture once beforehand, which standard input and a growing file do not allow",
			hint: "write it to a file, and open that",
		}
	}
	_, err := o.annotate.learn(ctx, o.input.files, &o.input, &o.model.config)
	return err
}

// newOpen makes the command that shows captures on the terminal.
func newOpen(std *stdio) *cobra.Command {
	var o openOptions
	cmd := &cobra.Command{
		Use:   "open [FILE… | -] [flags] [-- FILTER…]",
		Short: "Look at the connections of captures on the terminal",
		Long: "open shows the connections of captures on the terminal: a list that can be filtered and sorted, the ladder of each\n" +
			"connection with the states of both ends, the explanation of its end, and the sockets of every host at any time.\n" +
			"Rows appear while the capture is read. ? shows the keys.\n\n" +
			"Standard input can be read only once: of each connection the first 16 and the last 48 segments are kept for its ladder,\n" +
			"unless --spool keeps all. What trickles in is shown within half a second; tcpdump itself holds packets back without -U.\n" +
			"With -N the list shows names instead of addresses, and with --pairs the explanation follows resets over proxies and\n" +
			"address translators; both read the capture once beforehand.",
		Example: "  tcpclose open trace.pcapng.zst\n" +
			"  tcpclose open -F growing.pcap                # follow a file that is being written\n" +
			"  sudo tcpdump -i eth0 -U -w - tcp | tcpclose open -",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			words := []string(nil)
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				args, words = args[:n], args[n:]
			}
			o.input.files = append(slices.Clone(o.input.read), args...)
			return o.run(cmd.Context(), std, words)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.register(f)
	completeInput(cmd)
	completeChoices(cmd, map[string][]string{"theme": tui.Themes(), "color": colorChoices})
	return cmd
}

func (o *openOptions) register(f *pflag.FlagSet) {
	o.input.register(f)
	o.model.register(f)
	o.annotate.register(f)
	f.BoolVarP(&o.follow, "follow", "F", false, "follow a file that is still being written")
	f.StringVar(&o.spool, "spool", "", "keep standard input in a file in this `DIR`, so that no ladder misses a segment")
	f.StringVar(&o.theme, "theme", "terminal", "`NAME` of the colours: terminal, dark, light, mono")
	f.StringVar(&o.color, "color", "auto", "`WHEN` to use colours: auto, always, never")
	f.BoolVar(&o.ascii, "ascii", false, "draw with ASCII alone (by itself where the locale is not UTF-8)")
	f.BoolVar(&o.mouse, "mouse", false, "start with the mouse on; m turns it on and off")
}

// run checks the flags and shows the captures.
func (o *openOptions) run(ctx context.Context, std *stdio, words []string) error {
	if err := o.input.check(); err != nil {
		return err
	}
	if err := o.model.check(); err != nil {
		return err
	}
	if len(o.input.files) == 0 {
		return &usageError{text: "no capture to open", hint: "name a file: tcpclose open FILE, or - for standard input"}
	}
	stdin, one := slices.Contains(o.input.files, "-"), len(o.input.files) == 1
	switch {
	case o.follow && (stdin || !one):
		return usagef("-F follows one file, neither several nor standard input")
	case o.spool != "" && stdin && !one:
		return usagef("--spool keeps standard input alone, not beside files")
	}
	if !slices.Contains(colorChoices, o.color) {
		return badValue("--color", o.color, colorChoices)
	}
	if !slices.Contains(tui.Themes(), o.theme) {
		return badValue("--theme", o.theme, tui.Themes())
	}
	want, err := parseFilter(o.input.filter, words)
	if err != nil {
		return err
	}
	o.model.config.Since, o.model.config.Until = o.input.sinceNS, o.input.untilNS
	if err := o.learn(ctx, want); err != nil {
		return err
	}
	stdout, _ := std.out.(*os.File)
	err = tui.Run(ctx, tui.Options{
		Paths:   o.input.files,
		File:    decode.FileOptions{Stdin: std.in, MaxPackets: o.input.packets, NoBombLimit: o.input.noBombLimit},
		Decode:  o.input.decode,
		Flows:   o.model.config,
		Filter:  want.String(),
		Follow:  o.follow,
		Spool:   o.spool,
		Waiting: std.waiting,
		Theme:   o.theme,
		NoColor: o.color == "never",
		ASCII:   o.ascii,
		Mouse:   o.mouse,
		Stdout:  stdout,
	})
	var none *tui.NoTerminalError
	switch {
	case errors.As(err, &none):
		return &usageError{text: none.Reason, hint: "tcpclose report FILE says the same without a screen"}
	case errors.Is(err, tui.ErrSignal):
		return verdict(exitInterrupted)
	}
	return err
}
