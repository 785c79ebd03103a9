package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A lineState is a state in a line of NDJSON.
type lineState struct {
	State    string `json:"state"`
	Grade    string `json:"grade"`
	Earliest *int64 `json:"earliest_ns"`
	Latest   *int64 `json:"latest_ns"`
}

// A lineSides is a number of each side.
type lineSides struct {
	Client int64 `json:"client"`
	Server int64 `json:"server"`
}

// A lineEnd is an address in a line of NDJSON.
type lineEnd struct {
	IP   string `json:"ip"`
	Port uint16 `json:"port"`
}

// A closeLine is what the queries ask for, as NDJSON tells it.
type closeLine struct {
	ID        uint64    `json:"id"`
	Client    lineEnd   `json:"client"`
	Server    lineEnd   `json:"server"`
	Class     string    `json:"class"`
	Closer    string    `json:"first_closer"`
	ResetBy   string    `json:"reset_by"`
	Start     int64     `json:"start_ns"`
	Duration  int64     `json:"duration_ns"`
	Took      *int64    `json:"close_duration_ns"`
	LastFrame uint64    `json:"last_frame"`
	Packets   lineSides `json:"packets"`
	Bytes     lineSides `json:"bytes"`
	InState   struct {
		Server map[string]int64 `json:"server"`
	} `json:"time_in_state_ns"`
	States struct {
		Client []lineState `json:"client"`
		Server []lineState `json:"server"`
	} `json:"states"`
	Marks []struct {
		ID string `json:"id"`
	} `json:"marks"`
	Causes []struct {
		ID string `json:"id"`
	} `json:"causes"`
}

// lineFields are the members of a closeLine.
const lineFields = "id,client,server,class,first_closer,reset_by,start_ns,duration_ns,close_duration_ns,last_frame,packets,bytes,time_in_state_ns,states,marks,causes"

// everyColumn asks for what a conversation has once: types and nesting are read as they were meant.
const everyColumn = `-- all
SELECT id, client_ip, client_port, server_ip, server_port, class, first_closer, reset_by, epoch_us(start) AS start, duration_ns,
close_duration_ns, last_frame, client.packets, server.packets, client.bytes, server.bytes,
array_to_string(list_transform(marks, lambda m: m.id), ' ') AS marks
FROM 'closes.parquet' ORDER BY id;`

// answers are what a query must answer, by its first line, computed from NDJSON.
var answers = map[string]func(lines []closeLine) [][]string{
	"-- which servers do not close what their clients closed, and for how long": func(lines []closeLine) (rows [][]string) {
		number, longest := map[lineEnd]int{}, map[lineEnd]int64{}
		for i := range lines {
			if c := &lines[i]; c.Class == "half-closed-stall" && c.Closer == "client" {
				number[c.Server]++
				longest[c.Server] = max(longest[c.Server], c.InState.Server["CLOSE-WAIT"])
			}
		}
		for _, s := range slices.SortedFunc(maps.Keys(number), func(a, b lineEnd) int { return cmp.Compare(longest[b], longest[a]) }) {
			rows = append(rows, []string{s.IP, fmt.Sprint(s.Port), fmt.Sprint(number[s]), fmt.Sprint(float64(longest[s]) / 1e9)})
		}
		return rows
	},
	"-- every change of state in order of time, one a line; of a first state only the latest moment is known": func(lines []closeLine) (rows [][]string) {
		type change struct {
			side   string
			state  lineState
			moment int64
		}
		for i := range lines {
			var list []change
			add := func(side string, states []lineState) {
				for _, s := range states {
					moment := int64(math.MaxInt64)
					if at := cmp.Or(s.Earliest, s.Latest); at != nil {
						moment = *at / 1000
					}
					list = append(list, change{side, s, moment})
				}
			}
			add("client", lines[i].States.Client)
			add("server", lines[i].States.Server)
			slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(a.moment, b.moment) })
			for _, c := range list {
				moment := "null"
				if c.moment != math.MaxInt64 {
					moment = time.UnixMicro(c.moment).UTC().Format("2006-01-02 15:04:05.999999-07")
				}
				rows = append(rows, []string{fmt.Sprint(lines[i].ID), c.side, c.state.State, c.state.Grade, moment})
			}
		}
		return rows
	},
	"-- the best cause of each reset": func(lines []closeLine) (rows [][]string) {
		number := map[string]int{}
		for i := range lines {
			if lines[i].ResetBy == "" {
				continue
			}
			best := "null"
			if len(lines[i].Causes) > 0 {
				best = lines[i].Causes[0].ID
			}
			number[best]++
		}
		for _, id := range slices.SortedFunc(maps.Keys(number), func(a, b string) int { return cmp.Or(number[b]-number[a], cmp.Compare(a, b)) }) {
			rows = append(rows, []string{id, fmt.Sprint(number[id])})
		}
		return rows
	},
	"-- all": func(lines []closeLine) (rows [][]string) {
		for i := range lines {
			c := &lines[i]
			took := "null"
			if c.Took != nil {
				took = fmt.Sprint(*c.Took)
			}
			var marks []string
			for _, m := range c.Marks {
				marks = append(marks, m.ID)
			}
			rows = append(rows, []string{
				fmt.Sprint(c.ID), c.Client.IP, fmt.Sprint(c.Client.Port), c.Server.IP, fmt.Sprint(c.Server.Port), c.Class, cmp.Or(c.Closer, "null"),
				cmp.Or(c.ResetBy, "null"), fmt.Sprint(c.Start / 1000), fmt.Sprint(c.Duration), took, fmt.Sprint(c.LastFrame), fmt.Sprint(c.Packets.Client),
				fmt.Sprint(c.Packets.Server), fmt.Sprint(c.Bytes.Client), fmt.Sprint(c.Bytes.Server), strings.Join(marks, " "),
			})
		}
		return rows
	},
}

// duckDB runs the queries that its input is an array of, and prints an array of their rows, every value a string.
const duckDB = `
const { DuckDBInstance } = require("module").createRequire(process.argv[1] + "/")("@duckdb/node-api");
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const all = [];
  for (const query of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
    const rows = (await connection.runAndReadAll(query)).getRowsJson();
    all.push(rows.map((row) => row.map(String)));
  }
  console.log(JSON.stringify(all));
})().catch((e) => { console.error(String(e)); process.exit(1); });`

// TestDuckDBAnswersTheQueriesOfTheReadmeAsNDJSONDoes runs README.md's queries word for word on a Parquet file.
func TestDuckDBAnswersTheQueriesOfTheReadmeAsNDJSONDoes(t *testing.T) {
	folder, path := nodePackage(t, "@duckdb/node-api"), node(t)
	queries := append(readmeQueries(t), everyColumn)
	for _, capture := range []string{"ten-kinds-of-close.pcapng", "close-wait-leak-beside-healthy-closes.pcapng", "legs-of-a-proxy.pcapng"} {
		t.Run(capture, func(t *testing.T) {
			capture := filepath.Join(top(t), "testdata", "captures", capture)
			t.Chdir(t.TempDir())
			if _, errs, code := execute(t, "report", capture, "-q", "-T", "parquet=closes.parquet"); code != exitOK {
				t.Fatal(code, errs)
			}
			text, errs, code := execute(t, "report", capture, "-q", "-T", "ndjson", "--no-summary", "--fields", lineFields)
			if code != exitOK {
				t.Fatal(code, errs)
			}
			lines := closeLines(t, text)
			asked, err := json.Marshal(queries)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), path, "-e", duckDB, folder)
			cmd.Env = append(os.Environ(), "TZ=UTC")
			cmd.Stdin = bytes.NewReader(asked)
			var complaint strings.Builder
			cmd.Stderr = &complaint
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, complaint.String())
			}
			var got [][][]string
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			for i, query := range queries {
				name, _, _ := strings.Cut(query, "\n")
				answer := answers[name]
				if answer == nil {
					t.Errorf("%s: nothing says what it must answer", name)
					continue
				}
				want := answer(lines)
				if !slices.EqualFunc(got[i], want, slices.Equal) {
					t.Errorf("%s\nDuckDB: %q\nNDJSON: %q", name, got[i], want)
				}
			}
		})
	}
}

// readmeQueries returns the queries of README.md, each with the comment before it.
func readmeQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = bytes.Cut(text, []byte("```sql\n"))
	block, _, found := strings.Cut(string(text), "```\n")
	if !found {
		t.Fatal("README.md has no queries")
	}
	for query := range strings.SplitSeq(block, "\n\n") {
		queries = append(queries, strings.TrimSpace(query))
	}
	return queries
}

// closeLines reads NDJSON; the conversations come back in order of their numbers.
func closeLines(t *testing.T, text string) (list []closeLine) {
	t.Helper()
	for line := range strings.Lines(text) {
		var c closeLine
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b closeLine) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
