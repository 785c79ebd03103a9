package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"tcpclose/flows"
)

// absence is what it means where a line of NDJSON has not a member of the document's conversation: the value that it
// would have. A member that is not here, and not in unsaid, is in every line.
var absence = map[string]func(c map[string]string) string{
	"first_fin":            func(c map[string]string) string { return c["first_closer"] },
	"close_duration_ns":    func(map[string]string) string { return "null" },
	"idle_before_close_ns": func(map[string]string) string { return "null" },
	"data_bytes":           func(c map[string]string) string { return c["bytes"] },
	"retransmissions":      func(map[string]string) string { return `{"client":0,"server":0}` },
	"rst":                  func(map[string]string) string { return `{"client":null,"server":null}` },
	"vlan":                 func(map[string]string) string { return "null" },
	"interface":            func(map[string]string) string { return "0" },
	"encapsulation":        func(map[string]string) string { return "[]" },
	"first_frame":          func(c map[string]string) string { return c["id"] },
	"end_ns":               func(c map[string]string) string { return sum(c["start_ns"], c["duration_ns"]) },
}

// unsaid are the members of a conversation that a line never has.
var unsaid = []string{
	"end", "close_start", "close_start_ns", "watched_until", "watched_until_ns", "mss", "window_scale", "ttl", "fin", "time_in_state_ns",
	"wireshark_filter",
}

func sum(a, b string) string {
	var x, y int64
	fmt.Sscan(a, &x)
	fmt.Sscan(b, &y)
	return fmt.Sprint(x + y)
}

func membersOf(object []byte) (byName map[string]string, names []string) {
	byName = map[string]string{}
	for name, value := range members(object) {
		byName[string(name)] = string(value)
		names = append(names, string(name))
	}
	return byName, names
}

// TestALineTellsWhatTheDocumentTells wants every member of a line to be the conversation's, in its order, and every one
// that is missing to be what its absence means.
func TestALineTellsWhatTheDocumentTells(t *testing.T) {
	terse := Encoder{Terse: true}
	plain := ordinary()
	plain.Ends[flows.Server].Retrans, plain.Ends[flows.Server].DataBytes = 0, plain.Ends[flows.Server].Bytes
	quiet := ordinary()
	quiet.CloseStart, quiet.CloseEnd = flows.NoTime, flows.NoTime
	quiet.Start, quiet.Last = 5, 7 // 1970
	for _, c := range append(samples(), plain, quiet) {
		line := terse.AppendObject(nil, &c, nil)
		validate(t, "line", line)
		checkLine(t, &terse, &c, line)
	}
}

// checkLine wants a line to tell what the document tells.
func checkLine(t *testing.T, e *Encoder, c *flows.Teardown, line []byte) {
	t.Helper()
	got, order := membersOf(line)
	want, all := membersOf(e.AppendConversation(nil, c))
	for _, name := range unsaid {
		if _, ok := got[name]; ok {
			t.Errorf("a line has %s", name)
		}
		delete(want, name)
	}
	at := 0
	for _, name := range all {
		value, ok := want[name]
		switch line, has := got[name]; {
		case !ok:
		case !has:
			if means := absence[name]; means == nil || means(want) != value {
				t.Errorf("conversation %d: a line lacks %s, which is %s", c.ID, name, value)
			}
		case line != value:
			t.Errorf("conversation %d: %s is %s in a line and %s in the document", c.ID, name, line, value)
		case order[at] != name:
			t.Errorf("conversation %d: %s stands where %s is due", c.ID, order[at], name)
		}
		if _, has := got[name]; has {
			at++
		}
	}
	if at != len(order) {
		t.Errorf("conversation %d: a line has %v", c.ID, order[at:])
	}
}

// TestTerseConversationsTellTheSame takes the texts of inner times out of the full form and wants the terse one.
func TestTerseConversationsTellTheSame(t *testing.T) {
	terse := Encoder{Terse: true}
	for _, c := range samples() {
		c.Ends[0].RST.Text = "blocked by\x1b policy"
		short := terse.AppendConversation(nil, &c)
		validate(t, "conversation", short)
		full := AppendConversation(nil, &c)
		validate(t, "conversation", full)
		var got, want map[string]any
		if err := json.Unmarshal(short, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(full, &want); err != nil {
			t.Fatal(err)
		}
		for _, member := range []string{"states", "fin", "rst", "marks"} {
			stripTexts(want[member])
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("terse %s\nfull %s", short, full)
		}
	}
}

// stripTexts removes every member that has a twin in nanoseconds.
func stripTexts(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			stripTexts(e)
		}
	case map[string]any:
		for name, e := range v {
			if _, twin := v[name+"_ns"]; twin {
				delete(v, name)
			}
			stripTexts(e)
		}
	}
}

func TestALineCostsNoAllocation(t *testing.T) {
	e := Encoder{Terse: true}
	for _, c := range samples() {
		buf := bytes.Clone(e.AppendObject(nil, &c, nil))
		buf = e.AppendObject(buf[:0], &c, nil)
		if n := testing.AllocsPerRun(100, func() { buf = e.AppendObject(buf[:0], &c, nil) }); n != 0 {
			t.Errorf("the line of conversation %d costs %v allocations", c.ID, n)
		}
	}
}

// BenchmarkAppendLine holds the cost of what NDJSON writes.
func BenchmarkAppendLine(b *testing.B) {
	t := ordinary()
	e := Encoder{Terse: true}
	buf := e.AppendObject(nil, &t, nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendObject(buf[:0], &t, nil)
	}
}
