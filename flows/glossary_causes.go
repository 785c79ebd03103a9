package flows

// orderlyCauseTerms has the causes close and shutdown-write.
var orderlyCauseTerms = []Term{
	{
		ID: "close", Kind: KindCause, Title: "Both programs closed",
		What: "Each side's program called close() or exited, with everything read, and its kernel sent a FIN. " +
			"A killed process looks the same: the kernel closes its sockets in the same way.",
		Source: "RFC 9293 sections 3.6 and 3.10.4 (CLOSE)",
		See:    []string{"four-way", "three-way", "shutdown-write"},
	},
	{
		ID: "shutdown-write", Kind: KindCause, Title: "One side closed only its sending half",
		What: "After its FIN a side still received data and acknowledged it without a RST: its program had " +
			"called shutdown(SHUT_WR) and went on reading. This is the half-close as it is meant.",
		Remedies: []string{
			"Nothing. Keep reading until end of file, then close().",
		},
		Source: "RFC 9293 section 3.6.1; RFC 1122 section 4.2.2.13",
		See:    []string{"half-close", "data-after-fin"},
	},
}

// resetCauseTerms has the causes from linger-zero to no-socket, in the order of the enumeration.
var resetCauseTerms = []Term{
	{
		ID: "linger-zero", Kind: KindCause, Title: "The program asked for a reset",
		What: "An active abort: RST+ACK at the next sequence number, by a side that had a socket. The program " +
			"set SO_LINGER with a time of 0 and called close(), or disconnected it with connect(AF_UNSPEC), or " +
			"an administrator used ss -K. On Linux the wire cannot tell it from close() with unread data, so " +
			"both are listed.",
		Why: "Servers and load generators do it to avoid TIME-WAIT. The price is that data still on its way to " +
			"the peer is thrown away, also data that the peer has received but its program has not read. A " +
			"killed process with everything read sends a FIN, not a RST.",
		Remedies: []string{
			"Search the code for SO_LINGER (Java setSoLinger(true, 0), Go SetLinger(0)) and remove it, unless " +
				"the abort is wanted.",
			"For fewer TIME-WAITs keep connections alive, or let the client close first.",
			"On the host: tracepoint tcp:tcp_send_reset with reason TCP_STATE, and the process that runs at " +
				"that moment.",
		},
		Source: "RFC 9293 section 3.10.5 (ABORT); Linux tcp_disconnect, tcp_abort",
		Kernel: []string{"TCP_STATE", "TCP_DISCONNECT_WITH_DATA"},
		See:    []string{"closed-with-unread-data", "so-linger", "active-abort"},
	},
	{
		ID: "closed-with-unread-data", Kind: KindCause, Title: "Closed without reading everything",
		What: "An active abort: the program called close(), or died, while received data was still unread in " +
			"its socket. The kernel then sends a RST instead of a FIN, to tell the peer that data was lost. " +
			"Linux sends the same packets for SO_LINGER 0, so both are listed; this one leads when the peer's " +
			"data arrived and no answer to it was sent.",
		Why: "The RST also overtakes what the closing side had sent last: an error page or response that is in " +
			"flight can be lost at the peer.",
		Remedies: []string{
			"Read until end of file before close(): shutdown(SHUT_WR), then read and discard with a time limit, " +
				"then close().",
			"In nginx lingering_close always; in other proxies read the request's body before answering with an error.",
			"nstat -az TcpExtTCPAbortOnClose counts these on the host.",
		},
		Source: "RFC 2525 section 2.17; RFC 1122 section 4.2.2.13; Linux TCPAbortOnClose",
		Kernel: []string{"TCP_ABORT_ON_CLOSE"},
		See:    []string{"linger-zero", "active-abort", "rst-abort"},
	},
	{
		ID: "linger2-negative", Kind: KindCause, Title: "Reset instead of FIN-WAIT-2",
		What: "A side that had already sent its FIN sent an active abort, though nothing had arrived since. On " +
			"Linux that is a socket with a negative TCP_LINGER2 which is closed after shutdown(), or an orphan " +
			"that the kernel sheds because it has too many or too little memory.",
		Remedies: []string{
			"Search the code for TCP_LINGER2.",
			"dmesg: too many orphaned sockets, or out of memory -- consider tuning tcp_mem; then look at " +
				"net.ipv4.tcp_max_orphans and net.ipv4.tcp_mem.",
			"nstat -az TcpExtTCPAbortOnLinger TcpExtTCPAbortOnMemory tells the two apart.",
		},
		Source: "Linux tcp(7) TCP_LINGER2; TCPAbortOnLinger, TCPAbortOnMemory",
		Kernel: []string{"TCP_ABORT_ON_LINGER", "TCP_ABORT_ON_MEMORY"},
		See:    []string{"orphan", "fin-wait-2-timeout", "rst-after-fin"},
	},
	{
		ID: "data-after-close", Kind: KindCause, Title: "Data for a side that had called close()",
		What: "A side sent its FIN; the peer's data reached it afterwards and was answered by a RST. So it had " +
			"called close(), not shutdown(): nobody is left to read. The peer's bytes were lost and are " +
			"counted; its program gets ECONNRESET, or EPIPE at the next write. Windows answers with RST+ACK at its " +
			"next number; on Linux that is a program that closes with the data unread, so both are listed.",
		Why: "A FIN says that no more will be sent, not that nothing more will be read, so the peer cannot " +
			"know. A typical case is a pool that reuses a connection in the moment in which the server closes " +
			"it as idle. Over TLS each side says goodbye by an alert of some 20 to 70 bytes (close_notify): where no " +
			"more than that was lost, the closer did not wait for it, and nothing is amiss.",
		Remedies: []string{
			"In the closer: shutdown(SHUT_WR), read until end of file, then close().",
			"In clients with a pool: drop idle connections earlier than the server does, test them before " +
				"reuse, and repeat idempotent requests.",
			"In HTTP: announce it with Connection: close, or use HTTP/2's GOAWAY.",
		},
		Source: "RFC 1122 section 4.2.2.13; RFC 9293 section 3.6.1; Linux TCPAbortOnData",
		Kernel: []string{"TCP_ABORT_ON_DATA", "TCP_TIMEWAIT_SOCKET", "NO_SOCKET"},
		See:    []string{"orphan", "half-close", "fin-wait-2-expired", "reply"},
	},
	{
		ID: "close-wait-leak", Kind: KindCause, Title: "A program that does not close",
		What: "The peer closed long ago, its FIN was acknowledged, and this side has sent neither data nor a " +
			"FIN since. Its program has not closed the socket. Each such socket holds a file descriptor and " +
			"memory until the program closes it or ends.",
		Why: "No timer ends CLOSE-WAIT: the program may still want to send, and only it knows. Many at once " +
			"end in EMFILE (too many open files), and then in an accept queue that nobody empties.",
		Remedies: []string{
			"On that host: ss -tanp state close-wait (process and descriptor), ls -l /proc/PID/fd, and a stack " +
				"dump of the process.",
			"Find the missing close(): error paths, a thread blocked elsewhere, a pool that holds dead " +
				"connections, a response body that is never closed.",
			"Set SO_KEEPALIVE with a short TCP_KEEPIDLE: once the peer has forgotten the connection, a probe " +
				"draws a RST and the socket is freed.",
			"Restarting the process frees them all, and proves whose they were.",
		},
		Source: "RFC 9293 section 3.6 case 2; Linux TCP_CLOSE_WAIT",
		See:    []string{"CLOSE-WAIT", "half-closed-stall", "slow-close-wait"},
	},
	{
		ID: "fin-wait-2-expired", Kind: KindCause, Title: "The other side came too late",
		What: "A side had closed and waited in FIN-WAIT-2 for the peer's FIN, for longer than its system keeps " +
			"such a socket (60 s on Linux). Then the peer's FIN or data came and was answered by a RST, since " +
			"no socket was left. Where the time fits both, it is listed beside data-after-close. A FIN or a probe " +
			"that is answered so within that time makes it possible: the host keeps such sockets for less " +
			"(tcp_fin_timeout, TCP_LINGER2), or not at all (tcp_max_tw_buckets), or a box on the path forgot it.",
		Why: "After close() nobody can read from the socket, so systems do not keep it for ever. After " +
			"shutdown() the program still holds it, and there is no such limit.",
		Remedies: []string{
			"Cure the peer that closes late: see slow-close-wait and close-wait-leak.",
			"net.ipv4.tcp_fin_timeout, or the socket option TCP_LINGER2, sets how long the orphan is kept; " +
				"longer only hides the matter.",
		},
		Source: "Linux tcp_fin_timeout; RFC 1122 section 4.2.2.13",
		Kernel: []string{"NO_SOCKET"},
		See:    []string{"fin-wait-2-timeout", "orphan", "FIN-WAIT-2"},
	},
	{
		ID: "no-socket", Kind: KindCause, Title: "The host knows nothing of this connection",
		What: "A segment of an established connection was answered by a reply RST: its receiver had no such " +
			"socket. It had restarted or crashed, another host had taken over its address, or a NAT, firewall " +
			"or load balancer in front of it had forgotten the connection. The idle time before it is given.",
		Why: "If the idle time matches a well-known timeout (60, 100, 120, 240, 300, 350, 600, 900 or 3600 s) " +
			"for several connections of one service, a box on the path with that timeout is the likeliest.",
		Remedies: []string{
			"Send keep-alives more often than the shortest timeout on the way: SO_KEEPALIVE with TCP_KEEPIDLE, " +
				"or net.ipv4.tcp_keepalive_time.",
			"Raise the idle timeout of the load balancer, NAT gateway or conntrack " +
				"(net.netfilter.nf_conntrack_tcp_timeout_established).",
			"With a failover or restart at that time: let clients reconnect, and drain before switching.",
		},
		Source: "RFC 9293 section 3.5.2 group 1",
		Kernel: []string{"NO_SOCKET", "TCP_FLAGS"},
		See:    []string{"reply", "keep-alive", "idle-before-close", "superseded"},
	},
}

// silentCauseTerms has the causes from keepalive-timeout to paws-drop, in the order of the enumeration.
var silentCauseTerms = []Term{
	{
		ID: "keepalive-timeout", Kind: KindCause, Title: "Keep-alive found nobody",
		What: "A side's keep-alive probes were not answered, and it gave up: on Linux with a RST+ACK after the " +
			"last probe, and with ETIMEDOUT to its program. The peer, or the path to it, was gone.",
		Remedies: []string{
			"The timeout did its work. Look for why the peer vanished: power, link, or a NAT or firewall that " +
				"dropped its entry.",
			"If a NAT forgot it, probe more often: TCP_KEEPIDLE below the NAT's idle timeout.",
		},
		Source: "RFC 9293 section 3.8.4; Linux tcp_keepalive_time, tcp_keepalive_probes, tcp_keepalive_intvl",
		Kernel: []string{"TCP_KEEPALIVE_TIMEOUT"},
		See:    []string{"keep-alive", "peer-vanished"},
	},
	{
		ID: "retransmission-timeout", Kind: KindCause, Title: "Retransmissions without an answer",
		What: "A side sent the same data or FIN again and again with doubling pauses, got no answer, and gave " +
			"up or was still trying at the end. Linux gives up silently: it sends no RST, and the program gets " +
			"ETIMEDOUT. Where a RST came when one more repetition was due, this is possible at most, beside an " +
			"abort by the program.",
		Why: "With net.ipv4.tcp_retries2=15 that takes 924.6 s or more; an orphan gives up after " +
			"tcp_orphan_retries (0 stands for 8).",
		Remedies: []string{
			"Find where the path ends: capture on both sides and compare.",
			"If small segments pass and large ones do not, it is the path MTU: see icmp-frag-needed.",
			"TCP_USER_TIMEOUT bounds the wait for one connection.",
		},
		Source: "RFC 9293 section 3.8.3; RFC 5482; Linux tcp_retries2, tcp_orphan_retries",
		See:    []string{"peer-vanished", "vanished", "orphan"},
	},
	{
		ID: "peer-vanished", Kind: KindCause, Title: "The other side fell silent",
		What: "What a side sent stayed unanswered until the capture ended, and the peer sent nothing more. " +
			"Nobody has given up yet: the connection still looks alive to both programs.",
		Remedies: []string{
			"See whether the peer is up and reachable, and whether a firewall or NAT on the path restarted.",
			"Without keep-alive the silent half can stay ESTABLISHED for ever on the other host: set " +
				"SO_KEEPALIVE there.",
		},
		Source: "RFC 9293 section 3.8.3",
		See:    []string{"vanished", "keep-alive", "retransmission-timeout"},
	},
	{
		ID: "last-ack-lost", Kind: KindCause, Title: "The final ACK was lost",
		What: "The passive closer's FIN had been acknowledged, but came again: the ACK that completes the close " +
			"was lost, and the side in TIME-WAIT repeated it. Only likely while the ACK can have been late instead: " +
			"certain where the repeated one draws no RST, so that its receiver was still in LAST-ACK, or where the " +
			"FIN came again a second later than the round trip explains.",
		Remedies: []string{
			"Nothing for a few. If it repeats on one path, look for loss from the first closer to the other " +
				"side, or a firewall that closes its entry before the last ACK.",
		},
		Source: "RFC 9293 section 3.6; RFC 2883",
		See:    []string{"lost-last-ack", "TIME-WAIT", "LAST-ACK"},
	},
	{
		ID: "fin-lost", Kind: KindCause, Title: "A FIN was lost",
		What: "The FIN had to be sent again because it did not arrive. If the capture point saw the first copy, " +
			"it was lost beyond it; if only the repetition was seen, before it.",
		Remedies: []string{
			"Look for loss on the stretch that the vantage points to: interface drops, policers, Wi-Fi, a full queue.",
		},
		Source: "RFC 9293 section 3.8.1",
		See:    []string{"fin-ack-lost", "vantage", "retransmitted-fin"},
	},
	{
		ID: "fin-ack-lost", Kind: KindCause, Title: "The ACK of the FIN was lost",
		What: "The FIN had arrived, but its acknowledgement did not come back, so it was sent again. The " +
			"receiver's D-SACK of the FIN's one octet, or an ACK that passed the capture point in time, shows " +
			"it. Only likely where the ACK can have been late instead: the FIN came again less than a second later " +
			"than the round trip explains.",
		Remedies: []string{
			"Look for loss in the direction of the ACK. A single one is harmless.",
		},
		Source: "RFC 2883; RFC 9293 section 3.8.1",
		See:    []string{"fin-lost", "last-ack-lost", "ack-of-fin-lost"},
	},
	{
		ID: "time-wait-assassination", Kind: KindCause, Title: "TIME-WAIT ended by a RST",
		What: "An old duplicate reached the side in TIME-WAIT, its ACK reached a peer without a socket, and " +
			"that peer's RST ended the TIME-WAIT early. On Linux a last FIN duplicated by the network is " +
			"enough.",
		Remedies: []string{
			"net.ipv4.tcp_rfc1337=1 on the side that holds TIME-WAIT.",
			"Keep timestamps on, so that a successor tells old segments from new ones.",
		},
		Source: "RFC 1337; Linux tcp_rfc1337",
		Kernel: []string{"NO_SOCKET"},
		See:    []string{"rfc-1337", "time-wait-assassinated"},
	},
	{
		ID: "middlebox-reset", Kind: KindCause, Title: "Somebody between the two sent it",
		What: "At least two independent signs say that the RST was not sent by the host it names: another TTL, " +
			"a number copied from another segment, an answer faster than the distance allows, data from the " +
			"supposed sender afterwards, or the same pattern for many hosts. Firewalls, intrusion prevention, " +
			"load balancers and censors do this. An IP ID of 0 is no sign: Linux's own replies carry it.",
		Remedies: []string{
			"Capture on both hosts at once: the RST that arrives but was never sent comes from between.",
			"The TTL tells about how many hops away its sender is.",
			"Ask the owner of the box for its log at that time; idle timeouts and policy hits are the usual reasons.",
		},
		Source: "RFC 3360; RFC 5961",
		See:    []string{"forged-rst-suspected", "vantage", "rst-with-data"},
	},
	{
		ID: "listen-refused", Kind: KindCause, Title: "Nothing listens on that port",
		What: "The SYN was answered by a RST: no program listens on that address and port, or a firewall " +
			"imitates that.",
		Remedies: []string{
			"ss -ltnp on the server: is the service up, and bound to this address and family?",
			"nft list ruleset: a rule with reject with tcp reset looks the same.",
		},
		Source: "RFC 9293 section 3.5.2 group 1",
		Kernel: []string{"NO_SOCKET"},
		See:    []string{"refused", "filtered"},
	},
	{
		ID: "filtered", Kind: KindCause, Title: "SYNs into silence",
		What: "SYNs were repeated and nothing came back: neither SYN-ACK nor RST nor ICMP. Something drops " +
			"them, or the answers. Where SYN-ACKs passed the capture point, the server did answer: they, or what " +
			"the client sent in return, are dropped between that point and the client; or nobody had asked, and the " +
			"SYNs bore a borrowed address.",
		Remedies: []string{
			"Capture on the server: does the SYN arrive?",
			"Check drop rules, security groups, routes both ways, and the address itself.",
			"On the server: nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtTCPReqQFullDrop, and rp_filter. Linux " +
				"drops SYNs also while the accept queue is full.",
		},
		Source: "RFC 9293 section 3.8.3; Linux tcp_syn_retries",
		See:    []string{"unanswered", "accept-queue-overflow", "paws-drop"},
	},
	{
		ID: "icmp-refused", Kind: KindCause, Title: "Refused by ICMP",
		What: "The SYN was answered by an ICMP error: unreachable or prohibited. A router has no route, or a " +
			"firewall rejects. connect() fails at once with EHOSTUNREACH, ENETUNREACH or ECONNREFUSED.",
		Remedies: []string{
			"The ICMP message's source is the device to ask.",
			"ip route get ADDRESS on it shows whether it knows the way.",
		},
		Source: "RFC 1122 section 4.2.3.9; RFC 792; RFC 4443",
		See:    []string{"icmp-unreachable", "icmp-prohibited", "refused"},
	},
	{
		ID: "handshake-aborted", Kind: KindCause, Title: "Given up during the handshake",
		What: "SYN and SYN-ACK passed, and then a RST. From the client: a port scan, a health check that wants " +
			"no more, a program that gave up, or a client that no longer knew of its SYN. From the server, " +
			"also in answer to the handshake's last ACK: a listener that was closed, one set to reset when its queue " +
			"is full, or one that does not know its SYN-ACK again (SYN cookies, a SYN proxy before it).",
		Remedies: []string{
			"Exclude scanners and health checks by address.",
			"If the server resets: net.ipv4.tcp_abort_on_overflow should be 0, and see accept-queue-overflow.",
		},
		Source: "RFC 9293 section 3.5.1; Linux tcp_abort_on_overflow",
		Kernel: []string{"NO_SOCKET", "TCP_STATE", "INVALID_SYN"},
		See:    []string{"accept-queue-overflow", "rst-abort"},
	},
	{
		ID: "accept-queue-overflow", Kind: KindCause, Title: "The server does not accept fast enough",
		What: "The server repeated its SYN-ACK although the client's third ACK or data had passed. Its accept " +
			"queue was full, so the kernel dropped the ACK and stayed in SYN-RECEIVED. The client believes it " +
			"is connected and sends data into the void. A first repetition after more than 3 s is not counted here: " +
			"so does a server that waits for data before it accepts (TCP_DEFER_ACCEPT).",
		Remedies: []string{
			"ss -ltn: Recv-Q (waiting) against Send-Q (limit) of the listener; nstat -az TcpExtListenOverflows " +
				"TcpExtListenDrops.",
			"Raise both the backlog of listen() and net.core.somaxconn: the smaller one counts.",
			"Find out why the program does not call accept(): blocked workers, EMFILE after a leak.",
		},
		Source: "Linux tcp_v4_syn_recv_sock, ListenOverflows",
		See:    []string{"handshake-aborted", "filtered", "close-wait-leak"},
	},
	{
		ID: "time-wait-challenge", Kind: KindCause, Title: "The port was still in TIME-WAIT",
		What: "A SYN met the TIME-WAIT of the connection before it, on the same addresses and ports, and was " +
			"answered by an ACK. The client's RST to that ACK ends the TIME-WAIT, and its next SYN succeeds. If " +
			"something filters that RST, every attempt fails until 2 MSL are over.",
		Remedies: []string{
			"Timestamps on both ends, so that the first SYN is accepted.",
			"Let the RST through: stateful firewalls must not drop it.",
			"Reuse ports more slowly: ip_local_port_range, more source addresses, keep-alive connections, or " +
				"let the client close first.",
		},
		Source: "RFC 9293 section 3.10.7.4; RFC 6191; Linux tcp_timewait_state_process",
		Kernel: []string{"TCP_INVALID_ACK_SEQUENCE"},
		See:    []string{"time-wait-challenged", "challenge-acks", "port-exhaustion"},
	},
	{
		ID: "paws-drop", Kind: KindCause, Title: "Dropped for an old timestamp",
		What: "SYNs with a timestamp older than one seen before from the same address stayed unanswered, while " +
			"newer ones got through. A check against old duplicates took them for such: most often " +
			"tcp_tw_recycle on an old Linux server, with clients behind one NAT address.",
		Remedies: []string{
			"On the server: net.ipv4.tcp_tw_recycle=0, or a kernel of 4.12 or later.",
			"If the server is new, look at load balancers and firewalls that check or rewrite timestamps.",
		},
		Source: "RFC 7323 section 5; RFC 6191; Linux 4.12 removed tcp_tw_recycle",
		See:    []string{"paws-syn-drop-suspected", "tcp-tw-recycle", "timestamps"},
	},
}
