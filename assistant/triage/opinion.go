package triage

import (
	"encoding/json"
	"slices"
	"strings"
)

// Outcome is how asking a language model ended.
type Outcome string

// The outcomes.
const (
	Answered Outcome = "answered"
	NoAnswer Outcome = "no_answer" // time-out, network, refusal in free text, unknown values: no opinion, not L0
	Filtered Outcome = "filtered"  // the provider refused the user's message itself
)

// Opinion is what a language model says of a message. It may only raise.
type Opinion struct {
	Outcome    Outcome
	Level      Level
	Categories []Category
	Flags      []Flag
	Evidence   []string // words of the message, to the letter
	Model      string
}

// ParseOpinion reads a model's answer. Everything that is not exactly the schema is no answer.
func ParseOpinion(data []byte) Opinion {
	var answer struct {
		Level      *Level     `json:"level"`
		Categories []Category `json:"categories"`
		Flags      []Flag     `json:"flags"`
		Evidence   []string   `json:"evidence"`
		Subject    *string    `json:"subject"`
	}
	none := Opinion{Outcome: NoAnswer}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&answer) != nil || decoder.More() || answer.Level == nil || *answer.Level < None || *answer.Level > Imminent ||
		answer.Subject == nil || !slices.Contains(subjects, *answer.Subject) {
		return none
	}
	if slices.ContainsFunc(answer.Categories, func(c Category) bool { return !slices.Contains(Categories, c) }) ||
		slices.ContainsFunc(answer.Flags, func(f Flag) bool { return !f.valid() }) {
		return none
	}
	return Opinion{Outcome: Answered, Level: *answer.Level, Categories: answer.Categories, Flags: answer.Flags, Evidence: answer.Evidence}
}

// subjects are whom a message may be about, in the words of the schema.
var subjects = []string{"self", "other", "child_in_care", "generic"}

func (f Flag) valid() bool { return len(f) == 2 && f[0] == 'R' && f[1] >= '1' && f[1] <= '9' }

// Merge adds a second opinion to the result of a message. Levels and flags are only ever added: a higher level that no words
// of the message support counts as L2 at most, a refusal of the message by the provider as L2. A message that this makes one
// of concern counts in the session as any other does (S3); one that no words support raises a quiet session only.
func (t *Triage) Merge(in Input, r Result, o Opinion) Result {
	r.Evidence, r.Flags, r.Categories = slices.Clone(r.Evidence), slices.Clone(r.Flags), slices.Clone(r.Categories)
	switch e, supported := o.evidence(in.Text); {
	case !supported && o.Level > r.Level:
		r.raise(e)
		t.suspectIn(e, in.Text, &r)
	case supported && e.Level > r.MessageLevel:
		r.add(e)
		t.suspectIn(e, in.Text, &r)
		r.rise("S3", in.Session.repeated(in.Now, r.MessageLevel))
	}
	if o.Outcome == Answered {
		for _, f := range o.Flags {
			if f.valid() && !slices.Contains(r.Flags, f) {
				r.Flags = append(r.Flags, f)
			}
		}
	}
	r.settle()
	return r
}

// evidence is what an opinion supports, L0 where it has none. An answer whose words are not all in the message, or that has
// none, is not supported.
func (o Opinion) evidence(raw string) (e Evidence, supported bool) {
	if o.Outcome == Filtered {
		return Evidence{Source: "model", RuleID: "content-filter", Level: Concern}, true
	}
	if o.Outcome != Answered {
		return e, false
	}
	e = Evidence{Source: "model", RuleID: o.Model, Level: o.Level}
	if len(o.Categories) > 0 {
		e.Category = o.Categories[0]
	}
	supported = len(o.Evidence) > 0
	for i, words := range o.Evidence {
		at := strings.Index(raw, words)
		supported = supported && words != "" && at >= 0
		if i == 0 && at >= 0 {
			e.Start, e.End = at, at+len(words)
		}
	}
	if !supported {
		e.Level, e.Start, e.End = min(e.Level, Concern), 0, 0
	}
	return e, supported
}

// suspectIn notes who may do the harm that a model has found in words of the message: as for a rule that names nobody,
// the guardian, unless these words speak of somebody whose duty is to look after the child.
func (t *Triage) suspectIn(e Evidence, raw string, r *Result) {
	if e.Level < Concern || e.Level < r.Level || !harmful[e.Category] {
		return
	}
	words := e.Quote(raw)
	worker := t.speaks("worker", words)
	r.WorkerSuspect = r.WorkerSuspect || worker
	r.GuardianSuspect = r.GuardianSuspect || !worker || t.speaks("family", words)
}

// raise adds evidence that says more than what is known.
func (r *Result) raise(e Evidence) {
	if e.Level > r.Level {
		r.add(e)
	}
}
