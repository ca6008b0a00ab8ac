package dialogue_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
	"xiaohe/knowledge/seed"
)

const (
	unsupported = "事实无人抚养儿童基本生活补贴"
	orphan      = "孤儿基本生活费"
)

// talk is a conversation in 杭州 on 2026-11-21.
type talk struct {
	t     *testing.T
	state dialogue.State
	at    dialogue.Setting
}

func newTalk(t *testing.T) *talk {
	t.Helper()
	book, problems := benefit.Load(seed.Benefits())
	if book == nil {
		t.Fatal(problems)
	}
	return &talk{t: t, at: dialogue.Setting{Book: book, Day: benefit.DayOf(2026, 11, 21), Region: "330100",
		Resolve: func(text string) (string, string, bool) { return "340000", "安徽省", text == "安徽" }}}
}

// say goes through JSON, as a stored state does.
func (c *talk) say(text string) dialogue.Outcome {
	c.t.Helper()
	state, out := dialogue.Step(c.state, text, c.at)
	data, err := json.Marshal(state)
	if err != nil {
		c.t.Fatal(err)
	}
	c.state = dialogue.State{}
	if err := json.Unmarshal(data, &c.state); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// item finds a benefit on the card, wherever it stands.
func item(out dialogue.Outcome, id string) (benefit.Item, string) {
	card := out.Decision.Card
	for where, items := range map[string][]benefit.Item{"eligible": card.Eligible, "open": card.Open, "ruled out": card.RuledOut, "received": card.Received} {
		if i := slices.IndexFunc(items, func(item benefit.Item) bool { return item.ID == id }); i >= 0 {
			return items[i], where
		}
	}
	return benefit.Item{}, ""
}

func (c *talk) expect(out dialogue.Outcome, id, where string) benefit.Item {
	c.t.Helper()
	found, got := item(out, id)
	if got != where {
		c.t.Errorf("%s is %q, want %q", id, got, where)
	}
	return found
}

func TestAStoryLeadsToTheRightCardInAtMostSixQuestions(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.say("我孙子爸爸坐牢妈妈跑了能领什么,每月多少,去哪办")
	c.expect(out, unsupported, "open")
	answers := map[string]string{"孩子.年龄": "8岁", "父亲.限制自由期限月数": "判了三年", "母亲.失联月数": "大半年了", "家庭.在享低保": "没有",
		"孩子.在享特困": "没有", "孩子.在享困残补贴": "没有", "家庭.财产合规": "没有", "监护人.关系": "我是他奶奶", "孩子.在读阶段": "小学"}
	for range 6 {
		q := out.Decision.Question
		if q == nil {
			break
		}
		answer, ok := answers[q.Fact]
		if !ok {
			answer = dialogue.NotSure
		}
		out = c.say(answer)
	}
	found := c.expect(out, unsupported, "eligible")
	if found.Amount == nil || found.Amount.Max == nil || *found.Amount.Max != 2525 {
		t.Errorf("amount %+v", found.Amount)
	}
}

func TestACorrectionChangesTheCard(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.expect(c.say("孙子8岁，他爸去世了，妈妈失联一年了"), unsupported, "eligible")
	out := c.say("说错了，妈妈没有失联，妈妈也去世了")
	c.expect(out, orphan, "eligible")
	c.expect(out, unsupported, "ruled out")
}

func TestAChipIsCorrectedByItsLabel(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.expect(c.say("孙子8岁，他爸去世了，妈妈失联一年了"), unsupported, "eligible")
	c.expect(c.say("更正：孩子几岁：19岁"), unsupported, "ruled out")
}

func TestAChipOfSeveralOptionsIsReplacedAndOneCanBeTakenBack(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("孙子8岁，他爸在坐牢")
	facts := c.say("更正：爸爸的情况：在强制戒毒").Facts
	if got := facts["父亲.情形"]; !reflect.DeepEqual(got, []string{"强制隔离戒毒"}) {
		t.Errorf("爸爸的情况 is %v", got)
	}
	if facts := c.say("更正：爸爸的情况：去掉").Facts; facts["父亲.情形"] != nil {
		t.Errorf("爸爸的情况 is still %v", facts["父亲.情形"])
	}
}

func TestABareTermBelongsToTheParentWhoIsInPrison(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("侄女五岁 她爸爸在坐牢")
	c.state.Reading.Pending = &understand.Pending{Fact: "母亲.情形"}
	facts := c.say("判了五年").Facts
	if facts["父亲.限制自由期限月数"] != int64(60) || facts["母亲.情形"] != nil {
		t.Errorf("heard %v", facts)
	}
}

func TestNothingElseKeepsWhatWasSaidBefore(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("孙子8岁，妈妈失联一年了")
	c.state.Reading.Pending = &understand.Pending{Fact: "母亲.情形"}
	if got := c.say("都没有").Facts["母亲.情形"]; !reflect.DeepEqual(got, []string{"失联"}) {
		t.Errorf("妈妈的情况 is %v", got)
	}
}

func TestWhatContradictsItselfIsAskedAgainAndNotGuessed(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("我孙子5岁，爸爸妈妈都去世了")
	out := c.say("孙子上高中了")
	if len(out.Notes) == 0 && (out.Decision.Question == nil || !strings.Contains(out.Decision.Question.Text, "哪个对")) {
		t.Errorf("nothing is said of it: %+v", out.Decision.Question)
	}
	out = c.say("我孙子12岁")
	if q := out.Decision.Question; q == nil || q.Fact != "孩子.年龄" {
		t.Errorf("the age is not asked again: %+v", q)
	}
}

func TestWhyAndWhyNotNameTheConditions(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.say("孙子8岁，他爸去世了，妈妈失联三个月了")
	out := c.say("为什么不能领事实无人抚养补贴")
	if len(out.Explain) != 1 || out.Explain[0].ID != unsupported {
		t.Fatalf("explained %v", out.Explain)
	}
	if reasons := out.Explain[0].Because; len(reasons) == 0 || len(reasons[0].Sources) == 0 {
		t.Errorf("reasons %+v", reasons)
	}
	if changes := strings.Join(out.Explain[0].Changes, ""); !strings.Contains(changes, "再过 3 个月") {
		t.Errorf("what would change it: %q", changes)
	}
}

func TestAfterFiveQuestionsThePersonDecidesWhetherToGoOn(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.say("孙子爸爸坐牢妈妈跑了能领什么")
	asked := 0
	for out.Decision.Question != nil && asked < 20 {
		asked++
		out = c.say(dialogue.NotSure)
	}
	if asked != 5 || !out.Paused {
		t.Fatalf("%d questions, paused %v", asked, out.Paused)
	}
	if out = c.say("继续"); out.Decision.Question == nil {
		t.Error("nothing is asked after 继续")
	}
}

func TestNoQuestionIsAskedTwice(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	seen := map[string]bool{}
	out := c.say("孙子爸爸坐牢妈妈跑了能领什么")
	for range 30 {
		q := out.Decision.Question
		if q == nil {
			if !out.Paused {
				return
			}
			out = c.say("继续")
			continue
		}
		if seen[q.Fact] {
			t.Fatalf("%s is asked again", q.Fact)
		}
		seen[q.Fact] = true
		out = c.say(dialogue.NotSure)
	}
}

func TestTwoChildrenHaveFactsOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	out := c.say("两个孙子，大的19岁，小的8岁，他们爸妈都去世了")
	if len(out.Decision.Children) != 2 {
		t.Fatalf("children %v", out.Decision.Children)
	}
	c.expect(c.say("小的能领什么"), orphan, "eligible")
	if out = c.say("那大的能领孤儿的钱吗"); out.Decision.Child == "小的" {
		t.Errorf("still about %s", out.Decision.Child)
	}
	c.expect(out, orphan, "ruled out")
}
