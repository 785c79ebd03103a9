package filter

// words is the language: every word in the order in which help prints them.
var words = func() []word {
	var list []word
	for _, group := range [...]struct {
		kind  Kind
		words []word
	}{
		{KindAddress, addressWords[:]},
		{KindEnding, endingWords[:]},
		{KindEnding, pairWords[:]},
		{KindMeasure, measureWords[:]},
		{KindTime, timeWords[:]},
		{KindHeld, heldWords()},
	} {
		for _, w := range group.words {
			w.kind = group.kind
			list = append(list, w)
		}
	}
	return list
}()
