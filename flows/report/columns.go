package report

import (
	"encoding/binary"
	"slices"
	"strings"

	"tcpclose/flows"
)

// columns builds the list of all columns. The order is that of the CSV, which may grow at its end only.
func columns() []Column {
	return slices.Concat(
		[]Column{
			number("id", "number of the conversation's first frame", func(t *flows.Teardown) int64 { return int64(t.ID) }),
			ordered(text("client_ip", "the client's address", endIP(flows.Client)), ipOrder(flows.Client)),
			number("client_port", "the client's port", func(t *flows.Teardown) int64 { return int64(t.Ends[flows.Client].Addr.Port()) }),
			ordered(text("server_ip", "the server's address", endIP(flows.Server)), ipOrder(flows.Server)),
			number("server_port", "the server's port", func(t *flows.Teardown) int64 { return int64(t.Ends[flows.Server].Addr.Port()) }),
			text("roles_by", "how client and server were told apart", func(b []byte, t *flows.Teardown) []byte {
				return append(b, t.RolesBy.String()...)
			}),
			text("class", "how it ended", func(b []byte, t *flows.Teardown) []byte { return append(b, t.Class.String()...) }),
			text("shape", "the geometry of the close", func(b []byte, t *flows.Teardown) []byte { return append(b, t.Shape.String()...) }),
			who("first_closer", "who closed first", func(t *flows.Teardown) flows.Who { return t.Closer }),
			who("reset_by", "who sent the RST that counts", func(t *flows.Teardown) flows.Who { return t.ResetBy }),
			text("final", "true if nothing that follows can change the verdict", func(b []byte, t *flows.Teardown) []byte {
				if t.Final {
					return append(b, "true"...)
				}
				return append(b, "false"...)
			}),
		},
		moment("start", "time of the first segment", func(t *flows.Teardown) int64 { return t.Start }),
		moment("end", "time of the last segment", func(t *flows.Teardown) int64 { return t.Last }),
		[]Column{number("duration_ns", "from the first to the last segment", (*flows.Teardown).Duration)},
		moment("close_start", "time of the first FIN, or of the RST that counts", func(t *flows.Teardown) int64 { return t.CloseStart }),
		[]Column{
			maybe("close_duration_ns", "from there to the last ACK of a FIN, or to the RST", func(t *flows.Teardown) (int64, bool) {
				return known(t.CloseDuration())
			}),
			maybe("idle_before_close_ns", "silence before the close", func(t *flows.Teardown) (int64, bool) { return known(idleBeforeClose(t)) }),
		},
		[]Column{
			text("state_client", "the client's last state that the wire shows", endState(flows.Client)),
			text("state_server", "the server's last state that the wire shows", endState(flows.Server)),
		},
		bothSides("packets", "segments that the SIDE sent", func(end *flows.End) (int64, bool) { return int64(end.Packets), true }),
		bothSides("bytes", "payload octets that the SIDE sent, retransmissions included", func(end *flows.End) (int64, bool) { return int64(end.Bytes), true }),
		bothSides("data_bytes", "payload octets of the SIDE, each counted once", func(end *flows.End) (int64, bool) { return int64(end.DataBytes), true }),
		bothSides("bytes_lost", "octets of the SIDE that were never acknowledged", func(end *flows.End) (int64, bool) { return int64(end.BytesLost), true }),
		bothSides("retransmissions", "segments with payload that the SIDE sent again", func(end *flows.End) (int64, bool) { return int64(end.Retrans), true }),
		bothSides("rtt_ns", "round trip between the capture point and the SIDE", func(end *flows.End) (int64, bool) { return known(end.RTT) }),
		bothSides("mss", "maximum segment size that the SIDE announced", func(end *flows.End) (int64, bool) { return some(end.MSS) }),
		bothSides("fin_frame", "frame of the SIDE's first FIN", func(end *flows.End) (int64, bool) { return some(end.FIN.Frame) }),
		bothSides("fin_resends", "how often the SIDE sent its FIN again", func(end *flows.End) (int64, bool) {
			return int64(end.FIN.Resends), end.FIN.Sent()
		}),
		bothSides("fin_acked_frame", "frame that acknowledges the SIDE's FIN", func(end *flows.End) (int64, bool) { return some(end.FIN.Acked) }),
		bothSides("rst_frame", "frame of the SIDE's RST that matters most", func(end *flows.End) (int64, bool) { return some(end.RST.Frame) }),
		bothSides("rst_sent", "how many RSTs the SIDE sent", func(end *flows.End) (int64, bool) { return int64(end.RST.Number), true }),
		bothTexts("rst_kind", "active-abort, or reply", func(end *flows.End) string { return end.RST.Kind.String() }),
		heldColumns(),
		[]Column{
			text("marks", "what happened, whatever the class; separated by spaces", appendMarkIDs),
			text("causes", "why it ended so, best first, each with its confidence; separated by spaces", appendCauseIDs),
			guarded(text("uncertain", "what the capture leaves open", appendDoubtTexts)),
			number("first_frame", "number of the first frame", func(t *flows.Teardown) int64 { return int64(t.FirstFrame) }),
			number("last_frame", "number of the last frame", func(t *flows.Teardown) int64 { return int64(t.LastFrame) }),
			maybe("vlan", "VLAN id of the first segment", vlanID),
			number("interface", "index of the interface that the first segment was captured on", func(t *flows.Teardown) int64 { return int64(t.Iface) }),
			text("encapsulation", "what stood around the first segment's IP header", func(b []byte, t *flows.Teardown) []byte {
				return append(b, strings.Join(encapsulations(t.Encap), " ")...)
			}),
			text("wireshark_filter", "display filter that shows its frames, of several files as mergecap writes them", AppendWiresharkFilter),
		},
		bothTexts("name", "what the capture calls the SIDE's address (-N)", func(end *flows.End) string { return end.Name }),
		bothTexts("name_by", "who says so: dns, file, http-host, tls-sni", func(end *flows.End) string { return end.NameBy.String() }),
		[]Column{text("pairs", "its other legs (--pairs), each with its kind and how sure that is; separated by spaces", appendPairIDs)},
	)
}

// extraColumns are known to --fields and --sort, and not part of the CSV.
var extraColumns = []Column{
	ordered(text("client", "the client's address and port; its name instead of the address with -N", endCalled(flows.Client)), endOrder(flows.Client)),
	ordered(text("server", "the server's address and port; its name instead of the address with -N", endCalled(flows.Server)), endOrder(flows.Server)),
	number("packets", "segments of both sides", func(t *flows.Teardown) int64 { return int64(t.Ends[0].Packets + t.Ends[1].Packets) }),
	number("bytes", "payload octets of both sides", func(t *flows.Teardown) int64 { return int64(t.Ends[0].Bytes + t.Ends[1].Bytes) }),
	number("bytes_lost", "octets of both sides that were never acknowledged", func(t *flows.Teardown) int64 {
		return int64(t.Ends[0].BytesLost + t.Ends[1].BytesLost)
	}),
	number("retransmissions", "segments with payload that were sent again", func(t *flows.Teardown) int64 {
		return int64(t.Ends[0].Retrans) + int64(t.Ends[1].Retrans)
	}),
	number("rsts", "how many RSTs both sides sent", func(t *flows.Teardown) int64 { return int64(t.Ends[0].RST.Number) + int64(t.Ends[1].RST.Number) }),
}

func guarded(c Column) Column {
	c.Guard = true
	return c
}

func endIP(side flows.Side) func(b []byte, t *flows.Teardown) []byte {
	return func(b []byte, t *flows.Teardown) []byte { return appendIP(b, t.Ends[side].Addr.Addr()) }
}

// endCalled is an end's address and port, with the name in the address's place where there is one.
func endCalled(side flows.Side) func(b []byte, t *flows.Teardown) []byte {
	return func(b []byte, t *flows.Teardown) []byte {
		end := &t.Ends[side]
		if end.Name == "" {
			return end.Addr.AppendTo(b)
		}
		return appendUint(append(append(b, end.Name...), ':'), uint64(end.Addr.Port()))
	}
}

// ipOrder sorts addresses as numbers, those of IPv4 first.
func ipOrder(side flows.Side) func(b []byte, t *flows.Teardown) []byte {
	return func(b []byte, t *flows.Teardown) []byte {
		ip := t.Ends[side].Addr.Addr()
		return append(append(b, byte(ip.BitLen()/8)), ip.AsSlice()...)
	}
}

// endOrder sorts ends by their addresses, those that have a name behind them by the name, and by their ports.
func endOrder(side flows.Side) func(b []byte, t *flows.Teardown) []byte {
	return func(b []byte, t *flows.Teardown) []byte {
		if name := t.Ends[side].Name; name != "" {
			b = append(append(append(b, 0xff), name...), 0)
		} else {
			b = ipOrder(side)(b, t)
		}
		return binary.BigEndian.AppendUint16(b, t.Ends[side].Addr.Port())
	}
}

func endState(side flows.Side) func(b []byte, t *flows.Teardown) []byte {
	return func(b []byte, t *flows.Teardown) []byte { return append(b, LastState(t, side).String()...) }
}

// heldColumns are the nanoseconds that each side spent in each state.
func heldColumns() []Column {
	var list []Column
	for state := flows.SynSent; state < flows.Closed; state++ {
		name := strings.ReplaceAll(strings.ToLower(state.String()), "-", "_") + "_ns"
		list = append(list, bothSides(name, "time that the SIDE spent in "+state.String(), func(end *flows.End) (int64, bool) {
			return end.Held[state], true
		})...)
	}
	return list
}

func appendMarkIDs(b []byte, t *flows.Teardown) []byte {
	var seen [flows.NumMarks]bool
	start := len(b)
	for i := range t.Marks {
		m := t.Marks[i].ID
		if seen[m] {
			continue
		}
		seen[m] = true
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, m.String()...)
	}
	return b
}

func appendCauseIDs(b []byte, t *flows.Teardown) []byte {
	for i := range t.Causes {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(b, t.Causes[i].ID.String()...), ':')
		b = append(b, t.Causes[i].Confidence.String()...)
	}
	return b
}

func appendDoubtTexts(b []byte, t *flows.Teardown) []byte {
	for i := range t.Uncertain {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = append(append(b, t.Uncertain[i].What...), ": "...)
		b = append(b, t.Uncertain[i].Text...)
	}
	return b
}
