package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan is the command that prints the manual page: one page, written from the tree of commands.
func newMan(std *stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  tcpclose man > tcpclose.1",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := bufio.NewWriter(std.out)
			writeManual(out, cmd.Root())
			return out.Flush()
		},
	}
}

// writeManual prints the page in man(7)'s language.
func writeManual(w io.Writer, root *cobra.Command) {
	fmt.Fprintf(w, ".TH TCPCLOSE 1 \"\" \"tcpclose %s\" \"User Commands\"\n", version())
	fmt.Fprintf(w, ".SH NAME\ntcpclose \\- %s\n", roff(lowerFirst(root.Short)))
	fmt.Fprintf(w, ".SH SYNOPSIS\n")
	for _, c := range documented(root) {
		fmt.Fprintf(w, ".B tcpclose %s\n.br\n", roff(c.Use))
	}
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s\n", paragraph(root.Long))
	fmt.Fprintf(w, ".SH COMMANDS\n")
	for _, c := range documented(root) {
		fmt.Fprintf(w, ".SS tcpclose %s\n", roff(c.Use))
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		fmt.Fprintf(w, "%s\n", paragraph(text))
		writeFlags(w, c.NonInheritedFlags())
		if c.Example != "" {
			fmt.Fprintf(w, ".PP\nExamples:\n.PP\n.nf\n%s\n.fi\n", roff(c.Example))
		}
	}
	fmt.Fprintf(w, ".SH EXIT STATUS\n")
	for _, e := range exitCodes {
		fmt.Fprintf(w, ".TP\n.B %d\n%s\n", e.code, roff(e.text))
	}
	fmt.Fprintf(w, ".SH LIMITS\nInput beyond these is no failure; what becomes of it stands behind each.\n")
	for _, l := range allLimits() {
		fmt.Fprintf(w, ".TP\n.B %s: %s\n%s.\n", roff(l.Of), roff(l.Most), roff(l.Beyond))
	}
	fmt.Fprintf(w, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set and not empty, nothing is coloured unless --color=always asks for it.\n")
	fmt.Fprintf(w, ".TP\n.B COLUMNS\nThe width of tables; without it the terminal's, and endless for files and pipes.\n")
}

// documented lists the commands that the manual speaks of.
func documented(root *cobra.Command) (list []*cobra.Command) {
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			list = append(list, c)
		}
	}
	return list
}

func writeFlags(w io.Writer, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "\\-\\-" + roff(f.Name)
		if f.Shorthand != "" {
			name = "\\-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		fmt.Fprintf(w, ".TP\n.B %s", name)
		switch {
		case value != "" && f.NoOptDefVal != "": // the value belongs to the flag's own word, or is left out
			fmt.Fprintf(w, "[=\\fI%s\\fR]", roff(value))
			usage += "; without " + value + ": " + f.NoOptDefVal
		case value != "":
			fmt.Fprintf(w, " \\fI%s\\fR", roff(value))
		}
		fmt.Fprintf(w, "\n%s\n", roff(usage))
	})
}

// paragraph lays running text out.
func paragraph(text string) string {
	return strings.ReplaceAll(roff(text), "\n\n", "\n.PP\n")
}

// roff escapes what troff would take for its own: backslashes, hyphens that must stay such, and dots and quotes that begin
// a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...").Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
