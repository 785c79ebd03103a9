package report

import (
	"net/netip"

	"tcpclose/decode"
	"tcpclose/flows"
)

// base is the time of the samples' first segment: 2026-11-20T09:24:52.248220672Z.
const base int64 = 1795166692248220672

const ms = 1_000_000

// ordinary returns the conversation that most captures are full of: handshake, data, four-way close by the client.
func ordinary() flows.Teardown {
	t := flows.Teardown{
		ID: 57301, RolesBy: flows.RolesSYN, Class: flows.FourWay, Shape: flows.ShapeFourWay,
		FirstFIN: flows.ByClient, Closer: flows.ByClient, Final: true,
		FirstFrame: 57301, LastFrame: 57403, Start: base, Last: base + 630*ms,
		CloseStart: base + 600*ms, CloseEnd: base + 630*ms, WatchedUntil: base + 120_000*ms, IdleBeforeClose: 90 * ms,
	}
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]
	client.Addr = netip.MustParseAddrPort("10.0.0.7:40002")
	server.Addr = netip.MustParseAddrPort("10.0.0.9:443")
	client.States = []flows.Transition{
		{State: flows.SynSent, Frame: 57301, Earliest: flows.NoTime, Latest: base},
		{State: flows.Established, Frame: 57302, Earliest: base + 12*ms, Latest: base + 20*ms},
		{State: flows.FinWait1, Frame: 57400, Earliest: base + 510*ms, Latest: base + 600*ms},
		{State: flows.FinWait2, Grade: flows.Inferred, Frame: 57401, Earliest: base + 612*ms, Latest: flows.NoTime},
		{State: flows.TimeWait, Frame: 57402, Earliest: base + 622*ms, Latest: base + 630*ms},
		{State: flows.Closed, Grade: flows.Assumed, Earliest: base + 60_630*ms, Latest: flows.NoTime},
	}
	server.States = []flows.Transition{
		{State: flows.SynReceived, Frame: 57302, Earliest: base, Latest: base + 12*ms},
		{State: flows.Established, Frame: 57303, Earliest: base + 20*ms, Latest: base + 40*ms},
		{State: flows.CloseWait, Frame: 57401, Earliest: base + 600*ms, Latest: base + 612*ms},
		{State: flows.LastAck, Frame: 57402, Earliest: base + 612*ms, Latest: base + 622*ms},
		{State: flows.Closed, Grade: flows.Inferred, Frame: 57403, Earliest: base + 630*ms, Latest: flows.NoTime},
	}
	client.Packets, server.Packets = 51, 52
	client.Bytes, server.Bytes = 1800, 60_000
	client.DataBytes, server.DataBytes = 1800, 58_552
	client.RTT, server.RTT = 8*ms, 12*ms
	client.MSS, server.MSS = 1460, 1460
	client.WScale, client.HasWScale, client.TTL = 7, true, 64
	server.WScale, server.HasWScale, server.TTL = 8, true, 57
	server.Retrans = 1
	client.FIN = flows.FINFacts{Frame: 57400, Time: base + 600*ms, Seq: 2801, Ack: 58_953, Acked: 57401, AckedTime: base + 612*ms}
	server.FIN = flows.FINFacts{Frame: 57402, Time: base + 622*ms, Seq: 58_953, Ack: 2802, Acked: 57403, AckedTime: base + 630*ms}
	client.Held = [flows.NumStates]int64{
		flows.SynSent: 12 * ms, flows.Established: 588 * ms, flows.FinWait1: 12 * ms, flows.FinWait2: 10 * ms, flows.TimeWait: 60_000 * ms,
	}
	server.Held = [flows.NumStates]int64{
		flows.SynReceived: 8 * ms, flows.Established: 580 * ms, flows.CloseWait: 22 * ms, flows.LastAck: 8 * ms,
	}
	t.Causes = []flows.Cause{{ID: flows.CauseClose, Confidence: flows.Certain, Who: flows.ByClient, NFrames: 2, Frames: [4]uint64{57400, 57402}}}
	return t
}

// troubled returns a conversation with something in every list: IPv6, a lost FIN, a RST with text, doubts.
func troubled() flows.Teardown {
	t := ordinary()
	t.ID, t.Class, t.Shape = 60_001, flows.RSTAfterFIN, flows.ShapeHalf
	t.FirstFrame, t.LastFrame = 60_001, 60_077
	t.ResetBy, t.Final = flows.ByServer, false
	t.Start, t.CloseStart, t.CloseEnd, t.Last = base+2_000*ms, base+2_400*ms, base+2_950*ms, base+2_950*ms
	t.VLAN, t.Encap, t.Iface = decode.VLANPresent|120, decode.EncapVLAN|decode.EncapVXLAN, 1
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]
	client.Addr = netip.MustParseAddrPort("[2001:db8:0:12::1a2f]:50112")
	server.Addr = netip.MustParseAddrPort("[2606:2800:220:1:248:1893:25c8:1946]:8443")
	client.RTT = flows.NoTime
	client.BytesLost = 512
	client.FIN = flows.FINFacts{Frame: 60_050, Time: base + 2_400*ms, Seq: 4294967295, Ack: 12, Resends: 2, LastResend: 60_070, WithData: true}
	server.FIN = flows.FINFacts{}
	server.RST = flows.RSTFacts{
		Frame: 60_077, Time: base + 2_950*ms, Seq: 12, Kind: flows.Reply, Verdict: flows.VerdictUnknown, Counts: true,
		Drawn: 60_070, Number: 3, DataLen: 21,
	}
	client.States = client.States[:3]
	server.States = []flows.Transition{
		{State: flows.Established, Frame: 60_003, Earliest: base + 2_020*ms, Latest: base + 2_040*ms},
		{State: flows.CloseWait, Grade: flows.Inferred, Frame: 60_050, Earliest: base + 2_400*ms, Latest: flows.NoTime},
		{State: flows.Closed, Frame: 60_077, Earliest: base + 2_400*ms, Latest: base + 2_950*ms},
	}
	server.Held = [flows.NumStates]int64{flows.Established: 400 * ms, flows.CloseWait: 550 * ms}
	t.Marks = []flows.Mark{
		{ID: flows.MarkFINWithData, Who: flows.ByClient, Frame: 60_050, Time: base + 2_400*ms},
		{ID: flows.MarkFINRetransmitted, Who: flows.ByClient, Frame: 60_060, Time: base + 2_600*ms},
		{ID: flows.MarkCaptureGap, Frame: 60_077, Time: base + 2_950*ms},
	}
	t.Causes = []flows.Cause{
		{ID: flows.CauseNoSocket, Confidence: flows.Likely, Who: flows.ByServer, NFrames: 2, Frames: [4]uint64{60_070, 60_077}},
		{ID: flows.CauseDataAfterClose, Confidence: flows.Possible, Who: flows.ByServer, NFrames: 1, Frames: [4]uint64{60_077}},
	}
	t.Uncertain = []flows.Doubt{
		{What: "rst", Text: "whether \"the RST\" arrived\x1b[31m \xff was not seen", Alternatives: []string{"rst-after-fin", "vanished"}},
	}
	return t
}

// aborted returns a handshake that a RST refused: no FIN, no state beyond the opening, nothing acknowledged.
func aborted() flows.Teardown {
	t := flows.Teardown{
		ID: 3, RolesBy: flows.RolesSYN, Class: flows.Refused, Closer: flows.ByServer, ResetBy: flows.ByServer, Final: true,
		FirstFrame: 3, LastFrame: 4, Start: base - 2*ms, Last: base - ms, CloseStart: base - ms, CloseEnd: base - ms, WatchedUntil: base,
	}
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]
	client.Addr = netip.MustParseAddrPort("10.0.0.7:40001")
	server.Addr = netip.MustParseAddrPort("10.0.0.9:8080")
	client.RTT, server.RTT = flows.NoTime, flows.NoTime
	client.Packets, server.Packets = 1, 1
	server.RST = flows.RSTFacts{Frame: 4, Time: base - ms, Kind: flows.Reply, Verdict: flows.VerdictAccepted, Counts: true, Drawn: 3, Number: 1}
	client.States = []flows.Transition{
		{State: flows.SynSent, Frame: 3, Earliest: flows.NoTime, Latest: base - 2*ms},
		{State: flows.Closed, Grade: flows.Inferred, Frame: 4, Earliest: base - ms, Latest: flows.NoTime},
	}
	t.Causes = []flows.Cause{{ID: flows.CauseListenRefused, Confidence: flows.Certain, Who: flows.ByServer, NFrames: 1, Frames: [4]uint64{4}}}
	return t
}

// stalled returns a conversation that nobody has finished closing.
func stalled() flows.Teardown {
	t := ordinary()
	t.ID, t.FirstFrame, t.LastFrame, t.Class, t.Shape, t.Final = 9, 9, 40, flows.HalfClosedStall, flows.ShapeHalf, false
	t.CloseEnd = flows.NoTime
	client, server := &t.Ends[flows.Client], &t.Ends[flows.Server]
	client.Addr = netip.MustParseAddrPort("192.168.200.117:61002")
	client.States, server.States = client.States[:4], server.States[:3]
	server.FIN = flows.FINFacts{}
	client.Held = [flows.NumStates]int64{flows.Established: 588 * ms, flows.FinWait2: 119_400 * ms}
	server.Held = [flows.NumStates]int64{flows.Established: 600 * ms, flows.CloseWait: 119_400 * ms}
	t.Marks = []flows.Mark{{ID: flows.MarkSlowCloseWait, Who: flows.ByServer, Frame: 57401, Time: base + 30_600*ms}}
	t.Causes = []flows.Cause{{ID: flows.CauseCloseWaitLeak, Who: flows.ByServer, NFrames: 1, Frames: [4]uint64{57401}}}
	return t
}

// samples returns one conversation of each kind, in the order in which a capture would have shown them.
func samples() []flows.Teardown {
	return []flows.Teardown{aborted(), stalled(), ordinary(), troubled()}
}
