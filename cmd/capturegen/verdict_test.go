package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// TestTheTrackerGivesEveryConversationTheExpectedClass runs the reference captures through the real thing.
func TestTheTrackerGivesEveryConversationTheExpectedClass(t *testing.T) {
	for _, args := range [][]string{
		{"-mode", "mix", "-flows", "1000"},
		{"-mode", "short", "-flows", "3000"},
		{"-mode", "one", "-packets", "2000"},
		{"-mode", "syn", "-flows", "500"},
	} {
		file, expectations := generate(t, args...)
		src, err := decode.Open([]string{file}, decode.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := flows.Collect(context.Background(), src, decode.Config{}, flows.Config{}, nil)
		_ = src.Close()
		if err != nil {
			t.Fatal(err)
		}
		byFrame := map[uint64]*flows.Teardown{}
		for i := range list {
			byFrame[list[i].ID] = &list[i]
		}
		wrong := map[string][]string{}
		for _, row := range expected(t, expectations) {
			frame, err := strconv.ParseUint(row[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			got := byFrame[frame]
			delete(byFrame, frame)
			switch {
			case got == nil:
				key := row[4] + ": no conversation begins there"
				wrong[key] = append(wrong[key], row[0])
			case got.Class.String() != row[3]:
				key := row[4] + ": " + got.Class.String() + ", want " + row[3]
				wrong[key] = append(wrong[key], row[0])
			case got.Ends[flows.Client].Addr.String() != row[1] || got.Ends[flows.Server].Addr.String() != row[2]:
				key := row[4] + ": the roles are swapped"
				wrong[key] = append(wrong[key], row[0])
			}
		}
		for _, key := range slices.Sorted(maps.Keys(wrong)) {
			t.Errorf("%v: %s: %d conversations, first frames %v", args, key, len(wrong[key]), wrong[key][:min(3, len(wrong[key]))])
		}
		if len(byFrame) > 0 {
			extra := slices.Sorted(maps.Keys(byFrame))
			t.Errorf("%v: %d conversations more than expected, the first at frame %d (%v)", args, len(extra), extra[0], byFrame[extra[0]].Class)
		}
	}
}
