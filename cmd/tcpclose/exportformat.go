package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// A target is one file that a report writes, and its format; an empty path is standard output.
type target struct{ format, path string }

// formatFlag is the value of -T: FORMAT is that of the report itself, FORMAT=FILE a file beside it; it may be repeated.
type formatFlag struct {
	o *reportOptions
}

func (f formatFlag) Type() string { return "FORMAT" }

func (f formatFlag) String() string {
	if f.o == nil {
		return ""
	}
	return strings.Join(f.values(), " ")
}

// values returns what was given, -T by -T.
func (f formatFlag) values() []string {
	words := []string{f.o.format}
	if !f.o.formatSet && len(f.o.targets) > 0 {
		words = nil
	}
	for _, t := range f.o.targets {
		words = append(words, t.String())
	}
	return words
}

func (f formatFlag) Set(text string) error {
	format, path, named := strings.Cut(text, "=")
	switch {
	case !named && f.o.formatSet && f.o.format != text:
		return fmt.Errorf("%s is written there already; FORMAT=FILE writes one more", f.o.format)
	case !named:
		f.o.format, f.o.formatSet = text, true
		return nil
	case path == "":
		return fmt.Errorf("no file behind %s=", format)
	}
	f.o.targets = append(f.o.targets, target{format, path})
	return nil
}

// An exportFormat is one that the export writes: what it needs beside the conversations, and how it is made.
type exportFormat struct {
	name    string
	packets bool // reads the packets a second time
	octets  bool // is no text
	make    func(x *export) sink
}

// exportFormats are the formats beyond those of which one alone is streamed; more of them in one command, or one of
// those with FORMAT=FILE, share one pass.
var exportFormats = []exportFormat{
	{"html", true, false, newHTMLSink},
	{"markdown", true, false, newMarkdownSink},
	{"pcapng", true, true, newPcapngSink},
	{"parquet", false, true, newParquetSink},
	{"zeek", true, false, newZeekSink},
	{"zeek-json", true, false, newZeekJSONSink},
	{extractFormat, true, true, newExtractSink},
}

// extractFormat is that of the extract command; -T does not know it.
const extractFormat = "extract"

// formats returns all that is to be written.
func (o *reportOptions) formats() []target {
	list := o.targets
	if o.formatSet || len(o.targets) == 0 || o.out != "" {
		list = append([]target{{o.format, o.out}}, list...)
	}
	return list
}

// exporting reports whether the report is more than one of the formats that are written by themselves.
func (o *reportOptions) exporting() bool {
	return len(o.targets) > 0 || o.anonymize.on || isExportFormat(o.format)
}

func isExportFormat(name string) bool {
	return slices.ContainsFunc(exportFormats, func(f exportFormat) bool { return f.name == name })
}

// checkExport looks at the formats, and at the flags that mean nothing beside them.
func (o *reportOptions) checkExport() error {
	if !o.exporting() {
		return nil
	}
	seen := map[string]bool{}
	for _, t := range o.formats() {
		if !slices.Contains(reportFormats, t.format) {
			return badValue("-T", t.format, reportFormats)
		}
		place := placeOf(t.path)
		if seen[place] {
			if place == standardOutput {
				return usagef("standard output is written twice")
			}
			return usagef("%s is written twice", t.path)
		}
		seen[place] = true
	}
	for _, f := range []struct {
		name string
		used bool
	}{{"--by", o.by != ""}, {"--ladder", o.ladder.on}} {
		if f.used {
			return usagef("%s cannot be used with %s", f.name, o.exportedBy())
		}
	}
	return nil
}

// exportedBy names the flag that asks for the export.
func (o *reportOptions) exportedBy() string {
	switch {
	case len(o.targets) > 0:
		return "-T " + o.targets[0].String()
	case isExportFormat(o.format):
		return "-T " + o.format
	}
	return "--anonymize"
}

// String writes the target as -T takes it.
func (t target) String() string {
	if t.path == "" {
		return t.format
	}
	return t.format + "=" + t.path
}

// standardOutput is the place of what is written there.
const standardOutput = "-"

// placeOf returns what is the same for two names of one file.
func placeOf(name string) string {
	if name == "" || name == "-" {
		return standardOutput
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(folder, filepath.Base(path))
	}
	return path
}

// packets reports whether a format reads the packets a second time.
func (t target) packets() bool {
	return slices.ContainsFunc(exportFormats, func(f exportFormat) bool { return f.name == t.format && f.packets })
}

// octets reports whether a format is no text.
func (t target) octets() bool {
	return slices.ContainsFunc(exportFormats, func(f exportFormat) bool { return f.name == t.format && f.octets })
}

// checkTerminal keeps from a terminal what is no text, unless -o - asks for it.
func (o *reportOptions) checkTerminal(std *stdio) error {
	base := target{o.format, o.out}
	if !slices.Contains(o.formats(), base) || base.path != "" || !base.octets() || !isTerminal(std.out) {
		return nil
	}
	what := "-T " + base.format
	if base.format == extractFormat {
		what = "packets"
	}
	return &usageError{text: what + " on a terminal would help nobody", hint: "-o FILE writes to a file"}
}

// exportFormatNames lists the formats of the export.
func exportFormatNames() []string {
	return []string{"html", "markdown", "pcapng", "parquet", "zeek", "zeek-json"}
}
