package names

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"strings"
)

// methods begin the requests that are looked at (RFC 9110 section 9).
var methods = [...]string{"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT "}

// isRequest reports whether an HTTP/1 request begins here.
func isRequest(payload []byte) bool {
	if len(payload) < 16 || payload[0] < 'C' || payload[0] > 'T' {
		return false
	}
	for _, m := range methods {
		if len(payload) > len(m) && string(payload[:len(m)]) == m {
			return true
		}
	}
	return false
}

// requestHost returns the host that an HTTP request is meant for, as far as it was captured; empty where it does not say.
// One to a proxy (CONNECT, or a whole URL as its target) names another host than the one that it is sent to: proxied is
// true.
func requestHost(payload []byte) (host string, proxied bool) {
	// What comes after the last whole line is left out; the empty line ends the head.
	end := bytes.LastIndex(payload, []byte("\r\n"))
	if whole := bytes.Index(payload, []byte("\r\n\r\n")); whole >= 0 {
		end = whole
	}
	if end < 0 {
		return "", false
	}
	head := append(bytes.Clone(payload[:end]), "\r\n\r\n"...)
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil {
		return "", false
	}
	if r.Method == http.MethodConnect || r.URL.IsAbs() {
		return "", true
	}
	host = r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return clean(strings.TrimSpace(host)), false
}
