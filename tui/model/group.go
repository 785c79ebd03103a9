package model

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tcpclose/flows"
)

// GroupBy is what the flow list is summed up by.
type GroupBy uint8

// The groupings, in the order in which a cycles through them.
const (
	GroupNone GroupBy = iota
	GroupService
	GroupServer
	GroupClient
	GroupClass
	GroupCloser
	numGroupings
)

var groupNames = [numGroupings]string{"none", "service", "server", "client", "class", "closer"}

// String returns the grouping's name.
func (g GroupBy) String() string { return groupNames[g] }

// A Group is all rows of a view that agree in what they are summed up by.
type Group struct {
	Name   string
	Filter string // the filter that finds them
	Rows   int32
	Class  [flows.NumClasses]int32
}

// groupKey returns what the rows of one group agree in.
func groupKey(s *Snapshot, row int32, by GroupBy) any {
	switch by {
	case GroupService:
		return s.End(row, flows.Server).Port()
	case GroupServer:
		return s.End(row, flows.Server)
	case GroupClient:
		return s.End(row, flows.Client).Addr()
	case GroupClass:
		return s.Class(row)
	case GroupCloser:
		return s.Closer(row)
	case GroupNone, numGroupings:
	}
	return nil
}

// groupTexts returns the name of a row's group and the filter that finds it.
func groupTexts(s *Snapshot, row int32, by GroupBy) (name, find string) {
	server := s.End(row, flows.Server)
	switch by {
	case GroupService:
		return Service(server.Port()), fmt.Sprintf("server.port %d", server.Port())
	case GroupServer:
		return server.String(), fmt.Sprintf("server.host %s and server.port %d", server.Addr(), server.Port())
	case GroupClient:
		a := s.End(row, flows.Client).Addr().String()
		return a, "client.host " + a
	case GroupClass:
		c := s.Class(row)
		return string(c.Letter()) + " " + c.String(), "class " + c.String()
	case GroupCloser:
		if w := s.Closer(row); w != flows.NoOne {
			return w.String(), "closer " + w.String()
		}
		return "nobody", "closer none"
	case GroupNone, numGroupings:
	}
	return "", ""
}

// Groups sums up a view. It stops early, with nil, when ctx ends.
func Groups(ctx context.Context, v *View, by GroupBy) []Group {
	groups := map[any]*Group{}
	for i, row := range v.Rows {
		if i%stretch == 0 && ctx.Err() != nil {
			return nil
		}
		key := groupKey(v.Snapshot, row, by)
		g := groups[key]
		if g == nil {
			if len(groups) >= maxPairs {
				continue
			}
			name, find := groupTexts(v.Snapshot, row, by)
			g = &Group{Name: name, Filter: find}
			groups[key] = g
		}
		g.Rows++
		g.Class[v.Snapshot.Class(row)]++
	}
	list := make([]Group, 0, len(groups))
	for _, g := range groups {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b Group) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Name, b.Name)) })
	return list
}
