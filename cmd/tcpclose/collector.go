package main

import (
	"runtime"
	"runtime/debug"
)

// firstHeap is how large the heap may grow before the collector runs for the first time. Most captures are read with less
// than that, and all that the first collections of a run would go through are the program's own tables.
const firstHeap = 64 << 20

// usualGCPercent is what GOGC is where nobody sets it. Up to 4 MiB at that, and in proportion at others, nothing is
// collected.
const (
	usualGCPercent = 100
	usualFirstHeap = 4 << 20
)

// deferCollector lets the collector wait for firstHeap, and has it run as usual from then on. A GOGC that somebody set stays.
func deferCollector() {
	if usual := debug.SetGCPercent(usualGCPercent * firstHeap / usualFirstHeap); usual != usualGCPercent {
		debug.SetGCPercent(usual)
		return
	}
	runtime.AddCleanup(new([2]*byte), func(percent int) { debug.SetGCPercent(percent) }, usualGCPercent)
}
