package decode

import (
	"io"
	"os"
	"testing"
)

// TestAFileThatChangesWhileItIsRead cuts, removes, replaces and lengthens a capture after its first packets were read.
// What was there is read as far as it is; nothing fails but what is not there any more, and that is said.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	const packets = 8 << 10 // 8 MB: more than is read ahead
	for _, c := range []struct {
		name    string
		change  func(t *testing.T, path string, whole []byte)
		least   int // packets
		damaged bool
		again   bool // a second pass finds what the first one read
	}{
		{"shrinks", func(t *testing.T, path string, whole []byte) {
			if err := os.Truncate(path, int64(len(whole)/2+7)); err != nil {
				t.Fatal(err)
			}
		}, packets/2 - 1, true, true},
		{"shrinks to nothing", func(t *testing.T, path string, _ []byte) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}, 11, true, false},
		{"vanishes", func(t *testing.T, path string, _ []byte) {
			if err := os.Remove(path); err != nil {
				t.Skip("a file that is read cannot be removed here")
			}
		}, packets, false, false},
		{"is replaced", func(t *testing.T, path string, _ []byte) {
			if err := os.WriteFile(path+".new", []byte("something else"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Skip("a file that is read cannot be replaced here")
			}
		}, packets, false, false},
		{"grows", func(t *testing.T, path string, whole []byte) {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.Write(whole[len(whole)-1000:]); err != nil {
				t.Fatal(err)
			}
		}, packets, false, true},
	} {
		for format, b := range map[string][]byte{"pcap": ordinaryPcap(packets, 1000), "pcapng": ordinaryPcapng(packets, 1000)} {
			t.Run(format+" "+c.name, func(t *testing.T) {
				path := writeFile(t, "changing", b)
				capture, err := Open([]string{path}, FileOptions{})
				if err != nil {
					t.Fatal(err)
				}
				defer capture.Close()
				var p Packet
				var first, last Position
				n := 0
				for ; ; n++ {
					if err := capture.Next(&p); err == io.EOF {
						break
					} else if err != nil {
						t.Fatal(err)
					}
					if n == 0 {
						first = p.Pos
					}
					last = p.Pos
					if n == 10 {
						c.change(t, path, b)
					}
				}
				if n < c.least {
					t.Errorf("%d packets, at least %d expected", n, c.least)
				}
				if damaged := capture.DamageCount() > 0; c.damaged && !damaged && n < packets {
					t.Errorf("%d of %d packets, and no damage is said", n, packets)
				}
				err = capture.Reread(first, last, func(*Packet) bool { return true })
				if c.again != (err == nil) {
					t.Errorf("the second pass says %v", err)
				}
			})
		}
	}
}
