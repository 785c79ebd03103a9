package model

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/flows/report"
)

// writers are the forms in which conversations can be written, by the file's extension.
var writers = map[string]func(ctx context.Context, w io.Writer, s *Source, files *Files, list []*flows.Teardown) error{
	".json":   writeJSON,
	".txt":    writeLadders,
	".pcapng": writePackets,
}

// ladderWidth is the width of ladders in text files.
const ladderWidth = 120

// CanWrite says whether a file of that name can be written, and why not.
func (m *Model) CanWrite(path string) error {
	if path == "" {
		return errors.New("write needs a file: w flows.pcapng, flows.json or flows.txt")
	}
	ext := strings.ToLower(filepath.Ext(path))
	if writers[ext] == nil {
		return fmt.Errorf("%s: the name has to end in .pcapng, .json or .txt", path)
	}
	if len(m.Marked) == 0 && m.List.Row < 0 {
		return errors.New("no conversation is marked or selected")
	}
	if m.source.holds(path) {
		return fmt.Errorf("%s is the capture itself and cannot be replaced", path)
	}
	return nil
}

// holds reports whether a path is one of the capture's own files, by whatever name.
func (s *Source) holds(path string) bool {
	if s == nil || s.Files == nil {
		return false
	}
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(s.Files(), func(own string) bool {
		info, err := os.Stat(own)
		return err == nil && os.SameFile(there, info)
	})
}

// Exists reports whether there is a file of that name.
func (m *Model) Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// chosen returns copies of the marked conversations, or of the one under the cursor where none is marked.
func (m *Model) chosen() []*flows.Teardown {
	if len(m.Marked) == 0 {
		if t := m.Current(); t != nil {
			return []*flows.Teardown{clone(t)}
		}
		return nil
	}
	var list []*flows.Teardown
	var t flows.Teardown
	for row := range m.Snapshot.All() {
		if m.Marked[m.Snapshot.ID(row)] {
			m.Snapshot.Teardown(row, &t)
			list = append(list, clone(&t))
		}
	}
	slices.SortFunc(list, func(a, b *flows.Teardown) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

// Write writes the chosen conversations beside the screen. The file appears under its name when it is whole.
func (m *Model) Write(path string) {
	list, source, files := m.chosen(), m.source, m.Files
	if len(list) == 0 {
		m.say(Info, "no conversation to write")
		return
	}
	m.say(Info, "writing %s …", path)
	m.jobs.start(taskWrite, 0, func(ctx context.Context) func() {
		err := writeFile(ctx, path, source, &files, list)
		return func() {
			if err != nil {
				m.say(Bad, "%s was not written: %v", path, reason(err))
				return
			}
			m.say(Good, "%s written to %s", Number(len(list), "conversation"), path)
		}
	})
}

// reason leaves the name out of an error of the operating system: it is that of the file under which this one grew.
func reason(err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		return file.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

func writeFile(ctx context.Context, path string, s *Source, files *Files, list []*flows.Teardown) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriter(f)
	if err := writers[strings.ToLower(filepath.Ext(path))](ctx, w, s, files, list); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeJSON writes the conversations as the report's list of them.
func writeJSON(_ context.Context, w io.Writer, _ *Source, files *Files, list []*flows.Teardown) error {
	e := report.Encoder{Files: files.Paths, Locate: files.Locate}
	b := []byte(`{"schema": "tcpclose/1", "conversations": [`)
	for i, t := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '\n')
		b = e.AppendConversation(b, t)
	}
	_, err := w.Write(append(b, "\n]}\n"...))
	return err
}

// writeLadders writes each conversation's ladder and explanation as text.
func writeLadders(ctx context.Context, w io.Writer, s *Source, files *Files, list []*flows.Teardown) error {
	for i, t := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "flow %d  %s -> %s  %s\n\n", t.ID, t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr, t.Class)
		b, p := ladder.NewBuilder(t, ladder.Options{}), ladder.NewPrinter(w, t, ladderWidth, ladder.Options{})
		skipped := func(n uint64) { b.Skipped(n, p.Row) }
		if err := s.Conversation(ctx, t, skipped, func(_ *decode.Decoder, _ *decode.Packet, seg *decode.Segment) bool {
			return b.Add(seg, p.Row)
		}); err != nil {
			fmt.Fprintln(w, "no ladder: "+err.Error())
		}
		b.Finish(p.Row)
		if err := p.Err(); err != nil {
			return err
		}
		fmt.Fprintln(w)
		zero := ladder.FromFIN.Zero(t)
		if _, err := io.WriteString(w, joinLines(Explain(t, func(at int64) string { return seconds(at, zero) }, files))); err != nil {
			return err
		}
	}
	return nil
}
