package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// A tailReader reads a file that is still being written: at its end it waits for more, until ctx ends. A file that has become
// shorter than what was read of it is another one by now: waiting for that to grow would end in the middle of a record.
type tailReader struct {
	ctx  context.Context
	file *os.File
	read int64
}

// tailPause is how often a tailReader looks whether the file has grown.
const tailPause = 100 * time.Millisecond

// Read reads what is there, or waits.
func (t *tailReader) Read(p []byte) (int, error) {
	for {
		n, err := t.file.Read(p)
		t.read += int64(n)
		if n > 0 || err != nil && err != io.EOF {
			return n, err
		}
		if info, err := t.file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < t.read {
			return 0, fmt.Errorf("cut from %d to %d bytes while it was followed; open it again for what is written now", t.read, info.Size())
		}
		select {
		case <-t.ctx.Done():
			return 0, io.EOF
		case <-time.After(tailPause):
		}
	}
}
