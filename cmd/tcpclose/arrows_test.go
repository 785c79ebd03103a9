package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which packages of the module each package may import. What a folder may, the folders below it may too,
// unless they stand here themselves. Packages that only tests import are not in the lists of others.
var arrows = map[string][]string{
	"decode":         {},
	"decode/live":    {"decode"},
	"flows":          {"decode"},
	"flows/ladder":   {"decode", "flows"},
	"flows/filter":   {"decode", "flows"},
	"flows/held":     {"decode", "flows"},
	"flows/metrics":  {"flows"},
	"flows/names":    {"decode", "flows"},
	"flows/legs":     {"decode", "flows"},
	"flows/report":   {"decode", "flows", "flows/ladder"},
	"flows/flowtest": {"decode", "flows"},
	"flows/netlab":   {"decode", "decode/live", "flows"},
	"tui":            {"decode", "decode/live", "flows", "flows/ladder", "flows/filter", "flows/held", "flows/report", "tui"},
	"cmd/tcpclose":   {"decode", "decode/live", "flows", "flows/ladder", "flows/filter", "flows/held", "flows/metrics", "flows/names", "flows/legs", "flows/report", "tui"},
	"cmd/capturegen": {"decode", "flows"},
}

// guests says which foreign modules only one folder may import.
var guests = map[string]string{
	"github.com/google/gopacket": "decode",
	"github.com/rivo/tview":      "tui",
	"github.com/gdamore/tcell":   "tui",
	"github.com/parquet-go":      "flows/report",
	"github.com/prometheus":      "flows/metrics",
	"github.com/spf13/cobra":     "cmd/tcpclose",
	"github.com/spf13/pflag":     "cmd/tcpclose",
	"log/slog":                   "cmd/tcpclose",
}

// TestArrowsPointTheWayTheHouseIsBuilt reads the imports of every file that is no test.
func TestArrowsPointTheWayTheHouseIsBuilt(t *testing.T) {
	imports := importsOf(t, top(t))
	if len(imports) < 5 {
		t.Fatalf("only %d packages found", len(imports))
	}
	for _, fault := range crossings(imports) {
		t.Error(fault)
	}
}

// importsOf returns what each folder's files import, tests aside.
func importsOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != dir || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, filepath.Dir(name))
		folder := filepath.ToSlash(rel)
		for _, spec := range file.Imports {
			if p, err := strconv.Unquote(spec.Path.Value); err == nil && !slices.Contains(imports[folder], p) {
				imports[folder] = append(imports[folder], p)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// crossings lists the imports against the arrows.
func crossings(imports map[string][]string) (faults []string) {
	for folder, list := range imports {
		home := folder
		for home != "." && arrows[home] == nil {
			home = path.Dir(home)
		}
		if arrows[home] == nil {
			faults = append(faults, folder+": no arrow leads to it or from it; add it to the table")
			continue
		}
		for _, p := range list {
			if inner, ok := strings.CutPrefix(p, "tcpclose/"); ok && !allowed(arrows[home], inner) {
				faults = append(faults, folder+" imports "+inner+" against the arrows")
			}
			for guest, host := range guests {
				if (p == guest || strings.HasPrefix(p, guest+"/")) && !allowed([]string{host}, folder) {
					faults = append(faults, folder+" imports "+p+", which is for "+host+" alone")
				}
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// allowed reports whether a folder is one of the list, or lies below one that has no entry of its own for it.
func allowed(list []string, folder string) bool {
	return slices.ContainsFunc(list, func(a string) bool {
		return folder == a || arrows[folder] == nil && strings.HasPrefix(folder, a+"/")
	})
}

func TestAWrongArrowIsFound(t *testing.T) {
	for _, c := range []struct {
		folder, imports string
		faults          int
	}{
		{"flows", "tcpclose/decode", 0},
		{"decode", "tcpclose/flows", 1},
		{"flows", "tcpclose/flows/report", 1},
		{"flows/report", "tcpclose/tui", 1},
		{"flows", "github.com/google/gopacket/layers", 1},
		{"decode", "github.com/google/gopacket/layers", 0},
		{"decode/live", "github.com/google/gopacket/pcapgo", 1},
		{"tui/model", "github.com/gdamore/tcell/v2", 0},
		{"cmd/tcpclose", "github.com/rivo/tview", 1},
		{"cmd/tcpclose", "tcpclose/flows/flowtest", 1},
		{"cmd/tcpclose", "tcpclose/tui/model", 0},
		{"flows", "log/slog", 1},
		{"attic", "fmt", 1},
	} {
		if got := crossings(map[string][]string{c.folder: {c.imports}}); len(got) != c.faults {
			t.Errorf("%s importing %s: %q", c.folder, c.imports, got)
		}
	}
}
