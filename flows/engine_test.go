package flows

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/decode"
)

// single hides that a source can give many packets at once.
type single struct{ Source }

// TestRunsOfPacketsAreTakenAsPacketsOneByOne: the whole verdicts, in their order, and what the summary says of times are the
// same whether packets come in runs, in which seconds begin and times run back, or one by one.
func TestRunsOfPacketsAreTakenAsPacketsOneByOne(t *testing.T) {
	paths, err := filepath.Glob("../testdata/captures/*.pcap*")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	for _, path := range append(paths, manyLives(t)) {
		_, sum := engineOutput(t, path, Config{Workers: 1}, false)
		third := (sum.Last - sum.First) / 3
		for _, cfg := range []Config{{Workers: 1}, {Workers: 3}, {Workers: 2, Since: sum.First + third}, {Workers: 2, Since: sum.First + third, Until: sum.Last - third}} {
			got, a := engineOutput(t, path, cfg, false)
			want, b := engineOutput(t, path, cfg, true)
			if got != want {
				t.Errorf("%s, %+v: in runs\n%s\none by one\n%s", path, cfg, got, want)
			}
			if a.First != b.First || a.Last != b.Last || a.Outside != b.Outside || a.ClockJumps != b.ClockJumps || a.Packets != b.Packets ||
				a.Segments != b.Segments || a.Conversations != b.Conversations {
				t.Errorf("%s, %+v: in runs\n%+v\none by one\n%+v", path, cfg, a, b)
			}
		}
	}
}

func engineOutput(t *testing.T, path string, cfg Config, alone bool) (string, *Summary) {
	t.Helper()
	c, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var src Source = c
	if alone {
		src = single{c}
	}
	var out strings.Builder
	sum, err := Stream(t.Context(), src, decode.Config{}, cfg, &out, func(b []byte, td *Teardown) []byte { return fmt.Appendf(b, "%+v\n", *td) })
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), sum
}
