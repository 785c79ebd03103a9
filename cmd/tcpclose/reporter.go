package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

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

	known *annotations // what was learned beforehand; nil for nothing

	sum   *flows.Summary
	shown uint64
	later bool // texts are kept until all was read: where frames stand in their files is filled in then

	findings   *flows.Findings
	population *flows.Population // nil where the findings count ports themselves
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

// streamEvery is how long a conversation that is final waits at most to be written where the capture comes from a pipe that has
// nothing more for now.
const streamEvery = 200 * time.Millisecond

// stream writes each conversation as it becomes final.
func (r *reporter) stream(ctx context.Context) (err error) {
	encode, header := r.lines()
	if _, err := r.out.Write(header); err != nil {
		return err
	}
	match, config := r.match(), r.config()
	beat := time.NewTicker(streamEvery)
	defer beat.Stop()
	config.Beat = beat.C
	r.sum, err = flows.Stream(ctx, r.src, r.o.input.decode, config, r.out, func(b []byte, t *flows.Teardown) []byte {
		if !match(t) {
			return b
		}
		return encode(b, t)
	})
	if err != nil {
		return err
	}
	r.found(r.sum)
	r.shown = r.sum.Reported
	return r.writeTail()
}

// lines returns how a format of one conversation a line writes it, and what stands before the first.
func (r *reporter) lines() (encode func(b []byte, t *flows.Teardown) []byte, header []byte) {
	if r.o.format == "csv" {
		c := &report.CSV{Columns: r.columns()}
		return c.AppendConversation, c.AppendHeader(nil)
	}
	e := r.encoder()
	return func(b []byte, t *flows.Teardown) []byte { return append(e.AppendObject(b, t, r.o.members), '\n') }, nil
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
	e := &report.Encoder{Terse: r.o.format == "ndjson"}
	files := r.src.Files()
	for i := range files {
		path := files[i].Path
		if r.o.anonymize.on {
			path = hiddenPath(i)
		}
		e.Files = append(e.Files, path)
	}
	if r.sum != nil {
		e.Locate = report.Locator(r.sum.Files)
	} else {
		e.Later = r.later && len(files) > 1
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
	if r.o.ladder.on {
		list, err := r.whole(ctx)
		if err != nil {
			return err
		}
		return r.writeLadderReport(list)
	}
	var mix report.Mix
	r.later = true
	table := r.table()
	encode := table.AppendCells
	switch r.o.format {
	case "json":
		e := r.encoder()
		encode = func(b []byte, t *flows.Teardown) []byte { return e.AppendObject(b, t, r.o.members) }
	case "csv", "ndjson":
		encode, _ = r.lines()
	}
	g := &gatherer{encode: encode, order: newOrder(r.o.sort), top: r.o.top}
	match := r.match()
	_, sum, err := flows.Collect(ctx, r.src, r.o.input.decode, r.config(), func(t *flows.Teardown) bool {
		if match(t) {
			mix.Add(t)
			g.add(t)
		}
		return false
	})
	if err == nil {
		r.sum = r.found(sum)
		g.settle()
		r.shown = uint64(len(g.rows))
		err = r.writeTexts(r.placed(g.texts()), &mix)
	}
	return errors.Join(err, g.close())
}

// whole reads everything and returns the conversations themselves in the order asked for.
func (r *reporter) whole(ctx context.Context) ([]flows.Teardown, error) {
	list, sum, err := flows.Collect(ctx, r.src, r.o.input.decode, r.config(), r.match())
	if err != nil {
		return nil, err
	}
	r.sum = r.found(sum)
	list = r.arrange(list)
	r.shown = uint64(len(list))
	return list, nil
}

// placed fills in where the frames of each text stand in their files, which is known once all were read.
func (r *reporter) placed(texts iter.Seq[[]byte]) iter.Seq[[]byte] {
	if !r.o.jsonLike() || len(r.src.Files()) < 2 {
		return texts
	}
	e := r.encoder()
	return func(yield func([]byte) bool) {
		var b []byte
		for text := range texts {
			if b = e.Place(b[:0], text); !yield(b) {
				return
			}
		}
	}
}

// writeTexts writes what the format made of the conversations.
func (r *reporter) writeTexts(texts iter.Seq[[]byte], mix *report.Mix) error {
	switch r.o.format {
	case "json":
		return report.WriteDocument(r.out, r.sum, texts)
	case "table":
		return r.writeTable(texts, mix)
	}
	_, header := r.lines()
	if _, err := r.out.Write(header); err != nil {
		return err
	}
	for text := range texts {
		if _, err := r.out.Write(text); err != nil {
			return err
		}
	}
	return r.writeTail()
}

// table returns how the table for people looks.
func (r *reporter) table() *report.TableOptions {
	return &report.TableOptions{Width: terminalWidth(r.target()), Color: useColor(r.o.color, r.target()), Fields: r.columns(), Legs: r.o.annotate.pairs}
}

// writeTable writes the report for people.
func (r *reporter) writeTable(rows iter.Seq[[]byte], mix *report.Mix) error {
	r.bar.stop()
	r.bar = nil
	table := r.table()
	table.Origin = r.sum.First
	if r.shown > 0 {
		if err := report.WriteTable(r.out, rows, *table); err != nil {
			return err
		}
	}
	if r.o.noSummary {
		return nil
	}
	if r.shown > 0 {
		fmt.Fprintln(r.out)
		if err := mix.WriteText(r.out, table.Color); err != nil {
			return err
		}
		fmt.Fprintln(r.out)
	}
	if err := r.writeFindings(table.Width); err != nil {
		return err
	}
	return r.writeRemarks()
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
	return r.writeRemarks()
}

// writeRemarks writes what was read, and what was learned beforehand.
func (r *reporter) writeRemarks() error {
	if err := report.WriteRemarks(r.out, r.sum, r.shown); err != nil {
		return err
	}
	r.known.writeRemarks(r.out)
	return nil
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
	a.Called = r.known.called()
	match := r.match()
	_, sum, err := flows.Collect(ctx, r.src, r.o.input.decode, r.config(), func(t *flows.Teardown) bool {
		if match(t) {
			a.Add(t)
		}
		return false
	})
	if err != nil {
		return err
	}
	r.sum, r.shown = r.found(sum), a.Total()
	key, direction, _ := sortOrder(r.o.sort)
	groups, _ := a.Groups(key, direction > 0, r.o.top)
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
	if err := report.WriteRemarks(r.out, sum, r.shown); err != nil {
		return err
	}
	r.known.writeRemarks(r.out)
	return nil
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
