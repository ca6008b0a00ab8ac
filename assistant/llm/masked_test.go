package llm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/prompts"
)

// private is what must not leave the machine.
var private = []string{"王小明", "13812345678"}

const personal = "我叫王小明，电话13812345678，孙子上三年级，爸爸坐牢三年了。"

// echo has a model quote the message, as it got it.
func echo(r llmtest.Request) llmtest.Reply {
	type sentence struct {
		Text string `json:"text"`
	}
	said := []sentence{{r.Text("message")}}
	for _, text := range r.List("earlier") {
		said = append(said, sentence{text})
	}
	return llmtest.JSON(struct {
		Sentences []sentence `json:"sentences"`
	}{said})
}

func TestPeoplesWordsAreMaskedOnTheWayOutAndPutBack(t *testing.T) {
	t.Parallel()
	ask := llm.Call{Job: llm.Opinion, Schema: schema, Fields: []prompts.Field{
		{Name: "message", Text: personal, Private: true},
		{Name: "earlier", List: []string{"小明在吗", "我是王小明"}, Private: true},
		{Name: "clause", Text: "咨询电话 0571-12345678，民发〔2019〕62号"},
	}}
	for name, isLocal := range map[string]bool{"elsewhere": false, "local": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Answer(llm.Opinion, echo)
			c := client(t, s, func(o *llm.Options) { o.Local = isLocal })
			a, err := c.Answer(t.Context(), ask)
			if err != nil || !strings.Contains(string(a.JSON), personal) || !strings.Contains(string(a.JSON), "我是王小明") {
				t.Fatalf("%s %v", a.JSON, err)
			}
			var streamed []string
			_, err = c.Stream(t.Context(), ask, "sentences", func(element json.RawMessage) error {
				streamed = append(streamed, string(element))
				return nil
			})
			if err != nil || !strings.Contains(streamed[0], personal) {
				t.Fatal(streamed, err)
			}
			for _, r := range s.Requests("") {
				for _, word := range private {
					if strings.Contains(string(r.Raw), word) != isLocal {
						t.Errorf("sent %s", r.Raw)
					}
				}
				for _, word := range []string{"三年级", "坐牢三年", "0571-12345678", "民发〔2019〕62号"} {
					if !strings.Contains(string(r.Raw), word) {
						t.Errorf("%s is missing in %s", word, r.Raw)
					}
				}
			}
		})
	}
}

func TestAnAnswerThatIsKeptHoldsNobodysName(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Answer(llm.Opinion, echo)
	c := client(t, s, nil)
	for _, name := range []string{"王小明", "李小红"} {
		a, err := c.Answer(t.Context(), call("我叫"+name+"，家里没有钱"))
		if err != nil || !strings.Contains(string(a.JSON), name) {
			t.Errorf("%s %v", a.JSON, err)
		}
	}
	if n := len(s.Requests("")); n != 1 {
		t.Errorf("%d requests for what is the same without names", n)
	}
}

func TestQuestionsToVectorsAndRanksAreMasked(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	var seen []string
	s.Embed(func(r llmtest.EmbedRequest) llmtest.Reply {
		seen = append(seen, r.Input...)
		return llmtest.Vectors([]float32{1})
	})
	s.Rerank(func(r llmtest.RerankRequest) llmtest.Reply {
		seen = append(seen, r.Query)
		return llmtest.Ranks(1)
	})
	for _, isLocal := range []bool{false, true} {
		seen = nil
		if _, err := embedder(t, s, func(o *llm.Vectors) { o.Local = isLocal }).Embed(t.Context(), []string{personal}, true); err != nil {
			t.Fatal(err)
		}
		r, err := llm.NewReranker(llm.Ranking{Connection: llm.Connection{URL: s.URL, Model: "ranker", Local: isLocal}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.Rerank(t.Context(), personal, []string{"一"}); err != nil {
			t.Fatal(err)
		}
		for _, text := range seen {
			if strings.Contains(text, "王小明") != isLocal || strings.Contains(text, "13812345678") != isLocal {
				t.Errorf("local %v: sent %s", isLocal, text)
			}
		}
	}
}

// A hotline that somebody writes down is nobody's number: the model may read it.
func TestHotlinesAreNotMasked(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Answer(llm.Opinion, echo)
	c := client(t, s, nil)
	numbers := strings.Join(prompts.PublicNumbers(), "打不通，又打")
	if _, err := c.Answer(t.Context(), llm.Call{Job: llm.Opinion, Schema: schema, Fields: []prompts.Field{
		{Name: "message", Text: "先打" + numbers, Private: true}}}); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Requests("") {
		if !strings.Contains(string(r.Raw), numbers) {
			t.Errorf("sent %s", r.Raw)
		}
	}
}
