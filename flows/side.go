package flows

// Side is one endpoint of a conversation.
type Side uint8

// The two sides. The client sent the first SYN, or is taken for the one that did (see RolesBy).
const (
	Client Side = iota
	Server
)

var sideNames = [...]string{"client", "server"}

// Peer returns the other side.
func (s Side) Peer() Side { return 1 - s }

// String returns "client" or "server".
func (s Side) String() string { return sideNames[s] }

// Who names the sides that did something. NoOne is null in reports.
type Who uint8

// Who can have done it. Network is a box between the two, only ever the sender of a RST.
const (
	NoOne Who = iota
	ByClient
	ByServer
	ByBoth
	ByNetwork
)

var whoNames = [...]string{"", "client", "server", "both", "network"}

// String returns the name that reports use; empty for NoOne.
func (w Who) String() string { return whoNames[w] }

// By returns the Who that is this side alone.
func By(s Side) Who { return ByClient + Who(s) }

// RolesBy says how client and server were told apart.
type RolesBy uint8

// From the strongest sign to none.
const (
	RolesFirstSeen RolesBy = iota // "client" is the side that was seen first
	RolesPort                     // exactly one port below 1024, or exactly one within 32768–60999
	RolesSYNACK
	RolesSYN
)

var rolesByNames = [...]string{"first-seen", "port", "syn-ack", "syn"}

// String returns the name that reports use.
func (r RolesBy) String() string { return rolesByNames[r] }
