package flows

import "math/bits"

// Forgery is a set of independent signs that a RST is not from the end whose address it bears (TEARDOWN section 7,
// middlebox-reset). One sign alone proves nothing.
type Forgery uint8

// The signs.
const (
	ForgedTTL      Forgery = 1 << iota // its TTL differs by two or more from that end's kernel-made segments
	ForgedTooSoon                      // it came sooner than half that end's round trip allows
	ForgedSenderOn                     // that end went on as if it had sent none
	ForgedNumber                       // its number is one at which that end stood nowhere
	ForgedUndrawn                      // it has the form of a reply, and no segment that could have drawn it
)

// forgeries are the signs in words, in the order of their bits.
var forgeries = [...]string{
	"its TTL differs from that end's own",
	"it came faster than that end's round trip allows",
	"that end went on sending after it",
	"its sequence number is none of that end's",
	"it has the form of a reply, and nothing had been sent that it could answer",
}

// Count returns how many signs there are.
func (f Forgery) Count() int { return bits.OnesCount8(uint8(f)) }

// Texts returns the signs in words.
func (f Forgery) Texts() (texts []string) {
	for i, text := range forgeries {
		if f&(1<<i) != 0 {
			texts = append(texts, text)
		}
	}
	return texts
}
