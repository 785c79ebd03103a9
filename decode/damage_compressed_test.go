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
// comes as if nothing had happened, and so does what stands in the members behind it; and where less comes than the file
// held, or something else, a damage says so.
func TestDamageOfACompressedFileIsSaid(t *testing.T) {
	files, step := damageFiles(t), 5
	if testing.Short() {
		step = 25
	}
	for _, f := range compressions {
		t.Run(f.name, func(t *testing.T) {
			cases, headless, lost, behind, missed := 0, 0, 0, 0, 0
			for i, whole := range files {
				if i%step != 0 {
					continue
				}
				packed, members := packMembers(t, f.name, whole.b)
				other, _ := packMembers(t, f.name, files[(i+7)%len(files)].b)
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
					if len(before) == 0 || c.Copied || c.Foreign { // nothing tells what the packets belong to; more may stand there
						continue
					}
					if m := slices.IndexFunc(members, func(m member) bool { return m.packed >= c.Hi }); m >= 0 {
						n := 0
						for k := range whole.packets {
							if whole.packets[k].Pos.Offset() >= int64(members[m].plain) {
								n++
							}
						}
						behind += n
						missed += n - sameAtEnd(list, whole.packets[len(whole.packets)-n:])
					}
				}
			}
			if lost < cases/4 {
				t.Errorf("only %d of %d damages took packets and left others", lost, cases)
			}
			t.Logf("%d damages, %d took the head, %d took packets; of %d packets in members behind, %d did not come", cases, headless, lost, behind, missed)
			if behind < cases || missed*1000 > behind {
				t.Errorf("of %d packets in members behind the damage, %d did not come", behind, missed)
			}
		})
	}
}

// A member is where one begins.
type member struct{ packed, plain int }

// packMembers compresses b in several members.
func packMembers(t *testing.T, format string, b []byte) (list []byte, members []member) {
	t.Helper()
	plain := 0
	for part := range slices.Chunk(b, len(b)/6+1) {
		members = append(members, member{len(list), plain})
		list = append(list, damagetest.Pack(t, format, part)...)
		plain += len(part)
	}
	return list, members
}

// sameAtEnd returns with how many of the same packets two lists end, wherever these stand.
func sameAtEnd(a, b []Packet) int {
	for n := range min(len(a), len(b)) {
		p, q := a[len(a)-1-n], b[len(b)-1-n]
		if p.Time != q.Time || p.LinkType != q.LinkType || !bytes.Equal(p.Data, q.Data) {
			return n
		}
	}
	return min(len(a), len(b))
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
