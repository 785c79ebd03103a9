//go:build amd64 || arm64

package flows

import "unsafe"

// prefetch asks for so many cache lines from each address on, and waits for none of them: a load that is not in cache holds
// up, after a few hundred instructions, all that comes behind it, whatever it is for. Go has no such instruction of its own.
//
//go:noescape
func prefetch(list []unsafe.Pointer, lines int)
