package knowledge

import (
	"cmp"
	"math"
	"slices"

	"github.com/google/uuid"
)

// fusion is the reckoning of one search by words and meaning: what may have been meant, and what would answer it.
type fusion struct {
	pool  map[int64]*ranked // what the words alone find, with its score
	near  map[int64]nearPassage
	best  map[uuid.UUID]float64 // passage of each document, by words
	means means
	all   []hypothesis
}

// at is a passage of the pool, which takes in those that the words alone have not come across.
func (h *fusion) at(id int64) *ranked {
	r := h.pool[id]
	if r == nil {
		r = &ranked{candidate: h.near[id].candidate}
		h.pool[id] = r
	}
	return r
}

// rescore gives all that was compared the scores of both legs, and that of the ranking by words.
func (h *fusion) rescore() {
	for id, n := range h.near {
		p := h.at(id)
		p.legs.Lexical, p.legs.Dense = n.score, n.meaning
		p.score = (p.legs.Lexical+tuning.question*p.legs.Question+tuning.card*p.legs.Card+tuning.parent*h.best[p.document])*p.nearness() + 10*p.legs.Exact
	}
}

// card is the hypothesis that a card is what was meant. Which of its clauses answers is more probable for the first, and
// for those that come near the question themselves.
func (h *fusion) card(card closeCard, rests []resting) hypothesis {
	words, meaning := math.Inf(-1), math.Inf(-1)
	for _, r := range rests {
		if r.card == card.Document.ID {
			words, meaning = max(words, h.near[r.passage].score), max(meaning, h.near[r.passage].meaning)
		}
	}
	gains := map[int64]float64{}
	for _, r := range rests {
		if r.card != card.Document.ID {
			continue
		}
		p := h.at(r.passage)
		p.legs.Card = max(p.legs.Card, card.Similarity*math.Pow(tuning.decay, float64(r.ord)))
		p.legs.Dense = max(p.legs.Dense, card.best)
		gain := hybrid.own
		if n := h.near[r.passage]; !r.own {
			gain = logistic(hybrid.answers + hybrid.place*float64(r.ord) + hybrid.lexical*(n.score-words) + hybrid.dense*(n.meaning-meaning)/h.means.passageSpread)
		}
		gains[r.passage] = max(gains[r.passage], gain)
	}
	return hypothesis{logit: card.logit, gains: gains}
}

// passage is the hypothesis that a passage itself is what was meant.
func (h *fusion) passage(id int64) hypothesis {
	return hypothesis{
		logit: hybrid.score*(h.pool[id].score-10*h.pool[id].legs.Exact) + hybrid.cosine*h.near[id].meaning/h.means.passageSpread + hybrid.passage,
		gains: map[int64]float64{id: hybrid.itself},
	}
}

// clause is the hypothesis that what a model's questions for a clause ask is what was meant.
func (h *fusion) clause(c closeClause) hypothesis {
	if _, ok := h.pool[c.id]; !ok {
		h.pool[c.id] = &ranked{candidate: c.candidate}
	}
	p := h.pool[c.id]
	p.legs.Question = max(p.legs.Question, c.words[0])
	p.legs.Dense = max(p.legs.Dense, c.meaning[0])
	return hypothesis{
		logit: hybrid.words*c.words.mean() + hybrid.meaning*c.meaning.mean()/h.means.askSpread + hybrid.generated,
		gains: map[int64]float64{c.id: hybrid.itself},
	}
}

// share turns logits into shares.
func (h *fusion) share() {
	most, sum := math.Inf(-1), 0.0
	for _, one := range h.all {
		most = max(most, one.logit)
	}
	for i := range h.all {
		h.all[i].share = math.Exp(h.all[i].logit - most)
		sum += h.all[i].share
	}
	for i := range h.all {
		h.all[i].share /= sum
	}
}

// gain is how probably a passage answers what no place before it does.
func (h *fusion) gain(id int64) float64 {
	gain := 0.0
	for _, one := range h.all {
		gain += one.share * one.gains[id]
	}
	return gain
}

// cover ranks by greedy coverage (Agrawal et al. 2009): each place goes to the passage that most probably answers what those
// before it do not, so that the first five hold what two or three likely cards rest on. What the question names outright
// comes first.
func (h *fusion) cover(k int) []*ranked {
	var order, open []*ranked
	for id, r := range h.pool {
		gain := h.gain(id)
		switch {
		case r.legs.Exact > 0:
			order = append(order, r)
		case gain > 0:
			r.score = math.Pow(gain, hybrid.flatness)
			open = append(open, r)
		}
	}
	slices.SortFunc(order, func(a, b *ranked) int { return cmpDescending(a.score, b.score, cmp.Compare(a.id, b.id)) })
	slices.SortFunc(open, func(a, b *ranked) int { return cmp.Compare(a.id, b.id) })
	seen := seenClauses{}
	order = slices.DeleteFunc(order, seen.again)
	for len(order) < k && len(open) > 0 {
		place, most := 0, -1.0
		for i, r := range open {
			if gain := h.gain(r.id); gain > most {
				place, most = i, gain
			}
		}
		next := open[place]
		open = slices.Delete(open, place, place+1)
		if seen.again(next) {
			continue
		}
		order = append(order, next)
		for i := range h.all {
			h.all[i].share *= 1 - min(h.all[i].gains[next.id], hybrid.most)
		}
	}
	return order[:min(k, len(order))]
}
