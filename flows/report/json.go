package report

import (
	"bytes"

	"tcpclose/decode"
	"tcpclose/flows"
)

// An Encoder writes conversations as JSON. The zero value is ready to use, and safe for concurrent use.
type Encoder struct {
	// Terse is for NDJSON. It leaves the RFC 3339 text out of the times of states, FINs, RSTs and marks: their nanoseconds
	// tell the same, and the text is half of a conversation. A conversation's own times keep it. AppendObject then writes
	// the members that the schema's line lists, and the rest only if they are named.
	Terse bool
	// Files are the names of the capture's files. Where there is more than one, a conversation says in which it begins and
	// ends, and every reference to a frame that Locate can place has file and file_frame beside it.
	Files []string
	// Locate says in which file a frame of the merged order stands, and its number there; may be nil. It must be safe for
	// concurrent use.
	Locate func(frame uint64) (file int, fileFrame uint64, ok bool)
	// Later says that Locate is known once all files were read only: each reference keeps its place until Place fills it.
	Later bool
}

// AppendConversation appends one conversation as a JSON object on one line, without a newline. It allocates nothing but
// the room in buf.
func AppendConversation(buf []byte, t *flows.Teardown) []byte {
	var e Encoder
	return e.AppendConversation(buf, t)
}

// AppendConversation appends one conversation as a JSON object on one line, without a newline. It allocates nothing but
// the room in buf.
func (e *Encoder) AppendConversation(b []byte, t *flows.Teardown) []byte {
	c := clock{terse: e.Terse}
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]

	b = append(b, `{"id":`...)
	b = appendUint(b, t.ID)
	b = appendEndpoint(append(b, `,"client":`...), client)
	b = appendEndpoint(append(b, `,"server":`...), server)
	b = append(b, rolesJSON[t.RolesBy]...)
	b = append(b, classJSON[t.Class]...)
	b = append(b, shapeJSON[t.Shape]...)
	b = append(b, `,"first_closer":`...)
	b = append(b, whoJSON[t.Closer]...)
	b = append(b, `,"first_fin":`...)
	b = append(b, whoJSON[t.FirstFIN]...)
	b = append(b, `,"reset_by":`...)
	b = append(b, whoJSON[t.ResetBy]...)
	if t.Final {
		b = append(b, `,"final":true`...)
	} else {
		b = append(b, `,"final":false`...)
	}

	b = c.append(b, &stampStart, t.Start)
	b = c.append(b, &stampEnd, t.Last)
	b = appendInt(append(b, `,"duration_ns":`...), t.Duration())
	b = c.append(b, &stampCloseStart, t.CloseStart)
	b = appendNullableInt(append(b, `,"close_duration_ns":`...), t.CloseDuration())
	b = appendNullableInt(append(b, `,"idle_before_close_ns":`...), idleBeforeClose(t))
	b = c.append(b, &stampWatchedUntil, t.WatchedUntil)

	b = appendUint(append(b, `,"first_frame":`...), t.FirstFrame)
	b = appendUint(append(b, `,"last_frame":`...), t.LastFrame)
	b = e.appendFiles(b, t)

	b = appendPair(append(b, `,"packets":{"client":`...), client.Packets, server.Packets)
	b = appendPair(append(b, `,"bytes":{"client":`...), client.Bytes, server.Bytes)
	b = appendPair(append(b, `,"data_bytes":{"client":`...), client.DataBytes, server.DataBytes)
	b = appendPair(append(b, `,"bytes_lost":{"client":`...), client.BytesLost, server.BytesLost)
	b = appendPair(append(b, `,"retransmissions":{"client":`...), uint64(client.Retrans), uint64(server.Retrans))
	b = appendNullableInt(append(b, `,"rtt_ns":{"client":`...), client.RTT)
	b = appendNullableInt(append(b, `,"server":`...), server.RTT)
	b = appendFrame(append(b, `},"mss":{"client":`...), uint64(client.MSS))
	b = appendFrame(append(b, `,"server":`...), uint64(server.MSS))
	b = appendWindowScale(append(b, `},"window_scale":{"client":`...), client)
	b = appendWindowScale(append(b, `,"server":`...), server)
	b = appendFrame(append(b, `},"ttl":{"client":`...), uint64(client.TTL))
	b = appendFrame(append(b, `,"server":`...), uint64(server.TTL))

	b = e.appendFIN(append(b, `},"fin":{"client":`...), &client.FIN, &c)
	b = e.appendFIN(append(b, `,"server":`...), &server.FIN, &c)
	b = e.appendRST(append(b, `},"rst":{"client":`...), &client.RST, &c)
	b = e.appendRST(append(b, `,"server":`...), &server.RST, &c)

	b = e.appendStates(append(b, `},"states":{"client":`...), client.States, &c)
	b = e.appendStates(append(b, `,"server":`...), server.States, &c)
	b = appendHeld(append(b, `},"time_in_state_ns":{"client":`...), client)
	b = appendHeld(append(b, `,"server":`...), server)

	b = e.appendMarks(append(b, `},"marks":`...), t.Marks, &c)
	b = e.appendCauses(append(b, `,"causes":`...), t.Causes)
	b = appendDoubts(append(b, `,"uncertain":`...), t.Uncertain)

	b = append(b, `,"vlan":`...)
	if t.VLAN&decode.VLANPresent != 0 {
		b = appendUint(b, uint64(t.VLAN&^decode.VLANPresent))
	} else {
		b = append(b, "null"...)
	}
	b = appendUint(append(b, `,"interface":`...), uint64(t.Iface))
	b = append(b, `,"encapsulation":`...)
	b = append(b, encapJSON[t.Encap]...)
	b = append(b, `,"wireshark_filter":"`...)
	b = append(AppendWiresharkFilter(b, t), '"')
	return append(e.appendPairs(b, t), '}')
}

// idleBeforeClose returns the silence before the close, or NoTime where nobody closed.
func idleBeforeClose(t *flows.Teardown) int64 {
	if t.CloseStart == flows.NoTime {
		return flows.NoTime
	}
	return t.IdleBeforeClose
}

func appendEndpoint(b []byte, end *flows.End) []byte {
	b = appendAddr(append(b, `{"ip":`...), end.Addr.Addr())
	b = appendUint(append(b, `,"port":`...), uint64(end.Addr.Port()))
	return append(appendName(b, end), '}')
}

// appendName appends what the capture calls an end; nothing where it has no name.
func appendName(b []byte, end *flows.End) []byte {
	if end.Name == "" {
		return b
	}
	b = appendString(append(b, `,"name":`...), end.Name)
	return append(append(append(b, `,"name_by":"`...), end.NameBy.String()...), '"')
}

// appendPair ends an object of two numbers whose first key is already written.
func appendPair(b []byte, client, server uint64) []byte {
	b = appendUint(b, client)
	b = appendUint(append(b, `,"server":`...), server)
	return append(b, '}')
}

func appendWindowScale(b []byte, end *flows.End) []byte {
	if !end.HasWScale {
		return append(b, "null"...)
	}
	return appendUint(b, uint64(end.WScale))
}

// appendFiles says in which files a conversation begins and ends, where the capture has several.
func (e *Encoder) appendFiles(b []byte, t *flows.Teardown) []byte {
	if len(e.Files) < 2 {
		return b
	}
	b = appendString(append(b, `,"first_file":`...), e.fileName(t.FirstPos.File()))
	return appendString(append(b, `,"last_file":`...), e.fileName(t.LastPos.File()))
}

func (e *Encoder) fileName(i int) string {
	if i >= len(e.Files) {
		return ""
	}
	return e.Files[i]
}

// placeLater stands before the number of a frame that is to be placed later; JSON has no such octet, and behind it no digit.
const placeLater = 0

// Place appends an object that was written with Later, every reference to a frame with its place.
func (e *Encoder) Place(b, object []byte) []byte {
	for {
		i := bytes.IndexByte(object, placeLater)
		if i < 0 {
			return append(b, object...)
		}
		b = append(b, object[:i]...)
		object = object[i+1:]
		frame := uint64(0)
		for len(object) > 0 && object[0] >= '0' && object[0] <= '9' {
			frame, object = 10*frame+uint64(object[0]-'0'), object[1:]
		}
		b = e.appendPlace(b, frame)
	}
}

// placing reports whether references to frames have a place.
func (e *Encoder) placing() bool { return e.Locate != nil || e.Later }

// appendPlace adds file and file_frame to a reference, where the frame can be placed.
func (e *Encoder) appendPlace(b []byte, frame uint64) []byte {
	if len(e.Files) < 2 || frame == 0 {
		return b
	}
	if e.Later {
		return appendUint(append(b, placeLater), frame)
	}
	if e.Locate == nil {
		return b
	}
	file, fileFrame, ok := e.Locate(frame)
	if !ok {
		return b
	}
	b = appendString(append(b, `,"file":`...), e.fileName(file))
	return appendUint(append(b, `,"file_frame":`...), fileFrame)
}

func (e *Encoder) appendFIN(b []byte, f *flows.FINFacts, c *clock) []byte {
	if !f.Sent() {
		return append(b, "null"...)
	}
	b = appendFrame(append(b, `{"frame":`...), f.Frame)
	b = e.appendPlace(b, f.Frame)
	if f.Frame != 0 {
		b = c.append(b, &stampTime, f.Time)
		b = appendUint(append(b, `,"seq":`...), uint64(f.Seq))
		b = appendUint(append(b, `,"ack":`...), uint64(f.Ack))
	} else {
		b = c.append(b, &stampTime, flows.NoTime)
		b = appendUint(append(b, `,"seq":`...), uint64(f.Seq))
		b = append(b, `,"ack":null`...)
	}
	b = appendUint(append(b, `,"resends":`...), uint64(f.Resends))
	b = appendFrame(append(b, `,"last_resend_frame":`...), f.LastResend)
	b = appendFrame(append(b, `,"acked_frame":`...), f.Acked)
	if f.Acked != 0 {
		b = c.append(b, &stampAcked, f.AckedTime)
	} else {
		b = c.append(b, &stampAcked, flows.NoTime)
	}
	if f.WithData {
		return append(b, `,"with_data":true}`...)
	}
	return append(b, `,"with_data":false}`...)
}

func (e *Encoder) appendRST(b []byte, r *flows.RSTFacts, c *clock) []byte {
	if r.Kind == flows.NoRST && r.Number == 0 {
		return append(b, "null"...)
	}
	b = appendFrame(append(b, `{"frame":`...), r.Frame)
	b = e.appendPlace(b, r.Frame)
	b = c.append(b, &stampTime, r.Time)
	b = appendUint(append(b, `,"seq":`...), uint64(r.Seq))
	b = append(b, rstKindJSON[r.Kind]...)
	b = append(b, verdictJSON[r.Verdict]...)
	if r.Counts {
		b = append(b, `,"counts":true,"answers_frame":`...)
	} else {
		b = append(b, `,"counts":false,"answers_frame":`...)
	}
	b = appendFrame(b, r.Drawn)
	b = appendUint(append(b, `,"sent":`...), uint64(r.Number))
	b = appendUint(append(b, `,"data_bytes":`...), uint64(r.DataLen))
	if r.Text != "" {
		b = appendString(append(b, `,"text":`...), r.Text)
	}
	return append(b, '}')
}

func (e *Encoder) appendStates(b []byte, states []flows.Transition, c *clock) []byte {
	b = append(b, '[')
	for i := range states {
		s := &states[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, stateJSON[s.State][s.Grade]...)
		b = appendFrame(b, s.Frame)
		b = e.appendPlace(b, s.Frame)
		b = c.append(b, &stampEarliest, s.Earliest)
		b = c.append(b, &stampLatest, s.Latest)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendHeld writes the states that one end spent time in, in the order of a connection's life.
func appendHeld(b []byte, end *flows.End) []byte {
	b = append(b, '{')
	n := len(b)
	for state, ns := range &end.Held {
		if ns == 0 {
			continue
		}
		if len(b) > n {
			b = append(b, ',')
		}
		b = append(b, heldJSON[state]...)
		b = appendInt(b, ns)
	}
	return append(b, '}')
}

func (e *Encoder) appendMarks(b []byte, marks []flows.Mark, c *clock) []byte {
	b = append(b, '[')
	for i := range marks {
		m := &marks[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, markPieces[m.ID][m.Who].all()...)
		b = appendFrame(b, m.Frame)
		b = e.appendPlace(b, m.Frame)
		b = c.append(b, &stampTime, m.Time)
		b = append(b, '}')
	}
	return append(b, ']')
}

func (e *Encoder) appendCauses(b []byte, causes []flows.Cause) []byte {
	b = append(b, '[')
	for i := range causes {
		c := &causes[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, causePieces[c.ID][c.Confidence].all()...)
		b = append(b, framesPieces[c.Who].all()...)
		for j, frame := range c.Evidence() {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendUint(b, frame)
		}
		b = append(b, "]}"...)
	}
	return append(b, ']')
}

func appendDoubts(b []byte, doubts []flows.Doubt) []byte {
	b = append(b, '[')
	for i := range doubts {
		d := &doubts[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"what":`...), d.What)
		b = appendString(append(b, `,"text":`...), d.Text)
		b = append(b, `,"alternatives":[`...)
		for j, a := range d.Alternatives {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendString(b, a)
		}
		b = append(b, "]}"...)
	}
	return append(b, ']')
}
