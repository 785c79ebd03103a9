//go:build !linux

package flows

// askHugePages asks for nothing: only Linux has to be asked.
func askHugePages[T any]([]T) {}
