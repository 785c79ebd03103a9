package flows

// finish judges a conversation, hands it to the sink and forgets it.
func (t *Tracker) finish(i uint32, c *conn, when Moment) {
	t.judge.weigh(t, c)
	t.finishWeighed(i, c, when)
}

// finishWeighed finishes the conversation that the judge weighed last.
func (t *Tracker) finishWeighed(i uint32, c *conn, when Moment) {
	t.hand(i, c, when, final)
	t.tell(Ended)
	t.free(i, c)
}

// A standing says what may follow a verdict.
type standing uint8

const (
	underWay standing = iota // another verdict
	givenUp                  // none, though the conversation goes on
	final                    // nothing that could change it
)

// emit judges a conversation as it stands and hands it to the sink.
func (t *Tracker) emit(i uint32, c *conn, when Moment, as standing) {
	t.judge.weigh(t, c)
	t.hand(i, c, when, as)
}

// hand judges the conversation that the judge weighed last and hands it to the sink.
func (t *Tracker) hand(i uint32, c *conn, when Moment, as standing) {
	t.judge.conclude(&t.verdict)
	t.verdict.Final, t.verdict.GivenUp, t.verdict.lane = as == final, as == givenUp, t.lane
	if c.flags&flagRST != 0 && t.quotes != nil {
		for s, x := range t.judge.index {
			t.verdict.Ends[s].RST.Text = t.quotes[quoteKey(i, x)]
		}
	}
	t.sink(&t.verdict, when)
}

func (t *Tracker) free(i uint32, c *conn) {
	if c.closing != 0 {
		t.closings.release(c.closing)
	}
	for n := c.notes; n != 0; {
		next := t.notes.at(n).next
		t.notes.release(n)
		n = next
	}
	if (c.side[0].bits|c.side[1].bits)&sideHoles != 0 || c.flags&flagRST != 0 && t.quotes != nil {
		for x := range c.side {
			t.holes.clear(i, x)
			delete(t.quotes, quoteKey(i, x))
		}
	}
	t.conns.release(i)
}
