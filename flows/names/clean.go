package names

import (
	"net/netip"
	"strings"
)

// maxName is the longest name that is kept, in octets: that of the DNS (RFC 1035 section 2.3.4).
const maxName = 253

// clean makes a name of what a packet or a file says, which may be anything: lower case, without the root's point, with
// every octet that no host name has escaped as DNS zone files do (\DDD), so that no output has to fear it. It is empty
// where the text names nothing, or is an address.
func clean(text string) string {
	text = strings.TrimSuffix(text, ".")
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return ""
	}
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'A' && c <= 'Z':
			b = append(b, c+'a'-'A')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '_', c == '-' && i > 0:
			b = append(b, c)
		default:
			b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		}
		if len(b) > maxName {
			return "" // no host has such a name
		}
	}
	return string(b)
}
