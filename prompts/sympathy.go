package prompts

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	sympathyLines    = 3 // at least, for each audience
	maxSympathyRunes = 40
)

// Sympathy is one warm line to stand before an ordinary answer, for somebody who is sad or under strain (level 1).
// Count n up and no line comes twice running. An unknown listener hears what a teenager hears.
func (b *Book) Sympathy(audience Audience, n int) string {
	lines, known := b.sympathy[audience]
	if !known {
		lines = b.sympathy[Teenager]
	}
	return lines[(n%len(lines)+len(lines))%len(lines)]
}

func (b *Book) checkSympathy() []error {
	var faults []error
	for audience := range b.sympathy {
		if !slices.Contains(Audiences, audience) {
			faults = append(faults, fmt.Errorf("sympathy.yaml: %s is no audience", audience))
		}
	}
	for _, audience := range Audiences {
		lines := b.sympathy[audience]
		if different := slices.Compact(slices.Sorted(slices.Values(lines))); len(different) < max(sympathyLines, len(lines)) {
			faults = append(faults, fmt.Errorf("sympathy.yaml: %s needs %d lines, all different", audience, sympathyLines))
		}
		for _, line := range lines {
			if err := checkSympathyLine(audience, line); err != nil {
				faults = append(faults, fmt.Errorf("sympathy.yaml: %s: %q: %w", audience, line, err))
			}
		}
	}
	return faults
}

func checkSympathyLine(audience Audience, line string) error {
	switch n := utf8.RuneCountInString(line); {
	case n == 0 || n > maxSympathyRunes:
		return fmt.Errorf("%d characters, not 1 to %d", n, maxSympathyRunes)
	case strings.ContainsAny(line, "？?吗"):
		return fmt.Errorf("a question; the answer follows at once")
	case strings.ContainsFunc(line, unicode.IsDigit) || digitWords.MatchString(line):
		return fmt.Errorf("digits")
	case strings.ContainsAny(line, "{}「」\n") || !strings.HasSuffix(line, "。"):
		return fmt.Errorf("not one plain sentence")
	}
	for _, f := range forbidden {
		if found := f.form.FindString(line); found != "" {
			return fmt.Errorf("%s: %s", f.why, found)
		}
	}
	if err := (Script{Audience: audience, Bubbles: []string{line}}).checkAddress(); err != nil {
		return err
	}
	return Guard(line)
}
