package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/prose"
)

// wordsGroup is a group of lines of a table, under a heading.
type wordsGroup struct {
	Name  string
	Lines []wordsLine
}

// wordsLine has a figure for the last day and one for the last week.
type wordsLine struct {
	Name      string
	Day, Week int
}

func (modelsView) Title() string { return "语言模型" }

// modelWords says what became of a model's words in the last day and week; it is empty where there were none.
func (s *Server) modelWords(ctx context.Context) ([]wordsGroup, error) {
	now := s.now()
	week, err := s.conversations.Prose(ctx, now.Add(-7*24*time.Hour))
	if err != nil || week.Asked == 0 {
		return nil, err
	}
	day, err := s.conversations.Prose(ctx, now.Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	groups := []wordsGroup{
		{"", []wordsLine{
			{"请模型说过的回答", day.Asked, week.Asked}, {"用了模型的话的回答", day.Used, week.Used},
			{"过了检查的句子", day.Passed, week.Passed}, {"没过、丢掉的句子", day.Dropped, week.Dropped},
		}},
		{"为什么丢掉", wordsLines(day.Reasons, week.Reasons, prose.ReasonWords)},
		{"没有听它说完", wordsLines(day.Ended, week.Ended, prose.EndWords)},
		{"哪个模型、哪一版提示词", wordsLines(day.Prompts, week.Prompts, func(name string) string { return name })},
	}
	return slices.DeleteFunc(groups, func(g wordsGroup) bool { return len(g.Lines) == 0 }), nil
}

// wordsLines are in the order of the week.
func wordsLines(day, week []conversation.Count, says func(string) string) []wordsLine {
	lines := make([]wordsLine, len(week))
	for i, c := range week {
		lines[i] = wordsLine{Name: cmp.Or(says(c.Name), c.Name), Week: c.N}
		if at := slices.IndexFunc(day, func(d conversation.Count) bool { return d.Name == c.Name }); at >= 0 {
			lines[i].Day = day[at].N
		}
	}
	return lines
}
