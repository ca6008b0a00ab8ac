package web

import (
	"net/http"
	"strings"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// withSummaries connects a site to a model that drafts summaries.
func withSummaries(double *llmtest.Server) func(*Options) {
	return withOpinions(double, func(o *llm.Options) { o.Models = map[llm.Job]string{llm.Summary: "double"} })
}

const (
	grandma  = "我是他外婆，娃儿的爸坐牢了"
	feverish = "昨天烧了两天了，电话13900001234"

	// goodDraft has two sentences that the messages bear out, and one that they do not.
	goodDraft = `{"sentences":[
		{"text":"写的人是外婆，孩子的爸爸在坐牢。","quotes":[{"seq":1,"text":"我是他外婆，娃儿的爸坐牢了"}]},
		{"text":"孩子烧了两天。","quotes":[{"seq":2,"text":"烧了两天了"}]},
		{"text":"孩子烧了五天，妈妈打他。","quotes":[{"seq":2,"text":"烧了两天了"}]}]}`
)

func TestADraftIsForWhoeverMayReadTheConversation(t *testing.T) {
	t.Parallel()
	double := llmtest.New(t)
	double.Say(llm.Summary, llmtest.Say(goodDraft))
	b := newBureau(t, withSummaries(double))
	wang, li := b.hire("王老师", account.Worker, xihuPrefix), b.hire("李老师", account.Worker, xihuPrefix)
	far := b.hire("陈老师", account.Worker, "440103")
	opened := b.family(xihuCode, 2, grandma, feverish)
	path := "/tickets/" + opened.ID.String() + "/draft"
	if r := wang.call("POST", path, nil); r.Status != http.StatusNotFound {
		t.Errorf("before the claim: %d", r.Status)
	}
	wang.claim(opened.ID)
	for _, c := range []*clerk{li, far} {
		if r := c.call("POST", path, nil); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", c.name, r.Status)
		}
	}
	if n := len(double.Requests(llm.Summary)); n != 0 {
		t.Fatalf("the model was asked %d times", n)
	}
	if !wang.detail(opened.ID).Can.Draft {
		t.Error("there is no button")
	}
	var a draftAnswer
	wang.good("POST", path, nil).into(t, &a)
	if len(a.Sentences) != 2 || a.Sentences[1].Text != "孩子烧了两天。" || a.Sentences[1].Seqs[0] != 2 || a.Sentences[1].Quotes[0].Text != "烧了两天了" {
		t.Errorf("drafted: %+v", a)
	}
	b.says("0", `SELECT count(*) FROM notes`)
	b.says(`王老师 ok {"kept": 2, "model": "double", "prompt": "summary@2", "dropped": 1}`,
		`SELECT concat_ws(' ', w.name, result, data) FROM audit_log a JOIN workers w ON w.id = a.actor_id WHERE action = 'summary.drafted' AND region_code = $1`, xihuCode)
	b.says("0", `SELECT count(*) FROM audit_log WHERE data::text || coalesce(reason, '') ~ '外婆|两天'`)
	if raw := string(double.Requests(llm.Summary)[0].Raw); strings.Contains(raw, phone) {
		t.Errorf("the number was told: %s", raw)
	}
}

func TestWithoutADraftTheProgramsOwnStays(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]llmtest.Reply{
		"server error":      llmtest.Status(500),
		"refused":           llmtest.Refused("deepseek"),
		"free text":         llmtest.Say("外婆带着孩子，生活困难。"),
		"nothing borne out": llmtest.Say(`{"sentences":[{"text":"孩子烧了五天。","quotes":[{"seq":2,"text":"烧了两天了"}]}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := llmtest.New(t)
			double.Say(llm.Summary, reply)
			b := newBureau(t, withSummaries(double))
			wang := b.hire("王老师", account.Worker, xihuPrefix)
			opened := b.family(xihuCode, 2, grandma, feverish)
			wang.claim(opened.ID)
			r := wang.call("POST", "/tickets/"+opened.ID.String()+"/draft", nil)
			if r.Status != http.StatusServiceUnavailable || !strings.Contains(r.problem(t).Message, "没能起草") {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			if d := wang.detail(opened.ID); len(d.Summary.Draft) == 0 {
				t.Error("the program's own draft is gone")
			}
			b.says("error", `SELECT result FROM audit_log WHERE action = 'summary.drafted'`)
			if logs := b.logs.String(); strings.Contains(logs, "两天") || strings.Contains(logs, "外婆") {
				t.Error("the log holds words of the conversation")
			}
		})
	}
}

func TestWithoutAModelThereIsNoDraft(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, grandma)
	wang.claim(opened.ID)
	if wang.detail(opened.ID).Can.Draft {
		t.Error("there is a button")
	}
	if r := wang.call("POST", "/tickets/"+opened.ID.String()+"/draft", nil); r.Status != http.StatusConflict {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	b.says("0", `SELECT count(*) FROM audit_log WHERE action = 'summary.drafted'`)
}
