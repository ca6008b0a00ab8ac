package account_test

import (
	"context"
	"sync"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
)

func TestSomebodyCanAlwaysAdminister(t *testing.T) {
	t.Parallel()
	b := setup(t)
	oneTime, err := b.EnsureAdmin(t.Context(), "")
	b.must(err)
	_, staff, err := b.Login(t.Context(), "admin", oneTime, office)
	b.must(err)
	if staff.Role != account.Admin || !staff.MustChange {
		t.Errorf("%+v", staff)
	}
	again, err := b.EnsureAdmin(t.Context(), "")
	b.must(err)
	if again != "" {
		t.Error("a second start makes another password")
	}
	_, err = b.Disable(t.Context(), audit.System, "admin")
	b.refused(err, "最后一个管理员")
	_, err = b.Set(t.Context(), audit.System, "admin", account.Change{Role: of("officer")})
	b.refused(err, "最后一个管理员")

	_, err = b.EnsureAdmin(t.Context(), "1234567890")
	b.refused(err, "容易猜到")
	for range 2 { // what the environment says holds at each start
		_, err = b.EnsureAdmin(t.Context(), chosen)
		b.must(err)
	}
	_, staff, err = b.Login(t.Context(), "admin", chosen, office)
	b.must(err)
	if staff.MustChange {
		t.Error("a password from the environment has to be changed")
	}
	if n := b.count(`SELECT count(*) FROM audit_log WHERE action = 'worker.password'`); n != 1 {
		t.Errorf("the password was set %d times", n)
	}
	b.add("second", account.Admin)
	_, err = b.Disable(t.Context(), audit.System, "admin")
	b.must(err)
}

func TestTwoNodesMakeOneAdministrator(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	var passwords []string
	for range 3 {
		all.Go(func() {
			oneTime, err := b.EnsureAdmin(context.WithoutCancel(t.Context()), "")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if oneTime != "" {
				passwords = append(passwords, oneTime)
			}
		})
	}
	all.Wait()
	if len(passwords) != 1 {
		t.Errorf("%d passwords were printed, want 1", len(passwords))
	}
}
