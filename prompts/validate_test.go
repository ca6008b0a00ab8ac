package prompts

import (
	"errors"
	"strings"
	"testing"
)

// sound is a script without fault; each case spoils one thing.
func sound() Script {
	return Script{ID: "teenager_suicide@3", Situation: Suicide, Audience: Teenager, Level: 3, Version: 1, Bubbles: []string{
		"谢谢你告诉我。这不是你的错。", "你现在安全吗？", "去找一个信得过的人。", "想说话可以打{{psych}}；有危险，打{{police}}。", "{{human_status}}。", "我在。",
	}}
}

func (s Script) with(bubble int, text string) Script {
	s.Bubbles[bubble] = text
	return s
}

func (s Script) faults() string {
	s.clauses = nil
	for _, bubble := range s.Bubbles {
		s.clauses = append(s.clauses, clauseForm.FindAllString(bubble, -1))
	}
	err := s.check()
	if err == nil {
		lookup := func(key string) (Hotline, bool) {
			return Hotline{Key: key, Number: emergency[key]}, emergency[key] != ""
		}
		bubbles, hotlines := s.fill(lookup, false, false)
		err = s.checkBubbles(bubbles, hotlines)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func grave(bubbles ...string) Script {
	return Script{ID: "teenager_suicide@4", Situation: Suicide, Audience: Teenager, Level: 4, Version: 1, Bubbles: bubbles}
}

func TestWordsAgainstTheRulesAreRefused(t *testing.T) {
	t.Parallel()
	if got := sound().faults(); got != "" {
		t.Fatal(got)
	}
	long := strings.Repeat("慢", 61)
	carer := sound()
	carer.ID, carer.Audience = "caregiver_suicide@3", Caregiver
	wrongID, noVersion, halfSigned, oddDate := sound(), sound(), sound(), sound()
	wrongID.Level = 2
	noVersion.Version = 0
	halfSigned.ApprovedBy = "甲"
	oddDate.ApprovedBy, oddDate.ApprovedOn = "甲", "昨天"
	seven := sound()
	seven.Bubbles = append(seven.Bubbles, "好。")
	for name, c := range map[string]struct {
		script Script
		want   string
	}{
		"an id of something else":      {wrongID, "disagree"},
		"no version":                   {noVersion, "version"},
		"signed by nobody or never":    {halfSigned, "go together"},
		"signed on no day":             {oddDate, "not a date"},
		"seven bubbles":                {seven, "bubbles"},
		"too long for a child":         {sound().with(2, long), "not over 60"},
		"a number in digits":           {sound().with(2, "打110。"), "digits"},
		"a number in full-width":       {sound().with(2, "打１１０。"), "digits"},
		"a number in words":            {sound().with(2, "打一一〇。"), "digits"},
		"an unknown placeholder":       {sound().with(2, "打{{army}}。"), "no placeholder"},
		"half a placeholder":           {sound().with(2, "打{{police。"), "brace"},
		"a promise of secrecy":         {sound().with(2, "我会替你保密。"), "secrecy"},
		"a promise of an outcome":      {sound().with(2, "警察会来救你。"), "outcome"},
		"that all will be well":        {sound().with(2, "一切都会好起来。"), "outcome"},
		"a diagnosis":                  {sound().with(2, "这是抑郁。"), "diagnosis"},
		"blame":                        {sound().with(2, "你不该一个人出去。"), "blame"},
		"a verdict on a carer":         {sound().with(2, "这是违法的。"), "blame"},
		"empty comfort":                {sound().with(2, "想开点。"), "comfort"},
		"a comparison":                 {sound().with(2, "比你苦的人很多。"), "comfort"},
		"a method":                     {sound().with(2, "不要割腕。"), "method"},
		"hours":                        {sound().with(2, "全天都能打。"), "hours"},
		"an interrogation":             {sound().with(1, "谁打你？"), "may be asked"},
		"why":                          {sound().with(1, "你为什么难受？"), "interrogation"},
		"two questions":                {sound().with(2, "你受伤没有？"), "2 questions"},
		"no question":                  {sound().with(1, "慢慢来。"), "0 questions"},
		"a question without its mark":  {sound().with(2, "你还好吗。"), "without its mark"},
		"the plain question too early": {sound().with(1, "有没有想伤害自己？"), "may be asked"},
		"the wrong you for a child":    {sound().with(2, "您去找人。"), "您"},
		"the wrong you for a carer":    {carer, "你"},
		"a button that is not there":   {sound().with(2, "点「救救我」。"), "button"},
		"no emergency number":          {sound().with(3, "想说话可以打{{psych}}。"), "no emergency number"},
		"one clause, two fates":        {sound().with(3, "可以打{{psych}}或{{police}}。"), "fall away"},
		"one clause, two lines":        {sound().with(2, "可以打{{psych}}或{{youth}}。"), "fall away"},
		"a question that may go":       {sound().with(1, "打{{psych}}，你现在安全吗？"), "fall away"},
		"nothing about the queue":      {sound().with(4, "慢慢来。"), "human_status"},
		"the queue before the number":  {sound().with(2, "{{human_status}}。").with(4, "慢慢来。"), "order"},
		"level 4 begins with a word":   {grave("慢慢来。", "请打{{police}}。", "你在哪里？", "{{human_status}}。"), "first bubble"},
		"level 4 asks whether safe":    {grave("请打{{police}}。", "你现在安全吗？", "{{human_status}}。"), "may be asked"},
		"level 4 asks in two bubbles":  {grave("请打{{police}}。", "你在哪里？", "身边有谁？", "{{human_status}}。"), "2 questions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.script.faults(); !strings.Contains(got, c.want) {
				t.Errorf("%q is not in the fault %q", c.want, got)
			}
		})
	}
	if got := grave("请打{{police}}。", "你在哪里？身边有谁？", "{{human_status}}。").faults(); got != "" {
		t.Errorf("where and who is near may be asked together: %s", got)
	}
}

func TestFollowUpsAgainstTheirRulesAreRefused(t *testing.T) {
	t.Parallel()
	follow := func(situation Situation, bubbles ...string) Script {
		return Script{ID: scriptID(situation, Teenager, 3), Situation: situation, Audience: Teenager, Level: 3, Version: 1, Bubbles: bubbles}
	}
	for name, c := range map[string]struct {
		script Script
		want   string // empty: no fault
	}{
		"sound":                      {follow(FollowWhere, "收到了。", "你在哪里？打{{police}}。", "{{human_status}}。"), ""},
		"sound without a question":   {follow(FollowStay, "我在听。", "打{{police}}。{{human_status}}。"), ""},
		"one bubble":                 {follow(FollowWhere, "收到了。你在哪里？打{{police}}。{{human_status}}。"), "a follow-up has"},
		"four bubbles":               {follow(FollowWhere, "收到了。", "你在哪里？", "打{{police}}。", "{{human_status}}。"), "a follow-up has"},
		"no receipt":                 {follow(FollowWhere, "太好了。", "你在哪里？打{{police}}。", "{{human_status}}。"), "begins with"},
		"another question":           {follow(FollowWhere, "收到了。", "你受伤没有？打{{police}}。", "{{human_status}}。"), "its question"},
		"two questions":              {follow(FollowWhere, "收到了。", "你在哪里？身边有谁？打{{police}}。", "{{human_status}}。"), "2 questions"},
		"a question where it stays":  {follow(FollowStay, "我在听。", "你在哪里？打{{police}}。{{human_status}}。"), "1 questions"},
		"nothing asked":              {follow(FollowWho, "我在听。", "打{{police}}。{{human_status}}。"), "0 questions"},
		"nothing of the human":       {follow(FollowStay, "我在听。", "打{{police}}。"), "human_status"},
		"no way to call the police":  {follow(FollowStay, "我在听。", "打{{psych}}。{{human_status}}。"), "no emergency number"},
		"an interrogation all along": {follow(FollowWho, "我在听。", "身边有谁？谁打你。{{police}}。", "{{human_status}}。"), "interrogation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.script.faults(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("%q is not in the fault %q", c.want, got)
			}
		})
	}
}

func TestSympathyAgainstTheRulesIsRefused(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		strings.Repeat("慢", 40) + "。": "41 characters",
		"":                            "0 characters",
		"你还好吗。":                       "question",
		"要紧的话打110。":                   "digits",
		"点「我现在需要帮助」。":                 "plain sentence",
		"你辛苦了":                        "plain sentence",
		"一切都会好起来。":                    "outcome",
		"您辛苦了。":                       "wrong word",
		"你想开点就好。":                     "comfort",
		"你太敏感了。":                      "blame",
	} {
		if err := checkSympathyLine(Teenager, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q is not in the fault %v", line, want, err)
		}
	}
	for name, lines := range map[string][]string{"none": nil, "two": {"你辛苦了。", "你很累了。"}, "twice the same": {"你辛苦了。", "你很累了。", "你辛苦了。"}} {
		b := Book{sympathy: map[Audience][]string{"somebody": {"你辛苦了。"}, Teenager: lines}}
		if faults := errors.Join(b.checkSympathy()...).Error(); !strings.Contains(faults, "teenager needs 3") || !strings.Contains(faults, "somebody is no audience") {
			t.Errorf("%s: %s", name, faults)
		}
	}
}

func TestMissingAndStrayScriptsAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(b *Book)
		want  string
	}{
		"a pair without words":     {func(b *Book) { delete(b.same, "small_child_begging@4") }, "small_child_begging@4 needs words"},
		"a way that leads nowhere": {func(b *Book) { b.same["small_child_begging@4"] = "nobody@4" }, "is no script"},
		"a way over another way":   {func(b *Book) { b.same["small_child_begging@4"] = "small_child_caregiver_harm@4" }, "is no script"},
		"both words and a way":     {func(b *Book) { b.same["small_child_suicide@4"] = "teenager_suicide@4" }, "one of the two"},
		"a way for nobody":         {func(b *Book) { b.same["grown_up_suicide@4"] = "teenager_suicide@4" }, "grown_up_suicide@4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := read() // one of its own, to be spoiled
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(b)
			if err := b.validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q is not in the fault %v", c.want, err)
			}
		})
	}
}
