package flows

import (
	"fmt"
	"slices"
	"strings"
)

// describe prints all of a verdict that does not depend on absolute sequence numbers and addresses. With flip, client
// and server have changed places.
func describe(td *Teardown, flip bool) string {
	who := func(w Who) Who {
		if flip && (w == ByClient || w == ByServer) {
			return ByClient + ByServer - w
		}
		return w
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v/%v first=%v closer=%v reset-by=%v final=%v frames %d–%d time %d–%d close %d–%d watched %d idle %d\n",
		td.ID, td.Class, td.Shape, who(td.FirstFIN), who(td.Closer), who(td.ResetBy), td.Final, td.FirstFrame, td.LastFrame,
		td.Start, td.Last, td.CloseStart, td.CloseEnd, td.WatchedUntil, td.IdleBeforeClose)
	var lines []string
	for s := range Side(2) {
		e := td.Ends[s]
		name := who(By(s))
		lines = append(lines, fmt.Sprintf("%v: syn %v %d/%d/%d lost %d rtt %d retrans %d last %d held %v", name, e.SawSYN, e.Packets, e.Bytes, e.DataBytes,
			e.BytesLost, e.RTT, e.Retrans, e.LastData, e.Held))
		f, r := e.FIN, e.RST
		f.Seq, f.Ack, r.Seq, r.Text = 0, 0, 0, ""
		lines = append(lines, fmt.Sprintf("%v: FIN %+v", name, f), fmt.Sprintf("%v: RST %+v", name, r))
		for i, tr := range e.States {
			lines = append(lines, fmt.Sprintf("%v: %2d %v %v frame %d from %d to %d %v", name, i, tr.State, tr.Grade, tr.Frame, tr.Earliest, tr.Latest, tr.Received))
		}
	}
	for _, m := range td.Marks {
		lines = append(lines, fmt.Sprintf("mark %v %v %d %d", m.ID, who(m.Who), m.Frame, m.Time))
	}
	for _, c := range td.Causes {
		lines = append(lines, fmt.Sprintf("cause %v %v %v %v", c.ID, c.Confidence, who(c.Who), c.Evidence()))
	}
	for _, d := range td.Uncertain {
		what := d.What
		if flip {
			what = strings.NewReplacer("client", "server", "server", "client").Replace(what)
		}
		lines = append(lines, fmt.Sprintf("uncertain %s %v", what, d.Alternatives))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, "\n"))
	return b.String()
}

// differ returns the lines in which two descriptions differ.
func differ(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for _, l := range la {
		if !slices.Contains(lb, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range lb {
		if !slices.Contains(la, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}
