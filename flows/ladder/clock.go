package ladder

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tcpclose/flows"
)

const second = int64(time.Second)

// seconds writes a time difference with that many decimals, in at most width columns: decimals give way, then years
// count.
func seconds(d int64, decimals, width int) string {
	for ; decimals >= 0; decimals-- {
		if text := fixed(d, decimals); len(text) <= width {
			return text
		}
	}
	return strconv.FormatInt(d/second/(365*86400), 10) + "y"
}

// fixed writes nanoseconds as seconds with that many decimals, rounded towards zero. It does without floating point,
// whose 53 bits are not enough.
func fixed(d int64, decimals int) string {
	sign, whole, part := "", d/second, d%second
	if d < 0 {
		sign, whole, part = "-", -whole, -part
	}
	text := strconv.FormatInt(whole, 10)
	if decimals > 0 {
		text += "." + fmt.Sprintf("%09d", part)[:decimals]
	}
	if sign != "" && strings.Trim(text, "0.") == "" {
		sign = ""
	}
	return sign + text
}

// deltaWidth is what delta needs at most.
const deltaWidth = 8

// delta writes the time between two rows so that it can be read at a glance: +200ms, +1.13s, +2h03m.
func delta(d int64, ascii bool) string {
	if d == flows.NoTime {
		return ""
	}
	sign := "+"
	if d < 0 {
		sign, d = "-", -max(d, -1<<63+1)
	}
	return sign + short(d, ascii)
}

// units are what short counts in: each as long as the rounded number stays below its limit.
var units = [...]struct {
	limit, unit int64
	decimals    int
	ascii, name string
}{
	{1e3, 1, 0, "ns", "ns"},
	{10e3, 1e3, 2, "us", "µs"},
	{1e6, 1e3, 0, "us", "µs"},
	{10e6, 1e6, 2, "ms", "ms"},
	{1e9, 1e6, 0, "ms", "ms"},
	{10e9, 1e9, 2, "s", "s"},
	{100e9, 1e9, 1, "s", "s"},
}

// short writes a duration that is not negative in at most seven columns.
func short(d int64, ascii bool) string {
	for _, u := range units {
		if d >= u.limit {
			continue
		}
		step := u.unit
		for range u.decimals {
			step /= 10
		}
		rounded := (d + step/2) / step * step
		if rounded >= u.limit {
			continue
		}
		text := strconv.FormatInt(rounded/u.unit, 10)
		if u.decimals > 0 {
			text += "." + fmt.Sprintf("%0*d", u.decimals, rounded%u.unit/step)
		}
		if ascii {
			return text + u.ascii
		}
		return text + u.name
	}
	s := d / second
	if d%second >= second/2 {
		s++
	}
	switch {
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 100*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	case s < 10000*86400:
		return fmt.Sprintf("%dd", s/86400)
	}
	return fmt.Sprintf("%dy", s/(365*86400))
}

// grouped writes a number with commas between its thousands.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
