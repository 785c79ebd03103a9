package model

import (
	"fmt"
	"strconv"
	"strings"

	"tcpclose/flows"
)

// markLetters are the marks as the flag column shows them, the most telling first: where there is no room, the last ones
// are left out.
var markLetters = [flows.NumMarks]struct {
	mark   flows.MarkID
	letter string
}{
	{flows.MarkFINRetransmitted, "F"},
	{flows.MarkForgedRSTSuspected, "!"},
	{flows.MarkSlowCloseWait, "W"},
	{flows.MarkDataAfterFIN, "D"},
	{flows.MarkACKOfFINLost, "a"},
	{flows.MarkLastACKLost, "l"},
	{flows.MarkRSTAfterClose, "r"},
	{flows.MarkRSTIgnored, "i"},
	{flows.MarkRSTOutOfWindow, "w"},
	{flows.MarkRSTWithData, "x"},
	{flows.MarkChallengeACK, "C"},
	{flows.MarkTimeWaitAssassinated, "A"},
	{flows.MarkTimeWaitReused, "T"},
	{flows.MarkTimeWaitChallenged, "c"},
	{flows.MarkPAWSSYNDropSuspected, "p"},
	{flows.MarkHandshakeAborted, "H"},
	{flows.MarkZeroWindowAtClose, "Z"},
	{flows.MarkICMPUnreachable, "u"},
	{flows.MarkICMPProhibited, "h"},
	{flows.MarkICMPFragNeeded, "f"},
	{flows.MarkKeepalive, "K"},
	{flows.MarkIdleBeforeClose, "I"},
	{flows.MarkFINOutOfOrder, "O"},
	{flows.MarkFINWithData, "d"},
	{flows.MarkFINNotCaptured, "N"},
	{flows.MarkCaptureGap, "G"},
	{flows.MarkOneSided, "1"},
	{flows.MarkMidStream, "M"},
	{flows.MarkPortReused, "P"},
	{flows.MarkSuperseded, "S"},
	{flows.MarkWanderingDuplicate, "~"},
	{flows.MarkTruncated, "t"},
	{flows.MarkDuplicateCapture, "2"},
	{flows.MarkClockJump, "J"},
	{flows.MarkMPTCP, "m"},
	{flows.MarkFastOpen, "o"},
	{flows.MarkSimultaneousOpen, "s"},
	{flows.MarkBadChecksum, "b"},
	{flows.MarkOddFlags, "e"},
}

// MarkLetters writes a conversation's marks as letters in at most width cells, F with the number of times that a FIN was
// sent again; a plus says that there are more.
func MarkLetters(t *flows.Teardown, width int) string {
	if len(t.Marks) == 0 {
		return ""
	}
	var set [flows.NumMarks]bool
	for i := range t.Marks {
		set[t.Marks[i].ID] = true
	}
	text, shorter := "", "" // shorter leaves room for the plus
	for _, l := range markLetters {
		if !set[l.mark] {
			continue
		}
		more := l.letter
		if n := t.Ends[0].FIN.Resends + t.Ends[1].FIN.Resends; l.mark == flows.MarkFINRetransmitted && n > 1 {
			more += strconv.FormatUint(uint64(n), 10)
		}
		if len(text)+len(more) > width {
			return shorter + "+"
		}
		if text += more; len(text) < width {
			shorter = text
		}
	}
	return text
}

// MarkLegend says what the letters stand for, one line for each few of them.
func MarkLegend() []string {
	const columns = 3
	var lines []string
	line := ""
	for i, l := range markLetters {
		line += fmt.Sprintf("%s %-24s", l.letter, l.mark) // the longest leaves a blank, and three fit into 80 cells
		if i%columns == columns-1 || i == len(markLetters)-1 {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
	}
	return lines
}
