//go:build !linux

package live

// alternativeNames finds none: interfaces have one name each.
func alternativeNames() (map[int][]string, error) { return map[int][]string{}, nil }
