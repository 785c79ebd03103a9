package main

import (
	"os"
	"runtime"
	"testing"
)

// In a long run the collector would collect little else than the lists that writev(2) is given.
func TestWritingPiecesKeepsItsListForTheNextTime(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	out := newOutput(output{dst: null, file: null})
	pieces, text := make([][]byte, 2500), []byte("piece")
	write := func() {
		for i := range pieces {
			pieces[i] = text[:i%6] // some are empty
		}
		if err := out.WriteVector(pieces); err != nil {
			t.Fatal(err)
		}
	}
	write()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const times = 100
	for range times {
		write()
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / times; got > 2048 {
		t.Errorf("%d octets are allocated each time for %d pieces", got, len(pieces))
	}
}
