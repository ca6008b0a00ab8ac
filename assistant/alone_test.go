package assistant_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/prompts"
)

// promised are words that promise a person, or a button that only 小禾's own page has.
var promised = regexp.MustCompile(`联系值班|已经收到|一直叫|真人来|帮您找社工|请社工|可以点「|就点「`)

func TestNoScriptPromisesAPersonWhereNobodyCanCome(t *testing.T) {
	t.Parallel()
	book, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, script := range book.Scripts() {
		for _, duty := range []bool{false, true} {
			reply := book.Render(prompts.Request{Situation: script.Situation, Audience: script.Audience, Level: script.Level,
				HumanOnDuty: duty, On: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
			before := strings.Join(reply.Bubbles, "\n\n")
			after := assistant.Alone(before)
			if found := promised.FindString(after); found != "" {
				t.Errorf("%s still says %q: %s", reply.ID, found, after)
			}
			if after != before {
				changed++
			}
			for _, h := range reply.Hotlines {
				if strings.Contains(before, h.Number) && !strings.Contains(after, h.Number) {
					t.Errorf("%s lost %s", reply.ID, h.Number)
				}
			}
		}
	}
	if changed < 50 {
		t.Errorf("only %d scripts were changed: have their words become others?", changed)
	}
}
