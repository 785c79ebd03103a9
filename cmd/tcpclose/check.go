package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/report"
)

// maxOffenders is how many conversations of one condition a check names.
const maxOffenders = 1000

// checkOptions are the flags of check.
type checkOptions struct {
	survey
	failOn     []string
	failEmpty  bool
	conditions []condition
}

// A condition is one --fail-on with the conversations that it found: the first of them, and how many there are.
type condition struct {
	text   string
	filter *filter.Filter
	mu     sync.Mutex
	count  uint64
	found  []flows.Teardown
}

// newCheck is the command that asserts something of all connections, for pipelines.
func newCheck(std *stdio) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [FILE… | -] --fail-on FILTER [flags] [-- FILTER…]",
		Short: "Fail if any connection is of a kind that must not be",
		Long: "check reads captures and exits with 10 if any connection matches a --fail-on, and with 0 if none does; it names those\n" +
			"that do. -Y and the words behind -- say which connections are looked at in the first place. Damaged input exits with 3.",
		Example: "  tcpclose check trace.pcap --fail-on 'dst 10.0.0.5:443 and rsts > 0'   # no RST towards our service, nor from it\n" +
			"  tcpclose check trace.pcap --fail-on 'close-wait > 5s' --fail-on 'port 443 and class rst-abort,rst-after-fin'\n" +
			"  tcpclose check trace.pcap --fail-on 'cause likely:middlebox-reset' -- not port 22\n" +
			"  tcpclose check - -q -T json --fail-on 'bytes-lost > 0' < trace.pcap > check.json",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&o.failOn, "fail-on", nil, "fail if a connection matches this `FILTER`; may be repeated")
	o.register(cmd, "table", "json")
	f.BoolVar(&o.failEmpty, "fail-empty", false, "exit with 4 if there was no connection to look at")
	return cmd
}

// check looks at all flags before anything is read.
func (o *checkOptions) check(cmd *cobra.Command, args []string) error {
	if len(o.failOn) == 0 {
		return &usageError{text: "nothing to check", hint: "say what must not be, as --fail-on 'class rst-abort'"}
	}
	o.conditions = make([]condition, len(o.failOn))
	for i, text := range o.failOn {
		if strings.TrimSpace(text) == "" { // as a filter it would match every connection
			return &usageError{text: "--fail-on: the filter is empty", hint: "say what must not be, as --fail-on 'class rst-abort'"}
		}
		f, err := parseFilter(text, nil)
		if err != nil {
			return err
		}
		o.conditions[i].text, o.conditions[i].filter = text, f
		o.annotate.wanted(f)
	}
	return o.survey.check(cmd, args)
}

// add takes a conversation that must not be. Which ones are kept does not depend on the order in which they come.
func (c *condition) add(t *flows.Teardown) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	c.found = append(c.found, t.Clone())
	if len(c.found) >= 2*maxOffenders {
		c.settle()
	}
}

// settle leaves the first conversations, in the order of their first frames.
func (c *condition) settle() {
	slices.SortFunc(c.found, func(a, b flows.Teardown) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	c.found = c.found[:min(len(c.found), maxOffenders)]
}

// run judges all conversations and says which must not be.
func (o *checkOptions) run(ctx context.Context, std *stdio) error {
	var mu sync.Mutex
	looked := uint64(0)
	_, sum, err := o.read(ctx, std, func(t *flows.Teardown) bool {
		mu.Lock()
		looked++
		mu.Unlock()
		for i := range o.conditions {
			if c := &o.conditions[i]; c.filter.Match(t) {
				c.add(t)
			}
		}
		return false
	})
	if err != nil {
		return err
	}
	checks := make([]report.Check, len(o.conditions))
	failed := false
	for i := range o.conditions {
		c := &o.conditions[i]
		c.settle()
		checks[i] = report.Check{FailOn: c.text, Count: c.count, Conversations: c.found}
		failed = failed || c.count > 0
	}
	err = o.write(std, func(w io.Writer, width int) error {
		if o.format == "json" {
			return report.WriteChecksJSON(w, checks, looked, sum)
		}
		return report.WriteChecks(w, checks, looked, sum, width)
	})
	if err != nil {
		return err
	}
	switch {
	case failed:
		return o.outcome(ctx, std, sum, exitCheck)
	case o.failEmpty && looked == 0:
		return o.outcome(ctx, std, sum, exitNoMatch)
	}
	return o.outcome(ctx, std, sum)
}
