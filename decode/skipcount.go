package decode

import (
	"cmp"
	"slices"
)

// A SkipCount says how many frames gave no segment for one reason at one layer, with the first of them as the example.
type SkipCount struct {
	Layer  Layer
	Reason Reason
	Count  uint64
	First  uint64 // frame number of the first
	Need   int    // octets that its header needed, where a length is the matter
	Have   int    // octets that were there
}

// skipTally is what is kept for each layer and reason.
type skipTally struct {
	count uint64
	first uint64
	need  int
	have  int
}

// fail ends the walk over the current frame with a skip.
func (d *Decoder) fail(layer Layer, reason Reason, need, have int) header {
	d.skip = Skip{Frame: d.packet.Frame, Layer: layer, Reason: reason, Need: need, Have: have}
	t := &d.skips[layer][reason]
	if t.count == 0 {
		t.first, t.need, t.have = d.packet.Frame, need, have
	}
	t.count++
	return headerNone
}

// LastSkip says why the last call of Decode that returned false did so.
func (d *Decoder) LastSkip() Skip { return d.skip }

// Skips returns how many frames gave no segment, and why: faults first, then by layer and reason. Fragments of
// datagrams that are incomplete at this moment are counted as lost. Frames decoded are the sum of these counts,
// the segments and the ICMP errors.
func (d *Decoder) Skips() []SkipCount {
	tallies := d.skips
	d.frags.settle(&tallies)
	var list []SkipCount
	for layer := range numLayers {
		for reason := range numReasons {
			if t := tallies[layer][reason]; t.count > 0 {
				list = append(list, SkipCount{layer, reason, t.count, t.first, t.need, t.have})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b SkipCount) int {
		switch {
		case a.Reason.Faulty() != b.Reason.Faulty() && a.Reason.Faulty():
			return -1
		case a.Reason.Faulty() != b.Reason.Faulty():
			return 1
		}
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}
