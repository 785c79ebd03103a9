package decode

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A source is one file of a capture.
type source struct {
	path    string
	index   int
	stdin   bool
	regular bool // a file on disk, which can be opened again
	listed  bool // found in a directory, not named by the user
	size    int64
	first   int64   // sort key: the time of its first packet
	fault   *Damage // why a file that may be a capture was left out
	enter   int64   // where a second pass begins
	reader  *fileReader
	info    FileInfo
	marks   fileMarks
}

// maxSources is what a Position can number.
const maxSources = 1 << 16

// maxSkipped bounds the files that are listed only to say that they were not read.
const maxSkipped = 100

// findSources expands directories and patterns.
func findSources(paths []string) (list []*source, dirs []string, err error) {
	if len(paths) == 0 {
		return nil, nil, errors.New("no capture file given")
	}
	for _, path := range paths {
		if path == "-" {
			if slices.ContainsFunc(list, func(s *source) bool { return s.stdin }) {
				return nil, nil, errors.New("standard input (-) given twice")
			}
			list = append(list, &source{path: "-", stdin: true, size: -1})
			continue
		}
		st, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?[") {
			found, globErr := filepath.Glob(path)
			if globErr != nil || len(found) == 0 {
				return nil, nil, &FileError{path, fs.ErrNotExist, "no file matches this pattern"}
			}
			for _, f := range found { // Glob sorts them
				st, err := os.Stat(f)
				if err != nil {
					return nil, nil, openError(f, err)
				}
				if !st.IsDir() {
					list = append(list, fileSource(f, st))
				}
			}
			continue
		}
		if err != nil {
			return nil, nil, openError(path, err)
		}
		if !st.IsDir() {
			list = append(list, fileSource(path, st))
			continue
		}
		dirs = append(dirs, path)
		found, err := readDirectory(path)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, found...)
	}
	return list, dirs, nil
}

func fileSource(path string, st fs.FileInfo) *source {
	s := &source{path: path, regular: st.Mode().IsRegular(), size: -1}
	if s.regular {
		s.size = st.Size()
	}
	return s
}

// readDirectory lists the regular files of a directory, by name.
func readDirectory(path string) ([]*source, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, openError(path, err)
	}
	var list []*source
	for _, e := range entries {
		full := filepath.Join(path, e.Name())
		st, err := os.Stat(full) // follows symbolic links
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		s := fileSource(full, st)
		s.listed = true
		list = append(list, s)
	}
	return list, nil
}

// openSources looks at the files and makes the capture ready for Next.
func (c *Capture) openSources(list []*source, dirs []string) (err error) {
	if len(list) == 1 && len(dirs) == 0 {
		c.number(list)
		list[0].reader, err = c.openReader(list[0], readWhole)
		c.solo = list[0].reader
		return err
	}
	var captures, skipped []*source
	for _, s := range list {
		err := c.peek(s)
		switch {
		case err == nil:
			captures = append(captures, s)
			continue
		case errors.Is(err, ErrEmpty):
			s.fault = &Damage{Kind: DamageEmpty}
		case !s.listed:
			return err
		case !errors.Is(err, ErrNotCapture):
			s.fault = &Damage{Kind: DamageUnreadable, Lost: -1}
		}
		s.info.Skipped = strings.TrimPrefix(err.Error(), s.path+": ")
		skipped = append(skipped, s)
	}
	if len(captures) == 0 {
		if len(dirs) > 0 {
			text := fmt.Sprintf("no capture files in it (%d other files)", len(skipped))
			return &FileError{strings.Join(dirs, ", "), ErrNoCaptures, text}
		}
		return &FileError{list[0].path, ErrEmpty, "empty (0 bytes), like all other files given"}
	}
	list = append(slices.Clip(captures), fewer(skipped, strings.Join(dirs, ", "))...)
	if len(list) > maxSources {
		return fmt.Errorf("%w: %d, at most %d", ErrTooMany, len(list), maxSources)
	}
	c.number(list)
	for _, s := range skipped {
		if s.fault != nil {
			s.fault.File, s.fault.Path, s.fault.Detail = s.index, s.path, s.info.Skipped
			s.info.Damages++
			c.damages.add(*s.fault)
		}
	}
	return c.startMerge(captures)
}

// fewer keeps every file that may be missed, and of the others so many that the user sees what they are.
func fewer(skipped []*source, dir string) []*source {
	var out []*source
	plain, over := 0, 0
	for _, s := range skipped {
		if s.fault == nil {
			if plain++; plain > maxSkipped {
				over++
				continue
			}
		}
		out = append(out, s)
	}
	if over > 0 {
		out = append(out, &source{path: dir, info: FileInfo{Skipped: fmt.Sprintf("%d more files that are no captures", over)}})
	}
	return out
}

// peek learns whether a file is a capture, and the time of its first packet. Pipes can be read only once and wait for
// startMerge.
func (c *Capture) peek(s *source) error {
	if !s.regular {
		return nil
	}
	r, err := c.openReader(s, readPeek)
	if err != nil {
		return err
	}
	defer r.close()
	var p Packet
	s.first = math.MinInt64
	if r.next(&p) == nil {
		s.first = sortKey(&p)
	}
	s.info.Format, s.info.Compression, s.info.SnapLen = r.format, r.info.Compression, r.info.SnapLen
	return nil
}

// number gives the files their indices and sums up what there is to read.
func (c *Capture) number(list []*source) {
	c.sources = list
	for i, s := range list {
		s.index = i
		s.info.Path = s.path
		s.info.Size = s.size
		if s.info.Skipped != "" {
			continue
		}
		if !s.regular {
			c.total = math.MinInt64 // unknown, and stays so
		}
		c.total += max(s.size, 0)
	}
	c.total = max(c.total, 0)
}
