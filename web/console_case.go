package web

import (
	"encoding/json"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"

	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/handoff"
	"xiaohe/knowledge/benefit"
)

// caseFact is a fact of a family, with the message that told it.
type caseFact struct {
	Fact      string `json:"fact"`
	Label     string `json:"label"`
	Child     string `json:"child"` // which of several children; empty where there is one, or it holds for all
	Value     string `json:"value"`
	Seq       int64  `json:"seq"`
	Quote     string `json:"quote"`
	Confirmed bool   `json:"confirmed"` // it answered a question about exactly this; otherwise it was read from the talk
}

// factKey names a fact among those of all children.
type factKey struct{ child, fact string }

// factsOf tells what the last state of the case holds, in the order of the dictionary. Which message told a fact is seen
// from the states before: the first one that has its present value.
func factsOf(d handoff.Dossier, dictionary *benefit.Dictionary, log *slog.Logger) []caseFact {
	known := map[factKey]caseFact{}
	var before dialogue.State
	var beforeSeq int64
	for _, at := range d.Cases {
		var state dialogue.State
		if err := json.Unmarshal(at.State, &state); err != nil {
			log.Error("read a stored case", "error", err)
			continue
		}
		told, earlier := toldIn(state), toldIn(before)
		next := map[factKey]caseFact{}
		for key, t := range told {
			was, same := earlier[key]
			from := key
			if !same { // with a second child, what was said of the first gets its name
				from = factKey{fact: key.fact}
				was, same = earlier[from]
			}
			if f, ok := known[from]; ok && same && reflect.DeepEqual(was, t) {
				f.Child = key.child
				next[key] = f
				continue
			}
			seq := toldAt(d.Said, t.Quote, beforeSeq, at.Seq)
			next[key] = caseFact{Child: key.child, Seq: seq, Quote: t.Quote, Confirmed: wasAsked(before, key.fact)}
		}
		known, before, beforeSeq = next, state, at.Seq
	}
	return labelled(known, toldIn(before), dictionary)
}

// toldIn lists the facts of a state by child.
func toldIn(s dialogue.State) map[factKey]dialogue.Told {
	all := map[factKey]dialogue.Told{}
	for fact, told := range s.Shared {
		all[factKey{"", fact}] = told
	}
	for child, facts := range s.Children {
		for fact, told := range facts {
			all[factKey{child, fact}] = told
		}
	}
	return all
}

// toldAt is the seq of the message after one seq, up to another, that holds a quote: the last of them where none does.
func toldAt(said []handoff.Utterance, quote string, after, upto int64) int64 {
	for _, u := range said {
		if u.Seq > after && u.Seq <= upto && quote != "" && strings.Contains(u.Text, quote) {
			return u.Seq
		}
	}
	return upto
}

// wasAsked tells whether a question about a fact was pending.
func wasAsked(s dialogue.State, fact string) bool {
	return s.Reading.Pending != nil && s.Reading.Pending.Fact == fact && !s.Reading.Pending.Unclear
}

// labelled names the facts, in the order of the dictionary. One that the present dictionary does not have was told to an older one and is left out.
func labelled(known map[factKey]caseFact, told map[factKey]dialogue.Told, dictionary *benefit.Dictionary) []caseFact {
	children := map[string]bool{"": true} // it comes first
	for key := range known {
		children[key.child] = true
	}
	var all []caseFact
	for _, child := range slices.Sorted(maps.Keys(children)) {
		for _, fact := range dictionary.Facts {
			key := factKey{child, fact.Name}
			f, ok := known[key]
			if !ok {
				continue
			}
			f.Fact, f.Label, f.Value = fact.Name, fact.Label, told[key].Name
			if f.Value == "" {
				f.Value = inYears(dictionary.Show(fact.Name, told[key].Value))
			}
			if f.Value == "" {
				continue // not a value of this fact any more
			}
			all = append(all, f)
		}
	}
	return all
}

// caseBenefit is what the family was shown of a benefit.
type caseBenefit struct {
	ID      string           `json:"id"`
	Name    string           `json:"name"`
	Verdict string           `json:"verdict"` // eligible, open, ruled_out or received
	Amount  string           `json:"amount"`
	Because []benefit.Reason `json:"because"`
	Missing []string         `json:"missing"` // what is still to be asked
	Papers  []string         `json:"papers"`
	Sources []caseSource     `json:"sources"`
}

type caseSource struct {
	benefit.Source
	Link string `json:"link,omitempty"` // opens the document at the clause, on this server
}

// benefitsOf lists what stands on the card that the family was shown last: nothing is decided a second time.
func benefitsOf(shown *caseMeta) []caseBenefit {
	if shown == nil {
		return nil
	}
	var all []caseBenefit
	for _, group := range []struct {
		verdict string
		items   []benefit.Item
	}{{"eligible", shown.Card.Eligible}, {"open", shown.Card.Open}, {"ruled_out", shown.Card.RuledOut}, {"received", shown.Card.Received}} {
		for _, item := range group.items {
			b := caseBenefit{ID: item.ID, Name: item.ID, Verdict: group.verdict, Because: filled(item.Because), Missing: []string{},
				Papers: filled(item.Papers), Sources: []caseSource{}}
			if item.Amount != nil {
				b.Amount = item.Amount.Text
			}
			for _, m := range item.Missing {
				b.Missing = append(b.Missing, m.Label)
			}
			for _, s := range item.Sources {
				link := shown.Links[s.Number+" "+s.Clause]
				if link == "" {
					link = shown.Links[s.Number]
				}
				b.Sources = append(b.Sources, caseSource{s, link})
			}
			all = append(all, b)
		}
	}
	return all
}

// materialOf gathers what a summary may rest on.
func materialOf(d handoff.Dossier, facts []caseFact, shown *caseMeta) handoff.Material {
	m := handoff.Material{Said: d.Said, Read: d.Read}
	for _, f := range facts {
		label := f.Label
		if f.Child != "" {
			label = f.Child + "，" + label
		}
		m.Facts = append(m.Facts, handoff.KnownFact{Label: label, Value: f.Value, Seq: f.Seq, Quote: f.Quote})
	}
	if shown == nil {
		return m
	}
	for _, item := range shown.Card.Eligible {
		m.Eligible = append(m.Eligible, item.ID)
	}
	for _, item := range shown.Card.Open {
		m.Open = append(m.Open, item.ID)
	}
	m.Unanswered = unanswered(d, shown)
	return m
}

// unanswered is the question of the last card, where its words stand in the message and the family has said nothing
// since.
func unanswered(d handoff.Dossier, shown *caseMeta) *handoff.Utterance {
	if shown.Question == nil || d.Card == nil || !strings.Contains(d.Card.Body, shown.Question.Text) {
		return nil
	}
	for _, u := range d.Said {
		if u.Seq > d.Card.Seq {
			return nil
		}
	}
	return &handoff.Utterance{Seq: d.Card.Seq, Text: shown.Question.Text}
}
