// Command capturegen writes the reference captures that tcpclose is measured and tested with: TCP lives of every ending,
// interleaved, with right checksums, the same for the same seed.
//
//	go run ./cmd/capturegen -mode short -o short.pcap                 1 M short conversations, snap length 96
//	go run ./cmd/capturegen -mode mix -flows 200 -o - -expect e.csv   a small one, and what a reader should find in it
//	go run ./cmd/capturegen -mode short -packets 100000000 -o - | …   as long as wanted, in constant memory
//	go run ./cmd/capturegen -mode syn -tuples opposite -o - | …       five-tuples that a weak hash puts into one place
//	go run ./cmd/capturegen -list                                     the kinds of conversations, their weights and classes
//
// A conversation is a program of steps (program.go), chosen by its kind (kind.go). A timing wheel (wheel.go) runs the
// conversations against one clock; frame.go turns a step into octets. Every conversation draws from a random generator
// of its own, so that what it does depends on the seed and its number alone.
//
// The file that -expect writes has a line for each conversation, in the order in which they end: its first frame, both
// endpoints, the class that TEARDOWN's rules give it and its kind. The class is empty where -packets ended the capture
// before the conversation's own end.
package main
