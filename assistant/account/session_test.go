package account_test

import (
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/account"
)

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ every, lasts time.Duration }{
		"after an hour without use":    {13 * time.Hour, time.Hour},
		"after twelve hours of use":    {50 * time.Minute, 12 * time.Hour},
		"and are kept by short visits": {10 * time.Second, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.add("wang", "worker")
			token, _ := b.login("wang")
			began := b.now
			for b.now.Add(c.every).Before(began.Add(c.lasts)) {
				b.pass(c.every)
				_, err := b.Session(t.Context(), token)
				b.must(err)
			}
			b.now = began.Add(c.lasts - time.Second)
			session, err := b.Session(t.Context(), token)
			b.must(err)
			b.now = b.now.Add(time.Hour + time.Second)
			_, err = b.Session(t.Context(), token)
			b.expect(err, account.ErrNoSession)
			_, err = b.Touch(t.Context(), session.Hash)
			b.expect(err, account.ErrNoSession)
			b.must(b.Purge(t.Context()))
			if n := b.count(`SELECT count(*) FROM staff_sessions`); n != 0 {
				t.Error("an ended session is kept")
			}
		})
	}
}

// Between the check of the old password and the change, an administrator may have taken the account back.
func TestAPasswordIsChosenOnlyInASessionThatLives(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	_, session := b.login("wang")
	b.must(b.Logout(t.Context(), session, office))
	_, err := b.ChangePassword(t.Context(), session, office, chosen, "河边第五棵梧桐树下坐着")
	b.expect(err, account.ErrNoSession)
	if _, _, err := b.Login(t.Context(), "wang", chosen, office); err != nil {
		t.Errorf("the password was changed: %v", err)
	}
}

func TestTicketsOpenOneSocketOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	staff := b.add("wang", "worker")
	token, session := b.login("wang")
	ticket, expiresIn, err := b.OpenTicket(t.Context(), session)
	b.must(err)
	if expiresIn != time.Minute {
		t.Errorf("a ticket lasts %s", expiresIn)
	}
	if strings.Contains(token, ticket) {
		t.Error("the ticket is the session's token")
	}
	got, err := b.RedeemTicket(t.Context(), ticket)
	b.must(err)
	if got.ID != staff.ID {
		t.Errorf("%+v", got)
	}
	_, err = b.RedeemTicket(t.Context(), ticket)
	b.expect(err, account.ErrNoSession)

	late, _, err := b.OpenTicket(t.Context(), session)
	b.must(err)
	b.pass(time.Minute)
	_, err = b.RedeemTicket(t.Context(), late)
	b.expect(err, account.ErrNoSession)

	fresh, _, err := b.OpenTicket(t.Context(), session)
	b.must(err)
	b.must(b.Logout(t.Context(), session, office))
	_, err = b.RedeemTicket(t.Context(), fresh)
	b.expect(err, account.ErrNoSession)
	if n := b.count(`SELECT count(*) FROM ws_tickets WHERE expires_at > $1`, b.now); n != 0 {
		t.Error("the tickets of an ended session are kept")
	}
	// A family's ticket is not one of ours, and is not used up.
	b.exec(`INSERT INTO ws_tickets VALUES (sha256('x'), gen_random_uuid(), $1, $2, false)`, session.Hash, b.now.Add(time.Hour))
	_, err = b.RedeemTicket(t.Context(), "x")
	b.expect(err, account.ErrNoSession)
	if n := b.count(`SELECT count(*) FROM ws_tickets WHERE NOT staff`); n != 1 {
		t.Error("a ticket of a family was used up")
	}
}

func TestCSRFTokensBelongToTheirSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	_, one := b.login("wang")
	_, two := b.login("wang")
	if !b.CheckCSRF(one, b.CSRF(one)) || b.CheckCSRF(two, b.CSRF(one)) || b.CheckCSRF(one, "") {
		t.Error("a token counts for another session")
	}
}
