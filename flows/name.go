package flows

// NameBy says where the name of an endpoint's address comes from.
type NameBy uint8

// The sources, the nearest to the conversation last.
const (
	NameNone NameBy = iota
	NamedByDNS
	NamedByFile // a name resolution block of the capture file
	NamedByHost // the Host of an HTTP request that the conversation carries
	NamedBySNI  // the server name that the client asks for in TLS
	numNameSources
)

var nameSources = [numNameSources]struct{ id, text string }{
	NameNone:    {"", ""},
	NamedByDNS:  {"dns", "the DNS"},
	NamedByFile: {"file", "the capture file"},
	NamedByHost: {"http-host", "the Host of HTTP requests"},
	NamedBySNI:  {"tls-sni", "the server name in TLS"},
}

// String returns the source as reports spell it; empty for NameNone.
func (n NameBy) String() string { return nameSources[n].id }

// Text returns the source in words.
func (n NameBy) Text() string { return nameSources[n].text }

// NameSources lists the sources of names.
func NameSources() []NameBy { return []NameBy{NamedByDNS, NamedByFile, NamedByHost, NamedBySNI} }

// Label returns the endpoint's address and port, and in parentheses its name where it has one.
func (e *End) Label() string {
	if e.Name == "" {
		return e.Addr.String()
	}
	return e.Addr.String() + " (" + e.Name + ")"
}
