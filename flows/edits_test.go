package flows

import "testing"

func TestEditsCountWhatWasMistyped(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"class", "class", 0},
		{"clas", "class", 1},
		{"calss", "class", 1},
		{"klass", "class", 1},
		{"", "rst", 3},
		{"vanished", "open", 7},
		{"close-wait", "close-wiat", 1},
	} {
		if got := Edits(c.a, c.b); got != c.want || Edits(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %d edits, want %d", c.a, c.b, got, c.want)
		}
	}
}
