package assistant_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/assistant/understand"
)

// readFact is one fact as a model writes it.
type readFact struct {
	Fact  string `json:"fact"`
	Value any    `json:"value"`
	Quote string `json:"quote"`
	Sure  bool   `json:"sure"`
}

func readFacts(all ...readFact) llmtest.Reply {
	return llmtest.JSON(struct {
		Facts []readFact `json:"facts"`
	}{append([]readFact{}, all...)})
}

type words struct {
	Queries []string `json:"queries"`
	Terms   []string `json:"terms"`
}

// assisted is a model for extraction and rewriting that finds nothing until it is told to.
func assisted(t *testing.T, a *assistant.Assistant, limits map[llm.Job]llm.Limit) *llmtest.Server {
	t.Helper()
	s := llmtest.New(t)
	client, err := llm.New(llm.Options{URL: s.URL, Models: map[llm.Job]string{llm.Extraction: "double", llm.Rewriting: "double"}, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	s.Say(llm.Extraction, readFacts())
	s.Say(llm.Rewriting, llmtest.JSON(words{[]string{}, []string{}}))
	a.UseModel(client)
	return s
}

// turnOf is a turn at a fixed time, so that two can be compared.
func turnOf(t *testing.T, a *assistant.Assistant, conv assistant.Conversation, text string) assistant.Turn {
	t.Helper()
	conv.Now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	turn, err := a.Turn(t.Context(), conv, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return turn
}

const dialect = "我孙子8岁，他妈失联一年了，他老子吃国家饭去哒，法院落锤三年。能领什么"

func TestAModelsFactIsAskedBackBeforeItCounts(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	plain := turnOf(t, a, assistant.Conversation{}, dialect)
	s := assisted(t, a, nil)
	s.Say(llm.Extraction, readFacts(readFact{"父亲.情形", "服刑在押", "他老子吃国家饭去哒", true}, readFact{"父亲.限制自由期限月数", 36, "法院落锤三年", true},
		readFact{"孩子.年龄", 9, "我孙子8岁", true}, readFact{"母亲.情形", "死亡", "他妈没了", true}))
	turn := turnOf(t, a, assistant.Conversation{}, dialect)
	if !reflect.DeepEqual(turn.Facts, plain.Facts) || !reflect.DeepEqual(turn.Benefits, plain.Benefits) {
		t.Errorf("facts %v, without a model %v", turn.Facts, plain.Facts)
	}
	if turn.Ask == nil || !strings.Contains(turn.Ask.Text, "爸爸在坐牢") || !slices.Equal(turn.Ask.Options, []string{"对", "不对", "不清楚"}) {
		t.Fatalf("asked %+v", turn.Ask)
	}
	if !strings.Contains(turn.Answer, turn.Ask.Text) {
		t.Errorf("the question is not in the answer: %s", turn.Answer)
	}
	next := turnOf(t, a, assistant.Conversation{Questions: []string{dialect}, State: turn.State}, "对")
	if got := next.Facts["父亲.限制自由期限月数"]; got != int64(36) {
		t.Errorf("after 对: %v", next.Facts)
	}
	if n := len(s.Requests(llm.Extraction)); n != 1 {
		t.Errorf("%d calls: an answer costs one", n)
	}
	if text := s.Requests(llm.Extraction)[0].Text("message"); !strings.Contains(text, "吃国家饭") || len(s.Requests(llm.Extraction)[0].List("facts")) < 60 {
		t.Errorf("the model was given %q", text)
	}
}

// sample is a line of the development messages of package extract.
type sample struct {
	Text    string
	Pending string
	Facts   []readFact
	Bad     []readFact
}

func samples(t *testing.T) []sample {
	t.Helper()
	data, err := os.ReadFile("extract/testdata/dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(data)) {
		var s sample
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// TestNoVerdictRestsOnAModel plays what good and bad models read in the development messages: facts and verdicts are those
// of a program without a model, and what is kept to be confirmed is what a good model read.
func TestNoVerdictRestsOnAModel(t *testing.T) {
	t.Parallel()
	plain, store := newAssistant(t)
	helped := assistant.New(store)
	s := assisted(t, helped, nil)
	guessed, asked := 0, 0
	for _, sample := range samples(t) {
		s.Say(llm.Extraction, readFacts(slices.Concat(sample.Facts, sample.Bad)...))
		conv := assistant.Conversation{}
		if sample.Pending != "" {
			conv.State = dialogue.State{Reading: understand.Context{Pending: &understand.Pending{Fact: sample.Pending}}}
		}
		without, with := turnOf(t, plain, conv, sample.Text), turnOf(t, helped, conv, sample.Text)
		if !reflect.DeepEqual(without.Facts, with.Facts) || !reflect.DeepEqual(without.Benefits, with.Benefits) || !reflect.DeepEqual(without.Results, with.Results) {
			t.Errorf("%s: %v, without a model %v", sample.Text, with.Facts, without.Facts)
		}
		if !reflect.DeepEqual(without.Triage, with.Triage) || !reflect.DeepEqual(without.Handoff, with.Handoff) {
			t.Errorf("%s: another level of danger", sample.Text)
		}
		for _, g := range with.State.Guesses {
			if !slices.ContainsFunc(sample.Facts, func(c readFact) bool { return c.Fact == g.Fact }) {
				t.Errorf("%s: %s is guessed", sample.Text, g.Fact)
			}
		}
		if len(with.State.Guesses) > 0 {
			guessed++
		}
		if with.State.Reading.Pending != nil && with.State.Reading.Pending.Guess {
			asked++
			if with.Ask == nil || !strings.Contains(with.Answer, with.Ask.Text) {
				t.Errorf("%s: pending and not asked", sample.Text)
			}
		}
	}
	t.Logf("guesses in %d messages, %d asked", guessed, asked)
	if guessed < 60 {
		t.Errorf("only %d messages leave something to confirm", guessed)
	}
}

// TestAFaultyModelChangesNothing plays every fault of endpoints for both jobs.
func TestAFaultyModelChangesNothing(t *testing.T) {
	t.Parallel()
	plain, store := newAssistant(t)
	want := turnOf(t, plain, assistant.Conversation{}, dialect)
	short := llm.Limit{Whole: 400 * time.Millisecond}
	for _, fault := range llmtest.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			helped := assistant.New(store)
			s := assisted(t, helped, map[llm.Job]llm.Limit{llm.Extraction: short, llm.Rewriting: short})
			s.Say(llm.Extraction, fault.Play(`{"facts":[{"fact":"父亲.情形","value":"服刑在押","quote":"他老子吃国家饭去哒","sure":true}]}`))
			s.Say(llm.Rewriting, fault.Play(`{"queries":["服刑人员子女基本生活保障"],"terms":["事实无人抚养儿童"]}`))
			if got := turnOf(t, helped, assistant.Conversation{}, dialect); !reflect.DeepEqual(got, want) {
				t.Errorf("another turn: %s\nwant %s", got.Answer, want.Answer)
			}
			if len(s.Requests(llm.Extraction)) == 0 || len(s.Requests(llm.Rewriting)) == 0 {
				t.Error("the model was not asked")
			}
		})
	}
}

func TestNobodyWaitsForAModelInDanger(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	s := assisted(t, a, nil)
	s.Say(llm.Extraction, llmtest.Hang())
	s.Say(llm.Rewriting, llmtest.Hang())
	for _, text := range []string{"爸爸天天打我，我身上都是伤，不想活了", "我实在是活着没有意思，他老子吃国家饭去哒，孙子上学的钱都没有", "他拿刀要砍死我们，他妈早就没影影咯"} {
		if turn := turnOf(t, a, assistant.Conversation{}, text); turn.Triage.Level < "L2" || turn.Ask != nil {
			t.Errorf("%s: %s, asked %+v", text, turn.Triage.Level, turn.Ask)
		}
	}
	if n := len(s.Requests("")); n > 0 {
		t.Errorf("%d calls", n)
	}
}

func TestWhatIsRewrittenIsTheQuestionWithWhatItLeansOn(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	s := assisted(t, a, nil)
	first := "我孙子一岁自闭症要做康复"
	turnOf(t, a, assistant.Conversation{Questions: []string{first}}, "那去哪里申请")
	requests := s.Requests(llm.Rewriting)
	if len(requests) != 1 || requests[0].Text("question") != "那去哪里申请" || requests[0].Text("before") != first {
		t.Fatalf("%d requests", len(requests))
	}
	for _, text := range []string{"民发〔2019〕62号怎么说", "《未成年人保护法》第九十二条", "更正：孩子几岁：8岁", "继续", "？"} {
		turnOf(t, a, assistant.Conversation{}, text)
	}
	turnOf(t, a, assistant.Conversation{State: dialogue.State{Reading: understand.Context{Pending: &understand.Pending{Fact: "孩子.年龄"}}}}, "8岁了")
	if n := len(s.Requests(llm.Rewriting)); n != 1 {
		t.Errorf("%d calls for what needs none", n-1)
	}
}

// TestARewriteOpensNoAnswer: what an answer must rest on is the question's own words.
func TestARewriteOpensNoAnswer(t *testing.T) {
	t.Parallel()
	plain, store := newAssistant(t)
	helped := assistant.New(store)
	s := assisted(t, helped, nil)
	s.Say(llm.Rewriting, llmtest.JSON(words{[]string{"孤儿基本生活费标准", "事实无人抚养儿童认定"},
		[]string{"孤儿基本生活费", "事实无人抚养儿童", "伙食补助", "每人每天七元", "街道办事处发放", "最低生活保障"}}))
	for _, text := range []string{"今天股票涨不涨", "给我写一首关于大海的诗", "红烧肉怎么做好吃", "明天上海到北京的高铁几点"} {
		without, with := turnOf(t, plain, assistant.Conversation{}, text), turnOf(t, helped, assistant.Conversation{}, text)
		if !without.Refused || !with.Refused || with.Answer != without.Answer {
			t.Errorf("%s: refused %v, with rewriting %v", text, without.Refused, with.Refused)
		}
	}
}

// TestWithoutAModelNothingIsAsked keeps the zero client free of work.
func TestWithoutAModelNothingIsAsked(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	before := turnOf(t, a, assistant.Conversation{}, dialect)
	a.UseModel(nil)
	if after := turnOf(t, a, assistant.Conversation{}, dialect); !reflect.DeepEqual(before, after) {
		t.Error("a nil client changes the turn")
	}
}
