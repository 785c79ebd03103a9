package flows

// classTerms has a term for each class, in the order of the enumeration.
var classTerms = []Term{
	{
		ID: "partial", Kind: KindClass, Title: "Too little to judge",
		What: "The capture holds so little of this conversation that nothing can be said about its end: no SYN, " +
			"no data or acknowledgement of data, no FIN. A lone RST or a few bare ACKs are typical. It is a " +
			"statement about the capture, not about the connection.",
		Remedies: []string{
			"Capture earlier and longer, and without a filter that drops part of the traffic.",
			"Check that both directions of the link are mirrored or routed past the capture point.",
		},
		Source:    "TCP needs more than this to show a state (RFC 9293 section 3.3.2)",
		Zeek:      "OTH; RSTRH or OTH for a lone RST",
		Suricata:  "no session, unless midstream pickup is on",
		Wireshark: "Incomplete, such as 4 (ACK) or 32 (RST)",
		See:       []string{"mid-stream", "one-sided", "vantage"},
	},
	{
		ID: "refused", Kind: KindClass, Title: "Connection refused",
		What: "The SYN was answered by a RST, or by an ICMP error, before any SYN-ACK. The program that called " +
			"connect() got ECONNREFUSED (RST) or EHOSTUNREACH and its like (ICMP). No data was exchanged.",
		Why: "A host answers a SYN to a port on which nothing listens with RST+ACK. Firewalls set to reject " +
			"rather than drop imitate that, or send ICMP.",
		Remedies: []string{
			"On the server: ss -ltn 'sport = :PORT' shows whether anything listens, and on which address " +
				"(127.0.0.1 only is a classic).",
			"Start the service, or wait for it in the client with back-off instead of retrying at once.",
			"If it listens, look for a REJECT rule: nft list ruleset, iptables -L -nv, or the cloud's security group.",
		},
		Source:    "RFC 9293 section 3.5.2 group 1 (reset of a non-existent connection)",
		Zeek:      "REJ; S0 if ICMP refused it",
		Suricata:  "closed",
		Wireshark: "37 (SYN, ACK, RST) or 33; Incomplete",
		See:       []string{"listen-refused", "icmp-refused", "unanswered"},
	},
	{
		ID: "unanswered", Kind: KindClass, Title: "No answer to the handshake",
		What: "One side sent SYNs, or SYN-ACKs, and nothing came back past the capture point. The SYN is " +
			"repeated with growing pauses until connect() gives up with ETIMEDOUT. It is not given where only " +
			"one direction was captured.",
		Why: "Silence means that something drops: a firewall without a reject rule, a host that is down, a " +
			"route that leads nowhere, or a server whose queues are full.",
		Remedies: []string{
			"Capture nearer to the server: does the SYN arrive, and does it answer?",
			"Check drop rules and security groups on the way, and the way back (asymmetric routes).",
			"On the server: nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtTCPReqQFullDrop.",
		},
		Source:    "RFC 9293 section 3.8.3; RFC 6298; Linux tcp_syn_retries",
		Zeek:      "S0; OTH if only SYN-ACKs were seen",
		Suricata:  "syn_sent, or syn_recv",
		Wireshark: "1 (SYN_SENT) or 3; Incomplete",
		See:       []string{"filtered", "refused", "accept-queue-overflow", "paws-drop"},
	},
	{
		ID: "rst-abort", Kind: KindClass, Title: "Aborted by a reset",
		What: "A RST that counts ended the connection before either side had sent a FIN. Data that had not been " +
			"acknowledged is lost, and the other side's next call fails with ECONNRESET. Who sent it, what kind " +
			"of RST it was and the causes say more.",
		Why: "A RST throws both halves away at once; there is no TIME-WAIT after it. It is sent by a program " +
			"that asks for it, by a kernel that has no such connection, or by a box between the two.",
		Remedies: []string{
			"Read the causes: an active abort points at the program that closed, a reply at a host that had " +
				"forgotten the connection.",
			"Trace the sender: perf trace -e tcp:tcp_send_reset, or bpftrace on tracepoint:tcp:tcp_send_reset, " +
				"names the reason on current Linux.",
		},
		Source:    "RFC 9293 sections 3.5.2, 3.5.3 and 3.10.5 (ABORT)",
		Zeek:      "RSTO (client's RST) or RSTR (server's)",
		Suricata:  "closed",
		Wireshark: "47 (with data) or 39; both read Complete; 35 in the handshake",
		See:       []string{"linger-zero", "closed-with-unread-data", "no-socket", "middlebox-reset", "rst"},
	},
	{
		ID: "rst-after-fin", Kind: KindClass, Title: "Reset in the middle of a close",
		What: "One side had sent a FIN, and a RST that counts came before both FINs were acknowledged. It is " +
			"not abnormal by itself: many programs end so. Whether anything was lost is told by the bytes that " +
			"were never acknowledged.",
		Why: "Usually the closer had called close() while the other side still had something to say: data that " +
			"arrives for a socket that no program holds any more is answered by a RST.",
		Remedies: []string{
			"If bytes were lost: use shutdown(SHUT_WR), read until end of file, then close().",
			"Agree on who closes first in the protocol (HTTP: Connection: close, and lingering_close in nginx).",
			"If nothing was lost, it can be left alone.",
		},
		Source:    "RFC 9293 section 3.6.1; RFC 1122 section 4.2.2.13; RFC 2525 section 2.17",
		Zeek:      "RSTO or RSTR; SF if both had sent a FIN in one order of RST and FIN",
		Suricata:  "closed",
		Wireshark: "63 (with data) or 55; Complete",
		See:       []string{"data-after-close", "linger2-negative", "fin-wait-2-expired", "half-close"},
	},
	{
		ID: "retransmitted-fin", Kind: KindClass, Title: "Closed in order, but a FIN was sent again",
		What: "Both sides closed with a FIN and both were acknowledged in the end, but at least one FIN had to " +
			"be sent more than once. Something was lost: the FIN itself, or the ACK that answers it. The shape " +
			"says which kind of close it was underneath.",
		Why: "A FIN takes a sequence number and is retransmitted like data until it is acknowledged: first " +
			"after about a round trip (tail loss probe), then with the doubling retransmission timeout.",
		Remedies: []string{
			"Nothing to do for a few: TCP repaired it.",
			"If one path has many, look for loss there: ethtool -S and ip -s link for drops, a policer, or a " +
				"firewall that forgets the connection as soon as it has seen two FINs.",
		},
		Source:    "RFC 9293 section 3.8.1; RFC 6298; RFC 8985 (tail loss probe)",
		Zeek:      "SF",
		Suricata:  "closed",
		Wireshark: "31 (with data) or 23; Complete",
		See:       []string{"fin-lost", "fin-ack-lost", "last-ack-lost", "fin-retransmitted"},
	},
	{
		ID: "simultaneous", Kind: KindClass, Title: "Both sides closed at once",
		What: "Each side sent its FIN before the other's had reached it, so neither FIN acknowledges the other. " +
			"Each side goes through CLOSING to TIME-WAIT (or through FIN-WAIT-2, where the ACK of its FIN " +
			"overtook the peer's FIN). Both hold a TIME-WAIT afterwards.",
		Why: "It is legal and loses nothing. It is frequent where both programs act on the same event, such as " +
			"the last byte of a response of known length.",
		Remedies: []string{
			"Nothing is wrong. Where server-held TIME-WAITs are too many, let one side close and the other only " +
				"follow.",
		},
		Source:    "RFC 9293 section 3.6, figure 13",
		Zeek:      "SF",
		Suricata:  "closing, then time_wait or closed",
		Wireshark: "31 (with data) or 23; Complete",
		See:       []string{"CLOSING", "TIME-WAIT", "four-way"},
	},
	{
		ID: "three-way", Kind: KindClass, Title: "Closed in three segments",
		What: "An orderly close in which the passive closer's FIN also carries the acknowledgement of the " +
			"first FIN: FIN, FIN+ACK, ACK. The passive closer was in CLOSE-WAIT for a moment only.",
		Why: "Linux delays the ACK of a FIN by up to 40 ms in request/response traffic; a program that " +
			"closes at once upon end of file saves a segment that way.",
		Source:    "RFC 9293 section 3.6 (the ACK and the FIN of figure 12 in one segment)",
		Zeek:      "SF",
		Suricata:  "closed",
		Wireshark: "31 (with data) or 23; Complete",
		See:       []string{"four-way", "active-close", "TIME-WAIT"},
	},
	{
		ID: "four-way", Kind: KindClass, Title: "Closed in four segments",
		What: "The textbook close: FIN, ACK, FIN, ACK. The side that sent the first FIN waits in " +
			"FIN-WAIT-2 and ends in TIME-WAIT; the other one passes through CLOSE-WAIT and LAST-ACK and keeps " +
			"nothing.",
		Source:    "RFC 9293 section 3.6, figure 12",
		Zeek:      "SF",
		Suricata:  "closed",
		Wireshark: "31 (with data) or 23; Complete",
		See:       []string{"three-way", "active-close", "TIME-WAIT", "CLOSE-WAIT"},
	},
	{
		ID: "vanished", Kind: KindClass, Title: "A side went silent",
		What: "One side sent data, a FIN, a keep-alive or a window probe at least twice and got nothing back, " +
			"for longer than the stall time and four times its retransmission timeout, until the capture ended. " +
			"The other side has not sent anything since.",
		Why: "A host that lost power, a cable, a NAT entry that expired, or a firewall that began to drop all " +
			"look so: there is nobody left who could send a RST.",
		Remedies: []string{
			"Bound the wait: TCP_USER_TIMEOUT for data in flight, SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL " +
				"and TCP_KEEPCNT for idle connections.",
			"Send something more often than the shortest idle timeout on the way (NAT and load balancers: often " +
				"240 or 350 s).",
			"ss -tino shows which retransmission timers are running on the side that still talks.",
		},
		Source:    "RFC 9293 section 3.8.3; RFC 5482; Linux tcp_retries2",
		Zeek:      "S1, S2 or S3",
		Suricata:  "established, fin_wait1 or close_wait",
		Wireshark: "15, or 31 if a FIN was sent (reads Complete)",
		See:       []string{"peer-vanished", "retransmission-timeout", "keepalive-timeout", "keep-alive"},
	},
	{
		ID: "half-closed-stall", Kind: KindClass, Title: "One side closed, the other never did",
		What: "One FIN was sent and acknowledged; the other side sent none, and no new data, for the stall time " +
			"or longer, until the capture ended. The silent side is in CLOSE-WAIT, the one that closed in " +
			"FIN-WAIT-2. The sentence always says for how long it was watched.",
		Why: "The kernel of the silent side has told its program of the end of file; only that program can " +
			"send the FIN, by calling close(). No timer ends CLOSE-WAIT.",
		Remedies: []string{
			"On the silent side: ss -tanp state close-wait names the process and the descriptors.",
			"Find the missing close(): error paths, early returns, pools that never test idle connections, a " +
				"reader that stopped reading.",
			"Set SO_KEEPALIVE there: once the other host has dropped its orphan, a probe draws a RST and frees " +
				"the socket.",
		},
		Source:    "RFC 9293 section 3.6 case 2",
		Zeek:      "S2 (client closed) or S3 (server closed)",
		Suricata:  "close_wait (client closed) or fin_wait2 (server closed)",
		Wireshark: "31 (with data) or 23; reads Complete although it is not",
		See:       []string{"close-wait-leak", "half-close", "CLOSE-WAIT", "FIN-WAIT-2"},
	},
	{
		ID: "closing", Kind: KindClass, Title: "Still closing when the capture ends",
		What: "A close was under way, and the capture ended before it was complete or before the stall time was " +
			"over. Nothing is known to be wrong.",
		Remedies: []string{
			"Capture for longer, at least the stall time (30 s by default) beyond what you want judged, or " +
				"lower --stall.",
		},
		Source:    "RFC 9293 section 3.6",
		Zeek:      "S2, S3, or SF if both had sent a FIN",
		Suricata:  "fin_wait1, fin_wait2, close_wait, closing or last_ack",
		Wireshark: "31 (with data) or 23; reads Complete",
		See:       []string{"half-closed-stall", "open", "CLOSING"},
	},
	{
		ID: "open", Kind: KindClass, Title: "Not closed in this capture",
		What: "The handshake completed, or data passed, and nobody began to close before the capture ended. It " +
			"may live on for days, or be dead without either side knowing.",
		Remedies: []string{
			"Nothing, as long as it is used. Idle ones: see keep-alive.",
		},
		Source:    "RFC 9293 section 3.3.2 (ESTABLISHED)",
		Zeek:      "S1; OTH without a handshake",
		Suricata:  "established",
		Wireshark: "15 (with data) or 7; Incomplete",
		See:       []string{"ESTABLISHED", "keep-alive", "vanished"},
	},
}

// shapeTerms has a term for each shape, in the order of the enumeration.
var shapeTerms = []Term{
	{
		ID: "none", Kind: KindShape, Title: "No FIN",
		What:   "Neither side sent a FIN. The conversation is still open, or a RST or silence ended it.",
		Source: "RFC 9293 section 3.6",
		See:    []string{"open", "rst-abort"},
	},
	{
		ID: "half", Kind: KindShape, Title: "One half closed",
		What: "Only one FIN was sent, or one was never acknowledged. One direction of the connection was " +
			"closed and the other was not.",
		Source: "RFC 9293 section 3.6.1 (half-closed connections)",
		See:    []string{"half-close", "half-closed-stall"},
	},
	{
		ID: "three-way", Kind: KindShape, Title: "FIN, FIN+ACK, ACK",
		What: "The second FIN also carries the first acknowledgement of the first one. The shape is told by " +
			"the first copies, however often they were sent again.",
		Source: "RFC 9293 section 3.6",
		See:    []string{"four-way", "retransmitted-fin"},
	},
	{
		ID: "four-way", Kind: KindShape, Title: "FIN, ACK, FIN, ACK",
		What: "The first FIN was acknowledged by a segment of its own before the second FIN was sent. That " +
			"pause is the time in CLOSE-WAIT.",
		Source: "RFC 9293 section 3.6, figure 12",
		See:    []string{"three-way", "retransmitted-fin"},
	},
	{
		ID: "simultaneous", Kind: KindShape, Title: "Neither FIN acknowledges the other",
		What: "Both FINs were under way at the same time. It is judged by the ack field of the first copy of " +
			"each: a retransmitted FIN carries a newer one.",
		Source: "RFC 9293 section 3.6, figure 13",
		See:    []string{"CLOSING", "retransmitted-fin"},
	},
}
