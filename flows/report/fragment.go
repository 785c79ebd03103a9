package report

import (
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
)

// Pieces of JSON that depend on an enumeration alone, made once from its names.
var (
	classJSON   = pieces(flows.NumClasses, `,"class":"`, flows.Class.String, `"`)
	shapeJSON   = pieces(flows.NumShapes, `,"shape":"`, flows.Shape.String, `"`)
	rolesJSON   = pieces(flows.RolesSYN+1, `,"roles_by":"`, flows.RolesBy.String, `"`)
	verdictJSON = pieces(flows.VerdictIgnored+1, `,"verdict":"`, flows.Verdict.String, `"`)
	heldJSON    = pieces(flows.NumStates, `"`, flows.State.String, `":`)
	rstKindJSON = orNull(pieces(flows.Reply+1, `,"kind":"`, flows.RSTKind.String, `"`), `,"kind":null`)
	whoJSON     = orNull(pieces(flows.ByNetwork+1, `"`, flows.Who.String, `"`), `null`)

	stateJSON = func() (table [flows.NumStates][flows.Assumed + 1]string) {
		for s := range table {
			for g := range table[s] {
				table[s][g] = `{"state":"` + flows.State(s).String() + `","grade":"` + flows.Grade(g).String() + `","frame":`
			}
		}
		return table
	}()
)

// encapNames names the bits of decode.Encap.
var encapNames = [8]string{"vlan", "mpls", "pppoe", "ip", "gre", "vxlan", "gtp", "fragment"}

// encapJSON holds the list of names for every set of encapsulations.
var encapJSON = func() (table [256]string) {
	for set := range table {
		names := encapsulations(decode.Encap(set))
		for i := range names {
			names[i] = `"` + names[i] + `"`
		}
		table[set] = "[" + strings.Join(names, ",") + "]"
	}
	return table
}()

// encapsulations lists the names of a set.
func encapsulations(set decode.Encap) (names []string) {
	for bit, name := range encapNames {
		if set&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// pieces returns before + name + after for each of the first n values of an enumeration.
func pieces[T ~uint8](n T, before string, name func(T) string, after string) []string {
	table := make([]string, n)
	for i := range table {
		table[i] = before + name(T(i)) + after
	}
	return table
}

// orNull replaces the piece of the value 0, which stands for nobody or nothing.
func orNull(table []string, null string) []string {
	table[0] = null
	return table
}
