package decode

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"tcpclose/decode/damagetest"
)

// compressedDamages is how many damages each compressed file suffers.
const compressedDamages = 66

// TestDamageOfACompressedFileIsSaid damages compressed captures. What can be unpacked of the octets before the damage
// comes as if nothing had happened; and where less comes than the file held, or something else, a damage says so.
func TestDamageOfACompressedFileIsSaid(t *testing.T) {
	files, step := damageFiles(t), 5
	if testing.Short() {
		step = 25
	}
	for _, f := range compressions {
		t.Run(f.name, func(t *testing.T) {
			cases, headless, lost := 0, 0, 0
			for i, whole := range files {
				if i%step != 0 {
					continue
				}
				packed, other := packMembers(t, f.name, whole.b), packMembers(t, f.name, files[(i+7)%len(files)].b)
				for c := range damagetest.Each(uint64(i), packed, other, compressedDamages) {
					cases++
					before, _, _ := readBytes(t, bytes.NewReader(c.Bytes[:c.Lo]))
					began := time.Now()
					list, damages, err := readBytes(t, bytes.NewReader(c.Bytes))
					if took := time.Since(began); took > 5*time.Second {
						t.Fatalf("%s, %s: took %v", whole.name, c.Name, took)
					}
					if err != nil {
						if len(before) > 0 {
							t.Errorf("%s, %s: %d packets stood before the damage: %v", whole.name, c.Name, len(before), err)
						}
						headless++
						continue
					}
					if n := samePackets(list, before); n < len(before) || samePackets(whole.packets, before) < len(before) {
						t.Errorf("%s, %s: %d packets stood before the damage, %d came", whole.name, c.Name, len(before), n)
					}
					if n := samePackets(list, whole.packets); n < len(whole.packets) {
						lost++
						if len(damages) == 0 {
							t.Errorf("%s, %s: only %d of %d packets came as they were, and nothing is said", whole.name, c.Name, n, len(whole.packets))
						}
					}
				}
			}
			if lost < cases/4 {
				t.Errorf("only %d of %d damages took packets and left others", lost, cases)
			}
			t.Logf("%d damages, %d took the head, %d took packets", cases, headless, lost)
		})
	}
}

// packMembers compresses b in several members, since what a decompressor gives of a small damaged one is nothing.
func packMembers(t *testing.T, format string, b []byte) (list []byte) {
	t.Helper()
	for member := range slices.Chunk(b, len(b)/6+1) {
		list = append(list, pack(t, format, member)...)
	}
	return list
}

// samePackets returns with how many of the same packets two lists begin.
func samePackets(a, b []Packet) int {
	for i := range min(len(a), len(b)) {
		if !equalPackets(a[i], b[i]) || !bytes.Equal(a[i].Data, b[i].Data) {
			return i
		}
	}
	return min(len(a), len(b))
}
