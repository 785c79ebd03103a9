package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// An output is where a report goes: standard output, or a file that appears under its name only when it is whole.
type output struct {
	*bufio.Writer
	dst    io.Writer // what the Writer writes to
	file   *os.File  // dst; nil for standard output
	path   string    // the name that the file gets; empty where it has it already
	force  bool
	closed bool
	vector vector
}

// openOutput prepares writing to a path; empty or "-" is standard output. An existing file is replaced only with force.
func openOutput(path string, force bool, stdout io.Writer) (*output, error) {
	if path == "" || path == "-" {
		return newOutput(output{dst: stdout}), nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s: is a directory", path)
	case err == nil && !info.Mode().IsRegular():
		// A device or a pipe is written to as it stands.
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("cannot write: %w", err)
		}
		return newOutput(output{dst: file, file: file}), nil
	case err == nil && !force:
		return nil, fmt.Errorf("%s exists; --force replaces it", path)
	}
	file, err := createBeside(path)
	if err != nil {
		return nil, fmt.Errorf("cannot write: %w", err)
	}
	return newOutput(output{dst: file, file: file, path: path, force: force}), nil
}

func newOutput(o output) *output {
	o.Writer = bufio.NewWriterSize(o.dst, 1<<16)
	return &o
}

// WriteVector writes pieces as they lie, without a copy where the system can.
func (o *output) WriteVector(pieces [][]byte) error {
	if err := o.Flush(); err != nil {
		return err
	}
	if f, ok := o.dst.(*os.File); ok {
		pieces = o.vector.write(f, pieces)
	}
	for _, p := range pieces {
		if _, err := o.Write(p); err != nil {
			return err
		}
	}
	return o.Flush()
}

// createBeside makes a new file in the folder of path, with the permissions that the umask leaves.
func createBeside(path string) (*os.File, error) {
	for n := 0; ; n++ {
		name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part"+strconv.Itoa(os.Getpid()+n))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && n < 100 {
			continue
		}
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			at.Path = path // nobody asked for the other name
		}
		return file, err
	}
}

// Commit writes what is left and gives the file its name.
func (o *output) Commit() error {
	if o.closed {
		return nil
	}
	if err := o.Flush(); err != nil {
		o.Discard()
		return err
	}
	o.closed = true
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	if o.path == "" {
		return err
	}
	part := o.file.Name()
	if err == nil {
		if o.force {
			err = os.Rename(part, o.path)
		} else {
			err = renameNew(part, o.path)
		}
	}
	if err != nil {
		_ = os.Remove(part) // the first error is the one to tell
	}
	return err
}

// renameNew renames a file unless the new name has come to exist meanwhile.
func renameNew(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists; --force replaces it", to)
	}
	// File systems without hard links.
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s exists; --force replaces it", to)
	}
	return os.Rename(from, to)
}

// Discard gives up a file that was not committed.
func (o *output) Discard() {
	if o.closed || o.file == nil {
		return
	}
	o.closed = true
	_ = o.file.Close() // nothing of it is kept
	if o.path != "" {
		_ = os.Remove(o.file.Name())
	}
}
