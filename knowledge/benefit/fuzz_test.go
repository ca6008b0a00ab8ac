package benefit

import (
	"maps"
	"regexp"
	"slices"
	"testing"
)

// FuzzLoad puts anything into a file of the small rule set: whatever an officer uploads is refused or works, and never
// stops the program.
func FuzzLoad(f *testing.F) {
	names := slices.Sorted(maps.Keys(smallSet))
	for i, name := range names {
		f.Add(i, string(smallSet[name].Data))
	}
	for i := range mistakes {
		m := mistakes[i]
		f.Add(slices.Index(names, m.file), m.new)
	}
	f.Add(0, "&a [*a]")
	f.Add(3, "- {标准: &a {乘: *a}}\n---\n[]")
	f.Fuzz(func(t *testing.T, file int, text string) {
		if file < 0 || file >= len(names) {
			return
		}
		book, problems := Load(with(names[file], text))
		if book == nil {
			if !Failed(problems) {
				t.Fatal("no book and no error")
			}
			return
		}
		book.Lint(DayOf(2026, 11, 21))
		book.Test()
		for _, rule := range book.Rules {
			book.ReadAloud(rule.ID)
		}
		book.At(Everywhere("330106"), DayOf(2025, 3, 10)).Decide(book.Dictionary.NewCase())
		Schemas(book)
	})
}

// TestNothingMissingStopsTheProgram takes away and replaces every part of every file of the small rule set.
func TestNothingMissingStopsTheProgram(t *testing.T) {
	t.Parallel()
	part := regexp.MustCompile(`\{[^{}\n]*\}|\[[^\[\]\n]*\]|[^\s,:{}\[\]]+:? ?|\n`)
	for name := range smallSet {
		text := string(smallSet[name].Data)
		for _, at := range part.FindAllStringIndex(text, -1) {
			for _, other := range []string{"", "[]", "{}", "~", "甲", "[甲, [乙]]", "{甲: {乙: 丙}}"} {
				changed := text[:at[0]] + other + text[at[1]:]
				if book, _ := Load(with(name, changed)); book != nil {
					book.Lint(0)
					book.Test()
					book.At(Everywhere("330106"), DayOf(2025, 3, 10)).Decide(book.Dictionary.NewCase())
				}
			}
		}
	}
}
