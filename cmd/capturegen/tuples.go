package main

// A pattern chooses the addresses and ports of conversation n, no two the same.
type pattern struct {
	name string
	text string
	ends func(n uint64) (host [2]uint32, port [2]uint16) // nil: as newPath draws them
}

// patterns are the values of -tuples. All but the first are an adversary's: five-tuples that a weak hash puts into one
// place.
var patterns = []pattern{
	{name: "usual", text: "4,096 clients of 64 servers"},
	{name: "counted", text: "one server; client ports and addresses count up", ends: func(n uint64) (host [2]uint32, port [2]uint16) {
		return [2]uint32{10<<24 + uint32(n/65535), serverBase}, [2]uint16{uint16(n%65535) + 1, 443}
	}},
	{name: "opposite", text: "each end's address and port are the other's with all bits turned", ends: func(n uint64) (host [2]uint32, port [2]uint16) {
		a, p := 10<<24+uint32(n/clientPorts), 32768+uint16(n%clientPorts)
		return [2]uint32{a, a ^ 0x00ffffff}, [2]uint16{p, ^p}
	}},
	{name: "sparse", text: "addresses and ports that differ in their upper bits alone", ends: func(n uint64) (host [2]uint32, port [2]uint16) {
		rest := uint32(n / 255)
		return [2]uint32{10<<24 + rest&0xffff<<8, serverBase + rest>>16<<8}, [2]uint16{uint16(n%255+1) << 8, 443}
	}},
}

func findPattern(name string) *pattern {
	for i := range patterns {
		if patterns[i].name == name {
			return &patterns[i]
		}
	}
	return nil
}

// path draws the path of conversation n.
func (g *generator) path(n uint64, r *random) path {
	p := newPath(n, r)
	if g.tuples != nil && g.tuples.ends != nil {
		p.host, p.port = g.tuples.ends(n)
		p.sum()
	}
	return p
}
