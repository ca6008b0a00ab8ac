package triage

// stretch is a piece of text that the classifier reads at once.
type stretch struct{ from, to int }

// Lengths of stretches in runes.
const (
	longStretch   = 160
	overlap       = 40
	mostSentences = 6
	longText      = 2000 // of a message longer than this only groups of sentences are read, to bound the time
	groupSize     = 60
)

// stretches cuts a window into what the classifier reads: every run of up to mostSentences sentences that is not too
// long, the longest first, and windows of longer sentences. So what stands before or after some sentences never takes
// away what they say alone.
func (w *scan) stretches() []stretch {
	if len(w.runes) > longText {
		return w.groups()
	}
	sentences := w.sentences()
	var all []stretch
	longest := 0
	for i, first := range sentences {
		if first.to-first.from > longStretch {
			all = cut(first.from, first.to, all)
			continue
		}
		for _, last := range sentences[i:min(i+mostSentences, len(sentences))] {
			if last.to-first.from > longStretch {
				break
			}
			all = append(all, stretch{first.from, last.to})
		}
	}
	for i, s := range all {
		if s.to-s.from > all[longest].to-all[longest].from {
			longest = i
		}
	}
	if len(all) > 0 {
		all[0], all[longest] = all[longest], all[0]
	}
	return all
}

func (w *scan) sentences() []stretch {
	var all []stretch
	begin := w.from
	for i := begin + 1; i <= w.to; i++ {
		if i == w.to || w.before[i] == fullStop {
			all = append(all, stretch{begin, i})
			begin = i
		}
	}
	return all
}

// groups puts sentences together up to groupSize.
func (w *scan) groups() []stretch {
	var all []stretch
	begin, last := w.from, w.from
	for i := begin + 1; i <= w.to; i++ {
		if i < w.to && w.before[i] != fullStop {
			continue
		}
		if i-begin > groupSize && last > begin {
			all = cut(begin, last, all)
			begin = last
		}
		last = i
	}
	return cut(begin, w.to, all)
}

// cut appends windows of at most longStretch that overlap.
func cut(begin, end int, all []stretch) []stretch {
	for from := begin; from < end; from += longStretch - overlap {
		to := min(from+longStretch, end)
		all = append(all, stretch{from, to})
		if to == end {
			break
		}
	}
	return all
}

// isTalk tells whether at least a fifth of a stretch is Chinese or emoji. The classifier knows no other talk, and what
// it says of noise is noise.
func (w *scan) isTalk(s stretch) bool {
	const part = 5
	count := 0
	for _, r := range w.runes[s.from:s.to] {
		if r > 0x7F {
			count++
		}
	}
	return count*part >= s.to-s.from
}
