package benefit

import (
	"strings"
	"testing"
)

func TestAmountsAreWithheldLongAfterAMissedReview(t *testing.T) {
	t.Parallel()
	b := small(t)
	c := child(t, b, "孩子.年龄: 10\n父亲.情形: [死亡]\n")
	for day, want := range map[string]string{
		"2026-12-31": "2525 元/月",
		"2027-06-29": "2525 元/月",
		"2027-06-30": "以当地公布为准",
	} {
		on, err := ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		item, ok := b.At(Everywhere("330100"), on).Item(c, "孤儿基本生活费")
		if !ok || item.Verdict != "eligible" || item.Amount == nil || item.Amount.Text != want {
			t.Errorf("%s: %+v, want %s", day, item.Amount, want)
		}
	}
}

func TestLintAnnouncesReviews(t *testing.T) {
	t.Parallel()
	b := small(t)
	for day, want := range map[string]string{"2026-11-21": "", "2026-12-15": "快到核对日期了", "2027-01-01": "过了核对日期"} {
		on, _ := ParseDay(day)
		var texts []string
		for _, p := range b.Lint(on) {
			texts = append(texts, p.Text)
		}
		if all := strings.Join(texts, "\n"); (want == "") != (all == "") || !strings.Contains(all, want) {
			t.Errorf("%s: %s", day, all)
		}
	}
}
