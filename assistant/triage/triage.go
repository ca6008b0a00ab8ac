// Package triage reads every message of a conversation for danger before anything else does: how dangerous it may be
// (L0–L4), what kind of danger, which situations of mandatory notification (R1–R9) it points to, and the words that
// show it.
//
// It is deterministic, works offline and imports nothing of the project. Rules and a small classifier read the raw
// text, the session remembers; a language model's opinion can be merged in and may only raise. Only a human lowers a
// level. What comes out is a clue for a person who carries the duty to act, never a finding.
package triage

import (
	"fmt"
	"slices"
	"strings"
)

// Level says how dangerous a situation may be. The order follows the public structure of C-SSRS screening (wish,
// thoughts, method, intent, plan, behaviour); none of its wording is used.
type Level int8

// The levels, and what the reply does at each.
const (
	None     Level = iota // L0 无: ordinary talk
	Distress              // L1 困扰: one line of sympathy, normal answer
	Concern               // L2 关注: care and one question, normal answer
	High                  // L3 高: scripts only, a person takes over
	Imminent              // L4 紧急: 110 and 120 first, scripts only, a person at once
)

func (l Level) String() string { return fmt.Sprintf("L%d", int8(l)) }

// Category is a kind of danger.
type Category string

// The categories of the design, §2.1.
const (
	Suicide       Category = "suicide"
	SelfHarm      Category = "self_harm"
	PhysicalAbuse Category = "physical_abuse"
	SexualAbuse   Category = "sexual_abuse"
	Neglect       Category = "neglect"
	Trafficking   Category = "trafficking"
	Runaway       Category = "runaway"
	Bullying      Category = "bullying"
	CaregiverHarm Category = "caregiver_harm"
	Violence      Category = "violence"
	Medical       Category = "medical"
	Danger        Category = "danger"
	Distressed    Category = "distress"
)

// Categories lists every kind of danger, worst consequence of a wrong script first: where a message shows several at
// one level, the first of them chooses the script.
var Categories = []Category{Medical, SexualAbuse, CaregiverHarm, Suicide, PhysicalAbuse, Trafficking, Neglect, SelfHarm,
	Runaway, Violence, Bullying, Danger, Distressed}

// Flag is one of the nine situations in which the duty to report arises (高检发〔2020〕9号 第四条), R1 to R9.
type Flag string

// Speaker is who writes, as far as it is known or can be read from the words.
type Speaker string

// The speakers.
const (
	Unknown    Speaker = "unknown"
	Child      Speaker = "child"
	Caregiver  Speaker = "caregiver"
	ThirdParty Speaker = "third_party"
	Worker     Speaker = "worker"
)

// Evidence is a stretch of the raw text and what it supports alone. Start and End are byte offsets into the raw text;
// both are 0 where the evidence is no stretch of this message (session, button).
type Evidence struct {
	Source   string   `json:"source"` // rules, classifier, model, session, button, failure
	RuleID   string   `json:"rule_id"`
	Category Category `json:"category"`
	Level    Level    `json:"level"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Script   string   `json:"-"` // situation of the reply, where the rule names one
}

// Versions names everything that took part in an assessment, as short hashes.
type Versions struct {
	Rules   string `json:"rules"`
	Weights string `json:"weights"`
}

// Result is what triage says of a message.
type Result struct {
	Level        Level      // of the session, this message included
	MessageLevel Level      // of this message alone
	Categories   []Category // strongest first
	Flags        []Flag     // in order, no duplicates
	Evidence     []Evidence // strongest first; empty only at L0
	Speaker      Speaker    // as given, or read from the words
	Other        bool       // the message tells what somebody else says or does
	Young        bool       // the speaker is, by the words, a small child

	GuardianSuspect bool // a guardian or family member, or nobody that is named, may be the one who does harm
	WorkerSuspect   bool // somebody whose duty is to look after the child may be
	AgeUnknown      bool // R2 stands because age or sex is not known

	Versions Versions
}

// Quote returns the words of e in the raw text.
func (e Evidence) Quote(raw string) string {
	if e.Start < 0 || e.End > len(raw) || e.Start >= e.End {
		return ""
	}
	return raw[e.Start:e.End]
}

// add puts in a piece of evidence.
func (r *Result) add(e Evidence) {
	if e.Level == None {
		return
	}
	r.Evidence = append(r.Evidence, e)
	r.MessageLevel = max(r.MessageLevel, e.Level)
	r.Level = max(r.Level, e.Level)
}

// flag adds flags.
func (r *Result) flag(flags []Flag) {
	for _, f := range flags {
		if !slices.Contains(r.Flags, f) {
			r.Flags = append(r.Flags, f)
		}
	}
}

// settle orders evidence, flags and categories.
func (r *Result) settle() {
	slices.SortStableFunc(r.Evidence, func(a, b Evidence) int {
		if a.Level != b.Level {
			return int(b.Level) - int(a.Level)
		}
		return slices.Index(Categories, a.Category) - slices.Index(Categories, b.Category)
	})
	r.AgeUnknown = r.AgeUnknown || slices.Contains(r.Flags, "R2") && slices.Contains(r.Flags, "R9")
	slices.SortFunc(r.Flags, func(a, b Flag) int { return strings.Compare(string(a), string(b)) })
	r.Categories = r.Categories[:0]
	for _, e := range r.Evidence {
		if e.Category != "" && !slices.Contains(r.Categories, e.Category) {
			r.Categories = append(r.Categories, e.Category)
		}
	}
}
