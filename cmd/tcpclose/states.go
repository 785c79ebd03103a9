package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// statesOptions are the flags of states.
type statesOptions struct {
	survey
	by    string
	step  time.Duration
	at    string
	host  string
	top   int
	scope flows.Scope
	addr  netip.Addr
}

// scopeChoices are the values of states --by.
var scopeChoices = []string{"capture", "host", "service", "pair"}

// newStates is the command that counts sockets by state: netstat from a capture.
func newStates(std *stdio) *cobra.Command {
	var o statesOptions
	cmd := &cobra.Command{
		Use:   "states [FILE… | -] [flags] [-- FILTER…]",
		Short: "Count sockets by state over time, or list them as ss would have",
		Long: "states follows the sockets at both ends of every TCP connection in a capture: how many were in each state at any time,\n" +
			"for the whole capture, by host, by service, or by pair of client and service. Each figure is what is certain, and after\n" +
			"a + what may have been there besides: a silent ESTABLISHED may be dead, an orphan in FIN-WAIT-2 may have expired.\n" +
			"--at T prints the socket table of that moment as ss -tan would have.",
		Example: "  tcpclose states trace.pcap                       # sockets in each state over time\n" +
			"  tcpclose states trace.pcap --by service          # the most of each, and what only grows\n" +
			"  tcpclose states trace.pcap --by pair             # TIME-WAIT against the ephemeral ports\n" +
			"  tcpclose states trace.pcap --step 1s -T csv\n" +
			"  tcpclose states trace.pcap --at 12.9s --host 10.0.0.5\n" +
			"  tcpclose states trace.pcap --at 2026-11-20T09:25:00Z -- port 443",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd, args); err != nil {
				return err
			}
			if o.at != "" {
				return o.runAt(cmd.Context(), std)
			}
			return o.run(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.by, "by", "capture", "count sockets by `KEY`: "+strings.Join(scopeChoices, ", "))
	f.DurationVar(&o.step, "step", 0, "`TIME` between two lines, as 1s (default: what gives a few lines)")
	f.StringVar(&o.at, "at", "", "list the sockets at `TIME`: since the first packet as 12.9s, or RFC 3339")
	f.StringVar(&o.host, "host", "", "only sockets of this `ADDRESS`")
	f.IntVar(&o.top, "top", 20, "name `N` hosts, services or pairs at most; 0 is all")
	o.register(cmd, "table", "json", "csv")
	completeChoices(cmd, map[string][]string{"by": scopeChoices})
	return cmd
}

// check looks at all flags before anything is read.
func (o *statesOptions) check(cmd *cobra.Command, args []string) error {
	var ok bool
	if o.scope, ok = flows.ParseScope(o.by); !ok {
		return badValue("--by", o.by, scopeChoices)
	}
	if o.step < 0 || o.step > 0 && o.step < time.Millisecond {
		return usagef("--step %v: must be 1ms or more", o.step)
	}
	if o.top < 0 {
		return usagef("--top %d: must not be negative", o.top)
	}
	if o.host != "" {
		var err error
		if o.addr, err = netip.ParseAddr(o.host); err != nil {
			return usagef("--host %q is no address", o.host)
		}
		o.addr = o.addr.Unmap()
	}
	if o.at != "" && (cmd.Flags().Changed("by") || cmd.Flags().Changed("step")) {
		return usagef("--at lists sockets of one moment; it cannot be used with --by or --step")
	}
	return o.survey.check(cmd, args)
}

// run counts sockets over time.
func (o *statesOptions) run(ctx context.Context, std *stdio) error {
	p := flows.NewPopulation(o.model.config, sampling(o.step))
	_, sum, err := o.read(ctx, std, func(t *flows.Teardown) bool {
		p.Add(t)
		return false
	})
	if err != nil {
		return err
	}
	r := report.PopulationOptions{By: o.scope, Step: int64(o.step), Top: o.top}
	if o.addr.IsValid() {
		r.Host = o.addr.String()
		if r.By == flows.ScopeCapture {
			r.By = flows.ScopeHost
		}
	}
	err = o.write(std, func(w io.Writer, width int) error {
		r.Width = width
		switch o.format {
		case "json":
			return report.WritePopulationJSON(w, p, sum, r)
		case "csv":
			return report.WritePopulationCSV(w, p, r)
		}
		return report.WritePopulation(w, p, sum, r)
	})
	if err != nil {
		return err
	}
	return o.outcome(ctx, std, sum)
}

// sampling returns how finely sockets are counted for lines that lie a step apart: a power of two finer, so that what grows
// between them is seen; what is too fine for the capture is doubled until it fits.
func sampling(step time.Duration) time.Duration {
	for range 6 {
		if step%2 != 0 {
			break
		}
		step /= 2
	}
	return step
}

// runAt lists the sockets at one moment. An offset counts from the first packet: of standard input that is known only
// when all was read, so all conversations are kept until then.
func (o *statesOptions) runAt(ctx context.Context, std *stdio) error {
	at, known, err := o.moment(std)
	if err != nil {
		return err
	}
	table := flows.NewSocketTable(o.model.config, at, o.addr)
	list, sum, err := o.read(ctx, std, func(t *flows.Teardown) bool {
		if known {
			table.Add(t)
		}
		return !known
	})
	if err != nil {
		return err
	}
	if !known && sum.First != flows.NoTime {
		d, _ := time.ParseDuration(o.at)
		at = sum.First + int64(d)
		table = flows.NewSocketTable(o.model.config, at, o.addr)
		for i := range list {
			table.Add(&list[i])
		}
	}
	if sum.First != flows.NoTime && (at < sum.First || at > sum.Last) {
		e := &usageError{text: fmt.Sprintf("--at %s lies outside of the capture, which lasts %v from %s", o.at,
			time.Duration(sum.Last-sum.First).Round(time.Millisecond), time.Unix(0, sum.First).UTC().Format(time.RFC3339Nano))}
		if _, err := strconv.ParseFloat(o.at, 64); err == nil { // seconds since 1970
			e.hint = atHint
		}
		return e
	}
	sockets, cut := table.Sockets()
	err = o.write(std, func(w io.Writer, width int) error {
		switch o.format {
		case "json":
			return report.WriteSocketsJSON(w, sockets, cut, at, sum.Complete)
		case "csv":
			return report.WriteSocketsCSV(w, sockets)
		}
		return report.WriteSockets(w, sockets, cut, at, width)
	})
	if err != nil {
		return err
	}
	return o.outcome(ctx, std, sum)
}

// atHint says how --at is written.
const atHint = "write it as 12.9s since the first packet, or as 2026-11-20T09:24:52Z"

// moment reads --at; known is false for an offset from a beginning that is not known yet.
func (o *statesOptions) moment(std *stdio) (at int64, known bool, err error) {
	d, err := time.ParseDuration(o.at)
	if err != nil {
		at, err = parseMoment("--at", o.at)
		if err != nil {
			return 0, false, &usageError{text: err.Error(), hint: atHint}
		}
		return at, true, nil
	}
	begin, known, err := o.begin()
	return begin + int64(d), known, err
}
