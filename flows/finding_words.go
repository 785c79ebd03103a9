package flows

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spell renders a duration for a sentence: "2 h 03 min", "5 min 20 s", "54.6 s", "120 ms".
func spell(ns int64) string {
	d := time.Duration(max(ns, 0))
	switch {
	case d >= 24*time.Hour:
		h := int64((d + time.Hour/2) / time.Hour)
		return fmt.Sprintf("%d d %02d h", h/24, h%24)
	case d >= time.Hour:
		m := int64(d / time.Minute)
		return fmt.Sprintf("%d h %02d min", m/60, m%60)
	case d >= time.Minute:
		s := int64(d / time.Second)
		if s%60 == 0 {
			return fmt.Sprintf("%d min", s/60)
		}
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	case d >= time.Second:
		return tenths(int64(d/(100*time.Millisecond))) + " s"
	case d >= time.Millisecond:
		return tenths(int64(d/(100*time.Microsecond))) + " ms"
	default:
		return tenths(int64(d/100)) + " µs"
	}
}

// tenths renders a number of tenths, without the decimal where it is zero.
func tenths(n int64) string {
	if n%10 == 0 || n >= 1000 {
		return strconv.FormatInt(n/10, 10)
	}
	return strconv.FormatInt(n/10, 10) + "." + strconv.FormatInt(n%10, 10)
}

// figure renders a number with a comma between groups of three digits.
func figure(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// several renders a number with its noun.
func several(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return figure(n) + " " + noun + "s"
}

// partOf renders "134 of the 150 connections"; all is the word for the whole of them.
func partOf(n, whole uint64, all string) string {
	switch {
	case n < whole:
		return figure(n) + " of the " + figure(whole) + " connections"
	case n == 1:
		return "the one connection"
	}
	return all + " " + figure(n) + " connections"
}

// lossOf says how many bytes were lost, and whose ("of theirs ", or nothing), as the second half of a sentence; empty for none.
func lossOf(n uint64, whose string) string {
	if n == 0 {
		return ""
	}
	return "; " + several(n, "byte") + " " + whose + was(n) + " never acknowledged"
}

// between renders a range of durations, or one where both ends read alike.
func between(low, high int64) string {
	a, b := spell(low), spell(high)
	if a == b {
		return a
	}
	return a + " to " + b
}

func join(parts []string) string { return strings.Join(parts, ", ") }
