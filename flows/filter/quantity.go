package filter

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// decimal is a number read from text: whole + fraction/scale.
type decimal struct {
	whole, fraction, scale uint64
}

// readDecimal reads digits with at most one point from the front of text. Digits after the ninth decimal place are
// dropped.
func readDecimal(text string) (d decimal, rest string, ok bool) {
	n := len(text) - len(strings.TrimLeft(text, "0123456789"))
	whole, err := strconv.ParseUint(text[:n], 10, 63)
	if err != nil {
		return d, text, false
	}
	d, rest = decimal{whole: whole, scale: 1}, text[n:]
	after, point := strings.CutPrefix(rest, ".")
	if !point {
		return d, rest, true
	}
	n = len(after) - len(strings.TrimLeft(after, "0123456789"))
	for i := range min(n, 9) {
		d.fraction = d.fraction*10 + uint64(after[i]-'0')
		d.scale *= 10
	}
	return d, after[n:], n > 0
}

// times returns the number in units; false if it does not fit.
func (d decimal) times(unit uint64) (int64, bool) {
	over, n := bits.Mul64(d.whole, unit)
	if over != 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(d.fraction, unit)
	part, _ := bits.Div64(hi, lo, d.scale) // fraction < scale, so the quotient is below unit
	n, carry := bits.Add64(n, part, 0)
	return int64(n), carry == 0 && n <= math.MaxInt64
}

// A unit is a suffix and how many of the base it stands for.
type unit struct {
	suffix string
	size   uint64
}

// durationUnits are Go's, and days.
var durationUnits = [...]unit{
	{"ns", uint64(time.Nanosecond)},
	{"us", uint64(time.Microsecond)},
	{"µs", uint64(time.Microsecond)}, // U+00B5, micro sign
	{"μs", uint64(time.Microsecond)}, // U+03BC, Greek letter mu
	{"ms", uint64(time.Millisecond)},
	{"s", uint64(time.Second)},
	{"m", uint64(time.Minute)},
	{"h", uint64(time.Hour)},
	{"d", 24 * uint64(time.Hour)},
}

var durationKind = &valueKind{
	what: "a duration",
	parse: func(text string, _ bool) (value, *complaint) {
		sum, rest := int64(0), strings.ToLower(text)
		if rest == "0" {
			return number(0), nil
		}
		for rest != "" {
			d, after, ok := readDecimal(rest)
			if !ok {
				return value{}, complain("", "%s is not a duration such as 500ms, 30s, 1m30s or 1d", quoted(text))
			}
			end := strings.IndexAny(after, "0123456789.")
			if end < 0 {
				end = len(after)
			}
			size := unitSize(durationUnits[:], after[:end])
			switch {
			case after[:end] == "" && !strings.ContainsAny(text, "nuµμmshdNUMSHD"):
				return value{}, complain(text+"s", "the duration %s has no unit", quoted(text))
			case size == 0:
				return value{}, complain("", "%s is not a duration: the units are ns, us, ms, s, m, h and d", quoted(text))
			}
			n, ok := d.times(size)
			if sum += n; !ok || sum < 0 {
				return value{}, complain("", "the duration %s is too long", quoted(text))
			}
			rest = after[end:]
		}
		if text == "" {
			return value{}, complain("", "a duration is missing")
		}
		return number(sum), nil
	},
	format: func(v *value) string {
		text := time.Duration(v.low).String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		return text
	},
	offers: func() []offer { return []offer{{"", "a duration: 500ms, 30s, 1m30s, 2h, 1d"}} },
}

// sizeUnits are powers of 1000, and with an i powers of 1024; a final b may follow each.
var sizeUnits = [...]unit{
	{"", 1},
	{"k", 1e3},
	{"m", 1e6},
	{"g", 1e9},
	{"t", 1e12},
	{"ki", 1 << 10},
	{"mi", 1 << 20},
	{"gi", 1 << 30},
	{"ti", 1 << 40},
}

// sizeKind reads octets, countKind other numbers; both take the same suffixes but for the b.
var (
	sizeKind  = amount("a size", "a size: 1500, 64k, 1.5M, 2GiB", "b")
	countKind = amount("a number", "a number: 3, 1k, 2M", "")
)

func amount(what, help, tail string) *valueKind {
	return &valueKind{
		what: what,
		parse: func(text string, _ bool) (value, *complaint) {
			d, suffix, ok := readDecimal(text)
			suffix = strings.ToLower(suffix)
			if !ok {
				return value{}, complain("", "%s is not %s", quoted(text), what)
			}
			size := unitSize(sizeUnits[:], strings.TrimSuffix(suffix, tail))
			if size == 0 {
				return value{}, complain("", "%s is not %s: the suffixes are k, M, G, T and Ki, Mi, Gi, Ti", quoted(text), what)
			}
			n, ok := d.times(size)
			if !ok {
				return value{}, complain("", "%s is too large", quoted(text))
			}
			return number(n), nil
		},
		format: func(v *value) string {
			n, suffix := v.low, ""
			for _, u := range [...]unit{{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}} {
				if v.low != 0 && v.low%int64(u.size) == 0 {
					n, suffix = v.low/int64(u.size), u.suffix
				}
			}
			return strconv.FormatInt(n, 10) + suffix
		},
		offers: func() []offer { return []offer{{"", help}} },
	}
}

// unitSize returns the size of a unit, 0 if there is none of that suffix.
func unitSize(units []unit, suffix string) uint64 {
	for _, u := range units {
		if u.suffix == suffix {
			return u.size
		}
	}
	return 0
}
