package decode

import (
	"fmt"
	"strings"
)

// DamageKind names what is wrong with a capture file at one place.
type DamageKind uint8

// The kinds of damage.
const (
	DamageTruncated DamageKind = iota
	DamageRecordLength
	DamageZeros
	DamageBlockLength
	DamageTrailer
	DamagePacketLength
	DamageUnknownInterface
	DamageInterface
	DamageSection
	DamageOptions
	DamageCompressed
	DamageChecksum
	DamageBomb
	DamageUnreadable
	DamageEmpty
	DamageJoined
	numDamageKinds
)

// damageTexts holds each kind's id, what is wrong, what was done about it, and what the user can do where reading could
// not go on.
var damageTexts = [numDamageKinds]struct{ id, text, done, advice string }{
	DamageTruncated:        {"truncated", "the file ends in the middle of a record", "", "the capture was cut off (a writer that was killed, a full disk, an unfinished copy): copy it again if the original is whole"},
	DamageRecordLength:     {"record-length", "a record header that cannot be", "reading went on at the next headers that fit together", "no header that fits follows: copy the file again if the original is whole"},
	DamageZeros:            {"zeros", "zeros where a record header should be", "reading went on behind them", "the writer's machine crashed or its disk was full: what came before was read"},
	DamageBlockLength:      {"block-length", "a block length that cannot be", "reading went on at the next block that fits", "no block that fits follows: copy the file again if the original is whole"},
	DamageTrailer:          {"block-trailer", "a block's two lengths differ", "reading went on at the next block that fits", "no block that fits follows: copy the file again if the original is whole"},
	DamagePacketLength:     {"packet-length", "a packet longer than its block", "that packet was left out", ""},
	DamageUnknownInterface: {"unknown-interface", "a packet of an interface that was not described", "its link type is unknown, so it was left out", ""},
	DamageInterface:        {"interface-block", "an interface description that cannot be read", "its packets were left out", ""},
	DamageSection:          {"section", "a section header of an unknown version or byte order", "reading went on at the next section", "no other section follows: convert the file with the program that wrote it"},
	DamageOptions:          {"options", "block options that run beyond their block", "the block was read without them", ""},
	DamageCompressed:       {"compressed", "the compressed data is damaged", "reading went on at the next place from which it can be unpacked", "what came before was read; copy the file again if the original is whole"},
	DamageChecksum:         {"checksum", "what was unpacked does not fit the checksum behind it", "some of it may be wrong; reading went on behind it", "some of it may be wrong: copy the file again if the original is whole"},
	DamageBomb:             {"compression-bomb", "the compressed data grows beyond reason", "", "what came before was read; if the file is trusted, lift the limit"},
	DamageUnreadable:       {"unreadable", "the file could not be read on", "", "check the disk or the network file system, then try again"},
	DamageEmpty:            {"empty", "there is nothing in the file", "the other files were read", "its writer may not have begun, or was killed before it wrote anything"},
	DamageJoined:           {"joined", "another capture file begins here, as where cat puts several together", "its packets were read as if they were this one's", ""},
}

// String returns the kind's id.
func (k DamageKind) String() string { return damageTexts[k].id }

// Text returns the kind in words.
func (k DamageKind) Text() string { return damageTexts[k].text }

// Advice says what was done about it, or what the user can do.
func (d *Damage) Advice() string {
	t := &damageTexts[d.Kind]
	if t.advice == "" || d.Resumed && t.done != "" {
		return t.done
	}
	return t.advice
}

// A Damage is one place at which a capture file could not be read as its format demands. Reading goes on behind it
// where that is possible. It is an error value, so that a caller can wrap it.
type Damage struct {
	Kind       DamageKind
	File       int    // index in the capture's files
	Path       string // that file's name
	Offset     int64  // where it begins, in octets from the start of the (decompressed) file
	AfterFrame uint64 // the number, within that file, of the last packet before it; 0 if it stands before the first
	Lost       int64  // octets that were left out; -1 where nobody can know
	Packed     int64  // compressed octets that were left out, where it is known that they are lost
	Resumed    bool   // packets may follow behind it
	Detail     string // figures, or what a library said; may be empty
}

// Error describes the damage in one sentence: file, offset, frame, cause, loss and way out.
func (d *Damage) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: at byte %d, ", d.Path, d.Offset)
	if d.AfterFrame == 0 {
		b.WriteString("before the first frame: ")
	} else {
		fmt.Fprintf(&b, "after frame %d: ", d.AfterFrame)
	}
	b.WriteString(d.Kind.Text())
	if d.Detail != "" {
		fmt.Fprintf(&b, " (%s)", d.Detail)
	}
	switch {
	case d.Packed > 0 && d.Resumed:
		fmt.Fprintf(&b, "; %d compressed bytes lost", d.Packed)
	case d.Packed > 0:
		fmt.Fprintf(&b, "; the rest, %d compressed bytes, is lost", d.Packed)
	case d.Lost < 0 && (d.Resumed || d.Kind == DamageChecksum):
	case d.Lost < 0:
		b.WriteString("; the rest is lost")
	case d.Lost == 1:
		b.WriteString("; 1 byte lost")
	case d.Lost > 1:
		fmt.Fprintf(&b, "; %d bytes lost", d.Lost)
	}
	fmt.Fprintf(&b, "; %s", d.Advice())
	return b.String()
}

// maxDamages bounds the list; what comes after it is only counted.
const maxDamages = 1000

// A damageLog collects a capture's damages.
type damageLog struct {
	list  []Damage
	count uint64
}

func (l *damageLog) add(d Damage) {
	l.count++
	if len(l.list) < maxDamages {
		l.list = append(l.list, d)
	}
}

// extend adds to what the last damage lost.
func (l *damageLog) extend(lost int64) {
	if n := len(l.list); n > 0 && l.count == uint64(n) {
		l.list[n-1].Lost += lost
	}
}
