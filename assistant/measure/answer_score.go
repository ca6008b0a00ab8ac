package measure

import (
	"cmp"
	"slices"

	"xiaohe/assistant/prose"
	ranking "xiaohe/knowledge/measure"
)

// AnswerScores are the figures of the answers to questions of one style, or to all.
type AnswerScores struct {
	Style     string  `json:"style"`
	Questions int     `json:"questions"`
	Precision float64 `json:"citation_precision"` // of the citations, those that are gold
	Cited     float64 `json:"cited"`              // of the answerable questions, those with a gold clause among the citations
	Recall    float64 `json:"citation_recall"`    // of the gold clauses, those that are cited
	Refused   float64 `json:"refused"`
	P50       float64 `json:"p50_ms"` // of a turn
	P99       float64 `json:"p99_ms"`
	Citations int     `json:"citations"`
	Gold      int     `json:"gold"`
	Scripts   int     `json:"scripts"` // answered with words about danger alone
}

// Answers is the report of one way of answering.
type Answers struct {
	Model     bool           `json:"model"` // a language model was connected
	Styles    []AnswerScores `json:"styles"`
	All       AnswerScores   `json:"all"`
	Refusals  RefusalScores  `json:"refusals"`
	Sentences *Sentences     `json:"sentences,omitempty"` // of the model

	answered []Answered
}

// RefusalScores are refusals with their shares.
type RefusalScores struct {
	Refusals
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// Sentences is the guard's report: what became of a model's words.
type Sentences struct {
	Asked       int            `json:"asked"` // answers for which a model was asked for words
	Used        int            `json:"used"`  // that are in the model's words
	Passed      int            `json:"passed"`
	Dropped     int            `json:"dropped"`
	Reasons     []Count        `json:"reasons"` // for dropping, the most frequent first
	Ended       []Count        `json:"ended"`   // why a model was not heard to its end
	Shown       int            `json:"shown"`   // that stand in answers, each checked anew
	Unsupported int            `json:"unsupported"`
	Rate        float64        `json:"unsupported_rate"`
	Faults      map[string]int `json:"faults,omitempty"` // of the unsupported ones
}

// Count is how often something was.
type Count struct {
	Reason string `json:"reason"`
	Says   string `json:"says"`
	N      int    `json:"n"`
}

// ScoreAnswers sums answers up; model tells whether a model was connected.
func ScoreAnswers(answered []Answered, model bool) Answers {
	a := Answers{Model: model, All: scoreAnswers("all", answered), answered: answered}
	questions := make([]Question, len(answered))
	for i, r := range answered {
		questions[i] = r.Question
		a.Refusals.Add(r.Refused, r.Style == Unanswerable)
	}
	a.Refusals.Precision, a.Refusals.Recall = a.Refusals.Refusals.Precision(), a.Refusals.Refusals.Recall()
	for _, style := range stylesOf(questions) {
		a.Styles = append(a.Styles, scoreAnswers(style, slices.DeleteFunc(slices.Clone(answered), func(r Answered) bool { return r.Style != style })))
	}
	if model {
		a.Sentences = sentences(answered)
	}
	return a
}

func scoreAnswers(style string, answered []Answered) AnswerScores {
	s := AnswerScores{Style: style, Questions: len(answered)}
	var rightCitations, rightGold, cited, answerable, refused int
	var took []ranking.Ranking
	for _, r := range answered {
		citations, gold := r.right()
		rightCitations += citations
		rightGold += gold
		s.Citations += len(r.Citations)
		s.Gold += len(r.Gold)
		if r.Style != Unanswerable {
			answerable++
		}
		if citations > 0 {
			cited++
		}
		if r.Refused {
			refused++
		}
		if r.Script {
			s.Scripts++
		}
		took = append(took, ranking.Ranking{Took: r.Took})
	}
	s.Precision, s.Recall = ratio(rightCitations, s.Citations), ratio(rightGold, s.Gold)
	s.Cited, s.Refused = ratio(cited, answerable), ratio(refused, s.Questions)
	times := ranking.Score(took)
	s.P50, s.P99 = times.P50, times.P99
	return s
}

func sentences(answered []Answered) *Sentences {
	s := &Sentences{Faults: map[string]int{}}
	reasons, ended := map[string]int{}, map[string]int{}
	for _, r := range answered {
		s.Shown += r.Shown
		s.Unsupported += len(r.Unsupported)
		for _, u := range r.Unsupported {
			s.Faults[string(u.Reason)]++
		}
		if r.Account == nil {
			continue
		}
		s.Asked++
		s.Passed += r.Account.Passed
		if r.Account.Used {
			s.Used++
		}
		for reason, n := range r.Account.Dropped {
			reasons[reason] += n
			s.Dropped += n
		}
		if r.Account.Ended != "" {
			ended[r.Account.Ended]++
		}
	}
	s.Rate = ratio(s.Unsupported, s.Shown)
	s.Reasons, s.Ended = counts(reasons, words), counts(ended, prose.EndWords)
	return s
}

func counts(of map[string]int, says func(string) string) []Count {
	all := []Count{}
	for reason, n := range of {
		all = append(all, Count{reason, says(reason), n})
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Reason, b.Reason)) })
	return all
}

// words say a reason in plain words.
func words(reason string) string { return cmp.Or(reasonWords[reason], prose.ReasonWords(reason)) }

// reasonWords are of what is found only when answers are checked again.
var reasonWords = map[string]string{
	string(NotShown): "屏幕上的话和查过的不一样", string(NotCited): "所依据的条文没有列出来", string(Misquote): "列出的引文里没有所依据的原话",
}
