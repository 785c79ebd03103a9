package main

import (
	"encoding/binary"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/decode/live/vethlab"
)

// Traffic is made of waves: each has so many conversations at once, whose frames are woven together; the next wave has the
// same frames with other client addresses.
const waveConversations = 256

// A way is how one conversation of a wave goes: its segments, in order.
type way struct {
	class    string
	segments []waySegment
}

type waySegment struct {
	up       bool
	flags    decode.Flags
	seq, ack uint32
	data     bool
}

// ways are what every wave is made of, in turn.
func ways(data int) []way {
	const fin, ack = decode.FIN, decode.ACK
	open := func() (list []waySegment) {
		list = append(list, waySegment{true, decode.SYN, 0, 0, false}, waySegment{false, decode.SYN | ack, 0, 1, false}, waySegment{true, ack, 1, 1, false})
		return list
	}
	end := uint32(1) // how far the client's data goes; filled in by talk
	talk := func(size uint32) []waySegment {
		list := open()
		seq := uint32(1)
		for range data {
			list = append(list, waySegment{true, ack, seq, 1, true})
			seq += size
		}
		end = seq
		return append(list, waySegment{false, ack, 1, seq, false})
	}
	return []way{
		{"four-way", append(talk(1), waySegment{true, fin | ack, end, 1, false}, waySegment{false, ack, 1, end + 1, false},
			waySegment{false, fin | ack, 1, end + 1, false}, waySegment{true, ack, end + 1, 2, false})},
		{"three-way", append(talk(1), waySegment{false, fin | ack, 1, end, false}, waySegment{true, fin | ack, end, 2, false}, waySegment{false, ack, 2, end + 1, false})},
		{"rst-abort", append(talk(1), waySegment{true, decode.RST | ack, end, 1, false})},
		{"refused", []waySegment{{true, decode.SYN, 0, 0, false}, {false, decode.RST | ack, 0, 1, false}}},
	}
}

// A traffic is the frames of a wave.
type traffic struct {
	frames  [][]byte
	up      []bool
	classes map[string]int // of a wave's conversations
	wave    int
}

// newTraffic makes a wave whose data segments are frames of a size; data is how many each conversation has.
func newTraffic(data, size int) *traffic {
	x := &traffic{classes: map[string]int{}}
	all := ways(data)
	be := binary.BigEndian
	payload := uint32(max(size-54, 1))
	longest := 0
	for _, w := range all {
		longest = max(longest, len(w.segments))
	}
	for n := range waveConversations {
		x.classes[all[n%len(all)].class]++
	}
	for step := range longest {
		for n := range waveConversations {
			w := &all[n%len(all)]
			if step >= len(w.segments) {
				continue
			}
			s := w.segments[step]
			length := 54
			if s.data {
				length += int(payload)
			}
			b := make([]byte, max(length, 60))
			copy(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, byte((length - 14) >> 8), byte(length - 14), 0, 0, 0, 0, 64, 6, 0, 0, 10, 1, 0, 1, 10, 2, 0, 1})
			client, server := uint16(20000+n), uint16(443)
			// The ways count data in units; here they are octets.
			seq, ack := s.seq, s.ack
			scale := func(v uint32, mine bool) uint32 {
				if !mine || v <= 1 {
					return v
				}
				units := min(v-1, uint32(data))
				return v - units + units*payload
			}
			seq, ack = scale(seq, s.up), scale(ack, !s.up)
			if s.up {
				be.PutUint16(b[34:], client)
				be.PutUint16(b[36:], server)
			} else {
				copy(b[26:34], []byte{10, 2, 0, 1, 10, 1, 0, 1})
				be.PutUint16(b[34:], server)
				be.PutUint16(b[36:], client)
			}
			be.PutUint32(b[38:], seq)
			be.PutUint32(b[42:], ack)
			b[46], b[47] = 5<<4, byte(s.flags)
			be.PutUint16(b[48:], 0xffff)
			x.frames, x.up = append(x.frames, b), append(x.up, s.up)
		}
	}
	return x
}

// turn makes the next wave of the same frames.
func (x *traffic) turn() {
	x.wave++
	for i, b := range x.frames {
		at := 30
		if x.up[i] {
			at = 26
		}
		binary.BigEndian.PutUint32(b[at:], 10<<24|1<<20|uint32(x.wave&0xfffff))
	}
}

// send sends whole waves at a rate of frames a second (0: as fast as it goes) for some time, and returns how many frames it
// sent.
func (x *traffic) send(t testing.TB, to *vethlab.Sender, rate float64, lasts time.Duration) (sent int) {
	t.Helper()
	const burst = 64
	begun := time.Now()
	for time.Since(begun) < lasts {
		x.turn()
		for at := 0; at < len(x.frames); at += burst {
			part := x.frames[at:min(at+burst, len(x.frames))]
			if err := to.Send(part); err != nil {
				t.Fatal(err)
			}
			sent += len(part)
			if rate > 0 {
				due := time.Duration(float64(sent) / rate * 1e9)
				if ahead := due - time.Since(begun); ahead > 100*time.Microsecond {
					time.Sleep(ahead)
				}
			}
		}
	}
	return sent
}
