package flows

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// A formTally counts the conversations of each form, those with notes apart.
type formTally [2 * (formAbort + 1)]int

// kind tells of which form the conversation is that was judged last.
func (j *judge) kind() int {
	if j.noted {
		return 2*int(j.form) + 1
	}
	return 2 * int(j.form)
}

// holdForm: what the conversation's form says of it is what the judge says that looks at everything. It returns its kind.
func holdForm(t *testing.T, tr *Tracker, c *conn) int {
	t.Helper()
	j := &tr.judge
	j.weigh(tr, c)
	known := j.kind()
	if j.form == formPlain && !j.opened {
		return known
	}
	short, long := soiled, Teardown{}
	j.conclude(&short)
	got := short.Clone()
	j.find(tr, c)
	j.load(tr)
	if len(j.resets) > 0 {
		j.judgeResets()
	}
	j.conclude(&long)
	if !sameVerdict(&got, &long) {
		t.Fatalf("kind %d\n%+v\nplainly\n%+v\nfacts %+v", known, got, long, *c)
	}
	return known
}

// soiled is a Teardown with something in each field: what a verdict leaves as it was shows.
var soiled = func() (td Teardown) {
	var soil func(v reflect.Value)
	soil = func(v reflect.Value) {
		if !v.CanSet() {
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for _, field := range v.Fields() {
				soil(field)
			}
		case reflect.Array:
			for i := range v.Len() {
				soil(v.Index(i))
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		case reflect.String:
			v.SetString("left over")
		case reflect.Bool:
			v.SetBool(true)
		default:
			if v.CanInt() {
				v.SetInt(77)
			} else {
				v.SetUint(77)
			}
		}
	}
	soil(reflect.ValueOf(&td).Elem())
	return td
}()

// sameVerdict compares two verdicts; whether there is room for causes, marks and doubts is no difference.
func sameVerdict(a, b *Teardown) bool {
	x, y := a.Clone(), b.Clone()
	for _, t := range []*Teardown{&x, &y} {
		t.Marks, t.Causes, t.Uncertain = append([]Mark{}, t.Marks...), append([]Cause{}, t.Causes...), append([]Doubt{}, t.Uncertain...)
	}
	return reflect.DeepEqual(x, y)
}

// trackForms judges every conversation of some segments both ways as it ends.
func trackForms(t *testing.T, segs []decode.Segment, each func(tr *Tracker, c *conn)) {
	t.Helper()
	var tr *Tracker
	tr = NewTracker(Config{}, func(*Teardown, Moment) {
		each(tr, tr.judge.conn)
	})
	playOut(tr, segs)
}

func TestAVerdictOfAKnownFormIsThePlainOne(t *testing.T) {
	var seen formTally
	hold := func(segs []decode.Segment) {
		t.Helper()
		trackForms(t, segs, func(tr *Tracker, c *conn) { seen[holdForm(t, tr, c)]++ })
	}
	for _, text := range testScripts(t) {
		if s, err := flowtest.Parse(text); err == nil {
			hold(s.Segments())
		}
	}
	rng := rand.New(rand.NewPCG(3, 9))
	for range 3000 {
		data := make([]byte, rng.IntN(120))
		for i := range data {
			if rng.IntN(3) > 0 {
				data[i] = byte(rng.Uint32())
			}
		}
		hold(playWorld(data))
	}
	for _, segs := range captureSegments(t) {
		hold(segs)
		hold(twice(segs))
		for k := range min(len(segs), 40) {
			hold(segs[k:])
			hold(segs[:k])
			hold(slices.Concat(segs[:k], segs[k+1:]))
		}
	}
	for kind, n := range seen {
		if n < 10 && kind != 2*int(formAbort)+1 {
			t.Errorf("only %d conversations of kind %d", n, kind)
		}
	}
}

// twice returns segments as they are captured before and behind a router.
func twice(segs []decode.Segment) (all []decode.Segment) {
	for _, s := range segs {
		all = append(all, s)
		s.TTL--
		s.Time++
		all = append(all, s)
	}
	for i := range all {
		all[i].Frame = uint64(i + 1)
	}
	return all
}

// captureSegments reads the segments of all captures.
func captureSegments(t *testing.T) (all [][]decode.Segment) {
	t.Helper()
	paths, err := filepath.Glob("../testdata/captures/*.pcapng")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	for _, path := range paths {
		all = append(all, readSegments(t, path))
	}
	return all
}

// A number is one of a conversation's facts.
type number struct {
	bits int
	get  func() uint64
	set  func(uint64)
}

// num gives access to a fact.
func num[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int64](p *T) number {
	return number{reflect.TypeFor[T]().Bits(), func() uint64 { return uint64(*p) }, func(v uint64) { *p = T(v) }}
}

// numbers lists all facts of a conversation that say something by their value, not by where they point.
func numbers(c *conn, cl *closing, notes []*note) (all []number) {
	all = append(all, num(&c.flags), num(&c.start), num(&c.firstFrame), num(&c.firstPos), num(&c.lastPos), num(&c.vlan), num(&c.iface), num(&c.scope))
	for i := range c.handshake {
		all = append(all, num(&c.handshake[i]))
	}
	for x := range c.side {
		h := &c.side[x]
		all = append(all, num(&c.port[x]), num(&c.isn[x]), num(&c.mss[x]), num(&h.lastTime), num(&h.lastFrame), num(&h.dataTime), num(&h.bytes),
			num(&h.packets), num(&h.nxt), num(&h.ack), num(&h.win), num(&h.ipid), num(&h.tsval), num(&h.print), num(&h.retrans),
			num(&h.bits), num(&h.bits), num(&h.bits), num(&h.ttl), num(&h.kernelTTL), num(&h.wscale))
	}
	for x := range cl.fin {
		f := &cl.fin[x]
		all = append(all, num(&f.frame), num(&f.time), num(&f.prevTime), num(&f.ackedFrame), num(&f.ackedTime), num(&f.seq), num(&f.ack),
			num(&f.bits), num(&f.bits), num(&f.bits), num(&f.tsval), num(&cl.ackSeq[x]))
	}
	for _, n := range notes {
		all = append(all, num(&n.flags), num(&n.ttl), num(&n.count), num(&n.firstFrame), num(&n.firstTime), num(&n.lastFrame), num(&n.lastTime),
			num(&n.a), num(&n.b), num(&n.c), num(&n.d), num(&n.e))
	}
	return all
}

// Whatever other facts a conversation of a known form might have had, it is of that form only where that makes no difference.
func TestAFormIsKnownByItsFacts(t *testing.T) {
	var seen, stayed, left formTally
	rng := rand.New(rand.NewPCG(11, 2))
	configs := []Config{{}, {Stall: 50 * time.Millisecond}, {TimeWait: time.Second}, {TimeWait: -1}}
	if testing.Short() {
		configs = configs[:2]
	}
	for _, segs := range captureSegments(t) {
		trackForms(t, segs, func(tr *Tracker, c *conn) {
			known := holdForm(t, tr, c)
			if seen[known] == len(configs) {
				return
			}
			tr.cfg = configs[seen[known]%len(configs)]
			seen[known]++
			cl := &closing{}
			if c.closing != 0 {
				cl = tr.closings.at(c.closing)
			}
			var notes []*note
			for i := c.notes; i != 0; i = notes[len(notes)-1].next {
				notes = append(notes, tr.notes.at(i))
			}
			facts := append(numbers(c, cl, notes), num(&tr.clock))
			restore := func() func() {
				var was []uint64
				for _, f := range facts {
					was = append(was, f.get())
				}
				return func() {
					for i, f := range facts {
						f.set(was[i])
					}
				}
			}()
			try := func() {
				if holdForm(t, tr, c) == known {
					stayed[known]++
				} else {
					left[known]++
				}
			}
			for _, f := range facts {
				was := f.get()
				for bit := range f.bits {
					f.set(was ^ 1<<bit)
					try()
				}
				for _, v := range []uint64{0, was + 1, was - 1} {
					f.set(v)
					try()
				}
				for _, other := range facts {
					if f.bits == other.bits {
						for d := range uint64(3) {
							f.set(other.get() + d - 1)
							try()
						}
					}
				}
				f.set(was)
			}
			for range 1000 {
				for range 1 + rng.IntN(3) {
					f, other := facts[rng.IntN(len(facts))], facts[rng.IntN(len(facts))]
					if rng.IntN(2) == 0 {
						f.set(f.get() ^ 1<<rng.IntN(f.bits))
					} else if f.bits == other.bits {
						f.set(other.get() + rng.Uint64N(3) - 1)
					}
				}
				try()
				restore()
			}
			tr.cfg = Config{}
			tr.judge.run(tr, c, &tr.verdict)
		})
	}
	for kind := range seen {
		if form(kind/2) == formPlain || kind == 2*int(formAbort)+1 {
			continue // no form at all, or one that has its notes read as part of it
		}
		if seen[kind] == 0 || stayed[kind] < 100 || left[kind] < 100 {
			t.Errorf("kind %d: %d conversations, %d times still of it with other facts, %d times not", kind, seen[kind], stayed[kind], left[kind])
		}
	}
}

// A note has no say in how an ordinary conversation ended, or it is one of those that are known to have.
func TestAFormIsKnownInSpiteOfNotes(t *testing.T) {
	var tried, seen formTally
	rng := rand.New(rand.NewPCG(5, 8))
	for _, segs := range captureSegments(t) {
		trackForms(t, segs, func(tr *Tracker, c *conn) {
			known := tr.judge.kind()
			if c.notes != 0 || c.closing == 0 || tried[known] == 3 {
				return
			}
			tried[known]++
			flags := c.flags
			for kind := range numNoteKinds {
				for side := range 2 {
					n := tr.newNote(c, kind, side)
					facts := numbers(c, tr.closings.at(c.closing), nil)
					of := numbers(&conn{}, &closing{}, []*note{n})
					of = of[len(of)-12:]
					n.touch(c.firstFrame, c.start)
					for range 200 {
						for range 1 + rng.IntN(3) {
							f, other := of[rng.IntN(len(of))], facts[rng.IntN(len(facts))]
							if f.bits == other.bits {
								f.set(other.get() + rng.Uint64N(3) - 1)
							}
						}
						seen[holdForm(t, tr, c)]++
					}
					tr.drop(c, kind, side)
					c.flags = flags
				}
			}
			tr.judge.run(tr, c, &tr.verdict)
		})
	}
	for _, f := range []form{formThreeWay, formFourWay} {
		if seen[2*f+1] < 1000 {
			t.Errorf("form %d: only %d conversations with notes", f, seen[2*f+1])
		}
	}
}
