package filter

import (
	"fmt"
	"net/netip"

	"tcpclose/decode"
	"tcpclose/flows"
)

// The limits of Parse. They bound time, memory and stack whatever the text.
const (
	MaxLength  = 64 << 10 // octets
	MaxNesting = 200      // open parentheses at once
)

// A Filter decides which conversations are wanted. It is immutable and may be used by many goroutines at once. The nil
// Filter and the one parsed from an empty text match everything.
type Filter struct {
	root    *node // nil matches all
	test    func(*flows.Teardown) bool
	segment func(client, server netip.AddrPort) answer // nil where no single segment can be refused
	name    func(iface uint16) string
}

// Parse reads a filter. An error is always an *Error.
func Parse(text string) (*Filter, error) {
	if len(text) > MaxLength {
		return nil, &Error{Column: 1, Message: fmt.Sprintf("the filter is %d octets long; the limit is %d", len(text), MaxLength)}
	}
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	return build(root, nil), nil
}

// MustParse is Parse for filters that stand in the program's own text; it panics on an error.
func MustParse(text string) *Filter {
	f, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return f
}

func build(root *node, name func(uint16) string) *Filter {
	f := &Filter{root: root, name: name}
	if root != nil {
		f.test = root.compile(name)
		f.segment = root.compileSegment()
	}
	return f
}

// Match reports whether the conversation is wanted. It allocates nothing.
func (f *Filter) Match(t *flows.Teardown) bool {
	return f == nil || f.test == nil || f.test(t)
}

// MatchSegment reports whether the segment can belong to a conversation that Match wants: false is a promise, true is
// not. Only addresses, ports and the family are judged. Who is client and who server is not known of one segment, so
// either is assumed in turn; VLAN and interface are not judged, because a mirror port tags one direction only and a
// conversation may pass on two interfaces.
func (f *Filter) MatchSegment(s *decode.Segment) bool {
	if f == nil || f.segment == nil {
		return true
	}
	a, b := s.SrcAddrPort(), s.DstAddrPort()
	return f.segment(a, b) != no || f.segment(b, a) != no
}

// All reports whether the filter is empty and so matches everything.
func (f *Filter) All() bool { return f == nil || f.root == nil }

// String returns the canonical form: one spelling for each meaning, which parses back to the same filter. It is empty
// for a filter that matches all, and may be longer than the text it came from.
func (f *Filter) String() string {
	if f.All() {
		return ""
	}
	return string(f.root.append(nil, precedenceOr))
}

// NameInterfaces returns a filter that looks up the names which "iface" compares by name; the function must be safe for
// concurrent use. Without it no name matches.
func (f *Filter) NameInterfaces(name func(iface uint16) string) *Filter {
	if f.All() {
		return f
	}
	return build(f.root, name)
}
