package dialogue

import (
	"slices"

	"xiaohe/knowledge/benefit"
)

// Known is the state of a conversation in which nothing was said yet and these facts of one child are known. Facts that
// cannot be, alone or together, are an error.
func Known(book *benefit.Book, day benefit.Day, facts map[string]benefit.Said) (State, error) {
	c, err := book.Case(facts)
	if err != nil {
		return State{}, err
	}
	if conflicts := c.Conflicts(day); len(conflicts) > 0 {
		return State{}, &conflicts[0]
	}
	s := State{}.clone()
	for fact, value := range facts {
		s.store(fact, "")[fact] = Told{Value: value}
	}
	return s, nil
}

// Questions are those that settle most about the child of an outcome, at most so many, the first first. The later ones
// are what would come next if the earlier could not be answered.
func Questions(s State, out Outcome, at Setting, most int) []benefit.Question {
	child := s.current()
	view := at.Book.At(s.places(at.Region, child), at.Day)
	interest := benefit.Interest{Skip: slices.Concat(s.Parked, []string{}), Named: s.Named, Topics: s.Topics}
	var found []benefit.Question
	if len(s.Unclear) > 0 {
		q := view.Question(s.Unclear[0].Fact)
		found = append(found, q)
		interest.Skip = append(interest.Skip, q.Fact)
	}
	if s.nowhere(at.Region) && len(found) < most && !slices.Contains(interest.Skip, household) {
		found = append(found, view.Question(household))
		interest.Skip = append(interest.Skip, household)
	}
	for len(found) < most {
		q, ok := view.Survey(out.Case, interest).Next()
		if !ok {
			return found
		}
		found = append(found, q)
		interest.Skip = append(interest.Skip, q.Fact)
	}
	return found
}
