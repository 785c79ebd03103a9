package ladder

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite the golden ladders")

// A golden is a file of testdata: a script, then a line "$ ladder WIDTH [words]", and the ladder so painted; and so on.
// The words are utf8, wire (numbers as in the header), expand, start, absolute, delta, and watched=DURATION.
func goldenOptions(t *testing.T, words []string) (width int, opt Options, watched time.Duration) {
	t.Helper()
	opt.ASCII, watched = true, 65*time.Second
	width, err := strconv.Atoi(words[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words[1:] {
		times, isTimes := ParseTimes(w)
		switch name, value, _ := strings.Cut(w, "="); {
		case w == "utf8":
			opt.ASCII = false
		case w == "wire":
			opt.Numbers = WireNumbers
		case w == "expand":
			opt.Expand = true
		case name == "watched":
			if watched, err = time.ParseDuration(value); err != nil {
				t.Fatal(err)
			}
		case isTimes:
			opt.Times = times
		default:
			t.Fatalf("unknown word %q", w)
		}
	}
	return width, opt, watched
}

func TestLaddersAreAsTheGoldensShowThem(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d goldens, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, _, _ := strings.Cut(string(raw), "\n$ ladder ")
			script = strings.TrimRight(script, "\n") + "\n"
			var got strings.Builder
			got.WriteString(script)
			for line := range strings.Lines(string(raw)) {
				command, ok := strings.CutPrefix(line, "$ ladder ")
				if !ok {
					continue
				}
				width, opt, watched := goldenOptions(t, strings.Fields(command))
				td, segs := judged(t, script, watched)
				got.WriteString("\n" + line + painted(t, td, segs, width, opt))
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got.String() != string(raw) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), raw)
			}
			for line := range strings.Lines(got.String()) {
				line = strings.TrimRight(line, "\n")
				if strings.TrimRight(line, " ") != line || utf8.RuneCountInString(line) > 160 {
					t.Errorf("blanks at the end, or too long: %q", line)
				}
			}
		})
	}
}
