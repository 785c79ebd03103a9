package decode

import (
	"io"
	"os"
	"sync/atomic"
)

// readMode says how a file is read.
type readMode uint8

const (
	readWhole  readMode = iota // with a goroutine that reads ahead
	readShared                 // one of many files that are read at once: a small buffer, no goroutine
	readPeek                   // only to see what it is: nothing is counted or recorded
)

// openReader opens a source and recognises its format.
func (c *Capture) openReader(s *source, mode readMode) (*fileReader, error) {
	r := &fileReader{file: MakePosition(s.index, 0), info: &s.info}
	r.resetTimes()
	if mode != readPeek || !s.regular {
		r.host = recordHost{damages: &c.damages, interfaces: &c.interfaces, marks: &s.marks, names: &c.names}
	} else {
		r.info = &FileInfo{Path: s.path}
	}
	if !s.regular {
		c.opening.Store(s)
	}
	raw, err := c.openRaw(s, r, mode)
	if err != nil {
		return nil, err
	}
	src, err := r.decompress(s.path, raw, c.opt.NoBombLimit)
	if err != nil {
		r.close()
		return nil, err
	}
	r.live = !s.regular && r.info.Compression == ""
	if mode == readWhole || !s.regular {
		if err := c.readAhead(r, src, s.regular); err != nil {
			return nil, err
		}
	} else {
		r.win.src = src
		size := 16 << 10
		if mode == readShared {
			size = c.merge.buffer()
		}
		r.win.mem = make([]byte, 0, size)
	}
	if err := r.recognise(s.path); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// recognise reads the file header.
func (r *fileReader) recognise(path string) error {
	w := &r.win
	w.need(pcapHeaderLen)
	b := w.buf[w.pos:]
	_, _, isPcap := matchPcap(b)
	switch {
	case isPcap:
		r.openPcap()
	case matchPcapng(b):
		r.openPcapng()
	case w.err != nil && w.err != io.EOF && r.info.Compression != "" && !isFileError(w.err):
		return damagedAtStart(path, r.info.Compression, w.err)
	case len(b) == 0 && w.err != nil && w.err != io.EOF:
		return &FileError{path, w.err, "cannot be read: " + w.err.Error()}
	case len(b) == 0 && r.info.Compression != "":
		return &FileError{path, ErrEmpty, "empty (0 bytes) after decompression"}
	case len(b) == 0:
		return &FileError{path, ErrEmpty, emptyText}
	default:
		w.need(512) // a tar archive shows itself only there
		b = w.buf[w.pos:]
		return notCapture(path, b[:min(len(b), 512)])
	}
	return nil
}

const emptyText = "empty (0 bytes): nothing was written into it"

// openRaw opens a source's octets as they are stored.
func (c *Capture) openRaw(s *source, r *fileReader, mode readMode) (*countedReader, error) {
	in := &countedReader{stop: c.stop}
	if mode != readPeek {
		in.total = &c.done
	}
	if s.stdin {
		in.r = c.opt.Stdin
		r.close = func() {}
		return in, nil
	}
	if s.regular && s.size == 0 {
		return nil, &FileError{s.path, ErrEmpty, emptyText}
	}
	if mode == readShared {
		f := &sharedFile{path: s.path, capture: c}
		in.r = f
		r.close = func() { _ = f.Close(); c.forget(f) }
		if !c.register(f) {
			return nil, os.ErrClosed
		}
	} else {
		f, err := c.openFile(s.path)
		if err != nil {
			return nil, openError(s.path, err)
		}
		in.r = f
		r.close = func() { _ = f.Close() }
		if !s.regular && !c.register(f) {
			return nil, os.ErrClosed
		}
	}
	if s.regular {
		r.confirm = s.readAt
	}
	return in, nil
}

// readAt reads from a plain file on disk, apart from all other reading.
func (s *source) readAt(p []byte, offset int64) bool {
	f, err := os.Open(s.path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = f.ReadAt(p, offset)
	return err == nil
}

// readAhead starts the goroutine that fills r's window.
func (c *Capture) readAhead(r *fileReader, src io.Reader, regular bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		r.close()
		return os.ErrClosed
	}
	done := r.close
	if regular { // a read from a pipe may never return, so Close does not wait for it
		c.running.Add(1)
		closeFile := r.close
		done = func() { closeFile(); c.running.Done() }
		r.close = func() {}
	}
	r.win.ahead = newReadAhead(src, r.live, &c.spare, &c.idle, c.stop, done)
	return nil
}

// A countedReader counts what is read through it.
type countedReader struct {
	r     io.Reader
	total *atomic.Int64 // of the whole capture; nil while peeking
	n     int64
	stop  <-chan struct{} // closed: nothing more is read, since what is looked for behind damage may be far away
}

func (c *countedReader) Read(p []byte) (int, error) {
	select {
	case <-c.stop:
		return 0, os.ErrClosed
	default:
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.total != nil {
		c.total.Add(int64(n))
	}
	return n, err
}

// plain reports whether the file is stored as it is read, so that it can be entered anywhere.
func (s *source) plain() bool {
	var head [6]byte
	if !s.regular || !s.readAt(head[:], 0) {
		return false
	}
	return compressionOf(head[:]) < 0
}

// register has Close close f, if that is not over already.
func (c *Capture) register(f io.Closer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = f.Close()
		return false
	}
	if c.toClose == nil {
		c.toClose = map[io.Closer]struct{}{}
	}
	c.toClose[f] = struct{}{}
	return true
}

func (c *Capture) forget(f io.Closer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.toClose, f)
}
