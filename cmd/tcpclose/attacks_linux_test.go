package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tcpclose/decode/attacktest"
)

// attackSize is how large the captures are; TCPCLOSE_ATTACK_MIB=256 makes them larger.
func attackSize() int64 {
	if n, err := strconv.Atoi(os.Getenv("TCPCLOSE_ATTACK_MIB")); err == nil && n > 0 {
		return int64(n) << 20
	}
	return 4 << 20
}

// attackLines are what is done to each capture: all that is learned and written of it, in four runs.
var attackLines = []string{
	"report c -N --pairs -T table -T json=c.json -T html=c.html -T pcapng=c.pcapng --force",
	"report c --ladder -o c.ladders --force",
	"extract c -o c.extract --force",
	"states c",
}

// TestCapturesOfAttackersCostNotMuchMoreThanOthers has captures of one size read: an ordinary one first, then those that an
// attacker may make. None may take several times as long, or several times as much memory; and each is told of what was
// left out. Where a cost grew with the square of the size, TCPCLOSE_ATTACK_MIB=256 would show it far more clearly.
func TestCapturesOfAttackersCostNotMuchMoreThanOthers(t *testing.T) {
	dir := t.TempDir()
	measure := func(t *testing.T, write func(w io.Writer, size int64) error, says []string) (list [4]usage) {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, "c"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := write(f, attackSize()); err != nil {
			t.Fatal(err)
		}
		for i, line := range attackLines {
			out, errs, code := process{dir: dir, used: &list[i], patience: 10 * time.Minute}.run(t, strings.Fields(line)...)
			damaged := strings.Contains(out, "Damaged input")
			switch {
			case code != exitOK && code != exitDamaged, i == 0 && damaged != (code == exitDamaged):
				t.Errorf("%s: exit code %d, damage is said: %t; %.500s", line, code, damaged, errs)
			case firstControl(out+errs) >= 0:
				t.Errorf("%s: control characters: %.200q", line, out[firstControl(out+errs):])
			}
			for _, text := range says {
				if i == 0 && !strings.Contains(out, text) {
					t.Errorf("%s does not say %q: %s", line, text, out[max(0, len(out)-1500):])
				}
			}
		}
		return list
	}
	usual := measure(t, attacktest.Ordinary, nil)
	t.Logf("an ordinary capture of %d MiB: %v", attackSize()>>20, usual)
	for n, a := range attacktest.Attacks() {
		if testing.Short() && n%17 != 0 {
			continue
		}
		t.Run(a.Name, func(t *testing.T) {
			list := measure(t, a.Write, a.Says)
			t.Log(list)
			for i, line := range attackLines {
				if got, most := list[i].cpu, 4*usual[i].cpu+time.Second+a.Lasts; got > most {
					t.Errorf("%s takes %v, an ordinary capture of this size %v", line, got, usual[i].cpu)
				}
				if got, most := list[i].peakKiB, 3*usual[i].peakKiB+100<<10+int(a.Takes>>10); got > most {
					t.Errorf("%s takes %d KiB, an ordinary capture of this size %d", line, got, usual[i].peakKiB)
				}
			}
		})
	}
}
