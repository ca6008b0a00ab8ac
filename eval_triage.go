package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"xiaohe/assistant/triage"
	"xiaohe/assistant/triage/measure"
	"xiaohe/knowledge"
	"xiaohe/knowledge/lexical"
)

// evalTriageCommand scores triage on messages and dialogues whose level is known, or only predicts.
type evalTriageCommand struct {
	JSON     bool   `name:"json" help:"输出 JSON。"`
	Failures bool   `help:"列出每一条判错的。"`
	Rules    bool   `name:"rules-only" help:"只用规则，不用分类器。"`
	Out      string `help:"把每一条的判断（id、level、flags）写进这个文件。" type:"path" placeholder:"PRED.jsonl"`
	HTML     string `name:"html" help:"把结果画成一页图。" type:"path" placeholder:"PAGE.html"`
	File     string `arg:"" help:"评测文件（JSONL，每行有 text 或 turns）。" type:"path"`
}

func (c *evalTriageCommand) Run(s *session) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("读不了“%s”", c.File)}
	}
	items, err := measure.Read(data)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("“%s”有错：%v", c.File, err)}
	}
	t, err := triage.New(lexical.Simplified())
	if err != nil {
		return err
	}
	if c.Rules {
		t = t.WithoutClassifier()
	}
	scores := measure.Score(t, items)
	if c.Out != "" {
		if err := writePredictions(c.Out, scores.Predictions()); err != nil {
			return err
		}
	}
	if c.HTML != "" {
		if err := create(c.HTML, func(w io.Writer) error { return scores.WritePage(w, filepath.Base(c.File), now()) }); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(scores)
	}
	if c.Failures {
		fmt.Fprint(s.out, scores.Mistakes())
	}
	fmt.Fprint(s.out, scores)
	return nil
}

func writePredictions(name string, all []measure.Prediction) error {
	return create(name, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		for _, p := range all {
			if err := encoder.Encode(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// create writes a file whole or says why not.
func create(name string, write func(io.Writer) error) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("写不了“%s”", name)}
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	out := bufio.NewWriter(file)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}
