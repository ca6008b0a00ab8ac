package web

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"testing"

	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// casesOf writes the states of a case as they are stored.
func casesOf(t *testing.T, states map[int64]dialogue.State, order ...int64) (all []handoff.CaseAt) {
	t.Helper()
	for _, seq := range order {
		data, err := json.Marshal(states[seq])
		must(t, err)
		all = append(all, handoff.CaseAt{Seq: seq, State: data})
	}
	return all
}

func TestAFactKeepsTheMessageThatToldIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	book, err := s.web.knowledge.Book(t.Context())
	must(t, err)
	prison := dialogue.Told{Value: benefit.Options("服刑在押"), Quote: "坐牢"}
	eight := dialogue.Told{Value: benefit.Number(8, 8), Quote: "八岁"}
	nine := dialogue.Told{Value: benefit.Number(9, 9), Quote: "九岁"}
	place := dialogue.Told{Value: benefit.Said{Place: "330106"}, Quote: "西湖区", Name: "西湖区"}
	asksPlace := understand.Context{Pending: &understand.Pending{Fact: "孩子.户籍地"}}
	asksWhat := understand.Context{Pending: &understand.Pending{Fact: "孩子.年龄", Unclear: true}}
	d := handoff.Dossier{
		Said: []handoff.Utterance{{Seq: 1, Text: "孙子八岁"}, {Seq: 2, Text: "他爸坐牢"}, {Seq: 4, Text: "西湖区"}, {Seq: 6, Text: "说错了，九岁，还有个弟弟五岁"}},
		Cases: casesOf(t, map[int64]dialogue.State{
			2: {Shared: map[string]dialogue.Told{"父亲.情形": prison, "没有这一项": prison}, Children: map[string]map[string]dialogue.Told{"": {"孩子.年龄": eight}}, Reading: asksPlace},
			4: {Shared: map[string]dialogue.Told{"父亲.情形": prison}, Children: map[string]map[string]dialogue.Told{"": {"孩子.年龄": eight, "孩子.户籍地": place}}, Reading: asksWhat},
			6: {Shared: map[string]dialogue.Told{"父亲.情形": prison}, Children: map[string]map[string]dialogue.Told{
				"哥哥": {"孩子.年龄": nine, "孩子.户籍地": place}, "弟弟": {"孩子.年龄": {Value: benefit.Number(5, 5), Quote: "五歲"}}}},
		}, 2, 4, 6),
	}
	d.Cases = append(d.Cases, handoff.CaseAt{Seq: 8, State: json.RawMessage(`{"reading": 1}`)}) // of another version
	facts := factsOf(d, book.Dictionary, slog.New(slog.DiscardHandler))
	type short struct {
		fact, child, value string
		seq                int64
		confirmed          bool
	}
	var got []short
	for _, f := range facts {
		if f.Label == "" || f.Label == f.Fact {
			t.Errorf("%s has no name", f.Fact)
		}
		got = append(got, short{f.Fact, f.Child, f.Value, f.Seq, f.Confirmed})
	}
	want := []short{
		{"父亲.情形", "", "在坐牢", 2, false},
		{"孩子.年龄", "哥哥", "9 岁", 6, false}, {"孩子.户籍地", "哥哥", "西湖区", 4, true}, {"孩子.年龄", "弟弟", "5 岁", 6, false},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("facts %+v\nwant  %+v", got, want)
	}
}

func TestTheCardOfTheFamilyIsTheOneOfTheWorker(t *testing.T) {
	t.Parallel()
	shown := &caseMeta{Decision: decisionForTest(), Links: map[string]string{"甲〔2025〕1号 一": "/documents/d?from=1&to=2#cited", "甲〔2025〕1号": "/documents/d"}}
	all := benefitsOf(shown)
	if len(all) != 3 || all[0].Verdict != "eligible" || all[1].Verdict != "open" || all[2].Verdict != "ruled_out" {
		t.Fatalf("benefits %+v", all)
	}
	if s := all[0].Sources; len(s) != 2 || s[0].Link != "/documents/d?from=1&to=2#cited" || s[1].Link != "/documents/d" {
		t.Errorf("sources %+v", s)
	}
	if m := all[1].Missing; len(m) != 1 || m[0] != "孩子几岁" {
		t.Errorf("missing %v", m)
	}
	data, err := json.Marshal(all[2])
	must(t, err)
	if want := `{"id":"丙补贴","name":"丙补贴","verdict":"ruled_out","amount":"","because":[{"text":"爸爸在世","met":false,"sources":null}],"missing":[],"papers":[],` +
		`"sources":[{"document":"乙报道","number":"未见","clause":"","url":"","seen":""}]}`; string(data) != want {
		t.Errorf("written as %s", data)
	}
	if benefitsOf(nil) != nil {
		t.Error("without a card there are benefits")
	}
}

func TestOnlyAnOpenQuestionIsPending(t *testing.T) {
	t.Parallel()
	shown := &caseMeta{Decision: decisionForTest()} // asks 家里吃低保吗？
	for name, c := range map[string]struct {
		body string
		last int64
		want bool
	}{
		"asked last":             {"可以申请甲。家里吃低保吗？", 3, true},
		"said something since":   {"可以申请甲。家里吃低保吗？", 5, false},
		"other words were shown": {"可以申请甲。", 3, false},
	} {
		d := handoff.Dossier{Card: &handoff.Card{Seq: 4, Body: c.body}, Said: []handoff.Utterance{{Seq: c.last, Text: "问"}}}
		if got := unanswered(d, shown); (got != nil) != c.want || got != nil && (got.Seq != 4 || got.Text != "家里吃低保吗？") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
