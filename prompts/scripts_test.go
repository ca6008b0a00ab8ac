package prompts_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaohe/prompts"
)

var mark = regexp.MustCompile(`\{\{\w+\}\}`)

var day = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func load(t testing.TB) *prompts.Book {
	t.Helper()
	b, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEverySituationHasWordsForEveryReader(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, situation := range prompts.Situations {
		for _, audience := range prompts.Audiences {
			for level := 2; level <= 4; level++ {
				s := b.ScriptFor(situation, audience, level)
				if len(s.Bubbles) == 0 {
					t.Errorf("%s %s %d: no words", situation, audience, level)
				}
				if s.Level < level {
					t.Errorf("%s %s %d: answered with level %d", situation, audience, level, s.Level)
				}
			}
		}
	}
}

func TestWhatStandsInForWhat(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, c := range []struct {
		situation prompts.Situation
		audience  prompts.Audience
		level     int
		want      string
	}{
		{prompts.HomeViolence, prompts.SmallChild, 3, "small_child_home_violence@3"},
		{prompts.HomeViolence, prompts.SmallChild, 2, "small_child_concern_home@2"},
		{prompts.Suicide, prompts.Teenager, 2, "teenager_concern_suicide@2"},
		{prompts.ConcernDistress, prompts.Caregiver, 3, "caregiver_help_button@3"},
		{prompts.ConcernCarer, prompts.Caregiver, 4, "caregiver_caregiver_harm@4"},
		{prompts.HelpButton, prompts.Caregiver, 0, "caregiver_help_button@3"},
		{prompts.OwnSuicide, prompts.Teenager, 4, "teenager_suicide@4"},
		{prompts.OwnSuicide, prompts.Caregiver, 4, "caregiver_own_suicide@4"},
		{prompts.Begging, prompts.SmallChild, 4, "small_child_confinement@4"},
		{prompts.CaregiverHarm, prompts.Teenager, 3, "teenager_home_violence@3"},
		{prompts.Medical, prompts.Director, 3, "director_medical@4"},
		{"", "", 4, "teenager_help_button@4"},
		{"", "", 2, "teenager_concern_general@2"},
		{"unheard of", "somebody", 9, "teenager_help_button@4"},
	} {
		if got := b.ScriptFor(c.situation, c.audience, c.level).ID; got != c.want {
			t.Errorf("%s %s %d: %s, not %s", c.situation, c.audience, c.level, got, c.want)
		}
	}
}

func TestDraftsSayThatTheyAreDrafts(t *testing.T) {
	t.Parallel()
	b := load(t)
	reply := b.Render(prompts.Request{Situation: prompts.Suicide, Level: 3, On: day})
	signed := 0
	for _, s := range b.Scripts() {
		if s.Approved() {
			signed++
		}
	}
	if want := signed == len(b.Scripts()); b.Approved() != want {
		t.Errorf("%d of %d scripts are signed, Approved() = %v", signed, len(b.Scripts()), b.Approved())
	}
	if s := b.ScriptFor(prompts.Suicide, prompts.Teenager, 3); reply.Approved != s.Approved() {
		t.Error("the reply does not say whether its script is signed")
	}
}

func TestVersionsNameTheWords(t *testing.T) {
	t.Parallel()
	a, b := load(t).Versions(), load(t).Versions()
	if a != b || len(a.Scripts) != 12 || len(a.Hotlines) != 12 || !strings.Contains(a.String(), a.Scripts) {
		t.Errorf("%v, %v", a, b)
	}
}

// The first words of a child's script must not be a command or a question, except where help is needed this minute.
func TestWarmthComesFirst(t *testing.T) {
	t.Parallel()
	for _, s := range load(t).Scripts() {
		if s.Level == 4 || s.Situation == prompts.NoHuman || s.Situation == prompts.AfterHigh {
			continue
		}
		if strings.ContainsAny(s.Bubbles[0], "？{") || strings.HasPrefix(s.Bubbles[0], "请") {
			t.Errorf("%s begins with %s", s.ID, s.Bubbles[0])
		}
	}
}

// A child who is at risk hears in every grave script that it is not to blame.
func TestChildrenHearThatTheyAreNotToBlame(t *testing.T) {
	t.Parallel()
	spared := append([]prompts.Situation{prompts.Violence, prompts.NoHuman, prompts.AfterHigh}, followUps...)
	for _, s := range load(t).Scripts() {
		child := s.Audience == prompts.SmallChild || s.Audience == prompts.Teenager
		if s.Level < 3 || !child || slices.Contains(spared, s.Situation) {
			continue
		}
		text := strings.Join(s.Bubbles, "")
		if !strings.Contains(text, "不是你") && !strings.Contains(text, "没有做错") {
			t.Errorf("%s does not say so: %s", s.ID, text)
		}
	}
}

// Small children get few, short sentences and no words of the office.
func TestSmallChildrenUnderstand(t *testing.T) {
	t.Parallel()
	for _, s := range load(t).Scripts() {
		if s.Audience != prompts.SmallChild {
			continue
		}
		for _, bubble := range s.Bubbles {
			if n := len([]rune(mark.ReplaceAllString(bubble, ""))); n > 36 {
				t.Errorf("%s: %d characters: %s", s.ID, n, bubble)
			}
			for _, word := range []string{"信任", "信得过", "村居委会", "报案", "证件", "记录", "勒索", "保密", "服务台", "支持", "热线", "接线员"} {
				if strings.Contains(bubble, word) {
					t.Errorf("%s: %s is no word for a small child", s.ID, word)
				}
			}
		}
	}
}

// Who has a duty to report hears that a note here does not fulfil it.
func TestWorkersHearThatThisIsNoReport(t *testing.T) {
	t.Parallel()
	mild := append([]prompts.Situation{prompts.Suicide, prompts.OwnSuicide, prompts.AfterHigh}, followUps...)
	for _, s := range load(t).Scripts() {
		if s.Audience == prompts.Director && s.Level >= 3 && !slices.Contains(mild, s.Situation) && !strings.Contains(strings.Join(s.Bubbles, ""), "小禾的记录不能代替您") {
			t.Errorf("%s does not say so", s.ID)
		}
	}
}
