package dialogue_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// model says a message of which a model read something.
func (c *talk) model(text string, guesses ...understand.Statement) dialogue.Outcome {
	c.t.Helper()
	c.at.Guesses = guesses
	defer func() { c.at.Guesses = nil }()
	return c.say(text)
}

func option(fact string, names ...string) understand.Statement {
	return understand.Statement{Fact: fact, Value: benefit.Options(names...), Quote: "原话"}
}

func number(fact string, n int64) understand.Statement {
	return understand.Statement{Fact: fact, Value: benefit.Number(n, n), Quote: "原话"}
}

func labels(q *dialogue.Question) []string {
	var all []string
	for _, o := range q.Options {
		all = append(all, o.Label)
	}
	return all
}

func TestAGuessIsAskedBackAndCountsOnlyThen(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.model("我孙子8岁，他妈失联一年了，他老子吃国家饭去哒", option("父亲.情形", "服刑在押"), number("父亲.限制自由期限月数", 36))
	q := out.Decision.Question
	if q == nil || !q.Guess || q.Text != "您是说爸爸在坐牢，被关的期限一共是 3 年，对吗？" || !reflect.DeepEqual(labels(q), []string{"对", "不对"}) {
		t.Fatalf("asked %+v", q)
	}
	c.expect(out, unsupported, "open")
	if out.Facts["父亲.情形"] != nil {
		t.Errorf("the contract holds a guess: %v", out.Facts)
	}
	i := slices.IndexFunc(out.Decision.Chips, func(chip dialogue.Chip) bool { return chip.Guess })
	if i < 0 || out.Decision.Chips[i].Text != "在坐牢" || out.Decision.Chips[i].Quote != "原话" {
		t.Errorf("chips %+v", out.Decision.Chips)
	}
	out = c.say("对")
	c.expect(out, unsupported, "eligible")
	if !out.Answered || out.Facts["父亲.限制自由期限月数"] != int64(36) || slices.ContainsFunc(out.Decision.Chips, func(chip dialogue.Chip) bool { return chip.Guess }) {
		t.Errorf("after 对: %v %+v", out.Facts, out.Decision.Chips)
	}
}

func TestWhatIsDeniedIsNotGuessedAgain(t *testing.T) {
	t.Parallel()
	for _, no := range []string{"不对", "不是的", "没有的事", "不是，你弄错了", "错了"} {
		c := newTalk(t)
		c.model("我孙子8岁，他老子那边的事说来话长", option("父亲.情形", "服刑在押"))
		out := c.say(no)
		if !out.Answered || out.Facts["父亲.情形"] != nil || out.Facts["孩子.年龄"] != int64(8) {
			t.Errorf("%s: %v", no, out.Facts)
		}
		out = c.model("他老子那边的事真是说来话长", option("父亲.情形", "服刑在押"))
		if q := out.Decision.Question; q != nil && q.Guess {
			t.Errorf("%s: asked again: %s", no, q.Text)
		}
	}
}

func TestADenialTakesNothingElseBack(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("我孙子8岁，他爸有一级残疾证")
	c.model("他爸后来又出了点事情", option("父亲.情形", "重病"))
	out := c.say("不对")
	if got := out.Facts["父亲.残疾等级"]; got != "一级" {
		t.Errorf("heard %v", out.Facts)
	}
}

func TestTheAnswerMayBeLonger(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.model("我孙子8岁，他老子吃国家饭去哒", option("父亲.情形", "服刑在押"))
	if facts := c.say("对，判了三年").Facts; !reflect.DeepEqual(facts["父亲.情形"], []string{"服刑在押"}) || facts["父亲.限制自由期限月数"] != int64(36) {
		t.Errorf("对，判了三年: %v", facts)
	}
	c = newTalk(t)
	c.model("我孙子8岁，他老子遭公家弄去了", option("父亲.情形", "服刑在押"))
	if facts := c.say("不是，是在强制戒毒").Facts; !reflect.DeepEqual(facts["父亲.情形"], []string{"强制隔离戒毒"}) {
		t.Errorf("不是，是在强制戒毒: %v", facts)
	}
}

func TestNotKnowingLetsAGuessGo(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.model("我孙子8岁，他老子那边说来话长", option("父亲.情形", "服刑在押"))
	out := c.say(dialogue.NotSure)
	if q := out.Decision.Question; out.Facts["父亲.情形"] != nil || q != nil && q.Guess {
		t.Errorf("%v %+v", out.Facts, q)
	}
}

func TestAGuessThatNobodyAnswersIsLetGo(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.model("我孙子8岁，他老子那边说来话长", option("父亲.情形", "服刑在押"))
	asked := 0
	for range 5 {
		if q := out.Decision.Question; q != nil && q.Guess {
			asked++
		}
		out = c.say("孩子户口要怎么迁")
	}
	if asked != 2 || len(c.state.Guesses) != 0 {
		t.Errorf("asked %d times, left %v", asked, c.state.Guesses)
	}
}

func TestAgreementShowsNothingAndDisagreementBecomesAQuestion(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.model("我孙子8岁，他爸坐牢判了三年", option("父亲.情形", "服刑在押"), number("孩子.年龄", 8), number("父亲.限制自由期限月数", 36))
	if q := out.Decision.Question; q != nil && q.Guess || len(c.state.Guesses) > 0 {
		t.Errorf("agreement is asked about: %+v", q)
	}
	out = c.model("家里就是这样子的", number("孩子.年龄", 18))
	q := out.Decision.Question
	if q == nil || !reflect.DeepEqual(labels(q), []string{"8 岁", "18 岁"}) || !strings.Contains(q.Text, "孩子几岁") {
		t.Fatalf("asked %+v", q)
	}
	if out.Facts["孩子.年龄"] != int64(8) {
		t.Errorf("until then the first stands: %v", out.Facts)
	}
	if out = c.say("18 岁"); out.Facts["孩子.年龄"] != int64(18) {
		t.Errorf("after the choice: %v", out.Facts)
	}
	if q := c.model("家里就是这样子的啊", number("孩子.年龄", 7)).Decision.Question; q == nil || !q.Guess {
		t.Fatalf("asked %+v", q)
	}
	if out = c.say("17岁"); out.Facts["孩子.年龄"] != int64(17) || len(c.state.Guesses) > 0 {
		t.Errorf("after words of one's own: %v %v", out.Facts, c.state.Guesses)
	}
	c.say("更正：孩子几岁：18岁")
	out = c.model("家里就是这样子的呢", number("孩子.年龄", 8))
	if out = c.say("18 岁"); out.Facts["孩子.年龄"] != int64(18) || len(c.state.Guesses) > 0 {
		t.Errorf("after the other choice: %v", out.Facts)
	}
}

func TestAChipOfAGuessIsCorrectedOrDropped(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.model("我孙子8岁，他老子那边说来话长", option("父亲.情形", "服刑在押"))
	if out := c.say("更正：爸爸的情况：去掉"); len(c.state.Guesses) > 0 || out.Facts["父亲.情形"] != nil || out.Facts["孩子.年龄"] != int64(8) {
		t.Errorf("去掉: %v %v", c.state.Guesses, out.Facts)
	}
	c = newTalk(t)
	c.model("我孙子8岁，他老子那边说来话长", option("父亲.情形", "服刑在押"))
	if out := c.say("更正：爸爸的情况：在强制戒毒"); len(c.state.Guesses) > 0 || !reflect.DeepEqual(out.Facts["父亲.情形"], []string{"强制隔离戒毒"}) {
		t.Errorf("更正: %v %v", c.state.Guesses, out.Facts)
	}
}

func TestAWithdrawnQuestionIsAskedLater(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.model("我孙子8岁，他老子那边说来话长", option("父亲.情形", "服刑在押"))
	if !out.Decision.Question.Guess {
		t.Fatal("not asked")
	}
	for range 3 {
		c.state.Withdraw()
		if out = c.say("孩子今天好难过"); out.Decision.Question == nil || !out.Decision.Question.Guess {
			t.Fatalf("asked %+v", out.Decision.Question)
		}
	}
}

func TestAChildAndAParentAreSpokenToThemselves(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.model("我今年十岁了，我是小学生，我眼睛看东西糊的", option("孩子.残疾类别", "视力"))
	if q := out.Decision.Question; q == nil || q.Text != "你是说你是视力残疾，对吗？" {
		t.Errorf("asked %+v", q)
	}
}

func TestTheOneOfSeveralChildrenIsNamed(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("两个孙子，大的15岁，小的8岁")
	out := c.model("小的那个耳朵不好使唤", option("孩子.残疾类别", "听力"))
	q := out.Decision.Question
	if q == nil || !q.Guess || !strings.Contains(q.Text, "「"+out.Decision.Child+"」") {
		t.Fatalf("asked %+v about %s", q, out.Decision.Child)
	}
	child := out.Decision.Child
	c.say("对")
	for label, facts := range c.state.Children {
		if _, has := facts["孩子.残疾类别"]; has != (label == child) {
			t.Errorf("%s: %v", label, facts)
		}
	}
}

// TestEveryFactCanBeAskedBack says every option of every fact in a sentence.
func TestEveryFactCanBeAskedBack(t *testing.T) {
	t.Parallel()
	at := newTalk(t).at
	for _, f := range at.Book.Dictionary.Facts {
		if f.Question == "" || f.Type == benefit.Place {
			continue
		}
		guesses := []understand.Statement{number(f.Name, 1800)}
		switch {
		case f.Type == benefit.Integer:
			guesses[0] = number(f.Name, min(18, f.Range.Hi))
		case f.Type == benefit.Date:
			guesses[0] = number(f.Name, int64(benefit.DayOf(2018, 5, 6)))
		}
		if len(f.Options) > 0 {
			guesses = nil
			for _, name := range f.Options {
				guesses = append(guesses, option(f.Name, name))
			}
		}
		for _, g := range guesses {
			c := &talk{t: t, at: at}
			out := c.model("家里就是这样子的", g)
			q := out.Decision.Question
			if q == nil || !q.Guess {
				t.Errorf("%s %v is not asked", g.Fact, g.Value)
				continue
			}
			t.Log(q.Text)
			if strings.ContainsAny(q.Text, "%P") && f.Unit != "%" || strings.Contains(q.Text, "爸爸爸爸") || strings.Contains(q.Text, "  ") {
				t.Errorf("%s %v: %s", g.Fact, g.Value, q.Text)
			}
			c.say("对")
			facts, _ := json.Marshal(c.state)
			if len(c.state.Guesses) > 0 || !strings.Contains(string(facts), g.Fact) {
				t.Errorf("%s %v is not taken: %s", g.Fact, g.Value, facts)
			}
		}
	}
}

// TestNoVerdictRestsOnAGuess: whatever a model reads, the verdicts, the card and the facts of the contract are those of a
// program without a model, until somebody confirms.
func TestNoVerdictRestsOnAGuess(t *testing.T) {
	t.Parallel()
	at := newTalk(t).at
	messages := []string{"我孙子8岁，他爸坐牢判了三年，他妈跑了一年没音信", "我孙子9岁", "家里吃低保，四口人", "他奶奶带着", "孩子有一级残疾证，肢体的", "爸爸妈妈都去世了",
		"两个孙子，大的15岁，小的8岁", "能领什么", "他爸在外地打工", "孩子读小学三年级住校", "为什么不能领低保"}
	statement := rapid.Custom(func(t *rapid.T) understand.Statement {
		f := rapid.SampledFrom(at.Book.Dictionary.Facts).Draw(t, "fact")
		s := understand.Statement{Fact: f.Name, Quote: "话", Child: rapid.SampledFrom([]string{"", "", "大的", "别的"}).Draw(t, "child")}
		if len(f.Options) > 0 {
			s.Value = benefit.Options(rapid.SliceOfN(rapid.SampledFrom(append([]string{"没有的"}, f.Options...)), 0, 3).Draw(t, "options")...)
		} else {
			n := rapid.Int64Range(-10, 2000).Draw(t, "number")
			s.Value = benefit.Number(n, n)
		}
		return s
	})
	rapid.Check(t, func(rt *rapid.T) {
		var plain, helped dialogue.State
		for i, n := 0, rapid.IntRange(1, 2).Draw(rt, "turns"); i < n; i++ {
			text := rapid.SampledFrom(messages).Draw(rt, "message")
			plain.Reading.Pending, helped.Reading.Pending = nil, nil // the questions differ: what is said must not be an answer to them
			plain.Reading.Focus, helped.Reading.Focus = "", ""
			var without, with dialogue.Outcome
			plain, without = dialogue.Step(plain, text, at)
			assisted := at
			assisted.Guesses = rapid.SliceOfN(statement, 0, 14).Draw(rt, "guesses")
			helped, with = dialogue.Step(helped, text, assisted)
			if !reflect.DeepEqual(without.Results, with.Results) || !reflect.DeepEqual(without.Facts, with.Facts) || !reflect.DeepEqual(without.Notes, with.Notes) {
				rt.Fatalf("%s with %+v:\n%v\n%v", text, assisted.Guesses, without.Facts, with.Facts)
			}
			if !reflect.DeepEqual(without.Decision.Card.Eligible, with.Decision.Card.Eligible) {
				rt.Fatalf("%s: another card", text)
			}
			if !reflect.DeepEqual(plain.Shared, helped.Shared) || !reflect.DeepEqual(plain.Children, helped.Children) {
				rt.Fatalf("%s: the state holds a guess", text)
			}
		}
	})
}
