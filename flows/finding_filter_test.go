package flows_test

import (
	"slices"
	"testing"

	"tcpclose/flows"
	"tcpclose/flows/filter"
)

// TestAFindingsFilterSelectsItsConversations opens what a finding is about, as a person would.
func TestAFindingsFilterSelectsItsConversations(t *testing.T) {
	seen := map[flows.FindingID]bool{}
	flows.FoundInScripts(t, func(list []flows.Teardown, found []flows.Finding) {
		for i := range found {
			f := &found[i]
			seen[f.ID] = true
			chosen, err := filter.Parse(f.Filter)
			if err != nil {
				t.Errorf("%v: %s: %v", f.ID, f.Filter, err)
				continue
			}
			for j := range list {
				if slices.Contains(f.Conversations, list[j].ID) && !chosen.Match(&list[j]) {
					t.Errorf("%v: %s leaves out conversation %d", f.ID, f.Filter, list[j].ID)
				}
			}
		}
	})
	if len(seen) < int(flows.NumFindings)-1 {
		t.Errorf("only %d findings were made", len(seen))
	}
}

// TestAFindingOfOneSideLeavesTheOtherSidesOut has the other end do what the finding blames one for.
func TestAFindingOfOneSideLeavesTheOtherSidesOut(t *testing.T) {
	sided := map[flows.FindingID]int{flows.FindingUnreadData: 0, flows.FindingAbortingClose: 0, flows.FindingForgottenConnections: 0}
	flows.FoundInScripts(t, func(list []flows.Teardown, found []flows.Finding) {
		for i := range found {
			f := &found[i]
			chosen, err := filter.Parse(f.Filter)
			if _, ok := sided[f.ID]; !ok || err != nil {
				continue
			}
			for j := range list {
				if !slices.Contains(f.Conversations, list[j].ID) {
					continue
				}
				sided[f.ID]++
				mirrored := list[j].Clone()
				for k := range mirrored.Causes {
					mirrored.Causes[k].Who = flows.ByClient + flows.ByServer - mirrored.Causes[k].Who
				}
				if chosen.Match(&mirrored) {
					t.Errorf("%v: %s takes what the other side did", f.ID, f.Filter)
				}
			}
		}
	})
	for id, n := range sided {
		if n == 0 {
			t.Errorf("%v was not found", id)
		}
	}
}
