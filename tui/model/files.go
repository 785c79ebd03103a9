package model

import (
	"fmt"
	"path/filepath"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows/report"
)

// Files are those of a capture of several: numbers of frames count over all of them, and other programs open one. The zero value
// stands for a capture of one file, or of none.
type Files struct {
	Paths []string
	// Locate says in which file a frame is, and its number there. It is nil where the files' packets are mixed.
	Locate func(frame uint64) (file int, fileFrame uint64, ok bool)

	names []string // as few elements of the paths as tell them apart
	about []string
}

// NewFiles returns the files that were read.
func NewFiles(list []decode.FileInfo) Files {
	if len(list) < 2 {
		return Files{}
	}
	f := Files{Locate: report.Locator(list)}
	base := map[string]int{}
	for i := range list {
		f.Paths = append(f.Paths, list[i].Path)
		base[filepath.Base(list[i].Path)]++
	}
	for i, path := range f.Paths {
		name := path
		if short := filepath.Base(path); base[short] == 1 {
			name = short
		}
		f.names = append(f.names, name)
		about := path + ": " + Number(list[i].Packets, "packet")
		if list[i].Timed {
			about += fmt.Sprintf(", from %s UTC, %s", Moment(list[i].First), Span(list[i].Last-list[i].First))
		}
		f.about = append(f.about, about)
	}
	return f
}

// name returns a file's name; empty where there are not several.
func (f *Files) name(file int) string {
	if file >= len(f.names) {
		return ""
	}
	return f.names[file]
}

// frame names a frame by its number, and by that in its own file.
func (f *Files) frame(frame uint64) string {
	text := fmt.Sprintf("frame %d", frame)
	if f.Locate == nil {
		return text
	}
	if file, own, ok := f.Locate(frame); ok {
		text += fmt.Sprintf(" (%d of %s)", own, f.name(file))
	}
	return text
}

// span names the file or files that a conversation's packets are in; empty where there are not several.
func (f *Files) span(first, last decode.Position) string {
	a, b := f.name(first.File()), f.name(last.File())
	switch {
	case a == "" || b == "":
		return ""
	case a == b:
		return a
	}
	return a + " to " + b
}

// maxListed bounds the files that are listed.
const maxListed = 20

// list writes what is known of each file, a line for each.
func (f *Files) list() string {
	shown := f.about[:min(len(f.about), maxListed)]
	text := strings.Join(shown, "\n")
	if more := len(f.about) - len(shown); more > 0 {
		text += "\n" + Number(more, "more file")
	}
	return text
}
