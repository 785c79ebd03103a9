package tui

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"tcpclose/tui/model/modeltest"
)

// FuzzKeys gives the screen keys, letters, clicks and sizes as the octets of a script say. Whatever comes, it neither
// panics nor hangs, and every frame is a whole screen.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("\x00\x00\x002\x01\x02\x03"), uint8(100), uint8(30), true)
	f.Add([]byte("\x80/\x80c\x80l\x80a\x80s\x80s\x80 \x80r\x00\x05"), uint8(80), uint8(24), false)
	f.Add([]byte("\xc0\x01\xc1\x30\xc2\xff\x40\x10\x41\x20"), uint8(1), uint8(1), true)
	f.Add([]byte("\x81\x01\x81\x40\x82\x20"), uint8(255), uint8(70), true)
	all, source, _ := judgeCapture(f, "ten-kinds-of-close.pcapng")
	f.Fuzz(func(t *testing.T, script []byte, w, h uint8, unicode bool) {
		charset := "US-ASCII"
		if unicode {
			charset = "UTF-8"
		}
		s := newTestScreen(t, storeWith(all), max(int(w), 1), max(int(h), 1), "terminal", charset, source)
		s.app.suspend = func(*App) {}
		s.app.write = func(*App, string) {} // a word must not become a file
		maker := modeltest.NewMaker()       // anew for each script, so that it means the same again
		for script = script[:min(len(script), 200)]; len(script) >= 2; script = script[2:] {
			scriptedInput(s, maker, script[0], script[1])
		}
		checkScreen(t, s)
	})
}

// scriptedInput does what two octets say.
func scriptedInput(s *testScreen, maker *modeltest.Maker, what, value byte) {
	switch {
	case what < 0x40: // a key that is bound
		names := strings.Fields(bindings[int(value)%len(bindings)].keys)
		s.keys(names[int(what)%len(names)])
	case what < 0x60: // any other
		s.event(tcell.NewEventKey(tcell.Key(value)+tcell.Key(what&1)<<8, 0, tcell.ModMask(what>>1&7)))
		s.draw()
	case what < 0x80:
		s.keys(typedWords[int(value)%len(typedWords)])
	case what < 0xb0: // a letter of any plane
		s.event(tcell.NewEventKey(tcell.KeyRune, rune(value)+rune(what&0x0f)*0x1f7, tcell.ModNone))
		s.draw()
	case what < 0xd0:
		s.resize(max(int(value), 1), 1+int(what&0x1f)*3)
	case what < 0xe0 && s.model.Store().Rows() < 100:
		c := maker.Next()
		c.ID += 1_000_000
		s.model.Store().Put(c)
		s.model.Refresh()
		s.draw()
	default:
		s.mouse(rand.New(rand.NewPCG(uint64(what), uint64(value))))
	}
}
