package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"tcpclose/flows"
)

// captureMarks are the marks that tell of the capture rather than of the conversation.
var captureMarks = []struct {
	id   flows.MarkID
	says string
}{
	{flows.MarkMidStream, "began before the capture, so that the handshake is not in it"},
	{flows.MarkOneSided, "with one direction only: what the other side did is inferred"},
	{flows.MarkCaptureGap, "with octets or a FIN that were acknowledged but never captured"},
	{flows.MarkTruncated, "with TCP options that the snap length cut"},
	{flows.MarkDuplicateCapture, "with segments that were captured twice"},
	{flows.MarkClockJump, "with times that jump"},
	{flows.MarkBadChecksum, "with wrong checksums (offload at the sender, or damage)"},
}

// qualityDoubts lists what speaks against the capture.
func (d *Digest) qualityDoubts(s *flows.Summary) (list []string) {
	var b bytes.Buffer
	WriteDamages(&b, s)
	for line := range strings.Lines(b.String()) {
		list = append(list, strings.TrimSpace(line))
	}
	lossy := 0
	for i := range s.Interfaces {
		n := s.Interfaces[i].Stats.Lost()
		if n == 0 {
			continue
		}
		name := plainText(s.Interfaces[i].Name)
		if name == "" {
			name = strconv.Itoa(i)
		}
		if lossy++; lossy <= maxRemarks {
			list = append(list, fmt.Sprintf("The capture dropped %s on interface %s: what is missing may be its gap, not the network's.", count(n, "packet"), name))
		}
	}
	if lossy > maxRemarks {
		list = append(list, fmt.Sprintf("The capture dropped packets on %s more.", count(uint64(lossy-maxRemarks), "interface")))
	}
	if n := s.Faulty(); n > 0 {
		list = append(list, fmt.Sprintf("%s could not be read as TCP, by a fault of the frame or the capture.", count(n, "frame")))
	}
	if s.ClockJumps > 0 {
		list = append(list, "The packets' times jump "+times(s.ClockJumps)+": durations across a jump mean little.")
	}
	if s.Evicted > 0 {
		list = append(list, count(s.Evicted, "conversation")+" given up early for want of memory (--mem).")
	}
	if s.Late > 0 {
		list = append(list, count(s.Late, "segment")+" came after their conversation had been given up.")
	}
	if s.Outside > 0 {
		list = append(list, count(s.Outside, "packet")+" outside of --since and --until left out.")
	}
	for _, m := range captureMarks {
		if n := d.marks[m.id]; n > 0 {
			list = append(list, fmt.Sprintf("%s (%s) %s.", count(n, "conversation"), percent(n, d.mix.total), m.says))
		}
	}
	for i := range s.Files {
		if s.Files[i].Skipped != "" {
			list = append(list, "Not read: "+plainText(s.Files[i].Path)+": "+plainText(s.Files[i].Skipped))
		}
	}
	return list
}

// method says by what the report was made.
func (h *HTMLReport) method() []htmlFact {
	wait := h.Config.TimeWait
	by := "--time-wait"
	if wait == 0 {
		wait, by = h.Config.Profile.TimeWait(), "that profile's 2 MSL"
	}
	stall := h.Config.Stall
	if stall == 0 {
		stall = flows.DefaultStall
	}
	facts := []htmlFact{
		{"Program", []string{"tcpclose " + h.Version}},
		{"Command", []string{plainText(h.Command)}},
		{"Timers assumed", []string{fmt.Sprintf("%s; TIME-WAIT lasts %v (%s)", h.Config.Profile, wait, by), fmt.Sprintf("half-closed for %v without new data counts as stalled", stall)}},
		{"How states are known", []string{
			"seen: the endpoint itself did it on the wire", "inferred (?): the peer's segment passed the capture point, so it probably arrived",
			"assumed: only a timer can have done it",
		}},
		{"Classes", []string{"Exactly one for each conversation; tcpclose explain CLASS says how each is told."}},
	}
	var files []string
	for i := range h.Summary.Files {
		f := &h.Summary.Files[i]
		if i == maxRemarks {
			files = append(files, fmt.Sprintf("and %d more", len(h.Summary.Files)-i))
			break
		}
		text := fmt.Sprintf("%s: %s, %s", plainText(f.Path), f.Format, count(f.Packets, "packet"))
		if sum := h.Hashes[f.Path]; sum != "" {
			text += ", SHA-256 " + sum
		}
		files = append(files, text)
	}
	facts = append(facts, htmlFact{"Files", files})
	if h.Hidden {
		facts = append(facts, htmlFact{"Addresses", []string{"replaced by others; those with a common prefix have one still"}})
	}
	return facts
}
