package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite transcripts, goldens and the captures that scripts make")

// repository is the repository's top folder, noted before a test changes the working directory.
var repository, errRepository = filepath.Abs("../..")

// top returns the repository's top folder.
func top(t *testing.T) string {
	t.Helper()
	if errRepository != nil {
		t.Fatal(errRepository)
	}
	return repository
}

// TestTranscripts runs every transcript below testdata, each in testdata as its folder. A transcript is a story (lines that
// begin with #), then commands (lines that begin with "$ ") with what they print, standard output and error as one; a last
// line [exit N] where the code is not 0. -update rewrites what is printed.
func TestTranscripts(t *testing.T) {
	dir := filepath.Join(top(t), "testdata")
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".txt" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatal("no transcript at all")
	}
	for _, path := range paths {
		name, _ := filepath.Rel(dir, path)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(text), "# ") {
				t.Error("does not begin with its story (a line that begins with #)")
			}
			t.Chdir(dir)
			got := retell(t, string(text))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(text) {
				t.Errorf("prints something else (-update rewrites it)\n%s", difference(string(text), got))
			}
			if n := strings.Count(got, "\n"); n > 100 {
				t.Errorf("%d lines: nobody reads that", n)
			}
		})
	}
}

// retell returns the transcript with what its commands print now.
func retell(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	running := false
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "$ ")
		switch {
		case ok:
			if running {
				out.WriteString("\n")
			}
			out.WriteString(line)
			out.WriteString(perform(t, strings.TrimSpace(command)))
			running = true
		case !running || strings.HasPrefix(line, "# "):
			if running {
				out.WriteString("\n")
			}
			running = false
			out.WriteString(line)
		}
	}
	return out.String()
}

// perform runs one command line in this process and returns what it prints. It knows quotes, "< FILE" and settings of
// COLUMNS before the command, and no other word of a shell's language.
func perform(t *testing.T, line string) string {
	t.Helper()
	words, err := shellWords(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	t.Setenv("LC_ALL", "C.UTF-8")
	t.Setenv("COLUMNS", "")
	t.Setenv("NO_COLOR", "")
	for len(words) > 0 && strings.Contains(words[0], "=") {
		name, value, _ := strings.Cut(words[0], "=")
		t.Setenv(name, value)
		words = words[1:]
	}
	if len(words) == 0 || words[0] != "tcpclose" {
		t.Fatalf("%s: only tcpclose can be run here", line)
	}
	stdin := bytes.NewReader(nil)
	if i := slices.Index(words, "<"); i >= 0 && i+1 < len(words) {
		input, err := os.ReadFile(words[i+1])
		if err != nil {
			t.Fatal(err)
		}
		stdin = bytes.NewReader(input)
		words = slices.Delete(words, i, i+2)
	}
	for _, w := range words {
		if slices.Contains([]string{"|", ">", "&&", ";", "2>&1"}, w) {
			t.Fatalf("%s: %s is a shell's word", line, w)
		}
	}
	var both bytes.Buffer
	code := run(t.Context(), words[1:], stdin, &both, &both)
	text := strings.ReplaceAll(both.String(), "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if code != 0 {
		text += fmt.Sprintf("[exit %d]\n", code)
	}
	return text
}

// shellWords splits a line as a shell does, as far as quotes and a comment at its end.
func shellWords(line string) (words []string, err error) {
	var word strings.Builder
	open, begun := rune(0), false
	end := func() {
		if begun {
			words = append(words, word.String())
			word.Reset()
			begun = false
		}
	}
	for _, r := range line {
		switch {
		case open != 0 && r == open:
			open = 0
		case open != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			open, begun = r, true
		case r == ' ':
			end()
		case r == '#' && !begun:
			return words, nil
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	end()
	if open != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", open)
	}
	return words, nil
}

// difference shows the lines around the first that differs.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	show := func(lines []string) string {
		return strings.Join(lines[min(i, len(lines)):min(i+8, len(lines))], "\n  ")
	}
	return fmt.Sprintf("line %d, wanted:\n  %s\ngot:\n  %s", i+1, show(w), show(g))
}

func TestATranscriptThatIsWrongIsFound(t *testing.T) {
	t.Chdir(filepath.Join(top(t), "testdata"))
	const wrong = "# A story.\n\n$ tcpclose explain nonsense-of-no-kind\nEverything is fine.\n"
	if got := retell(t, wrong); got == wrong || !strings.Contains(got, "[exit 2]") {
		t.Errorf("retold as %q", got)
	}
}
