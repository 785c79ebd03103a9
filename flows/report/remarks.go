package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"tcpclose/flows"
)

// maxRemarks is how many damages and files are listed for people.
const maxRemarks = 20

// WriteRemarks writes for people what was read and what was not: the count of everything, the frames without a segment
// and why, the packets that the capture lost, and the damages. shown is how many conversations are reported, of all.
func WriteRemarks(w io.Writer, s *flows.Summary, shown uint64) error {
	out := bufio.NewWriter(w)
	writeCounts(out, s, shown)
	writeSkips(out, s)
	writeDrops(out, s)
	writeLeftOut(out, s)
	if len(s.Damages) > 0 || s.ReadError != nil || s.Interrupted {
		fmt.Fprintln(out)
		WriteDamages(out, s)
	}
	return out.Flush()
}

func writeCounts(out *bufio.Writer, s *flows.Summary, shown uint64) {
	fmt.Fprintf(out, "%s", count(s.Conversations, "conversation"))
	if shown != s.Conversations {
		fmt.Fprintf(out, " (%s shown)", grouped(shown))
	}
	fmt.Fprintf(out, ", %s", count(s.Packets, "packet"))
	if s.First != flows.NoTime {
		var c clock
		fmt.Fprintf(out, " in %s, from %s", duration(s.Last-s.First), c.appendText(nil, s.First))
	}
	switch {
	case len(s.Files) > 1:
		fmt.Fprintf(out, ", %s", count(uint64(len(s.Files)), "file"))
	case s.Packets == 0:
		fmt.Fprint(out, ": the capture is empty")
	case s.Segments == 0 && s.Outside == 0:
		fmt.Fprint(out, ": no TCP in it")
	case s.Segments == 0 && s.Outside < s.Packets:
		fmt.Fprint(out, ": no TCP between --since and --until")
	}
	fmt.Fprintln(out)
	if s.Late > 0 {
		fmt.Fprintf(out, "%s came after their conversation had been given up\n", count(s.Late, "segment"))
	}
	if s.Outside > 0 {
		fmt.Fprintf(out, "%s outside of --since and --until left out\n", count(s.Outside, "packet"))
	}
	if s.Stray > 0 {
		fmt.Fprintf(out, "%s about conversations that were not captured\n", count(s.Stray, "ICMP error"))
	}
	if s.ClockJumps > 0 {
		fmt.Fprintf(out, "The packets' times jump %s: durations across a jump mean little\n", times(s.ClockJumps))
	}
	if s.Evicted > 0 {
		fmt.Fprintf(out, "%s given up early for want of memory (--mem)\n", count(s.Evicted, "conversation"))
	}
	var cut, bent uint64
	for i := range s.Files {
		cut += s.Files[i].TextsCut
		bent += s.Files[i].TimesBent
	}
	if bent > 0 {
		fmt.Fprintf(out, "%s before 1823-11-12 or after 2116-02-20: the nearest one was taken\n", count(bent, "time"))
	}
	if cut > 0 {
		fmt.Fprintf(out, "%s of the capture (comments, names) cut or left out, to bound what is kept\n", count(cut, "text"))
	}
}

func writeSkips(out *bufio.Writer, s *flows.Summary) {
	total := uint64(0)
	for i := range s.Skips {
		total += s.Skips[i].Count
	}
	if total == 0 {
		return
	}
	fmt.Fprintf(out, "\nNo TCP segment in %s:\n", count(total, "frame"))
	columns := []gridColumn{{title: "frames", right: true}, {title: "first", right: true}, {title: "layer"}, {title: "why"}}
	_ = writeGrid(out, columns, func(yield func([]string) bool) { // the error stays in out
		for i := range s.Skips {
			k := &s.Skips[i]
			why := k.Reason.Text()
			if k.Need > 0 {
				why += fmt.Sprintf(" (the first needs %d octets, has %d)", k.Need, k.Have)
			}
			if !yield([]string{strconv.FormatUint(k.Count, 10), strconv.FormatUint(k.First, 10), k.Layer.String(), why}) {
				return
			}
		}
	}, 0)
}

func writeDrops(out *bufio.Writer, s *flows.Summary) {
	told := newRemarks(out)
	for i := range s.Interfaces {
		if n := s.Interfaces[i].Stats.Lost(); n > 0 {
			name := s.Interfaces[i].Name
			if name == "" {
				name = strconv.Itoa(i)
			}
			told.line("The capture dropped %s on interface %s: what is missing may be its gap, not the network's.", count(n, "packet"), appendPrintable(nil, name))
		}
	}
	told.end("and on %s more\n", "interface")
}

func writeLeftOut(out *bufio.Writer, s *flows.Summary) {
	told := newRemarks(out)
	for i := range s.Files {
		if f := &s.Files[i]; f.Skipped != "" {
			told.line("Not read: %s: %s", appendPrintable(nil, f.Path), appendPrintable(nil, f.Skipped))
		}
	}
	told.end("and %s more\n", "file")
}

// remarks are lines of one kind: the first of them are written, the others counted.
type remarks struct {
	out *bufio.Writer
	n   int
}

func newRemarks(out *bufio.Writer) *remarks { return &remarks{out: out} }

func (r *remarks) line(format string, args ...any) {
	if r.n == 0 {
		fmt.Fprintln(r.out)
	}
	if r.n < maxRemarks {
		fmt.Fprintf(r.out, format+"\n", args...)
	}
	r.n++
}

// end says of how many there is no line.
func (r *remarks) end(format, noun string) {
	if r.n > maxRemarks {
		fmt.Fprintf(r.out, format, count(uint64(r.n-maxRemarks), noun))
	}
}

// WriteDamages lists for people why the input could not be read as a whole; nothing where it could.
func WriteDamages(w io.Writer, s *flows.Summary) {
	if s.Interrupted {
		fmt.Fprintln(w, "Interrupted; the report is incomplete.")
	}
	if s.ReadError != nil {
		fmt.Fprintf(w, "Reading failed; the report is incomplete: %s\n", appendPrintable(nil, s.ReadError.Error()))
	}
	if len(s.Damages) == 0 {
		return
	}
	fmt.Fprintln(w, "Damaged input; the report is incomplete:")
	for i := range s.Damages {
		if i == maxRemarks {
			fmt.Fprintf(w, "  and %s more\n", grouped(s.DamageCount-uint64(i)))
			break
		}
		fmt.Fprintf(w, "  %s\n", appendPrintable(nil, s.Damages[i].Error()))
	}
}

// times renders how often something happened.
func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return grouped(n) + " times"
}

// count renders a number with its noun.
func count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped renders a number with a comma between groups of three digits.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
