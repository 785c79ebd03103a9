package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"tcpclose/flows/metrics"
)

// metricsPage is what stands at the root of the metrics' address.
const metricsPage = "tcpclose live\n/metrics  Prometheus metrics\n/healthz  200 while the capture can be relied on, else 503 and why\n"

// listenMetrics listens on the address of --metrics: HOST:PORT, or a port alone, which is one of this host itself.
func listenMetrics(address string) (net.Listener, error) {
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &usageError{text: fmt.Sprintf("--metrics %q is no address", address), hint: "write it as PORT, or as HOST:PORT to be reached from elsewhere"}
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	return l, nil
}

// serveMetrics answers on the listener until stop is called.
func serveMetrics(l net.Listener, m *metrics.Metrics, h *metrics.Health) (stop func()) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.Handle("GET /healthz", h)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, metricsPage) // whoever asked went away
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 1 << 14}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return // the listener failed; a scrape that fails tells it
		}
	}()
	watching, cancel := context.WithCancel(context.Background())
	go func() {
		for tick := time.NewTicker(metricsLook); ; {
			select {
			case <-watching.Done():
				tick.Stop()
				return
			case <-tick.C:
				h.Look()
			}
		}
	}()
	return func() {
		cancel()
		_ = server.Close()
		<-done
	}
}

// metricsLook is how often drops are looked for while nobody asks.
const metricsLook = 5 * time.Second
