package main

import (
	"encoding/json"
	"fmt"
	"os"

	"xiaohe/assistant"
	"xiaohe/assistant/measure"
	"xiaohe/knowledge"
)

// evalBenefitsCommand plays families in natural language against the assistant.
type evalBenefitsCommand struct {
	JSON     bool   `name:"json" help:"输出 JSON。"`
	Failures bool   `help:"列出每一处不对的。"`
	Rules    string `help:"换用这个文件夹里的福利规则，以后也用它。" type:"path" placeholder:"DIR"`
	File     string `arg:"" help:"案例文件（YAML）。" type:"path"`
}

func (c *evalBenefitsCommand) Run(s *session) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("读不了“%s”", c.File)}
	}
	cases, err := measure.Read(data)
	if err != nil {
		return &knowledge.InputError{Message: err.Error()}
	}
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := s.useRules(store, c.Rules); err != nil {
		return err
	}
	var judgements []measure.Judgement
	for _, family := range cases {
		region, on, err := placeAndDate(s, store, family.Region, family.On, "")
		if err != nil {
			return err
		}
		found, err := measure.Play(s, family, measure.Converse(assistant.New(store), region, on))
		if err != nil {
			return err
		}
		judgements = append(judgements, found...)
	}
	score := measure.Sum(judgements)
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"cases": len(cases), "verdicts": score.Verdicts,
			"accuracy": score.Accuracy(), "false_eligible": score.FalseRate(), "amounts_exact": score.Exactness()})
	}
	fmt.Fprintf(s.out, "%d 个案例\n%s", len(cases), measure.Report(judgements, c.Failures))
	return nil
}
