package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestMarkdownIsAsTheGoldenShowsIt(t *testing.T) {
	var b bytes.Buffer
	if err := sampleReport("trace").WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "markdown.golden", b.String())
}

func TestTextsInMarkdownAreNoMarkup(t *testing.T) {
	for text, want := range map[string]string{
		"a_b*c":         `a\_b\*c`,
		"[x](y)":        `\[x\](y)`,
		"<b>":           "&lt;b&gt;",
		"@team see #12": "@\u200bteam see \\#12",
		"two\nlines":    "two\ufffdlines",
	} {
		if got := markdownText(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if strings.Contains(markdownText("a\x1b[31mb"), "\x1b") {
		t.Error("a control character is left")
	}
}
