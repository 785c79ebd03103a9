package decode

import (
	"context"
	"slices"
	"time"
)

// openPatience is how long a pipe may keep silent before somebody wants to know.
const openPatience = time.Second

// OpenContext opens capture files as Open does, but gives up when ctx ends: what a pipe begins with has to be waited for, and
// opening one that has a name waits for whoever writes to it. waiting, where it is not nil, is called once if that takes a
// second, with the name of the pipe.
func OpenContext(ctx context.Context, paths []string, opt FileOptions, waiting func(path string)) (*Capture, error) {
	sources, dirs, err := findSources(paths)
	if err != nil {
		return nil, err
	}
	c, opened := newCapture(opt), make(chan error, 1)
	if slices.ContainsFunc(sources, func(s *source) bool { return !s.regular }) {
		go func() { opened <- c.open(sources, dirs) }()
	} else {
		opened <- c.open(sources, dirs)
		ctx = context.Background() // so it is over
	}
	patience := time.NewTimer(openPatience)
	defer patience.Stop()
	for {
		select {
		case err := <-opened:
			if err != nil {
				return nil, err
			}
			return c, nil
		case <-ctx.Done():
			_ = c.Close() // what is still opened finds it closed
			return nil, ctx.Err()
		case <-patience.C:
			if s := c.opening.Load(); s != nil && waiting != nil {
				waiting(s.path)
			}
		}
	}
}
