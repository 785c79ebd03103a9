package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcpclose/flows/filter"
	"tcpclose/flows/report"
)

// reportOptions are the flags of report.
type reportOptions struct {
	input  inputFlags
	model  modelFlags
	format string
	out    string
	force  bool

	formatSet bool     // -T FORMAT was given
	targets   []target // of -T FORMAT=FILE
	anonymize anonymizeFlag
	annotate  annotateFlags
	sha256    bool
	command   string
	by        string
	ladder    ladderFlags
	sort      string
	top       int
	fields    []string
	members   []string // fields as the keys of an object, each once
	schema    bool

	filter     *filter.Filter
	noSummary  bool
	noProgress bool
	color      string
	quiet      bool
	verbose    bool
	failEmpty  bool
	numeric    bool
}

// reportFormats are the values of -T.
var reportFormats = append([]string{"table", "json", "ndjson", "csv"}, exportFormatNames()...)

// newReport is the command that reads captures and says how every connection ended.
func newReport(std *stdio) *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report [FILE… | -] [flags] [-- FILTER…]",
		Short: "Say how every TCP connection in capture files ended",
		Long: "report reads pcap and pcapng files, compressed or not, and says of every TCP connection how it ended. Several files,\n" +
			"folders and patterns are one capture, merged by time; - is standard input.",
		Example: "  tcpclose report trace.pcap\n" +
			"  tcpclose report -nr trace.pcap -Y 'class rst-abort or mark fin-retransmitted'\n" +
			"  tcpclose report trace.pcap -- host 10.0.0.9 and port 443\n" +
			"  tcpclose report trace.pcap --ladder -- class retransmitted-fin\n" +
			"  tcpclose report trace.pcap --by service\n" +
			"  tcpclose report trace.pcap --by reset-by -T json\n" +
			"  tcpclose report trace.pcap --sort close_duration --top 3 --fields id,client,server,class,close_duration\n" +
			"  tcpclose report trace.pcap -T ndjson -o closes.ndjson\n" +
			"  tcpclose report trace.pcap -o closes.html -T html -T pcapng=noted.pcapng -T parquet=closes.parquet\n" +
			"  tcpclose report -N trace.pcap -- name '*.example.com'\n" +
			"  tcpclose report - -T csv < trace.pcap",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			files := args
			var words []string
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				files, words = args[:n], args[n:]
			}
			if err := o.check(files, words); err != nil {
				return err
			}
			if o.schema {
				_, err := std.out.Write(report.SchemaJSON)
				return err
			}
			o.command = commandLine(cmd, files, words)
			if err := o.checkTerminal(std); err != nil {
				return err
			}
			if o.exporting() {
				return runExport(cmd.Context(), std, &o)
			}
			return runReport(cmd.Context(), std, &o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.input.register(f)
	o.format = "table"
	f.VarP(formatFlag{&o}, "format", "T", "`FORMAT` to write: "+strings.Join(reportFormats, ", ")+"; FORMAT=FILE, which may be repeated, writes one more")
	f.StringVarP(&o.out, "output", "o", "", "write to this `FILE` instead of standard output")
	f.BoolVar(&o.force, "force", false, "replace the output file if it exists")
	f.StringVar(&o.by, "by", "", "add conversations up by `KEY`: "+strings.Join(report.Groupings(), ", "))
	f.StringVar(&o.sort, "sort", "", "order by this `COLUMN`, numbers from the largest; COLUMN:asc and COLUMN:desc say otherwise")
	f.IntVar(&o.top, "top", 0, "report the first `N` only")
	f.StringSliceVar(&o.fields, "fields", nil, "write these `COLUMNS` only, separated by commas (\"help\" lists them)")
	f.BoolVar(&o.noSummary, "no-summary", false, "leave out the summary at the end of ndjson, and below the table")
	o.anonymize.register(f)
	f.BoolVar(&o.sha256, "sha256", false, "say the SHA-256 of each file in -T html")
	o.ladder.register(f)
	o.annotate.register(f)
	o.model.register(f)
	f.StringVar(&o.color, "color", "auto", "`WHEN` to use colours: auto, always or never")
	f.BoolVarP(&o.numeric, "numeric", "n", true, "show addresses, not names (the default unless -N is given)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no warnings on standard error")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what is done")
	f.BoolVar(&o.noProgress, "no-progress", false, "no progress on standard error")
	f.BoolVar(&o.failEmpty, "fail-empty", false, "exit with 4 if nothing matched")
	f.BoolVar(&o.schema, "schema", false, "print the JSON Schema of the JSON formats, and read nothing")
	completeReport(cmd)
	return cmd
}

// check looks at all flags before anything is read, and parses the filter.
func (o *reportOptions) check(files, words []string) error {
	o.input.files = append(slices.Clone(o.input.read), files...)
	if !slices.Contains(reportFormats, o.format) {
		return badValue("-T", o.format, reportFormats)
	}
	if !slices.Contains(colorChoices, o.color) {
		return badValue("--color", o.color, colorChoices)
	}
	if o.schema {
		return nil
	}
	if slices.Equal(o.fields, []string{"help"}) {
		o.targets, o.format = nil, "table"
		return nil
	}
	if len(o.input.files) == 0 {
		return &usageError{text: "no capture to read", hint: "tcpclose report FILE, or - for standard input"}
	}
	if o.top < 0 {
		return usagef("--top %d: must not be negative", o.top)
	}
	var err error
	if o.filter, err = parseFilter(o.input.filter, words); err != nil {
		return err
	}
	if err := o.input.check(); err != nil {
		return err
	}
	if err := o.model.check(); err != nil {
		return err
	}
	if err := o.checkLadder(); err != nil {
		return err
	}
	if err := o.checkExport(); err != nil {
		return err
	}
	if o.sha256 && !slices.ContainsFunc(o.formats(), func(t target) bool { return t.format == "html" }) {
		return usagef("--sha256 is for -T html, which is not written")
	}
	if o.by != "" {
		return o.checkBy()
	}
	return o.checkColumns()
}

// checkLadder looks at the flags that mean nothing beside --ladder.
func (o *reportOptions) checkLadder() error {
	if err := o.ladder.check(); err != nil || !o.ladder.on {
		return err
	}
	for _, f := range []struct {
		name string
		used bool
	}{{"--by", o.by != ""}, {"--fields", len(o.fields) > 0}, {"-T " + o.format, o.format != "table"}} {
		if f.used {
			return usagef("%s cannot be used with --ladder", f.name)
		}
	}
	return nil
}

// checkBy looks at the flags that mean something else beside --by.
func (o *reportOptions) checkBy() error {
	if _, ok := report.NewAggregate(o.by); !ok {
		return badValue("--by", o.by, report.Groupings())
	}
	if len(o.fields) > 0 {
		return usagef("--fields cannot be used with --by")
	}
	key, _, err := sortOrder(o.sort)
	if err != nil {
		return err
	}
	a, _ := report.NewAggregate(o.by)
	if _, ok := a.Groups(key, false, 0); !ok {
		return badValue("--sort", key, report.GroupFields())
	}
	return nil
}

// checkColumns looks at the names of columns.
func (o *reportOptions) checkColumns() error {
	if err := o.checkFields(); err != nil {
		return err
	}
	for _, name := range o.fields {
		if !slices.Contains(o.members, name) {
			o.members = append(o.members, name)
		}
	}
	key, _, err := sortOrder(o.sort)
	if err != nil {
		return err
	}
	if _, ok := report.ColumnNamed(key); key != "" && !ok {
		return badColumn("--sort", key, report.ColumnNames())
	}
	return nil
}

// checkFields looks at the names of --fields: each format that takes them must know all, and one of those written must.
func (o *reportOptions) checkFields() error {
	var columnar, jsonLike string // a format of either kind that is written
	for _, t := range o.formats() {
		switch t.format {
		case "table", "csv":
			columnar = t.format
		case "json", "ndjson":
			jsonLike = t.format
		}
	}
	if len(o.fields) > 0 && columnar+jsonLike == "" {
		return &usageError{text: "--fields cannot be used with -T " + o.formats()[0].format, hint: "it chooses the columns of table, csv, json and ndjson"}
	}
	for i, name := range o.fields {
		o.fields[i] = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
		c, column := report.ColumnNamed(o.fields[i])
		member := slices.Contains(report.MemberNames(), o.fields[i])
		switch {
		case member && !column && columnar != "":
			return usagef("--fields %s: -T %s has no such column; -T json and ndjson have it", o.fields[i], columnar)
		case member && columnar == "":
		case column:
			o.fields[i] = c.Name // a short name would be a key without its unit
		default:
			return badColumn("--fields", name, fieldNames())
		}
	}
	return nil
}

// badColumn is badValue for the long list of columns.
func badColumn(flag, name string, known []string) error {
	candidates := slices.Clone(known)
	for _, k := range known {
		candidates = append(candidates, strings.Replace(k, "_ns", "", 1))
	}
	e := badValue(flag, name, candidates)
	if e.hint == "" {
		e.hint = "tcpclose report --fields help lists the columns"
	}
	return e
}

func (o *reportOptions) jsonLike() bool { return o.format == "json" || o.format == "ndjson" }

// sortOrder reads COLUMN, COLUMN:asc or COLUMN:desc; direction is 0 where none is given.
func sortOrder(text string) (key string, direction int, err error) {
	key, order, found := strings.Cut(text, ":")
	switch {
	case !found:
		return key, 0, nil
	case order == "asc":
		return key, 1, nil
	case order == "desc":
		return key, -1, nil
	}
	return "", 0, badValue("--sort "+key+":", order, []string{"asc", "desc"})
}

// badValue makes the error of a flag's value that is none of those allowed.
func badValue(flag, value string, allowed []string) *usageError {
	e := &usageError{text: fmt.Sprintf("%s %q is not known", flag, value)}
	if near := nearest(strings.ReplaceAll(value, "-", "_"), allowed); near != "" {
		e.hint = "did you mean: " + near
	} else if near := nearest(value, allowed); near != "" {
		e.hint = "did you mean: " + near
	} else if len(allowed) <= 12 {
		e.hint = "one of: " + strings.Join(allowed, ", ")
	}
	return e
}

// parseFilter joins -Y and the words behind --: a conversation must match both.
func parseFilter(expression string, words []string) (*filter.Filter, error) {
	trailing := strings.Join(words, " ")
	for _, text := range []string{expression, trailing} {
		if _, err := filter.Parse(text); err != nil {
			return nil, filterError(text, err)
		}
	}
	if strings.TrimSpace(expression) == "" || strings.TrimSpace(trailing) == "" {
		return filter.Parse(expression + trailing)
	}
	return filter.Parse("(" + expression + ") and (" + trailing + ")")
}

// filterError shows the place of a filter's error.
func filterError(text string, err error) error {
	if e, ok := errors.AsType[*filter.Error](err); ok {
		return &usageError{text: "filter: " + e.Error(), hint: strings.ReplaceAll(e.Render(text), "\n", "\n  ")}
	}
	return usagef("filter: %v", err)
}

// runReport opens the capture and writes the report.
func runReport(ctx context.Context, std *stdio, o *reportOptions) error {
	deferCollector()
	log := newLog(std.err, o.verbose)
	if len(o.fields) == 1 && o.fields[0] == "help" {
		return writeFieldList(std.out)
	}
	out, err := openOutput(o.out, o.force, std.out)
	if err != nil {
		return err
	}
	defer out.Discard()
	files := o.input.files
	if o.annotate.wanted(o.filter) || o.ladder.on {
		named, remove, err := spooled(files, std.in, o.ladder.spool)
		if err != nil {
			return err
		}
		defer remove()
		files = named
	}
	known, err := o.annotate.learn(ctx, files, &o.input, &o.model.config)
	if err != nil {
		return err
	}
	src, err := openFiles(ctx, std, files, &o.input, o.quiet)
	if err != nil {
		return err
	}
	defer src.Close()
	for _, f := range src.Files() {
		log.Info("reading", "file", f.Path, "format", f.Format, "compression", f.Compression, "size", f.Size)
		if err := o.sameFile(f.Path); err != nil {
			return err
		}
	}

	var bar *progress
	if !o.noProgress && !o.quiet && isTerminal(std.err) {
		bar = startProgress(std.err, src.Progress)
	}
	begun := time.Now()
	r := &reporter{o: o, std: std, src: src, out: out, bar: bar, known: known}
	err = r.write(ctx)
	r.bar.stop()
	if err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	s := r.sum
	log.Info("done", "packets", s.Packets, "segments", s.Segments, "conversations", s.Conversations, "reported", r.shown, "spent", time.Since(begun))
	return r.outcome(ctx)
}
