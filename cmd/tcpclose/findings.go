package main

import (
	"fmt"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// findingsWanted reports whether the report says what conversations have in common: a format without a summary does not.
func (r *reporter) findingsWanted() bool {
	return r.o.format == "json" || r.o.format != "csv" && !r.o.noSummary
}

// match returns the filter, which shows every conversation to the findings too.
func (r *reporter) match() func(t *flows.Teardown) bool {
	match := r.o.filter.Match
	if !r.findingsWanted() {
		return match
	}
	r.findings = flows.NewFindingsWithPorts(r.config())
	r.findings.Called = r.known.called()
	return func(t *flows.Teardown) bool {
		ok := match(t)
		r.findings.AddSelected(t, ok)
		return ok
	}
}

// found puts the findings into the summary, which it returns.
func (r *reporter) found(sum *flows.Summary) *flows.Summary {
	if r.findings != nil && sum != nil {
		sum.Findings = r.findings.List(sum, r.population)
	}
	return sum
}

// writeFindings writes the findings for people.
func (r *reporter) writeFindings(width int) error {
	if len(r.sum.Findings) == 0 {
		return nil
	}
	if err := report.WriteFindings(r.out, r.sum.Findings, width); err != nil {
		return err
	}
	_, err := fmt.Fprintln(r.out)
	return err
}
