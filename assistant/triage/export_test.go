package triage

// RuleExamples is a rule as the tests see it.
type RuleExamples struct {
	ID       string
	Category Category
	Level    Level
	Sure     bool
	Yes, No  []string
}

// Rules lists all rules with their examples.
func (t *Triage) Rules() []RuleExamples {
	var all []RuleExamples
	for _, r := range t.book.rules {
		all = append(all, RuleExamples{r.ID, r.category, r.Level, r.Sure, r.Yes, r.No})
	}
	return all
}

// Speaks returns the level at which a rule speaks in a message.
func (t *Triage) Speaks(id, text string) (level Level) {
	for _, e := range t.WithoutClassifier().read(text).Evidence {
		if e.RuleID == id {
			level = max(level, e.Level)
		}
	}
	return level
}

// SetFault makes every assessment call f first.
func (t *Triage) SetFault(f func(raw string)) { t.fault = f }
