package prompts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// followUps come in this order after a grave script when the person writes on.
var followUps = []Situation{FollowWhere, FollowWho, FollowHurt, FollowStay}

// asksFor are the questions that a follow-up asks. Whether somebody breathes has answered whether he is hurt.
var asksFor = map[Situation][]*regexp.Regexp{
	FollowWhere: {whereForm},
	FollowWho:   {nearForm},
	FollowHurt:  {hurtForm, breathForm},
}

// receipts begin a follow-up. They fit whatever was written, also 「嗯」 and 「他出去了」.
var receipts = []string{"收到了", "我在听", "谢谢你告诉我", "谢谢您告诉我"}

const (
	minFollowBubbles = 2
	maxFollowBubbles = 3
)

// FollowUp is the n-th follow-up after a grave script, from 0; from the last one on it stays.
// It does not know what the script has asked: most scripts at level 4 ask where and who is near. See NextFollowUp.
func FollowUp(n int) Situation {
	return followUps[min(max(n, 0), len(followUps)-1)]
}

// NextFollowUp is the first follow-up whose question stands in none of the scripts shown so far, given by Reply.ID;
// when all has been asked it stays.
func (b *Book) NextFollowUp(shown []string) Situation {
	for _, next := range followUps {
		asked := func(id string) bool { return b.scripts[id].asks(asksFor[next]) }
		if !slices.ContainsFunc(shown, asked) {
			return next
		}
	}
	return FollowStay
}

func isFollowUp(situation Situation) bool { return slices.Contains(followUps, situation) }

// asks tells whether the script has a question of one of the forms.
func (s Script) asks(forms []*regexp.Regexp) bool {
	for _, clauses := range s.clauses {
		for _, clause := range clauses {
			question, found := strings.CutSuffix(clause, "？")
			if found && slices.ContainsFunc(forms, func(f *regexp.Regexp) bool { return f.MatchString(question) }) {
				return true
			}
		}
	}
	return false
}

// checkFollowUp: short, a receipt first, and the question that the name says.
func (s Script) checkFollowUp() error {
	if !isFollowUp(s.Situation) {
		return nil
	}
	var faults []error
	if n := len(s.Bubbles); n < minFollowBubbles || n > maxFollowBubbles {
		faults = append(faults, fmt.Errorf("a follow-up has %d or %d bubbles, not %d", minFollowBubbles, maxFollowBubbles, n))
	}
	if !slices.ContainsFunc(receipts, func(r string) bool { return len(s.Bubbles) > 0 && strings.HasPrefix(s.Bubbles[0], r) }) {
		faults = append(faults, fmt.Errorf("a follow-up begins with one of %v", receipts))
	}
	if s.Situation != FollowStay && !s.asks(asksFor[s.Situation]) {
		faults = append(faults, fmt.Errorf("%s does not ask its question", s.Situation))
	}
	return errors.Join(faults...)
}
