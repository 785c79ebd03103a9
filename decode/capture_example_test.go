package decode_test

import (
	"bytes"
	"fmt"
	"io"
	"log"

	"tcpclose/decode"
)

// A capture may come from standard input as well as from files; this one is written out by hand: a file header of 24
// octets, and one record of 4.
func ExampleOpen() {
	file := []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x65\x00\x00\x00" +
		"\x00\xf1\x53\x65\x40\x42\x0f\x00\x04\x00\x00\x00\x3c\x00\x00\x00\x45\x00\x00\x3c")
	c, err := decode.Open([]string{"-"}, decode.FileOptions{Stdin: bytes.NewReader(file)})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var p decode.Packet
	for {
		err := c.Next(&p)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("frame %d at %d ns: %d of %d octets, link type %d\n", p.Frame, p.Time, len(p.Data), p.WireLen, p.LinkType)
	}
	for _, d := range c.Damages() {
		fmt.Println(d.Error())
	}
	// Output:
	// frame 1 at 1700000001000000000 ns: 4 of 60 octets, link type 101
}
