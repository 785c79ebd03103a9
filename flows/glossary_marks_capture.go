package flows

// captureMarkTerms has the marks from wandering-duplicate to odd-flags, in the order of the enumeration.
var captureMarkTerms = []Term{
	{
		ID: "wandering-duplicate", Kind: KindMark, Title: "A segment of an earlier life",
		What: "A segment came whose sequence number fits no window of this incarnation but lies within the " +
			"range of an earlier one on the same five-tuple. The network delivered it late, or twice. In " +
			"TIME-WAIT it draws an ACK.",
		Remedies: []string{
			"Nothing for one. Many point at a loop or at a mirror port that delivers old packets.",
		},
		Source: "RFC 9293 section 3.4.3 (the TCP quiet time concept); RFC 1337",
		See:    []string{"wandering-duplicates", "TIME-WAIT", "rfc-1337"},
	},
	{
		ID: "zero-window-at-close", Kind: KindMark, Title: "Closed against a full receiver",
		What: "When the close began, the peer's receive window was closed: its program had stopped reading. " +
			"Queued data and the FIN behind it could not leave, so the socket can have been in FIN-WAIT-1 long " +
			"before the FIN shows on the wire.",
		Why: "Linux enters FIN-WAIT-1 with close(), not with the FIN's transmission. States around it are " +
			"therefore graded inferred.",
		Remedies: []string{
			"Find out why the receiver does not read: ss -tanm on its host shows a full Recv-Q.",
			"An orphan that faces a closed window is given up after tcp_orphan_retries, silently, and its data " +
				"is lost.",
		},
		Source: "RFC 9293 section 3.8.6.1 (zero-window probing)",
		See:    []string{"orphan", "FIN-WAIT-1", "inferred"},
	},
	{
		ID: "keepalive", Kind: KindMark, Title: "Keep-alive probes were sent",
		What: "A side sent probes (one number before the next, with no data or one old byte) to ask whether " +
			"the peer is still there. Answered probes are healthy. They are not data and do not end a stall. " +
			"Linux asks a closed window in the same form; that is no keep-alive.",
		Source: "RFC 9293 section 3.8.4; RFC 1122 section 4.2.3.6",
		See:    []string{"keep-alive", "keepalive-timeout"},
	},
	{
		ID: "idle-before-close", Kind: KindMark, Title: "Idle before it ended",
		What: "Nothing was sent for at least 30 seconds before the close began. A close after a round number of " +
			"seconds is an idle timeout of a program, proxy or load balancer.",
		Remedies: []string{
			"If clients fail on reused connections: make the client's pool drop idle ones earlier than the " +
				"server's timeout.",
			"Match the idle time with known timeouts: 60, 100, 120, 240, 300, 350, 600, 900 or 3600 s.",
		},
		Source: "Observed time, no protocol event",
		See:    []string{"no-socket", "keep-alive"},
	},
	{
		ID: "icmp-unreachable", Kind: KindMark, Title: "ICMP: destination unreachable",
		What: "A router or host reported that segments of this conversation could not be delivered. During the " +
			"handshake Linux gives up with that error; later it is a hint only, and TCP goes on trying.",
		Remedies: []string{
			"The source address of the ICMP message is where the path ends: check the route there.",
		},
		Source: "RFC 792; RFC 4443 section 3.1; RFC 1122 section 4.2.3.9",
		See:    []string{"icmp-refused", "refused"},
	},
	{
		ID: "icmp-prohibited", Kind: KindMark, Title: "ICMP: administratively prohibited",
		What: "A firewall reported that it does not let these segments pass. It was told to reject, not to drop.",
		Remedies: []string{
			"The ICMP message's source address is the firewall to ask. iptables: --reject-with " +
				"icmp-admin-prohibited; nftables: reject with icmp type admin-prohibited.",
		},
		Source: "RFC 1812 section 5.2.7.1; RFC 4443 section 3.1 code 1",
		See:    []string{"icmp-refused", "filtered"},
	},
	{
		ID: "icmp-frag-needed", Kind: KindMark, Title: "ICMP: packet too big",
		What: "A router reported that a segment does not fit the next link, and which size would. The sender " +
			"should shorten its segments. If the message is filtered somewhere, large segments vanish while " +
			"small ones pass: the connection hangs after the handshake.",
		Remedies: []string{
			"Let ICMP type 3 code 4 and ICMPv6 type 2 through every firewall.",
			"Clamp the MSS on tunnels (iptables -j TCPMSS --clamp-mss-to-pmtu), or set net.ipv4.tcp_mtu_probing=1.",
		},
		Source: "RFC 1191; RFC 8201; RFC 4821",
		See:    []string{"vanished", "retransmission-timeout"},
	},
	{
		ID: "capture-gap", Kind: KindMark, Title: "Acknowledged but never captured",
		What: "Bytes were acknowledged that this capture does not hold. They did pass between the hosts; the " +
			"capture missed them. It is a fault of the capture, not of the connection, and times around it are " +
			"less sure.",
		Remedies: []string{
			"Look at the drop counters of the capture (tcpdump prints them at its end, pcapng keeps them).",
			"Use a larger buffer (tcpdump -B), a shorter snap length, a capture filter, or a faster disk.",
			"Check that the mirror port is not oversubscribed.",
		},
		Source: "RFC 9293 section 3.4; observed, no protocol event",
		See:    []string{"fin-not-captured", "one-sided", "vantage"},
	},
	{
		ID: "one-sided", Kind: KindMark, Title: "Only one direction captured",
		What: "Segments of one side only were seen. What the other side did is told by this side's " +
			"acknowledgements alone; vanished, half-closed-stall and unanswered are never given then.",
		Remedies: []string{
			"Mirror both directions; with asymmetric routing capture on the host itself, or at both places.",
			"With tcpdump -i any or a bridge, check that -Q in or -Q out was not given.",
		},
		Source: "Observed, no protocol event",
		See:    []string{"vantage", "partial"},
	},
	{
		ID: "mid-stream", Kind: KindMark, Title: "Began before the capture",
		What: "The first segment seen is not a SYN. Who was client is then a guess, or unknown (roles), window " +
			"scaling is unknown, and sequence numbers are relative to the first one seen.",
		Remedies: []string{
			"Start capturing before the connections begin, or restart one of the programs.",
		},
		Source: "Observed, no protocol event",
		See:    []string{"first-seen", "partial"},
	},
	{
		ID: "truncated", Kind: KindMark, Title: "Cut by the snap length",
		What: "The capture kept less of a packet than its headers or options need. Lengths are taken from the " +
			"IP header and stay right; options that were cut, such as timestamps, are unknown.",
		Remedies: []string{
			"Capture with a snap length of at least 128 octets (tcpdump -s 128), or 0 for everything.",
		},
		Source: "Observed, no protocol event",
		See:    []string{"capture-gap"},
	},
	{
		ID: "duplicate-capture", Kind: KindMark, Title: "The same segment captured twice",
		What: "A segment is in the capture twice: on two interfaces, by a mirror port that copies both ingress " +
			"and egress, or by -i any. It is counted once and is no retransmission.",
		Remedies: []string{
			"Nothing needed. To save space mirror one direction of each port, or capture on one interface; " +
				"editcap -d also removes them.",
		},
		Source: "Observed, no protocol event (--dup-window)",
		See:    []string{"fin-retransmitted"},
	},
	{
		ID: "clock-jump", Kind: KindMark, Title: "The capture's clock jumped",
		What: "Times in the file ran backwards or leapt ahead. The order of the file is kept and never sorted; " +
			"timers advance by a bounded step. Durations across the jump are not to be trusted.",
		Remedies: []string{
			"Run chrony or ntpd with slewing on the capturing host, and use hardware timestamps where you merge " +
				"captures.",
		},
		Source: "Observed, no protocol event",
		See:    []string{"assumed"},
	},
	{
		ID: "mptcp", Kind: KindMark, Title: "A subflow of Multipath TCP",
		What: "The conversation carries MPTCP options: it is one subflow of a connection that may have others. " +
			"Its FIN or RST ends the subflow only; the connection itself is closed by DATA_FIN, or aborted by " +
			"MP_FASTCLOSE.",
		Remedies: []string{
			"Judge all subflows together before you call it a problem. ip mptcp monitor shows them on the host.",
		},
		Source: "RFC 8684 sections 3.3.3, 3.5 and 3.6",
		Kernel: []string{
			"MPTCP_RST_EUNSPEC",
			"MPTCP_RST_EMPTCP",
			"MPTCP_RST_ERESOURCE",
			"MPTCP_RST_EPROHIBIT",
			"MPTCP_RST_EWQ2BIG",
			"MPTCP_RST_EBADPERF",
			"MPTCP_RST_EMIDDLEBOX",
		},
		See: []string{"close"},
	},
	{
		ID: "fast-open", Kind: KindMark, Title: "TCP Fast Open",
		What: "The SYN carried a Fast Open option, and perhaps data. If the server accepts the cookie, it " +
			"acknowledges that data with the SYN-ACK; if not, only the SYN, and the data is sent again.",
		Source: "RFC 7413",
		See:    []string{"unanswered"},
	},
	{
		ID: "simultaneous-open", Kind: KindMark, Title: "Both sides opened at once",
		What: "Both sides sent a SYN before the other's had arrived, and both went through SYN-RECEIVED. It " +
			"is rare outside hole punching through NAT. The sender of the first SYN is called the client.",
		Source: "RFC 9293 section 3.5, figure 7",
		See:    []string{"SYN-RECEIVED"},
	},
	{
		ID: "bad-checksum", Kind: KindMark, Title: "A TCP checksum is wrong",
		What: "The checksum of a segment does not fit its content. On the sender's own host that is normal: the " +
			"network card fills it in after the capture. Elsewhere the receiver drops such a segment. It is " +
			"checked only on request and never by itself a reason to leave a segment out.",
		Remedies: []string{
			"Capture elsewhere, or switch offload off for the test: ethtool -K eth0 tx off.",
			"On a third host: look for a failing device on the path, and for nstat -az TcpInCsumErrors on the " +
				"receiver.",
		},
		Source: "RFC 9293 section 3.1 (MUST-2, MUST-3)",
		See:    []string{"capture-gap"},
	},
	{
		ID: "odd-flags", Kind: KindMark, Title: "Flags that do not belong together",
		What: "A segment has a combination of control bits that no stack sends in earnest, such as SYN with " +
			"FIN, or FIN without ACK, or none at all; or a FIN at a number that its side has used for payload, or " +
			"payload beyond its FIN. Port scanners, fuzzers and the stacks of some VPN programs send these; they are " +
			"noted, and read as leniently as a stack would.",
		Remedies: []string{
			"Look at the sender: a scan usually touches many ports of many hosts.",
		},
		Source: "RFC 9293 section 3.10.7",
		See:    []string{"partial"},
	},
}
