package extract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// vocabulary is the dictionary as a model is told of it: what may be said of each fact, and the schema that allows
// nothing else.
type vocabulary struct {
	lines  []string
	schema []byte
}

// mostFacts is how many facts an answer may hold.
const mostFacts = 12

// unasked are options that nobody is asked about as about an income. Danger is no matter of money, and package triage looks
// for it in every message; an infection is for the family to bring up.
var unasked = map[string][]string{"案件.情形": {"虐待遗弃家暴", "刑事被害"}, "孩子.已认定身份": {"艾滋病病毒感染儿童"}}

// proposable tells whether a model may propose a fact: people are asked about it, they need not bring it up themselves
// (感染艾滋病病毒), and it is no place. A place is a code of the register of regions, and what the register finds in the words
// needs no model: package understand reads it, and where it reads none the dialogue asks. A model would add but a guess at which
// of the places of a name is meant, and whether the family lives there or is registered there; a wrong one changes every amount.
func proposable(f *benefit.Fact) bool {
	return !f.Volunteer && f.Question != "" && f.Type != benefit.Place
}

// options are those of a choice that may be proposed, with what people say.
func options(f *benefit.Fact) (names, spoken []string) {
	for i, name := range f.Options {
		if !slices.Contains(unasked[f.Name], name) {
			names, spoken = append(names, name), append(spoken, f.Spoken[i])
		}
	}
	return names, spoken
}

// isNumber tells whether a fact is a number or an amount.
func isNumber(f *benefit.Fact) bool { return f.Type == benefit.Integer || f.Type == benefit.Money }

// The schema of an answer (JSON Schema, draft 2020-12).
type (
	schema struct {
		Type                 string   `json:"type"`
		AdditionalProperties bool     `json:"additionalProperties"`
		Required             []string `json:"required"`
		Properties           struct {
			Facts list `json:"facts"`
		} `json:"properties"`
	}
	list struct {
		Type     string `json:"type"`
		MaxItems int    `json:"maxItems"`
		Items    union  `json:"items"`
	}
	union struct {
		AnyOf []item `json:"anyOf"`
	}
	item struct {
		Type                 string     `json:"type"`
		AdditionalProperties bool       `json:"additionalProperties"`
		Required             []string   `json:"required"`
		Properties           properties `json:"properties"`
	}
	properties struct {
		Fact  value `json:"fact"`
		Value value `json:"value"`
		Quote value `json:"quote"`
		Sure  value `json:"sure"`
	}
	value struct {
		Type    string   `json:"type"`
		Enum    []string `json:"enum,omitempty"`
		Pattern string   `json:"pattern,omitempty"`
	}
)

// vocabularyOf makes the lines and the schema. Facts that take the same values share a branch of the schema.
func vocabularyOf(d *benefit.Dictionary) (vocabulary, error) {
	var v vocabulary
	s := schema{Type: "object", Required: []string{"facts"}}
	s.Properties.Facts = list{Type: "array", MaxItems: mostFacts}
	branches := map[string]int{}
	for _, f := range d.Facts {
		if !proposable(f) {
			continue
		}
		v.lines = append(v.lines, line(f))
		takes := valueOf(f)
		key := takes.Type + takes.Pattern + strings.Join(takes.Enum, "|")
		i, ok := branches[key]
		if !ok {
			i = len(s.Properties.Facts.Items.AnyOf)
			branches[key] = i
			s.Properties.Facts.Items.AnyOf = append(s.Properties.Facts.Items.AnyOf, item{Type: "object", Required: []string{"fact", "value", "quote", "sure"},
				Properties: properties{Fact: value{Type: "string"}, Value: takes, Quote: value{Type: "string"}, Sure: value{Type: "boolean"}}})
		}
		branch := &s.Properties.Facts.Items.AnyOf[i]
		branch.Properties.Fact.Enum = append(branch.Properties.Fact.Enum, f.Name)
	}
	var err error
	if v.schema, err = json.Marshal(s); err != nil {
		return v, fmt.Errorf("write the schema of the dictionary: %w", err)
	}
	return v, nil
}

// valueOf is what a fact takes. Ranges are no part of it: one number out of range would make the whole answer worthless.
func valueOf(f *benefit.Fact) value {
	switch {
	case isNumber(f):
		return value{Type: "number"}
	case f.Type == benefit.Date:
		return value{Type: "string", Pattern: `^\d{4}-\d{2}-\d{2}$`}
	}
	names, _ := options(f)
	return value{Type: "string", Enum: names}
}

// line tells a model of one fact: 父亲.失联月数（爸爸失联多久）：数字，月.
func line(f *benefit.Fact) string {
	head := f.Name + "（" + f.Label + "）："
	switch {
	case isNumber(f):
		return head + "数字，" + f.Unit
	case f.Type == benefit.Date:
		return head + "日期"
	}
	names, spoken := options(f)
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name
		if spoken[i] != name {
			texts[i] += "=" + spoken[i]
		}
	}
	return head + strings.Join(texts, "；")
}
