package report

import "tcpclose/decode"

// A frameRange is the stretch of the merged order that one file's packets fill; both are 0 for a file without packets.
type frameRange struct{ first, last uint64 }

// frameRanges returns the stretch of each file, or nil where the files' times overlap, so that their packets are mixed:
// of two files of which one ends before the other begins, no packet of the later is read before the last of the earlier.
func frameRanges(files []decode.FileInfo) []frameRange {
	ranges := make([]frameRange, len(files))
	order := make([]int, 0, len(files))
	for i := range files {
		if files[i].Packets == 0 {
			continue
		}
		if !files[i].Timed && len(files) > 1 {
			return nil
		}
		at := len(order)
		for at > 0 && files[order[at-1]].First > files[i].First {
			at--
		}
		order = append(order, 0)
		copy(order[at+1:], order[at:])
		order[at] = i
	}
	next := uint64(1)
	for n, i := range order {
		if n > 0 && files[order[n-1]].Last >= files[i].First {
			return nil
		}
		ranges[i] = frameRange{next, next + files[i].Packets - 1}
		next += files[i].Packets
	}
	return ranges
}

// Locator returns a function that places a frame of the merged order in its file, once all files have been read; nil
// where their packets are mixed, and where there is but one file.
func Locator(files []decode.FileInfo) func(frame uint64) (file int, fileFrame uint64, ok bool) {
	ranges := frameRanges(files)
	if ranges == nil || len(files) < 2 {
		return nil
	}
	return func(frame uint64) (int, uint64, bool) {
		for i, r := range ranges {
			if r.first <= frame && frame <= r.last {
				return i, frame - r.first + 1, true
			}
		}
		return 0, 0, false
	}
}
