package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/measure"
	"xiaohe/knowledge"
)

// evalAnswersCommand scores whole answers on questions whose right clauses are known: without a language model, and with
// the one that is connected.
type evalAnswersCommand struct {
	JSON     bool   `name:"json" help:"输出 JSON，没有模型和接了模型各一行。"`
	Failures bool   `help:"列出每一处不对的。"`
	Limit    int    `help:"最多问几题，各种问法轮着取；不写就全问。" placeholder:"N"`
	File     string `arg:"" help:"问题文件（JSONL，每行有 question、style、region、gold）。" type:"path"`
}

// placed is a question and the region that it is asked for.
type placed struct {
	measure.Question
	region knowledge.Region
}

func (c *evalAnswersCommand) Run(s *session) error {
	questions, err := c.read()
	if err != nil {
		return err
	}
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	asked, err := place(s, store, questions)
	if err != nil {
		return err
	}
	plain := assistant.New(store)
	if _, err := measure.Ask(s, plain, asked[0].Question, asked[0].region); err != nil { // the first turn reads rules and lists
		return err
	}
	ways := make([]measure.Answers, 1, 2)
	if ways[0], err = answerAll(s, plain, asked, io.Discard); err != nil {
		return err
	}
	client, done, err := s.chat(db)
	if err != nil {
		return err
	}
	defer done()
	if client != nil {
		helped := assistant.New(store)
		helped.UseModel(client)
		way, err := answerAll(s, helped, asked, s.err)
		if err != nil {
			return err
		}
		ways = append(ways, way)
	}
	if err := c.print(s, ways); err != nil {
		return err
	}
	for _, way := range ways {
		if way.Sentences != nil && way.Sentences.Unsupported > 0 {
			return &knowledge.InputError{Message: fmt.Sprintf("有 %d 句没有依据的话给人看了，这是程序的毛病。", way.Sentences.Unsupported)}
		}
	}
	return nil
}

func (c *evalAnswersCommand) read() ([]measure.Question, error) {
	if c.Limit < 0 {
		return nil, &knowledge.InputError{Message: "--limit 不能是负数；不写就全问"}
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, &knowledge.InputError{Message: fmt.Sprintf("读不了“%s”", c.File)}
	}
	questions, err := measure.ReadQuestions(data)
	if err != nil {
		return nil, &knowledge.InputError{Message: fmt.Sprintf("“%s”有错：%v", filepath.Base(c.File), err)}
	}
	return measure.Spread(questions, c.Limit), nil
}

// place finds the regions of all questions, so that a wrong one is told before hours are spent on the others.
func place(ctx context.Context, store *knowledge.Store, questions []measure.Question) ([]placed, error) {
	asked := make([]placed, len(questions))
	for i, q := range questions {
		region, err := store.Region(ctx, q.Region)
		switch {
		case knowledge.IsInputError(err):
			return nil, &knowledge.InputError{Message: fmt.Sprintf("第 %d 行：%v", q.Line, err)}
		case err != nil:
			return nil, err
		}
		asked[i] = placed{q, region}
	}
	return asked, nil
}

// answerAll asks the questions one after the other, so that the time of a turn is its own, and tells how far it is.
func answerAll(ctx context.Context, a *assistant.Assistant, asked []placed, progress io.Writer) (measure.Answers, error) {
	const every = 10 * time.Second
	told := time.Now()
	var answered []measure.Answered
	for i, q := range asked {
		r, err := measure.Ask(ctx, a, q.Question, q.region)
		if err != nil {
			return measure.Answers{}, err
		}
		answered = append(answered, r)
		if time.Since(told) >= every {
			told = time.Now()
			fmt.Fprintf(progress, "答了 %d／%d 题\n", i+1, len(asked))
		}
	}
	return measure.ScoreAnswers(answered, a.HasModel()), nil
}

func (c *evalAnswersCommand) print(s *session, ways []measure.Answers) error {
	if c.JSON {
		encoder := json.NewEncoder(s.out)
		for _, way := range ways {
			if err := encoder.Encode(way); err != nil {
				return err
			}
		}
		return nil
	}
	if c.Failures {
		for _, way := range ways {
			fmt.Fprint(s.out, way.Mistakes())
		}
	}
	fmt.Fprint(s.out, measure.AnswerTable(ways...))
	for _, way := range ways {
		if way.Sentences != nil {
			fmt.Fprintf(s.out, "\n%s", way.Sentences)
		}
	}
	return nil
}
