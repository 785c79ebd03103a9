package report

import (
	"encoding/json"
	"reflect"
	"testing"
)

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

// BenchmarkAppendTerseConversation holds the cost of what NDJSON writes.
func BenchmarkAppendTerseConversation(b *testing.B) {
	t := ordinary()
	e := Encoder{Terse: true}
	buf := e.AppendConversation(nil, &t)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendConversation(buf[:0], &t)
	}
}
