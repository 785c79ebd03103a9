package report

import (
	"encoding/binary"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A line of NDJSON tells what the document tells of a conversation, but for what repeats the rest of the line or has
// nothing to say: the schema's line is the list. It is written once for each of millions of conversations, so pieces
// that depend on enumerations alone are copied whole from tables, and numbers go through digits8.

// A piece is a text that is copied as a whole block, whatever its length.
type piece struct {
	text [64]byte
	n    int
}

func newPiece(text string) (p piece) {
	if p.n = copy(p.text[:], text); p.n < len(text) {
		panic("report: too long for a piece: " + text)
	}
	return p
}

// appendTo appends the piece; b has room for the whole block.
func (p *piece) appendTo(b []byte) []byte {
	n := len(b)
	*(*[64]byte)(b[n : n+64]) = p.text
	return b[:n+p.n]
}

// put writes the piece at the beginning of w, and returns how long it is.
func (p *piece) put(w *element) int {
	*(*[64]byte)(w[:64]) = p.text
	return p.n
}

var (
	// headPieces hold the members class and shape, closerPieces first_closer and, where it differs, first_fin, and
	// endPieces reset_by and final.
	headPieces = func() (table [flows.NumClasses][flows.NumShapes]piece) {
		for c := range table {
			for s := range table[c] {
				table[c][s] = newPiece(classJSON[c] + shapeJSON[s])
			}
		}
		return table
	}()
	closerPieces = func() (table [flows.ByNetwork + 1][flows.ByNetwork + 1]piece) {
		for closer := range table {
			for first := range table[closer] {
				text := `,"first_closer":` + whoJSON[closer]
				if first != closer {
					text += `,"first_fin":` + whoJSON[first]
				}
				table[closer][first] = newPiece(text)
			}
		}
		return table
	}()
	endPieces = func() (table [flows.ByNetwork + 1][2]piece) {
		for by := range table {
			table[by][0] = newPiece(`,"reset_by":` + whoJSON[by] + `,"final":false`)
			table[by][1] = newPiece(`,"reset_by":` + whoJSON[by] + `,"final":true`)
		}
		return table
	}()
	rolesPieces = func() (table [flows.RolesSYN + 1]piece) {
		for by := range table {
			table[by] = newPiece(rolesJSON[by])
		}
		return table
	}()
	statePieces = func() (table [flows.NumStates][flows.Assumed + 1]piece) {
		for s := range table {
			for g := range table[s] {
				table[s][g] = newPiece(stateJSON[s][g])
			}
		}
		return table
	}()
	// markPieces hold an element of the list of marks up to the frame's number, and causePieces and framesPieces one of the
	// list of causes up to the first frame's.
	markPieces = func() (table [flows.NumMarks][flows.ByNetwork + 1]piece) {
		for m := range table {
			for who := range table[m] {
				table[m][who] = newPiece(`,{"id":"` + flows.MarkID(m).String() + `","side":` + whoJSON[who] + `,"frame":`)
			}
		}
		return table
	}()
	causePieces = func() (table [flows.NumCauses][flows.Certain + 1]piece) {
		for c := range table {
			for sure := range table[c] {
				table[c][sure] = newPiece(`,{"id":"` + flows.CauseID(c).String() + `","confidence":"` + flows.Confidence(sure).String() + `","side":`)
			}
		}
		return table
	}()
	framesPieces = func() (table [flows.ByNetwork + 1]piece) {
		for who := range table {
			table[who] = newPiece(whoJSON[who] + `,"frames":[`)
		}
		return table
	}()
	// octetPieces hold an octet of an IPv4 address and a dot, as they lie in memory.
	octetPieces = func() (table [256]struct {
		text uint32
		n    int
	},
	) {
		for i := range table {
			text := append(appendUint(nil, uint64(i)), '.')
			table[i].n = len(text)
			table[i].text = binary.LittleEndian.Uint32(append(text, "   "...))
		}
		return table
	}()
)

// headRoom is room for what a line holds beside its lists and texts.
const headRoom = 2048

// appendLine appends one conversation as NDJSON tells it, without a newline.
func (e *Encoder) appendLine(b []byte, t *flows.Teardown) []byte {
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]
	c := clock{terse: true}
	b = room(b, headRoom)

	b = append(b, `{"id":`...)
	b = appendUint(b, t.ID)
	b = appendEnd(append(b, `,"client":{"ip":`...), client)
	b = appendEnd(append(b, `,"server":{"ip":`...), server)
	b = rolesPieces[t.RolesBy].appendTo(b)
	b = headPieces[t.Class][t.Shape].appendTo(b)
	b = closerPieces[t.Closer][t.FirstFIN].appendTo(b)
	b = endPieces[t.ResetBy][oneIf(t.Final)].appendTo(b)

	b = c.append(b, &stampStart, t.Start)
	b = appendInt(append(b, `,"duration_ns":`...), t.Duration())
	if d := t.CloseDuration(); d != flows.NoTime {
		b = appendInt(append(b, `,"close_duration_ns":`...), d)
	}
	if idle := idleBeforeClose(t); idle != flows.NoTime {
		b = appendInt(append(b, `,"idle_before_close_ns":`...), idle)
	}
	b = appendUint(append(b, `,"last_frame":`...), t.LastFrame)
	b = e.appendFiles(b, t)
	b = appendPair(append(b, `,"packets":{"client":`...), client.Packets, server.Packets)
	b = appendPair(append(b, `,"bytes":{"client":`...), client.Bytes, server.Bytes)
	if client.DataBytes != client.Bytes || server.DataBytes != server.Bytes {
		b = appendPair(append(b, `,"data_bytes":{"client":`...), client.DataBytes, server.DataBytes)
	}
	if client.BytesLost|server.BytesLost == 0 {
		b = append(b, `,"bytes_lost":{"client":0,"server":0}`...)
	} else {
		b = appendPair(append(b, `,"bytes_lost":{"client":`...), client.BytesLost, server.BytesLost)
	}
	if client.Retrans|server.Retrans != 0 {
		b = appendPair(append(b, `,"retransmissions":{"client":`...), uint64(client.Retrans), uint64(server.Retrans))
	}
	b = appendNullableInt(append(b, `,"rtt_ns":{"client":`...), client.RTT)
	b = appendNullableInt(append(b, `,"server":`...), server.RTT)
	b = append(b, '}')
	if client.RST.Number|server.RST.Number != 0 || client.RST.Kind|server.RST.Kind != flows.NoRST {
		b = e.appendRST(append(b, `,"rst":{"client":`...), &client.RST, &c)
		b = append(e.appendRST(append(b, `,"server":`...), &server.RST, &c), '}')
	}

	b = e.appendStateLine(append(b, `,"states":{"client":[`...), client.States, &c)
	b = e.appendStateLine(append(b, `],"server":[`...), server.States, &c)
	b = e.appendMarks(append(b, `]},"marks":`...), t.Marks, &c)
	b = e.appendCauses(append(b, `,"causes":`...), t.Causes)
	b = appendDoubts(append(b, `,"uncertain":`...), t.Uncertain)

	if t.VLAN&decode.VLANPresent != 0 {
		b = appendUint(append(b, `,"vlan":`...), uint64(t.VLAN&^decode.VLANPresent))
	}
	if t.Iface != 0 {
		b = appendUint(append(b, `,"interface":`...), uint64(t.Iface))
	}
	if t.Encap != 0 {
		b = append(append(b, `,"encapsulation":`...), encapJSON[t.Encap]...)
	}
	return append(e.appendPairs(b, t), '}')
}

// elementRoom is room for one element of a list of states, marks or causes, but for the names of files.
const elementRoom = 256

// An element is where the next element of a list is written.
type element = [elementRoom]byte

// next returns where b goes on, which has room for it.
func next(b []byte) *element {
	n := len(b)
	return (*element)(b[n : n+elementRoom])
}

// appendStateLine appends the elements of a list of states, which are half of a line.
func (e *Encoder) appendStateLine(b []byte, states []flows.Transition, c *clock) []byte {
	b = room(b, elementRoom*(len(states)+1))
	for i := range states {
		s := &states[i]
		w := next(b)
		k := statePieces[s.State][s.Grade].put(w)
		if s.Frame-1 < 1e8-1 {
			text, free := strip(digits8(s.Frame))
			binary.LittleEndian.PutUint64(w[k:k+8], text)
			k += 8 - free
		} else {
			k = len(appendFrame(w[:k], s.Frame))
		}
		if e.Locate != nil {
			b = room(e.appendPlace(b[:len(b)+k], s.Frame), elementRoom*(len(states)+1))
			w, k = next(b), 0
		}
		k += c.era.putSpan((*[spanRoom]byte)(w[k:k+spanRoom]), s.Earliest, s.Latest)
		b = b[:len(b)+k]
	}
	if len(states) > 0 {
		return b[:len(b)-1] // no comma behind the last one
	}
	return b
}

// appendEnd appends an address and a port, and ends their object.
func appendEnd(b []byte, end *flows.End) []byte {
	addr := end.Addr.Addr()
	if addr.Is4() {
		quad := addr.As4()
		w := next(b)
		w[0] = '"'
		k := 1
		for _, octet := range quad {
			p := &octetPieces[octet]
			binary.LittleEndian.PutUint32(w[k:k+4], p.text)
			k += p.n
		}
		w[k-1] = '"' // in place of a dot
		b = b[:len(b)+k]
	} else {
		b = appendAddr(b, addr)
	}
	b = appendUint(append(b, `,"port":`...), uint64(end.Addr.Port()))
	if end.Name != "" {
		return append(room(appendName(b, end), headRoom), '}')
	}
	return append(b, '}')
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
