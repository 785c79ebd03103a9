package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tcpclose/flows"
)

func TestConversationsKeepTheSchema(t *testing.T) {
	for _, c := range samples() {
		validate(t, "conversation", AppendConversation(nil, &c))
	}
}

func TestTheSchemaRefusesWhatIsWrong(t *testing.T) {
	c := troubled()
	good := AppendConversation(nil, &c)
	for what, change := range map[string][2]string{
		"an unknown class":         {`"class":"rst-after-fin"`, `"class":"rst"`},
		"a missing member":         {`"roles_by":"syn",`, ``},
		"a member too many":        {`"roles_by"`, `"surprise":1,"roles_by"`},
		"a text for a number":      {`"first_frame":60001`, `"first_frame":"60001"`},
		"frame 0":                  {`"first_frame":60001`, `"first_frame":0`},
		"a time without fractions": {`"start":"2026-11-20T09:24:54.248220672Z"`, `"start":"2026-11-20T09:24:54Z"`},
		"null for a count":         {`"bytes_lost":{"client":512`, `"bytes_lost":{"client":null`},
		"half a frame":             {`"last_frame":60077`, `"last_frame":60077.5`},
		"a port beyond the last":   {`"port":50112`, `"port":70000`},
		"an unknown mark":          {`"id":"capture-gap"`, `"id":"gap"`},
		"a state of no RFC":        {`"state":"CLOSE-WAIT"`, `"state":"CLOSE_WAIT"`},
		"time in no state":         {`"CLOSE-WAIT":550000000`, `"CLOSING_TIME":550000000`},
		"no list of marks":         {`"marks":[`, `"marks":{},"x":[`},
		"a RST kind of its own":    {`"kind":"reply"`, `"kind":""`},
	} {
		t.Run(what, func(t *testing.T) {
			bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
			if bytes.Equal(bad, good) {
				t.Fatalf("the sample has no %s", change[0])
			}
			if err := validationError(t, "conversation", bad); err == nil {
				t.Errorf("allowed: %s", change[1])
			}
		})
	}
}

func TestAKeywordThatIsNotCheckedIsAnError(t *testing.T) {
	v, err := newValidator([]byte(`{"type": "string", "format": "ipv4"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.check(v.root, "x", "$"); err == nil {
		t.Error("format was passed over")
	}
}

// TestTheSchemaNamesEveryID compares the schema's lists with the tables of package flows.
func TestTheSchemaNamesEveryID(t *testing.T) {
	var schema struct {
		Defs map[string]struct {
			Enum       []any
			Properties map[string]struct{ Enum []any }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(SchemaJSON, &schema); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		enum []any
		want []string
	}{
		{"class", schema.Defs["class"].Enum, names(flows.NumClasses, flows.Class.String)},
		{"state", schema.Defs["state"].Enum, names(flows.NumStates, flows.State.String)},
		{"mark", schema.Defs["mark"].Properties["id"].Enum, names(flows.NumMarks, flows.MarkID.String)},
		{"cause", schema.Defs["cause"].Properties["id"].Enum, names(flows.NumCauses, flows.CauseID.String)},
		{"finding", schema.Defs["finding"].Properties["id"].Enum, names(flows.NumFindings, flows.FindingID.String)},
		{"shape", schema.Defs["conversation"].Properties["shape"].Enum, names(flows.NumShapes, flows.Shape.String)},
	} {
		var got []string
		for _, id := range c.enum {
			got = append(got, id.(string))
		}
		if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(c.want))) {
			t.Errorf("%s: the schema has %q, flows has %q", c.name, got, c.want)
		}
	}
}

func names[T ~uint8](n T, name func(T) string) (list []string) {
	for i := range n {
		list = append(list, name(i))
	}
	return list
}

func TestEveryMemberOfAConversationIsDescribed(t *testing.T) {
	for _, name := range MemberNames() {
		if doc := MemberDoc(name); !strings.HasSuffix(doc, ".") || len(doc) < 10 {
			t.Errorf("%s: %q", name, doc)
		}
	}
	if doc := MemberDoc("nothing"); doc != "" {
		t.Errorf("%q", doc)
	}
}
