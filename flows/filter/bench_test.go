package filter

import (
	"testing"

	"tcpclose/decode"
)

// benchmarked are filters as people write them, from the shortest.
var benchmarked = []struct{ name, text string }{
	{"class", "class rst-abort or vanished"},
	{"host", "host 10.0.0.9"},
	{"net-and-port", "net 10.0.0.0/8 and port 443"},
	{"held", "server.close-wait > 30s"},
	{"cause", "cause likely:close-wait-leak"},
	{"story", "dst port 8080 or 443 and not class four-way,three-way and (server.close-wait > 30s or reset-by server)"},
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range benchmarked {
		b.Run(c.name, func(b *testing.B) {
			f := MustParse(c.text)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				f.Match(&samples[i].Teardown)
				if i++; i == len(samples) {
					i = 0
				}
			}
		})
	}
}

func BenchmarkMatchSegment(b *testing.B) {
	f := MustParse("dst port 8080 or 443 and src net 10.0.0.0/8 and class rst-abort")
	s := segment(samples[0].Ends[0].Addr, samples[0].Ends[1].Addr)
	b.ReportAllocs()
	for b.Loop() {
		f.MatchSegment(s)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		MustParse(benchmarked[len(benchmarked)-1].text)
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	segments := make([]*decode.Segment, len(samples))
	for i := range samples {
		segments[i] = segment(samples[i].Ends[0].Addr, samples[i].Ends[1].Addr)
	}
	texts := []string{"src port 443 and not class open", `iface "eth0" or 3`}
	for _, c := range benchmarked {
		texts = append(texts, c.text)
	}
	for _, w := range Words() {
		texts = append(texts, w.Example)
	}
	for _, text := range texts {
		f := MustParse(text).NameInterfaces(func(uint16) string { return "eth1" })
		if n := testing.AllocsPerRun(3, func() {
			for i := range samples {
				f.Match(&samples[i].Teardown)
				f.MatchSegment(segments[i])
			}
		}); n != 0 {
			t.Errorf("%q: %v allocations", text, n)
		}
	}
}
