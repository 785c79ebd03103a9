package decode

import "fmt"

// A Limit is a bound that keeps hostile or broken input from taking the program down, and what becomes of input beyond
// it.
type Limit struct {
	Of     string // what is bounded
	Most   string
	Beyond string
}

// Limits lists the bounds of reading and decoding.
func Limits() []Limit {
	return []Limit{
		{"packet in a pcap file", octets(hardRecordLimit), "the record is damage, and the next one is looked for; beyond " + octets(softRecordLimit) + " a length is believed only if a record follows"},
		{"block of a pcapng file", octets(hardBlockLimit), "stepped over if the file confirms its length, else damage"},
		{"block looked for behind damage", octets(scanBlockLimit), "not taken for one"},
		{"interfaces of a section", fmt.Sprint(maxSectionInterfaces), "their packets are damage"},
		{"interfaces of a capture", fmt.Sprint(maxInterfaces), "counted as one; said"},
		{"comments kept of a file, an interface", fmt.Sprint(maxComments), "counted as left out; said"},
		{"times of packets", "from 1823-11-12 to 2116-02-20", "the nearest one is taken; counted, said"},
		{"length of a comment", octets(maxCommentLen), "cut, counted, said"},
		{"length of a name or description", octets(maxNameLen), "cut, counted, said"},
		{"texts kept of all interfaces", octets(maxInterfaceText), "counted as left out; said"},
		{"names kept of name resolution blocks", fmt.Sprint(maxNames), "counted as left out; said"},
		{"files of a capture", fmt.Sprint(maxSources), "refused"},
		{"files open at once", fmt.Sprint(maxOpenFiles), "the others are opened anew for each read"},
		{"growth of a compressed file", fmt.Sprintf("%d times, beyond %s", bombRatio, octets(bombFloor)), "reading ends with damage, unless --no-bomb-limit"},
		{"places tried behind damage of a compressed file", fmt.Sprint(maxRestarts), "the rest is damage"},
		{"compression in compression", fmt.Sprint(maxNesting), "not a capture file"},
		{"window of zstd, dictionary of xz", octets(maxWindow), "the file is refused, in a later frame or block reading ends with damage; up to that one is made as large as its header asks for"},
		{"dictionaries of an xz file together", fmt.Sprintf("%s and %d times the file", octets(xzDictionaries), bombRatio), "reading ends with damage"},
		{"headers around one another", fmt.Sprint(maxHeaders), "the frame is skipped, counted, said"},
		{"IP fragments held", octets(defaultFragBytes), "the oldest datagram makes room, counted as lost, said"},
		{"wait for an IP fragment", fmt.Sprintf("%d s", defaultFragSeconds), "the datagram is counted as lost, said"},
		{"octets kept of a datagram in fragments", octets(fragmentHead), "its length is told from all of them"},
		{"separate pieces of such a datagram", fmt.Sprint(fragmentRanges), "it is counted as lost, said"},
		{"damages listed", fmt.Sprint(maxDamages), "counted"},
	}
}

// octets writes a size as people do.
func octets(n int64) string {
	for _, u := range [...]struct {
		shift uint
		name  string
	}{{30, "GiB"}, {20, "MiB"}, {10, "KiB"}} {
		if n >= 1<<u.shift {
			whole, rest := n>>u.shift, n&(1<<u.shift-1)
			if rest == 0 {
				return fmt.Sprintf("%d %s", whole, u.name)
			}
			return fmt.Sprintf("%d %s + %s", whole, u.name, octets(rest))
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
