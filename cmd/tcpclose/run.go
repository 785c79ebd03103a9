package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// stdio is where a command reads and writes; tests put buffers here.
type stdio struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run is the whole program: it executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1)) // --mem sets it
	io := &stdio{in: stdin, out: stdout, err: stderr}
	root := newRoot(io)
	root.SetArgs(args)
	help := &watchedWriter{w: stdout}
	root.SetOut(help)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = help.err
	}
	code := exitCode(err)
	var silent verdict
	if err != nil && code != exitOK && !errors.As(err, &silent) {
		complain(io, root, args, err)
	}
	return code
}

// newRoot builds the tree of commands.
func newRoot(io *stdio) *cobra.Command {
	var askVersion bool
	root := &cobra.Command{
		Use:   "tcpclose COMMAND",
		Short: "Say how every TCP connection in a capture ended",
		Long: "tcpclose reads packet captures and says of every TCP connection how it ended: who closed first, which states both ends\n" +
			"went through, what was lost on the way, how sure that is, and what to do about it.",
		Example: "  tcpclose report trace.pcap                   # a line for each connection\n" +
			"  tcpclose report trace.pcap --by service      # who resets whom\n" +
			"  tcpclose explain half-closed-stall",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if askVersion {
				return writeVersion(io.out)
			}
			return cmd.Help()
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Flags().BoolVar(&askVersion, "version", false, "say which version this is")
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.SetFlagErrorFunc(flagError)
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = false
	for _, make := range commands {
		root.AddCommand(make(io))
	}
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil || target == nil {
				return unknownCommand(root, args[0])
			}
			if len(rest) > 0 {
				return unknownCommand(target, rest[0])
			}
			return target.Help()
		},
	})
	strictCompletion(root)
	return root
}

// commands lists what tcpclose can do, a constructor for each; each stands in its own file.
var commands = []func(io *stdio) *cobra.Command{
	newOpen,
	newLive,
	newInterfaces,
	newReport,
	newStates,
	newCheck,
	newExtract,
	newDiff,
	newExplain,
	newMan,
	newVersion,
}

// unknownCommand says which command of parent was probably meant. The name of a file is a wish for a report.
func unknownCommand(parent *cobra.Command, word string) error {
	path := parent.CommandPath() + " "
	e := &usageError{text: fmt.Sprintf("unknown command %q", strings.TrimPrefix(path+word, "tcpclose "))}
	if _, err := os.Stat(word); err == nil && !parent.HasParent() {
		e.hint = "did you mean: tcpclose report " + word
		return e
	}
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := nearest(word, names); near != "" {
		e.hint = "did you mean: " + path + near
	}
	return e
}

// complain prints an error, what may help, and where more help is.
func complain(io *stdio, root *cobra.Command, args []string, err error) {
	fmt.Fprintf(io.err, "tcpclose: %s\n", printable(err.Error()))
	var usage *usageError
	if !errors.As(err, &usage) {
		if words := filterWords(args, err); words != "" {
			fmt.Fprintf(io.err, "  a filter stands behind --, as in -- %s\n", printable(words))
		}
		return
	}
	if usage.hint != "" {
		fmt.Fprintf(io.err, "  %s\n", printable(usage.hint))
		return
	}
	command := "tcpclose"
	if i := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") }); i >= 0 {
		if c, _, err := root.Find(args[i : i+1]); err == nil && c != root {
			command += " " + c.Name()
		}
	}
	fmt.Fprintf(io.err, "  %s --help says more\n", command)
}

// printable keeps names of files, and what the user typed, from acting upon the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && report.Unprintable(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// nearest returns the candidate that needs the fewest edits, if they are few for its length; the one that the word begins,
// if there is only one; else "".
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, bestCost := "", max(len(word)/3, 1)+1
	begun := ""
	for _, c := range candidates {
		if cost := flows.Edits(word, c); cost < bestCost {
			best, bestCost = c, cost
		}
		if len(word) > 1 && strings.HasPrefix(c, word) {
			if begun != "" {
				begun = "-"
			} else {
				begun = c
			}
		}
	}
	if begun != "" && begun != "-" && bestCost > 1 {
		return begun
	}
	return best
}
