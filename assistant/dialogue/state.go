// Package dialogue leads a conversation from what was said to a decision: it keeps the facts of each child, settles
// what contradicts itself, asks at most one question a turn and answers why and why not. It is deterministic: the
// same messages give the same cards.
package dialogue

import (
	"maps"
	"slices"
	"strings"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// State is what a conversation knows between turns. It is stored as JSON with each answer.
type State struct {
	Reading  understand.Context         `json:"reading"`
	Shared   map[string]Told            `json:"shared,omitempty"`   // parents, guardian, household
	Children map[string]map[string]Told `json:"children,omitempty"` // 孩子.* by the child's label; "" while there is one
	Asked    []string                   `json:"asked,omitempty"`    // facts that were asked, as often as they were
	Parked   []string                   `json:"parked,omitempty"`   // facts that the person does not know: never asked again
	Rounds   int                        `json:"rounds,omitempty"`   // questions since the person last wished to go on
	Person   string                     `json:"person,omitempty"`   // whom the last question was about
	Named    []string                   `json:"named,omitempty"`    // benefits asked about by name
	Topics   []string                   `json:"topics,omitempty"`   // benefits that the last question was about
	Looked   []string                   `json:"looked,omitempty"`   // benefits that were on a card
	Unclear  []understand.Unclear       `json:"unclear,omitempty"`  // to be settled, the first is pending
	Region   string                     `json:"region,omitempty"`   // named in the words, where the conversation has none of its own
	Rules    string                     `json:"rules,omitempty"`    // version of the rule set of the last decision
	Guesses  []Guess                    `json:"guesses,omitempty"`  // what a model read and nobody has confirmed, the next to be asked first
	Settled  []string                   `json:"settled,omitempty"`  // what was guessed once: it is not guessed again
}

// Told is what was said about a fact, and the words.
type Told struct {
	Value  benefit.Said `json:"value"`
	Quote  string       `json:"quote"`
	Name   string       `json:"name,omitempty"`   // of a place
	Source string       `json:"source,omitempty"` // model: read by a language model and not confirmed
}

// clone copies a state deeply enough that a turn can change it.
func (s State) clone() State {
	s.Shared = maps.Clone(s.Shared)
	if s.Shared == nil {
		s.Shared = map[string]Told{}
	}
	children := map[string]map[string]Told{}
	for label, facts := range s.Children {
		children[label] = maps.Clone(facts)
	}
	s.Children = children
	s.Parked = slices.Clone(s.Parked)
	s.Asked, s.Named, s.Looked = slices.Clone(s.Asked), slices.Clone(s.Named), slices.Clone(s.Looked)
	s.Unclear = slices.Clone(s.Unclear)
	s.Guesses, s.Settled = slices.Clone(s.Guesses), slices.Clone(s.Settled)
	return s
}

// ofChild tells whether a fact belongs to one child and not to the family.
func ofChild(fact string) bool { return strings.HasPrefix(fact, "孩子.") }

// store is the facts among which a fact belongs.
func (s *State) store(fact, child string) map[string]Told {
	if !ofChild(fact) {
		return s.Shared
	}
	if s.Children[child] == nil {
		s.Children[child] = map[string]Told{}
	}
	return s.Children[child]
}

// current is the label of the child that is decided on.
func (s *State) current() string {
	if len(s.Reading.Children) < 2 {
		return ""
	}
	if slices.Contains(s.Reading.Children, s.Reading.Child) {
		return s.Reading.Child
	}
	return s.Reading.Children[0]
}

// spread gives the children their own facts when a second one is spoken of: what was said so far belongs to the
// first.
func (s *State) spread() {
	if len(s.Reading.Children) < 2 {
		return
	}
	first := s.Reading.Children[0]
	for i, g := range s.Guesses {
		if ofChild(g.Fact) && g.Child == "" {
			s.Guesses[i].Child = first
		}
	}
	facts, one := s.Children[""]
	if !one {
		return
	}
	delete(s.Children, "")
	if s.Children[first] == nil {
		s.Children[first] = map[string]Told{}
	}
	maps.Copy(s.Children[first], facts)
}

// facts are those of a child with those of the family.
func (s *State) facts(child string) map[string]Told {
	all := maps.Clone(s.Shared)
	maps.Copy(all, s.Children[child])
	return all
}

// Empty tells whether nothing has been said about a family.
func (s State) Empty() bool { return len(s.Shared) == 0 && len(s.Children) == 0 }
