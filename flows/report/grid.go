package report

import (
	"bufio"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

// A gridColumn is one column of a text grid: how it is headed, and how it gives way where the width is short.
type gridColumn struct {
	title  string
	narrow string // the title where the width is short, before columns are dropped; empty where there is no other
	right  bool   // numbers stand to the right
	rank   int    // the columns of the highest rank are dropped first; those of rank 0 never
	least  int    // it may be cut to this width; 0 where it may not
	floor  int    // and to this one, once no column is left to drop; 0 where it may not
	cut    func(text string, width int) string
	brief  bool                     // cut has short forms: where one cell is cut, all are
	paint  func(text string) string // after all widths are settled; nil where nothing is coloured
}

// gap stands between columns.
const gap = 2

// fit settles which columns are shown, how wide, and what stands between them. natural holds the width that each column's
// content asks for; width 0 is endless.
func fit(columns []gridColumn, natural []int, width int) (shown []bool, widths []int, space int) {
	shown, widths, space = make([]bool, len(columns)), make([]int, len(columns)), gap
	for i := range columns {
		shown[i], widths[i] = true, natural[i]
	}
	if width <= 0 {
		return shown, widths, space
	}
	over := func(size func(i int) int) int {
		sum := -space
		for i := range columns {
			if shown[i] {
				sum += size(i) + space
			}
		}
		return sum - width
	}
	least := func(i int) int {
		if l := columns[i].least; l > 0 {
			return min(l, natural[i])
		}
		return natural[i]
	}
	for over(least) > 0 {
		worst := -1
		for i, c := range columns {
			if shown[i] && c.rank > 0 && (worst < 0 || c.rank >= columns[worst].rank) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown[worst] = false
	}
	if over(least) > 0 {
		usual := least
		least = func(i int) int {
			if f := columns[i].floor; f > 0 {
				return min(f, natural[i])
			}
			return usual(i)
		}
	}
	if over(least) > 0 {
		space = 1
	}
	// What is still too much is taken from the widest column that can give, one cell at a time.
	for excess := over(func(i int) int { return widths[i] }); excess > 0; excess-- {
		widest := -1
		for i := range columns {
			if shown[i] && widths[i] > least(i) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return shown, widths, space
}

// titles returns how the columns are headed, and how wide head and cells are then: the narrow titles are taken where the usual
// ones ask for more than the width.
func titles(columns []gridColumn, cells []int, width int) (head []string, natural []int) {
	for _, narrow := range []bool{false, true} {
		head, natural = make([]string, len(columns)), make([]int, len(columns))
		sum := -gap
		for i, c := range columns {
			head[i] = c.title
			if narrow && c.narrow != "" {
				head[i] = c.narrow
			}
			natural[i] = max(cells[i], utf8.RuneCountInString(head[i]))
			sum += natural[i] + gap
		}
		if width <= 0 || sum <= width {
			break
		}
	}
	return head, natural
}

// writeGrid writes a head and rows with columns that stand below each other. It goes through rows twice: for the widths,
// and for the text; a row is valid until the next one.
func writeGrid(w io.Writer, columns []gridColumn, rows iter.Seq[[]string], width int) error {
	cells := make([]int, len(columns))
	for row := range rows {
		for i, cell := range row {
			cells[i] = max(cells[i], utf8.RuneCountInString(cell))
		}
	}
	head, natural := titles(columns, cells, width)
	shown, widths, space := fit(columns, natural, width)

	out := bufio.NewWriter(w)
	var line []byte
	write := func(row []string, head bool) {
		line = line[:0]
		pad := 0
		for i := range columns {
			if !shown[i] {
				continue
			}
			c, text := &columns[i], row[i]
			n := utf8.RuneCountInString(text)
			if n > widths[i] || c.brief && widths[i] < natural[i] {
				if c.cut != nil && !head {
					text = c.cut(text, widths[i])
				} else {
					text = cutEnd(text, widths[i])
				}
				n = utf8.RuneCountInString(text)
			}
			if c.paint != nil && !head {
				text = c.paint(text)
			}
			fill := widths[i] - n
			if c.right {
				pad, fill = pad+fill, 0
			}
			if text != "" {
				line = append(append(line, strings.Repeat(" ", pad)...), text...)
				pad = 0
			}
			pad += fill
			pad += space
		}
		line = append(line, '\n')
		_, _ = out.Write(line) // bufio keeps the error for Flush
	}
	write(head, true)
	for row := range rows {
		write(row, false)
	}
	return out.Flush()
}

// cutEnd cuts a text to a width and says so with two dots, where there is room for them.
func cutEnd(text string, width int) string {
	runes := []rune(text)
	switch {
	case len(runes) <= width:
		return text
	case width <= 2:
		return string(runes[:max(width, 0)])
	}
	return string(runes[:width-2]) + ".."
}

// cutAddress cuts an address and port in the middle: never the port, and the end of the address rather than its middle,
// since that is where hosts of one network differ.
func cutAddress(text string, width int) string {
	if len(text) <= width {
		return text
	}
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return cutEnd(text, width)
	}
	host, port := text[:colon], text[colon:]
	room := width - len(port) - 2
	if room < 2 {
		return ".." + text[max(len(text)-width+2, 0):]
	}
	tail := min(room/2, 5) // the last 16 bits and the bracket of an IPv6 address
	return host[:room-tail] + ".." + host[len(host)-tail:] + port
}

// cutWords keeps the words that fit, and counts those that do not.
func cutWords(text string, width int) string {
	words := strings.Fields(text)
	for keep := len(words) - 1; keep > 0; keep-- {
		s := strings.Join(words[:keep], " ") + " +" + string(appendUint(nil, uint64(len(words)-keep)))
		if len(s) <= width {
			return s
		}
	}
	return cutEnd(text, width)
}
