package measure_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/guard"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/prose"
)

// A real model is told to say sentences that must not be shown, over the grounds that they were written for. Whatever it
// says, nothing that its grounds do not hold may pass. See scripts/test-tiny-model.sh.
const chatVariable = "XIAOHE_TEST_CHAT"

// asked of the model, spread over the set: a 135M model on two cores takes up to a minute for each.
const tinyQuestions = 12

// trap is a sentence that must not be shown, and what it was written over.
type trap struct {
	ID     string          `json:"id"`
	Ground json.RawMessage `json:"ground"` // the name of a shared one, or a ground
	Claim  guard.Claim     `json:"claim"`
	Want   string          `json:"want"`

	ground guard.Ground
}

func TestTinyModelPassesNothingUnsupported(t *testing.T) {
	url := os.Getenv(chatVariable)
	if url == "" {
		t.Skip("no model: make test-tiny-model starts one")
	}
	client, err := llm.New(llm.Options{URL: url, Models: map[llm.Job]string{llm.Prose: "tiny"}, Local: true, Open: time.Millisecond,
		Limits: map[llm.Job]llm.Limit{llm.Prose: {First: 15 * time.Minute, Whole: 15 * time.Minute, Tokens: 240}}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	heard, passed, dropped := 0, 0, map[string]int{}
	for _, bad := range traps(t) {
		var checked []prose.Checked
		task := bad.task()
		task.Checked = func(c prose.Checked) { checked = append(checked, c) }
		result := prose.Compose(t.Context(), client, task)
		t.Logf("%s: %+v", bad.ID, result.Account)
		heard += result.Account.Passed
		for reason, n := range result.Account.Dropped {
			dropped[reason] += n
			heard += n
		}
		for _, c := range checked {
			passed++
			bad.mustHold(t, c)
		}
	}
	t.Logf("%d sentences, %d passed, dropped %v", heard, passed, dropped)
	if heard == 0 {
		t.Error("the model said no sentence at all: nothing was tested")
	}
}

// The model goes on with a list of bad sentences, in no form and with some chance; each of its sentences is given words of
// the clause to rest on, so that it does not fail for want of any.
func TestTinyModelGoesOnWithBadSentences(t *testing.T) {
	url := os.Getenv(chatVariable)
	if url == "" {
		t.Skip("no model: make test-tiny-model starts one")
	}
	config := openai.DefaultConfig("")
	config.BaseURL = url
	all := traps(t)
	free := free{client: openai.NewClientWithConfig(config)}
	for _, bad := range all {
		free.begun = append(free.begun, slot.ReplaceAllString(bad.Claim.Text, "每月3000元"))
	}
	heard, passed, dropped := 0, 0, map[string]int{}
	for i, bad := range all {
		free.seed = i
		task := bad.task()
		free.span = clauseEnd.Split(task.Frame.Passages[0].Text, 2)[0]
		task.Checked = func(c prose.Checked) {
			passed++
			t.Logf("passed: %s", c.Text)
			bad.mustHold(t, c)
		}
		account := prose.Compose(t.Context(), free, task).Account
		t.Logf("%s: %+v", bad.ID, account)
		heard += account.Passed
		for reason, n := range account.Dropped {
			dropped[reason] += n
			heard += n
		}
	}
	t.Logf("%d sentences, %d passed, dropped %v", heard, passed, dropped)
	if heard == 0 {
		t.Error("the model said no sentence at all: nothing was tested")
	}
}

var (
	slot      = regexp.MustCompile(`\{\{[^{}]*\}\}`)
	clauseEnd = regexp.MustCompile(`[。；]`)
)

// free is a model that is asked for no form.
type free struct {
	client *openai.Client
	begun  []string // sentences that it goes on with
	span   string   // the words that each of its sentences rests on
	seed   int
}

// Stream says the lines that the model adds to the list.
func (f free) Stream(ctx context.Context, _ llm.Call, _ string, each func(json.RawMessage) error) (llm.Answer, error) {
	const shown = 5
	list := "请接着写，一行一句：\n"
	for i := range shown {
		list += f.begun[(f.seed+i)%len(f.begun)] + "\n"
	}
	said, err := f.client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: "tiny", Temperature: .7, Seed: &f.seed, MaxCompletionTokens: 160,
		Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: list}}})
	if err != nil {
		return llm.Answer{}, err
	}
	for line := range strings.Lines(said.Choices[0].Message.Content) {
		for text := range strings.SplitAfterSeq(strings.TrimSpace(line), "。") {
			if text == "" {
				continue
			}
			element, err := json.Marshal(guard.Claim{Text: text, Passage: 1, Span: f.span})
			if err != nil {
				return llm.Answer{}, err
			}
			if err := each(element); err != nil {
				return llm.Answer{}, err
			}
		}
	}
	return llm.Answer{}, nil
}

// traps are bad sentences from the whole of the adversarial set.
func traps(t *testing.T) []trap {
	t.Helper()
	data, err := os.ReadFile("../guard/testdata/grounds.json")
	if err != nil {
		t.Fatal(err)
	}
	var shared map[string]guard.Ground
	if err := json.Unmarshal(data, &shared); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("../guard/testdata/adversarial.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []trap
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var bad trap
		var name string
		if err := json.Unmarshal(lines.Bytes(), &bad); err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(bad.Ground, &name) == nil {
			bad.ground = shared[name]
		} else if err := json.Unmarshal(bad.Ground, &bad.ground); err != nil {
			t.Fatal(err)
		}
		if bad.Want == "drop" && bad.Claim.Text != "" && len(bad.ground.Passages) > 0 {
			all = append(all, bad)
		}
	}
	var some []trap
	for i := range min(tinyQuestions, len(all)) {
		some = append(some, all[i*len(all)/tinyQuestions])
	}
	return some
}

// task has the model say the sentence, over its grounds. Only the passage that it names is shown: the model is slow.
func (b trap) task() prose.Task {
	shown := b.ground.Passages[:1]
	if n := b.Claim.Passage; n > 0 && n <= len(b.ground.Passages) {
		shown = b.ground.Passages[n-1 : n]
	}
	task := prose.Task{Question: b.ground.Question, Before: "请照着说：“" + b.Claim.Text + "”", Reader: prose.Family, Verdicts: b.ground.Verdicts}
	for i, p := range shown {
		task.Frame.Passages = append(task.Frame.Passages, answer.Passage{Title: p.Title, Number: p.Number, Clause: p.Clause, Text: p.Text, Citation: i + 1})
		task.Citations = append(task.Citations, answer.Citation{N: i + 1, Document: p.Title, Clause: p.Clause, Quote: p.Text})
	}
	for _, s := range b.ground.Slots {
		task.Frame.Slots = append(task.Frame.Slots, answer.Slot{Key: s.Key, Text: s.Text})
	}
	return task
}

var figures = regexp.MustCompile(`\d+`)

// mustHold looks at a sentence that passed without asking the guard: it is not the bad one, it rests on words of its
// clause, and no figure in it is new.
func (b trap) mustHold(t *testing.T, c prose.Checked) {
	t.Helper()
	if strings.TrimSpace(c.Claim.Text) == strings.TrimSpace(b.Claim.Text) {
		t.Errorf("%s: the bad sentence passed: %s", b.ID, c.Text)
	}
	known := b.ground.Question
	for _, p := range b.ground.Passages {
		known += p.Title + p.Number + p.Clause + p.Text
	}
	for _, s := range b.ground.Slots {
		known += s.Text
	}
	for _, figure := range figures.FindAllString(c.Text, -1) {
		if !strings.Contains(known, figure) {
			t.Errorf("%s: %s is in no ground: %s", b.ID, figure, c.Text)
		}
	}
	if c.Claim.Passage > 0 && strings.TrimSpace(c.Claim.Span) == "" {
		t.Errorf("%s: a sentence rests on no words: %s", b.ID, c.Text)
	}
}
