//go:build amd64 || arm64

package flows

// prefetch asks for the cache lines of these words, and waits for none of them: a load that is not in cache holds up, after
// a few hundred instructions, all that comes behind it, whatever it is for. Go has no such instruction of its own.
//
//go:noescape
func prefetch(lines []*uint64)
