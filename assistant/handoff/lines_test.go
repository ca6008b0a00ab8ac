package handoff

import (
	"testing"
	"time"
)

func TestTheTimeOfACallbackIsReadAsInChina(t *testing.T) {
	t.Parallel()
	got := lineCallback(time.Date(2026, 12, 3, 7, 0, 0, 0, time.UTC))
	if want := "说好了：12月3日15:00 前后社工再联系您。这段时间小禾（AI）接着回答，也可以随时再找社工。"; got != want {
		t.Errorf("the family reads %s, want %s", got, want)
	}
}
