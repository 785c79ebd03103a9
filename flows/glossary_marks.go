package flows

// closeMarkTerms has the marks from fin-retransmitted to slow-close-wait, in the order of the enumeration.
var closeMarkTerms = []Term{
	{
		ID: "fin-retransmitted", Kind: KindMark, Title: "A FIN was sent again",
		What: "A side sent its FIN more than once. Either the FIN or the ACK that answers it was lost, or the " +
			"ACK was slower than the sender's patience. A FIN repeated within microseconds only to carry the " +
			"ACK of the peer's FIN is not counted.",
		Remedies: []string{
			"Look at the causes fin-lost, fin-ack-lost and last-ack-lost: they say which packet was lost, and " +
				"on which side of the capture point.",
		},
		Source: "RFC 9293 section 3.8.1; RFC 6298; RFC 8985",
		See:    []string{"retransmitted-fin", "ack-of-fin-lost", "vantage"},
	},
	{
		ID: "ack-of-fin-lost", Kind: KindMark, Title: "The ACK of a FIN did not arrive",
		What: "An ACK of the FIN passed the capture point, yet the FIN was sent again after it: the ACK was " +
			"lost between the capture point and the sender of the FIN, or held up there for longer than the " +
			"sender waits. The confidence of the cause fin-ack-lost tells whether it can have been late.",
		Remedies: []string{
			"Look for loss on that stretch of the path, in that direction only (ip -s link, ethtool -S, policers).",
		},
		Source: "RFC 9293 section 3.8.1",
		See:    []string{"fin-ack-lost", "last-ack-lost", "vantage"},
	},
	{
		ID: "last-ack-lost", Kind: KindMark, Title: "The last ACK of the close was lost",
		What: "The passive closer sent its FIN again although it had been acknowledged: the close's last " +
			"segment did not reach it. The side in TIME-WAIT answers each repeated FIN with the ACK and starts " +
			"its 2 MSL anew.",
		Why: "The last ACK is never acknowledged itself, so only TIME-WAIT can repair its loss.",
		Remedies: []string{
			"Nothing for a single one: it is what TIME-WAIT is for. Many on one path are packet loss.",
		},
		Source: "RFC 9293 section 3.10.7.4 (TIME-WAIT: a retransmission of the remote FIN)",
		See:    []string{"lost-last-ack", "TIME-WAIT", "LAST-ACK"},
	},
	{
		ID: "fin-with-data", Kind: KindMark, Title: "The FIN carries data",
		What: "The FIN came on a segment with payload. The FIN's own sequence number is the one after the " +
			"last octet of that payload. It is normal: the last write and the close left in one segment.",
		Source: "RFC 9293 section 3.4 (SYN and FIN in the sequence space)",
		See:    []string{"fin", "data-after-fin"},
	},
	{
		ID: "fin-out-of-order", Kind: KindMark, Title: "The FIN overtook data",
		What: "The FIN passed the capture point before data that precedes it in the sequence space. The " +
			"receiver cannot act on it until the data is there, and neither does the judgement: the FIN takes " +
			"effect in sequence order.",
		Remedies: []string{
			"Reordering alone is harmless. If the missing data had to be sent again, it was loss: see bytes and " +
				"retransmissions.",
		},
		Source: "RFC 9293 section 3.10.7.4, eighth: check the FIN bit",
		See:    []string{"capture-gap"},
	},
	{
		ID: "fin-not-captured", Kind: KindMark, Title: "A FIN that the capture missed",
		What: "The peer acknowledged one number more than was ever seen sent, with no data missing: a FIN must " +
			"have been sent, but this capture does not hold it. It is inferred, and withdrawn if that side " +
			"later sends a byte at that number.",
		Remedies: []string{
			"The capture lost packets or sees one path of several: check the drop counters and the mirror port " +
				"before trusting times around it.",
		},
		Source: "RFC 9293 section 3.4",
		See:    []string{"capture-gap", "one-sided", "inferred"},
	},
	{
		ID: "data-after-fin", Kind: KindMark, Title: "Data after the other side's FIN",
		What: "A side went on sending data after it had received the peer's FIN, and the peer acknowledged " +
			"it: the half-close was used as it is meant. Bytes and time are counted.",
		Why: "A FIN closes one direction only. Programs that call shutdown(SHUT_WR), such as ssh, rsync or " +
			"nc -N, rely on it.",
		Source: "RFC 9293 section 3.6.1; RFC 1122 section 4.2.2.13",
		See:    []string{"half-close", "shutdown-write", "data-after-close"},
	},
	{
		ID: "slow-close-wait", Kind: KindMark, Title: "Long in CLOSE-WAIT",
		What: "A side stayed in CLOSE-WAIT for longer than the stall time before it closed, was reset, or the " +
			"capture ended. Its program had been told of the end of file and was late to act on it.",
		Remedies: []string{
			"On that host: ss -tanp state close-wait; see what the process is doing meanwhile (a blocked " +
				"worker, a queue, a pool).",
			"If it is meant (a half-close with a long answer), nothing.",
		},
		Source: "RFC 9293 section 3.3.2 (CLOSE-WAIT)",
		See:    []string{"CLOSE-WAIT", "close-wait-leak", "half-closed-stall"},
	},
}

// resetMarkTerms has the marks from rst-after-close to superseded, in the order of the enumeration.
var resetMarkTerms = []Term{
	{
		ID: "rst-after-close", Kind: KindMark, Title: "A RST after a complete close",
		What: "A RST came after both FINs had been acknowledged. The close was already orderly, and no data can " +
			"be lost by it. It does not change the class; it can end a TIME-WAIT early.",
		Why: "Typical are a late duplicate that draws an ACK from TIME-WAIT and a RST from the closed peer, " +
			"and programs or devices that send a RST to tidy up.",
		Remedies: []string{
			"Ignore it in alerts: filter on class, not on the RST flag.",
		},
		Source: "RFC 9293 section 3.5.2; RFC 1337",
		See:    []string{"time-wait-assassinated", "rst"},
	},
	{
		ID: "rst-ignored", Kind: KindMark, Title: "A RST that had no effect",
		What: "A RST passed the capture point, but its receiver went on with the connection afterwards. It was " +
			"out of place in the sequence space, was lost on the way, or was forged. It counts for nothing in " +
			"the class.",
		Remedies: []string{
			"If there are many, find the sender: compare TTL and IP ID with the host it claims to be (mark " +
				"forged-rst-suspected).",
		},
		Source: "RFC 5961 section 3",
		See:    []string{"rst-acceptance", "rst-out-of-window", "forged-rst-suspected"},
	},
	{
		ID: "rst-out-of-window", Kind: KindMark, Title: "A RST outside the window",
		What: "The RST's sequence number lies outside the window that the receiver had offered. A receiver " +
			"drops such a segment silently.",
		Why: "It is old, comes from a box with a stale idea of the connection, or was guessed by somebody who " +
			"does not see the traffic.",
		Remedies: []string{
			"Harmless to the connection. Look at who sends it if it repeats.",
		},
		Source: "RFC 5961 section 3.2, case 1",
		See:    []string{"rst-acceptance", "rst-ignored"},
	},
	{
		ID: "rst-with-data", Kind: KindMark, Title: "A RST that carries text",
		What: "The RST has payload. It is not part of the stream; some stacks and many middleboxes put a reason " +
			"there in plain text, which is kept and shown.",
		Remedies: []string{
			"Read the text: it often names the device or the rule.",
		},
		Source: "RFC 9293 section 3.5.3; RFC 1122 section 4.2.2.12",
		See:    []string{"middlebox-reset", "forged-rst-suspected"},
	},
	{
		ID: "challenge-ack", Kind: KindMark, Title: "A challenge ACK",
		What: "A side answered a suspicious RST or SYN with an ACK that states what it expects, instead of " +
			"obeying. If the sender is genuine and has no such connection, the ACK draws a RST with exactly the " +
			"right number, and that one is accepted.",
		Why: "It protects against blind attackers, who cannot see the challenge. Linux limits the answers to " +
			"one per 500 ms and socket, so silence proves nothing.",
		Remedies: []string{
			"After a SYN: the port was reused while the old connection still stood (see time-wait-challenged).",
			"nstat -az TcpExtTCPChallengeACK TcpExtTCPSYNChallenge counts them on the host.",
		},
		Source: "RFC 5961 sections 3.2, 4.2 and 5.2; Linux tcp_challenge_ack_limit, tcp_invalid_ratelimit",
		See:    []string{"challenge-acks", "rst-acceptance", "time-wait-challenged"},
	},
	{
		ID: "forged-rst-suspected", Kind: KindMark, Title: "Perhaps not from whom it says",
		What: "A RST differs from the host that it claims to come from: by its TTL, by a number taken from " +
			"another segment's edge, by an answer faster than the distance allows, or because the supposed " +
			"sender went on sending. One sign is a suspicion, two make a cause.",
		Remedies: []string{
			"Capture on the supposed sender: if the RST never leaves it, a box in between made it.",
			"Ask who runs firewalls, intrusion prevention, proxies or parental controls on the path.",
			"Encryption of the payload does not help against it; TCP-AO, IPsec or QUIC do.",
		},
		Source: "RFC 5961; RFC 3360 (inappropriate resets)",
		See:    []string{"middlebox-reset", "rst-ignored"},
	},
	{
		ID: "handshake-aborted", Kind: KindMark, Title: "Reset during the handshake",
		What: "A RST ended the conversation after the SYN-ACK and before it was used. The connection never " +
			"carried anything.",
		Remedies: []string{
			"Health checks and port scans do this on purpose: exclude their addresses.",
			"Otherwise see the cause of the same name.",
		},
		Source: "RFC 9293 section 3.5.1",
		See:    []string{"accept-queue-overflow", "rst-abort"},
	},
	{
		ID: "time-wait-reused", Kind: KindMark, Title: "A new connection took over a TIME-WAIT",
		What: "A SYN came on a five-tuple that one side still held in TIME-WAIT, and it was accepted: the old " +
			"TIME-WAIT ended, and the new connection began. On the side that opens it shows tcp_tw_reuse, a port " +
			"that was bound again with SO_REUSEADDR, or several hosts behind one address.",
		Why: "It is safe if the new sequence number lies beyond the old ones, or a newer timestamp lets old " +
			"segments be told apart.",
		Remedies: []string{
			"It works, but it shows that the client wraps through its ports within 2 MSL: see port-exhaustion.",
		},
		Source: "RFC 9293 section 3.6.1 (MAY-2); RFC 6191; Linux tcp_timewait_state_process",
		See:    []string{"port-reused", "time-wait-challenged", "tcp-tw-reuse", "port-exhaustion"},
	},
	{
		ID: "time-wait-challenged", Kind: KindMark, Title: "A new connection met a TIME-WAIT and was refused at first",
		What: "A SYN came on a five-tuple in TIME-WAIT with a number not beyond the old ones and without a " +
			"newer timestamp. The answer was an ACK for the old connection, not a SYN-ACK; the client sent a " +
			"RST, and then its SYN again: a delay of some ms on Linux, and of seconds where the RST is " +
			"filtered.",
		Remedies: []string{
			"Keep TCP timestamps on at both ends (net.ipv4.tcp_timestamps=1): the SYN is then accepted at once.",
			"Do not let a NAT or firewall drop the client's RST.",
			"Slow down the reuse of ports: a wider ip_local_port_range, more addresses, connections kept alive.",
		},
		Source: "RFC 9293 section 3.10.7.4; RFC 6191; Linux tcp_timewait_state_process",
		See:    []string{"time-wait-challenge", "challenge-ack", "time-wait-reused"},
	},
	{
		ID: "time-wait-assassinated", Kind: KindMark, Title: "A RST ended a TIME-WAIT",
		What: "A segment of the old connection reached the side in TIME-WAIT, which answered with an ACK; the " +
			"other side had forgotten the connection and answered that with a RST; and the RST ended the " +
			"TIME-WAIT before its time. From then on old segments can disturb a new connection on the same " +
			"ports.",
		Remedies: []string{
			"net.ipv4.tcp_rfc1337=1 makes Linux ignore a RST in TIME-WAIT.",
			"With timestamps on the danger is small: the successor rejects old segments by their timestamp.",
		},
		Source: "RFC 1337; Linux tcp_rfc1337",
		See:    []string{"rfc-1337", "time-wait-assassination", "TIME-WAIT"},
	},
	{
		ID: "paws-syn-drop-suspected", Kind: KindMark, Title: "A SYN dropped because of its timestamp",
		What: "A SYN whose timestamp is older than the last one seen from that address was not answered, or was " +
			"answered by an ACK for the old connection. Behind one NAT address there are several clocks, which " +
			"looks like time running backwards.",
		Remedies: []string{
			"tcp_tw_recycle must be off; kernels from 4.12 no longer have it.",
			"Look for firewalls or load balancers that check timestamps per address, or rewrite them.",
			"nstat -az TcpExtPAWSActive TcpExtPAWSEstab TcpExtPAWSTimewait (counters by kernel version) on the server.",
		},
		Source: "RFC 7323 section 5; RFC 6191",
		See:    []string{"paws-drop", "timestamps", "tcp-tw-recycle"},
	},
	{
		ID: "port-reused", Kind: KindMark, Title: "The five-tuple was used before",
		What: "The capture holds an earlier conversation on the same addresses and ports. This is another " +
			"incarnation, with its own sequence numbers.",
		Remedies: []string{
			"Nothing, unless it happens within 2 MSL: then the client is short of ports (port-exhaustion).",
		},
		Source: "RFC 9293 section 3.4.1",
		See:    []string{"time-wait-reused", "superseded", "port-exhaustion"},
	},
	{
		ID: "superseded", Kind: KindMark, Title: "Cut off by a successor",
		What: "A SYN with another initial sequence number began a new conversation on the same five-tuple while " +
			"this one had not been closed. At least one side had forgotten it: it crashed, restarted, or gave " +
			"up without a word.",
		Remedies: []string{
			"Look for a crash or restart of the side that sent the SYN, at that time.",
			"Keep-alive on the other side finds such connections earlier.",
		},
		Source: "RFC 9293 section 3.5.1 (half-open connections)",
		See:    []string{"port-reused", "no-socket", "keep-alive"},
	},
}
