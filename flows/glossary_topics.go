package flows

// timeWaitTopics explain TIME-WAIT and what is done about it.
var timeWaitTopics = []Term{
	{
		ID: "why-time-wait", Kind: KindTopic, Title: "Why TIME-WAIT exists",
		What: "TIME-WAIT has two purposes. It repeats the last ACK if that was lost, so that the other side can " +
			"end in order instead of by a RST. And it keeps the addresses and ports unused until every old " +
			"segment has left the network, so that none is taken for data of a new connection. It stays with " +
			"the side that closed first.",
		Why: "The last ACK is not acknowledged. Whoever sends it can only wait long enough to hear a repeated FIN.",
		Remedies: []string{
			"Do not fight it: move it. The side that closes first holds it, so let clients close first, or keep " +
				"connections open for many requests.",
			"Count them per pair of client and server, not in all: only the ports towards one server address " +
				"and port can run out.",
		},
		Source: "RFC 9293 section 3.6.1; RFC 1337",
		See:    []string{"TIME-WAIT", "two-msl", "lost-last-ack", "wandering-duplicates", "port-exhaustion"},
	},
	{
		ID: "two-msl", Kind: KindTopic, Title: "2 MSL",
		What: "The maximum segment lifetime is how long a segment may wander in the network; RFC 9293 takes two " +
			"minutes. TIME-WAIT lasts twice that: one lifetime for the last ACK to arrive or die, and one for a " +
			"FIN sent again in answer. Linux and the BSDs wait 60 s in all, Windows 120 s by default, the RFC's " +
			"figure is 240 s.",
		Why: "On Linux it is a constant (TCP_TIMEWAIT_LEN); no sysctl changes it. net.ipv4.tcp_fin_timeout " +
			"does not: that is for orphans in FIN-WAIT-2.",
		Remedies: []string{
			"Choose the system with --profile, or the time with --time-wait, if the hosts differ from Linux.",
			"On Windows the registry value TcpTimedWaitDelay sets it; on FreeBSD and macOS the sysctl " +
				"net.inet.tcp.msl.",
		},
		Source: "RFC 9293 section 3.4.2; Linux TCP_TIMEWAIT_LEN",
		See:    []string{"TIME-WAIT", "profiles", "assumed", "fin-wait-2-timeout"},
	},
	{
		ID: "lost-last-ack", Kind: KindTopic, Title: "The lost last ACK",
		What: "The close ends with an ACK that nobody acknowledges. If it is lost, the passive closer is still " +
			"in LAST-ACK and repeats its FIN; the other side, in TIME-WAIT, answers with the same ACK and waits " +
			"2 MSL anew. Without TIME-WAIT the repeated FIN would draw a RST, and the passive closer would see " +
			"an error after a close that went well.",
		Remedies: []string{
			"Nothing to configure. If FINs are repeated often on one path, look for loss there.",
		},
		Source: "RFC 9293 sections 3.6 and 3.10.7.4",
		See:    []string{"last-ack-lost", "LAST-ACK", "why-time-wait"},
	},
	{
		ID: "wandering-duplicates", Kind: KindTopic, Title: "Wandering duplicates",
		What: "A network may deliver a segment late or twice. If a new connection with the same addresses and " +
			"ports has begun meanwhile and the old number falls into its window, old data would be taken for " +
			"new. TIME-WAIT keeps the ports unused for as long as a segment can live; initial sequence numbers " +
			"that move on, and timestamps, guard beyond that.",
		Remedies: []string{
			"Keep net.ipv4.tcp_timestamps=1 on both ends.",
		},
		Source: "RFC 9293 section 3.4.1; RFC 7323 section 5; RFC 6528",
		See:    []string{"wandering-duplicate", "timestamps", "rfc-1337"},
	},
	{
		ID: "port-exhaustion", Kind: KindTopic, Title: "Port exhaustion",
		What: "A client that opens connections faster to one server address and port than their TIME-WAITs end " +
			"runs out of ephemeral ports, and connect() fails with EADDRNOTAVAIL. Linux's default range " +
			"32768-60999 has 28,232 ports: with 60 s of TIME-WAIT that is about 470 new connections a second to " +
			"each server port, for ever. Programs that bind() before connect() can feel half of that, 14,116, " +
			"since Linux hands out the ports of one parity first.",
		Why: "The limit is per client address, server address and server port; other servers do not count. " +
			"Only the side that closes first pays.",
		Remedies: []string{
			"Keep connections alive and pool them, instead of one for each request.",
			"Let the server close first, or use several client addresses or server ports.",
			"net.ipv4.ip_local_port_range = 1024 65535 (mind your own listeners: ip_local_reserved_ports).",
			"net.ipv4.tcp_tw_reuse=1 on the client; it needs timestamps on both ends.",
			"With bind(): set IP_BIND_ADDRESS_NO_PORT, so that the port is chosen at connect().",
		},
		Source: "RFC 6056; Linux ip_local_port_range, __inet_hash_connect",
		See:    []string{"TIME-WAIT", "tcp-tw-reuse", "time-wait-reused", "port-reused"},
	},
	{
		ID: "tcp-tw-reuse", Kind: KindTopic, Title: "net.ipv4.tcp_tw_reuse",
		What: "Lets connect() take a port whose last connection to the same server is in TIME-WAIT on this " +
			"host, if timestamps were in use and the old one is at least a second old (tcp_tw_reuse_delay on " +
			"newest kernels). It helps only the side that opens, and does nothing for accepted connections. 0 " +
			"is off, 1 is on, 2 (the default since 4.19) is on for loopback only.",
		Why: "The newer timestamp lets the server tell the new connection from old segments, which is what " +
			"TIME-WAIT was there for.",
		Remedies: []string{
			"Set it to 1 on clients and proxies that run out of ports; leave servers alone.",
			"It needs net.ipv4.tcp_timestamps=1 at both ends; a firewall that strips timestamps defeats it.",
		},
		Source: "RFC 6191; Linux tcp_tw_reuse, tcp_twsk_unique",
		See:    []string{"tcp-tw-recycle", "timestamps", "port-exhaustion", "time-wait-reused"},
	},
	{
		ID: "tcp-tw-recycle", Kind: KindTopic, Title: "net.ipv4.tcp_tw_recycle",
		What: "Ended TIME-WAITs after a retransmission timeout and, in exchange, dropped every SYN whose " +
			"timestamp was older than the last one from that address. Clients behind one NAT have different " +
			"clocks, so some of them could not connect at all, seemingly at random. Linux removed it in 4.12.",
		Remedies: []string{
			"Never set it. On kernels before 4.12: net.ipv4.tcp_tw_recycle=0.",
			"Delete it from tuning guides and sysctl.d: on newer kernels it only gives an error.",
		},
		Source: "Linux 4.12 (removed); RFC 7323 section 5",
		See:    []string{"paws-drop", "tcp-tw-reuse", "timestamps"},
	},
	{
		ID: "tcp-max-tw-buckets", Kind: KindTopic, Title: "net.ipv4.tcp_max_tw_buckets",
		What: "The most TIME-WAITs that a Linux host (a network namespace) keeps. Beyond it a connection that " +
			"should enter TIME-WAIT is destroyed at once: a lost last ACK then ends in a RST, and old segments " +
			"are not kept out. Linux counts it as TCPTimeWaitOverflow; older kernels also log that the time " +
			"wait bucket table overflows.",
		Remedies: []string{
			"nstat -az TcpExtTCPTimeWaitOverflow: if it grows, raise the limit; each takes a few hundred bytes.",
			"Never lower it to get rid of TIME-WAITs.",
		},
		Source: "Linux tcp_max_tw_buckets, TCPTimeWaitOverflow",
		See:    []string{"TIME-WAIT", "lost-last-ack"},
	},
	{
		ID: "rfc-1337", Kind: KindTopic, Title: "TIME-WAIT assassination (RFC 1337)",
		What: "An old segment reaches a side in TIME-WAIT. It must answer with an ACK; the peer has no socket " +
			"any more and answers that with a RST; the RST closes the TIME-WAIT early. RFC 1337 names three " +
			"hazards: old data accepted by a new connection, a new connection that falls out of step, and a new " +
			"connection that is killed.",
		Remedies: []string{
			"net.ipv4.tcp_rfc1337=1 ignores a RST in TIME-WAIT (the kernel's documentation of it reads the " +
				"other way round; the code is clear).",
			"Timestamps make the hazards improbable.",
		},
		Source: "RFC 1337; Linux tcp_rfc1337 (default 0)",
		See:    []string{"time-wait-assassination", "time-wait-assassinated", "wandering-duplicates"},
	},
	{
		ID: "timestamps", Kind: KindTopic, Title: "Timestamps and PAWS",
		What: "The timestamps option puts the sender's clock on every segment. It measures round trips, and it " +
			"protects against wrapped sequence numbers (PAWS): a segment whose timestamp is older than the last " +
			"valid one is dropped and answered by an ACK. In TIME-WAIT a newer timestamp lets a SYN be accepted " +
			"even if its sequence number is not beyond the old ones.",
		Why: "Linux adds a secret random offset to its clock, so several clients behind one NAT address never agree on the time.",
		Remedies: []string{
			"Leave net.ipv4.tcp_timestamps=1 everywhere.",
			"Do not let firewalls strip or rewrite the option.",
		},
		Source: "RFC 7323 sections 3 and 5; RFC 6191",
		See:    []string{"paws-drop", "tcp-tw-reuse", "time-wait-challenged"},
	},
}

// socketTopics explain what programs ask of their sockets.
var socketTopics = []Term{
	{
		ID: "so-linger", Kind: KindTopic, Title: "SO_LINGER",
		What: "Without it close() returns at once and the kernel sends what is queued, then the FIN. With a " +
			"time above 0 close() blocks until everything is acknowledged or the time is over. With the time 0 " +
			"close() throws the queued data away and sends a RST: no FIN, no TIME-WAIT, and the peer gets " +
			"ECONNRESET.",
		Remedies: []string{
			"Do not use 0 to avoid TIME-WAIT: it loses data.",
			"To know that the peer has read everything use shutdown(SHUT_WR) and wait for its end of file; " +
				"SO_LINGER knows only what its kernel has acknowledged.",
		},
		Source: "socket(7); RFC 9293 sections 3.10.4 and 3.10.5; Linux __tcp_close",
		Kernel: []string{"TCP_STATE"},
		See:    []string{"linger-zero", "active-abort"},
	},
	{
		ID: "so-reuseaddr", Kind: KindTopic, Title: "SO_REUSEADDR",
		What: "Lets a server bind() its port while connections of its earlier run are in TIME-WAIT; without it " +
			"the restart fails with EADDRINUSE for a minute. On Linux it does not allow two listeners on the " +
			"same address and port. SO_REUSEPORT is another thing: several listeners of one user share a port.",
		Remedies: []string{
			"Set it on every listening socket before bind(). Most runtimes do (Go, Java on Unix, nginx); in C " +
				"and Python's socket module it is yours to set.",
			"On Windows the option means something else: use SO_EXCLUSIVEADDRUSE there.",
		},
		Source: "socket(7); RFC 9293 section 3.6.1",
		See:    []string{"TIME-WAIT", "port-exhaustion"},
	},
	{
		ID: "keep-alive", Kind: KindTopic, Title: "Keep-alive",
		What: "With SO_KEEPALIVE the kernel probes an idle connection: on Linux after 2 hours, then every 75 s, " +
			"and after 9 unanswered probes it sends a RST and gives up. It finds peers that vanished, and keeps " +
			"NAT and firewall entries alive if it comes often enough. HTTP's keep-alive is another thing: it " +
			"means several requests on one connection.",
		Why: "The default is older than NAT: 2 hours is longer than almost every idle timeout on a path today.",
		Remedies: []string{
			"Per socket: TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT; system-wide: net.ipv4.tcp_keepalive_time, " +
				"tcp_keepalive_intvl, tcp_keepalive_probes (only for sockets with SO_KEEPALIVE).",
			"Add TCP_USER_TIMEOUT: with unacknowledged data in flight keep-alive does not probe, retransmission rules.",
			"ss -tno shows timer:(keepalive,...).",
		},
		Source: "RFC 9293 section 3.8.4; RFC 1122 section 4.2.3.6; tcp(7)",
		See:    []string{"keepalive", "keepalive-timeout", "peer-vanished", "no-socket"},
	},
	{
		ID: "half-close", Kind: KindTopic, Title: "Half-close",
		What: "A FIN closes one direction. A program that calls shutdown(SHUT_WR) says that it has no more to " +
			"send and goes on reading; the other side reads end of file and may answer for as long as it likes. " +
			"close() cannot be told from it by the FIN: only a RST in answer to later data shows that nobody " +
			"reads any more.",
		Remedies: []string{
			"Use it to end cleanly: shutdown(SHUT_WR), read until end of file, close().",
			"Some proxies and load balancers close both directions upon the first FIN: test before you rely on " +
				"it (HAProxy: timeout client-fin and server-fin).",
		},
		Source: "RFC 9293 section 3.6.1; RFC 1122 section 4.2.2.13; shutdown(2)",
		See:    []string{"shutdown-write", "data-after-fin", "half-closed-stall", "orphan"},
	},
	{
		ID: "orphan", Kind: KindTopic, Title: "Orphans",
		What: "A socket that its program has closed but TCP has not finished with: queued data, or a FIN that " +
			"is not acknowledged. The kernel goes on alone: it repeats up to tcp_orphan_retries (0 stands for " +
			"8), then drops the socket silently, and with it the data. New data that reaches an orphan is " +
			"answered by a RST.",
		Remedies: []string{
			"ss -s shows their number; net.ipv4.tcp_max_orphans limits it, and beyond it they are reset.",
			"To be sure that data arrives do not close right after the last write: wait for the peer's end of file.",
		},
		Source: "RFC 1122 section 4.2.2.13; Linux tcp_max_orphans, tcp_orphan_retries",
		Kernel: []string{"TCP_ABORT_ON_DATA", "TCP_ABORT_ON_MEMORY"},
		See:    []string{"data-after-close", "FIN-WAIT-1", "fin-wait-2-timeout"},
	},
	{
		ID: "fin-wait-2-timeout", Kind: KindTopic, Title: "The FIN-WAIT-2 timeout",
		What: "RFC 9293 lets FIN-WAIT-2 last for ever. After close() nobody can read any more, so Linux keeps " +
			"the orphan only for net.ipv4.tcp_fin_timeout (60 s), or TCP_LINGER2 of the socket; then it is gone " +
			"without a packet. The peer's late FIN or data draws a RST. A socket that was only shut down and is " +
			"still held by a program has no such limit.",
		Why: "It does not set how long TIME-WAIT lasts, though many tuning guides say so.",
		Remedies: []string{
			"Leave it at 60. The peer that does not close is the one to mend.",
		},
		Source: "Linux tcp_fin_timeout, tcp(7) TCP_LINGER2",
		See:    []string{"FIN-WAIT-2", "fin-wait-2-expired", "orphan", "two-msl"},
	},
	{
		ID: "active-close", Kind: KindTopic, Title: "Active and passive close",
		What: "The side whose FIN comes first closes actively: it goes through FIN-WAIT-1 and FIN-WAIT-2 and " +
			"holds TIME-WAIT. The other one closes passively, through CLOSE-WAIT and LAST-ACK, and holds " +
			"nothing. Who is client and who is server does not matter for this.",
		Remedies: []string{
			"Busy servers fare better if clients close first.",
			"In HTTP/1.1 whoever sends Connection: close, or whose idle timeout is shorter, usually decides it.",
		},
		Source: "RFC 9293 sections 3.3.2 and 3.6",
		See:    []string{"TIME-WAIT", "CLOSE-WAIT", "four-way"},
	},
}

// wireTopics explain segments, and what an observer can know of them.
var wireTopics = []Term{
	{
		ID: "fin", Kind: KindTopic, Title: "FIN",
		What: "The control bit that ends one direction of a connection: its sender will send no more data. It " +
			"takes one sequence number, is acknowledged and sent again like data, and takes effect only when " +
			"everything before it has arrived.",
		Source: "RFC 9293 sections 3.1, 3.4 and 3.6",
		See:    []string{"half-close", "FIN-WAIT-1", "fin-lost"},
	},
	{
		ID: "rst", Kind: KindTopic, Title: "RST",
		What: "The control bit that ends a connection at once, in both directions, without an answer and " +
			"without TIME-WAIT. There are two kinds: an active abort from a socket that was there, and a reply " +
			"from a host that has no such socket or refuses the segment. The program at the other end gets " +
			"ECONNRESET, or ECONNREFUSED while connecting.",
		Remedies: []string{
			"Ask three things: which kind, who sent it, and were bytes lost? The report answers all three.",
			"On the sender (Linux 6.10 or later): tracepoint tcp:tcp_send_reset gives the reason.",
		},
		Source: "RFC 9293 section 3.5.2 and 3.5.3",
		See:    []string{"active-abort", "reply", "rst-acceptance", "rst-abort", "rst-after-fin"},
	},
	{
		ID: "rst-acceptance", Kind: KindTopic, Title: "Which RST is obeyed (RFC 5961)",
		What: "A RST with exactly the next expected number resets. One elsewhere in the window draws a " +
			"challenge ACK. One outside is dropped. Linux also takes the number before the expected one once " +
			"the peer's FIN has been received, and the right-most edge of its SACK blocks; a connection that is " +
			"being opened judges by the ack field.",
		Why:    "Before RFC 5961 any number in the window was enough, so a blind attacker needed only few guesses.",
		Source: "RFC 5961 section 3.2; RFC 9293 section 3.10.7.4; Linux tcp_validate_incoming",
		See:    []string{"challenge-acks", "rst-ignored", "rst-out-of-window", "accepted"},
	},
	{
		ID: "challenge-acks", Kind: KindTopic, Title: "Challenge ACKs",
		What: "An ACK sent instead of obeying a doubtful segment: a RST in the window but not at the expected " +
			"number, a SYN in an open connection, or an ACK for data that was never sent. A genuine sender " +
			"learns the right number from it and can reset with that. Linux sends at most one in 500 ms for " +
			"each socket, so that a missing one proves nothing.",
		Remedies: []string{
			"Firewalls must let them, and the RST that answers, through.",
			"nstat -az TcpExtTCPChallengeACK TcpExtTCPACKSkippedChallenge.",
		},
		Source: "RFC 5961 sections 3, 4, 5 and 7; Linux tcp_invalid_ratelimit, tcp_challenge_ack_limit",
		See:    []string{"challenge-ack", "rst-acceptance", "time-wait-challenged"},
	},
	{
		ID: "vantage", Kind: KindTopic, Title: "The vantage: where the capture was taken",
		What: "A capture shows what passed one point. A segment seen there was sent, but need not arrive; one " +
			"not seen may have arrived by another path, or the capture dropped it. The handshake splits the " +
			"round trip into the part to the client and the part to the server, which tells how far away each " +
			"is, and on which side a loss happened.",
		Remedies: []string{
			"To know what a host received, capture on that host.",
			"For a dispute capture at both ends and compare.",
		},
		Source: "The observer's rule (no RFC)",
		See:    []string{"seen", "inferred", "capture-gap", "one-sided"},
	},
	{
		ID: "profiles", Kind: KindTopic, Title: "Profiles",
		What: "Timers cannot be seen on the wire, so they are assumed after a profile: TIME-WAIT 60 s for linux " +
			"and bsd, 120 s for windows, 240 s for rfc; the timeout of an orphan in FIN-WAIT-2; and how often a " +
			"FIN is repeated. What rests on them is graded assumed, and says so.",
		Remedies: []string{
			"--profile linux|bsd|windows|rfc, or --time-wait for the one that matters most.",
		},
		Source: "RFC 9293 section 3.4.2; Linux TCP_TIMEWAIT_LEN, tcp_fin_timeout",
		See:    []string{"two-msl", "assumed", "fin-wait-2-timeout"},
	},
}
