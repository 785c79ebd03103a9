package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"net/netip"
	"slices"
	"sync"

	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/flows"
)

// anonymizeFlag says whether addresses are replaced, and by which key.
type anonymizeFlag struct {
	on  bool
	key string
}

// randomKey is the value of --anonymize without one. The help shows it; whoever writes it out gets what it says.
const randomKey = "a random key"

func (a *anonymizeFlag) register(f *pflag.FlagSet) {
	f.Var(a, "anonymize", "replace addresses by others that keep their common prefixes; the same `KEY` gives the same ones again")
	f.Lookup("anonymize").NoOptDefVal = randomKey
}

func (a *anonymizeFlag) String() string { return "" }
func (a *anonymizeFlag) Type() string   { return "KEY" }

func (a *anonymizeFlag) Set(text string) error {
	a.on, a.key = true, text
	if text == randomKey {
		a.key = ""
	}
	return nil
}

// An anonymizer replaces addresses by others: the same by the same in every output, and two that begin with the same n
// bits by two that do so too. It maps each family to itself, bit by bit, each bit flipped or not by a keyed hash of those
// before it. Addresses that name no host (unspecified, broadcast, multicast, loopback, link-local) stay as they are, and
// none becomes one of them.
type anonymizer struct {
	mu    sync.Mutex
	mac   hash.Hash
	known map[netip.Addr]netip.Addr
}

// maxKnownAddrs bounds the memory of addresses; beyond it they are computed anew.
const maxKnownAddrs = 1 << 20

// newAnonymizer returns one for a key; where that is empty, for a random one.
func newAnonymizer(key string) (*anonymizer, error) {
	secret := []byte(key)
	if key == "" {
		secret = make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return nil, fmt.Errorf("no random numbers: %w", err)
		}
	}
	return &anonymizer{mac: hmac.New(sha256.New, secret), known: map[netip.Addr]netip.Addr{}}, nil
}

// special reports whether an address names no host that could be told by it.
func special(a netip.Addr) bool {
	return a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.Is4() && a.As4()[0] >= 240 || a.Is4() && a.As4()[0] == 0
}

// addr replaces an address.
func (n *anonymizer) addr(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if special(a) {
		return a
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if to, ok := n.known[a]; ok {
		return to
	}
	// Whatever is a permutation stays one if it is applied until it leaves the special addresses.
	to := n.permute(a)
	for special(to) {
		to = n.permute(to)
	}
	if len(n.known) < maxKnownAddrs {
		n.known[a] = to
	}
	return to
}

// permute flips bits.
func (n *anonymizer) permute(a netip.Addr) netip.Addr {
	from := a.AsSlice()
	to := make([]byte, len(from))
	prefix := make([]byte, len(from)+2)
	prefix[0] = byte(len(from))
	var sum [sha256.Size]byte
	for bit := range 8 * len(from) {
		prefix[1] = byte(bit)
		n.mac.Reset()
		_, _ = n.mac.Write(prefix) // never fails
		flip := n.mac.Sum(sum[:0])[0] & 1
		mask := byte(0x80) >> (bit % 8)
		own := from[bit/8] & mask
		to[bit/8] |= own
		if flip == 1 {
			to[bit/8] ^= mask
		}
		prefix[2+bit/8] |= own
	}
	out, _ := netip.AddrFromSlice(to)
	return out
}

// teardown replaces the addresses of a conversation, and takes away what they are called and what a RST carried.
func (n *anonymizer) teardown(t *flows.Teardown) {
	for side := range t.Ends {
		end := &t.Ends[side]
		end.Addr = netip.AddrPortFrom(n.addr(end.Addr.Addr()), end.Addr.Port())
		end.Name, end.NameBy = "", flows.NameNone
		end.RST.Text = ""
	}
	t.Pairs = slices.Clone(t.Pairs) // they are shared
	for i := range t.Pairs {
		p := &t.Pairs[i]
		p.Client = netip.AddrPortFrom(n.addr(p.Client.Addr()), p.Client.Port())
		p.Server = netip.AddrPortFrom(n.addr(p.Server.Addr()), p.Server.Port())
	}
}

// summary takes away what the files tell of those who captured: their names, and what was written into them.
func (n *anonymizer) summary(s *flows.Summary) {
	s.Files, s.Interfaces, s.Damages = slices.Clone(s.Files), slices.Clone(s.Interfaces), slices.Clone(s.Damages)
	hidden := map[string]string{}
	for i := range s.Files {
		f := &s.Files[i]
		hidden[f.Path] = hiddenPath(i)
		f.Path, f.Comments, f.Hardware, f.OS, f.Application = hiddenPath(i), nil, "", "", ""
		if f.Skipped != "" {
			f.Skipped = "not read"
		}
	}
	for i := range s.Interfaces {
		f := &s.Interfaces[i]
		f.Name, f.Description, f.Filter, f.OS, f.Hardware, f.Comments = "", "", "", "", "", nil
	}
	for i := range s.Damages {
		s.Damages[i].Path = hidden[s.Damages[i].Path]
	}
}

// hiddenPath is what a file is called whose name is not told.
func hiddenPath(i int) string { return fmt.Sprintf("capture-%d", i+1) }

// segment replaces the addresses of a segment.
func (n *anonymizer) segment(s *decode.Segment) {
	s.Src = decode.AddrFrom(n.addr(s.Src.Netip()))
	s.Dst = decode.AddrFrom(n.addr(s.Dst.Netip()))
}
