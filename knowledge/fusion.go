package knowledge

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

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
	question  float64 // of a generated question's closeness
}{question: 1.0, context: 0.5, expansion: 0.4, card: 2.0, second: 0.3, decay: 0.9, agreement: 0.2, parent: 0.2, local: 0.15}

// rank unites the candidates of all legs, never truncating to one of them.
func rank(p parsed, f *found, k int) []*ranked { return rankWith(p, f, k, nil) }

// rankWith is rank with what was found by a model's words for the question.
func rankWith(p parsed, f *found, k int, rewritten []suggested) []*ranked {
	return top(rankedPool(p, f, rewritten), k)
}

// rankedPool are the candidates of all legs with their scores.
func rankedPool(p parsed, f *found, rewritten []suggested) map[int64]*ranked {
	pool := map[int64]*ranked{}
	at := func(c candidate) *ranked {
		r := pool[c.id]
		if r == nil {
			r = &ranked{candidate: c}
			pool[c.id] = r
		}
		return r
	}
	best := bestOfDocuments(f)
	for _, c := range f.passages {
		at(c).legs.Lexical = c.score / f.scale
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
	for _, c := range f.questioned {
		r := at(c)
		r.legs.Question = max(r.legs.Question, c.score)
	}
	for _, s := range rewritten {
		r := at(s.candidate)
		r.legs.Lexical, r.legs.Rewrite = max(r.legs.Lexical, s.own/f.scale), s.score/f.scale
	}
	for _, r := range pool {
		r.score = r.legs.Lexical + r.legs.Rewrite + tuning.question*r.legs.Question + tuning.card*r.legs.Card + tuning.parent*best[r.document]
		r.score *= r.nearness()
		r.score += 10 * r.legs.Exact
	}
	return pool
}

type ranked struct {
	candidate
	legs  Legs
	cards int // further cards that rest on it
	score float64
}

// nearness is above 1 for a document of the asker's own region.
func (c candidate) nearness() float64 {
	if c.local {
		return 1 + tuning.local
	}
	return 1
}

// bestOfDocuments is the score of the best passage of each document, by words.
func bestOfDocuments(f *found) map[uuid.UUID]float64 {
	best := map[uuid.UUID]float64{}
	for _, c := range f.passages {
		best[c.document] = max(best[c.document], c.score/f.scale)
	}
	return best
}

// top sorts the pool and keeps the best piece of each clause.
func top(pool map[int64]*ranked, k int) []*ranked {
	clauses := seenClauses{}
	return slices.DeleteFunc(sorted(pool), func(r *ranked) bool { return len(clauses) >= k || clauses.again(r) })
}

// sorted is the pool, best first.
func sorted(pool map[int64]*ranked) []*ranked {
	all := slices.Collect(maps.Values(pool))
	slices.SortFunc(all, func(a, b *ranked) int { return cmpDescending(a.score, b.score, cmp.Compare(a.id, b.id)) })
	return all
}

// cmpDescending compares, larger first; where both are the same then decides.
func cmpDescending(a, b float64, then int) int { return cmp.Or(cmp.Compare(b, a), then) }

// seenClauses are the clauses that a ranking holds already: of each the best piece is enough.
type seenClauses map[clauseKey]bool

type clauseKey struct {
	document uuid.UUID
	label    string
}

// again notes the clause of a passage, and tells whether it was there. What has no label is a clause by itself.
func (s seenClauses) again(r *ranked) bool {
	key := clauseKey{r.document, r.clause}
	if r.clause == "" {
		key.label = "\x00" + strconv.FormatInt(r.id, 10)
	}
	again := s[key]
	s[key] = true
	return again
}
