package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"xiaohe/assistant"
	"xiaohe/knowledge"
)

// askCommand runs the turns of one conversation.
type askCommand struct {
	Region string   `help:"地区代码或名称，如 330100 或 杭州；不写就看话里说的地方，再不然是全国。"`
	On     string   `help:"按哪一天有效的规定，如 2026-03-01；不写就是今天。"`
	JSON   bool     `name:"json" help:"每一轮输出一行 JSON。"`
	Batch  string   `help:"从 JSONL 文件读谈话：{\"id\",\"region\",\"on\",\"turns\":[…]}。" type:"path" placeholder:"FILE"`
	Rules  string   `help:"换用这个文件夹里的福利规则，以后也用它。" type:"path" placeholder:"DIR"`
	Turns  []string `arg:"" optional:"" name:"turn" help:"一次谈话里的几句话，一句一个参数。"`
}

type askConversation struct {
	ID     string   `json:"id"`
	Region string   `json:"region"`
	On     string   `json:"on"`
	Turns  []string `json:"turns"`
}

type askAnswer struct {
	ID    string           `json:"id"`
	Turns []assistant.Turn `json:"turns"`
}

func (c *askCommand) Run(s *session) error {
	if c.Batch == "" && len(c.Turns) == 0 {
		return &knowledge.InputError{Message: "请写要问的话，例如：xiaohe ask 爸爸坐牢妈妈跑了，孩子每月能领钱吗"}
	}
	for _, text := range c.Turns {
		if err := assistant.CheckText(text); err != nil {
			return err
		}
	}
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := s.useRules(store, c.Rules); err != nil {
		return err
	}
	a := assistant.New(store)
	client, done, err := s.chat(db)
	if err != nil {
		return err
	}
	defer done()
	a.UseModel(client)
	if c.Batch != "" {
		return batch(s, c.Batch, func(in askConversation) (any, error) {
			turns, err := converse(s, a, store, in)
			return askAnswer{in.ID, turns}, err
		})
	}
	turns, err := converse(s, a, store, askConversation{Region: c.Region, On: c.On, Turns: c.Turns})
	if err != nil {
		return err
	}
	for i, t := range turns {
		if c.JSON {
			if err := json.NewEncoder(s.out).Encode(t); err != nil {
				return err
			}
			continue
		}
		if len(turns) > 1 {
			fmt.Fprintf(s.out, "问：%s\n\n", c.Turns[i])
		}
		print(s, t)
	}
	return nil
}

// converse runs the turns of one conversation in order.
func converse(s *session, a *assistant.Assistant, store *knowledge.Store, in askConversation) ([]assistant.Turn, error) {
	region, on, err := placeAndDate(s, store, in.Region, in.On, "")
	if err != nil {
		return nil, err
	}
	conversation := assistant.Conversation{Region: region, On: on}
	turns := []assistant.Turn{}
	for _, text := range in.Turns {
		t, err := a.Whole(s, conversation, text)
		if err != nil {
			return nil, err
		}
		turns = append(turns, t)
		conversation.Questions = append(slices.Clip(conversation.Questions), text)
		conversation.State, conversation.Watch = t.State, t.Danger.Watch
	}
	return turns, nil
}

func print(s *session, t assistant.Turn) {
	fmt.Fprintln(s.out, bare(t.Answer))
	if t.Ask != nil {
		fmt.Fprintf(s.out, "（可以答：%s）\n", strings.Join(t.Ask.Options, "、"))
	}
	if t.Danger.Only { // a script stands alone; what was prepared beside it is in the JSON
		fmt.Fprintln(s.out)
		return
	}
	for _, c := range t.Citations {
		fmt.Fprintf(s.out, "\n[%d] 《%s》%s %s\n", c.N, c.Document, c.Number, c.Clause)
		if c.Quote != "" {
			fmt.Fprintf(s.out, "    “%s”\n", strings.ReplaceAll(bare(c.Quote), "\n", "\n    "))
		}
	}
	fmt.Fprintln(s.out)
}

// bare takes the marks of Markdown out that a terminal cannot show.
func bare(text string) string { return strings.ReplaceAll(text, "**", "") }
