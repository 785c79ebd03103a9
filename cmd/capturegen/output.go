package main

import (
	"encoding/binary"
	"io"
)

var le = binary.LittleEndian

// An output is the capture file being written, with microseconds.
type output struct {
	w      io.Writer
	ng     bool
	snap   int
	start  int64 // nanoseconds since 1970 of the capture's start
	frames uint64
	bytes  uint64
	buf    []byte
	used   int
	err    error
}

const outputSize = 1 << 20

func newOutput(w io.Writer, ng bool, snap int, start int64) *output {
	o := &output{w: w, ng: ng, snap: snap, start: start, buf: make([]byte, outputSize+frameRoom+64)}
	limit := uint32(snap)
	if snap == 0 {
		limit = 262144
	}
	b := o.buf[:0]
	if ng {
		b = le.AppendUint32(b, 0x0a0d0d0a)
		b = le.AppendUint32(b, 28)
		b = le.AppendUint32(b, 0x1a2b3c4d)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint64(b, 1<<64-1)
		b = le.AppendUint32(b, 28)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint32(b, 20)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint32(b, limit)
		b = le.AppendUint32(b, 20)
	} else {
		b = le.AppendUint32(b, 0xa1b2c3d4)
		b = le.AppendUint32(b, 2|4<<16)
		b = le.AppendUint64(b, 0)
		b = le.AppendUint32(b, limit)
		b = le.AppendUint32(b, 1)
	}
	o.used = len(b)
	return o
}

// room returns where the next frame goes.
func (o *output) room() []byte {
	if o.used > outputSize {
		o.flush()
	}
	at := o.used + 16
	if o.ng {
		at += 12
	}
	return o.buf[at : at+frameRoom]
}

// keep returns how many octets of a frame are captured.
func (o *output) keep(size int) int {
	if o.snap > 0 {
		return min(size, o.snap)
	}
	return size
}

// commit ends the frame whose first kept octets stand where room said; at counts nanoseconds from the start.
func (o *output) commit(at int64, kept, size int) {
	o.frames++
	micros := uint64(o.start+at) / 1000
	b := o.buf[o.used:]
	if !o.ng {
		le.PutUint32(b, uint32(micros/1e6))
		le.PutUint32(b[4:], uint32(micros%1e6))
		le.PutUint32(b[8:], uint32(kept))
		le.PutUint32(b[12:], uint32(size))
		o.used += 16 + kept
		return
	}
	padded := (kept + 3) &^ 3
	total := uint32(32 + padded)
	le.PutUint32(b, 6)
	le.PutUint32(b[4:], total)
	le.PutUint32(b[8:], 0)
	le.PutUint32(b[12:], uint32(micros>>32))
	le.PutUint32(b[16:], uint32(micros))
	le.PutUint32(b[20:], uint32(kept))
	le.PutUint32(b[24:], uint32(size))
	clear(b[28+kept : 28+padded])
	le.PutUint32(b[28+padded:], total)
	o.used += int(total)
}

// flush writes what is buffered; the first error stays.
func (o *output) flush() {
	if o.err == nil {
		var n int
		n, o.err = o.w.Write(o.buf[:o.used])
		o.bytes += uint64(n)
	}
	o.used = 0
}
