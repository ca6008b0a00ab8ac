package conversation_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/conversation"
)

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		own   bool
		every time.Duration // the person does something that often
		lasts time.Duration
	}{
		{"after half an hour without use", false, time.Hour, 30 * time.Minute},
		{"after twelve hours of use", false, 20 * time.Minute, 12 * time.Hour},
		{"after thirty days on one's own phone", true, 24 * time.Hour, 30 * 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			token, _, err := b.OpenSession(t.Context(), "self", c.own)
			must(t, err)
			began := b.now
			for b.now.Add(c.every).Before(began.Add(c.lasts)) {
				b.now = b.now.Add(c.every)
				_, err := b.Session(t.Context(), token)
				must(t, err)
			}
			b.now = began.Add(c.lasts - time.Second)
			_, err = b.Session(t.Context(), token)
			must(t, err)
			b.now = began.Add(c.lasts).Add(time.Hour)
			_, err = b.Session(t.Context(), token)
			b.expect(err, conversation.ErrNoSession)
		})
	}
}

func TestOwnDeviceCanBeChosenLaterAndTakenBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.SetOwnDevice(t.Context(), b.session.Hash, true)
	must(t, err)
	b.now = b.now.Add(20 * 24 * time.Hour)
	session, err := b.Session(t.Context(), b.token)
	must(t, err)
	_, err = b.SetOwnDevice(t.Context(), session.Hash, false)
	must(t, err)
	b.now = b.now.Add(time.Hour)
	_, err = b.Session(t.Context(), b.token)
	b.expect(err, conversation.ErrNoSession)
}

func TestTheTokenIsStoredNowhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	raw, err := base64.RawURLEncoding.DecodeString(b.token)
	must(t, err)
	if len(raw) != 32 {
		t.Errorf("the token has %d bytes", len(raw))
	}
	if n := b.count(`SELECT count(*) FROM chat_sessions WHERE token_hash = $1 OR token_hash = $2`, raw, []byte(b.token)); n != 0 {
		t.Error("the token itself is in the table")
	}
	if n := b.count(`SELECT count(*) FROM chat_sessions WHERE token_hash = sha256($1)`, []byte(b.token)); n != 1 {
		t.Error("its SHA-256 is not")
	}
}

func TestATicketWorksOnceAndForAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ticket, _, err := b.OpenTicket(t.Context(), b.session)
	must(t, err)
	session, err := b.RedeemTicket(t.Context(), ticket)
	must(t, err)
	if session.Member != b.session.Member {
		t.Error("it opens somebody else's session")
	}
	_, err = b.RedeemTicket(t.Context(), ticket)
	b.expect(err, conversation.ErrNoSession)

	late, _, err := b.OpenTicket(t.Context(), b.session)
	must(t, err)
	b.now = b.now.Add(61 * time.Second)
	_, err = b.RedeemTicket(t.Context(), late)
	b.expect(err, conversation.ErrNoSession)
}

func TestEndingASessionEndsItsTickets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ticket, _, err := b.OpenTicket(t.Context(), b.session)
	must(t, err)
	must(t, b.EndSession(t.Context(), b.session.Hash))
	_, err = b.RedeemTicket(t.Context(), ticket)
	b.expect(err, conversation.ErrNoSession)
	_, err = b.Session(t.Context(), b.token)
	b.expect(err, conversation.ErrNoSession)
	_, err = b.Open(t.Context(), b.session, country, true)
	b.expect(err, conversation.ErrNoSession)
}

func TestPurgeDeletesWhatIsTooOldAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, err := b.send("message-1", "问")
	must(t, err)
	_, _, err = b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答"})
	must(t, err)
	must(t, b.Purge(t.Context()))
	if n := b.count(`SELECT count(*) FROM messages`); n != 2 {
		t.Fatalf("%d messages are left at once", n)
	}
	b.now = b.now.Add(33 * 24 * time.Hour)
	kept, session, err := b.OpenSession(t.Context(), "self", false)
	must(t, err)
	_, err = b.Open(t.Context(), session, country, false)
	must(t, err)
	must(t, b.Purge(t.Context()))
	for table, want := range map[string]int{"messages": 0, "bot_turns": 0, "participants": 1, "conversations": 1, "chat_sessions": 1} {
		if n := b.count(`SELECT count(*) FROM ` + table); n != want {
			t.Errorf("%s: %d rows are left, want %d", table, n, want)
		}
	}
	_, err = b.Session(t.Context(), kept)
	must(t, err)
}

func TestBodyMacIsKeyed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send("message-1", "短句")
	must(t, err)
	var mac string
	must(t, b.pool.QueryRow(t.Context(), `SELECT encode(body_mac, 'hex') FROM messages`).Scan(&mac))
	if n := b.count(`SELECT count(*) FROM messages WHERE body_mac IN (sha256('短句'::bytea), sha256(('text' || '短句')::bytea))`); n != 0 || len(mac) != 64 || strings.Trim(mac, "0") == "" {
		t.Error("the mac can be guessed")
	}
}
