package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/report"
)

// A reporter writes one report.
type reporter struct {
	o   *reportOptions
	std *stdio
	src *decode.Capture
	out *output
	bar *progress

	sum   *flows.Summary
	shown uint64
}

// write reads the capture and writes the report in the way that its format and flags ask for: formats of one conversation
// a line stream in bounded memory, unless the order asked for needs all of them.
func (r *reporter) write(ctx context.Context) error {
	switch {
	case r.o.by != "":
		return r.writeGroups(ctx)
	case r.o.sort == "" && r.o.top == 0 && (r.o.format == "ndjson" || r.o.format == "csv"):
		return r.stream(ctx)
	}
	return r.collect(ctx)
}

// config returns what the tracker and the judge assume.
func (r *reporter) config() flows.Config {
	c := r.o.model.config
	c.Since, c.Until = r.o.input.sinceNS, r.o.input.untilNS
	return c
}

// stream writes each conversation as it becomes final.
func (r *reporter) stream(ctx context.Context) (err error) {
	encode, header := r.lines()
	if _, err := r.out.Write(header); err != nil {
		return err
	}
	match := r.o.filter.Match
	r.sum, err = flows.Stream(ctx, r.src, r.o.input.decode, r.config(), r.out, func(b []byte, t *flows.Teardown) []byte {
		if !match(t) {
			return b
		}
		return encode(b, t)
	})
	if err != nil {
		return err
	}
	r.shown = r.sum.Reported
	return r.writeTail()
}

// lines returns how the format writes one conversation, and what stands before the first.
func (r *reporter) lines() (encode func(b []byte, t *flows.Teardown) []byte, header []byte) {
	if r.o.format == "csv" {
		c := &report.CSV{Columns: r.columns()}
		return c.AppendConversation, c.AppendHeader(nil)
	}
	e := r.encoder()
	return func(b []byte, t *flows.Teardown) []byte { return e.AppendLine(b, t, r.o.fields) }, nil
}

// writeTail ends a format of one conversation a line.
func (r *reporter) writeTail() error {
	if r.o.format != "ndjson" || r.o.noSummary {
		return nil
	}
	_, err := r.out.Write(append(r.encoder().AppendSummary(nil, r.sum, r.shown), '\n'))
	return err
}

// encoder returns the writer of JSON, which knows the names of the files that are known by now.
func (r *reporter) encoder() *report.Encoder {
	e := new(report.Encoder)
	files := r.src.Files()
	for i := range files {
		e.Files = append(e.Files, files[i].Path)
	}
	if r.sum != nil {
		e.Locate = report.Locator(r.sum.Files)
	}
	return e
}

// columns returns the columns of --fields; nil for the usual ones.
func (r *reporter) columns() []*report.Column {
	var list []*report.Column
	for _, name := range r.o.fields {
		if c, ok := report.ColumnNamed(name); ok {
			list = append(list, c)
		}
	}
	return list
}

// collect reads everything, puts it into the order asked for, and writes it.
func (r *reporter) collect(ctx context.Context) error {
	var mix report.Mix
	match := r.o.filter.Match
	list, sum, err := flows.Collect(ctx, r.src, r.o.input.decode, r.config(), func(t *flows.Teardown) bool {
		if !match(t) {
			return false
		}
		mix.Add(t)
		return true
	})
	if err != nil {
		return err
	}
	r.sum = sum
	r.order(list)
	if r.o.top > 0 && len(list) > r.o.top {
		list = list[:r.o.top]
	}
	r.shown = uint64(len(list))
	all := pointers(list)
	switch r.o.format {
	case "json":
		return r.encoder().WriteDocument(r.out, sum, all, r.o.fields)
	case "table":
		if r.o.ladder.on {
			return r.writeLadderReport(list)
		}
		return r.writeTable(all, &mix)
	}
	encode, header := r.lines()
	b := header
	for t := range all {
		b = encode(b, t)
		if _, err := r.out.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	if _, err := r.out.Write(b); err != nil {
		return err
	}
	return r.writeTail()
}

func pointers(list []flows.Teardown) iter.Seq[*flows.Teardown] {
	return func(yield func(*flows.Teardown) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// order sorts by --sort: numbers from the largest and texts from A unless said otherwise; what is missing comes last; equal
// ones stay in the order in which they were first seen.
func (r *reporter) order(list []flows.Teardown) {
	key, direction, _ := sortOrder(r.o.sort)
	col, ok := report.ColumnNamed(key)
	if !ok {
		return
	}
	if col.Number != nil {
		if direction == 0 {
			direction = -1
		}
		slices.SortStableFunc(list, func(a, b flows.Teardown) int {
			x, okX := col.Number(&a)
			y, okY := col.Number(&b)
			if !okX || !okY {
				return cmp.Compare(boolInt(okY), boolInt(okX))
			}
			return direction * cmp.Compare(x, y)
		})
		return
	}
	if direction == 0 {
		direction = 1
	}
	slices.SortStableFunc(list, func(a, b flows.Teardown) int {
		x, y := col.Text(nil, &a), col.Text(nil, &b)
		if len(x) == 0 || len(y) == 0 {
			return cmp.Compare(boolInt(len(y) > 0), boolInt(len(x) > 0))
		}
		return direction * slices.Compare(x, y)
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writeTable writes the report for people.
func (r *reporter) writeTable(all iter.Seq[*flows.Teardown], mix *report.Mix) error {
	r.bar.stop()
	r.bar = nil
	color := useColor(r.o.color, r.target())
	if r.shown > 0 {
		o := report.TableOptions{Width: terminalWidth(r.target()), Color: color, Origin: r.sum.First, Fields: r.columns()}
		if err := report.WriteTable(r.out, all, o); err != nil {
			return err
		}
	}
	if r.o.noSummary {
		return nil
	}
	if r.shown > 0 {
		fmt.Fprintln(r.out)
		if err := mix.WriteText(r.out, color); err != nil {
			return err
		}
		fmt.Fprintln(r.out)
	}
	return report.WriteRemarks(r.out, r.sum, r.shown)
}

// writeLadderReport writes the ladders, and below them what was read.
func (r *reporter) writeLadderReport(list []flows.Teardown) error {
	r.bar.stop()
	r.bar = nil
	if err := r.writeLadders(list); err != nil || r.o.noSummary {
		return err
	}
	if len(list) > 0 {
		fmt.Fprintln(r.out)
	}
	return report.WriteRemarks(r.out, r.sum, r.shown)
}

// target is what the report is finally written to, to ask whether it is a terminal.
func (r *reporter) target() io.Writer {
	if r.out.file != nil {
		return r.out.file
	}
	return r.std.out
}

// writeGroups adds conversations up by --by.
func (r *reporter) writeGroups(ctx context.Context) error {
	a, _ := report.NewAggregate(r.o.by)
	match := r.o.filter.Match
	_, sum, err := flows.Collect(ctx, r.src, r.o.input.decode, r.config(), func(t *flows.Teardown) bool {
		if match(t) {
			a.Add(t)
		}
		return false
	})
	if err != nil {
		return err
	}
	r.sum, r.shown = sum, a.Total()
	key, direction, _ := sortOrder(r.o.sort)
	groups, _ := a.Groups(key, 0)
	if direction > 0 {
		slices.Reverse(groups)
	}
	if r.o.top > 0 && len(groups) > r.o.top {
		groups = groups[:r.o.top]
	}
	switch r.o.format {
	case "json":
		return a.WriteJSON(r.out, groups, sum.Complete)
	case "csv":
		return a.WriteCSV(r.out, groups)
	case "ndjson":
		return a.WriteNDJSON(r.out, groups)
	}
	r.bar.stop()
	r.bar = nil
	if len(groups) > 0 {
		if err := a.WriteText(r.out, groups, terminalWidth(r.target())); err != nil {
			return err
		}
	}
	if r.o.noSummary {
		return nil
	}
	if len(groups) > 0 {
		fmt.Fprintln(r.out)
	}
	return report.WriteRemarks(r.out, sum, r.shown)
}

// outcome warns of what the report itself does not say, and returns what the exit code must tell.
func (r *reporter) outcome(ctx context.Context) error {
	s := r.sum
	if !r.o.quiet && (r.o.format != "table" || r.o.noSummary || r.o.out != "") {
		report.WriteDamages(r.std.err, s)
	}
	var codes []int
	if s.Interrupted || ctx.Err() != nil {
		codes = append(codes, exitInterrupted)
	}
	if s.ReadError != nil {
		codes = append(codes, exitCode(s.ReadError))
	}
	if len(s.Damages) > 0 || !s.Complete && s.ReadError == nil && !s.Interrupted {
		codes = append(codes, exitDamaged)
	}
	if r.o.failEmpty && r.shown == 0 {
		codes = append(codes, exitNoMatch)
	}
	return worst(codes...)
}
