package flows

// findingTerms has the findings, in the order of the enumeration. Their remedies are those that a finding carries.
var findingTerms = []Term{
	{
		ID: "forged-rst", Kind: KindFinding, Title: "Something on the path resets connections",
		What: "RSTs bear the address of an end that did not send them: two or more independent signs say so, such as a TTL " +
			"that is not that end's, an answer faster than its round trip, a sequence number that it never reached, or data " +
			"that it went on sending. One such conversation is enough for the finding.",
		Remedies: []string{
			"Look for a firewall, an intrusion prevention system or a content filter between the capture point and that end.",
			"Capture on that end's own host: if the RST is not there on its way out, it was made on the path.",
			"Compare the RST's TTL with traceroute: the difference tells how many hops away it was made.",
		},
		Source: "TEARDOWN section 7, middlebox-reset; RFC 3360",
		See:    []string{"forged-rst-suspected", "middlebox-reset"},
	},
	{
		ID: "reset-began-beyond", Kind: KindFinding, Title: "A proxy passes on the resets of whom it talks to",
		What: "Connections of a proxy were reset by the proxy after the far end of their other leg had reset or closed. Both legs " +
			"are in the capture, and are paired by what passed on them (--pairs). The time between the two tells how directly.",
		Why: "Who sees only one leg blames the proxy, whose address the RST bears.",
		Remedies: []string{
			"Look at the other leg: tcpclose report --pairs names it for each connection.",
			"Find out why its far end resets or closes: the findings of that service say more.",
			"Let the proxy retry, or answer with an error of its own, where the protocol allows it.",
		},
		Source: "RFC 9293 section 3.10.7",
		See:    []string{"reset-by-the-box", "rst-abort", "rst-after-fin"},
	},
	{
		ID: "reset-by-the-box", Kind: KindFinding, Title: "The box between two legs resets",
		What: "Connections were reset by the proxy or the address translator in their middle: for a proxy, nothing had ended the " +
			"other leg before; for a translator, the RST stands on one side only. A copy that the capture missed looks the same.",
		Remedies: []string{
			"Read the log of that box at these times: limits, time-outs, policies, a restart.",
			"Where it translates addresses, compare the silence before the RST with its time limit for idle connections.",
		},
		Source: "RFC 5382 section 5; RFC 3360",
		See:    []string{"reset-began-beyond", "idle-timeout", "forged-rst"},
	},
	{
		ID: "close-wait-leak", Kind: KindFinding, Title: "One side does not close its connections",
		What: "Several connections of one service stay in CLOSE-WAIT: the peer has closed, the program has not. It is possible " +
			"from the stall time on, likely from five minutes on, or where three or more stall so while others of the same " +
			"service close in order. Only the live socket table is proof.",
		Why: "The kernel has told the program of the end of file and can do no more. Each such socket costs a descriptor, " +
			"until accept() fails with EMFILE.",
		Remedies: []string{
			"Find the missing close(): error paths, early returns, exceptions, readers that stopped reading.",
			"ss -tanp state close-wait names the process and its descriptors.",
			"In clients: let the pool test idle connections, and drop those on which a read returns 0.",
		},
		Source: "RFC 9293 section 3.6 case 2",
		See:    []string{"half-closed-stall", "slow-close-wait", "CLOSE-WAIT"},
	},
	{
		ID: "closed-connection-used", Kind: KindFinding, Title: "A pool uses connections that the server has closed",
		What: "Clients sent data on connections after the server's FIN had passed, and a RST answered it: the request was lost. " +
			"The times between FIN and data tell a race (about one round trip) from a pool that never looks (seconds).",
		Remedies: []string{
			"Make the idle timeout of the clients' pool a few seconds shorter than the server's.",
			"Check a pooled connection before it is used: if it is readable, it is closed.",
			"Retry requests that can be repeated when the reused connection is reset before any answer.",
		},
		Source: "RFC 9112 section 9.5 (persistent connections may close at any time)",
		See:    []string{"data-after-close", "data-after-fin", "idle-timeout"},
	},
	{
		ID: "answer-after-close", Kind: KindFinding, Title: "Clients leave before the answer",
		What: "Clients closed with close() while the server was still answering, and their kernel answered the data with a RST: " +
			"the rest of the answer was lost, and the server's next write fails.",
		Remedies: []string{
			"Look for a time limit in the client that is shorter than the server's answer takes.",
			"Where the client only meant that it has no more to send, it should call shutdown(SHUT_WR) and read on.",
			"The server should stop working for a client that has gone: watch for the end of file.",
		},
		Source: "RFC 1122 section 4.2.2.13",
		See:    []string{"data-after-close", "half-close"},
	},
	{
		ID: "reset-with-unread-data", Kind: KindFinding, Title: "Closed with data unread, answers lost",
		What: "A program closed its socket while received data was probably unread, so that the kernel sent a RST instead of a " +
			"FIN. Its own last bytes can be lost with it: the finding counts those that were never acknowledged. On the wire " +
			"SO_LINGER 0 looks the same.",
		Remedies: []string{
			"Read until end of file before close(): shutdown(SHUT_WR), then read and discard with a time limit.",
			"In nginx lingering_close always; in other proxies read the request's body before an error is answered.",
			"nstat -az TcpExtTCPAbortOnClose on the host tells it from SO_LINGER 0.",
		},
		Source: "RFC 2525 section 2.17; RFC 1122 section 4.2.2.13",
		See:    []string{"closed-with-unread-data", "aborting-close"},
	},
	{
		ID: "aborting-close", Kind: KindFinding, Title: "Connections end by RST on purpose",
		What: "A program ends its connections with an active abort where a FIN would do: SO_LINGER with a time of 0, ss -K, or a " +
			"negative TCP_LINGER2. What was on its way is thrown away at both ends.",
		Remedies: []string{
			"Search the code for SO_LINGER (Java setSoLinger(true, 0), Go SetLinger(0)) and remove it, unless it is wanted.",
			"For fewer TIME-WAITs keep connections alive, or let the other side close first.",
		},
		Source: "RFC 9293 section 3.10.5 (ABORT)",
		See:    []string{"linger-zero", "so-linger", "reset-with-unread-data"},
	},
	{
		ID: "idle-timeout", Kind: KindFinding, Title: "Idle connections are reset after a round time",
		What: "Three or more connections of one service were reset after a silence within two in a hundred of a well-known idle " +
			"timeout: 60, 100, 120, 240, 300, 350, 600, 900 or 3600 s. A NAT, firewall or load balancer forgets them, or one " +
			"of the ends does.",
		Remedies: []string{
			"Send keep-alives more often than that: TCP_KEEPIDLE below the timeout.",
			"Let the pool drop idle connections before the timeout.",
			"Raise the timeout where it is yours: load balancers and firewalls have a setting for TCP idle time.",
		},
		Source: "TEARDOWN section 7, no-socket; RFC 5382 section 5 (NAT timeouts)",
		See:    []string{"no-socket", "keep-alive", "idle-before-close"},
	},
	{
		ID: "forgotten-connections", Kind: KindFinding, Title: "One side does not know its connections any more",
		What: "Segments of open connections were answered by the RST of a host that has no such socket. It restarted, another " +
			"host took over its address, or a NAT or load balancer between forgot the connections. The silence before is told " +
			"where all of them were idle.",
		Remedies: []string{
			"Compare the times with restarts, deployments and failovers of that host.",
			"If every one was idle before: keep-alives, and longer idle timeouts on the path.",
			"Behind a load balancer: drain connections before a backend is removed.",
		},
		Source: "RFC 9293 section 3.5.1 (half-open connections)",
		See:    []string{"no-socket", "idle-timeout", "keep-alive"},
	},
	{
		ID: "time-wait-exhaustion", Kind: KindFinding, Title: "A client runs out of ports",
		What: "So many of a client's sockets towards one service are open or in TIME-WAIT that its ephemeral ports run short: " +
			"Linux's default range has 28,232 of them, and half of that is all that a program gets which binds first. When " +
			"none is left connect() fails with EADDRNOTAVAIL. Several clients behind one NAT count as one address.",
		Remedies: []string{
			"Keep connections alive and pool them, instead of one for each request.",
			"Let the server close first, or use several client addresses or server ports.",
			"net.ipv4.ip_local_port_range = 1024 65535, and net.ipv4.tcp_tw_reuse=1 on the client.",
		},
		Source: "RFC 6056; Linux ip_local_port_range",
		See:    []string{"port-exhaustion", "TIME-WAIT", "tcp-tw-reuse"},
	},
	{
		ID: "time-wait-challenges", Kind: KindFinding, Title: "New connections meet old TIME-WAITs",
		What: "SYNs came on ports whose last connection was still in TIME-WAIT at the server, and were answered by an ACK instead " +
			"of a SYN-ACK. Each costs a round trip, and seconds where the client's RST is filtered.",
		Remedies: []string{
			"Keep net.ipv4.tcp_timestamps=1 at both ends: with a newer timestamp the SYN is accepted at once.",
			"Reuse ports less quickly: a wider port range, more addresses, connections kept alive.",
			"Do not let a NAT or firewall drop the client's RST.",
		},
		Source: "RFC 6191; RFC 9293 section 3.10.7.4",
		See:    []string{"time-wait-challenged", "time-wait-challenge", "port-exhaustion"},
	},
	{
		ID: "paws-drops", Kind: KindFinding, Title: "SYNs are dropped for their timestamps",
		What: "SYNs stayed unanswered whose timestamp is older than the last one of the same address. Clients behind one NAT have " +
			"different clocks, and a server that compares them per address locks some of them out.",
		Remedies: []string{
			"net.ipv4.tcp_tw_recycle must be off; kernels from 4.12 no longer have it.",
			"Look for firewalls or load balancers that check timestamps per address, or rewrite them.",
		},
		Source: "RFC 7323 section 5; Linux 4.12 (tcp_tw_recycle removed)",
		See:    []string{"paws-drop", "paws-syn-drop-suspected", "tcp-tw-recycle"},
	},
	{
		ID: "fin-loss", Kind: KindFinding, Title: "Closes lose packets on one path",
		What: "Between one client and one service FINs had to be sent again: they, or their acknowledgements, were lost. A close " +
			"has few packets, and each loss costs a timer. A lost last ACK is answered from TIME-WAIT.",
		Remedies: []string{
			"Look for loss on that path: interface errors, policers, a full queue, a firewall that drops after the first FIN.",
			"Conntrack entries that end too early drop last ACKs: nf_conntrack_tcp_timeout_time_wait and _last_ack.",
		},
		Source: "RFC 9293 sections 3.6 and 3.8.1",
		See:    []string{"fin-retransmitted", "fin-lost", "last-ack-lost", "lost-last-ack"},
	},
	{
		ID: "half-dead-peers", Kind: KindFinding, Title: "Peers vanish, and nobody asks",
		What: "Connections lost their peer without FIN or RST: it fell silent while data was repeated, or it came back with a new " +
			"SYN on the same ports. No keep-alive was sent, so the side that was left learns of it only when it sends.",
		Remedies: []string{
			"SO_KEEPALIVE with TCP_KEEPIDLE of a minute or less, and TCP_USER_TIMEOUT for data in flight.",
			"Look for what the peers have in common: a Wi-Fi, a VPN, a host that lost power, a route that changed.",
		},
		Source: "RFC 9293 sections 3.5.1 and 3.8.4; RFC 5482",
		See:    []string{"vanished", "peer-vanished", "superseded", "keep-alive"},
	},
	{
		ID: "short-lived-connections", Kind: KindFinding, Title: "A connection for each request",
		What: "The same clients open connection after connection to one service, each over in less than a second. Every one pays " +
			"a handshake, slow start and a TIME-WAIT that could be saved.",
		Remedies: []string{
			"Keep connections alive and reuse them: HTTP keep-alive, a connection pool, HTTP/2.",
			"Check that neither side sends Connection: close, and that the pool is as large as the concurrency.",
		},
		Source: "RFC 9112 section 9.3 (persistence)",
		See:    []string{"time-wait-exhaustion", "why-time-wait"},
	},
	{
		ID: "service-refuses", Kind: KindFinding, Title: "A service refuses connections",
		What: "SYNs were answered by RST, or by an ICMP error. Nothing listens on that port, or a firewall rejects. Where other " +
			"connections were taken the service was away for a time, or some clients are not welcome.",
		Remedies: []string{
			"ss -tln on the server: does it listen, and on that address?",
			"Compare the times with restarts. For ICMP ask the router or firewall that sent it.",
		},
		Source: "RFC 9293 section 3.5.2",
		See:    []string{"refused", "listen-refused", "icmp-refused"},
	},
	{
		ID: "service-filtered", Kind: KindFinding, Title: "A service does not answer",
		What: "SYNs got no answer at all: the host is down, the route leads nowhere, a firewall drops them, or a queue of the " +
			"server is full: Linux drops SYNs as well while the listener's accept queue is.",
		Remedies: []string{
			"Capture at the server: if the SYN arrives there, look at its firewall, at ss -ltn (Recv-Q against Send-Q) and at nstat -az " +
				"TcpExtListenOverflows TcpExtListenDrops.",
			"If it does not: traceroute -T to that port shows how far it comes.",
		},
		Source: "RFC 9293 section 3.8.3",
		See:    []string{"unanswered", "filtered"},
	},
	{
		ID: "accept-queue-full", Kind: KindFinding, Title: "A server does not accept fast enough",
		What: "The server repeated its SYN-ACK although the client's ACK, and perhaps data, had passed: Linux drops that ACK while " +
			"the listener's accept queue is full. Clients see a connection that does not answer for a second or more.",
		Remedies: []string{
			"Raise the backlog of listen() and net.core.somaxconn; ss -tln shows queue and limit.",
			"Accept faster: more acceptors, no slow work in the accept loop.",
			"nstat -az TcpExtListenOverflows counts them.",
		},
		Source: "Linux tcp_v4_syn_recv_sock, TCPExt ListenOverflows",
		See:    []string{"accept-queue-overflow", "handshake-aborted"},
	},
	{
		ID: "capture-unreliable", Kind: KindFinding, Title: "The capture itself is not to be trusted",
		What: "Conversations have bytes that were acknowledged but never captured, or only one direction, or times that jump. What " +
			"is said of them is less sure, and a missing packet may be the capture's loss, not the network's.",
		Remedies: []string{
			"Capture with a larger buffer (tcpdump -B 65536), a shorter snap length, or a capture filter.",
			"Mirror both directions, at a rate that the mirror port can carry; or capture on one of the hosts.",
			"Keep the capturing host's clock slewed, not stepped.",
		},
		Source: "Observed, no protocol event",
		See:    []string{"capture-gap", "one-sided", "clock-jump"},
	},
}
