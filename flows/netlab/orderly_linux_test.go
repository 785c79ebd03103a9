package netlab

import (
	"time"

	"tcpclose/flows"
)

// orderly are the closes in which nothing is lost and nobody hurries.
var orderly = []scenario{
	{
		name: "the client closes first and the server follows later",
		run: func(p *play) {
			c, s := p.connect()
			p.say(c, s, 100)
			p.say(s, c, 1000)
			p.close(c)
			p.eof(s)
			p.wait(200 * time.Millisecond)
			p.close(s)
			p.rtt()
		},
		ends: []end{{flows.FourWay, flows.ShapeFourWay, flows.ByClient, flows.CauseClose}},
	},
	{
		name: "the server closes first and the client answers at once",
		run: func(p *play) {
			c, s := p.connect()
			for range 4 {
				p.say(c, s, 100)
				p.say(s, c, 100) // small, so that its ACK waits for the FIN
			}
			p.close(s)
			p.eof(c)
			p.close(c)
			p.rtt()
		},
		ends: []end{{flows.ThreeWay, flows.ShapeThreeWay, flows.ByServer, flows.CauseClose}},
	},
	{
		name: "both close at once",
		run: func(p *play) {
			c, s := p.connect()
			p.say(c, s, 100)
			p.say(s, c, 1000)
			p.wait(50 * time.Millisecond)
			p.close(c)
			p.close(s)
			p.rtt()
		},
		ends: []end{{flows.Simultaneous, flows.ShapeSimultaneous, flows.ByBoth, flows.CauseClose}},
	},
	{
		name: "the client shuts down its side and still gets data",
		run: func(p *play) {
			c, s := p.connect()
			p.say(c, s, 100)
			p.shutdown(c)
			p.eof(s)
			p.say(s, c, 50_000)
			p.close(s)
			p.eof(c)
			p.rtt()
		},
		ends: []end{{flows.FourWay, flows.ShapeFourWay, flows.ByClient, flows.CauseShutdownWrite}},
	},
	{
		name: "the client resets with linger zero",
		run: func(p *play) {
			c, s := p.connect()
			p.say(c, s, 100)
			p.say(s, c, 1000)
			p.reset(c)
			p.broken(s)
			p.rtt()
		},
		ends: []end{{flows.RSTAbort, flows.ShapeNone, flows.ByClient, flows.CauseLingerZero}},
	},
}
