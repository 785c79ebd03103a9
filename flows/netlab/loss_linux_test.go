package netlab

import (
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// closing is the story that losses happen to: request, answer, the client closes, the server closes a little later.
func closing(p *play) {
	c, s := p.talk()
	p.close(c)
	p.eof(s)
	p.settle()
	p.close(s)
	p.over(c)
}

// losses are stories in which the network loses, delays, repeats or reorders what closes the connection, on either side
// of the middle.
var losses = bothSides(
	scenario{
		name: "the client's FIN is lost",
		opt:  Options{Left: []Rule{{FromA, isFIN, 1, 0, lose}}},
		run:  closing,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseFINLost}},
	},
	scenario{
		name: "the ACK of the client's FIN is lost",
		opt:  Options{Left: []Rule{{FromB, isACKOfFIN, 1, 0, lose}}},
		run: func(p *play) {
			c, s := p.talk()
			p.close(c)
			p.eof(s)
			p.wait(700 * time.Millisecond)
			p.close(s)
			p.over(c)
		},
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseFINACKLost}},
	},
	scenario{
		name: "the server's FIN is lost",
		opt:  Options{Left: []Rule{{FromB, isFIN, 1, 0, lose}}},
		run:  closing,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseFINLost}},
	},
	scenario{
		name: "the last ACK is lost",
		opt:  Options{Left: []Rule{{FromA, isACKOfFIN, 1, 0, lose}}},
		run:  closing,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseLastACKLost}},
	},
	scenario{
		name: "the server's FIN and the FIN after it are lost",
		opt:  Options{Left: []Rule{{FromB, isFIN, 1, 2, lose}}},
		run:  closing,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseFINLost}},
	},
	scenario{
		name: "the FIN overtakes the data before it",
		opt:  Options{Left: []Rule{{FromA, isData, 2, 0, late(30 * time.Millisecond)}}},
		run:  dataThenFIN,
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	scenario{
		name: "the data before the FIN is lost",
		opt:  Options{Left: []Rule{{FromA, isData, 2, 0, lose}}},
		run:  dataThenFIN,
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	scenario{
		name: "data and FIN are lost and come again in one segment",
		opt:  Options{Left: []Rule{{FromA, isData, 2, 0, lose}, {FromA, isBareFIN, 1, 2, lose}}},
		run:  dataThenFIN,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseFINLost}},
	},
	scenario{
		name: "one of two crossing FINs is lost",
		opt:  Options{Left: []Rule{{FromA, isFIN, 1, 0, lose}}},
		run:  closeBoth,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeSimultaneous, closer: flows.ByBoth, cause: flows.CauseFINLost}},
	},
	scenario{
		name: "both of two crossing FINs are lost",
		opt:  Options{Left: []Rule{{FromA, isFIN, 1, 0, lose}, {FromB, isFIN, 1, 0, lose}}},
		run:  closeBoth,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeSimultaneous, closer: flows.ByBoth, cause: flows.CauseFINLost}},
	},
	scenario{
		name: "the ACK of one of two crossing FINs is lost",
		opt:  Options{Left: []Rule{{FromA, isACKOfFIN, 1, 0, lose}}},
		run:  closeBoth,
		ends: []end{{class: flows.RetransmittedFIN, shape: flows.ShapeSimultaneous, closer: flows.ByBoth, cause: flows.CauseFINACKLost}},
	},
	scenario{
		name: "the client's FIN comes twice",
		opt:  Options{Left: []Rule{{FromA, isFIN, 1, 0, again(60 * time.Millisecond)}}},
		run:  closing,
		ends: []end{{class: flows.FourWay, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseClose}},
	},
	scenario{
		name: "the FIN is held back for a second and overtaken by its repetition",
		opt:  Options{Left: []Rule{{FromA, isFIN, 1, 0, late(time.Second)}}},
		run:  closing,
		ends: []end{{
			class: flows.RetransmittedFIN, shape: flows.ShapeFourWay, closer: flows.ByClient, cause: flows.CauseFINLost,
			orCause: []flows.CauseID{flows.CauseFINACKLost, flows.CauseClose}, // it was late: no cause has that for a name
		}},
	},
)

// dataThenFIN is a close right behind the last data.
func dataThenFIN(p *play) {
	c, s := p.talk()
	p.write(c, 500)
	p.close(c)
	p.read(s, 500)
	p.eof(s)
	p.settle()
	p.close(s)
	p.over(c)
}

// closeBoth closes both ends before either can know of the other.
func closeBoth(p *play) {
	c, s := p.talk()
	p.close(c)
	p.close(s)
	p.over(c)
}

func isBareFIN(p *Packet, _ *past) bool { return p.Flags().Has(decode.FIN) && p.Len() == 0 }

// bothSides makes two scenarios of each: with its rules left of the middle, and with the same rules right of it.
func bothSides(all ...scenario) []scenario {
	var out []scenario
	for _, s := range all {
		left, right := s, s
		right.opt.Left, right.opt.Right = nil, s.opt.Left
		left.name += ", left of the middle"
		right.name += ", right of the middle"
		out = append(out, left, right)
	}
	return out
}
