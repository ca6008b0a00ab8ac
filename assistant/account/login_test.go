package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
)

func TestNobodyLearnsWhyALoginFailed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	b.add("gone", "worker")
	_, err := b.Disable(t.Context(), audit.System, "gone")
	b.must(err)
	_, _, err = b.Add(t.Context(), audit.System, "sso", account.Change{Name: of("李老师"), Role: of("worker")}, "", true)
	b.must(err)
	for name, c := range map[string][2]string{
		"wrong password": {"wang", "not this one"}, "no password": {"wang", ""}, "unknown": {"nobody", chosen}, "disabled": {"gone", chosen},
		"without a password": {"sso", ""}, "a very long password": {"wang", strings.Repeat("x", 1<<20)}, "no login": {"", ""},
	} {
		token, staff, err := b.Login(t.Context(), c[0], c[1], office)
		if token != "" || staff.ID != uuid.Nil || err == nil || !errors.Is(err, account.ErrCredentials) || err.Error() != account.ErrCredentials.Error() {
			t.Errorf("%s: %q %+v %v", name, token, staff, err)
		}
	}
	if n := b.count(`SELECT count(*) FROM audit_log WHERE action = 'login.failed' AND result = 'denied' AND actor_id IS NULL`); n != 7 {
		t.Errorf("%d failed logins are logged, want 7", n)
	}
	if n := b.count(`SELECT count(*) FROM audit_log l WHERE l::text ~ 'nobody|wang|湖边'`); n != 0 {
		t.Error("the log holds a login or a password")
	}
	b.login("wang")
}

func TestWrongPasswordsHaveToWaitLongerAndLonger(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	fail := func(n int) {
		t.Helper()
		for range n {
			_, _, err := b.Login(t.Context(), "wang", "wrong", office)
			b.expect(err, account.ErrCredentials)
		}
	}
	waits := func(want time.Duration) {
		t.Helper()
		_, _, err := b.Login(t.Context(), "wang", chosen, office)
		var many *account.TooManyError
		if !errors.As(err, &many) || many.Wait != want {
			t.Errorf("got %v, want a wait of %s", err, want)
		}
	}
	fail(5)
	waits(10 * time.Minute)
	b.pass(10*time.Minute - time.Second)
	waits(time.Second)
	b.pass(time.Second)
	fail(5)
	waits(20 * time.Minute)
	b.pass(20 * time.Minute)
	fail(5)
	waits(40 * time.Minute)
	b.pass(40 * time.Minute)
	b.login("wang") // and a good one clears the name
	fail(4)
	b.login("wang")
}

func TestManyGuessesAtTheSameTimeDoNotPassTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	var all sync.WaitGroup
	var mu sync.Mutex
	tried := 0
	for range 12 {
		all.Go(func() {
			_, _, err := b.Login(context.WithoutCancel(t.Context()), "wang", "wrong", from("198.51.100.7"))
			if errors.Is(err, account.ErrCredentials) {
				mu.Lock()
				defer mu.Unlock()
				tried++
			}
		})
	}
	all.Wait()
	if tried != 5 {
		t.Errorf("%d guesses were tried, want 5", tried)
	}
}

func TestAnAddressIsLimitedAcrossNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 20 {
		_, _, err := b.Login(t.Context(), strings.Repeat("x", i+2), "wrong", office)
		b.expect(err, account.ErrCredentials)
	}
	_, _, err := b.Login(t.Context(), "another", "wrong", office)
	if !errors.As(err, new(*account.TooManyError)) {
		t.Errorf("the 21st name: %v", err)
	}
	_, _, err = b.Login(t.Context(), "another", "wrong", from("192.0.2.2"))
	b.expect(err, account.ErrCredentials)
}

// Somebody who tries a worker's name from elsewhere does not keep the worker out of the office.
func TestGuessersDoNotLockAWorkerOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	b.login("wang")
	for i := range 5 {
		_, _, err := b.Login(t.Context(), "wang", "wrong", from("203.0.113."+string(rune('1'+i))))
		b.expect(err, account.ErrCredentials)
	}
	if _, _, err := b.Login(t.Context(), "wang", chosen, from("203.0.113.99")); !errors.As(err, new(*account.TooManyError)) {
		t.Errorf("from elsewhere: %v", err)
	}
	b.login("wang")
}

func TestANetworkOfIPv6IsOnePlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 20 {
		_, _, err := b.Login(t.Context(), strings.Repeat("x", i+2), "wrong", from(fmt.Sprintf("2001:db8:0:1::%x", i+1)))
		b.expect(err, account.ErrCredentials)
	}
	if _, _, err := b.Login(t.Context(), "another", "wrong", from("2001:db8:0:1:ffff::1")); !errors.As(err, new(*account.TooManyError)) {
		t.Errorf("another address of the network: %v", err)
	}
	_, _, err := b.Login(t.Context(), "another", "wrong", from("2001:db8:0:2::1"))
	b.expect(err, account.ErrCredentials)
	b.add("wang", "worker")
	for range 2 { // familiar, from another address of the same network
		_, _, err = b.Login(t.Context(), "wang", chosen, from("2001:db8:0:3::1"))
		b.must(err)
		_, _, err = b.Login(t.Context(), "wang", chosen, from("2001:db8:0:3:1::2"))
		b.must(err)
	}
}
