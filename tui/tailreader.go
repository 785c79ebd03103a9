package tui

import (
	"context"
	"io"
	"os"
	"time"
)

// A tailReader reads a file that is still being written: at its end it waits for more, until ctx ends.
type tailReader struct {
	ctx  context.Context
	file *os.File
}

// tailPause is how often a tailReader looks whether the file has grown.
const tailPause = 100 * time.Millisecond

// Read reads what is there, or waits.
func (t *tailReader) Read(p []byte) (int, error) {
	for {
		n, err := t.file.Read(p)
		if n > 0 || err != nil && err != io.EOF {
			return n, err
		}
		select {
		case <-t.ctx.Done():
			return 0, io.EOF
		case <-time.After(tailPause):
		}
	}
}
