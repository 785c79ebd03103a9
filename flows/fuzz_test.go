package flows

import (
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// testScripts returns all segment scripts of this package's tests: the script fields of their tables.
func testScripts(t testing.TB) (scripts []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{"handshake": handshake, "exchange": exchange, "closedByServer": exchange + closedByServer}
	var text func(e ast.Expr) string
	text = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			s, _ := strconv.Unquote(e.Value)
			return s
		case *ast.Ident:
			return known[e.Name]
		case *ast.BinaryExpr:
			return text(e.X) + text(e.Y)
		}
		return ""
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "script" {
					scripts = append(scripts, text(kv.Value))
				}
			}
			return true
		})
	}
	if len(scripts) < 40 {
		t.Fatalf("only %d scripts found", len(scripts))
	}
	return scripts
}

func TestTheLawsHoldForEveryScript(t *testing.T) {
	for _, text := range testScripts(t) {
		parsed, err := flowtest.Parse(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		segs := parsed.Segments()
		if len(segs) == 0 {
			continue
		}
		holdInvariants(t, segs)
		holdMirror(t, segs)
		holdShift(t, segs, 0x9000_0000)
		holdShortWay(t, segs)
		holdFinal(t, segs)
		holdSplit(t, segs, len(segs)/2)
		for i := range segs {
			segs[i].Frame = uint64(i+1) * 10
		}
		for i := range segs {
			for _, later := range []time.Duration{time.Microsecond, 3 * time.Millisecond, 300 * time.Millisecond} {
				holdDuplicate(t, segs, i, later)
			}
		}
	}
}

// A wire octet string holds segments of one five-tuple, 16 octets each, so that a fuzzer can change one thing at a time.
const rawSize = 16

var rawFlags = [...]decode.Flags{decode.FIN, decode.SYN, decode.RST, decode.PSH, decode.ACK}

// rawBase is what each side's raw numbers are added to.
var rawBase = [2]uint32{0x4000_0000, 0xb000_0000}

func rawSegments(data []byte) (segs []decode.Segment) {
	be := binary.BigEndian
	now, ts := worldStart, [2]uint32{1000, 2000}
	for len(data) >= rawSize && len(segs) < 80 {
		b := data[:rawSize]
		data = data[rawSize:]
		side := int(b[0] >> 7)
		s := decode.Segment{
			Src: worldAddr(side), Dst: worldAddr(1 - side), SrcPort: worldPort(side), DstPort: worldPort(1 - side),
			Window: be.Uint16(b[12:]), Len: uint32(be.Uint16(b[10:])), TTL: 64 - b[15]>>4,
			Frame: uint64(len(segs)+1) * 10,
		}
		for i, f := range rawFlags {
			if b[0]>>i&1 != 0 {
				s.Flags |= f
			}
		}
		switch step := int64(8+b[1]&7) << (b[1] >> 3) * 1000 / 8; {
		case b[1] == 255:
			now -= int64(time.Millisecond)
		default:
			now += min(step, 200*second)
		}
		s.Time = now
		s.Seq = decode.Seq(rawBase[side] + be.Uint32(b[2:]))
		if b[15]&1 != 0 && s.Flags.Has(decode.RST|decode.ACK) {
			s.Seq = 0
		}
		if s.Flags.Has(decode.ACK) {
			s.Ack = decode.Seq(rawBase[1-side] + be.Uint32(b[6:]))
		}
		if b[0]>>6&1 != 0 {
			ts[side] += uint32(int32(int8(b[14])))
			s.Options |= decode.OptTimestamps
			s.TSVal = ts[side]
		}
		segs = append(segs, s)
	}
	return segs
}

// rawOctets is the reverse of rawSegments, as far as it goes.
func rawOctets(segs []decode.Segment) (data []byte) {
	be := binary.BigEndian
	for i := range segs {
		s := &segs[i]
		var b [rawSize]byte
		side := 0
		if s.Src != segs[0].Src {
			side = 1
		}
		b[0] = byte(side) << 7
		for j, f := range rawFlags {
			if s.Flags.Has(f) {
				b[0] |= 1 << j
			}
		}
		if i > 0 {
			for d := (s.Time - segs[i-1].Time) / 1000; d > 1 && b[1] < 200; d /= 2 {
				b[1] += 8
			}
		}
		be.PutUint32(b[2:], uint32(s.Seq))
		be.PutUint32(b[6:], uint32(s.Ack))
		be.PutUint16(b[10:], uint16(s.Len))
		be.PutUint16(b[12:], s.Window)
		if s.Options.Has(decode.OptTimestamps) {
			b[0] |= 1 << 6
			b[14] = 10
		}
		if s.Seq == 0 && s.Flags.Has(decode.RST) {
			b[15] = 1
		}
		data = append(data, b[:]...)
	}
	return data
}

func FuzzLawsOfRawSegments(f *testing.F) {
	for _, text := range testScripts(f) {
		if parsed, err := flowtest.Parse(text); err == nil {
			f.Add(rawOctets(parsed.Segments()))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		segs := rawSegments(data)
		if len(segs) == 0 {
			return
		}
		holdInvariants(t, segs)
		holdMirror(t, segs)
		holdShift(t, segs, 0x7ff0_0000)
		holdShortWay(t, segs)
		holdFinal(t, segs)
	})
}

func FuzzLawsOfConversations(f *testing.F) {
	for seed := range uint64(24) {
		rng := rand.New(rand.NewPCG(seed, 3))
		data := make([]byte, 200)
		for i := range data {
			data[i] = byte(rng.Uint32())
			if rng.IntN(4) != 0 && i > 90 {
				data[i] %= 200 // most segments arrive
			}
		}
		f.Add(data, byte(seed), byte(seed*7))
	}
	f.Fuzz(func(t *testing.T, data []byte, which, later byte) {
		segs := playWorld(data)
		if len(segs) == 0 {
			return
		}
		holdInvariants(t, segs)
		holdMirror(t, segs)
		holdShift(t, segs, 0x7ff0_0000)
		holdShortWay(t, segs)
		holdFinal(t, segs)
		holdDuplicate(t, segs, int(which)%len(segs), time.Duration(later)*time.Duration(later)*20*time.Microsecond)
	})
}

func FuzzLawsOfFiles(f *testing.F) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 5))
		data := make([]byte, 200)
		for i := range data {
			data[i] = byte(rng.Uint32N(240))
		}
		f.Add(data, byte(seed*13))
	}
	f.Fuzz(func(t *testing.T, data []byte, at byte) {
		if segs := playWorlds(data, 4); len(segs) > 0 {
			holdSplit(t, segs, int(at)%len(segs))
		}
	})
}
