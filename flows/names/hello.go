package names

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"time"
)

// helloHead is how much of a TLS record tells that a ClientHello begins, and how long its record is.
const helloHead = 6

// maxHello is the longest record that is put together: that of TLS (RFC 8446 section 5.1), and its head.
const maxHello = 5 + 1<<14

// helloSize returns how long the TLS record is that begins a ClientHello here; 0 where none does (RFC 8446 sections 4 and
// 5.1).
func helloSize(payload []byte) int {
	if len(payload) < helloHead || payload[0] != 22 || payload[1] != 3 || payload[5] != 1 {
		return 0
	}
	if n := 5 + int(binary.BigEndian.Uint16(payload[3:])); n <= maxHello && n > helloHead {
		return n
	}
	return 0
}

// errHeard ends a handshake once its first message was read.
var errHeard = errors.New("heard")

// serverName returns the name that a whole ClientHello asks for; empty where it asks for none. The library that would
// answer it reads it.
func serverName(hello []byte) (name string) {
	conn := tls.Server(&script{Reader: bytes.NewReader(hello)}, &tls.Config{
		MinVersion: tls.VersionTLS12, // nothing is agreed upon
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			name = h.ServerName
			return nil, errHeard
		},
	})
	_ = conn.Handshake() // ends with errHeard, or with what is wrong with the message
	return clean(name)
}

// A script is a connection on which a message arrives, and to which nobody listens.
type script struct {
	*bytes.Reader
}

func (*script) Write(b []byte) (int, error)      { return len(b), nil }
func (*script) Close() error                     { return nil }
func (*script) LocalAddr() net.Addr              { return nil }
func (*script) RemoteAddr() net.Addr             { return nil }
func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

var _ net.Conn = (*script)(nil)
