package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// quietFlags change nothing that a report says, or name what it must not tell.
var quietFlags = []string{"workers", "quiet", "verbose", "no-progress", "force", "output", "color", "mem"}

// tellingFlags can name hosts and files, which an anonymous report must not.
var tellingFlags = []string{"filter", "read", "format", "spool"}

// commandLine says how a command was called, in words that a shell would read as they were meant: its flags, its files and
// the filter behind them.
func commandLine(cmd *cobra.Command, files, filter []string) string {
	hidden := cmd.Flags().Changed("anonymize")
	words := []string{"tcpclose", cmd.Name()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case slices.Contains(quietFlags, f.Name):
		case hidden && slices.Contains(tellingFlags, f.Name):
			words = append(words, "--"+f.Name, "…")
		case f.Name == "anonymize":
			words = append(words, "--anonymize") // its key is a secret
		default:
			words = append(words, flagWords(f)...)
		}
	})
	if hidden {
		words = append(words, "…")
	} else {
		words = append(words, quoted(files)...)
	}
	switch {
	case len(filter) == 0:
	case hidden:
		words = append(words, "--", "…")
	default:
		words = append(append(words, "--"), quoted(filter)...)
	}
	return strings.Join(words, " ")
}

// flagWords writes a flag with its value; one that may be repeated, once for each.
func flagWords(f *pflag.Flag) (words []string) {
	name, values := "--"+f.Name, []string{f.Value.String()}
	switch v := f.Value.(type) {
	case formatFlag:
		values = v.values()
	case pflag.SliceValue:
		values = v.GetSlice()
		if f.Value.Type() == "stringSlice" { // commas separate them
			values = []string{strings.Join(values, ",")}
		}
	}
	for _, text := range values {
		switch {
		case f.NoOptDefVal == "":
			words = append(words, name, shellWord(text))
		case text == f.NoOptDefVal:
			words = append(words, name)
		default: // behind a blank it would be another word
			words = append(words, name+"="+shellWord(text))
		}
	}
	return words
}

// quoted quotes each word that a shell would take apart or replace.
func quoted(words []string) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = shellWord(w)
	}
	return list
}

// shellWord quotes a word if it holds what means something to a shell.
func shellWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\"'`$&|;<>()[]{}*?!#~\\") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
