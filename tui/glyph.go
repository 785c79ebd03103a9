package tui

import "strings"

// glyphs are the characters that lines and charts are drawn with. None is wider than one cell on any terminal that is
// not set to East Asian widths.
type glyphs struct {
	ascii      bool
	horizontal rune
	vertical   rune
	dotted     rune
	bars       []rune // from empty to full
	thumb      rune   // the place in a scrolled list
	track      rune
	now        rune // the time in a scrubber
	filled     rune
	pending    rune
}

var (
	unicodeGlyphs = glyphs{
		horizontal: '─', vertical: '│', dotted: '·', bars: []rune(" ▁▂▃▄▅▆▇█"), thumb: '█', track: '│',
		now: '┃', filled: '━', pending: '·',
	}
	asciiGlyphs = glyphs{
		ascii: true, horizontal: '-', vertical: '|', dotted: '.', bars: []rune(" .:-=+*#@"), thumb: '#', track: '|',
		now: '|', filled: '=', pending: '.',
	}
)

// needsASCII reports whether the locale or the terminal cannot show more than ASCII: LC_ALL beats LC_CTYPE beats LANG.
func needsASCII(env func(string) string) bool {
	if env("TERM") == "linux" {
		return true // its font holds 256 or 512 characters, which need not be ours
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env(name); v != "" {
			v = strings.ToLower(v)
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return true
}
