package measure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"xiaohe/assistant"
	"xiaohe/knowledge"
)

// Question is one whose right clauses are known. FORMAT: docs/模型.md.
type Question struct {
	QID      string `json:"qid"`
	Style    string `json:"style"`
	Region   string `json:"region"`
	On       string `json:"on"`
	Question string `json:"question"`
	Gold     []Gold `json:"gold"` // any of them answers it; none where it is to be refused

	Line int `json:"-"` // of the file, counted from 1
}

// Gold is a clause that answers a question.
type Gold struct {
	Document string `json:"document"`
	Clause   string `json:"clause"`
}

// Unanswerable is the style of questions that are to be refused.
const Unanswerable = "unanswerable"

// Styles of the project's own questions, in the order of the tables.
var Styles = []string{"lay", "child", "professional", "keyword", "number", "typo", "region", Unanswerable}

// unnamed is the style of questions that name none.
const unnamed = "other"

// Relevance is 1 for a gold clause, or a part of one.
func (q Question) Relevance(document, clause string) float64 {
	for _, g := range q.Gold {
		if g.is(document, clause) {
			return 1
		}
	}
	return 0
}

func (g Gold) is(document, clause string) bool {
	return knowledge.TitleKey(g.Document) == knowledge.TitleKey(document) &&
		(g.Clause == clause || strings.HasPrefix(clause, g.Clause+"（"))
}

// ReadQuestions reads one question a line and checks that each can be scored. Empty lines are passed over.
func ReadQuestions(data []byte) ([]Question, error) {
	var questions []Question
	seen := map[string]int{}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		q := Question{Line: n}
		if err := json.Unmarshal(line, &q); err != nil {
			return nil, fmt.Errorf("第 %d 行写法不对，要写成一行一个 JSON", n)
		}
		if err := q.check(); err != nil {
			return nil, fmt.Errorf("第 %d 行：%w", n, err)
		}
		if before := seen[q.QID]; q.QID != "" && before > 0 {
			return nil, fmt.Errorf("第 %d 行和第 %d 行的 qid 一样：%s", n, before, q.QID)
		}
		seen[q.QID] = n
		if q.Style == "" {
			q.Style = unnamed
		}
		questions = append(questions, q)
	}
	if len(questions) == 0 {
		return nil, fmt.Errorf("里面一个问题也没有")
	}
	return questions, nil
}

func (q Question) check() error {
	if err := assistant.CheckText(q.Question); err != nil {
		return fmt.Errorf("question 不能用：%w", err)
	}
	if _, err := knowledge.ParseDate(q.On); err != nil {
		return err
	}
	switch answerable := q.Style != Unanswerable; {
	case answerable && len(q.Gold) == 0:
		return fmt.Errorf("没有 gold（哪份文件的哪一条答得上）；该拒答的问题，style 写 %s", Unanswerable)
	case !answerable && len(q.Gold) > 0:
		return fmt.Errorf("style 是 %s，就不能有 gold", Unanswerable)
	case slices.ContainsFunc(q.Gold, func(g Gold) bool { return strings.TrimSpace(g.Document) == "" || strings.TrimSpace(g.Clause) == "" }):
		return fmt.Errorf("gold 里要写 document（文件名）和 clause（第几条）")
	}
	return nil
}

// stylesOf are the styles of questions: those of the project in their order, then others by name.
func stylesOf(questions []Question) []string {
	var others []string
	all := slices.Clone(Styles)
	for _, q := range questions {
		if !slices.Contains(Styles, q.Style) && !slices.Contains(others, q.Style) {
			others = append(others, q.Style)
		}
	}
	slices.Sort(others)
	all = append(all, others...)
	return slices.DeleteFunc(all, func(style string) bool {
		return !slices.ContainsFunc(questions, func(q Question) bool { return q.Style == style })
	})
}

// Spread takes so many questions, as evenly as can be from each style; 0 takes all.
func Spread(questions []Question, limit int) []Question {
	if limit <= 0 || limit >= len(questions) {
		return questions
	}
	byStyle := map[string][]Question{}
	for _, q := range questions {
		byStyle[q.Style] = append(byStyle[q.Style], q)
	}
	var taken []Question
	for round := 0; len(taken) < limit; round++ {
		for _, style := range stylesOf(questions) {
			if round < len(byStyle[style]) && len(taken) < limit {
				taken = append(taken, byStyle[style][round])
			}
		}
	}
	slices.SortFunc(taken, func(a, b Question) int { return a.Line - b.Line })
	return taken
}
