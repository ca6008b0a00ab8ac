package assistant_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"xiaohe/assistant"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/knowledge"
)

// questioner connects the double that writes questions.
func questioner(t *testing.T, s *llmtest.Server) *assistant.Questioner {
	t.Helper()
	client, err := llm.New(llm.Options{URL: s.URL, Model: "double"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	q, err := assistant.NewQuestioner(client)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestAClauseIsFoundByTheModelsQuestionAndAnswersNeverSayIt(t *testing.T) {
	t.Parallel()
	const clause = "经监狱批准，服刑人员的近亲属可以凭有效证件会见服刑人员，每月不超过规定的次数。"
	const lay, generated = "俺想瞅瞅关里头的娃他爹", "俺咋去瞅瞅关里头的娃他爹"
	store := builtInStore(t)
	sum := sha256.Sum256([]byte(clause))
	if _, err := store.Put(t.Context(), knowledge.Entry{
		Document: knowledge.Document{Kind: knowledge.KindPolicy, Title: "会见规定", Region: knowledge.Country, Issued: "2020-01-01", Body: clause, SHA256: sum[:]},
		Passages: []knowledge.Passage{{Clause: "第三条", Body: clause, To: len([]rune(clause))}},
	}); err != nil {
		t.Fatal(err)
	}
	s := llmtest.New(t)
	s.Answer(llm.Questions, func(r llmtest.Request) llmtest.Reply {
		if r.Text("title") != "会见规定" || r.Text("clause") != "第三条" || r.Text("text") != clause {
			t.Errorf("asked about %s", r.Raw)
		}
		return llmtest.Say(fmt.Sprintf(`{"questions": [%q, "去看坐牢的人要带什么"]}`, generated))
	})
	store.UseQuestioner(questioner(t, s))
	if err := store.WriteQuestions(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	region, err := store.Region(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: lay, Region: region, On: "2026-11-21", K: 10})
	if err != nil || len(found.Hits) == 0 || found.Hits[0].Document.Title != "会见规定" || found.Hits[0].Legs.Question == 0 {
		t.Fatalf("%+v %v", found.Hits, err)
	}
	turn, err := assistant.New(store).Turn(t.Context(), assistant.Conversation{Region: region}, lay)
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string]any{"search": found, "ask": turn, "answer": turn.Answer, "citations": turn.Citations} {
		text, err := json.Marshal(shown)
		if err != nil || strings.Contains(string(text), "咋去瞅瞅") {
			t.Errorf("%s shows what a model wrote: %s %v", name, text, err)
		}
	}
}

func TestQuestionsOfABadModel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply llmtest.Reply
		none  bool // it is about the clause, not about the model
	}{
		"a refusal":     {llmtest.Filtered(), true},
		"no JSON":       {llmtest.Say("对不起，我不能回答"), true},
		"another shape": {llmtest.Say(`{"questions": "能领多少"}`), true},
		"down":          {llmtest.Status(500), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Say(llm.Questions, c.reply)
			questions, _, err := questioner(t, s).Questions(t.Context(), "办法", "第一条", "按月发放")
			if err == nil || len(questions) > 0 || errors.Is(err, knowledge.ErrNoQuestions) != c.none {
				t.Errorf("%q %v", questions, err)
			}
		})
	}
}
