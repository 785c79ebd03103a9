package model

import (
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/held"
)

// keptOctets is how much a Keeper keeps of each packet: headers and the start of the payload.
const keptOctets = 640

// KeepMemory is how much memory a Keeper's packets take at the most, in octets.
const KeepMemory = 256 << 20

// A Keeper holds packets of a source that cannot be read again, for the ladders of its conversations. Add belongs to one
// goroutine, Read to all.
type Keeper struct {
	mu    sync.Mutex
	store *held.Store

	decoder *decode.Decoder // Add's
	segment decode.Segment
}

// NewKeeper returns a Keeper that takes at most limit octets, and looks at packets as cfg says.
func NewKeeper(cfg decode.Config, limit int64) *Keeper {
	return &Keeper{store: held.NewStore(limit, keptOctets), decoder: decode.NewDecoder(cfg)}
}

// Add takes the next packet.
func (k *Keeper) Add(p *decode.Packet) {
	if !k.decoder.Decode(p, &k.segment) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.store.Add(p, &k.segment)
}

// Read returns the packets that were kept of a conversation from one frame to another, in their order, and whether none
// before them was given up.
func (k *Keeper) Read(t *flows.Teardown, from, to uint64) (list []held.Packet, whole bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.store.Read(t, from, to)
}
