package report

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"

	"tcpclose/decode"
	"tcpclose/flows"
)

func TestFindingsShownAtAndBeyondTheirNumber(t *testing.T) {
	_, _, list := leaks()
	for _, n := range []int{maxFindings, maxFindings + 1} {
		many := make([]flows.Finding, n)
		for i := range many {
			many[i] = list[0]
			many[i].Rank = i + 1
		}
		var b strings.Builder
		if err := WriteFindings(&b, many, 0); err != nil {
			t.Fatal(err)
		}
		if got, more := strings.Count(b.String(), list[0].ID.String()+","), strings.Contains(b.String(), "and 1 more; -T json has all"); got != maxFindings || more != (n > maxFindings) {
			t.Errorf("%d findings: %d shown, more: %t", n, got, more)
		}
	}
}

func TestDamagesShownAtAndBeyondTheirNumber(t *testing.T) {
	for _, n := range []int{maxRemarks, maxRemarks + 1} {
		s := flows.Summary{Damages: make([]decode.Damage, n), DamageCount: uint64(n)}
		var b strings.Builder
		WriteDamages(&b, &s)
		if lines, more := strings.Count(b.String(), "\n"), strings.Contains(b.String(), "and 1 more"); more != (n > maxRemarks) || lines != min(n, maxRemarks+1)+1 {
			t.Errorf("%d damages: %d lines, more: %t", n, lines, more)
		}
	}
}

// Whoever writes a capture, or fills a folder, chooses how many interfaces and files there are.
func TestFilesAndInterfacesShownAtAndBeyondTheirNumber(t *testing.T) {
	for _, n := range []int{0, 1, maxRemarks, maxRemarks + 2} {
		s := flows.Summary{Files: make([]decode.FileInfo, n), Interfaces: make([]decode.Interface, n)}
		for i := range n {
			s.Files[i].Path, s.Files[i].Skipped = "a.txt", "no capture"
			s.Interfaces[i].Stats.PacketDrops = 1
		}
		var b strings.Builder
		if err := WriteRemarks(&b, &s, 0); err != nil {
			t.Fatal(err)
		}
		page := strings.Join(NewDigest(flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0)).qualityDoubts(&s), "\n")
		for _, c := range []struct{ text, line, more string }{
			{b.String(), "\nNot read: a.txt: no capture", "\nand 2 files more\n"},
			{b.String(), "\nThe capture dropped 1 packet", "\nand on 2 interfaces more\n"},
			{"\n" + page, "\nThe capture dropped 1 packet", "\nThe capture dropped packets on 2 interfaces more."},
		} {
			if got := strings.Count(c.text, c.line); got != min(n, maxRemarks) || strings.Contains(c.text, c.more) != (n > maxRemarks) {
				t.Errorf("%d: %d of %q in %q", n, got, c.line, c.text)
			}
		}
		if strings.Contains(b.String(), "\n\nNot read: a.txt: no capture\n\nNot read") {
			t.Errorf("%q", &b)
		}
	}
}

func TestACommentIsCutBetweenCharacters(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", maxComment), strings.Repeat("x", maxComment+1), strings.Repeat("–", maxComment/3), "x" + strings.Repeat("–", maxComment/3)} {
		b := appendOption(nil, binary.LittleEndian, 1, text)
		n := int(binary.LittleEndian.Uint16(b[2:]))
		if kept := string(b[4:][:n]); n > maxComment || n < min(len(text), maxComment-2) || !strings.HasPrefix(text, kept) || !utf8.ValidString(kept) {
			t.Errorf("of %d octets %d are kept", len(text), n)
		}
	}
}
