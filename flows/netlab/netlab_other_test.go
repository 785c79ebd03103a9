//go:build !linux

package netlab

import "testing"

func TestTheTrackerAgreesWithTheKernel(t *testing.T) {
	t.Skip("the kernel lab needs Linux: it compares the tracker with what the kernel's own sockets did")
}
