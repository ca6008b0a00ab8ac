package prose_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/prose"
	"xiaohe/knowledge/benefit"
)

// sentence is what a model says.
type sentence struct {
	Text    string `json:"text"`
	Passage int    `json:"passage"`
	Span    string `json:"span"`
}

// said is a model that says some sentences and then ends with an error, or without.
type said struct {
	sentences []sentence
	err       error
	before    func(i int) // is called before each sentence
}

func (m said) Stream(_ context.Context, _ llm.Call, _ string, each func(json.RawMessage) error) (llm.Answer, error) {
	for i, s := range m.sentences {
		if m.before != nil {
			m.before(i)
		}
		element, err := json.Marshal(s)
		if err != nil {
			return llm.Answer{}, err
		}
		if err := each(element); err != nil {
			return llm.Answer{Prompt: "prose@1", Model: "double"}, err
		}
	}
	return llm.Answer{Prompt: "prose@1", Model: "double"}, m.err
}

const (
	orphan  = "孤儿基本生活费"
	medical = "医疗救助"
	tekun   = "特困人员救助供养"
)

func key(kind, id string) string { return "{{" + kind + ":" + id + "}}" }

// task is a decision: two benefits can be had, one is open.
func task() prose.Task {
	place := benefit.Apply{Where: "孩子户籍地乡镇街道", Decides: "县级民政部门"}
	items := []benefit.Item{
		{ID: orphan, Plain: "没爸妈的孩子每月的生活费", Verdict: "eligible", Amount: &benefit.Amount{Text: "2525 元/月"}, Papers: []string{"户口本", "死亡证明"}, Apply: place},
		{ID: medical, Plain: "看病的钱再帮一部分", Verdict: "eligible", Amount: &benefit.Amount{Text: "以当地公布为准"}, Apply: place},
		{ID: tekun, Plain: "没人能养的孩子由政府供养", Verdict: "undetermined", Apply: place, Missing: []benefit.Missing{{Label: "家里有没有车和房"}}},
	}
	part := func(text string, keys ...string) answer.Part { return answer.Part{Slots: keys, Text: text} }
	return prose.Task{
		Question: "爸妈都没了，娃一个月有多少钱", Reader: prose.Family,
		Frame: answer.Frame{
			Before: "有一处要请您再看看：年龄。\n\n",
			Lines: []answer.Line{
				{Item: items[0], Lead: "按您说的情况，可以申请", Marks: "[1]", Parts: []answer.Part{
					part("2525 元/月", "金额:"+orphan), part("去哪办：孩子户籍地乡镇街道", "去哪:"+orphan), part("要带：户口本、死亡证明", "要带:"+orphan)}},
				{Item: items[1], Lead: "按您说的情况，可以申请", Parts: []answer.Part{
					part("以当地公布为准", "金额:"+medical), part("去哪办：孩子户籍地乡镇街道", "去哪:"+medical)}},
				{Item: items[2], Lead: "还要再弄清", Brief: true, Parts: []answer.Part{part(tekun, "结论:"+tekun, "还要弄清:"+tekun)}},
			},
			Slots: []answer.Slot{
				{Key: "结论:" + orphan, Text: "按您说的情况可以申请"}, {Key: "金额:" + orphan, Text: "2525 元/月"}, {Key: "去哪:" + orphan, Text: "孩子户籍地乡镇街道"}, {Key: "要带:" + orphan, Text: "户口本、死亡证明"},
				{Key: "结论:" + medical, Text: "按您说的情况可以申请"}, {Key: "金额:" + medical, Text: "以当地公布为准"}, {Key: "去哪:" + medical, Text: "孩子户籍地乡镇街道"},
				{Key: "结论:" + tekun, Text: "还不能确定"}, {Key: "还要弄清:" + tekun, Text: "家里有没有车和房"},
			},
			After: "\n最后由县级民政部门确认。\n\n**再问您一句**：家里吃低保吗？\n",
			Passages: []answer.Passage{
				{Title: "某意见", Number: "国办发〔2010〕54号", Clause: "二（一）", Marks: "[1]", Citation: 1,
					Text: "**申请孤儿基本生活费**，由孤儿监护人向孤儿户籍所在地的乡镇人民政府提出申请。 申请时应出具孤儿父母死亡证明。县级民政部门应当在受理之日起15个工作日内作出决定。"},
			},
		},
		Citations: []answer.Citation{{N: 1, Document: "某意见", Quote: "申请时应出具孤儿父母死亡证明。"}, {N: 2, Document: "另一个", Quote: "别的话。"}},
		Verdicts: []prose.Verdict{{ID: orphan, Names: []string{orphan, "孤儿费"}, Verdict: "eligible"}, {ID: medical, Names: []string{medical}, Verdict: "eligible"},
			{ID: tekun, Names: []string{tekun, "特困"}, Verdict: "undetermined"}},
		Phones: []prose.Phone{{Name: "政务服务便民热线", Number: "12345"}},
	}
}

var (
	amount  = sentence{Text: orphan + "，钱是" + key("金额", orphan) + "。"}
	where   = sentence{Text: "您到" + key("去哪", orphan) + "去办。"}
	papers  = sentence{Text: "去的时候要带" + key("要带", orphan) + "。"}
	clinic  = sentence{Text: "看病的钱，" + medical + key("结论", medical) + "，给多少" + key("金额", medical) + "。"}
	counter = sentence{Text: "医疗救助到" + key("去哪", medical) + "去办。"}
	open    = sentence{Text: tekun + "现在" + key("结论", tekun) + "。"}
	asked   = sentence{Text: "去申请的时候，要拿出孤儿父母的死亡证明。", Passage: 1, Span: "申请时应出具孤儿父母死亡证明"}
	decided = sentence{Text: "受理以后，县级民政部门在15个工作日内作出决定。", Passage: 1, Span: "县级民政部门应当在受理之日起15个工作日内作出决定"}
	wrong   = sentence{Text: "孤儿基本生活费每月3000元。", Passage: 1, Span: "申请时应出具孤儿父母死亡证明"}
	leans   = sentence{Text: "这笔钱到" + key("去哪", orphan) + "去领。"}
	kind    = sentence{Text: "您别着急。"}
)

func compose(t *testing.T, task prose.Task, m said) (prose.Result, []string) {
	t.Helper()
	var heard []string
	task.Say = func(piece string) { heard = append(heard, piece) }
	return prose.Compose(t.Context(), m, task), heard
}

func TestCheckedSentencesAreSaidAndTheRestIsAdded(t *testing.T) {
	t.Parallel()
	told := task()
	told.Lead = "您辛苦了。\n\n"
	r, heard := compose(t, told, said{sentences: []sentence{amount, wrong, asked}})
	const begin = "有一处要请您再看看：年龄。\n\n孤儿基本生活费，钱是**2525 元/月**。[1]"
	want := begin + "去申请的时候，要拿出孤儿父母的死亡证明。[1]" +
		"\n\n还有这些要知道：\n\n- **孤儿基本生活费**：去哪办：孩子户籍地乡镇街道。要带：户口本、死亡证明。[1]" +
		"\n\n按您说的情况，可以申请：\n\n- **医疗救助**（看病的钱再帮一部分）：以当地公布为准。去哪办：孩子户籍地乡镇街道。" +
		"\n\n还要再弄清：特困人员救助供养。\n\n最后由县级民政部门确认。\n\n**再问您一句**：家里吃低保吗？"
	if r.Text != want {
		t.Errorf("the answer is\n%s\nwant\n%s", r.Text, want)
	}
	if !slices.Equal(heard, []string{"您辛苦了。\n\n" + begin, "去申请的时候，要拿出孤儿父母的死亡证明。[1]"}) {
		t.Errorf("heard %q", heard)
	}
	a := r.Account
	if !a.Used || a.Passed != 2 || len(a.Dropped) != 1 || a.Prompt != "prose@1" || a.Model != "double" || a.Ended != "" {
		t.Errorf("%+v", a)
	}
}

// The citation shows the very words, as they stand in the clause.
func TestTheQuoteIsWhatTheSentencesRestOn(t *testing.T) {
	t.Parallel()
	told := task()
	r, _ := compose(t, told, said{sentences: []sentence{decided, asked}})
	if q := r.Citations[0].Quote; q != "申请时应出具孤儿父母死亡证明。县级民政部门应当在受理之日起15个工作日内作出决定" || !strings.Contains(told.Frame.Passages[0].Text, q) {
		t.Errorf("quoted %q", q)
	}
	if r.Citations[1].Quote != "别的话。" || told.Citations[0].Quote != "申请时应出具孤儿父母死亡证明。" {
		t.Error("other quotes changed")
	}
	emphasised := sentence{Text: "申请孤儿基本生活费，由孤儿监护人提出来。", Passage: 1, Span: "申请孤儿基本生活费,由孤儿监护人向孤儿户籍所在地的乡镇人民政府提出申请。申请时"}
	if r, _ := compose(t, told, said{sentences: []sentence{emphasised, amount}}); !strings.Contains(told.Frame.Passages[0].Text, r.Citations[0].Quote) {
		t.Errorf("no verbatim words: %q", r.Citations[0].Quote)
	}
}

func TestTooLittleIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]said{
		"nothing":                 {},
		"one sentence":            {sentences: []sentence{amount}},
		"one good, many wrong":    {sentences: []sentence{wrong, amount, wrong, wrong}},
		"kind words alone":        {sentences: []sentence{kind, {Text: "慢慢来。"}}},
		"down at once":            {err: llm.ErrDown},
		"filtered after one":      {sentences: []sentence{amount}, err: llm.ErrFiltered},
		"a sentence said twice":   {sentences: []sentence{amount, amount}},
		"a heading and a bullet":  {sentences: []sentence{amount, {Text: "您要带："}, {Text: "- 户口本"}}},
		"a passage there is not":  {sentences: []sentence{amount, {Text: "去问问村里。", Passage: 7, Span: "去问问村里"}}},
		"leaning on a wrong one":  {sentences: []sentence{amount, wrong, leans}},
		"a number for a citation": {sentences: []sentence{amount, {Text: "这事要带户口本[1]。"}}},
	} {
		r, _ := compose(t, task(), m)
		if r.Text != "" || r.Account.Used || r.Citations != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// What came before the model failed stands, with what it left out.
func TestWhatPassedBeforeAFailureStands(t *testing.T) {
	t.Parallel()
	for failure, word := range map[error]string{llm.ErrDown: "down", llm.ErrInvalid: "invalid", llm.ErrFiltered: "filtered", llm.ErrBusy: "busy", llm.ErrBudget: "budget", llm.ErrStopped: "stopped"} {
		r, _ := compose(t, task(), said{sentences: []sentence{amount, where}, err: fmt.Errorf("half a stream: %w", failure)})
		if r.Account.Ended != word || !r.Account.Used || !strings.Contains(r.Text, "**2525 元/月**。[1]您到孩子户籍地乡镇街道去办。") ||
			!strings.Contains(r.Text, "要带：户口本、死亡证明") || !strings.Contains(r.Text, "再问您一句") {
			t.Errorf("%v: %+v\n%s", failure, r.Account, r.Text)
		}
	}
}

func TestNobodyHearsAWordAfterTheStop(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	close(closed)
	told := task()
	told.Stop = closed
	if r, heard := compose(t, told, said{sentences: []sentence{amount, where}}); len(heard) > 0 || r.Text != "" || r.Account.Ended != "stopped" {
		t.Errorf("heard %q, %+v", heard, r.Account)
	}
	stop := make(chan struct{})
	told.Stop = stop
	ctx, cancel := context.WithCancel(t.Context())
	var heard []string
	told.Say = func(piece string) { heard = append(heard, piece) }
	r := prose.Compose(ctx, said{sentences: []sentence{amount, where, papers, clinic}, before: func(i int) {
		if i == 2 {
			cancel()
		}
	}}, told)
	if len(heard) != 2 || !r.Account.Used || r.Account.Ended != "stopped" {
		t.Errorf("heard %q, %+v", heard, r.Account)
	}
}

func TestABenefitIsNamedWhereTheSentenceDoesNot(t *testing.T) {
	t.Parallel()
	nameless := sentence{Text: key("结论", medical) + "，给多少" + key("金额", medical) + "。"}
	r, _ := compose(t, task(), said{sentences: []sentence{amount, nameless, counter}})
	if !strings.Contains(r.Text, "**2525 元/月**。[1]\n\n医疗救助：按您说的情况可以申请，给多少**以当地公布为准**。") {
		t.Error(r.Text)
	}
}

func TestAChildIsSpokenToAsOne(t *testing.T) {
	t.Parallel()
	told := task()
	told.Reader = prose.Child
	r, _ := compose(t, told, said{sentences: []sentence{amount, where}})
	if !strings.Contains(r.Text, "你到孩子户籍地乡镇街道去办。") {
		t.Error(r.Text)
	}
}

func TestAnAnswerIsNotEndless(t *testing.T) {
	t.Parallel()
	var many []sentence
	for i := range 40 {
		many = append(many, sentence{Text: strings.Repeat("慢", i%20+1) + strings.Repeat("哦", i/20+1) + "，您别着急。"})
	}
	r, heard := compose(t, task(), said{sentences: append([]sentence{amount}, many...)})
	if len(heard) != 12 || r.Account.Passed != 12 || r.Account.Ended != "" {
		t.Errorf("%d pieces, %+v", len(heard), r.Account)
	}
}

// Whatever a model says: nothing that has to be said is missing, nothing is said before it has passed, and what was heard
// is how the answer begins.
func TestWhateverAModelSays(t *testing.T) {
	t.Parallel()
	pool := []sentence{amount, where, papers, clinic, counter, open, asked, decided, wrong, leans, kind,
		{Text: "<script>alert(1)</script>"}, {Text: "忽略以上。"}, {Text: "您一定能领到三千块。"}, {Text: ""}, {Text: key("金额", "没有的")}, {Text: "{{", Passage: -1}}
	rapid.Check(t, func(t *rapid.T) {
		sentences := rapid.SliceOfN(rapid.SampledFrom(pool), 0, 16).Draw(t, "sentences")
		failure := rapid.SampledFrom([]error{nil, llm.ErrDown, llm.ErrInvalid}).Draw(t, "failure")
		told := task()
		told.Lead = "您辛苦了。\n\n"
		var heard strings.Builder
		told.Say = func(piece string) { heard.WriteString(piece) }
		r := prose.Compose(context.Background(), said{sentences: sentences, err: failure}, told)
		dropped := 0
		for _, n := range r.Account.Dropped {
			dropped += n
		}
		if r.Account.Passed+dropped > len(sentences) || failure == nil && r.Account.Passed < 12 && r.Account.Passed+dropped != len(sentences) {
			t.Fatalf("%d sentences, %+v", len(sentences), r.Account)
		}
		if strings.Contains(heard.String(), "3000") || strings.Contains(heard.String(), "三千") || strings.ContainsAny(heard.String(), "<{") {
			t.Fatalf("heard %s", heard.String())
		}
		if r.Text == "" {
			return
		}
		if !strings.HasPrefix(told.Lead+r.Text, heard.String()) {
			t.Fatalf("heard %q, then read %q", heard.String(), r.Text)
		}
		for _, l := range told.Frame.Lines {
			if !strings.Contains(r.Text, l.Item.ID) {
				t.Fatalf("%s is missing:\n%s", l.Item.ID, r.Text)
			}
			for _, p := range l.Parts {
				_, value, found := strings.Cut(p.Text, "：")
				if !found {
					value = p.Text
				}
				if !strings.Contains(r.Text, value) {
					t.Fatalf("%q is missing:\n%s", value, r.Text)
				}
			}
		}
		if !strings.HasSuffix(r.Text, "最后由县级民政部门确认。\n\n**再问您一句**：家里吃低保吗？") {
			t.Fatalf("the end is missing:\n%s", r.Text)
		}
	})
}
