package model

import (
	"context"

	"tcpclose/flows"
)

// LookForFindings goes through all conversations for what they have in common, beside the screen. It is done once, when
// reading has ended: a finding needs the whole.
func (m *Model) LookForFindings(cfg flows.Config, sum *flows.Summary) {
	snap := m.Snapshot
	m.Finding = true
	m.jobs.start(taskFindings, 0, func(ctx context.Context) func() {
		list := findings(ctx, snap, cfg, sum)
		if ctx.Err() != nil {
			return nil
		}
		return func() {
			m.Finding = false
			m.Findings.Rows, m.Findings.Ready = list, true
			switch n := len(list); {
			case m.Message != "" || n == 0:
			case n == 1:
				m.say(Info, "one finding: 7 shows it")
			default:
				m.say(Info, "%s findings: 7 shows them", Count(n))
			}
		}
	})
}

func findings(ctx context.Context, s *Snapshot, cfg flows.Config, sum *flows.Summary) []flows.Finding {
	all := flows.NewFindingsWithPorts(cfg)
	var t flows.Teardown
	for row := range s.All() {
		if row%stretch == 0 && ctx.Err() != nil {
			return nil
		}
		s.Teardown(row, &t)
		all.Add(&t)
	}
	return all.List(sum, nil)
}
