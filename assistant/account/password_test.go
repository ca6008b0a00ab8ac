package account

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/alexedwards/argon2id"
)

// A flood of logins takes one core at most, and is turned away before it is a heap of waiting requests.
func TestAFloodOfLoginsIsTurnedAway(t *testing.T) {
	t.Parallel()
	h := newHasher()
	for range hashesAtOnce {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answers := make(chan error, 3*hashQueue)
	for range 3 * hashQueue {
		go func() { answers <- h.enter(ctx) }()
	}
	for range 2 * hashQueue { // the others wait for the slot
		var many *TooManyError
		if err := <-answers; !errors.As(err, &many) || !many.Busy {
			t.Errorf("%v", err)
		}
	}
	for h.waiting.Load() != hashQueue {
		runtime.Gosched()
	}
	cancel()
	for range hashQueue {
		if err := <-answers; !errors.Is(err, context.Canceled) {
			t.Errorf("a request that is gone: %v", err)
		}
	}
	for range hashesAtOnce {
		h.leave()
	}
	if err := h.enter(t.Context()); err != nil {
		t.Errorf("after the flood: %v", err)
	}
}

// An unknown login costs what a known one costs.
func TestADecoyCostsWhatAHashCosts(t *testing.T) {
	t.Parallel()
	h := newHasher()
	used, salt, key, err := argon2id.DecodeHash(h.decoy)
	if err != nil || *used != *params || len(salt) != int(params.SaltLength) || len(key) != int(params.KeyLength) {
		t.Fatalf("%+v %v", used, err)
	}
	if match, _, err := h.check(t.Context(), "anything", nil); match || err != nil {
		t.Errorf("%v %v", match, err)
	}
}

func TestAHashOfAnotherCostIsRenewed(t *testing.T) {
	t.Parallel()
	h := newHasher()
	old, err := argon2id.CreateHash("湖边第三棵柳树", &argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	if match, stale, err := h.check(t.Context(), "湖边第三棵柳树", &old); !match || !stale || err != nil {
		t.Errorf("%v %v %v", match, stale, err)
	}
	fresh, err := h.hash(t.Context(), "caf\u00e9 au lait")
	if err != nil {
		t.Fatal(err)
	}
	if match, stale, err := h.check(t.Context(), "cafe\u0301 au lait", &fresh); !match || stale || err != nil { // as another keyboard writes it
		t.Errorf("%v %v %v", match, stale, err)
	}
}

func BenchmarkLogin(b *testing.B) {
	h := newHasher()
	for b.Loop() {
		if _, _, err := h.check(b.Context(), "湖边第三棵柳树", nil); err != nil {
			b.Fatal(err)
		}
	}
}
