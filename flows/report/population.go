package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"tcpclose/flows"
)

// PopulationOptions say which part of a population is written.
type PopulationOptions struct {
	By    flows.Scope // whose sockets are counted apart
	Host  string      // only crowds of this host; empty for all
	Step  int64       // nanoseconds between two lines; 0 takes a few lines for the whole capture
	Top   int         // crowds at most; 0 is all
	Width int         // of the terminal; 0 is endless
}

// populationLines is about how many moments are printed where no step is asked for.
const populationLines = 24

// countText renders how many sockets there were: "12", and "12+3" where three more may have been there.
func countText(c flows.Count) string {
	if c.Maybe == 0 {
		return strconv.Itoa(c.Certain)
	}
	return strconv.Itoa(c.Certain) + "+" + strconv.Itoa(c.Maybe)
}

// stride returns after how many samples the next line comes.
func (o *PopulationOptions) stride(p *flows.Population, samples int) int {
	if o.Step > 0 {
		return int(max(o.Step/p.Step(), 1))
	}
	for _, n := range [...]int{1, 2, 5, 10, 20, 50, 100} {
		if samples <= n*populationLines {
			return n
		}
	}
	return 100
}

// statesSeen lists the states that any socket was in.
func statesSeen(p *flows.Population) (list []flows.State) {
	passed := p.Passed()
	for s := flows.SynSent; s < flows.Closed; s++ {
		if passed[flows.Client][s]+passed[flows.Server][s] > 0 {
			list = append(list, s)
		}
	}
	return list
}

// crowds lists whose sockets are written.
func (o *PopulationOptions) crowds(p *flows.Population) []flows.Crowd {
	list := p.Crowds(o.By)
	if o.Host != "" {
		list = slices.DeleteFunc(list, func(c flows.Crowd) bool {
			return c.Host.String() != o.Host && c.Service.Addr().String() != o.Host
		})
	}
	if o.Top > 0 && len(list) > o.Top {
		list = list[:o.Top]
	}
	return list
}

// WritePopulation writes for people how many sockets were in each state: of the whole capture moment by moment, of hosts,
// services and pairs the most at any moment; below it which of them only grow, and whose ports run short.
func WritePopulation(w io.Writer, p *flows.Population, s *flows.Summary, o PopulationOptions) error {
	states := statesSeen(p)
	crowds := o.crowds(p)
	if len(states) == 0 || len(crowds) == 0 {
		_, err := fmt.Fprintln(w, "No socket was seen in any state.")
		return err
	}
	out := bufio.NewWriter(w)
	var err error
	if o.By == flows.ScopeCapture || len(crowds) == 1 {
		for i, c := range crowds {
			if i > 0 {
				fmt.Fprintln(out)
			}
			if c.Scope != flows.ScopeCapture {
				fmt.Fprintf(out, "%s\n", c)
			}
			err = writeMoments(out, p, s, c, states, &o)
		}
	} else {
		err = writeCrowds(out, p, crowds, states, &o)
	}
	if err != nil {
		return err
	}
	writePopulationNotes(out, p, &o)
	return out.Flush()
}

// writeMoments writes a line for each moment.
func writeMoments(w io.Writer, p *flows.Population, s *flows.Summary, c flows.Crowd, states []flows.State, o *PopulationOptions) error {
	samples := 0
	for range p.Samples(c) {
		samples++
	}
	stride := o.stride(p, samples)
	columns := append([]gridColumn{{title: "time (UTC)"}, {title: "offset", right: true, rank: 1}}, stateColumns(states)...)
	layout := "15:04:05"
	if p.Step() < int64(time.Second) {
		layout = "15:04:05.000"
	}
	return writeGrid(w, columns, func(yield func([]string) bool) {
		n := 0
		for at, census := range p.Samples(c) {
			n++
			last := n == samples
			if (at/p.Step())%int64(stride) != 0 && (!last || o.Step > 0) {
				continue
			}
			row := []string{time.Unix(0, at).UTC().Format(layout), seconds(at - s.First)}
			for _, state := range states {
				row = append(row, countText(census.Of(state)))
			}
			if !yield(row) {
				return
			}
		}
		if c.Scope == flows.ScopeCapture {
			passed, row := p.Passed(), []string{"at any time", ""}
			for _, state := range states {
				row = append(row, strconv.FormatUint(passed[flows.Client][state]+passed[flows.Server][state], 10))
			}
			yield(row)
		}
	}, o.Width)
}

// writeCrowds writes a line for each crowd: the most sockets in each state at any sample. A state that none of them was in at
// a sample makes room first.
func writeCrowds(w io.Writer, p *flows.Population, crowds []flows.Crowd, states []flows.State, o *PopulationOptions) error {
	rows := make([][]string, len(crowds))
	for i, c := range crowds {
		most, peak := crowdPeaks(p, c, states)
		rows[i] = []string{c.String(), countText(most)}
		for _, state := range states {
			rows[i] = append(rows[i], countText(peak[state]))
		}
	}
	columns := append([]gridColumn{crowdColumn(o.By), {title: "most", right: true}}, stateColumns(states)...)
	for i := len(columns) - len(states); i < len(columns); i++ {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "0" }) {
			columns[i].rank = 1
		}
	}
	return writeGrid(w, columns, slices.Values(rows), o.Width)
}

// crowdPeaks returns the most sockets that a crowd had at any sample: of all states together, and of each.
func crowdPeaks(p *flows.Population, c flows.Crowd, states []flows.State) (most flows.Count, peak [flows.NumStates]flows.Count) {
	for _, census := range p.Samples(c) {
		var all flows.Count
		for _, state := range states {
			n := census.Of(state)
			all.Certain += n.Certain
			all.Maybe += n.Maybe
			if n.Most() > peak[state].Most() {
				peak[state] = n
			}
		}
		if all.Most() > most.Most() {
			most = all
		}
	}
	return most, peak
}

// writePopulationNotes says how the figures are to be read, which lines only rise, and whose ports run short.
func writePopulationNotes(out *bufio.Writer, p *flows.Population, o *PopulationOptions) {
	fmt.Fprintf(out, "\nSampled every %s; n+m: n sockets for certain, m more perhaps.\n", duration(p.Step()))
	if p.Cut() && o.By != flows.ScopeCapture {
		fmt.Fprintf(out, "There are more %ss than are counted apart: these are a sample.\n", o.By)
	}
	for _, g := range p.Growing() {
		if o.Host != "" && g.Crowd.Service.Addr().String() != o.Host {
			continue
		}
		fmt.Fprintf(out, "%s on the %s side of %s only rises: %s at the end.\n", g.State, g.Side, g.Crowd.Service, countText(g.Last))
	}
	if o.By != flows.ScopePair {
		return
	}
	ports := p.Ports()
	if o.Top > 0 && len(ports) > o.Top {
		ports = ports[:o.Top]
	}
	fmt.Fprintf(out, "\nPorts of the default range (%s) that clients took:\n", grouped(flows.EphemeralPorts))
	columns := []gridColumn{
		{title: "client", least: 13, cut: cutEnd},
		{title: "service", least: addressWidth, floor: 13, cut: cutAddress},
		{title: "ports", right: true},
		{title: "share", right: true},
		{title: "TIME-WAIT", right: true},
		{title: "at (UTC)"},
		{title: "TIME-WAIT of the server", right: true, rank: 1},
		{title: "runs out (UTC)"},
	}
	_ = writeGrid(out, columns, func(yield func([]string) bool) { // the error stays in out
		for i := range ports {
			x := &ports[i]
			row := []string{
				x.Client.String(), x.Service.String(), countText(x.Peak), percent(uint64(x.Peak.Most()), flows.EphemeralPorts),
				countText(x.TimeWait), clockTime(x.PeakAt), countText(x.ServerHeld), clockTime(x.RunsOut),
			}
			if !yield(row) {
				return
			}
		}
	}, o.Width)
}

// clockTime renders the time of day, or a dash for none.
func clockTime(ns int64) string {
	if ns == flows.NoTime {
		return "-"
	}
	return time.Unix(0, ns).UTC().Format("15:04:05")
}

// WritePopulationCSV writes a line for each moment, crowd, role and state with a socket in it.
func WritePopulationCSV(w io.Writer, p *flows.Population, o PopulationOptions) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("time,time_ns,by,host,service,side,state,certain,maybe\r\n")
	var c clock
	for _, crowd := range o.crowds(p) {
		host, service := crowdNames(crowd)
		forMoments(p, crowd, &o, func(at int64, census *flows.Census) {
			for side := range census {
				for state, n := range census[side] {
					if n.Most() == 0 {
						continue
					}
					b := c.appendText(nil, at)
					b = appendInt(append(b, ','), at)
					b = fmt.Appendf(b, ",%s,%s,%s,%s,%s,%d,%d\r\n", o.By, host, service, flows.Side(side), flows.State(state), n.Certain, n.Maybe)
					_, _ = out.Write(b) // bufio keeps the error for Flush
				}
			}
		})
	}
	return out.Flush()
}

// forMoments goes through the samples at the step that was asked for: all of them where none was.
func forMoments(p *flows.Population, c flows.Crowd, o *PopulationOptions, f func(at int64, census *flows.Census)) {
	stride := int64(1)
	if o.Step > 0 {
		stride = max(o.Step/p.Step(), 1)
	}
	for at, census := range p.Samples(c) {
		if (at/p.Step())%stride == 0 {
			f(at, census)
		}
	}
}

// crowdNames returns the host and the service of a crowd as text, empty where it has none.
func crowdNames(c flows.Crowd) (host, service string) {
	if c.Host.IsValid() {
		host = c.Host.String()
	}
	if c.Service.IsValid() {
		service = c.Service.String()
	}
	return host, service
}

// WritePopulationJSON writes everything as one JSON document.
func WritePopulationJSON(w io.Writer, p *flows.Population, s *flows.Summary, o PopulationOptions) error {
	out := bufio.NewWriter(w)
	var c clock
	b := fmt.Appendf(nil, `{"schema":"%s","by":"%s","step_ns":%d,"sampled":%t,"crowds":[`, Schema, o.By, p.Step(), p.Cut() && o.By != flows.ScopeCapture)
	for i, crowd := range o.crowds(p) {
		if i > 0 {
			b = append(b, ',')
		}
		host, service := crowdNames(crowd)
		b = appendOptional(append(b, "\n{\"host\":"...), host)
		b = appendOptional(append(b, `,"service":`...), service)
		b = append(b, `,"samples":[`...)
		first := true
		forMoments(p, crowd, &o, func(at int64, census *flows.Census) {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(b, "\n{"...)
			n := len(b)
			b = c.append(b, &stampTime, at)
			b = slices.Delete(b, n, n+1) // the comma before the first member
			for side := range census {
				b = fmt.Appendf(b, `,"%s":{`, flows.Side(side))
				b = appendCensus(b, &census[side])
				b = append(b, '}')
			}
			b = append(b, '}')
			_, _ = out.Write(b) // bufio keeps the error for Flush
			b = b[:0]
		})
		b = append(b, "]}"...)
	}
	b = append(b, "],\n\"growing\":["...)
	for i, g := range p.Growing() {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"service":"%s","side":"%s","state":"%s","rises":%d,"last":`, g.Crowd.Service, g.Side, g.State, g.Rises)
		b = append(appendCount(b, g.Last), '}')
	}
	b = append(b, "],\n\"ports\":["...)
	if o.By == flows.ScopePair {
		b = appendPorts(b, p.Ports(), &c)
	}
	b = fmt.Appendf(b, "],\"complete\":%t}\n", s.Complete)
	_, _ = out.Write(b)
	return out.Flush()
}

func appendCount(b []byte, n flows.Count) []byte {
	return fmt.Appendf(b, `{"certain":%d,"maybe":%d}`, n.Certain, n.Maybe)
}

func appendCensus(b []byte, census *[flows.NumStates]flows.Count) []byte {
	first := true
	for state, n := range census {
		if n.Most() == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = fmt.Appendf(b, `"%s":`, flows.State(state))
		b = appendCount(b, n)
	}
	return b
}

func appendPorts(b []byte, list []flows.Ports, c *clock) []byte {
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		x := &list[i]
		b = fmt.Appendf(b, "\n{\"client\":\"%s\",\"service\":\"%s\",\"conversations\":%d,\"peak\":", x.Client, x.Service, x.Conversations)
		b = append(appendCount(b, x.Peak), `,"time_wait":`...)
		b = append(appendCount(b, x.TimeWait), `,"server_time_wait":`...)
		b = appendCount(b, x.ServerHeld)
		b = fmt.Appendf(b, `,"ephemeral_ports":%d,"half_ephemeral_ports":%d`, flows.EphemeralPorts, flows.HalfEphemeralPorts)
		b = c.append(b, &stampPeak, x.PeakAt)
		b = c.append(b, &stampRunsOut, x.RunsOut)
		b = append(c.append(b, &stampHalfRunsOut, x.HalfRunsOut), '}')
	}
	return b
}

var (
	stampPeak        = stampOf("peak_at")
	stampRunsOut     = stampOf("runs_out")
	stampHalfRunsOut = stampOf("half_runs_out")
)
