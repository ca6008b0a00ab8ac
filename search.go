package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"xiaohe/assistant/answer"
	"xiaohe/knowledge"
)

// searchCommand finds passages.
type searchCommand struct {
	Region string   `help:"地区代码或名称，如 330100 或 杭州；不写就看问题里说的地方，再不然是全国。"`
	On     string   `help:"按哪一天有效的规定，如 2026-03-01；不写就是今天。"`
	K      int      `short:"k" help:"最多几条。" default:"10"`
	JSON   bool     `name:"json" help:"输出 JSON。"`
	Batch  string   `help:"从 JSONL 文件读问题：{\"qid\",\"question\",\"region\",\"on\"}。" type:"path" placeholder:"FILE"`
	Query  []string `arg:"" optional:"" help:"要查的话。"`
}

// found is one line of the output: the contract of `xiaohe search --batch`.
type found struct {
	QID      string         `json:"qid"`
	Passages []foundPassage `json:"passages"`
}

type foundPassage struct {
	Document string          `json:"document"`
	Number   string          `json:"number"`
	File     string          `json:"file"`
	Clause   string          `json:"clause"`
	Score    float64         `json:"score"`
	Text     string          `json:"text"`
	Legs     *knowledge.Legs `json:"legs,omitempty"` // only of a single search: what each way of finding gave
}

type searchQuestion struct {
	QID      string `json:"qid"`
	Question string `json:"question"`
	Region   string `json:"region"`
	On       string `json:"on"`
}

func (c *searchCommand) Run(s *session) error {
	question := strings.Join(c.Query, " ")
	if c.Batch == "" && strings.TrimSpace(question) == "" {
		return &knowledge.InputError{Message: "请写要查的话，例如：xiaohe search 爸爸坐牢 妈妈失联 能领什么"}
	}
	if c.K < 1 || c.K > knowledge.MaxK {
		return &knowledge.InputError{Message: fmt.Sprintf("-k 要在 1 到 %d 之间", knowledge.MaxK)}
	}
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Batch != "" {
		return batch(s, c.Batch, func(q searchQuestion) (any, error) {
			hits, err := find(s, store, q, c.K)
			return found{q.QID, present(hits, false)}, err
		})
	}
	hits, err := find(s, store, searchQuestion{Question: question, Region: c.Region, On: c.On}, c.K)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(found{Passages: present(hits, true)})
	}
	if len(hits) == 0 {
		fmt.Fprintln(s.out, "没有查到。")
	}
	for i, h := range hits {
		fmt.Fprintf(s.out, "%2d. 《%s》%s %s（%.2f）\n    %s\n", i+1, title(h), h.Document.Number, h.Clause, h.Score,
			strings.ReplaceAll(h.Body, "\n", "\n    "))
	}
	return nil
}

func find(s *session, store *knowledge.Store, q searchQuestion, k int) ([]knowledge.Hit, error) {
	region, on, err := placeAndDate(s, store, q.Region, q.On, q.Question)
	if err != nil {
		return nil, err
	}
	result, err := store.Search(s, knowledge.Query{Text: q.Question, Region: region, On: on, K: k})
	return result.Hits, err
}

// placeAndDate checks a region and a date given as text; without a region, the question may name one.
func placeAndDate(s *session, store *knowledge.Store, region, on, question string) (knowledge.Region, knowledge.Date, error) {
	date, err := knowledge.ParseDate(on)
	if err != nil {
		return knowledge.Region{}, "", err
	}
	if date == "" {
		date = store.Today()
	}
	if region == "" {
		r, err := store.RegionIn(s, question)
		return r, date, err
	}
	r, err := store.Region(s, region)
	return r, date, err
}

func present(hits []knowledge.Hit, legs bool) []foundPassage {
	out := make([]foundPassage, len(hits))
	for i, h := range hits {
		out[i] = foundPassage{Document: title(h), Number: h.Document.Number, File: h.Document.File, Clause: h.Clause,
			Score: h.Score, Text: h.Body}
		if legs {
			out[i].Legs = &hits[i].Legs
		}
	}
	return out
}

// title of a hit: a card says that it is one.
func title(h knowledge.Hit) string {
	if h.Document.Card != nil {
		return answer.CardMark + h.Document.Title
	}
	return h.Document.Title
}
