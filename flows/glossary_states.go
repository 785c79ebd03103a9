package flows

// stateTerms has a term for each state, in the order of the enumeration.
var stateTerms = []Term{
	{
		ID: "UNKNOWN", Kind: KindState, Title: "Not shown by the capture",
		What: "The capture shows too little of this endpoint to name its state: it began in the middle, or " +
			"holds only the other direction.",
		Source: "No state of RFC 9293",
		See:    []string{"mid-stream", "one-sided"},
	},
	{
		ID: "SYN-SENT", Kind: KindState, Title: "Asked for a connection",
		What: "The endpoint has sent its SYN and waits for the answer. The SYN is repeated until connect() gives up.",
		Remedies: []string{
			"Many at once: the servers do not answer. ss -tanp state syn-sent names the process.",
		},
		Source: "RFC 9293 section 3.3.2; Linux tcp_syn_retries",
		See:    []string{"unanswered", "refused"},
	},
	{
		ID: "SYN-RECEIVED", Kind: KindState, Title: "Answered a SYN",
		What: "The endpoint has received a SYN and sent its own, and waits for its acknowledgement. On Linux it " +
			"is a small request entry of the listener, and with SYN cookies it is no entry at all. ss writes " +
			"SYN-RECV.",
		Remedies: []string{
			"Many at once: a SYN flood, or ACKs that are dropped because the accept queue is full. See " +
				"accept-queue-overflow and net.ipv4.tcp_syncookies.",
		},
		Source: "RFC 9293 section 3.3.2; Linux TCP_NEW_SYN_RECV, tcp_synack_retries",
		See:    []string{"accept-queue-overflow", "simultaneous-open"},
	},
	{
		ID: "ESTABLISHED", Kind: KindState, Title: "Open in both directions",
		What: "Data can flow both ways. Without traffic and without keep-alive nothing tells an endpoint in " +
			"this state that its peer is gone.",
		Remedies: []string{
			"ss -tano state established shows idle ones without a timer; set SO_KEEPALIVE for them.",
		},
		Source: "RFC 9293 section 3.3.2",
		See:    []string{"open", "keep-alive"},
	},
	{
		ID: "FIN-WAIT-1", Kind: KindState, Title: "Sent a FIN, not yet acknowledged",
		What: "The endpoint closed first and waits for the acknowledgement of its FIN. On Linux it begins with " +
			"close(), even if queued data or a closed window keeps the FIN back. It should last one round trip; " +
			"an orphan gives up after tcp_orphan_retries.",
		Remedies: []string{
			"If it lasts: ss -tano state fin-wait-1 shows the timer and the bytes that are still queued. The " +
				"peer is gone, or its window is closed.",
		},
		Source: "RFC 9293 section 3.3.2; Linux tcp_orphan_retries (0 stands for 8)",
		See:    []string{"zero-window-at-close", "orphan", "FIN-WAIT-2"},
	},
	{
		ID: "FIN-WAIT-2", Kind: KindState, Title: "Closed, waiting for the other side",
		What: "The endpoint's FIN is acknowledged; it waits for the peer's. After close() the socket is an " +
			"orphan and Linux drops it after tcp_fin_timeout (60 s); after shutdown(SHUT_WR) the program still " +
			"reads from it and it may stay for ever. Its counterpart is the peer's CLOSE-WAIT.",
		Remedies: []string{
			"The fault, if any, is the peer's: see CLOSE-WAIT there.",
			"After shutdown() read with a time limit, then close().",
		},
		Source: "RFC 9293 section 3.3.2; Linux tcp_fin_timeout, TCP_LINGER2",
		See:    []string{"fin-wait-2-timeout", "half-close", "CLOSE-WAIT"},
	},
	{
		ID: "CLOSING", Kind: KindState, Title: "Both closed at once",
		What: "The endpoint sent a FIN and received the peer's before its own was acknowledged. When that " +
			"acknowledgement comes it goes to TIME-WAIT. It lasts about a round trip and is rarely seen in ss.",
		Source: "RFC 9293 section 3.3.2 and figure 13",
		See:    []string{"simultaneous", "TIME-WAIT"},
	},
	{
		ID: "TIME-WAIT", Kind: KindState, Title: "Closed, and watching for stragglers",
		What: "The endpoint has seen and acknowledged both FINs and keeps the addresses and ports reserved for " +
			"2 MSL (60 s on Linux). It answers a repeated FIN with the ACK again, and keeps old segments out of " +
			"a new connection. No program holds it any more; on Linux it takes a few hundred bytes.",
		Why: "Only the side that closed first waits, because only it cannot know whether its last ACK arrived.",
		Remedies: []string{
			"Thousands on a server are normal and harmless. ss -tan state time-wait | wc -l counts them.",
			"On a client they can use up the ports towards one server: see port-exhaustion.",
			"A server that cannot bind its port after a restart needs SO_REUSEADDR, nothing else.",
		},
		Source: "RFC 9293 sections 3.3.2 and 3.6.1; Linux TCP_TIMEWAIT_LEN",
		See:    []string{"why-time-wait", "two-msl", "port-exhaustion", "so-reuseaddr"},
	},
	{
		ID: "CLOSE-WAIT", Kind: KindState, Title: "The peer closed; this program has not",
		What: "The peer's FIN was received and acknowledged. The program may still send, and must call close() " +
			"to let the connection end. No timer limits this state.",
		Why: "TCP closes each direction on its own. A read that returns 0 is the only notice that the program gets.",
		Remedies: []string{
			"ss -tanp state close-wait names the process and the descriptor.",
			"Treat a read of 0 octets as the order to close, on every path of the code.",
		},
		Source: "RFC 9293 section 3.3.2",
		See:    []string{"close-wait-leak", "slow-close-wait", "half-closed-stall"},
	},
	{
		ID: "LAST-ACK", Kind: KindState, Title: "Closed second, waiting for the last ACK",
		What: "The passive closer has sent its FIN and waits for its acknowledgement, then it is done and keeps " +
			"nothing. If the ACK is lost, it repeats the FIN.",
		Remedies: []string{
			"If many stay here, their last ACKs are lost, or the first closer is gone or behind a firewall that " +
				"has already forgotten the connection.",
		},
		Source: "RFC 9293 section 3.3.2; Linux tcp_orphan_retries",
		See:    []string{"lost-last-ack", "last-ack-lost", "TIME-WAIT"},
	},
	{
		ID: "CLOSED", Kind: KindState, Title: "No connection",
		What: "The endpoint has no socket for this connection. Whatever comes for it is answered by a RST, " +
			"unless it is a RST itself.",
		Source: "RFC 9293 sections 3.3.2 and 3.5.2",
		See:    []string{"reply", "no-socket"},
	},
}

// gradeTerms has a term for each grade, in the order of the enumeration.
var gradeTerms = []Term{
	{
		ID: "seen", Kind: KindGrade, Title: "Shown by the endpoint itself",
		What: "The endpoint did it on the wire: it sent the FIN or the RST, or an ACK that covers the peer's " +
			"FIN. The frame is named.",
		Source: "The observer's rule (no RFC)",
		See:    []string{"inferred", "assumed", "vantage"},
	},
	{
		ID: "inferred", Kind: KindGrade, Title: "Probable, from the peer's segment",
		What: "The peer's segment passed the capture point, so the endpoint probably received it then. It " +
			"becomes seen when a later segment of the endpoint proves it, and is withdrawn when one proves the " +
			"contrary. Ladders show such a state with a question mark.",
		Source: "The observer's rule (no RFC)",
		See:    []string{"seen", "assumed", "vantage"},
	},
	{
		ID: "assumed", Kind: KindGrade, Title: "Only a timer can have done it",
		What: "Nothing on the wire shows it; a timer of the endpoint must have done it, such as TIME-WAIT to " +
			"CLOSED after 2 MSL. There is no frame, and the time follows from the profile. Ladders show it as a " +
			"dotted row that says assumed.",
		Source: "The observer's rule (no RFC); see profiles",
		See:    []string{"seen", "inferred", "profiles", "two-msl"},
	},
}

// confidenceTerms has a term for each confidence, in the order of the enumeration.
var confidenceTerms = []Term{
	{
		ID: "possible", Kind: KindConfidence, Title: "Fits what was seen",
		What: "The necessary evidence for this cause is there, with fewer than two supporting signs. Others " +
			"fit as well.",
		Source: "The observer's rule (no RFC)",
		See:    []string{"likely", "certain"},
	},
	{
		ID: "likely", Kind: KindConfidence, Title: "Has support",
		What: "The necessary evidence is there, and at least two signs support it, but another cause cannot " +
			"be excluded.",
		Source: "The observer's rule (no RFC)",
		See:    []string{"possible", "certain"},
	},
	{
		ID: "certain", Kind: KindConfidence, Title: "Nothing else fits",
		What: "No other cause's necessary evidence holds. It is as sure as a capture can make it; what two " +
			"causes look like alike on the wire is never called certain.",
		Source: "The observer's rule (no RFC)",
		See:    []string{"possible", "likely"},
	},
}

// verdictTerms has a term for each verdict on a RST, in the order of the enumeration.
var verdictTerms = []Term{
	{
		ID: "unknown", Kind: KindVerdict, Title: "Cannot be told",
		What: "Whether the receiver obeyed the RST cannot be told. It counts as accepted only if the receiver " +
			"stayed silent from then on, and the report says so.",
		Source: "RFC 5961 section 3.2",
		See:    []string{"accepted", "ignored", "rst-acceptance"},
	},
	{
		ID: "accepted", Kind: KindVerdict, Title: "The receiver obeyed",
		What: "The RST had the number that the receiver expected (or one that its system also takes), and " +
			"nothing of the receiver came later that contradicts it. The connection ended there.",
		Source: "RFC 5961 section 3.2",
		See:    []string{"ignored", "rst-acceptance"},
	},
	{
		ID: "ignored", Kind: KindVerdict, Title: "The receiver went on",
		What: "The receiver sent new data or ACKs, later than the RST can have taken to reach it, or in " +
			"answer to something sent after it. The RST had no effect.",
		Source: "RFC 5961 section 3.2",
		See:    []string{"accepted", "rst-ignored", "rst-acceptance"},
	},
}

// resetTerms has a term for each kind of RST.
var resetTerms = []Term{
	{
		ID: "active-abort", Kind: KindReset, Title: "A RST from a socket that was there",
		What: "RST+ACK whose sequence number is the sender's next one (or the window's edge, if the window is " +
			"closed). Its sender had a socket and threw the connection away: by SO_LINGER 0, by close() with " +
			"unread data, after keep-alive failed, or on an administrator's order.",
		Source: "RFC 9293 section 3.10.5; Linux tcp_send_active_reset",
		See:    []string{"reply", "linger-zero", "closed-with-unread-data", "keepalive-timeout"},
	},
	{
		ID: "reply", Kind: KindReset, Title: "A RST in answer to a segment",
		What: "A bare RST whose sequence number is the ack field of the segment that drew it, or RST+ACK with " +
			"number 0 where that segment carried no ACK. Its sender has no such socket, or one that refuses the " +
			"segment: an orphan that gets data, or an opening one that gets an unacceptable ACK.",
		Source: "RFC 9293 section 3.5.2; Linux tcp_v4_send_reset",
		See:    []string{"active-abort", "no-socket", "data-after-close"},
	},
}

// rolesTerms has a term for each way of telling client and server apart, in the order of the enumeration.
var rolesTerms = []Term{
	{
		ID: "first-seen", Kind: KindRoles, Title: "Roles unknown",
		What: "Nothing tells who opened the connection. The side that was seen first is called the client, as " +
			"a name only.",
		Source: "The observer's rule (no RFC)",
		See:    []string{"mid-stream"},
	},
	{
		ID: "port", Kind: KindRoles, Title: "Roles guessed by port",
		What: "The handshake was not captured. Exactly one port lies below 1024, and that side is taken for " +
			"the server; or exactly one within 32768-60999, and that side is taken for the client.",
		Source: "The observer's rule; Linux ip_local_port_range",
		See:    []string{"mid-stream"},
	},
	{
		ID: "syn-ack", Kind: KindRoles, Title: "Roles shown by a SYN-ACK",
		What:   "The SYN was not captured but its answer was: who sent the SYN-ACK is the server.",
		Source: "RFC 9293 section 3.5",
		See:    []string{"mid-stream"},
	},
	{
		ID: "syn", Kind: KindRoles, Title: "Roles shown by the SYN",
		What:   "Who sent the first SYN is the client.",
		Source: "RFC 9293 section 3.5",
		See:    []string{"simultaneous-open"},
	},
}
