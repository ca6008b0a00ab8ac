package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"

	"xiaohe/assistant/triage"
)

// limits of a head: from Threshold on it speaks alone, from Agree on the claim of a rule counts. They are log-odds,
// chosen on the development set so that its bars for false alarms hold.
type limits struct{ threshold, agree float32 }

var levelLimits = map[string]limits{"concern": {2.0, 1.6}, "high": {1.7, 1.3}, "imminent": {0.3, -0.6}}

// flagLimit is where a flag head speaks: a flag is a clue for a human, suspicion is enough.
const flagLimit = -2

func limitsOf(head string) limits {
	switch l, ok := levelLimits[head]; {
	case ok:
		return l
	case head[0] == 'R':
		return limits{flagLimit, 0}
	}
	return limits{math.MaxFloat32, 0}
}

// folds is how many parts the messages are cut into: each part is scored by weights that never saw it.
const folds = 5

// crossValidate tells how often each level head speaks, rightly and wrongly, on messages that its weights never saw.
// The rules did see them: the figures flatter.
func crossValidate(items []item) string {
	scores := crossScores(items)
	var report strings.Builder
	for h, name := range triage.Heads() {
		caught, all, wrong, harmless := 0, 0, 0, 0
		for i := range items {
			want, ok := items[i].target(name)
			speaks := scores[i][h] >= limitsOf(name).threshold
			switch {
			case ok && want == 1:
				all++
				caught += count(speaks)
			case items[i].Max <= triage.Distress:
				harmless++
				wrong += count(speaks)
			}
		}
		if limitsOf(name).threshold < math.MaxFloat32 {
			fmt.Fprintf(&report, "%-9s recall %.3f (%d of %d), wrong on %.4f (%d of %d harmless)\n",
				name, share(caught, all), caught, all, share(wrong, harmless), wrong, harmless)
		}
	}
	return report.String()
}

// crossScores scores every message with weights that never saw it.
func crossScores(items []item) [][]float32 {
	scores := make([][]float32, len(items))
	for fold := range folds {
		var rest []item
		for _, it := range items {
			if foldOf(it.ID) != fold {
				rest = append(rest, it)
			}
		}
		f := train(rest)
		for i := range items {
			if foldOf(items[i].ID) == fold {
				scores[i] = strongest(f, items[i].features)
			}
		}
	}
	return scores
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

func foldOf(id string) int { return int(hashOf(id) % folds) }

func hashOf(id string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()
}

// strongest is the highest score of each head over the stretches of a message.
func strongest(f *fitted, stretches [][]triage.Feature) []float32 {
	best := f.scores(f.words.of(stretches[0]))
	for _, s := range stretches[1:] {
		for h, v := range f.scores(f.words.of(s)) {
			best[h] = max(best[h], v)
		}
	}
	return best
}
