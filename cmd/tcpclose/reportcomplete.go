package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/report"
)

// completeReport teaches the shells what can follow report's flags.
func completeReport(cmd *cobra.Command) {
	completeInput(cmd)
	completeChoices(cmd, map[string][]string{
		"format": reportFormats, "by": report.Groupings(), "color": colorChoices, "sort": report.ColumnNames(), "times": timesChoices,
	})
	_ = cmd.RegisterFlagCompletionFunc("fields", completeList(fieldNames())) // fails for unknown flags only
}

// completeInput teaches the shells what can follow the flags of every command that reads captures.
func completeInput(cmd *cobra.Command) {
	completeChoices(cmd, map[string][]string{"profile": flows.ProfileNames(), "key": keyChoices, "verify-checksums": checksumChoices})
	for _, flag := range []string{"filter", "display-filter", "keep", "fail-on"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, completeFilter) // fails for unknown flags only
	}
	tunnels := append([]string{"all", "none"}, strings.Split(decode.DecapNames(), ",")...)
	_ = cmd.RegisterFlagCompletionFunc("decap", completeList(tunnels))
}

// completeChoices teaches the shells flags that take one of a few words.
func completeChoices(cmd *cobra.Command, choices map[string][]string) {
	for flag, values := range choices {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // fails for unknown flags only
	}
}

// completeList completes the last of several words that commas separate.
func completeList(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		before := begun[:strings.LastIndexByte(begun, ',')+1]
		list := make([]string, 0, len(words))
		for _, w := range words {
			list = append(list, before+w)
		}
		return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// completeFilter completes the last word of a filter.
func completeFilter(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	runes := []rune(begun)
	var list []string
	for _, c := range filter.Complete(begun, len(runes)) {
		if c.Text != "" {
			list = append(list, string(runes[:c.From])+c.Text+"\t"+c.Help)
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// fieldNames lists the names that --fields knows: columns, and members of the JSON that are none.
func fieldNames() []string {
	names := report.ColumnNames()
	for _, name := range report.MemberNames() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// writeFieldList explains every column that --fields and --sort know.
func writeFieldList(w io.Writer) error {
	out := bufio.NewWriter(w)
	wide := 0
	for _, name := range report.ColumnNames() {
		wide = max(wide, len(name))
	}
	for i := range report.Columns {
		fmt.Fprintf(out, "%-*s  %s\n", wide, report.Columns[i].Name, report.Columns[i].Doc)
	}
	for _, name := range fieldNames()[len(report.Columns):] {
		doc, _ := strings.CutSuffix(report.MemberDoc(name), ".")
		fmt.Fprintf(out, "%-*s  %s (-T json and ndjson only)\n", wide, name, strings.ToLower(doc[:1])+doc[1:])
	}
	return out.Flush()
}
