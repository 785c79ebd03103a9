package names

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServerPorts are those from which answers come: DNS, multicast DNS (RFC 6762) and LLMNR (RFC 4795).
var nameServerPorts = map[uint16]bool{53: true, 5353: true, 5355: true}

const (
	maxAnswers = 256 // records of one message that are looked at
	maxChain   = 16  // aliases that are followed
)

// answers calls fn for every address that a DNS message tells, with the name that was asked for where a chain of aliases
// leads from it to the address, else with the name that the record itself bears. A message that is broken tells what
// stands before the break.
func answers(message []byte, fn func(name string, addr netip.Addr)) {
	var p dnsmessage.Parser
	head, err := p.Start(message)
	if err != nil || !head.Response || head.RCode != dnsmessage.RCodeSuccess {
		return
	}
	asked := ""
	if q, err := p.Question(); err == nil {
		asked = clean(q.Name.String())
	}
	if p.SkipAllQuestions() != nil {
		return
	}
	type record struct {
		owner string
		addr  netip.Addr
	}
	var found []record
	alias := map[string]string{}
	for range maxAnswers {
		h, err := p.AnswerHeader()
		if err != nil {
			break
		}
		owner := clean(h.Name.String())
		switch h.Type {
		case dnsmessage.TypeA:
			if r, err := p.AResource(); err == nil {
				found = append(found, record{owner, netip.AddrFrom4(r.A)})
				continue
			}
		case dnsmessage.TypeAAAA:
			if r, err := p.AAAAResource(); err == nil {
				found = append(found, record{owner, netip.AddrFrom16(r.AAAA).Unmap()})
				continue
			}
		case dnsmessage.TypeCNAME:
			if r, err := p.CNAMEResource(); err == nil {
				alias[owner] = clean(r.CNAME.String())
				continue
			}
		}
		if p.SkipAnswer() != nil {
			break
		}
	}
	meant := map[string]bool{}
	for at, n := asked, 0; at != "" && n < maxChain; at, n = alias[at], n+1 {
		meant[at] = true
	}
	for _, r := range found {
		name := r.owner
		if meant[r.owner] {
			name = asked
		}
		if name != "" {
			fn(name, r.addr)
		}
	}
}

// messages calls fn for every whole DNS message of a TCP segment: each has its length before it (RFC 1035 section 4.2.2).
func messages(payload []byte, fn func(message []byte)) {
	for len(payload) > 2 {
		n := int(binary.BigEndian.Uint16(payload))
		if n > len(payload)-2 {
			return
		}
		fn(payload[2 : 2+n])
		payload = payload[2+n:]
	}
}
