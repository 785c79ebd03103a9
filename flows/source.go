package flows

import "tcpclose/decode"

// A Source is where packets come from: capture files (decode.Capture), or a network interface.
type Source interface {
	// Next reads the next packet into p; its Data is valid until the next call. io.EOF ends the capture. A live source
	// returns decode.ErrPause, bare, when nothing came for a while.
	Next(p *decode.Packet) error
	// Close makes a Next that waits return. It may be called from another goroutine, and more than once.
	Close() error

	Files() []decode.FileInfo
	Interfaces() []decode.Interface
	Damages() []decode.Damage
	DamageCount() uint64
}
