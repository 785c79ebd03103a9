package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Column is one fact of a conversation as the CSV, the table, --fields and --sort know it. Names are snake_case with the
// unit in them, and those of the JSON's members where such a member exists.
type Column struct {
	Name string
	Doc  string
	// Text appends the exact value for programs; nothing where there is none.
	Text func(b []byte, t *flows.Teardown) []byte
	// Number returns the value as a number; nil for texts. ok is false where there is none.
	Number func(t *flows.Teardown) (v int64, ok bool)
	// Order appends what a text sorts by, octet by octet; nil where that is the text itself.
	Order func(b []byte, t *flows.Teardown) []byte
	// Guard says that the text can begin with anything, so that a spreadsheet might take it for a formula.
	Guard bool
	// Moment says that the number is a time since 1970, not a duration.
	Moment bool
}

// csvColumns is how many of Columns the CSV has where none are chosen.
var csvColumns = len(columns())

// Columns lists every column, those of the CSV first.
var Columns = append(columns(), extraColumns...)

// ColumnNamed finds a column by its name; - and _ are the same, case does not matter, and the unit may be left out where
// nothing else has the name without it.
func ColumnNamed(name string) (*Column, bool) {
	want := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	for i := range Columns {
		if Columns[i].Name == want {
			return &Columns[i], true
		}
	}
	for i := range Columns {
		if strings.Replace(Columns[i].Name, "_ns", "", 1) == want {
			return &Columns[i], true
		}
	}
	return nil, false
}

// ColumnNames lists the names of all columns.
func ColumnNames() []string {
	names := make([]string, len(Columns))
	for i := range Columns {
		names[i] = Columns[i].Name
	}
	return names
}

// text makes a column of a text.
func text(name, doc string, f func(b []byte, t *flows.Teardown) []byte) Column {
	return Column{Name: name, Doc: doc, Text: f}
}

// ordered makes a column of a text that has an order of its own.
func ordered(c Column, order func(b []byte, t *flows.Teardown) []byte) Column {
	c.Order = order
	return c
}

// number makes a column of a number that is always there.
func number(name, doc string, f func(t *flows.Teardown) int64) Column {
	return maybe(name, doc, func(t *flows.Teardown) (int64, bool) { return f(t), true })
}

// maybe makes a column of a number that may be missing.
func maybe(name, doc string, f func(t *flows.Teardown) (int64, bool)) Column {
	return Column{
		Name: name, Doc: doc, Number: f,
		Text: func(b []byte, t *flows.Teardown) []byte {
			if v, ok := f(t); ok {
				return strconv.AppendInt(b, v, 10)
			}
			return b
		},
	}
}

// known makes a number of a time or a duration that may be flows.NoTime.
func known(v int64) (int64, bool) { return v, v != flows.NoTime }

// some makes a number of a frame or a size, 0 being none.
func some[T uint8 | uint16 | uint64](v T) (int64, bool) { return int64(v), v != 0 }

// bothSides makes a column for each side; the side's name follows the column's.
func bothSides(name, doc string, f func(end *flows.End) (int64, bool)) []Column {
	pair := make([]Column, 0, 2)
	for _, side := range []flows.Side{flows.Client, flows.Server} {
		pair = append(pair, maybe(name+"_"+side.String(), strings.ReplaceAll(doc, "SIDE", side.String()),
			func(t *flows.Teardown) (int64, bool) { return f(&t.Ends[side]) }))
	}
	return pair
}

// bothTexts is bothSides for texts.
func bothTexts(name, doc string, f func(end *flows.End) string) []Column {
	pair := make([]Column, 0, 2)
	for _, side := range []flows.Side{flows.Client, flows.Server} {
		pair = append(pair, text(name+"_"+side.String(), strings.ReplaceAll(doc, "SIDE", side.String()),
			func(b []byte, t *flows.Teardown) []byte { return append(b, f(&t.Ends[side])...) }))
	}
	return pair
}

// who makes a column of a side's name.
func who(name, doc string, f func(t *flows.Teardown) flows.Who) Column {
	return text(name, doc, func(b []byte, t *flows.Teardown) []byte { return append(b, f(t).String()...) })
}

// moment makes two columns of a time: RFC 3339 and nanoseconds since 1970.
func moment(name, doc string, f func(t *flows.Teardown) int64) []Column {
	pair := []Column{
		text(name, doc+" (RFC 3339, UTC)", func(b []byte, t *flows.Teardown) []byte {
			if ns := f(t); ns != flows.NoTime {
				var c clock
				return c.appendText(b, ns)
			}
			return b
		}),
		maybe(name+"_ns", doc+" (nanoseconds since 1970)", func(t *flows.Teardown) (int64, bool) { return known(f(t)) }),
	}
	pair[1].Moment = true
	return pair
}

// LastState returns the last state of a side that the wire shows: where a timer alone ends it, as it ends TIME-WAIT, the
// state before.
func LastState(t *flows.Teardown, side flows.Side) flows.State {
	for _, tr := range slices.Backward(t.Ends[side].States) {
		if tr.Grade != flows.Assumed {
			return tr.State
		}
	}
	return flows.Unknown
}

// duration renders nanoseconds for people: three digits that matter, and the unit.
func duration(ns int64) string {
	if ns == flows.NoTime {
		return "-"
	}
	d := time.Duration(ns)
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	switch {
	case d < time.Microsecond:
		return sign + strconv.FormatInt(int64(d), 10) + "ns"
	case d < time.Millisecond:
		return sign + digits(d, time.Microsecond) + "us"
	case d < time.Second:
		return sign + digits(d, time.Millisecond) + "ms"
	case d < 2*time.Minute:
		return sign + digits(d, time.Second) + "s"
	case d < 2*time.Hour:
		return sign + strconv.Itoa(int(d/time.Minute)) + "m" + pad2(int(d/time.Second)%60) + "s"
	case d < 72*time.Hour:
		return sign + strconv.Itoa(int(d/time.Hour)) + "h" + pad2(int(d/time.Minute)%60) + "m"
	}
	return sign + strconv.Itoa(int(d/(24*time.Hour))) + "d" + pad2(int(d/time.Hour)%24) + "h"
}

// digits renders d in a unit with three digits at most, none of them a trailing zero.
func digits(d, unit time.Duration) string {
	whole := d / unit
	places := 0
	switch {
	case whole < 10:
		places = 2
	case whole < 100:
		places = 1
	}
	s := strconv.FormatFloat(float64(d)/float64(unit), 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// pad2 renders 0 to 99 with two digits.
func pad2(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// vlanID returns the VLAN id of a conversation's first segment.
func vlanID(t *flows.Teardown) (int64, bool) {
	return int64(t.VLAN &^ decode.VLANPresent), t.VLAN&decode.VLANPresent != 0
}
