package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"tcpclose/flows"
)

// TestWhatWasKeptComesBack puts texts into a store of every size of memory and gets them in another order.
func TestWhatWasKeptComesBack(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, limit := range []int64{1, 1000, 50_000, 1 << 30} {
		s := store{limit: limit}
		var places []place
		var want [][]byte
		for i := range 2000 {
			text := bytes.Repeat([]byte{byte(i)}, i%97)
			at, err := s.put(text)
			if err != nil {
				t.Fatal(err)
			}
			places, want = append(places, at), append(want, text)
		}
		for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(want)) {
			got, err := s.get(places[i])
			if err != nil || !bytes.Equal(got, want[i]) {
				t.Fatalf("limit %d: text %d comes back as %d octets (%v)", limit, i, len(got), err)
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestTheTopOnesAreThoseOfTheWholeOrder compares what a gatherer keeps with sorting everything.
func TestTheTopOnesAreThoseOfTheWholeOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	list := make([]flows.Teardown, 4_000)
	for i := range list {
		list[i] = flows.Teardown{ID: uint64(i + 1), Class: flows.Class(random.IntN(int(flows.NumClasses))), CloseStart: flows.NoTime, CloseEnd: flows.NoTime}
		if random.IntN(10) > 0 {
			list[i].CloseStart, list[i].CloseEnd = 0, int64(random.IntN(300))
		}
	}
	for _, sort := range []string{"", "id:desc", "close_duration", "close_duration:asc", "class", "class:desc"} {
		want := idsOf(t, list, sort, 0, 1)
		for _, top := range []int{1, 10, 400, 5_000} {
			for _, workers := range []int{1, 4} {
				got := idsOf(t, list, sort, top, workers)
				if !slices.Equal(got, want[:min(top, len(want))]) {
					t.Errorf("--sort %q --top %d with %d workers: others than the first of the whole order", sort, top, workers)
				}
			}
		}
	}
}

// idsOf gathers a list with several workers and returns the ids in order.
func idsOf(t *testing.T, list []flows.Teardown, sort string, top, workers int) (ids []string) {
	t.Helper()
	g := &gatherer{
		order: newOrder(sort), top: top,
		encode: func(b []byte, t *flows.Teardown) []byte { return fmt.Append(b, t.ID) },
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(list); i += workers {
				g.add(&list[i])
			}
		})
	}
	all.Wait()
	g.settle()
	for text := range g.texts() {
		ids = append(ids, string(text))
	}
	if err := g.close(); err != nil {
		t.Error(err)
	}
	return ids
}

func TestAReportThatCannotBeKeptIsAFailure(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	s := store{limit: 1}
	if _, err := s.put([]byte("too long")); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("kept nowhere: %v", err)
	}
}

// Addresses and ports are numbers, whatever their texts look like; those that have a name come last, by it.
func TestAddressesSortAsNumbers(t *testing.T) {
	for sort, want := range map[string][]string{
		"server":      {"10.0.0.2:80", "10.0.0.2:443", "10.0.0.2:8080", "10.0.0.10:80", "[2001:db8::2]:443", "[2001:db8::10]:80", "a.example:443", "b.example:80"},
		"server:desc": {"b.example:80", "a.example:443", "[2001:db8::10]:80", "[2001:db8::2]:443", "10.0.0.10:80", "10.0.0.2:8080", "10.0.0.2:443", "10.0.0.2:80"},
		"server_ip":   {"10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.9", "10.0.0.10", "2001:db8::2", "2001:db8::10"},
	} {
		o := newOrder(sort)
		var rows []gathered
		texts := map[uint64]string{}
		for i, end := range []flows.End{
			{Addr: netip.MustParseAddrPort("[2001:db8::10]:80")},
			{Addr: netip.MustParseAddrPort("10.0.0.10:80")},
			{Addr: netip.MustParseAddrPort("10.0.0.9:80"), Name: "b.example"},
			{Addr: netip.MustParseAddrPort("10.0.0.2:443")},
			{Addr: netip.MustParseAddrPort("10.0.0.2:80")},
			{Addr: netip.MustParseAddrPort("10.0.0.1:443"), Name: "a.example"},
			{Addr: netip.MustParseAddrPort("10.0.0.2:8080")},
			{Addr: netip.MustParseAddrPort("[2001:db8::2]:443")},
		} {
			c := flows.Teardown{ID: uint64(i + 1)}
			c.Ends[flows.Server] = end
			row := gathered{id: c.ID}
			o.key(&row, &c)
			rows, texts[c.ID] = append(rows, row), string(o.column.Text(nil, &c))
		}
		slices.SortFunc(rows, func(a, b gathered) int { return o.compare(&a, &b) })
		var got []string
		for i := range rows {
			got = append(got, texts[rows[i].id])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", sort, got, want)
		}
	}
}
