package understand_test

import (
	"testing"

	"xiaohe/assistant/understand"
)

func TestReadNumeral(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]understand.Numeral{
		"两千五百二十五元": {Lo: 252500, Hi: 252500, Length: 7}, "一千二": {Lo: 120000, Hi: 120000, Length: 3}, "1.5万": {Lo: 1500000, Hi: 1500000, Length: 4},
		"两三百块": {Lo: 20000, Hi: 30000, Length: 3, Rough: true}, "几十": {Lo: 2000, Hi: 9000, Length: 2, Rough: true}, "元": {},
	} {
		got, ok := understand.ReadNumeral([]rune(text))
		if got != want || ok != (want.Length > 0) {
			t.Errorf("%s: %+v %v, not %+v", text, got, ok, want)
		}
	}
}
