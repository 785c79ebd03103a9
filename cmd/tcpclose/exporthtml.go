package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/flows/report"
)

// What the HTML and the Markdown report show of notable conversations.
const (
	notableStudies = 12
	studyRows      = 120
	studyPoints    = 3000
)

// A digestSink adds all conversations up, for people. Several formats share one digest.
type digestSink struct {
	x     *export
	owner bool // it adds
	show  func(h *report.HTMLReport, w io.Writer) error
	most  int // conversations to look at closely
	rows  bool
}

func newHTMLSink(x *export) sink {
	s := x.digestSink(notableStudies, (*report.HTMLReport).WriteHTML)
	s.rows = true
	return s
}

// digestSink makes the sink of a format that shows the digest.
func (x *export) digestSink(most int, show func(h *report.HTMLReport, w io.Writer) error) *digestSink {
	s := &digestSink{x: x, owner: x.digest == nil, show: show, most: most}
	if s.owner {
		x.digest = report.NewDigest(x.findings, x.people)
		x.digest.Top = x.o.top
		if by := newOrder(x.o.sort); by.column != nil {
			x.digest.Less = func(a, b *flows.Teardown) bool {
				p, q := gathered{id: a.ID}, gathered{id: b.ID}
				by.key(&p, a)
				by.key(&q, b)
				return by.compare(&p, &q) < 0
			}
		}
	}
	return s
}

func (s *digestSink) add(t *flows.Teardown) {
	if s.owner {
		s.x.digest.Add(t)
	}
}

func (s *digestSink) close() error { return nil }

func (s *digestSink) write(w io.Writer) error {
	studies, err := s.x.studied()
	if err != nil {
		return err
	}
	if s.rows {
		if err := s.x.named(); err != nil {
			return err
		}
	}
	return s.show(&report.HTMLReport{
		Summary: s.x.sum, Digest: s.x.digest, Shown: s.x.shown, Studies: studies[:min(len(studies), s.most)], Config: s.x.config(),
		Version: version(), Command: s.x.o.command, Hashes: s.x.hashes(), Hidden: s.x.anon != nil,
	}, w)
}

// studied looks closely at the notable conversations, in a second pass.
func (x *export) studied() ([]report.Study, error) {
	if x.studies != nil {
		return x.studies, nil
	}
	notable := x.digest.Notable(notableStudies)
	studies := make([]report.Study, len(notable))
	builders := make([]*ladder.Builder, len(notable))
	opt := ladder.Options{DupWindow: x.config().DupWindow}
	var list []span
	place := map[uint64]int{}
	for i := range notable {
		studies[i].T = &notable[i]
		builders[i] = ladder.NewBuilder(&notable[i], opt)
		place[notable[i].ID] = i
		at, _ := slices.BinarySearchFunc(x.spans, notable[i].ID, func(sp span, id uint64) int { return cmp.Compare(sp.First, id) })
		list = append(list, x.spans[at])
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.First, b.First) })
	keep := func(study *report.Study) func(r *ladder.Row) bool {
		return func(r *ladder.Row) bool {
			if study.Cut = len(study.Rows) == studyRows; study.Cut {
				return false
			}
			row := *r
			row.Marks = slices.Clone(r.Marks)
			study.Rows = append(study.Rows, row)
			return true
		}
	}
	err := x.again(list, func(_ *decode.Packet, s *decode.Segment, i int) bool {
		at := place[list[i].First]
		study := &studies[at]
		if report.InWindow(study.T, s) && len(study.Points) < studyPoints {
			study.Points = append(study.Points, report.PointOf(list[i].side(s), s))
		}
		if !study.Cut {
			if x.anon != nil {
				x.anon.segment(s)
			}
			builders[at].Add(s, keep(study))
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for i := range studies {
		if !studies[i].Cut {
			builders[i].Finish(keep(&studies[i]))
		}
	}
	x.studies = studies
	return studies, nil
}

// named judges the conversations again that findings name and the table lacks: which those are is known only in the end.
func (x *export) named() error {
	ids := x.digest.Missing(x.sum)
	if len(ids) == 0 || x.sum.Interrupted {
		return nil
	}
	src, err := decode.Open(x.files, decode.FileOptions{MaxPackets: x.o.input.packets, NoBombLimit: x.o.input.noBombLimit})
	if err != nil {
		return err
	}
	defer src.Close()
	list, _, err := flows.Collect(x.ctx, src, x.o.input.decode, x.config(), func(t *flows.Teardown) bool {
		_, named := slices.BinarySearch(ids, t.ID)
		return named
	})
	if x.anon != nil {
		for i := range list {
			x.anon.teardown(&list[i])
		}
	}
	x.digest.AddRows(list)
	return err
}

// hashes returns the SHA-256 of the files, where --sha256 asks for them.
func (x *export) hashes() map[string]string {
	if !x.o.sha256 {
		return nil
	}
	sums := map[string]string{}
	for _, f := range x.src.Files() {
		if sum, err := hashFile(f.Path); err == nil {
			sums[f.Path] = sum
		}
	}
	return sums
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
