package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
)

// spooled replaces standard input among the files by a temporary file that holds what it gives, so that it can be read
// twice. remove deletes that file. A pipe with a name is refused.
func spooled(files []string, stdin io.Reader, dir string) (named []string, remove func(), err error) {
	if err := refusePipes(files); err != nil {
		return nil, nil, err
	}
	i := slices.Index(files, "-")
	if i < 0 {
		return files, func() {}, nil
	}
	file, err := os.CreateTemp(dir, "tcpclose-stdin-*")
	if err != nil {
		return nil, nil, fmt.Errorf("cannot keep standard input: %w", err)
	}
	remove = func() { _ = os.Remove(file.Name()) } // it is ours, and its folder is for such files
	_, err = io.Copy(file, stdin)
	if err = cmp.Or(err, file.Close()); err != nil {
		remove()
		return nil, nil, fmt.Errorf("cannot keep standard input: %w", err)
	}
	named = slices.Clone(files)
	named[i] = file.Name()
	return named, remove, nil
}

// refusePipes refuses files that cannot be read twice.
func refusePipes(files []string) error {
	for _, path := range files {
		if isPipe(path) {
			return &usageError{text: path + " is a pipe, which cannot be read twice", hint: "give it as standard input: - < " + path}
		}
	}
	return nil
}

// isPipe reports whether a file is a pipe with a name: what was read of it is gone.
func isPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}
