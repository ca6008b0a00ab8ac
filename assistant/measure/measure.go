// Package measure plays families that tell their situation in their own words against the assistant, and scores what
// the rules decided in the end.
package measure

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"xiaohe/assistant"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// Case is one family in natural language. FORMAT: docs/写福利规则.md.
type Case struct {
	ID      string                 `yaml:"id"`
	Voice   string                 `yaml:"voice"`
	Topic   string                 `yaml:"topic"`
	Region  string                 `yaml:"region"`
	On      string                 `yaml:"on"`
	Turns   []string               `yaml:"turns"`
	Answers map[string]string      `yaml:"answers"` // by fact: what the person says when asked
	Expect  map[string]Expectation `yaml:"expect"`  // by benefit, at the end
	Note    string                 `yaml:"note"`
}

// Expectation is the right verdict, and the amount where it matters.
type Expectation struct {
	Verdict string `yaml:"verdict"` // eligible, undetermined, ineligible
	Amount  string `yaml:"amount"`
}

// mostAsked is how many questions a family answers.
const mostAsked = 8

// Read reads a file of cases and checks that they can be scored.
func Read(data []byte) ([]Case, error) {
	var cases []Case
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&cases); err != nil {
		return nil, fmt.Errorf("评测文件写法不对：%w", err)
	}
	seen := map[string]bool{}
	for i, c := range cases {
		switch {
		case c.ID == "" || seen[c.ID]:
			return nil, fmt.Errorf("第 %d 个案例的 id 缺了或重复：%q", i+1, c.ID)
		case len(c.Turns) == 0 || len(c.Expect) == 0:
			return nil, fmt.Errorf("案例 %s 要有 turns 和 expect", c.ID)
		}
		seen[c.ID] = true
		for id, e := range c.Expect {
			if _, ok := benefit.ParseVerdict(e.Verdict); !ok || !slices.Contains(benefit.Benefits, id) {
				return nil, fmt.Errorf("案例 %s 的 expect 里“%s: %s”写错了", c.ID, id, e.Verdict)
			}
		}
	}
	return cases, nil
}

// Reply is what the assistant made of one message.
type Reply struct {
	Asked   string // the fact that it asks about, empty for none
	Paused  bool   // it waits for 继续
	Results []benefit.Result
}

// Speaker is the assistant's side of one conversation.
type Speaker func(ctx context.Context, text string) (Reply, error)

// Converse opens a conversation with the assistant.
func Converse(a *assistant.Assistant, region knowledge.Region, on knowledge.Date) Speaker {
	conversation := assistant.Conversation{Region: region, On: on}
	return func(ctx context.Context, text string) (Reply, error) {
		turn, err := a.Turn(ctx, conversation, text)
		if err != nil {
			return Reply{}, err
		}
		conversation.Questions = append(slices.Clip(conversation.Questions), text)
		conversation.State, conversation.Watch = turn.State, turn.Danger.Watch
		reply := Reply{Results: turn.Results, Paused: turn.Paused}
		if turn.Ask != nil {
			reply.Asked = turn.Ask.Fact
		}
		return reply, nil
	}
}

// Judgement is one expectation and what came out.
type Judgement struct {
	Case      string
	Topic     string
	Benefit   string
	Want, Got string // verdicts; Got is empty where no rule is in force
	WantMoney string
	GotMoney  string
}

// RightVerdict tells whether the verdict is the expected one.
func (j Judgement) RightVerdict() bool { return j.Want == j.Got }

// FalseEligible tells whether somebody would be told that they get what they do not.
func (j Judgement) FalseEligible() bool { return j.Got == "eligible" && j.Want != "eligible" }

// Play lets a family tell its story and answer what it is asked, and judges the end.
func Play(ctx context.Context, c Case, say Speaker) ([]Judgement, error) {
	var last Reply
	var err error
	for _, text := range c.Turns {
		if last, err = say(ctx, text); err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
	}
	for range mostAsked {
		if len(c.Answers) == 0 || last.Asked == "" && !last.Paused {
			break
		}
		text := cmp.Or(c.Answers[last.Asked], "不清楚")
		if last.Paused {
			text = "继续"
		}
		if last, err = say(ctx, text); err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
	}
	return judge(c, last.Results), nil
}

func judge(c Case, results []benefit.Result) []Judgement {
	var found []Judgement
	for _, id := range benefit.Benefits {
		want, ok := c.Expect[id]
		if !ok {
			continue
		}
		verdict, _ := benefit.ParseVerdict(want.Verdict)
		j := Judgement{Case: c.ID, Topic: c.Topic, Benefit: id, Want: verdict.Code(), WantMoney: want.Amount}
		if i := slices.IndexFunc(results, func(r benefit.Result) bool { return r.ID == id }); i >= 0 {
			j.Got = results[i].Final.Code()
			j.GotMoney = results[i].Money()
		}
		found = append(found, j)
	}
	return found
}

// Score sums judgements up.
type Score struct {
	Verdicts, RightVerdicts int
	NotEligible             int // expectations that are not eligible
	FalseEligible           int
	Amounts, RightAmounts   int // where an amount is expected and the verdict is right
}

// Sum scores judgements.
func Sum(judgements []Judgement) Score {
	var s Score
	for _, j := range judgements {
		s.Verdicts++
		if j.RightVerdict() {
			s.RightVerdicts++
		}
		if j.Want != "eligible" {
			s.NotEligible++
		}
		if j.FalseEligible() {
			s.FalseEligible++
		}
		if j.WantMoney != "" && j.RightVerdict() {
			s.Amounts++
			if j.WantMoney == j.GotMoney {
				s.RightAmounts++
			}
		}
	}
	return s
}

func (s Score) String() string {
	return fmt.Sprintf("结论正确率 %.3f（%d/%d），误判可领率 %.3f（%d/%d），金额准确率 %.3f（%d/%d）",
		ratio(s.RightVerdicts, s.Verdicts), s.RightVerdicts, s.Verdicts, ratio(s.FalseEligible, s.NotEligible), s.FalseEligible, s.NotEligible,
		ratio(s.RightAmounts, s.Amounts), s.RightAmounts, s.Amounts)
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Accuracy is the share of verdicts that are right.
func (s Score) Accuracy() float64 { return ratio(s.RightVerdicts, s.Verdicts) }

// FalseRate is how often somebody who does not get a benefit, or not surely, was told that they do.
func (s Score) FalseRate() float64 { return ratio(s.FalseEligible, s.NotEligible) }

// Exactness is the share of amounts that are right to the 分.
func (s Score) Exactness() float64 { return ratio(s.RightAmounts, s.Amounts) }

// Report is a table by topic, and what went wrong where failures are wanted.
func Report(judgements []Judgement, failures bool) string {
	var b strings.Builder
	topics := map[string][]Judgement{}
	for _, j := range judgements {
		topic, _, _ := strings.Cut(strings.ReplaceAll(j.Topic, "：", " "), " ")
		topics[topic] = append(topics[topic], j)
	}
	names := make([]string, 0, len(topics))
	for name := range topics {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s：%s\n", name, Sum(topics[name]))
	}
	fmt.Fprintf(&b, "全部：%s\n", Sum(judgements))
	for _, j := range judgements {
		if failures && (!j.RightVerdict() || j.WantMoney != "" && j.WantMoney != j.GotMoney) {
			fmt.Fprintf(&b, "  %s %s：应为 %s %s，得到 %s %s\n", j.Case, j.Benefit, j.Want, j.WantMoney, j.Got, j.GotMoney)
		}
	}
	return b.String()
}
