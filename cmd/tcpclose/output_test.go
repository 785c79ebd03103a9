package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// somePieces are some pieces of text, among them empty ones and more than one writev takes.
func somePieces() (pieces [][]byte, whole []byte) {
	for i := range 3000 {
		p := bytes.Repeat([]byte{byte('a' + i%26)}, i*i%1999)
		pieces, whole = append(pieces, p), append(whole, p...)
	}
	return pieces, whole
}

func TestPiecesReachAPipeThatIsReadSlowly(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pieces, whole := somePieces()
	got := make(chan []byte)
	go func() {
		var all []byte
		b := make([]byte, 1<<15+1)
		for {
			n, err := r.Read(b)
			all = append(all, b[:n]...)
			if err != nil {
				got <- all
				return
			}
			time.Sleep(100 * time.Microsecond)
		}
	}()
	out := newOutput(output{dst: w, file: w})
	fmt.Fprint(out, "head ")
	if err := out.WriteVector(pieces); err != nil {
		t.Error(err)
	}
	fmt.Fprint(out, " tail")
	if err := out.Commit(); err != nil {
		t.Error(err)
	}
	if all := <-got; string(all) != "head "+string(whole)+" tail" {
		t.Errorf("%d octets arrived, want %d", len(all), len(whole)+10)
	}
}

func TestPiecesForAClosedPipeAreAnError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	out := newOutput(output{dst: w, file: w})
	pieces, _ := somePieces()
	if err := out.WriteVector(pieces); !closedPipe(err) {
		t.Errorf("%v", err)
	}
	out.Discard()
}

func TestPiecesReachAnyWriter(t *testing.T) {
	var b bytes.Buffer
	out := newOutput(output{dst: io.Writer(&b)})
	pieces, whole := somePieces()
	if err := out.WriteVector(pieces); err != nil {
		t.Error(err)
	}
	if err := out.Commit(); err != nil || !bytes.Equal(b.Bytes(), whole) {
		t.Errorf("%v, %d octets, want %d", err, b.Len(), len(whole))
	}
}
