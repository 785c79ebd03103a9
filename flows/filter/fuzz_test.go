package filter

import (
	"errors"
	"testing"
	"unicode/utf8"
)

func FuzzFilter(f *testing.F) {
	for _, w := range Words() {
		f.Add(w.Example, 3)
	}
	for _, text := range productionExamples {
		f.Add(text, len(text))
	}
	for _, text := range []string{
		"src or dst net 10.0.0.0 mask 255.0.0.0 and not (port 80,443 || class:open)", `iface "a\"b\\" or 'c d'`,
		"client.fin-wait-2 > 1d2h3m4.5s", "cause likely:linger_zero", "since 2026-11-20 until:1795166692.5", "((((fin",
		"not not vlan 5-7", "id in {1 2,3-9}", "[2001:db8::1]:443", "net 192.168 or 10", "tcp[13] & 4", "日本 > \x00\xff",
	} {
		f.Add(text, len(text)/2)
	}
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		runes := utf8.RuneCountInString(text)
		for _, c := range Complete(text, cursor) {
			if c.From < 0 || c.From > c.To || c.To > runes {
				t.Fatalf("%q: the completion %q replaces %d to %d of %d runes", text, c.Text, c.From, c.To, runes)
			}
		}
		filter, err := Parse(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v is no *Error", text, err)
			}
			if e.Column < 1 || e.Column > runes+1 {
				t.Fatalf("%q: column %d of %d runes", text, e.Column, runes)
			}
			e.Render(text)
			return
		}
		canonical := filter.String()
		root, perr := parse(canonical)
		if perr != nil {
			t.Fatalf("%q: its canonical form %q: %v", text, canonical, perr)
		}
		again := build(root, nil)
		if again.String() != canonical {
			t.Fatalf("%q: its canonical form %q becomes %q", text, canonical, again)
		}
		checkPacket(t, filter.Packet().root)
		for i := range samples {
			td := &samples[i].Teardown
			if filter.Match(td) != again.Match(td) {
				t.Fatalf("%q and its canonical form %q differ on %s", text, canonical, samples[i].name)
			}
			checkSegments(t, filter, td)
		}
	})
}
