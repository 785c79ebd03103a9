package decode_test

import (
	"fmt"

	"tcpclose/decode"
)

// A decoder turns one frame into one segment, or says why not.
func ExampleDecoder() {
	frame := []byte{
		// IPv4: 40 octets, time to live 64, TCP, 10.0.0.7 to 10.0.0.9.
		0x45, 0, 0, 40, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 7, 10, 0, 0, 9,
		// TCP: port 40002 to 443, sequence number 100, acknowledgement 300, FIN and ACK, window 502.
		0x9c, 0x42, 0x01, 0xbb, 0, 0, 0, 100, 0, 0, 0x01, 0x2c, 0x50, 0x11, 0x01, 0xf6, 0, 0, 0, 0,
	}
	const rawIP = 101
	d := decode.NewDecoder(decode.Config{})
	var s decode.Segment
	for i, data := range [][]byte{frame, frame[:30]} {
		p := decode.Packet{Frame: uint64(i + 1), Data: data, WireLen: uint32(len(frame)), LinkType: rawIP}
		if d.Decode(&p, &s) {
			fmt.Println(s.SrcAddrPort(), s.DstAddrPort(), s.Flags, s.Seq, s.Ack)
			continue
		}
		skip := d.LastSkip()
		fmt.Println(&skip)
	}
	// Output:
	// 10.0.0.7:40002 10.0.0.9:443 F. 100 300
	// frame 2: transport header: the snap length cut it before the header's end (needs 20 octets, has 10)
}
