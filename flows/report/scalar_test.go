package report

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func TestAddressesAreWrittenAsRFC5952Does(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var a [16]byte
		for i := range a {
			switch rng.IntN(4) {
			case 0:
				a[i] = byte(rng.Uint32())
			case 1:
				a[i] = byte(rng.IntN(17))
			}
		}
		addr := netip.AddrFrom16(a)
		if got, want := string(appendIP(nil, addr)), addr.String(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	for _, text := range []string{"::", "::1", "1::", "fe80::1%eth0", "::ffff:192.0.2.1", "0:1::", "1:0:1:0:1:0:1:0", "10.0.0.255"} {
		addr := netip.MustParseAddr(text)
		if got := string(appendIP(nil, addr)); got != addr.String() {
			t.Errorf("%s, want %s", got, addr)
		}
	}
}

func TestPlainPrefixEndsAtWhatMustBeEscaped(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			s := strings.Repeat("a", at) + string([]byte{byte(c)}) + "~ }!"
			want := at
			if plain[c] {
				want = len(s)
			}
			if got := plainPrefix(s); got != want {
				t.Fatalf("%q: %d, want %d", s, got, want)
			}
		}
	}
}
