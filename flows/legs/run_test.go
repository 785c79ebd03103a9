package legs

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestTheLongestSharedRunIsFound compares with trying every place.
func TestTheLongestSharedRunIsFound(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	text := func(n, letters int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.IntN(letters))
		}
		return b
	}
	for round := range 400 {
		a, b := text(random.IntN(300), 256), text(random.IntN(300), 256)
		if round%2 == 0 && len(a) > 0 && len(b) > 0 { // a piece of one in the other
			at := random.IntN(len(a))
			copy(b[random.IntN(len(b)):], a[at:min(len(a), at+random.IntN(100))])
		}
		want := 0
		for i := range a {
			for j := range b {
				n := 0
				for i+n < len(a) && j+n < len(b) && a[i+n] == b[j+n] {
					n++
				}
				if n >= shared {
					want = max(want, n)
				}
			}
		}
		if got := newRunIndex(a).longest(b); got != want {
			t.Fatalf("%d octets, want %d:\n%x\n%x", got, want, a, b)
		}
	}
	same := bytes.Repeat([]byte("a"), lookBytes)
	if got := newRunIndex(same).longest(same); got < shared {
		t.Errorf("equal octets share %d", got)
	}
	if got := newRunIndex(text(lookBytes, 256)).longest(text(lookBytes, 256)); got != 0 {
		t.Errorf("noise shares %d octets", got)
	}
}
