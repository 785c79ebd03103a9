package decode

import (
	"bytes"
	"errors"
	"io"
	"os"
)

const (
	// maxRestarts is how many places of one file are tried behind damage.
	maxRestarts = 1000
	// enoughUnpacked is how much must come out of a place, unless all does, for it to be believed.
	enoughUnpacked = 4 << 10
	// firstUnpacked is how much is unpacked to see that.
	firstUnpacked = 64 << 10
)

// A gap stands where compressed octets could not be unpacked: what comes behind it does not go on with what came before.
type gap struct {
	cause   error
	lost    int64 // compressed octets that were left out; -1: nobody looked how many
	doubted bool  // all was unpacked, but not all is right
	resumed bool  // more comes
}

func (g *gap) Error() string { return g.cause.Error() }

func (g *gap) kind() DamageKind {
	if g.doubted {
		return DamageChecksum
	}
	return DamageCompressed
}

// resumed reports whether err is a gap that more comes behind.
func resumed(err error) bool {
	var g *gap
	return errors.As(err, &g) && g.resumed
}

// An unpacker unpacks a compressed file. Where that fails, it goes on at the next place at which it can, once it has
// returned a gap.
type unpacker struct {
	format *compression
	head   []byte // what the file begins with
	tape   *tape
	src    io.Reader // the decompressor
	begun  int64     // where in the file it began
	upTo   int64     // and up to where all was unpacked
	inside bool      // it began inside a member
	ready  []byte    // what it gave when it was tried
	err    error     // what it said then or since
	tries  int
	final  bool // nothing is looked for behind damage
}

func newUnpacker(format *compression, r io.Reader) (*unpacker, error) {
	if format.name == "xz" {
		r = &xzGuard{r: r}
	}
	u := &unpacker{format: format, tape: &tape{r: r}}
	u.head = bytes.Clone(u.tape.ahead(16))
	var err error
	u.src, err = format.open(u.tape)
	return u, err
}

func (u *unpacker) Read(p []byte) (int, error) {
	for {
		if len(u.ready) > 0 {
			n := copy(p, u.ready)
			u.ready = u.ready[n:]
			return n, nil
		}
		if u.err == nil {
			n, err := u.src.Read(p)
			u.err = err
			u.keep(u.unpacked(u.src, n, err))
			if n > 0 || err == nil {
				return n, nil
			}
		}
		if u.final || u.err == io.EOF || isFileError(u.err) || errors.Is(u.err, os.ErrClosed) {
			return 0, u.err
		}
		if g := u.restart(); g != nil {
			return 0, g
		}
	}
}

// keep remembers up to where all was unpacked, and lets go of what need not be looked at again.
func (u *unpacker) keep(upTo int64) {
	u.upTo = max(u.upTo, upTo)
	begun := u.begun
	if r, ok := u.src.(interface{ begun() int64 }); ok {
		begun = r.begun()
	}
	u.tape.keep(max(begun+1, u.upTo-u.format.places.overrun))
}

// unpacked returns up to where all was unpacked, after a read of n octets, as far as that can be told.
func (u *unpacker) unpacked(src io.Reader, n int, err error) int64 {
	f := &u.format.places
	doubted := err != nil && f.doubts != nil && f.doubts(err)
	switch r, ok := src.(interface{ unused() int }); {
	case err != nil && !doubted && n > 0 && f.runsOn: // what begins later was not unpacked, what begins before may have been
		return u.tape.asked[0]
	case err != nil && (!doubted || f.holdsBack):
		return 0
	case ok:
		return u.tape.pos() - int64(r.unused())
	}
	return u.tape.pos()
}

// restart begins at the next place, or ends the file. nil: nothing was lost.
func (u *unpacker) restart() error {
	f := &u.format.places
	from := u.upTo
	g := &gap{cause: u.err, doubted: f.doubts != nil && f.doubts(u.err)}
	summed := u.inside && f.sums != nil && f.sums(u.err)
	u.keep(from)
	found := u.next()
	g.lost, g.resumed = u.tape.kept()-from, found
	if found {
		g.lost = max(u.begun-from, 0)
	}
	if g.doubted && g.lost <= f.seam {
		g.lost = 0
	}
	switch {
	case summed && g.lost <= f.seam:
		if !found {
			u.err, u.final = io.EOF, true
		}
		return nil
	case !found:
		u.err, u.final = g, true
	}
	if err := u.tape.err; !found && err != nil && err != io.EOF {
		u.err = err
		return err
	}
	return g
}

// next begins at the next place that something can be unpacked from; false: there is none, and all was looked at.
func (u *unpacker) next() bool {
	f := &u.format.places
	from := u.tape.kept()
	u.src = nil // it may hold a window or a dictionary
	for ; f.behind != nil && u.tries < maxRestarts; u.tries++ {
		at, open := f.behind(u.head, u.tape)
		if open == nil || at <= u.tape.kept() {
			break
		}
		u.tape.keep(at)
		if u.try(open, true) {
			return true
		}
	}
	u.tape.back(from) // where octets are missing, the next frame begins before the block's end
	for ; u.tries < maxRestarts; u.tries++ {
		var open opener
		var inside bool
		if !u.tape.find(f.look, func(b []byte) bool {
			open, inside = f.begins(u.head, b)
			return open != nil
		}) {
			return false
		}
		if u.try(open, inside) {
			u.tries++
			return true
		}
		u.tape.pass(1)
	}
	for len(u.tape.ahead(tapeRead)) > 0 {
		u.tape.pass(tapeRead)
	}
	return false
}

// try unpacks from the tape's mark on.
func (u *unpacker) try(open opener, inside bool) bool {
	u.tape.wind()
	u.begun, u.upTo = u.tape.kept(), u.tape.kept()
	src, err := open(u.tape)
	if err != nil {
		return false
	}
	first := make([]byte, firstUnpacked)
	n, upTo := 0, u.begun
	for n < len(first) && err == nil {
		var m int
		m, err = readSome(src, first[n:])
		n += m
		upTo = max(upTo, u.unpacked(src, m, err))
	}
	whole := err == nil || err == io.EOF || inside && u.format.places.sums != nil && u.format.places.sums(err)
	if n == 0 || !whole && n < enoughUnpacked {
		return false
	}
	u.src, u.inside, u.ready, u.err = src, inside, first[:n], err
	u.keep(upTo)
	return true
}
