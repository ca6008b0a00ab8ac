package assistant_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/triage"
	"xiaohe/knowledge"
	"xiaohe/prompts"
)

// talk runs the turns of one conversation, a minute apart.
func talk(t *testing.T, a *assistant.Assistant, region knowledge.Region, texts ...string) []assistant.Turn {
	t.Helper()
	conv := assistant.Conversation{Region: region, On: "2026-11-21", Now: time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)}
	var turns []assistant.Turn
	for _, text := range texts {
		turn, err := a.Turn(t.Context(), conv, text)
		if err != nil {
			t.Fatal(err)
		}
		turns = append(turns, turn)
		conv.Questions = append(conv.Questions, text)
		conv.State, conv.Watch = turn.State, turn.Danger.Watch
		conv.Now = conv.Now.Add(time.Minute)
	}
	return turns
}

const (
	beaten = "我爸昨晚又拿皮带抽我，我躲在床底下不敢出来"
	policy = "低保怎么申请？"
)

func TestDangerIsAnsweredByAScriptAlone(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turn := talk(t, a, knowledge.Region{}, beaten)[0]
	if turn.Triage.Level != "L4" || turn.Handoff == nil || turn.Handoff.Priority != "P0" {
		t.Errorf("%+v, %+v", turn.Triage, turn.Handoff)
	}
	if len(turn.Triage.Signals) == 0 || !strings.Contains(beaten, turn.Triage.Signals[0].Quote) || turn.Triage.Signals[0].Quote == "" {
		t.Errorf("signals %+v", turn.Triage.Signals)
	}
	if !strings.Contains(turn.Answer, "110") || turn.Ask != nil || turn.Decision != nil {
		t.Errorf("%q, asks %v", turn.Answer, turn.Ask)
	}
	if turn.Danger.Notice() != "suppressed" || !turn.Danger.Reply.QuickExit {
		t.Errorf("notice %s, exit %v", turn.Danger.Notice(), turn.Danger.Reply.QuickExit)
	}
}

// TestTheScriptNeedsNothing cuts the assistant off from its database.
func TestTheScriptNeedsNothing(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	turn, err := a.Turn(cut, assistant.Conversation{}, beaten)
	if err != nil || !strings.Contains(turn.Answer, "110") {
		t.Errorf("%q, %v", turn.Answer, err)
	}
	turn, err = a.Turn(cut, assistant.Conversation{}, policy)
	if err == nil || turn.Triage.Level != "L0" {
		t.Errorf("a turn that fails: %+v, %v", turn.Triage, err)
	}
}

func TestTheTalkGoesOnWithOneQuestionAtATime(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turns := talk(t, a, knowledge.Region{}, beaten, "在家里", "就我和弟弟", "嗯", "他出去了", "嗯")
	asked := map[string]bool{}
	for i, turn := range turns {
		if turn.Triage.Level != "L4" || turn.Handoff == nil {
			t.Errorf("turn %d: %+v", i+1, turn.Triage)
		}
		question := turn.Danger.Reply.ID
		if asked[question] && !strings.Contains(question, "follow_stay") {
			t.Errorf("turn %d shows %s again", i+1, question)
		}
		asked[question] = true
	}
}

func TestAnOrdinaryQuestionAfterDangerIsAnswered(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turn := talk(t, a, knowledge.Region{}, beaten, policy)[1]
	if turn.Triage.Level != "L4" || turn.Danger.Only || turn.Handoff == nil {
		t.Errorf("%+v only %v", turn.Triage, turn.Danger.Only)
	}
	if first, rest, _ := strings.Cut(turn.Answer, "\n\n"); !strings.Contains(turn.Answer, "低保") || first == "" || rest == "" || turn.Ask != nil {
		t.Errorf("%q", turn.Answer)
	}
}

func TestConcernIsCaredForAndAnswered(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turn := talk(t, a, knowledge.Region{}, "带两个孙子，我快撑不住了。低保怎么申请？")[0]
	if turn.Triage.Level != "L2" || turn.Danger.Reply == nil {
		t.Fatalf("%+v", turn.Triage)
	}
	if care := strings.Join(turn.Danger.Reply.Bubbles, "\n\n"); !strings.HasPrefix(turn.Answer, care) || turn.Answer == care || len(turn.Citations) == 0 {
		t.Errorf("%q", turn.Answer)
	}
}

// TestSeveralPeopleOnOnePhone has a grandmother ask and then a child write.
func TestSeveralPeopleOnOnePhone(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turns := talk(t, a, knowledge.Region{}, "我孙子他爸坐牢了，妈妈跑了，我带着他能领什么补助", "奶奶睡了，我是小宝，爸爸回来了要打死我，我躲在柜子里")
	if turns[0].Triage.Level > "L1" || turns[0].Danger.Speaker != triage.Caregiver {
		t.Errorf("%+v by %s", turns[0].Triage, turns[0].Danger.Speaker)
	}
	if turns[1].Triage.Level != "L4" || strings.HasPrefix(turns[1].Danger.Reply.ID, string(prompts.Caregiver)) {
		t.Errorf("%+v, script %s", turns[1].Triage, turns[1].Danger.Reply.ID)
	}
}

func TestAWorkerIsTold(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turn := talk(t, a, knowledge.Region{}, "我是村儿童主任，入户发现一个9岁女孩身上多处新旧伤，孩子说是继父拿皮带打的")[0]
	if turn.Triage.Level < "L3" || !strings.HasPrefix(turn.Danger.Reply.ID, string(prompts.Director)) {
		t.Errorf("%+v, script %s", turn.Triage, turn.Danger.Reply.ID)
	}
	if !strings.Contains(strings.Join(turn.Triage.Flags, ","), "R4") {
		t.Errorf("flags %v", turn.Triage.Flags)
	}
}

func TestTheNumbersFollowTheRegion(t *testing.T) {
	t.Parallel()
	a, store := newAssistant(t)
	hangzhou, err := store.Region(t.Context(), "330100")
	if err != nil {
		t.Fatal(err)
	}
	turn := talk(t, a, hangzhou, "我不想活了，天天想死")[0]
	var numbers []string
	for _, h := range turn.Danger.Reply.Hotlines {
		numbers = append(numbers, h.Number)
	}
	if all := strings.Join(numbers, " "); !strings.Contains(all, "12356") || !strings.Contains(all, "0571-85029595") {
		t.Errorf("%s: %v", turn.Danger.Reply.ID, numbers)
	}
	if strings.Contains(turn.Answer, "24 小时") || strings.Contains(turn.Answer, "24小时") {
		t.Errorf("%q", turn.Answer)
	}
}

// TestACarerOfAChildAndACarerInNeed chooses between words for somebody beside a child and for the writer.
func TestACarerOfAChildAndACarerInNeed(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	for text, want := range map[string]prompts.Situation{
		"我孙女昨晚说她不想活了，手腕上全是划的":      prompts.Suicide,
		"老伴走了我也不想活了，农药都放床头了，孙子咋办啊": prompts.OwnSuicide,
		"我快控制不住了，想把孙子掐死":           prompts.CaregiverHarm,
	} {
		turn := talk(t, a, knowledge.Region{}, text)[0]
		id := turn.Danger.Reply.ID
		if turn.Triage.Level < "L3" || !strings.HasPrefix(id, string(prompts.Caregiver)) || !strings.Contains(id, string(want)) {
			t.Errorf("%s: %s, %s", text, turn.Triage.Level, id)
		}
	}
}

// TestARuleMayNameTheScript tells threats with pictures from touching.
func TestARuleMayNameTheScript(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	turn := talk(t, a, knowledge.Region{}, "网上认识的人说我不给他钱就把我的照片发到班级群")[0]
	if id := turn.Danger.Reply.ID; turn.Triage.Level < "L3" || !strings.Contains(id, string(prompts.OnlineCoercion)) {
		t.Errorf("%s, %s", turn.Triage.Level, id)
	}
}
