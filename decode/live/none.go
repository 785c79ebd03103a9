//go:build !linux && !windows && !libpcap

package live

import (
	"errors"

	"tcpclose/decode"
)

// Supported reports whether this build can capture.
const Supported = false

// errUnsupported says how to do without.
var errUnsupported = errors.New("this build of tcpclose cannot capture on this system by itself\n" +
	"  with libpcap:  go install -tags libpcap tcpclose/cmd/tcpclose (needs cgo)\n" +
	"  without:       sudo tcpdump -U -w - tcp | tcpclose open -")

// A handle is nothing here.
type handle struct{}

func (c *Capture) open() error { return errUnsupported }

func (*handle) next(*Capture, *decode.Packet) error { return errUnsupported }

func (*handle) wake() {}

func (*handle) close() error { return nil }
