package filter

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A value is what a word is compared with. Which fields count depends on its kind.
type value struct {
	low, high int64        // a number or a range; for a cause, the id and the least confidence
	prefix    netip.Prefix // an address is a prefix of full length
	text      string       // an interface's name
}

// number returns the value that is one number.
func number(n int64) value { return value{low: n, high: n} }

// A complaint says why a text is no value of a kind, and what may have been meant.
type complaint struct {
	message    string
	suggestion string
}

func complain(suggestion, format string, args ...any) *complaint {
	return &complaint{fmt.Sprintf(format, args...), suggestion}
}

// A valueKind is one kind of value: how it is read, written and completed. format's text parses back to the value.
type valueKind struct {
	what   string // "a class": what a message calls it
	parse  func(text string, quoted bool) (value, *complaint)
	format func(v *value) string
	offers func() []offer // what can be completed; nil where there is no list
	ids    []string       // the values, where they are ids
	free   bool           // any text is a value
}

// An offer is one candidate for completion.
type offer struct {
	text, help string
}

// listLimit is how many ids an error names in full.
const listLimit = 8

// listed names the possible values in a message, if they are few.
func listed(names []string) string {
	if len(names) > listLimit {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

// enumerated returns the kind whose values are ids that stand for 0, 1, 2 …; others maps further spellings.
func enumerated(what string, names []string, others map[string]int64, help func(i int64) string) *valueKind {
	return &valueKind{
		what: what,
		ids:  names,
		parse: func(text string, _ bool) (value, *complaint) {
			id := fold(text)
			if i := slices.Index(names, id); i >= 0 {
				return number(int64(i)), nil
			}
			if i, ok := others[id]; ok {
				return number(i), nil
			}
			if near := nearest(id, names); near != "" {
				return value{}, complain(near, "%s is not %s", quoted(text), what)
			}
			return value{}, complain("", "%s is not %s%s", quoted(text), what, listed(names))
		},
		format: func(v *value) string { return names[v.low] },
		offers: func() []offer {
			list := make([]offer, len(names))
			for i, n := range names {
				list[i] = offer{n, help(int64(i))}
			}
			return list
		},
	}
}

// digits reports whether text is decimal digits alone.
func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// ranged returns the kind of whole numbers from least to most, and of ranges of them.
func ranged(what string, least, most int64, help string) *valueKind {
	one := func(text string) (int64, bool) {
		if !digits(text) {
			return 0, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && n >= least && n <= most
	}
	return &valueKind{
		what: what,
		parse: func(text string, _ bool) (value, *complaint) {
			first, last, isRange := strings.Cut(text, "-")
			low, ok := one(first)
			high := low
			if isRange && ok {
				high, ok = one(last)
			}
			switch {
			case ok && low > high:
				return value{}, complain(last+"-"+first, "the range %s runs backwards", quoted(text))
			case ok:
				return value{low: low, high: high}, nil
			case digits(first) && (!isRange || digits(last)):
				return value{}, complain("", "%s is out of range: %s lies between %d and %d", quoted(text), what, least, most)
			}
			return value{}, complain("", "%s is not %s", quoted(text), what)
		},
		format: formatRange,
		offers: func() []offer { return []offer{{"", help}} },
	}
}

func formatRange(v *value) string {
	if v.low == v.high {
		return strconv.FormatInt(v.low, 10)
	}
	return strconv.FormatInt(v.low, 10) + "-" + strconv.FormatInt(v.high, 10)
}
