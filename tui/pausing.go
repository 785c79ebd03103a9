package tui

import (
	"sync"
	"sync/atomic"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A pausingSource reads ahead of a capture that comes from a pipe or a growing file, and says so when nothing comes for
// a while: what has been read so far can then be shown. Without it the last packets before a silence would stay hidden
// until the silence ends.
type pausingSource struct {
	*decode.Capture
	keep     *model.Keeper // gets every packet, where they cannot be read again; nil where they can
	now      func() int64  // what whoever feeds the pipe knows of the time in a silence; nil where nobody knows more than the packets tell
	passed   func(int64)   // is told that; nil where nobody asks
	mu       sync.Mutex
	filling  *packetBatch
	err      error
	ready    chan struct{} // there is something to take
	room     chan struct{} // it was taken
	stop     chan struct{}
	once     sync.Once
	draining *packetBatch
	at       int
	frame    uint64
	clock    int64
	taken    atomic.Uint64 // packets that Next returned
}

// A packetBatch is packets with their octets.
type packetBatch struct {
	packets []decode.Packet
	data    []byte
}

// maxBatch bounds how far the reader runs ahead, in octets.
const maxBatch = 1 << 20

// silence is how long nothing has to come before a pause is told.
const silence = 150 * time.Millisecond

// newPausingSource starts reading.
func newPausingSource(c *decode.Capture, keep *model.Keeper, now func() int64, run func(func())) *pausingSource {
	s := &pausingSource{
		Capture: c, keep: keep, now: now, filling: &packetBatch{}, draining: &packetBatch{}, ready: make(chan struct{}, 1), room: make(chan struct{}, 1),
		stop:  make(chan struct{}),
		clock: flows.NoTime,
	}
	go run(s.fill)
	return s
}

// fill reads until the capture ends. Each packet is copied: what Next hands out is gone with the next call.
func (s *pausingSource) fill() {
	for {
		var p decode.Packet
		err := s.Capture.Next(&p)
		if err == nil && s.keep != nil {
			s.keep.Add(&p)
		}
		s.mu.Lock()
		full := false
		if err != nil {
			s.err = err
		} else {
			b := s.filling
			from := len(b.data)
			b.data = append(b.data, p.Data...)
			p.Data = b.data[from:] // where the memory moves, earlier packets keep the old one
			b.packets = append(b.packets, p)
			full = len(b.data) >= maxBatch
		}
		s.mu.Unlock()
		select {
		case s.ready <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
		if full {
			select {
			case <-s.room:
			case <-s.stop:
				return
			}
		}
	}
}

// take exchanges the batches, and reports whether there is anything in the new one.
func (s *pausingSource) take() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining.packets, s.draining.data, s.at = s.draining.packets[:0], s.draining.data[:0], 0
	s.filling, s.draining = s.draining, s.filling
	if len(s.draining.data) >= maxBatch {
		select {
		case s.room <- struct{}{}:
		default:
		}
	}
	return len(s.draining.packets) > 0, s.err
}

// Next returns the next packet, or ErrPause when there was none for a while.
func (s *pausingSource) Next(p *decode.Packet) error {
	for s.at >= len(s.draining.packets) {
		some, err := s.take()
		switch {
		case some:
		case err != nil:
			return err
		default:
			select {
			case <-s.ready:
			case <-time.After(silence):
				if s.now != nil {
					s.clock = max(s.clock, s.now())
					if s.passed != nil {
						s.passed(s.clock)
					}
				}
				p.Frame, p.Time, p.Data = s.frame, s.clock, nil
				return decode.ErrPause
			}
		}
	}
	*p = s.draining.packets[s.at]
	s.at++
	s.frame = p.Frame
	s.taken.Add(1)
	if !p.NoTime {
		s.clock = max(s.clock, p.Time)
	}
	return nil
}

// Close ends the reading.
func (s *pausingSource) Close() error {
	s.once.Do(func() { close(s.stop) })
	return s.Capture.Close()
}

var _ flows.Source = (*pausingSource)(nil)
