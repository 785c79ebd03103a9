package attacktest

import "bytes"

// A wrap puts a header around what is in it: an IPv4 packet in, one out.
type wrap func(packet []byte) []byte

var (
	hereIP, thereIP = ip4(172, 1), ip4(172, 2)

	inIP    wrap = func(p []byte) []byte { return ip(hereIP, thereIP, 4, 0, 0, p) }
	inGRE   wrap = func(p []byte) []byte { return ip(hereIP, thereIP, 47, 0, 0, append([]byte{0, 0, 8, 0}, p...)) }
	inVXLAN wrap = func(p []byte) []byte {
		return ip(hereIP, thereIP, 17, 0, 0, udp(9999, 4789, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, ethernet(0x0800, p)...)))
	}
	inGTP wrap = func(p []byte) []byte {
		head := be.AppendUint16([]byte{0x30, 0xff}, uint16(len(p)))
		return ip(hereIP, thereIP, 17, 0, 0, udp(2152, 2152, append(append(head, 0, 0, 0, 9), p...)))
	}
)

// deep puts a packet into so many tunnels.
func deep(n int, packet []byte, wraps ...wrap) []byte {
	for i := range n {
		packet = wraps[i%len(wraps)](packet)
	}
	return packet
}

// tunnelled is an attack whose frames hold TCP in more tunnels than are walked.
func tunnelled(name string, frame func(packet []byte) []byte) Attack {
	return Attack{
		Name: name,
		Says: []string{"more headers nested than the limit"},
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				f.record(frame(connection(n)[0][14:]))
			}
		},
	}
}

// headerAttacks are pcap files in which the packets are not what they seem.
var headerAttacks = []Attack{
	tunnelled("a hundred GRE tunnels", func(p []byte) []byte { return ethernet(0x0800, deep(100, p, inGRE)) }),
	tunnelled("a thousand IP-in-IP tunnels", func(p []byte) []byte { return ethernet(0x0800, deep(1000, p, inIP)) }),
	tunnelled("a hundred VXLAN tunnels", func(p []byte) []byte { return ethernet(0x0800, deep(100, p, inVXLAN)) }),
	tunnelled("a hundred tunnels of four kinds by turns", func(p []byte) []byte {
		return ethernet(0x0800, deep(100, p, inGRE, inVXLAN, inIP, inGTP))
	}),
	tunnelled("a hundred VLAN tags", func(p []byte) []byte {
		tags := bytes.Repeat([]byte{0x88, 0xa8, 0, 5}, 100)
		return ethernet(0x88a8, append(append(tags[2:], 8, 0), p...))
	}),
	tunnelled("a hundred MPLS labels that are the last one, each with Ethernet behind it", func(p []byte) []byte {
		b := ethernet(0x0800, p)
		for range 100 {
			b = ethernet(0x8847, append([]byte{0, 1, 0x01, 64, 0, 0, 0, 0}, b...))
		}
		return b
	}),
	{
		Name: "sixteen thousand MPLS labels, none the last one",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for f.n < size {
				f.record(ethernet(0x8847, bytes.Repeat([]byte{0, 1, 0, 64}, 16000)))
			}
		},
	},
	{
		Name: "eight thousand IPv6 extension headers",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				chain := bytes.Repeat([]byte{60, 0, 0, 0, 0, 0, 0, 0}, 8000)
				chain[len(chain)-8] = 6
				load := append(chain, segment(uint16(n), 80, syn, n, 0, nil, "")...)
				f.record(ethernet(0x86dd, ip6(60, uint16(len(load)), load)))
			}
		},
	},
	{
		Name: "sixteen thousand GTP extension headers",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			load := append([]byte{0x34, 0xff, 0xfa, 4, 0, 0, 0, 9, 0, 0, 0, 1}, bytes.Repeat([]byte{1, 0, 0, 1}, 16000)...)
			for f.n < size {
				f.record(ethernet(0x0800, ip(hereIP, thereIP, 17, 0, 0, udp(2152, 2152, load))))
			}
		},
	},
	{
		Name: "first halves of datagrams",
		Says: []string{"fragment"},
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				s := segment(uint16(n), 80, syn, n, 0, nil, "1234")
				f.record(ethernet(0x0800, ip(ip4(10, n>>16), ip4(192, 1), 6, uint16(n), 0x2000, s)))
			}
		},
	},
	{
		Name: "datagrams in pieces of eight octets, each piece twice and otherwise the second time",
		Says: []string{"fragment"},
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				for i := range uint16(8000) {
					at := i * 37 % 8000
					for x := range byte(2) {
						f.record(ethernet(0x0800, ip(ip4(10, 1), ip4(192, 1), 6, uint16(n), 0x2000|at, []byte{x, 0, 80, 0, 0, 0, 0, 0})))
					}
					if f.n >= size {
						return
					}
				}
			}
		},
	},
	{
		Name: "fragments of tunnels of fragments",
		Says: []string{"fragment"},
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				packet := ip(ip4(10, n>>8), ip4(192, 1), 6, 0, 0, segment(uint16(n), 80, syn, n, 0, nil, "12345678"))
				for depth := range uint16(6) {
					half := len(packet) / 2 &^ 7
					id := uint16(n)*6 + depth
					f.record(ethernet(0x0800, ip(hereIP, thereIP, 4, id, uint16(half/8), packet[half:])))
					packet = ip(hereIP, thereIP, 4, id, 0x2000, packet[:half])
				}
				f.record(ethernet(0x0800, packet))
			}
		},
	},
	{
		Name: "TCP options malformed in every way",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				o := make([]byte, 40)
				for i := range o {
					o[i] = byte((n + uint32(i)) * 2654435761 >> (n % 24))
				}
				o[0], o[1] = byte(n), byte(n>>8)
				f.record(tcp(end{ip4(10, n>>16), uint16(n)}, end{ip4(192, 1), 80}, byte(n), n, n, o, "x"))
			}
		},
	},
	{
		Name: "selective acknowledgements of nonsense in one connection",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			a, b := end{ip4(10, 5), 4000}, end{ip4(192, 1), 80}
			for n := uint32(0); f.n < size; n++ {
				o := []byte{1, 1, 5, 34}
				for i := range uint32(8) {
					o = be.AppendUint32(o, (n*8+i)*2654435761)
				}
				f.record(tcp(a, b, ack, n, n*3, o, ""))
				f.record(tcp(b, a, ack, n*3, n, o, "data"))
			}
		},
	},
	{
		Name: "jumbo lengths of which none is true",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				hop := be.AppendUint32([]byte{6, 0, 0xc2, 4}, [...]uint32{0, 7, 1 << 16, 1 << 31, 1<<32 - 1}[n%5])
				f.record(ethernet(0x86dd, ip6(0, 0, append(hop, segment(uint16(n), 80, ack, n, 0, nil, "xyz")...))))
			}
		},
	},
	{
		Name: "headers whose lengths contradict one another",
		fill: func(f *file, size int64) {
			f.pcap()
			f.connection(0)
			for n := uint32(0); f.n < size; n++ {
				b := tcp(end{ip4(10, n>>16), uint16(n)}, end{ip4(192, 1), 80}, ack, n, n, nil, "x")
				b[14] = 0x40 | byte(n)&15               // the header's length
				be.PutUint16(b[16:], uint16(n>>4)%2000) // the packet's
				b[46] = byte(n >> 8)                    // TCP's header
				f.record(b)
			}
		},
	},
	{
		Name: "one pair of ports for a new connection with every packet",
		fill: func(f *file, size int64) {
			f.pcap()
			a, b := end{ip4(10, 5), 4000}, end{ip4(192, 1), 80}
			for n := uint32(0); f.n < size; n++ {
				f.record(tcp(a, b, syn, n*2654435761, 0, nil, ""))
				f.record(tcp(b, a, syn|ack, n*7919, n*2654435761+1, nil, ""))
				f.record(tcp(b, a, rst|ack, n*7919+1, n*2654435761+1, nil, ""))
			}
		},
	},
	{
		Name: "connections of one host with itself, all at once and without a word",
		fill: func(f *file, size int64) {
			f.pcap()
			server := end{ip4(127, 1), 80}
			for n := uint32(0); f.n < size; n++ {
				client := end{ip4(127, 1), uint16(n)}
				server.port = uint16(80 + n>>16)
				f.record(tcp(client, server, syn, n*7919, 0, nil, ""))
				f.record(tcp(server, client, syn|ack, n*104729, n*7919+1, nil, ""))
				f.record(tcp(client, server, ack, n*7919+1, n*104729+1, nil, ""))
			}
		},
	},
	{
		Name: "connections to one proxy and from it, all at once, all alike",
		fill: func(f *file, size int64) {
			f.pcap()
			proxy := ip4(192, 7)
			var ends []func()
			for n := uint32(0); f.n < size*9/10; n++ {
				a, b := end{ip4(10, n>>16), uint16(n)}, end{proxy, 8080}
				if n%2 == 1 {
					a, b = end{proxy, uint16(n)}, end{ip4(172, 5), 80}
				}
				text := noise(n, 1900)
				x, y := n*7919, n*104729
				f.record(tcp(a, b, syn, x, 0, nil, ""))
				f.record(tcp(b, a, syn|ack, y, x+1, nil, ""))
				f.record(tcp(a, b, ack, x+1, y+1, nil, text[:900]))
				ends = append(ends, func() {
					f.record(tcp(b, a, ack, y+1, x+901, nil, text[900:]))
					f.record(tcp(a, b, rst|ack, x+901, y+1001, nil, ""))
				})
			}
			for _, last := range ends {
				last()
			}
		},
	},
}

// noise returns n letters that differ from seed to seed.
func noise(seed uint32, n int) string {
	b := make([]byte, n)
	for i := range b {
		seed = seed*1664525 + 1013904223
		b[i] = 'a' + byte(seed>>24)%26
	}
	return string(b)
}
