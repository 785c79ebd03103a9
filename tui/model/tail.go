package model

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tlsRecords names the types of TLS records, tlsAlerts the alerts that are sent before a close.
var (
	tlsRecords = map[byte]string{20: "change cipher spec", 21: "alert", 22: "handshake", 23: "application data", 24: "heartbeat"}
	tlsAlerts  = map[byte]string{
		0: "close notify", 10: "unexpected message", 20: "bad record MAC", 22: "record overflow", 40: "handshake failure",
		42: "bad certificate", 43: "unsupported certificate", 44: "certificate revoked", 45: "certificate expired",
		46: "certificate unknown", 47: "illegal parameter", 48: "unknown CA", 49: "access denied", 50: "decode error",
		51: "decrypt error", 70: "protocol version", 71: "insufficient security", 80: "internal error", 86: "inappropriate fallback",
		90: "user canceled", 100: "no renegotiation", 109: "missing extension", 110: "unsupported extension",
		112: "unrecognized name", 113: "bad certificate status response", 115: "unknown PSK identity", 116: "certificate required",
		120: "no application protocol",
	}
)

// TailLines says what a side's last payload holds: a TLS record by its name, text as text, anything else as octets.
func TailLines(data []byte) []Line {
	if lines := tlsLines(data); lines != nil {
		return lines
	}
	if text, ok := readable(data); ok {
		var lines []Line
		for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			lines = append(lines, Line{Text: line})
		}
		return lines
	}
	return HexLines(data[:min(len(data), 64)])
}

// tlsLines names the TLS records at the start of a payload, or returns nil where it does not begin with one.
func tlsLines(data []byte) []Line {
	var lines []Line
	for len(data) >= 5 && tlsRecords[data[0]] != "" && data[1] == 3 && data[2] <= 4 {
		size := int(data[3])<<8 | int(data[4])
		body := data[5:min(len(data), 5+size)]
		text := fmt.Sprintf("TLS %s, %d octets", tlsRecords[data[0]], size)
		role := Plain
		switch {
		case data[0] == 21 && size == 2 && len(body) == 2:
			level := "warning"
			if body[0] == 2 {
				level, role = "fatal", Bad
			}
			text = fmt.Sprintf("TLS alert: %s (%s)", orNumber(tlsAlerts[body[1]], body[1]), level)
		case data[0] == 21:
			text = fmt.Sprintf("TLS alert, encrypted (%d octets): which one cannot be seen", size)
			role = Info
		}
		lines = append(lines, Line{Role: role, Text: text})
		if len(data) < 5+size {
			break
		}
		data = data[5+size:]
	}
	return lines
}

func orNumber(name string, n byte) string {
	if name == "" {
		return fmt.Sprintf("number %d", n)
	}
	return name
}

// readable returns a payload as text, with control characters left out, if nearly all of it is text.
func readable(data []byte) (string, bool) {
	var b strings.Builder
	odd := 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
			odd++
			b.WriteByte('.')
		case r == '\n':
			b.WriteByte('\n')
		case r == '\r':
		case r == '\t':
			b.WriteString("    ")
		case unicode.IsControl(r) || !unicode.IsPrint(r):
			odd++
			b.WriteByte('.')
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), odd*10 <= len(data)
}
