// Package flowtest reads, prints and writes segment scripts: conversations in packetdrill's brief form, one segment a
// line, so that a script can be laid beside a figure of RFC 9293. Only tests import it.
//
//	# RFC 9293 figure 13: both ends close at once.
//	+0    > F. 100:100(0) ack 300
//	+.01  < F. 300:300(0) ack 100
//	+.01  > .  101:101(0) ack 301
//	+0    < .  301:301(0) ack 101
//
// The arrow > goes from A (the candidate for the client) to B, < goes back. The end number counts payload only: neither
// SYN nor FIN moves it. A line that decode.Segment's String printed is a script line too; it names both endpoints.
//
// # Grammar
//
//	script   = { line newline } .
//	line     = [ header | segment ] [ "#" text ] .           blank lines are allowed; # begins a word
//	header   = ( "A" | "B" ) endpoint                         default 10.0.0.1:39999+flow and 10.0.0.2:80
//	         | "flow" number                                  the flow of what follows; 1 at the beginning
//	         | "base" { ( "A" | "B" ) number }                is added to the current flow's numbers; default 0
//	         | "start" rfc3339 .                              what @0 is; default 2026-11-20T09:00:00Z
//	segment  = [ time ] where flags range [ "ack" seq ] [ "win" number ] [ options ] { attribute } .
//	time     = ( "+" | "-" ) seconds                          after (before) the previous segment; default +0
//	         | "@" seconds .                                  after the start
//	seconds  = decimal with up to nine places, as 2, 1.5 or .01
//	where    = [ number ] ( ">" | "<" )                       of the flow with that number, or the current one
//	         | endpoint ">" endpoint .                        no flow: numbers are absolute
//	flags    = "-" | letters of F S R P U E W and . for ACK
//	range    = seq ":" number "(" number ")" .                first, end = first + length, length of payload
//	seq      = [ "=" ] number .                               = is absolute, whatever the base; also for the range's end
//	options  = "<" option { "," option } ">" .
//	option   = "mss" number | "ws" number | "ts" number number | "sackOK" | "sack" block { block } | "nop" | "eol"
//	         | "mptcp" | "mp_fastclose" | "mp_reset" | "data_fin" | "fastopen" | "md5" | "ao" | "malformed" | "truncated" .
//	block    = seq ":" number .                               an empty block tells a right edge only
//	attribute = "ttl" number | "id" number | "sum" number | "vlan" number | "iface" number | "scope" number
//	         | "frame" number                                 otherwise the previous segment's plus one
//	         | "icmp" ( "unreachable" | "prohibited" | "frag-needed" | "time-exceeded" | "other" )
//	         | "encap" name { "," name }                      vlan mpls pppoe ip gre vxlan gtp fragment
//	         | "snap" [ number ]                              cut the frame to that many octets, or to its headers
//	         | "badsum" | "notime" | "duplicate" .
//
// Defaults: win 65535 (0 with RST), ttl 64, id 0, sum 0 (WritePcap then writes the right one). The endpoints, the base
// and the start may change between segments. With icmp the line is an ICMP error that quotes the segment it shows;
// read back from a capture it has neither length nor options, since nobody asks for them.
package flowtest
