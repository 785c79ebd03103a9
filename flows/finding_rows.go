package flows

import (
	"fmt"
	"slices"
)

// A gathering says which conversations are put together.
type gathering uint8

const (
	byService gathering = iota // server address and port
	byPair                     // and client address
	byCapture                  // all
)

// A findingRow says what a finding sees in one conversation, which it puts together, when they are enough, and what it
// says of them.
type findingRow struct {
	id     FindingID
	by     gathering
	single bool   // one conversation is enough: it is about forgery
	loss   bool   // or one that lost more than a TLS goodbye
	filter string // what selects its conversations, besides the addresses
	on     signs  // sees finds nothing in a conversation without one of these
	sees   func(v *view) (sight, bool)
	says   func(g *gathered) string
	also   func(g *gathered) []string
}

// findingRows is the table of findings (TEARDOWN section 9) that are counted conversation by conversation. Those that
// need a whole service or a population stand in finding_whole.go.
var findingRows = [...]findingRow{
	{
		id: FindingForgedRST, by: byService, single: true, filter: "mark forged-rst-suspected",
		on:   signs{marks: []MarkID{MarkForgedRSTSuspected}},
		sees: forged,
		says: func(g *gathered) string {
			if g.kind.variant() == forgedInVain {
				return fmt.Sprintf("Somebody forged RSTs for %s of %s, in vain: they were not accepted; look for who can send into that path.",
					several(g.count, "connection"), g.service)
			}
			return fmt.Sprintf("%s of %s %s reset by something on the path, not by the end whose address the RST bears%s: look for the firewall or filter that sends it.",
				several(g.count, "connection"), g.service, was(g.count), lossOf(g.bytes, ""))
		},
		also: func(g *gathered) (list []string) {
			for i, text := range forgeries {
				if n := g.kinds[i]; n > 0 {
					list = append(list, fmt.Sprintf("%s (%s)", text, several(n, "connection")))
				}
			}
			return list
		},
	},
	{
		id: FindingResetBeyond, by: byService, loss: true, filter: "reset-origin beyond",
		on:   signs{pairs: true},
		sees: func(v *view) (sight, bool) { return followed(v, OriginBeyond) },
		says: func(g *gathered) string {
			return fmt.Sprintf("%s of %s %s reset by the proxy because the other leg's far end had reset or closed %s before%s: look there, not at the proxy.",
				several(g.count, "connection"), g.service, was(g.count), between(g.gapLow, g.gapHigh), lossOf(g.bytes, ""))
		},
		also: func(g *gathered) []string {
			return counted(g.kinds[:2], "after a RST there: %s", "after a FIN there: %s")
		},
	},
	{
		id: FindingResetByBox, by: byService, filter: "reset-origin box",
		on:   signs{pairs: true},
		sees: func(v *view) (sight, bool) { return followed(v, OriginBox) },
		says: func(g *gathered) string {
			return fmt.Sprintf("%s of %s %s reset by the box between two legs of it: the other leg shows no cause%s; look at the proxy's or the translator's own limits and log.",
				several(g.count, "connection"), g.service, was(g.count), lossOf(g.bytes, ""))
		},
	},
	{
		id: FindingCloseWaitLeak, by: byService, filter: "not server.fin and cause close-wait-leak",
		on:   signs{causes: []CauseID{CauseCloseWaitLeak}},
		sees: func(v *view) (sight, bool) { return onlyBy(ByServer, v, leaking) },
		says: func(g *gathered) string {
			return fmt.Sprintf("%s has not closed %s that its clients closed; the oldest has been in CLOSE-WAIT for %s: look for a missing close().",
				g.service, partOf(g.count, max(g.whole.clientClosed, g.count), "any of the"), spell(g.longest))
		},
		also: leakEvidence,
	},
	{
		id: FindingCloseWaitLeak, by: byPair, filter: "not client.fin and cause close-wait-leak",
		on:   signs{causes: []CauseID{CauseCloseWaitLeak}},
		sees: func(v *view) (sight, bool) { return onlyBy(ByClient, v, leaking) },
		says: func(g *gathered) string {
			return fmt.Sprintf("%s has not closed %s to %s that the server closed; the oldest has been in CLOSE-WAIT for %s: look for a missing close(), or a pool that keeps dead connections.",
				g.client, several(g.count, "connection"), g.service, spell(g.longest))
		},
		also: leakEvidence,
	},
	{
		id: FindingClosedConnectionUsed, by: byService, loss: true, filter: "closer server and client.mark data-after-fin and server.rst",
		on:   signs{causes: []CauseID{CauseDataAfterClose, CauseFinWait2Expired, CauseNoSocket}},
		sees: func(v *view) (sight, bool) { return usedAfterClose(v, ByServer) },
		says: func(g *gathered) string {
			return fmt.Sprintf("Clients of %s sent data on %s that it had already closed (%s after its FIN)%s: let the clients' pool drop idle connections before the server does, and retry.",
				g.service, several(g.count, "connection"), between(g.gapLow, g.gapHigh), lossOf(g.bytes, "of theirs "))
		},
		also: crossedEvidence,
	},
	{
		id: FindingAnswerAfterClose, by: byService, loss: true, filter: "closer client and server.mark data-after-fin and client.rst",
		on:   signs{causes: []CauseID{CauseDataAfterClose, CauseFinWait2Expired, CauseNoSocket}},
		sees: func(v *view) (sight, bool) { return usedAfterClose(v, ByClient) },
		says: func(g *gathered) string {
			return fmt.Sprintf("Clients of %s closed %s before its answer had come (%s before)%s: look for a time limit in the client, and shutdown(SHUT_WR) where only the sending half was meant.",
				g.service, several(g.count, "connection"), between(g.gapLow, g.gapHigh), lossOf(g.bytes, "of the answers "))
		},
		also: crossedEvidence,
	},
	{
		id: FindingUnreadData, by: byService, loss: true, filter: ofSide + "first-cause closed-with-unread-data",
		on:   signs{causes: []CauseID{CauseUnreadData}},
		sees: func(v *view) (sight, bool) { return aborted(v, CauseUnreadData) },
		says: func(g *gathered) string {
			if g.kind.side() == ByClient {
				return fmt.Sprintf("Clients of %s reset %s after data of the server that they had probably not read%s: read until end of file before close().",
					g.service, several(g.count, "connection"), lossOf(g.bytes, "of theirs "))
			}
			return fmt.Sprintf("%s reset %s after data of its clients that it had probably not read%s: read until end of file before close().",
				g.service, several(g.count, "connection"), lossOf(g.bytes, "of its answers "))
		},
		also: func(*gathered) []string {
			return []string{"On the wire SO_LINGER 0 looks the same."}
		},
	},
	{
		id: FindingAbortingClose, by: byService, loss: true, filter: ofSide + "first-cause linger-zero or linger2-negative",
		on: signs{causes: []CauseID{CauseLingerZero, CauseLinger2Negative}},
		sees: func(v *view) (sight, bool) {
			if s, ok := aborted(v, CauseLingerZero); ok {
				return s, ok
			}
			return aborted(v, CauseLinger2Negative)
		},
		says: func(g *gathered) string {
			if g.kind.side() == ByClient {
				return fmt.Sprintf("Clients of %s ended %s by a RST instead of a FIN%s: look for SO_LINGER 0.",
					g.service, partOf(g.count, g.whole.conversations, "all"), lossOf(g.bytes, "of theirs "))
			}
			return fmt.Sprintf("%s ended %s by a RST instead of a FIN%s: look for SO_LINGER 0.",
				g.service, partOf(g.count, g.whole.conversations, "all"), lossOf(g.bytes, "of its answers "))
		},
	},
	{
		id: FindingIdleTimeout, by: byService, filter: "class rst-abort",
		on:   signs{classes: []Class{RSTAbort}},
		sees: timedOut,
		says: func(g *gathered) string {
			limit := spell(knownTimeouts[g.kind.variant()] * second)
			return fmt.Sprintf("%s of %s were reset after %s of silence: a box on the path, or one of the ends, forgets idle connections after %s; send keep-alives sooner, or close sooner.",
				several(g.count, "connection"), g.service, between(g.gapLow, g.gapHigh), limit)
		},
	},
	{
		id: FindingForgottenConnections, by: byService, loss: true, filter: "class rst-abort and " + ofSide + "cause no-socket",
		on:   signs{causes: []CauseID{CauseNoSocket}},
		sees: forgotten,
		says: func(g *gathered) string {
			who := "The server side"
			if g.kind.side() == ByClient {
				who = "The client side"
			}
			after := ""
			if g.gapLow >= IdleMark {
				after = ", never before " + spell(g.gapLow) + " of silence"
			}
			return fmt.Sprintf("%s of %s answered %s with a RST as if it had never known %s%s%s: look for a restart, a failover, or a NAT or load balancer that forgets.",
				who, g.service, several(g.count, "open connection"), choose(g.count, "it", "them"), after, lossOf(g.bytes, ""))
		},
	},
	{
		id: FindingTimeWaitChallenges, by: byService, filter: "mark time-wait-challenged",
		on: signs{causes: []CauseID{CauseTimeWaitChallenge}},
		sees: func(v *view) (sight, bool) {
			c := v.cause(CauseTimeWaitChallenge)
			return sight{time: v.Duration(), sure: Certain}, c != nil
		},
		says: func(g *gathered) string {
			return fmt.Sprintf("%s to %s met a TIME-WAIT of the same ports and %s answered by an ACK first: keep TCP timestamps on at both ends, and reuse ports less quickly.",
				several(g.count, "new connection"), g.service, was(g.count))
		},
	},
	{
		id: FindingPAWSDrops, by: byService, filter: "mark paws-syn-drop-suspected",
		on: signs{marks: []MarkID{MarkPAWSSYNDropSuspected}},
		sees: func(v *view) (sight, bool) {
			if !v.has(MarkPAWSSYNDropSuspected) {
				return sight{}, false
			}
			return sight{time: v.WatchedUntil - v.Start, sure: Likely}, true
		},
		says: func(g *gathered) string {
			return fmt.Sprintf("%s to %s got no answer because %s older than the last one from that address, as behind a NAT: tcp_tw_recycle must be off.",
				several(g.count, "SYN"), g.service, choose(g.count, "its timestamp is", "their timestamps are"))
		},
	},
	{
		id: FindingFINLoss, by: byPair, filter: "mark fin-retransmitted",
		on:   signs{marks: []MarkID{MarkFINRetransmitted}},
		sees: lossyClose,
		says: func(g *gathered) string {
			var kinds []string
			for i, noun := range [...]string{"FIN", "ACK of a FIN", "last ACK"} {
				if n := g.kinds[i]; n > 0 {
					if i == 1 && n > 1 {
						noun = "ACKs of FIN"
						kinds = append(kinds, figure(n)+" "+noun)
						continue
					}
					kinds = append(kinds, several(n, noun))
				}
			}
			return fmt.Sprintf("Between %s and %s %s had to repeat a FIN (lost: %s); the slowest took %s: look for loss on that path.",
				g.client, g.service, several(g.count, "close"), join(kinds), spell(g.longest))
		},
	},
	{
		id: FindingHalfDeadPeers, by: byService, filter: "class vanished or mark superseded",
		on:   signs{marks: []MarkID{MarkSuperseded}, classes: []Class{Vanished}},
		sees: halfDead,
		says: func(g *gathered) string {
			return fmt.Sprintf("%s of %s lost %s without a FIN or a RST, and nobody sent keep-alives (%s): set SO_KEEPALIVE and TCP_USER_TIMEOUT.",
				several(g.count, "connection"), g.service, choose(g.count, "its peer", "their peer"), join(counted(g.kinds[:2], "%s fell silent", "%s came back with a new SYN")))
		},
	},
	{
		id: FindingServiceRefuses, by: byService, filter: "class refused",
		on:   signs{causes: []CauseID{CauseICMPRefused, CauseListenRefused}},
		sees: refused,
		says: func(g *gathered) string {
			by := "RST"
			switch {
			case g.kinds[0] == 0:
				by = "ICMP"
			case g.kinds[1] > 0:
				by = "RST and ICMP"
			}
			hint := "nothing listens there, or a firewall rejects."
			if g.whole.served > 0 {
				hint = fmt.Sprintf("it took %s: look for a restart, or a firewall that rejects some.", several(g.whole.served, "other connection"))
			}
			return fmt.Sprintf("%s refused %s (%s): %s", g.service, several(g.count, "connection"), by, hint)
		},
	},
	{
		id: FindingServiceFiltered, by: byService, filter: "class unanswered and server.packets = 0",
		on:   signs{causes: []CauseID{CauseFiltered}},
		sees: filteredOut,
		says: func(g *gathered) string {
			hint := "the host is down, or a firewall drops them."
			if g.whole.served > 0 {
				hint = fmt.Sprintf("it took %s: look for a full accept or SYN queue, or a firewall that drops some.", several(g.whole.served, "other connection"))
			}
			return fmt.Sprintf("%s to %s got no answer at all: %s", several(g.count, "connection attempt"), g.service, hint)
		},
	},
	{
		id: FindingAcceptQueue, by: byService, filter: "cause accept-queue-overflow",
		on: signs{causes: []CauseID{CauseAcceptQueueOverflow}},
		sees: func(v *view) (sight, bool) {
			c := v.cause(CauseAcceptQueueOverflow)
			if c == nil {
				return sight{}, false
			}
			return sight{time: v.Duration(), sure: c.Confidence}, true
		},
		says: func(g *gathered) string {
			return fmt.Sprintf("%s repeated the SYN-ACK of %s whose handshake was over: its accept queue was probably full; accept faster, or raise the backlog and net.core.somaxconn.",
				g.service, several(g.count, "connection"))
		},
	},
	{
		id: FindingCaptureUnreliable, by: byCapture, filter: "mark capture-gap or one-sided or clock-jump",
		on:   signs{marks: []MarkID{MarkCaptureGap, MarkOneSided, MarkClockJump}},
		sees: unreliable,
		says: func(g *gathered) string {
			list := counted(g.kinds[:3], "%s with bytes that were never captured", "%s with one direction only", "%s with a clock that jumps")
			drops := ""
			if g.sum != nil && g.sum.Drops > 0 {
				drops = "; it says itself that it dropped " + several(g.sum.Drops, "packet")
			}
			return fmt.Sprintf("The capture cannot be trusted for %s of %s (%s)%s: capture again with a larger buffer, or on one of the hosts.",
				figure(g.count), several(g.total, "conversation"), join(list), drops)
		},
	},
}

// onlyBy keeps what is one side's doing.
func onlyBy(side Who, v *view, sees func(v *view) (sight, bool)) (sight, bool) {
	s, ok := sees(v)
	return s, ok && s.side == side
}

// leakEvidence gives the reasons for a leak (TEARDOWN section 7): three or more of one service stall while others close.
func leakEvidence(g *gathered) (list []string) {
	if g.longest >= 300*second {
		list = append(list, "The longest has stalled for five minutes or more.")
	}
	if closed := g.whole.closedByBoth; g.count >= 3 && closed > 0 {
		list = append(list, fmt.Sprintf("Likely a leak: %s stall so while %s of the same service closed in order.", figure(g.count), figure(closed)))
	}
	return append(list, "Only the live socket table is proof: ss -tanp state close-wait.")
}

// crossedEvidence tells a race from a program that never looks.
func crossedEvidence(g *gathered) (list []string) {
	if n := g.kinds[0]; n > 0 {
		list = append(list, fmt.Sprintf("In %s the data came within a round trip of the FIN: the two crossed.", several(n, "connection")))
	}
	if g.bytes > 0 && g.kinds[7] == 0 {
		list = append(list, fmt.Sprintf("None lost more than %d bytes: those may be TLS alerts that say goodbye.", goodbyeBytes))
	}
	return list
}

// counted renders the kinds that were seen, each by its format.
func counted(kinds []uint64, formats ...string) (list []string) {
	for i, n := range kinds {
		if n > 0 {
			list = append(list, fmt.Sprintf(formats[i], figure(n)))
		}
	}
	return list
}

func was(n uint64) string { return choose(n, "was", "were") }

func choose(n uint64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// remediesOf returns what the glossary says of a finding.
func remediesOf(id FindingID) []string {
	if term := Explain(KindFinding, id.String()); term != nil {
		return slices.Clone(term.Remedies)
	}
	return nil
}
