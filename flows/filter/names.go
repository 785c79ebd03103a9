package filter

import (
	"slices"
	"strings"

	"tcpclose/flows"
)

// ids lists the ids of an enumeration of n values, as reports print them.
func ids[T interface {
	~uint8
	String() string
}](n T) []string {
	list := make([]string, n)
	for i := range n {
		list[i] = i.String()
	}
	return list
}

// explained returns what the glossary says of each id, in a few words.
func explained(kind string, list []string) func(int64) string {
	return func(i int64) string {
		if t := flows.Explain(kind, list[i]); t != nil {
			return t.Title
		}
		return ""
	}
}

// glossed is the enumerated kind whose ids the glossary explains.
func glossed(what, kind string, list []string, others map[string]int64) *valueKind {
	return enumerated(what, list, others, explained(kind, list))
}

var classKind = glossed("a class", flows.KindClass, ids(flows.NumClasses), classLabels())

// classLabels lets the short labels of narrow screens be typed too.
func classLabels() map[string]int64 {
	labels := make(map[string]int64, flows.NumClasses)
	for c := range flows.NumClasses {
		labels[c.Label()] = int64(c)
	}
	return labels
}

var shapeKind = glossed("a shape", flows.KindShape, ids(flows.NumShapes), nil)

// whoNames holds the sides by flows.Who; none is what reports leave null.
var whoNames = []string{"none", "client", "server", "both", "network"}

// whoAliases holds what sums of a report call it.
var whoAliases = map[string]int64{"nobody": int64(flows.NoOne)}

var whoHelp = [...]string{"nobody", "the client", "the server", "both ends", "a box between the two"}

var (
	closerKind  = enumerated("a side", whoNames[:flows.ByNetwork], whoAliases, func(i int64) string { return whoHelp[i] })
	resetByKind = enumerated("a sender of a RST", whoNames, whoAliases, func(i int64) string { return whoHelp[i] })
)

var rolesKind = glossed("a way to tell the roles", flows.KindRoles, ids(flows.RolesSYN+1), nil)

// stateNames holds the states in the filter's spelling, which is RFC 9293's in lower case.
var stateNames = func() []string {
	list := ids(flows.NumStates)
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}()

// stateAliases holds what ss and netstat print instead; what narrow tables print is understood too.
var stateAliases = [...]struct {
	name  string
	state flows.State
}{
	{"syn-recv", flows.SynReceived},
	{"estab", flows.Established},
	{"fin-wait1", flows.FinWait1},
	{"fin-wait2", flows.FinWait2},
}

var stateKind = glossed("a state", flows.KindState, stateNames, func() map[string]int64 {
	others := make(map[string]int64, len(stateAliases)+int(flows.NumStates))
	for _, a := range stateAliases {
		others[a.name] = int64(a.state)
	}
	for s := range flows.NumStates {
		if short := s.Short(); short != "" {
			others[strings.ToLower(short)] = int64(s)
		}
	}
	return others
}())

// none is the value of "mark none" and "cause none".
const none = -1

// orNone adds "none" to a kind of ids.
func orNone(k *valueKind, help string) *valueKind {
	c := *k
	c.parse = func(text string, quoted bool) (value, *complaint) {
		if fold(text) == "none" {
			return number(none), nil
		}
		return k.parse(text, quoted)
	}
	c.format = func(v *value) string {
		if v.low == none {
			return "none"
		}
		return k.format(v)
	}
	c.offers = func() []offer { return append(k.offers(), offer{"none", help}) }
	return &c
}

var (
	markKind  = orNone(glossed("a mark", flows.KindMark, ids(flows.NumMarks), nil), "no mark at all")
	causeBase = glossed("a cause", flows.KindCause, ids(flows.NumCauses), nil)
	causeKind = orNone(confident(causeBase), "no cause known")
)

var confidences = ids(flows.Certain + 1)

// confident lets a confidence stand before a cause: likely:linger-zero is a linger-zero that is likely or certain.
func confident(k *valueKind) *valueKind {
	c := *k
	c.parse = func(text string, quotes bool) (value, *complaint) {
		level, id, split := strings.Cut(text, ":")
		if !split {
			v, bad := k.parse(text, quotes)
			v.high = int64(flows.Possible)
			return v, bad
		}
		least := slices.Index(confidences, fold(level))
		if least < 0 {
			return value{}, complain(nearest(level, confidences), "%s is not a confidence: %s", quoted(level), strings.Join(confidences, ", "))
		}
		v, bad := k.parse(id, quotes)
		v.high = int64(least)
		return v, bad
	}
	c.format = func(v *value) string {
		if v.high == int64(flows.Possible) {
			return k.format(v)
		}
		return confidences[v.high] + ":" + k.format(v)
	}
	c.offers = func() []offer {
		list := k.offers()
		for _, level := range confidences[flows.Likely:] {
			for _, o := range k.offers() {
				list = append(list, offer{level + ":" + o.text, o.help + ", at least " + level})
			}
		}
		return list
	}
	return &c
}

var truthKind = enumerated("yes or no", []string{"no", "yes"}, map[string]int64{"false": 0, "true": 1},
	func(i int64) string { return [...]string{"it is not", "it is"}[i] })

// ifaceKind reads an interface's number in the capture, or its name. A name that could be read as anything else is
// written in quotes.
var ifaceKind = &valueKind{
	what: "an interface",
	free: true,
	parse: func(text string, quotes bool) (value, *complaint) {
		if text == "" {
			return value{}, complain("", "an interface's name or number is missing")
		}
		if !quotes && digits(text) {
			return ifaceNumbers.parse(text, false)
		}
		return value{text: text}, nil
	},
	format: func(v *value) string {
		if v.text == "" {
			return ifaceNumbers.format(v)
		}
		if plainName(v.text) {
			return v.text
		}
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.text) + `"`
	},
	offers: func() []offer { return []offer{{"", "an interface: eth0, 0, \"Ethernet 2\""}} },
}

var ifaceNumbers = ranged("an interface number", 0, 65535, "")

// plainName reports whether a name needs no quotes: a letter, then letters, digits, points, dashes and underlines, and
// nothing that is more than a name where a value can stand.
func plainName(name string) bool {
	for i := range len(name) {
		c := name[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789.-_", rune(name[i]))) {
			return false
		}
	}
	_, joins := connective(name)
	return !joins && fold(name) != "in"
}
