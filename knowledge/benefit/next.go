package benefit

import (
	"cmp"
	"math"
	"slices"
)

// Question is what to ask next, in words for the screen.
type Question struct {
	Fact    string   `json:"fact"`
	Text    string   `json:"text"`
	Why     string   `json:"why"`     // one line before a sensitive question
	Options []string `json:"options"` // labels; empty for numbers and places
	Values  []Said   `json:"-"`       // parallel to Options
	Multi   bool     `json:"multi"`
	Unit    string   `json:"unit"` // of a number
}

// Interest is what a conversation knows beside the facts when it looks for the next question.
type Interest struct {
	Skip  []string // facts that were asked or that the person does not know
	Named []string // benefits that were asked about
	Last  string   // the person that the last question was about: stay with them
}

// Survey is what a case leaves open: how likely each benefit is, and what each question would settle (BENEFITS §3.6).
type Survey struct {
	view     *View
	families *sampling
	results  []Result
	chances  []float64
	interest Interest
}

// The shares of §3.6.
const (
	nearTie     = 0.9  // scores this near to the best count as equal
	lastResort  = 0.1  // questions of a group (income) come when no other has this share of the best
	offTopic    = 0.15 // weight of a benefit that nothing speaks for
	lift        = 1.25 // how much more likely than for any family a benefit must be to count as meant
	leastChance = 0.02
	baseWeight  = 50_00 // 分: what every benefit counts for beside its amount
)

// Survey draws the families that a case could be.
func (v *View) Survey(c *Case, interest Interest) *Survey {
	e := v.evaluation(v.resolve(c))
	s := &Survey{view: v, results: v.decide(e), interest: interest}
	var open []*Node
	for _, r := range s.results {
		if r.Final == Undetermined {
			open = append(open, v.openConditions(e, v.find(r.ID))...)
		}
	}
	s.families = v.draw(c, v.residual(e, open...))
	s.chances = s.families.chances()
	return s
}

// base is how likely each benefit is for any family at this place.
func (v *View) base() []float64 {
	v.once.Do(func() {
		v.baseline = v.Survey(v.book.Dictionary.NewCase(), Interest{}).chances
	})
	return v.baseline
}

// Relevant tells whether a benefit is what the person speaks of: it was named, or what was said makes it likelier
// than it is for any family.
func (s *Survey) Relevant(id string) bool {
	i := slices.Index(Benefits, id)
	return slices.Contains(s.interest.Named, id) || s.chances[i] >= leastChance && s.chances[i] > lift*s.view.base()[i]
}

// Next is the question that settles most, by money and by how hard it is to answer.
func (s *Survey) Next() (Question, bool) {
	d := s.view.book.Dictionary
	type candidate struct {
		fact  *Fact
		score float64
	}
	var found, grouped []candidate
	weights := s.weights()
	for _, i := range s.families.open {
		f := d.Facts[i]
		if f.Volunteer || f.Question == "" || slices.Contains(s.interest.Skip, f.Name) {
			continue
		}
		c := candidate{f, s.gain(f, weights) / float64(f.Effort)}
		switch {
		case c.score < leastGain:
		case f.Group != "":
			grouped = append(grouped, c)
		default:
			found = append(found, c)
		}
	}
	byScore := func(a, b candidate) int { return cmp.Compare(b.score, a.score) }
	slices.SortStableFunc(found, byScore)
	slices.SortStableFunc(grouped, byScore)
	if len(grouped) > 0 && (len(found) == 0 || found[0].score < lastResort*grouped[0].score) {
		found = grouped
	}
	if len(found) == 0 {
		return Question{}, false
	}
	for _, c := range found {
		if c.score >= nearTie*found[0].score && c.fact.Person() == s.interest.Last {
			return s.view.Question(c.fact.Name), true
		}
	}
	return s.view.Question(found[0].fact.Name), true
}

// leastGain is the score from which a question is worth the person's time.
const leastGain = 1

// weights is what settling each benefit is worth.
func (s *Survey) weights() []float64 {
	weights := make([]float64, len(Benefits))
	for _, r := range s.results {
		if r.Final != Undetermined || r.Received {
			continue
		}
		i := slices.Index(Benefits, r.ID)
		weight := float64(baseWeight + s.view.rules[i].rule.Weight + monthly(r))
		if !s.Relevant(r.ID) {
			weight *= offTopic
		}
		weights[i] = weight / 100
	}
	return weights
}

// monthly is the middle of an amount, per month.
func monthly(r Result) Fen {
	middle := r.Amount.Lo
	if r.Amount.Hi < Infinity {
		middle = (r.Amount.Lo + r.Amount.Hi) / 2
	}
	switch r.Unit {
	case "元/年", "元/学年":
		return middle / 12
	case "元/天":
		return middle * 20
	case "元/次":
		return middle / 12
	case "%":
		return 0
	}
	return middle
}

// gain is how much of the uncertainty about the benefits, weighed, the answer about a fact takes away.
func (s *Survey) gain(f *Fact, weights []float64) float64 {
	cells := map[Value][]int{}
	for i, values := range s.families.values {
		key := s.cell(f, values[f.index])
		cells[key] = append(cells[key], i)
	}
	gain := 0.0
	for j, weight := range weights {
		if weight == 0 {
			continue
		}
		before := s.entropy(j, nil)
		for _, families := range cells {
			before -= float64(len(families)) / samples * s.entropy(j, families)
		}
		gain += weight * max(0, before)
	}
	return gain
}

// cell is the class of a value: numbers between two cuts are alike; sums that no rule compares are told apart by
// size.
func (s *Survey) cell(f *Fact, value Value) Value {
	if !f.Type.number() {
		return value
	}
	cuts := s.view.cuts[f.index]
	if len(cuts) == 0 && f.Type == Money {
		cuts = sizes
	}
	n, _ := slices.BinarySearch(cuts, value.Lo+1)
	return Value{Lo: int64(n)}
}

var sizes = []int64{1, 500_00, 1000_00, 2000_00, 4000_00}

// entropy of a benefit's verdict among families; nil means all.
func (s *Survey) entropy(benefit int, families []int) float64 {
	var counts [3]float64
	n := float64(len(families))
	if families == nil {
		n = samples
		for _, verdicts := range s.families.verdicts {
			counts[verdicts[benefit]]++
		}
	}
	for _, i := range families {
		counts[s.families.verdicts[i][benefit]]++
	}
	h := 0.0
	for _, count := range counts {
		if count > 0 {
			h -= count / n * math.Log2(count/n)
		}
	}
	return h
}

// Question words the question about a fact.
func (v *View) Question(name string) Question {
	f, err := v.book.Dictionary.Fact(name)
	if err != nil {
		return Question{}
	}
	q := Question{Fact: f.Name, Text: f.Question, Why: f.Sensitive, Options: []string{}, Multi: f.Type == Multi}
	if f.Type == Integer || f.Type == Money {
		q.Unit = spokenUnit(f.Unit)
	}
	for i, label := range f.Spoken {
		q.Options = append(q.Options, label)
		q.Values = append(q.Values, Said{In: []string{f.Options[i]}})
	}
	if q.Multi {
		q.Options = append(q.Options, "都没有")
		q.Values = append(q.Values, Said{Only: true})
	}
	return q
}
