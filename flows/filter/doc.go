// Package filter is the one filter language of tcpclose: it selects conversations by who talked, how they ended, how
// long they took and what they held. Its words are those that tcpdump's users know, and the ids that reports print.
//
// # Grammar
//
// In EBNF. Blanks separate what would otherwise run together; upper and lower case are the same, and so are - and _ in
// words and ids. A value may stand in single or double quotes, where a backslash takes the next character as it is.
//
//	Filter    = [ Or ] .
//	Or        = And { OrSign And } .
//	And       = Factor { AndSign Factor | Leading } .
//	Factor    = Leading | Addresses [ More ] .
//	Leading   = Group | Negated | Term .
//	Group     = "(" Or ")" .
//	Negated   = NotSign { NotSign } ( Group | Plain | Addresses ) .
//	Term      = Listed [ More ] | Nested | Other .
//	More      = OrSign Values { OrSign Values } | AndSign Values { AndSign Values } .
//	Plain     = Listed | Other .
//	Listed    = Subject Argument | Qualified .
//	Other     = Lone | Unequal | Compared .
//	Lone      = "ip" | "ip6" | "tcp" | "vlan" | "final" | [ Side ] ( "fin" | "rst" ) .
//	Subject   = word | Side sided .
//	Side      = "client." | "server." .
//	Argument  = [ Equals ] Values | ( "in" | Equals ) Set .
//	Unequal   = Subject "!=" Values .
//	Compared  = ( ordered | Side sidedordered ) ( "<" | "<=" | ">" | ">=" ) single .
//	Nested    = Subject [ Equals ] "(" Values [ More ] ")" .
//	Qualified = Qualifier [ ( "or" | "and" ) Qualifier ] ( Addresses | endpoint Argument ) .
//	Qualifier = "src" | "dst" .
//	Addresses = address { "," address } .
//	Values    = value { "," value } .
//	Set       = "{" value { [ "," ] value } "}" .
//	Equals    = ":" | "=" | "==" .
//	OrSign    = "or" | "||" .
//	AndSign   = "and" | "&&" .
//	NotSign   = "not" | "!" .
//
// A word is one of the table below that takes a value; it is sided or ordered if the table says so; an endpoint is host,
// net, port or portrange. A value is one of the word's kind, a single one is no range. An address is IPv4, IPv6, CIDR
// or an endpoint such as 10.0.0.5:443 or [2001:db8::1]:443.
//
// And binds tighter than or; in tcpdump the two bind alike, so a filter that mixes them should have parentheses, as the
// canonical form ([Filter.String]) has where they are needed. The and may be left out before a word, a not and a
// parenthesis: "tcp port 80", "class open server.port 443".
//
// # Lists
//
// A list inherits its word and its side: "port 80 or 443", "src host 10.0.0.1 or 10.0.0.2", "class rst-abort,vanished",
// "state in {time-wait, closing}", "mark keepalive and fast-open". It binds tighter than any connective, so "port 80 or
// 443 and host 10.0.0.5" reads as people mean it. Two things are refused because tcpdump and people read them
// differently: a list that mixes or and and, and a list without commas, braces or parentheses after not or !=.
//
// A word that is compared otherwise than for equality hands on nothing. "word != a" is "not word a".
//
// # Sides
//
// The client is the source and the server the destination: "src host" is "client.host", "dst port" is "server.port". Of
// a host, a port, a state or the time in a state at least one end must fit, with "src and dst" both must. Sizes,
// counts and rtt are those of both ends together. A mark or a cause with a side is one of which that side is the doer.
//
// # What is not known
//
// A measure that the capture does not tell (the rtt without a handshake, the close-duration of what never closed, the
// time in a state that an end was never in) satisfies no comparison, but "not" of a comparison it does.
//
// # Values
//
// Durations are Go's, with d for days: 500ms, 1m30s, 2d. Sizes and counts take k, M, G, T (powers of 1000) and Ki, Mi,
// Gi, Ti (of 1024). Times are RFC 3339, a date, a date and a time, or seconds since 1970; without a zone they are UTC.
// "since" and "until" together select the conversations that were there at some time between the two. "cause likely:ID"
// asks for a cause that is likely or certain. Marks and causes have a value none.
//
// # Words
//
// A point marks the words that take a side, < those that take an order.
//
//	host            .   host 10.0.0.5                   an address of either end, also without the word; 10.0.0.5:443 is an endpoint
//	net             .   net 10.0.0.0/8                  a network of either end: CIDR, also without the word; "net 10"; "net 10.0.0.0 mask 255.0.0.0"
//	name            .   name *.example.com              what the capture calls an address: by DNS, TLS, HTTP or the file itself
//	port            .<  port https                      a port of either end: a number, a service's name or a range
//	portrange       .   portrange 8000-8080             a range of ports
//	ip                  ip                              IPv4
//	ip6                 ip6 and port 443                IPv6
//	tcp                 tcp port 80                     every conversation; for fingers that type it
//	vlan            <   vlan 5                          the first segment's outer VLAN id; alone: any tag
//	iface               iface eth0                      the interface of the first segment, by name or by number in the capture
//	class               class rst-abort or vanished     how it ended
//	shape               shape three-way                 the geometry of the FINs, also where the class hides it
//	closer              closer server                   who closed first: client, server, both, none
//	reset-by            reset-by network                who sent the RST that counts: client, server, both, network, none
//	mark            .   mark rst-ignored                something that happened to it; with a side: by that side
//	cause           .   cause likely:linger-zero        one of the causes, at least that sure (possible, likely, certain)
//	first-cause     .   first-cause no-socket           the best of the causes
//	state           .   server.state time-wait          a state that an end was ever in
//	last-state      .   server.last-state close-wait    the state that an end is left in
//	fin             .   not server.fin                  an end sent a FIN
//	rst             .   client.rst                      an end sent a RST, whether it counts or not
//	final               final                           nothing that follows can change the verdict
//	roles-by            roles-by syn                    how client and server were told apart
//	id              <   id 5,12,100-199                 the number of its first frame
//	pair                pair proxy                      its other leg is in the capture too: nat, proxy; alone: either
//	reset-origin        reset-origin beyond             where the RST that ended it comes from, followed to its other leg
//	duration        <   duration > 1m                   from the first to the last segment
//	close-duration  <   close-duration > 500ms          from the first FIN or RST to the close's end; unknown where one is missing
//	idle            <   idle >= 5m                      silence before the close; unknown where nobody closed
//	rtt             .<  rtt > 50ms                      round trip by the handshake; with a side: from the capture point to that end and back
//	bytes           .<  server.bytes > 1M               payload octets sent, retransmissions included
//	data-bytes      .<  client.data-bytes = 0           payload octets sent, each counted once
//	bytes-lost      .<  bytes-lost > 0                  payload octets sent and never acknowledged
//	packets         .<  packets <= 3                    segments sent
//	retrans         .<  retrans > 10                    segments with payload sent again
//	fin-resends     .<  fin-resends >= 2                how often a FIN was sent again
//	rsts            .<  rsts > 1                        RSTs sent
//	since               since 2026-11-20T09:24          its last segment passed then or later
//	until               until "2026-11-20 10:00"        its first segment passed then or earlier
//	start           <   start >= 2026-11-20             time of the first segment
//	end             <   end < 1795166692.5              time of the last segment
//	close-start     <   close-start > 2026-11-20T09:30  time of the first FIN or RST that counts
//	syn-sent        .<  syn-sent > 30s                  time that an end spent in SYN-SENT
//	syn-received    .<  syn-received > 30s              time that an end spent in SYN-RECEIVED
//	established     .<  established > 30s               time that an end spent in ESTABLISHED
//	fin-wait-1      .<  fin-wait-1 > 30s                time that an end spent in FIN-WAIT-1
//	fin-wait-2      .<  fin-wait-2 > 30s                time that an end spent in FIN-WAIT-2
//	closing         .<  closing > 30s                   time that an end spent in CLOSING
//	time-wait       .<  time-wait > 30s                 time that an end spent in TIME-WAIT
//	close-wait      .<  close-wait > 30s                time that an end spent in CLOSE-WAIT
//	last-ack        .<  last-ack > 30s                  time that an end spent in LAST-ACK
package filter
