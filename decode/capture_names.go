package decode

import "net/netip"

// A Name is one entry of a file's name resolution blocks: what the capturing host called an address.
type Name struct {
	Addr netip.Addr
	Name string
}

// maxNames bounds what is kept of the name resolution blocks of all files.
const maxNames = 1 << 16

// Record types of a name resolution block.
const (
	nameEnd  = 0
	nameIPv4 = 1
	nameIPv6 = 2
)

// A nameTable keeps each pair once, in the order in which they were met.
type nameTable struct {
	list []Name
	seen map[Name]struct{}
}

// add reports whether the pair is there now; the table may be full.
func (t *nameTable) add(n Name) bool {
	if _, dup := t.seen[n]; dup || len(t.list) >= maxNames {
		return dup
	}
	if t.seen == nil {
		t.seen = map[Name]struct{}{}
	}
	t.seen[n] = struct{}{}
	t.list = append(t.list, n)
	return true
}

// readNames reads a name resolution block. Its records have the same form as options.
func (r *fileReader) readNames(b []byte) {
	if r.host.names == nil {
		return
	}
	list := b[8 : len(b)-4]
	for {
		kind, v, rest, ok, sound := r.ng.nextOption(list)
		if !sound {
			r.damage(DamageOptions, int64(len(list)), true, "")
		}
		if !ok {
			return
		}
		size := map[uint16]int{nameIPv4: 4, nameIPv6: 16}[kind]
		if size > 0 && len(v) > size {
			addr, _ := netip.AddrFromSlice(v[:size])
			r.addNames(addr, v[size:])
		}
		list = rest
	}
}

// addNames adds the NUL-terminated names of one address.
func (r *fileReader) addNames(addr netip.Addr, names []byte) {
	for len(names) > 0 {
		end := 0
		for end < len(names) && names[end] != 0 {
			end++
		}
		if end > 0 && !r.host.names.add(Name{addr, r.text(names[:end], maxNameLen)}) {
			r.info.TextsCut++
		}
		names = names[min(end+1, len(names)):]
	}
}
