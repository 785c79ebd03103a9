package main

// random is a small deterministic generator (SplitMix64's steps), one for each conversation.
type random struct{ state uint64 }

// seeded returns the generator of item n of a capture.
func seeded(seed, n uint64) random {
	r := random{seed*0x9e3779b97f4a7c15 ^ n*0xd1342543de82ef95 ^ 0x632be59bd9b4e019}
	r.next()
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int {
	return int(uint64(uint32(r.next()>>32)) * uint64(n) >> 32)
}

// between returns a number from least to most.
func (r *random) between(least, most int64) int64 {
	if most <= least {
		return least
	}
	return least + int64(r.next()%uint64(most-least+1))
}

// chance is true percent times in a hundred.
func (r *random) chance(percent int) bool { return r.below(100) < percent }
