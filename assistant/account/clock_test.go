package account_test

import (
	"errors"
	"testing"
	"time"

	"xiaohe/assistant/account"
)

// A clock was hours ahead while somebody mistyped their password. Once it is put right they wait no longer than others.
func TestAClockThatIsPutRightKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{3 * time.Hour, 72 * time.Hour} {
		b := setup(t)
		b.add("wang", "worker")
		b.pass(ahead)
		for range 5 {
			_, _, err := b.Login(t.Context(), "wang", "wrong", office)
			b.expect(err, account.ErrCredentials)
		}
		b.pass(-ahead)
		b.pass(account.FailureSpan)
		if _, _, err := b.Login(t.Context(), "wang", chosen, office); err != nil {
			t.Errorf("%v ahead: %v", ahead, err)
		}
		for range 5 { // and failures count as ever
			_, _, err := b.Login(t.Context(), "wang", "wrong", office)
			b.expect(err, account.ErrCredentials)
		}
		_, _, err := b.Login(t.Context(), "wang", chosen, office)
		if many := (*account.TooManyError)(nil); !errors.As(err, &many) || many.Wait > account.FailureSpan {
			t.Errorf("after five more: %v", err)
		}
	}
}
