package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownCommands are the ways in which a README calls tcpclose.
var ownCommands = []string{"tcpclose", "./tcpclose", "go run ./cmd/tcpclose"}

// TestReadmeCommandsPrintWhatTheReadmeShows runs every tcpclose command of README.md's console blocks in the repository's
// top folder and compares what it prints. A line "…" stands for any number of lines; a "go run" without output is only run
// and must succeed. -update rewrites what is printed where it is wrong.
func TestReadmeCommandsPrintWhatTheReadmeShows(t *testing.T) {
	dir := top(t)
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if os.IsNotExist(err) {
		t.Skip("there is no README.md yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if *update {
		now := updateConsole(string(text), func(command string) string { return perform(t, command) })
		if err := os.WriteFile("README.md", []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, fault := range checkConsole(string(text), func(command string) string { return perform(t, command) }) {
		t.Error(fault)
	}
}

// checkConsole returns what is wrong with the console blocks of a text in Markdown.
func checkConsole(text string, perform func(command string) string) (faults []string) {
	for _, block := range consoleBlocks(text) {
		for _, e := range examples(block) {
			command, own := ownCommand(e.command)
			if !own {
				if e.output != "" {
					faults = append(faults, fmt.Sprintf("$ %s: its output cannot be checked; show it in a block that is not console", e.command))
				}
				continue
			}
			if got := perform(command); !e.fits(got) {
				faults = append(faults, fmt.Sprintf("$ %s\n%s", e.command, difference(e.output, got)))
			}
		}
	}
	return faults
}

// fits reports whether an example shows what its command prints.
func (e *example) fits(got string) bool {
	if e.output == "" && strings.Contains(e.command, "go run ") {
		return !strings.Contains(got, "[exit ")
	}
	return matches(e.output, got)
}

// updateConsole returns the text with what the commands of its console blocks print now, where they show something else.
func updateConsole(text string, perform func(command string) string) string {
	var out strings.Builder
	for rest := text; ; {
		const fence = "```console\n"
		before, after, found := strings.Cut(rest, fence)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString(fence)
		block, next, _ := strings.Cut(after, "```\n")
		for _, e := range examples(block) {
			if command, own := ownCommand(e.command); own {
				if got := perform(command); !e.fits(got) {
					e.output = got
				}
			}
			out.WriteString("$ " + e.command + "\n" + e.output)
		}
		out.WriteString("```\n")
		rest = next
	}
}

// ownCommand returns a command line as perform takes it, settings of the environment before it.
func ownCommand(line string) (string, bool) {
	settings, command := "", line
	for {
		word, rest, found := strings.Cut(command, " ")
		if !found || !strings.Contains(word, "=") {
			break
		}
		settings, command = settings+word+" ", rest
	}
	for _, own := range ownCommands {
		if rest, ok := strings.CutPrefix(command, own+" "); ok {
			return settings + "tcpclose " + rest, true
		}
	}
	return line, false
}

// consoleBlocks returns the texts between ```console and ```.
func consoleBlocks(text string) (blocks []string) {
	var block strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		switch fence := strings.TrimSpace(line); {
		case !inside && fence == "```console":
			inside = true
			block.Reset()
		case inside && fence == "```":
			inside = false
			blocks = append(blocks, block.String())
		case inside:
			block.WriteString(line)
		}
	}
	return blocks
}

// An example is one command of a block, and what it is said to print.
type example struct{ command, output string }

func examples(block string) (list []example) {
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, example{command: strings.TrimSpace(command)})
		} else if n := len(list); n > 0 {
			list[n-1].output += line
		}
	}
	for i := range list {
		list[i].output = strings.TrimRight(list[i].output, "\n")
		if list[i].output != "" {
			list[i].output += "\n"
		}
	}
	return list
}

// matches compares line by line, a line "…" being any number of them.
func matches(want, got string) bool {
	return matchLines(strings.Split(want, "\n"), strings.Split(got, "\n"))
}

func matchLines(want, got []string) bool {
	for i, line := range want {
		if strings.TrimSpace(line) == "…" {
			for j := range len(got) - i + 1 {
				if matchLines(want[i+1:], got[i+j:]) {
					return true
				}
			}
			return false
		}
		if i >= len(got) || strings.TrimRight(line, " ") != strings.TrimRight(got[i], " ") {
			return false
		}
	}
	return len(want) == len(got)
}

func TestAWrongReadmeIsFound(t *testing.T) {
	says := func(output string) func(string) string { return func(string) string { return output } }
	for _, c := range []struct {
		what, text, prints string
		faults             int
	}{
		{"no block", "text", "x\n", 0},
		{"right", "```console\n$ tcpclose version\none\ntwo\n```\n", "one\ntwo\n", 0},
		{"elided", "```console\n$ tcpclose version\none\n…\nfour\n```\n", "one\ntwo\nthree\nfour\n", 0},
		{"elided at the end", "```console\n$ tcpclose version\none\n…\n```\n", "one\ntwo\n", 0},
		{"a line changed", "```console\n$ tcpclose version\none\n```\n", "two\n", 1},
		{"a line missing", "```console\n$ tcpclose version\none\n```\n", "one\ntwo\n", 1},
		{"a line too many", "```console\n$ tcpclose version\none\ntwo\n```\n", "one\n", 1},
		{"elided and wrong", "```console\n$ tcpclose version\none\n…\nfive\n```\n", "one\ntwo\n", 1},
		{"the second of two", "```console\n$ go run ./cmd/tcpclose version\none\n$ tcpclose x\ntwo\n```\n", "one\n", 1},
		{"another program with output", "```console\n$ go test ./...\nok\n```\n", "", 1},
		{"another program without", "```console\n$ go test ./...\n```\n", "", 0},
		{"settings before it", "```console\n$ COLUMNS=80 tcpclose version\none\n```\n", "two\n", 1},
		{"nothing shown", "```console\n$ tcpclose version\n```\n", "two\n", 1},
		{"only run", "```console\n$ go run ./cmd/tcpclose version\n```\n", "two\n", 0},
		{"run in vain", "```console\n$ go run ./cmd/tcpclose version\n```\n", "[exit 1]\n", 1},
		{"not console", "```sh\n$ tcpclose version\none\n```\n", "two\n", 0},
	} {
		if got := checkConsole(c.text, says(c.prints)); len(got) != c.faults {
			t.Errorf("%s: %d faults, want %d: %q", c.what, len(got), c.faults, got)
		}
		if strings.HasPrefix(c.what, "the second") || strings.HasPrefix(c.what, "another program with") {
			continue // both print the same here; the other cannot be run
		}
		if got := checkConsole(updateConsole(c.text, says(c.prints)), says(c.prints)); len(got) > 0 {
			t.Errorf("%s: updated, and still %q", c.what, got)
		}
		if c.faults == 0 && updateConsole(c.text, says(c.prints)) != c.text {
			t.Errorf("%s: updated to %q", c.what, updateConsole(c.text, says(c.prints)))
		}
	}
}
