package decode

import (
	"fmt"
	"strings"
)

// DecapSet is a set of tunnels that are looked into. The zero value stands for all of them.
type DecapSet uint16

// The tunnels. VLAN tags, MPLS on Ethernet and PPPoE are part of the link and always looked through.
const (
	DecapIPIP   DecapSet = 1 << iota // IP in IP: 4in4, 6in4, 4in6, 6in6
	DecapGRE                         // GRE, NVGRE, EtherIP, WCCP
	DecapERSPAN                      // mirrored frames in GRE
	DecapVXLAN                       // VXLAN and VXLAN-GPE
	DecapGeneve
	DecapGTP    // GTP-U
	DecapTeredo // IPv6 in UDP
	DecapMPLS   // MPLS in IP or UDP
	DecapL2TP   // L2TPv2 with PPP; PPTP's GRE
	DecapCAPWAP // frames between access points and their controller
	DecapNone   // no tunnel at all, as an explicit choice

	decapAll = DecapNone - 1
)

var decapNames = []struct {
	set  DecapSet
	name string
}{
	{DecapIPIP, "ipip"},
	{DecapGRE, "gre"},
	{DecapERSPAN, "erspan"},
	{DecapVXLAN, "vxlan"},
	{DecapGeneve, "geneve"},
	{DecapGTP, "gtp"},
	{DecapTeredo, "teredo"},
	{DecapMPLS, "mpls"},
	{DecapL2TP, "l2tp"},
	{DecapCAPWAP, "capwap"},
}

// opens reports whether tunnels of kind t are looked into.
func (s DecapSet) opens(t DecapSet) bool { return s == 0 || s&t != 0 }

// String returns "all", "none" or the names that ParseDecapSet reads, separated by commas.
func (s DecapSet) String() string {
	switch {
	case s == 0 || s&decapAll == decapAll:
		return "all"
	case s&decapAll == 0:
		return "none"
	}
	var names []string
	for _, n := range decapNames {
		if s&n.set != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ",")
}

// ParseDecapSet reads "all", "none" or a list of tunnel names separated by commas: ipip, gre, erspan, vxlan, geneve,
// gtp, teredo, mpls, l2tp, capwap.
func ParseDecapSet(text string) (DecapSet, error) {
	var set DecapSet
next:
	for word := range strings.SplitSeq(text, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		switch word {
		case "all":
			set |= decapAll
			continue
		case "none":
			set |= DecapNone
			continue
		}
		for _, n := range decapNames {
			if n.name == word {
				set |= n.set
				continue next
			}
		}
		return 0, fmt.Errorf("unknown tunnel %q: want all, none or some of %s", word, DecapNames())
	}
	return set, nil
}

// DecapNames lists the names of all tunnels, separated by commas.
func DecapNames() string {
	names := make([]string, len(decapNames))
	for i, n := range decapNames {
		names[i] = n.name
	}
	return strings.Join(names, ",")
}
