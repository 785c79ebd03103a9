package model

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tcpclose/flows"
)

// Count writes a number with a comma after every third digit.
func Count[N int | int32 | int64 | uint64 | uint32](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	head, sign := s, ""
	if strings.HasPrefix(s, "-") {
		sign, head = "-", s[1:]
	}
	var b strings.Builder
	for i := range len(head) {
		if i > 0 && (len(head)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(head[i])
	}
	return sign + b.String()
}

// Number writes a count with its noun, in the plural where it is one.
func Number[N int | int32 | int64 | uint64 | uint32](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Size writes a number of octets in at most seven cells, in units of 1000.
func Size(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " B"
	}
	f, unit := float64(n), 0
	for f >= 999.5 && unit < 6 {
		f /= 1000
		unit++
	}
	digits := 0
	if f < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(f, 'f', digits, 64) + " " + " kMGTPE"[unit:unit+1] + "B"
}

// Span writes a duration of nanoseconds in at most seven cells: 312us, 4.1ms, 0.33s, 12.1s, 4m05s, 2h03m, 3d04h, 444d. No
// unit is ever cut off, also behind a sign.
func Span(ns int64) string {
	if ns == flows.NoTime {
		return "-"
	}
	if ns < 0 {
		return "-" + Span(-ns)
	}
	d := time.Duration(ns)
	switch {
	case ns == 0:
		return "0s"
	case d < time.Microsecond:
		return strconv.FormatInt(ns, 10) + "ns"
	case d < time.Millisecond:
		return strconv.FormatInt(ns/1000, 10) + "us"
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(float64(ns)/1e6, 'f', 1, 64) + "ms"
	case d < 100*time.Millisecond:
		return strconv.FormatInt(ns/1e6, 10) + "ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(float64(ns)/1e9, 'f', 2, 64) + "s"
	case d < time.Minute:
		return strconv.FormatFloat(float64(ns/1e8)/10, 'f', 1, 64) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", ns/60e9, ns/1e9%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", ns/3600e9, ns/60e9%60)
	case d >= 100*24*time.Hour:
		return fmt.Sprintf("%dd", ns/86400e9)
	}
	return fmt.Sprintf("%dd%02dh", ns/86400e9, ns/3600e9%24)
}

// TimeMode says how times are written.
type TimeMode uint8

// The modes, in the order in which t cycles through them.
const (
	TimeFromStart   TimeMode = iota // since the conversation's first segment; in the flow list, since the capture's
	TimeFromClose                   // since the first FIN or RST that counts
	TimeFromCapture                 // since the capture's first segment
	TimeUTC
	TimeLocal
	numTimeModes
)

var timeModeNames = [numTimeModes]string{"from start", "from first FIN", "from capture start", "UTC", "local"}

// String returns the mode's name.
func (m TimeMode) String() string { return timeModeNames[m] }

// Moment writes a date and a time of day, UTC.
func Moment(at int64) string { return time.Unix(0, at).UTC().Format("2006-01-02 15:04:05.000000") }

// Since writes seconds since a base, with three digits behind the point, with more only where a base is near.
func Since(at, base int64) string {
	if at == flows.NoTime || base == flows.NoTime {
		return "-"
	}
	d := at - base
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%03d", sign, d/1e9, d/1e6%1000)
}

// Endpoint writes an address and port in at most width cells. What does not fit is left out in the middle of the
// address: the port and the last 16 bits always stay. A width below 15 can cut even them, from the left.
func Endpoint(ap netip.AddrPort, width int) string {
	full := ap.String()
	if len(full) <= width {
		return full
	}
	port := ":" + strconv.Itoa(int(ap.Port()))
	addr := ap.Addr()
	text := addr.String()
	var tail string
	if addr.Is4() {
		dots := strings.Split(text, ".")
		tail = dots[2] + "." + dots[3]
	} else {
		b := addr.As16()
		tail = strconv.FormatUint(uint64(b[14])<<8|uint64(b[15]), 16)
	}
	head := width - len(port) - len(tail) - 2
	if head >= 0 {
		if head > len(text)-len(tail) {
			return text + port // only the brackets were too much
		}
		return text[:head] + ".." + tail + port
	}
	short := ".." + tail + port
	return short[max(0, len(short)-max(0, width)):]
}

// NamedEndpoint writes a name and a port in at most width columns. It leaves out the middle of the name, never the port.
func NamedEndpoint(name string, port uint16, width int) string {
	tail := ":" + strconv.Itoa(int(port))
	room := max(0, width-len(tail))
	switch {
	case len(name) <= room:
		return name + tail
	case room < 8: // of so little only the end tells anything
		return name[len(name)-max(0, room-2):] + tail
	}
	head := (room - 2) / 2
	return name[:head] + ".." + name[len(name)-(room-2-head):] + tail
}

// services holds the names of ports whose purpose a reader expects to see as a word.
var services = map[uint16]string{
	20: "ftp-d", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "dns", 80: "http", 88: "krb", 110: "pop3", 111: "rpc",
	139: "netbios", 143: "imap", 179: "bgp", 389: "ldap", 443: "https", 445: "smb", 465: "smtps", 587: "submit", 636: "ldaps",
	853: "dot", 873: "rsync", 993: "imaps", 995: "pop3s", 1433: "mssql", 1521: "oracle", 1883: "mqtt", 2049: "nfs", 2379: "etcd",
	3128: "proxy", 3260: "iscsi", 3306: "mysql", 3389: "rdp", 4222: "nats", 5060: "sip", 5432: "pgsql", 5672: "amqp", 5900: "vnc",
	6379: "redis", 6443: "k8s", 8080: "http8", 8443: "https8", 9042: "cql", 9092: "kafka", 9200: "elastic", 11211: "memc", 27017: "mongo",
}

// Service returns the name of a server's port, or its number.
func Service(port uint16) string {
	if name := services[port]; name != "" {
		return name
	}
	return strconv.Itoa(int(port))
}
