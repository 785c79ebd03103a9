package decode

import (
	"io"
	"os"
	"sync"
	"time"
)

// readAheadChunks is how many chunks go round between the reader and the goroutine that fills them: one in use, one being
// filled, and some that are full, so that neither waits when the other was not given a processor for a while.
const readAheadChunks = 6

// A readAhead fills chunks in a goroutine, so that the kernel's copy and the decompression run on another core than the
// decoding. It ends with the source, with a failure, or when stop is closed.
type readAhead struct {
	full    chan chunk
	free    chan []byte
	stop    <-chan struct{}
	started int  // chunks beyond the first
	eager   bool // hand over every read at once: a pipe that a live capture writes to
	spare   *chunkPool
	idle    *idle
}

// An idle is what is done while more octets are waited for.
type idle struct {
	beat <-chan time.Time // nil: nothing
	fn   func()
}

type chunk struct {
	mem []byte // headRoom octets of room, then n octets of data
	n   int
	err error // after those octets
}

// A chunkPool keeps the chunks of files that were read to their end for the next ones: a long series of small files
// would make new ones all the time.
type chunkPool struct {
	mu   sync.Mutex
	list [][]byte
}

func (p *chunkPool) take() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.list); n > 0 {
		mem := p.list[n-1]
		p.list = p.list[:n-1]
		return mem
	}
	return make([]byte, headRoom+chunkSize)
}

func (p *chunkPool) put(mem []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list) < readAheadChunks {
		p.list = append(p.list, mem)
	}
}

// newReadAhead starts filling from src. done is called once the goroutine has let go of src.
func newReadAhead(src io.Reader, eager bool, spare *chunkPool, idle *idle, stop <-chan struct{}, done func()) *readAhead {
	a := &readAhead{
		full:  make(chan chunk, readAheadChunks),
		free:  make(chan []byte, readAheadChunks),
		stop:  stop,
		eager: eager,
		spare: spare,
		idle:  idle,
	}
	a.free <- spare.take()
	go a.run(src, done)
	return a
}

func (a *readAhead) run(src io.Reader, done func()) {
	defer done()
	for {
		var mem []byte
		select {
		case mem = <-a.free:
		case <-a.stop:
			return
		}
		n, err := a.fill(src, mem[headRoom:])
		select {
		case a.full <- chunk{mem, n, err}:
		case <-a.stop:
			return
		}
		if err != nil && !resumed(err) {
			return
		}
	}
}

// fill reads until the chunk is full, or once if eager.
func (a *readAhead) fill(src io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = readSome(src, p[n:])
		n += m
		if a.eager && n > 0 {
			break
		}
		select {
		case <-a.stop:
			return n, os.ErrClosed
		default:
		}
	}
	return n, err
}

// next waits for the next chunk. The further chunks are made only when the first one was not enough, so that small
// files take little memory.
func (a *readAhead) next() (chunk, error) {
	select { // what is there is handed out even after a Close, but Close wins over waiting
	case c := <-a.full:
		return a.got(c)
	default:
	}
	for {
		select {
		case c := <-a.full:
			return a.got(c)
		case <-a.stop:
			return chunk{}, os.ErrClosed
		case <-a.idle.beat:
			a.idle.fn()
		}
	}
}

func (a *readAhead) got(c chunk) (chunk, error) {
	if (c.err == nil || resumed(c.err)) && a.started < readAheadChunks-1 {
		a.started++
		a.free <- a.spare.take()
	}
	return c, c.err
}

// release gives a chunk back to be filled again.
func (a *readAhead) release(mem []byte) { a.free <- mem }

// finish gives all chunks away, after the last one was handed out.
func (a *readAhead) finish() {
	for {
		select {
		case mem := <-a.free:
			a.spare.put(mem)
		default:
			return
		}
	}
}
