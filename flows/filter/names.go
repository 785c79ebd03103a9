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

var classKind = enumerated("a class", ids(flows.NumClasses), classLabels(), func(i int64) string { return classHelp[i] })

// classLabels lets the short labels of narrow screens be typed too.
func classLabels() map[string]int64 {
	labels := make(map[string]int64, flows.NumClasses)
	for c := range flows.NumClasses {
		labels[c.Label()] = int64(c)
	}
	return labels
}

var classHelp = [flows.NumClasses]string{
	flows.Partial:          "too little seen to say more",
	flows.Refused:          "SYN answered by RST or ICMP",
	flows.Unanswered:       "SYN or SYN-ACK with nothing back",
	flows.RSTAbort:         "RST before any FIN",
	flows.RSTAfterFIN:      "RST after a FIN, before both were acknowledged",
	flows.RetransmittedFIN: "both FINs acknowledged, one sent again",
	flows.Simultaneous:     "both FINs acknowledged, neither acknowledged the other",
	flows.ThreeWay:         "FIN, FIN+ACK, ACK",
	flows.FourWay:          "FIN, ACK, FIN, ACK",
	flows.Vanished:         "sent again and again, unanswered to the end",
	flows.HalfClosedStall:  "one FIN acknowledged, the other side never closed",
	flows.ClosingClass:     "a close under way when the capture ends",
	flows.Open:             "no close seen",
}

var shapeKind = enumerated("a shape", ids(flows.NumShapes), nil, func(i int64) string { return shapeHelp[i] })

var shapeHelp = [flows.NumShapes]string{
	flows.ShapeNone:         "no FIN",
	flows.ShapeHalf:         "one FIN, or one never acknowledged",
	flows.ShapeThreeWay:     "FIN, FIN+ACK, ACK",
	flows.ShapeFourWay:      "FIN, ACK, FIN, ACK",
	flows.ShapeSimultaneous: "neither FIN acknowledges the other",
}

// whoNames holds the sides by flows.Who; none is what reports leave null.
var whoNames = []string{"none", "client", "server", "both", "network"}

var whoHelp = [...]string{"nobody", "the client", "the server", "both ends", "a box between the two"}

var (
	closerKind  = enumerated("a side", whoNames[:flows.ByNetwork], nil, func(i int64) string { return whoHelp[i] })
	resetByKind = enumerated("a sender of a RST", whoNames, nil, func(i int64) string { return whoHelp[i] })
)

var rolesKind = enumerated("a way to tell the roles", ids(flows.RolesSYN+1), nil, func(i int64) string {
	return [...]string{"the client is who was seen first", "by the port numbers", "by the SYN-ACK", "by the SYN"}[i]
})

// stateNames holds the states in the filter's spelling, which is RFC 9293's in lower case.
var stateNames = func() []string {
	list := ids(flows.NumStates)
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}()

// stateAliases holds what ss and netstat print instead.
var stateAliases = [...]struct {
	name  string
	state flows.State
}{
	{"syn-recv", flows.SynReceived},
	{"estab", flows.Established},
	{"fin-wait1", flows.FinWait1},
	{"fin-wait2", flows.FinWait2},
}

var stateKind = enumerated("a state", stateNames, func() map[string]int64 {
	others := make(map[string]int64, len(stateAliases))
	for _, a := range stateAliases {
		others[a.name] = int64(a.state)
	}
	return others
}(), func(i int64) string { return stateHelp[i] })

var stateHelp = [flows.NumStates]string{
	flows.Unknown:     "the capture shows too little",
	flows.SynSent:     "sent a SYN",
	flows.SynReceived: "got a SYN, sent SYN-ACK",
	flows.Established: "open",
	flows.FinWait1:    "sent a FIN that is not acknowledged yet",
	flows.FinWait2:    "its FIN is acknowledged, the peer's has not come",
	flows.Closing:     "both sent FINs, its own is not acknowledged yet",
	flows.TimeWait:    "closed first, waits for 2 MSL",
	flows.CloseWait:   "got the peer's FIN, has not closed",
	flows.LastAck:     "closed second, waits for the last ACK",
	flows.Closed:      "done",
}

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

// spaced is the help of an id that says what it means itself.
func spaced(list []string) func(int64) string {
	return func(i int64) string { return strings.ReplaceAll(list[i], "-", " ") }
}

var (
	markIDs  = ids(flows.NumMarks)
	causeIDs = ids(flows.NumCauses)

	markKind  = orNone(enumerated("a mark", markIDs, nil, spaced(markIDs)), "no mark at all")
	causeBase = enumerated("a cause", causeIDs, nil, spaced(causeIDs))
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
	_, connective := connectives[strings.ToLower(name)]
	return !connective && fold(name) != "in"
}
