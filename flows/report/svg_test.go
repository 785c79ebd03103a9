package report

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"tcpclose/flows"
)

// wellFormed reports what keeps a picture from being XML.
func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestALadderIsDrawnAsTheGoldenShowsIt(t *testing.T) {
	c := troubled()
	golden(t, "ladder.svg", strings.ReplaceAll(string(drawLadder("ladder", &c, closeRows(&c))), "><", ">\n<")+"\n")
}

func TestASequenceGraphIsDrawnAsTheGoldenShowsIt(t *testing.T) {
	c := troubled()
	golden(t, "sequence.svg", strings.ReplaceAll(string(drawSequence("sequence", &c, closePoints(&c))), "><", ">\n<")+"\n")
}

func TestEveryPictureIsWellFormed(t *testing.T) {
	h := sampleReport(hostile)
	for _, c := range h.charts() {
		if c.Picture == "" {
			t.Errorf("%s has no picture", c.ID)
		}
		if err := wellFormed(string(c.Picture)); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	for i := range h.Studies {
		card := h.Studies[i].card()
		for _, p := range []string{string(card.Ladder), string(card.Sequence)} {
			if err := wellFormed(p); err != nil {
				t.Error(err)
			}
			if strings.Contains(p, "NaN") || strings.Contains(p, "Inf") {
				t.Error("a coordinate is no number")
			}
		}
	}
}

func TestAPictureOfOneMomentHasCoordinatesToo(t *testing.T) {
	c := aborted()
	c.CloseStart, c.CloseEnd, c.Last = c.Start, c.Start, c.Start
	if p := string(drawSequence("s", &c, closePoints(&c))); strings.Contains(p, "NaN") || strings.Contains(p, "Inf") {
		t.Error(p)
	}
	var closes [numEndings][]int64
	closes[EndReset] = []int64{0}
	if p := string(drawCloses(&closes)); strings.Contains(p, "NaN") || strings.Contains(p, "Inf") {
		t.Error(p)
	}
	if p := string(drawPorts([]flows.Ports{{}})); strings.Contains(p, "NaN") {
		t.Error(p)
	}
}
