package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"tcpclose/flows/report"
)

// newVersion is the command that says which build this is.
func newVersion(std *stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which version this is",
		Example: "  tcpclose version",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return writeVersion(std.out) },
	}
}

// writeVersion says which build this is.
func writeVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "tcpclose %s, report schema %s, %s %s/%s\n", version(), report.Schema, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the module's version, or the revision that the build was made from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	if revision != "" {
		return revision + dirty
	}
	return "devel"
}

// noArguments refuses arguments with a sentence of our own.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, not %q", cmd.CommandPath(), args[0])
	}
	return nil
}
