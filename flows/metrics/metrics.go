// Package metrics tells Prometheus what a live capture sees: how connections end, how long their closes take, which
// states sockets are in, and whether the capture itself keeps up.
//
// The number of time series is bounded whatever the traffic: at most MaxServices services have names, and a service gets
// one only once it has answered, so that a port scan names nobody; what has none is counted as Other.
package metrics

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tcpclose/flows"
)

// MaxServices is how many services have a label of their own, where New is told 0.
const MaxServices = 100

// Other is the label of all services without one of their own.
const Other = "other"

// A Capture is how far the source of packets is, in totals.
type Capture struct {
	Packets, Dropped, Octets uint64
	Stopped                  bool // no packets come any more
	Down                     bool // none can come for now: the interface is down
}

// An Owners is how often sockets of this host were looked up.
type Owners struct{ Found, Disagreed uint64 }

// Sources are where a scrape reads the present from. Owners may be nil.
type Sources struct {
	Capture func() Capture
	Pulse   *flows.Pulse
	Owners  func() Owners
	Memory  int64  // the bound of what conversations may take, in octets; 0 for none
	Version string // of the program
}

// Metrics counts verdicts and serves what it counted. Its methods may be called by several goroutines.
type Metrics struct {
	registry  *prometheus.Registry
	teardowns *prometheus.CounterVec
	stalls    *prometheus.CounterVec
	closing   *prometheus.HistogramVec

	mu       sync.Mutex // guards services
	services map[netip.AddrPort]string
	most     int
}

// The names of all metrics, with what they tell. Alert rules and dashboards are checked against this table.
const (
	nameTeardowns = "tcpclose_teardowns_total"
	nameStalls    = "tcpclose_stalls_total"
	nameClosing   = "tcpclose_close_duration_seconds"
	nameInfo      = "tcpclose_build_info"
)

// closeBuckets are the bounds of how long a close takes, in seconds: from a round trip in one data centre to a FIN sent
// again until its sender gave up.
var closeBuckets = []float64{.0001, .0005, .001, .005, .01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}

// New makes metrics without a verdict; services is how many have names, MaxServices where 0.
func New(s Sources, services int) *Metrics {
	if services <= 0 {
		services = MaxServices
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		teardowns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: nameTeardowns, Help: "Connections that ended, by class, first cause and service.",
		}, []string{"class", "cause", "service"}),
		stalls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: nameStalls, Help: "Connections that began to stall while they lasted, by class and service.",
		}, []string{"class", "service"}),
		closing: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: nameClosing, Help: "From the first FIN or RST until both ends had closed, by class.", Buckets: closeBuckets,
		}, []string{"class"}),
		services: map[netip.AddrPort]string{}, most: services,
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: nameInfo, Help: "1, with the version of the program.", ConstLabels: prometheus.Labels{"version": s.Version},
	})
	info.Set(1)
	m.registry.MustRegister(m.teardowns, m.stalls, m.closing, info, &present{s, m},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics in Prometheus's text formats.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Tell counts a verdict. What was given up for want of memory has none: it is counted as evicted alone.
func (m *Metrics) Tell(t *flows.Teardown, why flows.Occasion) {
	switch why {
	case flows.Stalled:
		m.stalls.WithLabelValues(t.Class.String(), m.service(t)).Inc()
	case flows.Ended:
		cause := "none"
		if len(t.Causes) > 0 {
			cause = t.Causes[0].ID.String()
		}
		m.teardowns.WithLabelValues(t.Class.String(), cause, m.service(t)).Inc()
		if d := t.CloseDuration(); d != flows.NoTime {
			m.closing.WithLabelValues(t.Class.String()).Observe(float64(d) / 1e9)
		}
	case flows.Evicted:
	}
}

// service returns the label of a conversation's service.
func (m *Metrics) service(t *flows.Teardown) string {
	return m.label(t.Ends[flows.Server].Addr, t.Served() && t.Ends[flows.Server].Packets > 0)
}

// label returns the label of a server; one that has answered gets one of its own while there are some left.
func (m *Metrics) label(server netip.AddrPort, answered bool) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name, ok := m.services[server]; ok {
		return name
	}
	if len(m.services) >= m.most || !answered {
		return Other
	}
	name := server.String()
	m.services[server] = name
	return name
}

// present collects what is read at each scrape.
type present struct {
	s Sources
	m *Metrics
}

// A reading is one metric that is read at each scrape, of one kind or by labels.
type reading struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) reading {
	return reading{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
}

func total(name, help string) reading {
	return reading{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue}
}

// Each help stands by itself: the metrics are served in the order of their names, and looked at one by one.
var (
	readPackets   = total("tcpclose_capture_packets_total", "Packets that the kernel's filter let through and the capture delivered.")
	readOctets    = total("tcpclose_capture_octets_total", "Octets, on the wire, of the packets that the capture delivered.")
	readDropped   = total("tcpclose_capture_dropped_packets_total", "Packets that the kernel dropped because the ring was full.")
	readRunning   = gauge("tcpclose_capture_running", "1 while packets can come, 0 while the interface is down and once the source has stopped.")
	readSockets   = gauge("tcpclose_sockets", "Sockets in each state, by the role of their end and by service.", "state", "role", "service")
	readKept      = gauge("tcpclose_conversations", "Conversations kept in memory, closed ones until nothing can change their verdict.")
	readMemory    = gauge("tcpclose_conversations_memory_bytes", "Memory that the conversations kept take.")
	readLimit     = gauge("tcpclose_conversations_memory_limit_bytes", "The bound of the memory for conversations (--mem); 0 for none.")
	readEvicted   = total("tcpclose_conversations_evicted_total", "Conversations given up early for want of memory (--mem).")
	readFound     = total("tcpclose_owner_lookups_total", "Sockets of this host that were found for a conversation (--owners).")
	readDisagreed = total("tcpclose_owner_disagreements_total", "Sockets found for a conversation that the kernel has in another state than the wire shows (--owners).")
)

// readings lists all of them.
var readings = []reading{
	readPackets, readOctets, readDropped, readRunning, readSockets, readKept, readMemory, readLimit, readEvicted, readFound, readDisagreed,
}

// Describe implements prometheus.Collector.
func (p *present) Describe(out chan<- *prometheus.Desc) {
	for _, r := range readings {
		out <- r.desc
	}
}

// Collect implements prometheus.Collector.
func (p *present) Collect(out chan<- prometheus.Metric) {
	give := func(r reading, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(r.desc, r.kind, value, labels...)
	}
	c := p.s.Capture()
	give(readPackets, float64(c.Packets))
	give(readOctets, float64(c.Octets))
	give(readDropped, float64(c.Dropped))
	running := 1.0
	if c.Stopped || c.Down {
		running = 0
	}
	give(readRunning, running)
	b := p.s.Pulse.Read()
	for service, counts := range p.sockets() {
		for side := range counts {
			for state, n := range counts[side] {
				if s := flows.State(state); s != flows.Unknown && s != flows.Closed {
					give(readSockets, float64(n), s.String(), strings.ToLower(flows.Side(side).String()), service)
				}
			}
		}
	}
	give(readKept, float64(b.Conversations))
	give(readMemory, float64(b.Memory))
	give(readLimit, float64(p.s.Memory))
	give(readEvicted, float64(b.Evicted))
	if p.s.Owners != nil {
		o := p.s.Owners()
		give(readFound, float64(o.Found))
		give(readDisagreed, float64(o.Disagreed))
	}
}

// sockets returns how many sockets are in each state, by the label of their service. Other is always there.
func (p *present) sockets() map[string]flows.StateCounts {
	all := p.s.Pulse.Services()
	servers := slices.SortedFunc(maps.Keys(all), netip.AddrPort.Compare) // the same get names, whatever the map's order
	sum := map[string]flows.StateCounts{Other: {}}
	for _, server := range servers {
		name := p.m.label(server, server.IsValid())
		have, counts := sum[name], all[server]
		have.Add(&counts)
		sum[name] = have
	}
	return sum
}
