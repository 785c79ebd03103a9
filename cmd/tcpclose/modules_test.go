package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

type moduleRow struct{ path, licence, why string }

// modules argues every module that go.mod names: what it is for and why it, or which other one brings it along, and its
// licence. README.md's table is printed from this one. Who adds a module adds a row.
var modules = []moduleRow{
	{"github.com/gdamore/tcell/v2", "Apache-2.0", "the terminal under the screen: cells, keys, colours, also on Windows; tview needs it"},
	{"github.com/google/gopacket", "BSD", "link types too rare for a reader of ours, and the second opinion of the tests"},
	{"github.com/klauspost/compress", "BSD", "gzip and zstd, which the standard library has not; pure Go"},
	{"github.com/parquet-go/parquet-go", "Apache-2.0", "writes Parquet; the other one in Go brings all of Arrow with it"},
	{"github.com/pierrec/lz4/v4", "BSD", "reads lz4; pure Go"},
	{"github.com/prometheus/client_golang", "Apache-2.0", "the figures of live --metrics, in the format that Prometheus reads"},
	{"github.com/rivo/tview", "MIT", "panes, input line and focus of the screen"},
	{"github.com/rivo/uniseg", "MIT", "how many columns a text takes, by Unicode's rules; tview's own"},
	{"github.com/spf13/cobra", "Apache-2.0", "commands, help, completion for four shells"},
	{"github.com/spf13/pflag", "BSD", "cobra's flags"},
	{"github.com/ulikunitz/xz", "BSD", "reads xz; the only one in pure Go that is kept up"},
	{"go.yaml.in/yaml/v2", "Apache-2.0", "YAML in tests; with prometheus/common"},
	{"golang.org/x/net", "BSD", "assembles the kernel's packet filter (bpf)"},
	{"golang.org/x/sys", "BSD", "system calls: packet sockets, capabilities, netlink"},
	{"golang.org/x/term", "BSD", "whether an output is a terminal, and how wide"},

	{"github.com/andybalholm/brotli", "MIT", "with parquet-go"},
	{"github.com/beorn7/perks", "MIT", "with client_golang"},
	{"github.com/cespare/xxhash/v2", "MIT", "with client_golang"},
	{"github.com/gdamore/encoding", "Apache-2.0", "with tcell"},
	{"github.com/google/uuid", "BSD", "with parquet-go"},
	{"github.com/inconshreveable/mousetrap", "Apache-2.0", "with cobra, on Windows"},
	{"github.com/kr/text", "MIT", "with client_golang, in its tests alone"},
	{"github.com/lucasb-eyer/go-colorful", "MIT", "with tcell"},
	{"github.com/munnerz/goautoneg", "BSD", "with client_golang"},
	{"github.com/parquet-go/bitpack", "Apache-2.0", "with parquet-go"},
	{"github.com/parquet-go/jsonlite", "MIT", "with parquet-go"},
	{"github.com/prometheus/client_model", "Apache-2.0", "with client_golang"},
	{"github.com/prometheus/common", "Apache-2.0", "with client_golang"},
	{"github.com/prometheus/procfs", "Apache-2.0", "with client_golang"},
	{"github.com/twpayne/go-geom", "BSD", "with parquet-go"},
	{"golang.org/x/text", "BSD", "with tcell"},
	{"google.golang.org/protobuf", "BSD", "with client_golang and parquet-go"},
}

// moduleTable is the table of README.md.
func moduleTable() string {
	var b strings.Builder
	b.WriteString("| module | licence | what for |\n| --- | --- | --- |\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.path, m.licence, m.why)
	}
	return b.String()
}

// licences are told by a phrase that only they have.
var licences = []struct{ id, phrase string }{
	{"Apache-2.0", "Apache License"},
	{"BSD", "Redistribution and use in source and binary forms"},
	{"MIT", "Permission is hereby granted, free of charge"},
}

// A goModule is what go list says of a module.
type goModule struct {
	Path, Dir string
	Main      bool
}

// required lists what go.mod names, in its order.
func required(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) >= 2 && strings.HasPrefix(words[1], "v") && strings.Contains(words[0], "/") {
			list = append(list, words[0])
		}
	}
	return list
}

func TestEveryModuleIsArgued(t *testing.T) {
	list := required(t)
	for _, path := range list {
		if !slices.ContainsFunc(modules, func(m moduleRow) bool { return m.path == path }) {
			t.Errorf("go.mod names %s, and the table of modules does not say what it is for", path)
		}
	}
	for _, m := range modules {
		if !slices.Contains(list, m.path) {
			t.Errorf("the table of modules argues %s, which go.mod does not name", m.path)
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	for _, dep := range info.Deps {
		if !slices.Contains(list, dep.Path) {
			t.Errorf("%s is built in, and go.mod does not name it", dep.Path)
		}
		if dep.Replace != nil {
			t.Errorf("%s is replaced by %s", dep.Path, dep.Replace.Path)
		}
	}
}

func TestEveryModuleHasTheLicenceThatIsSaid(t *testing.T) {
	args := []string{"list", "-m", "-json"}
	for _, m := range modules {
		args = append(args, m.path)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("go list does not run here: %v", err)
	}
	checked := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var m goModule
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		names, err := filepath.Glob(filepath.Join(m.Dir, "LICEN[SC]E*"))
		if m.Dir == "" || err != nil || len(names) == 0 {
			continue // not in the cache: nothing that is built here needs it
		}
		text, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		checked++
		i := slices.IndexFunc(modules, func(row moduleRow) bool { return row.path == m.Path })
		var found []string
		for _, l := range licences {
			if strings.Contains(strings.Join(strings.Fields(string(text)), " "), l.phrase) {
				found = append(found, l.id)
			}
		}
		if !slices.Contains(found, modules[i].licence) {
			t.Errorf("%s is said to be %s, its licence reads %v", m.Path, modules[i].licence, found)
		}
	}
	if checked < len(modules)/2 {
		t.Errorf("only %d licences were found", checked)
	}
}
