package decode

import "fmt"

// Layer names the header that a skipped frame failed at.
type Layer uint8

// The layers.
const (
	LayerLink Layer = iota
	LayerNetwork
	LayerTunnel
	LayerTransport
	numLayers
)

var layerNames = [numLayers]string{"link", "network", "tunnel", "transport"}

// String returns the layer's name.
func (l Layer) String() string { return layerNames[l] }

// Reason says why a frame gave no segment.
type Reason uint8

// The reasons. The first group is ordinary (the frame holds no TCP); the second is a fault of the frame or the capture.
const (
	ReasonNotIP        Reason = iota // ARP, LLDP, STP and other non-IP frames
	ReasonUDP                        // UDP without a known tunnel in it
	ReasonICMP                       // ICMP that is no error about a TCP segment
	ReasonOtherIP                    // another IP protocol
	ReasonFragment                   // a fragment that was used to put a datagram together
	ReasonEncrypted                  // 802.11 protected frame, ESP
	ReasonControlFrame               // 802.11 management or control, PPP control, …
	ReasonDecapOff                   // a tunnel that --decap leaves closed

	ReasonCut           // the capture holds fewer octets than the header needs
	ReasonShort         // the frame itself is shorter than the header needs
	ReasonBadVersion    // IP version is neither 4 nor 6
	ReasonBadHeaderLen  // a header length below its minimum or beyond the packet
	ReasonBadLength     // a total length that contradicts the header
	ReasonUnknownLink   // a link type that is not decoded
	ReasonTooDeep       // more nested headers than the limit
	ReasonFragmentLost  // fragments whose rest never came, or that the limit evicted
	ReasonFragmentClash // fragments that overlap with different offsets
	ReasonDecoderError  // the fallback decoder failed
	ReasonBadChecksum   // only with --verify-checksums=drop
	numReasons
)

var reasonTexts = [numReasons]struct{ id, text string }{
	ReasonNotIP:         {"not-ip", "no IP packet in the frame"},
	ReasonUDP:           {"udp", "UDP, not a known tunnel"},
	ReasonICMP:          {"icmp", "ICMP that says nothing of a TCP segment"},
	ReasonOtherIP:       {"other-ip", "another IP protocol"},
	ReasonFragment:      {"fragment", "IP fragment, counted with the datagram it belongs to"},
	ReasonEncrypted:     {"encrypted", "encrypted, cannot be looked into"},
	ReasonControlFrame:  {"control-frame", "a control or management frame"},
	ReasonDecapOff:      {"decap-off", "inside a tunnel that --decap leaves closed"},
	ReasonCut:           {"cut", "the snap length cut it before the header's end"},
	ReasonShort:         {"short", "the frame is shorter than its header"},
	ReasonBadVersion:    {"bad-version", "IP version is neither 4 nor 6"},
	ReasonBadHeaderLen:  {"bad-header-length", "a header length that cannot be"},
	ReasonBadLength:     {"bad-length", "a total length that contradicts the headers"},
	ReasonUnknownLink:   {"unknown-link-type", "a link type that tcpclose does not decode"},
	ReasonTooDeep:       {"too-deep", "more headers nested than the limit"},
	ReasonFragmentLost:  {"fragment-lost", "IP fragments whose rest never came"},
	ReasonFragmentClash: {"fragment-clash", "IP fragments that contradict each other"},
	ReasonDecoderError:  {"decoder-error", "the fallback decoder failed"},
	ReasonBadChecksum:   {"bad-checksum", "TCP checksum wrong"},
}

// String returns the reason's id, as reports spell it.
func (r Reason) String() string { return reasonTexts[r].id }

// Text returns the reason in words.
func (r Reason) Text() string { return reasonTexts[r].text }

// Faulty reports whether the reason is a fault of the frame or the capture, not merely other traffic.
func (r Reason) Faulty() bool { return r >= ReasonCut }

// A Skip says why a frame gave no segment. It is an error value, so that iteration can yield it; reading goes on.
type Skip struct {
	Frame  uint64
	Layer  Layer
	Reason Reason
	Need   int // octets that the header needs, where a length is the matter
	Have   int // octets that were there
}

// Error describes the skip in one line.
func (s *Skip) Error() string {
	if s.Need > 0 {
		return fmt.Sprintf("frame %d: %s header: %s (needs %d octets, has %d)", s.Frame, s.Layer, s.Reason.Text(), s.Need, s.Have)
	}
	return fmt.Sprintf("frame %d: %s header: %s", s.Frame, s.Layer, s.Reason.Text())
}
