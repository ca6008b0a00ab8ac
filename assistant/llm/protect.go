package llm

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// breaker keeps calls from an endpoint that fails: it opens after 5 failures among the last 10 attempts, and after
// delay lets one through to try.
type breaker struct {
	of circuitbreaker.CircuitBreaker[any]
}

func newBreaker(delay time.Duration, changed func(state string)) *breaker {
	return &breaker{circuitbreaker.NewBuilder[any]().WithFailureThresholdRatio(5, 10).WithSuccessThreshold(1).WithDelay(delay).
		OnStateChanged(func(change circuitbreaker.StateChangedEvent) { changed(change.NewState.String()) }).Build()}
}

// try asks leave for an attempt; success or failure must follow.
func (b *breaker) try() bool { return b.of.TryAcquirePermit() }

func (b *breaker) success() { b.of.RecordSuccess() }
func (b *breaker) failure() { b.of.RecordFailure() }

// isOpen tells without delay that an attempt would be refused.
func (b *breaker) isOpen() bool     { return b.of.IsOpen() && b.of.RemainingDelay() > 0 }
func (b *breaker) isHalfOpen() bool { return b.of.IsHalfOpen() }
func (b *breaker) state() string    { return b.of.State().String() }

// retries are the same for all endpoints.
var retries = retrypolicy.NewBuilder[any]().HandleIf(func(_ any, err error) bool { return isAgain(err) }).WithMaxAttempts(attempts).
	WithDelayFunc(func(x failsafe.ExecutionAttempt[any]) time.Duration { return pause(x.Attempts(), x.LastError()) }).
	ReturnLastFailure().Build()

// retry does attempt until it succeeds, another cannot help, or ctx ends. What it came to the attempts tell.
func retry(ctx context.Context, attempt func() error) {
	_ = failsafe.With[any](retries).WithContext(ctx).Run(attempt)
}

// places bound the calls at once.
type places struct{ of bulkhead.Bulkhead[any] }

func newPlaces(n int) places { return places{bulkhead.New[any](uint(n))} }

// take waits for a place, at most so long.
func (p places) take(ctx context.Context, longest time.Duration) error {
	return p.of.AcquirePermitWithMaxWait(ctx, longest)
}

func (p places) leave() { p.of.ReleasePermit() }
