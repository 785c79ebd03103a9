package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/flows/filter"
)

// flagError turns pflag's words into ours, with the nearest flag that exists.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	e := &usageError{text: err.Error()}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if kind := valueKinds[bad.GetFlag().Value.Type()]; kind != "" {
			e.text = fmt.Sprintf("--%s %q is not %s", bad.GetFlag().Name, bad.GetValue(), kind)
		}
		return e
	}
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return e
	}
	if instead := insteadOf(cmd, missing.GetSpecifiedName()); instead != "" {
		e.hint = "did you mean: " + instead
	}
	if missing.GetSpecifiedShortnames() != "" {
		e.text = fmt.Sprintf("unknown flag -%s", missing.GetSpecifiedName())
		if report, _, _ := cmd.Root().Find([]string{"report"}); cmd == cmd.Root() && report.Flags().ShorthandLookup(missing.GetSpecifiedName()) != nil {
			e.hint = fmt.Sprintf("did you mean: tcpclose report -%s", missing.GetSpecifiedShortnames())
		}
		return e
	}
	name := missing.GetSpecifiedName()
	e.text = "unknown flag --" + name
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" && e.hint == "" {
		e.hint = "did you mean: --" + near
	}
	return e
}

// valueKinds says what a value of a flag must be, by the name that pflag gives its type.
var valueKinds = map[string]string{
	"bool":     "true or false",
	"int":      "a whole number",
	"uint64":   "a whole number of 0 or more",
	"duration": "a duration such as 500ms, 30s or 1m30s",
}

// insteadOf returns what to write instead of a flag of another program; empty where the command has nothing like it.
func insteadOf(cmd *cobra.Command, name string) string {
	other, ok := otherFlags[name]
	if !ok {
		return ""
	}
	f := cmd.Flags().Lookup(other.flag)
	if f == nil {
		return ""
	}
	if format, ok := strings.CutPrefix(other.hint, "-T "); ok && !strings.Contains(f.Usage, format) {
		return ""
	}
	return other.hint
}

// otherFlags are flags that people bring along from other programs or other commands, and what to write instead where there is
// that flag.
var otherFlags = map[string]struct{ flag, hint string }{
	"f": {"filter", "-Y"}, "R": {"filter", "-Y"}, "display-filter": {"filter", "--filter"},
	"e": {"fields", "--fields"}, "columns": {"fields", "--fields"},
	"z": {"by", "--by"}, "group-by": {"by", "--by"},
	"json": {"format", "-T json"}, "ndjson": {"format", "-T ndjson"}, "jsonl": {"format", "-T ndjson"}, "csv": {"format", "-T csv"}, "html": {"format", "-T html"},
	"parquet": {"format", "-T parquet"}, "markdown": {"format", "-T markdown"},
	"w": {"output", "-o"}, "out": {"output", "--output"}, "limit": {"top", "--top"},
}

// filterWords returns the words that were taken for names of files, and are none, if they make a filter: tcpdump and live take
// them without more ado. Empty for any other error.
func filterWords(args []string, err error) string {
	file, ok := errors.AsType[*decode.FileError](err)
	if !ok || !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	i := slices.Index(args, file.Path)
	if i < 0 {
		return ""
	}
	words := args[i:]
	if end := slices.IndexFunc(words, func(a string) bool { return strings.HasPrefix(a, "-") }); end >= 0 {
		words = words[:end]
	}
	text := strings.Join(words, " ")
	if f, err := filter.Parse(text); err != nil || f.All() {
		return ""
	}
	return text
}
