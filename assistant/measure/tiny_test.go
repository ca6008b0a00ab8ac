package measure_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
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

// Bounds of each test: the model takes from some seconds to a minute for each question, as the machine has time. Where
// it has little, fewer are asked.
const (
	tinyQuestions = 12 // spread over the set
	tinyTime      = 4 * time.Minute
)

// trap is a sentence that must not be shown, and what it was written over.
type trap struct {
	ID     string          `json:"id"`
	Ground json.RawMessage `json:"ground"` // the name of a shared one, or a ground
	Claim  guard.Claim     `json:"claim"`
	Want   string          `json:"want"`

	ground guard.Ground
}

// heard sums up what was said and what became of it.
type heard struct {
	calls, formed int // formed: to the end in the form that was asked for
	passed        int
	dropped       map[string]int
}

// ask has a model say the bad sentence, and looks at what the person would read.
func (h *heard) ask(t *testing.T, bad trap, model prose.Model, task prose.Task) {
	t.Helper()
	var passed []string
	task.Checked = func(c prose.Checked) {
		t.Logf("passed: %s", c.Text)
		passed = append(passed, c.Text)
		bad.mustHold(t, c)
	}
	result := prose.Compose(t.Context(), model, task)
	account := result.Account
	t.Logf("%s: %+v", bad.ID, account)
	h.calls++
	if account.Ended == "" {
		h.formed++
	}
	h.passed += account.Passed
	for reason, n := range account.Dropped {
		h.dropped[reason] += n
	}
	if len(passed) != account.Passed {
		t.Errorf("%s: %d sentences passed and %d were looked at", bad.ID, account.Passed, len(passed))
	}
	rest, told := strings.CutSuffix(result.Text, task.Frame.After)
	if told != account.Used || !account.Used && result.Text != "" {
		t.Errorf("%s: used %v: %s", bad.ID, account.Used, result.Text)
	}
	for _, sentence := range passed {
		rest = strings.Replace(rest, strings.TrimRight(sentence, "。！？，；"), "", 1)
	}
	if han.MatchString(rest) {
		t.Errorf("%s: no sentence that passed says: %s", bad.ID, rest)
	}
}

// report ends a test.
func (h *heard) report(t *testing.T, begun time.Time) {
	t.Helper()
	all := h.passed
	for _, n := range h.dropped {
		all += n
	}
	t.Logf("%d calls in %s, %d answers in the right form, %d sentences, %d passed, dropped %v", h.calls, time.Since(begun).Round(time.Second),
		h.formed, all, h.passed, h.dropped)
	if all == 0 {
		t.Error("the model said no sentence at all: nothing was tested")
	}
}

// Every second answer is free text; in the others each sentence is put together of pieces of the clause and of the bad
// sentence, with figures of the model's own, so that it nearly says what the clause says.
func TestTinyModelPassesNothingUnsupported(t *testing.T) {
	url := os.Getenv(chatVariable)
	if url == "" {
		t.Skip("no model: make test-tiny-model starts one")
	}
	client, err := llm.New(llm.Options{URL: url, Models: map[llm.Job]string{llm.Prose: "tiny"}, Local: true, Open: time.Millisecond,
		Limits: map[llm.Job]llm.Limit{llm.Prose: {First: 10 * time.Minute, Whole: 10 * time.Minute, Tokens: 400}}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	h, begun := heard{dropped: map[string]int{}}, time.Now()
	for i, bad := range traps(t) {
		if time.Since(begun) > tinyTime {
			break
		}
		h.ask(t, bad, formed{client, bad.form(i%2 == 1)}, bad.task())
	}
	h.report(t, begun)
}

// formed is a client that asks for the answer to one trap.
type formed struct {
	client *llm.Client
	schema []byte
}

func (f formed) Stream(ctx context.Context, call llm.Call, array string, each func(json.RawMessage) error) (llm.Answer, error) {
	call.Schema = f.schema
	return f.client.Stream(ctx, call, array, each)
}

// form is the schema of two short sentences over words of the shown clause, in free text or of pieces.
func (b trap) form(pieces bool) []byte {
	text := `"minLength":6,"maxLength":24`
	if pieces {
		all := append(parts(b.shown().Text, 4, 8), parts(b.Claim.Text, 2, 8)...)
		text = fmt.Sprintf(`"pattern":"^(%s){1,2}([1-9][0-9]{0,3}(元|天|岁|个月|%%))?。$"`, strings.Join(all, "|"))
	}
	spans, err := json.Marshal(parts(b.shown().Text, 6, 14))
	if err != nil {
		panic(err) // texts
	}
	return fmt.Appendf(nil, `{"type":"object","additionalProperties":false,"required":["sentences"],"properties":{"sentences":{
		"type":"array","minItems":2,"maxItems":2,"items":{"type":"object","additionalProperties":false,"required":["text","passage","span"],
		"properties":{"text":{"type":"string",%s},"passage":{"type":"integer","enum":[1]},"span":{"type":"string","enum":%s}}}}}}`, text, spans)
}

var han = regexp.MustCompile(`\p{Han}+`)

// parts are some pieces of a text, each of so many characters at least and at most.
func parts(text string, least, most int) []string {
	const enough = 8
	var all []string
	for _, words := range han.FindAllString(text, -1) {
		for part := range slices.Chunk([]rune(words), most) {
			if len(part) >= least && len(all) < enough && !slices.Contains(all, string(part)) {
				all = append(all, string(part))
			}
		}
	}
	return all
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
	h, begun := heard{dropped: map[string]int{}}, time.Now()
	for i, bad := range all {
		if time.Since(begun) > tinyTime {
			break
		}
		free.seed = i
		task := bad.task()
		free.span = clauseEnd.Split(task.Frame.Passages[0].Text, 2)[0]
		h.ask(t, bad, free, task)
	}
	h.report(t, begun)
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

// shown is the passage that the sentence names.
func (b trap) shown() guard.Passage {
	if n := b.Claim.Passage; n > 0 && n <= len(b.ground.Passages) {
		return b.ground.Passages[n-1]
	}
	return b.ground.Passages[0]
}

// task has the model say the sentence, over its grounds. Only the passage that it names is shown: the model is slow.
func (b trap) task() prose.Task {
	p := b.shown()
	task := prose.Task{Question: b.ground.Question, Before: "请照着说：“" + b.Claim.Text + "”", Reader: prose.Family, Verdicts: b.ground.Verdicts}
	task.Frame.Passages = []answer.Passage{{Title: p.Title, Number: p.Number, Clause: p.Clause, Text: p.Text, Citation: 1}}
	task.Citations = []answer.Citation{{N: 1, Document: p.Title, Clause: p.Clause, Quote: p.Text}}
	task.Frame.After = "您家现在有几口人？"
	for _, s := range b.ground.Slots {
		task.Frame.Slots = append(task.Frame.Slots, answer.Slot{Key: s.Key, Text: s.Text})
	}
	return task
}

// figures are those in digits, and the Chinese ones where they count something.
var figures = regexp.MustCompile(`\d+(\.\d+)?|[零一二两三四五六七八九十百千万]+(元|块|天|个月|年|岁|%)`)

// mustHold looks at a sentence that passed without asking the guard: it is not the bad one, it rests on words of its
// clause, and each of its figures stands in those words, or in a slot.
func (b trap) mustHold(t *testing.T, c prose.Checked) {
	t.Helper()
	if strings.TrimSpace(c.Claim.Text) == strings.TrimSpace(b.Claim.Text) {
		t.Errorf("%s: the bad sentence passed: %s", b.ID, c.Text)
	}
	known := c.Claim.Span
	for _, s := range b.ground.Slots {
		known += "\n" + s.Text
	}
	for _, figure := range figures.FindAllString(c.Text, -1) {
		if !strings.Contains(known, figure) {
			t.Errorf("%s: %s stands nowhere: %s", b.ID, figure, c.Text)
		}
	}
	if c.Claim.Passage > 0 && (strings.TrimSpace(c.Claim.Span) == "" || !strings.Contains(b.shown().Text, c.Claim.Span)) {
		t.Errorf("%s: a sentence rests on no words of its clause: %s", b.ID, c.Text)
	}
}
