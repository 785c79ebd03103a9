package ladder

import (
	"math"
	"testing"
	"unicode/utf8"

	"tcpclose/flows"
)

func TestTimesAreWrittenExactlyAndInTheirColumns(t *testing.T) {
	for _, c := range []struct {
		d        int64
		decimals int
		want     string
	}{
		{0, 3, "0.000"},
		{-1_210_000_000, 3, "-1.210"},
		{1_999_999, 3, "0.001"},
		{-100, 3, "0.000"},
		{-100, 9, "-0.000000100"},
		{86_400_123_456_789, 3, "86400.123"},
		{99_999_999_999_999, 3, "99999.999"},
		{123_456_789_000_000_000, 3, "123456789"},
		{math.MaxInt64, 3, "292y"},
		{math.MinInt64 + 1, 0, "-292y"},
	} {
		width := 9
		if c.decimals > 3 {
			width = 15
		}
		if got := seconds(c.d, c.decimals, width); got != c.want {
			t.Errorf("seconds(%d, %d) = %q, want %q", c.d, c.decimals, got, c.want)
		}
	}
}

func TestDeltasAreRoundedAndShort(t *testing.T) {
	for _, c := range []struct {
		d    int64
		want string
	}{
		{flows.NoTime, ""},
		{0, "+0ns"},
		{999, "+999ns"},
		{1000, "+1.00us"},
		{38_499, "+38us"},
		{999_600, "+1.00ms"},
		{4_256_000, "+4.26ms"},
		{10_000_000, "+10ms"},
		{999_499_999, "+999ms"},
		{999_700_000, "+1.00s"},
		{1_130_000_000, "+1.13s"},
		{9_996_000_000, "+10.0s"},
		{59_990_000_000, "+60.0s"},
		{-59_990_000_000, "-60.0s"},
		{99_940_000_000, "+99.9s"},
		{99_960_000_000, "+1m40s"},
		{7380 * second, "+2h03m"},
		{400 * 86400 * second, "+400d"},
		{math.MaxInt64, "+292y"},
		{math.MinInt64 + 1, "-292y"},
	} {
		if got := delta(c.d, true); got != c.want {
			t.Errorf("delta(%d) = %q, want %q", c.d, got, c.want)
		}
	}
	for d := int64(1); d > 0 && d < math.MaxInt64/3; d = d*3 + 1 {
		for _, v := range []int64{d, -d, d - 1, d + d/2} {
			if got := delta(v, false); utf8.RuneCountInString(got) > deltaWidth {
				t.Errorf("delta(%d) = %q is too wide", v, got)
			}
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", math.MaxUint64: "18,446,744,073,709,551,615"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
}
