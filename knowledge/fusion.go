package knowledge

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// tuning holds the weights of the search, chosen on the development questions (docs/retrieval.md).
var tuning = struct {
	context   float64 // of the words of the question before
	expansion float64 // of lexicon terms against the question's own
	card      float64 // of a card's closeness against the passage's own score
	second    float64 // of a card's second closest wording
	decay     float64 // from one basis clause of a card to the next
	agreement float64 // of further cards that rest on the same clause
	parent    float64 // of the best passage of the same document
	local     float64 // more for a document of the asker's own region
}{context: 0.5, expansion: 0.4, card: 2.0, second: 0.3, decay: 0.9, agreement: 0.2, parent: 0.2, local: 0.15}

// rank unites the candidates of all legs, never truncating to one of them.
func rank(p parsed, f found, k int) []*ranked {
	pool := map[int64]*ranked{}
	at := func(c candidate) *ranked {
		r := pool[c.id]
		if r == nil {
			r = &ranked{candidate: c}
			pool[c.id] = r
		}
		return r
	}
	best := map[uuid.UUID]float64{}
	for _, c := range f.passages {
		at(c).legs.Lexical = c.score / f.scale
		best[c.document] = max(best[c.document], c.score/f.scale)
	}
	for _, c := range f.named {
		r := at(c)
		r.legs.Lexical = c.score / f.scale
		r.legs.Exact = 1
		if p.matches(c.clause) {
			r.legs.Exact = 2
		}
	}
	for _, b := range f.basis { // closest first
		r := at(b)
		if r.legs.Card == 0 {
			r.legs.Card = b.score
		} else if r.cards++; r.cards <= 2 {
			r.legs.Card += tuning.agreement * b.score
		}
	}
	for _, r := range pool {
		r.score = r.legs.Lexical + tuning.card*r.legs.Card + tuning.parent*best[r.document]
		if r.local {
			r.score *= 1 + tuning.local
		}
		r.score += 10 * r.legs.Exact
	}
	return top(pool, k)
}

type ranked struct {
	candidate
	legs  Legs
	cards int // further cards that rest on it
	score float64
}

// top sorts the pool and keeps the best piece of each clause.
func top(pool map[int64]*ranked, k int) []*ranked {
	all := make([]*ranked, 0, len(pool))
	for _, r := range pool {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
	type clause struct {
		document uuid.UUID
		label    string
	}
	seen := map[clause]bool{}
	return slices.DeleteFunc(all, func(r *ranked) bool {
		c := clause{r.document, r.clause}
		drop := len(seen) >= k || r.clause != "" && seen[c]
		if !drop {
			if r.clause == "" {
				c.label = string(rune(r.id)) + "\x00"
			}
			seen[c] = true
		}
		return drop
	})
}
