package flows

// signs are what a row of the findings needs at the least: one of these marks, causes or classes, or another leg. Most
// conversations bear no sign of any row, and are passed over at once.
type signs struct {
	marks   []MarkID
	causes  []CauseID
	classes []Class
	pairs   bool
}

// rowsOf says which rows of findingRows each sign is one of, a bit for each.
var rowsOf = indexSigns()

type signIndex struct {
	marks   [NumMarks]uint32
	causes  [NumCauses]uint32
	classes [NumClasses]uint32
	pairs   uint32
}

func indexSigns() (x signIndex) {
	for row := range findingRows {
		on, bit := &findingRows[row].on, uint32(1)<<row
		for _, id := range on.marks {
			x.marks[id] |= bit
		}
		for _, id := range on.causes {
			x.causes[id] |= bit
		}
		for _, c := range on.classes {
			x.classes[c] |= bit
		}
		if on.pairs {
			x.pairs |= bit
		}
	}
	return x
}
