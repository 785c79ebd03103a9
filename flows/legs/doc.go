// Package legs finds the two legs of a connection that a box passes on, where a capture holds both: one TCP connection on
// the two sides of an address translator, or the two connections of a proxy.
//
// It claims nothing without proof. A translator keeps both initial sequence numbers: 64 bits that agree are proof. A proxy
// keeps nothing of TCP; what it passes on tells: the octets themselves where they were captured, else their exact number in
// both directions; each only with the order of times that passing on dictates, and only where no other connection fits as
// well. Connections that fit several others stay alone, and are counted.
package legs
