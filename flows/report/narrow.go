package report

import (
	"strings"
	"unicode/utf8"

	"tcpclose/flows"
)

// stateColumns are the columns of numbers of sockets, one for each state.
func stateColumns(states []flows.State) []gridColumn {
	list := make([]gridColumn, len(states))
	for i, state := range states {
		list[i] = gridColumn{title: state.String(), narrow: state.Short(), right: true}
	}
	return list
}

// crowdColumn is the column that names hosts, services or pairs.
func crowdColumn(by flows.Scope) gridColumn {
	if by == flows.ScopePair {
		return gridColumn{title: by.String(), least: 2*addressWidth + pairSignWidth, floor: 2*13 + pairSignWidth, cut: cutPair}
	}
	return gridColumn{title: by.String(), least: addressWidth, floor: 13, cut: cutAddress}
}

// pairSign stands between the ends of a pair.
const (
	pairSign      = " > "
	pairSignWidth = 3
)

// cutPair cuts both ends of a pair so that neither is lost: the longer one first.
func cutPair(text string, width int) string {
	client, service, found := strings.Cut(text, pairSign)
	room := width - pairSignWidth
	if !found || utf8.RuneCountInString(text) <= width || room < 4 {
		return cutEnd(text, width)
	}
	own := min(len(client), max(room/2, room-len(service)))
	return cutMiddle(client, own) + pairSign + cutAddress(service, room-own)
}

// cutMiddle cuts a text in the middle: hosts of one network differ at the end of their addresses.
func cutMiddle(text string, width int) string {
	if len(text) <= width || width < 4 {
		return cutEnd(text, width)
	}
	tail := (width - 2) / 2
	return text[:width-2-tail] + ".." + text[len(text)-tail:]
}
