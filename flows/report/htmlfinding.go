package report

import "tcpclose/flows"

func htmlFindingOf(f *flows.Finding, shown map[uint64]string) htmlFinding {
	out := htmlFinding{
		Rank: f.Rank, ID: f.ID.String(), Confidence: f.Confidence.String(), Sentence: plainText(f.Sentence), Count: f.Count,
		Remedies: f.Remedies, Filter: f.Filter, Numbers: findingNumbers(f),
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, plainText(e))
	}
	for _, id := range f.Conversations {
		out.Links = append(out.Links, htmlLink{id, shown[id]})
	}
	if n := uint64(len(f.Conversations)); f.Count > n {
		out.More = f.Count - n
	}
	return out
}

// otherFindings counts findings by their kinds.
func otherFindings(list []flows.Finding) (others []htmlOther) {
	var kinds [flows.NumFindings]struct{ number, conversations uint64 }
	for i := range list {
		k := &kinds[list[i].ID]
		k.number++
		k.conversations += list[i].Count
	}
	for id, k := range kinds {
		if k.number > 0 {
			others = append(others, htmlOther{flows.FindingID(id).String(), grouped(k.number), grouped(k.conversations)})
		}
	}
	return others
}

// findingNumbers says how much a finding touches.
func findingNumbers(f *flows.Finding) string {
	text := count(f.Count, "conversation")
	if f.Of > 0 {
		text += " of " + grouped(f.Of)
	}
	if f.Longest > 0 {
		text += ", the longest " + duration(f.Longest)
	}
	if f.BytesLost > 0 {
		text += ", " + count(f.BytesLost, "octet") + " lost"
	}
	return text
}
