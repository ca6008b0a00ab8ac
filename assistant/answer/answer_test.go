package answer

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"xiaohe/knowledge"
)

const today = knowledge.Date("2026-11-21")

func hit(title, clause, body string, legs knowledge.Legs) knowledge.Hit {
	return knowledge.Hit{
		Document: knowledge.Document{ID: uuid.New(), Kind: knowledge.KindPolicy, Title: title, Status: "现行有效", Source: "https://example.cn"},
		Passage:  knowledge.Passage{Clause: clause, Body: body, To: len([]rune(body))},
		Score:    legs.Lexical + 2*legs.Card + 10*legs.Exact, Legs: legs,
	}
}

func card(title, body string, similarity float64, basis ...knowledge.Basis) knowledge.CardHit {
	return knowledge.CardHit{Similarity: similarity, Document: knowledge.Document{
		ID: uuid.New(), Kind: knowledge.KindCard, Title: title, Body: body, File: "policies/x.md",
		Card: &knowledge.Card{Confidence: "原文", Basis: basis},
	}}
}

var article36 = hit("中华人民共和国民法典（第一编 总则）", "第三十六条",
	"第三十六条　监护人有下列情形之一的，人民法院根据申请，撤销其监护人资格：\n（一）实施严重损害被监护人身心健康的行为；", knowledge.Legs{Lexical: 0.2, Card: 0.5})

func TestACardsAnswerCitesTheClausesItRestsOn(t *testing.T) {
	t.Parallel()
	found := knowledge.Result{Scope: 5, Hits: []knowledge.Hit{hit("无关办法", "第一条", "无关的话。", knowledge.Legs{Lexical: 0.6}), article36},
		Cards: []knowledge.CardHit{card("能不让他当监护人吗", "可以向法院申请。", 0.5,
			knowledge.Basis{Document: "中华人民共和国民法典（第一编 总则）", Clause: "第三十六条", Confidence: "原文"})}}
	found.Hits[0], found.Hits[1] = found.Hits[1], found.Hits[0]
	r := Compose("能不让他当监护人吗", found, today)
	if r.Refused || !strings.HasPrefix(r.Text, "可以向法院申请。") || !strings.Contains(r.Text, "依据：[1]") {
		t.Errorf("text %q", r.Text)
	}
	if c := r.Citations[0]; c.Clause != "第三十六条" || c.N != 1 || !strings.Contains(article36.Body, c.Quote) || c.URL == "" {
		t.Errorf("citation %+v", c)
	}
}

func TestACardStandsForItselfWhereItsSourcesAreMissing(t *testing.T) {
	t.Parallel()
	found := knowledge.Result{Scope: 5, Cards: []knowledge.CardHit{card("每月多少钱", "每月按当地标准。", 0.6,
		knowledge.Basis{Document: "某通知", Number: "某发〔2025〕1号", Clause: "一", URL: "https://example.cn/1", Confidence: "报道"})}}
	r := Compose("每月多少钱", found, today)
	if len(r.Citations) != 1 || !strings.Contains(r.Citations[0].Document, CardMark) || r.Citations[0].Number != "某发〔2025〕1号" || !r.Citations[0].Place.Card {
		t.Errorf("%+v", r.Citations)
	}
}

func TestWhatNothingSupportsIsRefused(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]knowledge.Result{
		"nothing found":    {Scope: 9},
		"sounds like more": {Scope: -6, Hits: []knowledge.Hit{hit("办法", "第一条", "话。", knowledge.Legs{Lexical: 0.4})}},
	} {
		if r := Compose("红烧肉怎么做", found, today); !r.Refused || len(r.Citations) != 0 || !strings.Contains(r.Text, "12345") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	named := knowledge.Result{Scope: -6, Hits: []knowledge.Hit{hit("办法", "第一条", "第一条　话。", knowledge.Legs{Exact: 1})}}
	if r := Compose("某发〔2025〕1号", named, today); r.Refused {
		t.Error("a question that names a document was refused")
	}
	if r := Compose("你好", knowledge.Result{Empty: true}, today); r.Refused || !strings.Contains(r.Text, "AI") {
		t.Errorf("a greeting: %+v", r)
	}
}

func TestPresentDangerGoesFirstWhereTwoNeedsAreNearlyAsLikely(t *testing.T) {
	t.Parallel()
	inheritance := card("能分遗产吗", "能。", 0.5, knowledge.Basis{Document: "甲", Confidence: "原文"})
	beaten := card("亲戚打孩子", "正在打，先打 **110**。\n不许打。", 0.4, knowledge.Basis{Document: "乙", Confidence: "原文"})
	beaten.Document.Card.System = "人身安全"
	found := knowledge.Result{Scope: 5, Cards: []knowledge.CardHit{inheritance, beaten}}
	if r := Compose("爷爷一直打我", found, today); !strings.HasPrefix(r.Text, "正在打") || !strings.Contains(r.Text, "能分遗产吗") {
		t.Errorf("%q", r.Text)
	}
	found.Cards[1].Similarity = 0.1
	if r := Compose("能分遗产吗", found, today); !strings.HasPrefix(r.Text, "能。") {
		t.Errorf("a far danger took over: %q", r.Text)
	}
}

func TestOldAndDoubtfulSourcesAreSaidToBeSo(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{"已废止": "已经失效", "已修订": "已有修订", "存疑": "还要核对", "待核": "还要核对", "现行有效": ""} {
		h := hit("办法", "第一条", "第一条　每月发放。", knowledge.Legs{Exact: 1})
		h.Document.Status = status
		r := Compose("办法", knowledge.Result{Hits: []knowledge.Hit{h}}, today)
		if !strings.Contains(r.Text, "以当地最新规定为准") || !strings.Contains(r.Text, want) || want == "" && strings.Contains(r.Text, "；") {
			t.Errorf("%s: %q", status, r.Text)
		}
	}
}

func TestQuotesAreVerbatimAndShort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("孤儿低保每月发放12.5元，、“”（）")), 0, 60, -1), 1, 12).Draw(t, "pieces")
		body := strings.Join(pieces, rapid.SampledFrom([]string{"。", "\n", "；", "。\n"}).Draw(t, "mark"))
		from, to := quoteSpan(body, rapid.StringOf(rapid.SampledFrom([]rune("孤儿低保每月"))).Draw(t, "focus"))
		runes := []rune(body)
		if from < 0 || to < from || to > len(runes) {
			t.Fatalf("span %d-%d of %d", from, to, len(runes))
		}
		if quote := string(runes[from:to]); !strings.Contains(body, quote) {
			t.Fatalf("%q is not in %q", quote, body)
		}
	})
}

func TestABenefitThatIsCloserThanAnyCardAnswers(t *testing.T) {
	t.Parallel()
	near := card("低保怎么算", "按差额。", 0.6, knowledge.Basis{Document: "甲", Clause: "第三十六条", Confidence: "原文"})
	benefit := card("杭州市最低生活保障", "**最低生活保障**：补到低保线。\n\n### 细说\n\n**规定出自**：《甲》", 0.7,
		knowledge.Basis{Document: "乙", Clause: "第二条", Confidence: "原文"})
	benefit.Document.Kind, benefit.Document.Benefit = knowledge.KindBenefit, "最低生活保障"
	benefit.Document.Card.Confidence, benefit.Document.Card.Recheck = "报道", "2026-01-24"
	clause := hit("甲", "第三十六条", "第三十六条　按差额发。", knowledge.Legs{Card: 0.6})
	basis := hit("乙", "第二条", "第二条　补到低保线。", knowledge.Legs{})
	found := knowledge.Result{Scope: 5, Hits: []knowledge.Hit{clause}, Basis: []knowledge.Hit{basis}, Cards: []knowledge.CardHit{benefit, near}}
	r := Compose("低保多少钱", found, today)
	if !strings.HasPrefix(r.Text, "**最低生活保障**") || strings.Contains(r.Text, "规定出自") {
		t.Errorf("text %q", r.Text)
	}
	if r.Citations[0].Document != "乙" || r.Citations[0].Clause != "第二条" {
		t.Errorf("citations %+v", r.Citations)
	}
	for _, caveat := range []string{"可能已经调整", "来自报道"} {
		if !strings.Contains(r.Text, caveat) {
			t.Errorf("%q is missing from %q", caveat, r.Text)
		}
	}
	found.Cards = []knowledge.CardHit{near, benefit}
	if r := Compose("低保怎么算", found, today); !strings.HasPrefix(r.Text, "按差额。") {
		t.Errorf("a card that is closer: %q", r.Text)
	}
}
