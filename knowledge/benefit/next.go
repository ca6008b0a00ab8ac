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
	Skip   []string // facts that were asked or that the person does not know
	Named  []string // benefits that were asked about
	Topics []string // benefits that the conversation is about, though not by name
	Last   string   // the person that the last question was about: stay with them
}

// Survey is what a case leaves open: how likely each benefit is, and what each question would settle (BENEFITS §3.6).
type Survey struct {
	view     *View
	child    *Case
	usual    []float64
	now      *evaluation
	families *sampling
	results  []Result
	chances  []float64
	interest Interest
}

// The shares of §3.6.
const (
	nearTie     = 0.9  // scores this near to the best count as equal
	lastResort  = 0.1  // questions of a group (income) come when no other has this share of the best
	offTopic    = 0.05 // weight of a benefit that nothing speaks for
	fullLift    = 3    // a benefit that is 2^3 times as likely as for any family is fully in focus
	besideNamed = 0.3  // weight of the others when a benefit was asked about by name
	lift        = 1.25 // how much more likely than for any family with such a child a benefit must be to count as meant
	serviceLift = 2
	leastChance = 0.02
	exactness   = 30      // how much a yuan less of doubt about a granted amount counts beside a verdict
	namedWeight = 1000_00 // what a benefit that was asked about by name counts for more
	topicWeight = 300_00  // the same for one that the words were about
	baseWeight  = 20_00   // 分: what every benefit counts for beside its amount
)

// Survey draws the families that a case could be.
func (v *View) Survey(c *Case, interest Interest) *Survey {
	e := v.evaluation(v.resolve(c))
	s := &Survey{view: v, child: c, now: e, results: v.decide(e), interest: interest}
	open := newResidual(e)
	var sums []int
	for _, r := range s.results {
		f := v.find(r.ID)
		switch {
		case r.Received:
		case r.Final == Undetermined:
			for _, n := range v.openConditions(e, f) {
				open.add(n)
			}
		case r.Final == Eligible && r.Amount.Lo < r.Amount.Hi && r.Amount != everything:
			open.amount(f)
			sums = append(sums, f.index)
		}
	}
	s.families = v.draw(c, e, open.sorted(), sums, s.results)
	s.chances = s.families.chances()
	return s
}

// agesAndStages are the facts that make benefits likely or not for any child, whatever its need.
var agesAndStages = [...]string{"孩子.出生日期", "孩子.年龄", "孩子.在读阶段"}

// base is how likely each benefit is for any family at this place whose child is as old.
func (s *Survey) base() []float64 {
	if s.usual == nil {
		s.usual = s.view.usual.chances(s.view, s.child)
	}
	return s.usual
}

// chances are computed once for each age and stage of school.
func (u *usual) chances(v *View, c *Case) []float64 {
	any := v.book.Dictionary.NewCase()
	var key usualKey
	for k, name := range agesAndStages {
		if i, ok := v.book.Dictionary.byName[name]; ok && c.touched[i] {
			any.said[i], any.touched[i], key[k] = c.said[i], true, c.said[i]
		}
	}
	if chances, ok := u.known.Get(key); ok {
		return chances
	}
	chances := v.Survey(any, Interest{}).chances
	u.known.Add(key, chances)
	return chances
}

// Relevant tells whether a benefit is what the person speaks of: it was named, or what was said makes it likelier
// than it is for any family. Services are open to many; they need more to speak for them.
func (s *Survey) Relevant(id string) bool {
	i := slices.Index(Benefits, id)
	needed := lift
	if f := s.view.rules[i]; f != nil && f.rule.Kind == "服务" {
		needed = serviceLift
	}
	return s.named(i) || s.chances[i] >= leastChance && s.chances[i] > needed*s.base()[i]
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
		if f.Volunteer || f.Question == "" || slices.Contains(s.interest.Skip, f.Name) || f.Gate != nil && s.now.eval(f.Gate) != Eligible {
			continue
		}
		c := candidate{f, s.gain(f, weights) / s.effort(f)}
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
	if len(grouped) > 0 && (len(found) == 0 || found[0].score < s.reluctance()*grouped[0].score) {
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

// effort is how hard a question is. Who asked about a benefit has the sums at hand.
func (s *Survey) effort(f *Fact) float64 {
	if f.Group != "" && s.reluctance() == 1 {
		return 1
	}
	return float64(f.Effort)
}

// reluctance is the share of the best score below which other questions give way to those about income: who asked
// about a benefit expects them.
func (s *Survey) reluctance() float64 {
	if len(s.interest.Named)+len(s.interest.Topics) > 0 {
		return 1
	}
	return lastResort
}

// leastGain is the score from which a question is worth the person's time.
const leastGain = 1

// weights is what settling the verdict of each benefit is worth.
func (s *Survey) weights() []float64 {
	weights := make([]float64, len(Benefits))
	for _, r := range s.results {
		if r.Final != Undetermined || r.Received {
			continue
		}
		i := slices.Index(Benefits, r.ID)
		weight := float64(baseWeight + s.view.rules[i].rule.Weight + monthly(r))
		switch {
		case s.named(i):
			weight += namedWeight
		case s.topic(i):
			weight += topicWeight
		}
		weights[i] = weight * s.focus(i) / 100
	}
	return weights
}

// focus is how much a benefit is what the person speaks of: fully where it was named or is far likelier than for any
// family, a little where nothing speaks for it.
func (s *Survey) focus(benefit int) float64 {
	if s.named(benefit) || s.topic(benefit) {
		return 1
	}
	base := max(s.base()[benefit], leastChance/4)
	focus := math.Log2(max(s.chances[benefit], leastChance/4)/base) / fullLift
	focus = min(1, max(offTopic, focus))
	if len(s.interest.Named) > 0 {
		focus *= besideNamed
	}
	return focus
}

// named tells whether a benefit was asked about by name, topic whether the words were about it.
func (s *Survey) named(benefit int) bool {
	return slices.Contains(s.interest.Named, Benefits[benefit])
}

func (s *Survey) topic(benefit int) bool {
	return slices.Contains(s.interest.Topics, Benefits[benefit])
}

// unknownSum stands for a monthly benefit of which no amount is recorded, so that it is asked about all the same.
const unknownSum = 1000_00

// monthly is the middle of an amount, per month.
func monthly(r Result) Fen {
	if r.Amount == everything && r.Unit == "元/月" {
		return unknownSum
	}
	middle := r.Amount.Lo
	if r.Amount.Hi < Infinity {
		middle = (r.Amount.Lo + r.Amount.Hi) / 2
	}
	return perMonth(middle, r.Unit)
}

// perMonth is the monthly equivalent of an amount: of a daily one, the days of school.
func perMonth(amount Fen, unit string) Fen {
	switch unit {
	case "元/年", "元/学年", "元/次":
		return amount / 12
	case "元/天":
		return amount * 20
	case "%":
		return 0
	}
	return amount
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

// Results are the verdicts that the survey started from.
func (s *Survey) Results() []Result { return s.results }
