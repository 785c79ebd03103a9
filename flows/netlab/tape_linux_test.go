package netlab

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
)

// A tape says which run of which story, from which tap, -record writes into testdata/captures, and under which name. The
// hosts get addresses of their own for it: 10.0.0.host and 10.0.1.host.
type tape struct {
	story, tap, file string
	a, b             byte
	port             uint16
}

// tapes are the captures that tell a story in few packets.
var tapes = []tape{
	{leak.name, "near-b", "close-wait-leak-beside-healthy-closes", 7, 20, 8080},
	{"the client closes first and the server follows later", "middle", "four-way-close", 5, 20, 8080},
	{"the server closes first and the client answers at once", "middle", "three-way-close-by-the-server", 6, 20, 8080},
	{"both close at once", "middle", "simultaneous-close", 8, 20, 8080},
	{"the client shuts down its side and still gets data", "middle", "half-close-in-real-use", 9, 21, 8080},
	{"the client resets with linger zero", "near-b", "linger-zero-reset", 10, 21, 5432},
	{"the client closes with unread data", "near-b", "closed-with-unread-data", 11, 21, 5432},
	{"data comes after close and the ACK of the FIN", "near-b", "data-after-close", 12, 21, 5432},
	{"shutdown and then close with a negative linger2", "near-b", "negative-linger2", 13, 21, 5432},
	{"the client's FIN is lost, right of the middle", "middle", "fin-lost-beyond-the-tap", 14, 22, 8080},
	{"the client's FIN is lost, left of the middle", "middle", "fin-lost-before-the-tap", 15, 22, 8080},
	{"the last ACK is lost, right of the middle", "middle", "last-ack-lost-beyond-the-tap", 16, 22, 8080},
	{"one of two crossing FINs is lost, right of the middle", "near-b", "crossing-fins-one-lost-before-the-tap", 17, 22, 8080},
	{"a five-tuple in TIME-WAIT is used again", "near-b", "time-wait-reused", 18, 23, 8080},
	{"a SYN from before is challenged in TIME-WAIT", "near-b", "syn-challenged-in-time-wait", 19, 23, 8080},
	{"an old duplicate of the last FIN assassinates TIME-WAIT", "middle", "time-wait-assassinated", 20, 23, 8080},
	{"a blind RST hits the window and is challenged", "near-b", "blind-reset-challenged", 21, 24, 5432},
	{"a box on the path resets both sides", "middle", "middlebox-reset", 22, 24, 5432},
	{"nobody listens", "near-b", "refused", 23, 24, 5432},
	{"a firewall swallows the SYNs", "near-a", "filtered", 24, 25, 5432},
	{"the accept queue overflows", "near-b", "accept-queue-overflow", 25, 25, 8080},
	{"the path is cut with data in flight", "near-a", "vanished-with-data-in-flight", 26, 25, 5432},
	{"keep-alive finds an idle peer dead", "near-a", "keepalive-finds-an-idle-peer-dead", 27, 25, 5432},
	{"the server was rebooted and knows nothing of the connection", "near-a", "server-rebooted", 28, 26, 5432},
	{"the server closes after the client's orphan has expired", "near-b", "close-after-fin-wait-2-expired", 29, 26, 8080},
	{"the sequence numbers wrap in the middle of the close", "middle", "sequence-numbers-wrap", 5, 26, 8080},
	{"both open at once", "middle", "simultaneous-open", 6, 26, 8080},
	{"the SYN carries data", "near-b", "fast-open", 7, 27, 8080},
}

// tapeOf returns the tape of a story, or nil.
func tapeOf(s *scenario) *tape {
	for i := range tapes {
		if tapes[i].story == s.name {
			return &tapes[i]
		}
	}
	return nil
}

// hosts returns the addresses on the tape.
func (t *tape) hosts() [2]netip.Addr {
	return [2]netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, t.a}), netip.AddrFrom4([4]byte{10, 0, 1, t.b})}
}

// recordTape writes the run's best view into testdata/captures, with its recipe as the file's comment.
func (p *production) recordTape(t *testing.T, tp *tape) {
	t.Helper()
	recipe := fmt.Sprintf("%s; tap %s. Recorded with real Linux sockets by: go test ./flows/netlab -run %s -record",
		tp.story, tp.tap, strings.SplitN(t.Name(), "/", 2)[0])
	for _, tap := range p.taps {
		if tap.Name == tp.tap {
			writeCapture(t, filepath.Join("..", "..", "testdata", "captures", tp.file+".pcapng"), recipe, tap)
		}
	}
}

func TestEveryTapeNamesAStoryAndNoTwoShareAFileOrHosts(t *testing.T) {
	files, hosts := map[string]bool{}, map[[2]netip.Addr]bool{}
	for i := range tapes {
		tp := &tapes[i]
		if files[tp.file] || hosts[tp.hosts()] {
			t.Errorf("%s is recorded twice, or shares its hosts", tp.file)
		}
		files[tp.file], hosts[tp.hosts()] = true, true
		found := false
		for _, s := range scenarios() {
			found = found || s.name == tp.story
		}
		if !found {
			t.Errorf("%s: there is no story %q", tp.file, tp.story)
		}
	}
}
