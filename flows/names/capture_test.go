package names

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"flag"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"tcpclose/decode"
)

var update = flag.Bool("update", false, "rewrite the capture in testdata that these tests write")

// A tape is a capture in the making: raw IPv4 packets, a millisecond apart.
type tape struct {
	packets []decode.Packet
	names   []decode.Name
	next    int
	seq     map[tuple]uint32
}

func (c *tape) Next(p *decode.Packet) error {
	if c.next == len(c.packets) {
		return io.EOF
	}
	*p = c.packets[c.next]
	c.next++
	return nil
}

func (c *tape) Names() []decode.Name { return c.names }

const tapeBegin = 1_795_168_800_000_000_000 // 2026-11-20 10:00 UTC

func (c *tape) add(proto byte, from, to netip.AddrPort, header, payload []byte) {
	b := make([]byte, 20, 20+len(header)+len(payload))
	b[0], b[8], b[9] = 0x45, 64, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(header)+len(payload)))
	src, dst := from.Addr().As4(), to.Addr().As4()
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	binary.BigEndian.PutUint16(b[10:], ^sum(b))
	b = append(append(b, header...), payload...)
	n := uint64(len(c.packets) + 1)
	c.packets = append(c.packets, decode.Packet{
		Frame: n, FileFrame: n, Time: tapeBegin + int64(n)*1_000_000, Data: b, WireLen: uint32(len(b)), LinkType: 101,
	})
}

// sum is the Internet checksum's sum (RFC 1071).
func sum(b []byte) uint16 {
	var s uint32
	for i := 0; i+1 < len(b); i += 2 {
		s += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// udp adds a datagram without a checksum.
func (c *tape) udp(from, to string, payload []byte) {
	src, dst := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	h := make([]byte, 8)
	binary.BigEndian.PutUint16(h, src.Port())
	binary.BigEndian.PutUint16(h[2:], dst.Port())
	binary.BigEndian.PutUint16(h[4:], uint16(8+len(payload)))
	c.add(17, src, dst, h, payload)
}

// tcp adds a segment; sequence numbers follow from what was added before.
func (c *tape) tcp(from, to string, flags byte, payload []byte) {
	src, dst := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	if c.seq == nil {
		c.seq = map[tuple]uint32{}
	}
	there, back := tuple{from: src, to: dst}, tuple{from: dst, to: src}
	h := make([]byte, 20)
	binary.BigEndian.PutUint16(h, src.Port())
	binary.BigEndian.PutUint16(h[2:], dst.Port())
	binary.BigEndian.PutUint32(h[4:], c.seq[there])
	if flags&0x10 != 0 {
		binary.BigEndian.PutUint32(h[8:], c.seq[back])
	}
	h[12], h[13] = 0x50, flags
	binary.BigEndian.PutUint16(h[14:], 64240)
	c.add(6, src, dst, h, payload)
	c.seq[there] += uint32(len(payload)) + uint32(flags&1) + uint32(flags>>1&1)
}

// talk adds a connection that carries what the client says, and is closed in order.
func (c *tape) talk(client, server string, says ...[]byte) {
	const fin, syn, psh, ack = 0x01, 0x02, 0x08, 0x10
	c.tcp(client, server, syn, nil)
	c.tcp(server, client, syn|ack, nil)
	c.tcp(client, server, ack, nil)
	for _, text := range says {
		c.tcp(client, server, psh|ack, text)
	}
	c.tcp(server, client, psh|ack, []byte("whatever it answers"))
	c.tcp(client, server, fin|ack, nil)
	c.tcp(server, client, fin|ack, nil)
	c.tcp(client, server, ack, nil)
}

// An answer is one record of a DNS message: an alias where it has no address.
type answer struct{ owner, alias, addr string }

// reply makes a DNS answer to a question.
func reply(t testing.TB, question string, list ...answer) []byte {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: 7, Response: true})
	b.EnableCompression()
	must(b.StartQuestions())
	must(b.Question(dnsmessage.Question{Name: dnsmessage.MustNewName(question), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}))
	must(b.StartAnswers())
	for _, a := range list {
		h := dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(a.owner), Class: dnsmessage.ClassINET, TTL: 60}
		switch addr, err := netip.ParseAddr(a.addr); {
		case a.alias != "":
			must(b.CNAMEResource(h, dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(a.alias)}))
		case err != nil:
			t.Fatal(err)
		case addr.Is4():
			must(b.AResource(h, dnsmessage.AResource{A: addr.As4()}))
		default:
			must(b.AAAAResource(h, dnsmessage.AAAAResource{AAAA: addr.As16()}))
		}
	}
	m, err := b.Finish()
	must(err)
	return m
}

// clientHello returns what a TLS client that asks for a name says first.
func clientHello(t testing.TB, name string) []byte {
	t.Helper()
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		_ = tls.Client(here, &tls.Config{ServerName: name, InsecureSkipVerify: name == ""}).HandshakeContext(context.Background()) //nolint:gosec // nobody answers
	}()
	head := make([]byte, 5)
	if _, err := io.ReadFull(there, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint16(head[3:]))
	if _, err := io.ReadFull(there, body); err != nil {
		t.Fatal(err)
	}
	there.Close()
	return slices.Concat(head, body)
}

// pcap returns the capture as a file.
func (c *tape) pcap() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b23c4d)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 65535)
	b = le.AppendUint32(b, 101)
	for _, p := range c.packets {
		b = le.AppendUint32(b, uint32(p.Time/1_000_000_000))
		b = le.AppendUint32(b, uint32(p.Time%1_000_000_000))
		b = le.AppendUint32(b, uint32(len(p.Data)))
		b = le.AppendUint32(b, p.WireLen)
		b = append(b, p.Data...)
	}
	return b
}

// save writes the capture into testdata, where -update asks for it. A ClientHello holds random numbers, so that it is not
// compared.
func (c *tape) save(t testing.TB, name string) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "captures", name)
	if *update {
		if err := os.WriteFile(path, c.pcap(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%v; go test -update writes it", err)
	}
}
