package report

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tcpclose/decode"
	"tcpclose/flows"
)

func TestOrdinaryConversation(t *testing.T) {
	c := ordinary()
	golden(t, "ordinary.golden", memberPerLine(AppendConversation(nil, &c)))
}

func TestTroubledConversation(t *testing.T) {
	c := troubled()
	golden(t, "troubled.golden", memberPerLine(AppendConversation(nil, &c)))
}

func TestSeveralFilesNameThemselves(t *testing.T) {
	c := troubled()
	c.FirstPos, c.LastPos = decode.MakePosition(0, 24), decode.MakePosition(1, 4096)
	e := Encoder{Files: []string{"a.pcap", "b\n.pcap"}, Locate: func(frame uint64) (int, uint64, bool) {
		if frame < 60_060 {
			return 0, frame, true
		}
		return 1, frame - 60_059, true
	}}
	b := e.AppendConversation(nil, &c)
	validate(t, "conversation", b)
	for _, want := range []string{
		`"first_file":"a.pcap","last_file":"b\n.pcap"`,
		`{"id":"fin-with-data","side":"client","frame":60050,"file":"a.pcap","file_frame":60050,`,
		`{"id":"capture-gap","side":null,"frame":60077,"file":"b\n.pcap","file_frame":18,`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
}

// memberPerLine lays an object out so that a person can read it.
func memberPerLine(object []byte) string {
	var b strings.Builder
	for name, value := range members(object) {
		b.WriteString(string(name) + ": " + string(value) + "\n")
	}
	return b.String()
}

func TestEveryEnumerationIsWritten(t *testing.T) {
	c := ordinary()
	c.Marks, c.Causes = nil, nil
	for id := range flows.NumMarks {
		c.Marks = append(c.Marks, flows.Mark{ID: id, Who: flows.Who(id) % (flows.ByNetwork + 1), Frame: uint64(id), Time: flows.NoTime})
	}
	for id := range flows.NumCauses {
		c.Causes = append(c.Causes, flows.Cause{ID: id, Confidence: flows.Confidence(id % 3), Who: flows.Who(id) % (flows.ByNetwork + 1)})
	}
	b := AppendConversation(nil, &c)
	validate(t, "conversation", b)
	var got struct {
		Marks  []struct{ ID string }
		Causes []struct{ ID, Confidence string }
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for id := range flows.NumMarks {
		if got.Marks[id].ID != id.String() {
			t.Errorf("mark %d is written as %q, want %q", id, got.Marks[id].ID, id)
		}
	}
	for id := range flows.NumCauses {
		if got.Causes[id].ID != id.String() || got.Causes[id].Confidence != flows.Confidence(id%3).String() {
			t.Errorf("cause %d is written as %q", id, got.Causes[id])
		}
	}
}

func TestConversationCostsNoAllocation(t *testing.T) {
	for _, c := range samples() {
		buf := AppendConversation(nil, &c)
		if n := testing.AllocsPerRun(100, func() { buf = AppendConversation(buf[:0], &c) }); n != 0 {
			t.Errorf("conversation %d costs %v allocations", c.ID, n)
		}
	}
}

func FuzzNumbersAndTimesAreWrittenAsTheStandardLibraryDoes(f *testing.F) {
	for _, v := range []int64{0, 9, 10, 99, 100, 999, 1000, 999_999, 1_000_000, 999_999_999, 1e9, 1e18 - 1, 1e18, base, 1<<63 - 1, -1, -1 << 62, 86_400e9 * 11016} {
		f.Add(v, v+1)
	}
	f.Fuzz(func(t *testing.T, v, w int64) {
		if got, want := string(appendUint(nil, uint64(v))), strconv.FormatUint(uint64(v), 10); got != want {
			t.Errorf("appendUint = %s, want %s", got, want)
		}
		if got, want := string(appendInt(nil, v)), strconv.FormatInt(v, 10); got != want {
			t.Errorf("appendInt = %s, want %s", got, want)
		}
		// One clock writes several times: what it kept of the last one must not leak into the next.
		c, terse, last := clock{}, clock{terse: true}, int64(0)
		l := line{e: new(Encoder), era: eraOf(base)}
		for _, ns := range []int64{v, w, v, v + 1e9, v + 60e9, v - 3600e9, v + 86_400e9, w} {
			if ns == flows.NoTime {
				continue
			}
			text := time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
			if got := string(c.appendText(nil, ns)); got != text {
				t.Errorf("text of %d = %s, want %s", ns, got, text)
			}
			want := `,"time":"` + text + `","time_ns":` + strconv.FormatInt(ns, 10)
			if got := string(c.append(nil, &stampTime, ns)); got != want {
				t.Errorf("stamp of %d = %s, want %s", ns, got, want)
			}
			number := strconv.FormatInt(ns, 10)
			if got := string(terse.append(nil, &stampTime, ns)); got != `,"time_ns":`+number {
				t.Errorf("terse stamp of %d = %s", ns, got)
			}
			for _, of := range []struct {
				earliest, latest int64
				want             string
			}{
				{ns, ns, `,"earliest_ns":` + number + `,"latest_ns":` + number + "}"},
				{ns, flows.NoTime, `,"earliest_ns":` + number + `,"latest_ns":null}`},
				{flows.NoTime, ns, `,"earliest_ns":null,"latest_ns":` + number + "}"},
				{last, ns, `,"earliest_ns":` + strconv.FormatInt(last, 10) + `,"latest_ns":` + number + "}"},
			} {
				l.goOn(nil)
				k := l.states(0, []flows.Transition{{Earliest: of.earliest, Latest: of.latest}})
				if got, want := string(l.text(k)), stateJSON[0][0]+"null"+of.want; got != want {
					t.Errorf("times of a state are %s, want %s", got, want)
				}
			}
			last = ns
		}
	})
}

func FuzzStringsSurvive(f *testing.F) {
	for _, s := range []string{"", "plain", "quote\" back\\slash", "nul\x00 esc\x1b[2J", "\xff\xfe broken", "\u2028\u202e\ufeff", "é 日本 🙂", "\x7f\u0085\t\n\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q is written as %s: %v", s, b, err)
		}
		if want := strings.ToValidUTF8(strings.Join(strings.Split(s, ""), ""), "\ufffd"); utf8.ValidString(s) && got != want {
			t.Errorf("%q comes back as %q", s, got)
		}
		for _, r := range string(b) {
			if Unprintable(r) {
				t.Errorf("%q is written with %U in it", s, r)
			}
		}
	})
}

func TestWiresharkFilters(t *testing.T) {
	for _, c := range []struct{ client, server, want string }{
		{
			"10.0.0.7:40002", "10.0.0.9:443",
			"ip.addr==10.0.0.7 && ip.addr==10.0.0.9 && tcp.port==40002 && tcp.port==443 && frame.number>=57301 && frame.number<=57403",
		},
		{
			"[2001:db8::1]:40002", "[2001:db8::2]:443",
			"ipv6.addr==2001:db8::1 && ipv6.addr==2001:db8::2 && tcp.port==40002 && tcp.port==443 && frame.number>=57301 && frame.number<=57403",
		},
		{
			"127.0.0.1:40002", "127.0.0.1:443",
			"ip.src==127.0.0.1 && ip.dst==127.0.0.1 && tcp.port==40002 && tcp.port==443 && frame.number>=57301 && frame.number<=57403",
		},
		{
			"[::1]:179", "[::1]:179",
			"ipv6.src==::1 && ipv6.dst==::1 && tcp.srcport==179 && tcp.dstport==179 && frame.number>=57301 && frame.number<=57403",
		},
		{
			"10.0.0.7:179", "10.0.0.9:179",
			"ip.addr==10.0.0.7 && ip.addr==10.0.0.9 && tcp.srcport==179 && tcp.dstport==179 && frame.number>=57301 && frame.number<=57403",
		},
	} {
		td := ordinary()
		td.Ends[flows.Client].Addr = netip.MustParseAddrPort(c.client)
		td.Ends[flows.Server].Addr = netip.MustParseAddrPort(c.server)
		if got := string(AppendWiresharkFilter(nil, &td)); got != c.want {
			t.Errorf("%s > %s:\n got %s\nwant %s", c.client, c.server, got, c.want)
		}
	}
}

func TestChosenFieldsAreMembersOrColumns(t *testing.T) {
	c := troubled()
	var e Encoder
	got := string(e.AppendFields(nil, &c, []string{"id", "client", "bytes_lost", "close_wait_ns_server", "rtt_ns_client", "state_server", "marks"}))
	want := `{"id":60001,"client":{"ip":"2001:db8:0:12::1a2f","port":50112},"bytes_lost":{"client":512,"server":0},` +
		`"close_wait_ns_server":550000000,"rtt_ns_client":null,"state_server":"CLOSED","marks":[`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %s\nwant %s…", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Errorf("not JSON: %s", got)
	}
}

// BenchmarkAppendConversation holds the cost of one ordinary conversation with both endpoints' histories.
func BenchmarkAppendConversation(b *testing.B) {
	t := ordinary()
	buf := AppendConversation(nil, &t)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendConversation(buf[:0], &t)
	}
}

// What is written before the files are known and placed later is what is written when they are.
func TestReferencesAreFilledInLaterAsAtOnce(t *testing.T) {
	locate := func(frame uint64) (int, uint64, bool) { return int(frame % 2), frame / 2, frame%3 != 0 }
	for _, terse := range []bool{false, true} {
		for _, fields := range [][]string{nil, {"id", "fin", "states", "marks", "bytes"}} {
			at := Encoder{Terse: terse, Files: []string{"a.pcap", "b\n.pcap"}, Locate: locate}
			later := Encoder{Terse: terse, Files: at.Files, Later: true}
			for _, c := range samples() {
				want := at.AppendObject(nil, &c, fields)
				kept := later.AppendObject(nil, &c, fields)
				if got := at.Place([]byte("x"), kept); string(got) != "x"+string(want) {
					t.Errorf("terse %t, %q:\ngot  %s\nwant %s", terse, fields, got, want)
				}
			}
		}
	}
}
