package ladder_test

import (
	"fmt"
	"net/netip"
	"os"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// A ladder needs a verdict and the conversation's segments; here both are made by hand.
func Example() {
	client, server := netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("10.0.0.2:80")
	segment := func(frame uint64, from, to netip.AddrPort, flags decode.Flags, seq, ack decode.Seq) decode.Segment {
		return decode.Segment{
			Frame: frame, Time: int64(frame) * 10e6, Src: decode.AddrFrom(from.Addr()), Dst: decode.AddrFrom(to.Addr()),
			SrcPort: from.Port(), DstPort: to.Port(), Flags: flags, Seq: seq, Ack: ack, Window: 512,
		}
	}
	segs := []decode.Segment{
		segment(1, client, server, decode.FIN|decode.ACK, 100, 300),
		segment(2, server, client, decode.FIN|decode.ACK, 300, 101),
		segment(3, client, server, decode.ACK, 101, 301),
	}
	td := &flows.Teardown{FirstFrame: 1, LastFrame: 3, Start: 10e6, CloseStart: 10e6, Class: flows.ThreeWay}
	td.Ends[flows.Client] = flows.End{Addr: client, Packets: 2, FirstSeq: 100, States: []flows.Transition{
		{State: flows.FinWait1, Frame: 1, Earliest: flows.NoTime, Latest: 10e6},
		{State: flows.TimeWait, Frame: 3, Earliest: 20e6, Latest: 30e6, Received: true},
		{State: flows.Closed, Grade: flows.Assumed, Earliest: 60020e6, Latest: 60020e6},
	}}
	td.Ends[flows.Server] = flows.End{Addr: server, Packets: 1, FirstSeq: 300, States: []flows.Transition{
		{State: flows.CloseWait, Frame: 2, Earliest: 10e6, Latest: 20e6, Received: true},
		{State: flows.LastAck, Frame: 2, Earliest: flows.NoTime, Latest: 20e6},
		{State: flows.Closed, Grade: flows.Inferred, Frame: 3, Earliest: 30e6, Latest: flows.NoTime, Received: true},
	}}
	opt := ladder.Options{ASCII: true}
	if err := ladder.Text(os.Stdout, td, ladder.Build(td, segs, opt), 76, opt); err != nil {
		fmt.Println(err)
	}
	// Output:
	// time    delta        client                               server
	//     0.000             FIN-WAIT-1 |FIN, ACK seq 1 ack 1 ----->| CLOSE-WAIT
	//     0.010    +10ms     TIME-WAIT |<----- FIN, ACK seq 1 ack 2| LAST-ACK
	//     0.020    +10ms             : |ACK seq 2 ack 2 #3 ------->| CLOSED?
	//    60.010   +60.0s        CLOSED |.......2 MSL assumed.......| :
}
