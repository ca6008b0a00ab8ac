package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// bureau is a site with staff, whose console is talked to over HTTP.
type bureau struct{ *site }

func newBureau(t *testing.T, options ...func(*Options)) *bureau {
	t.Helper()
	return &bureau{newSite(t, options...)}
}

// clerk is one of the staff who has logged in and is on duty.
type clerk struct {
	*bureau
	id    uuid.UUID
	name  string
	token string
	csrf  string
}

// hire makes somebody with a role and regions (prefixes).
func (b *bureau) hire(name, role string, scopes ...string) *clerk {
	b.t.Helper()
	c := &clerk{bureau: b, id: uuid.Must(uuid.NewV7()), name: name, token: rand.Text()}
	replies := role == account.Worker || role == account.Supervisor
	duty := "off"
	if replies {
		duty = "on"
	}
	b.exec(`INSERT INTO workers (id, login, name, role, can_reply, duty) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.id, strings.ToLower(rand.Text()), name, role, replies, duty)
	for _, prefix := range scopes {
		b.exec(`INSERT INTO worker_scopes (worker_id, prefix) VALUES ($1, $2)`, c.id, prefix)
	}
	sum := sha256.Sum256([]byte(c.token))
	now := b.now.Now()
	b.exec(`INSERT INTO staff_sessions (token_hash, worker_id, created_at, expires_at, idle_until) VALUES ($1, $2, $3, $4, $4)`,
		sum[:], c.id, now, now.Add(time.Hour))
	session, err := b.web.accounts.Session(b.t.Context(), c.token)
	must(b.t, err)
	c.csrf = b.web.accounts.CSRF(session)
	return c
}

func (b *bureau) exec(query string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), query, args...)
	must(b.t, err)
}

// one reads a value as text.
func (b *bureau) one(query string, args ...any) (value string) {
	b.t.Helper()
	must(b.t, b.pool.QueryRow(b.t.Context(), `SELECT coalesce((`+query+`)::text, '')`, args...).Scan(&value))
	return value
}

// call asks the console's API; body is sent as JSON unless it is nil or a string.
func (c *clerk) call(method, path string, body any) reply {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		must(c.t, err)
		reader = strings.NewReader(string(data))
	}
	r, err := http.NewRequest(method, c.URL+"/api/v1/console"+path, reader)
	must(c.t, err)
	r.AddCookie(&http.Cookie{Name: staffCookie, Value: c.token})
	if c.csrf != "" {
		r.Header.Set(csrfHeader, c.csrf)
	}
	response, err := http.DefaultClient.Do(r)
	must(c.t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	must(c.t, err)
	return reply{response.StatusCode, data, response.Header}
}

// good is call where only success will do.
func (c *clerk) good(method, path string, body any) reply {
	c.t.Helper()
	a := c.call(method, path, body)
	if a.Status >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	return a
}

// fields writes a body.
type fields map[string]any

// do gives a command to a ticket and returns what became of it.
func (c *clerk) do(t handoff.Ticket, verb string, more fields) handoff.Ticket {
	c.t.Helper()
	body := fields{"epoch": t.Epoch}
	for name, value := range more {
		body[name] = value
	}
	var a ticketOnly
	c.good("POST", fmt.Sprintf("/tickets/%s/%s", t.ID, verb), body).into(c.t, &a)
	if a.Ticket == nil {
		return handoff.Ticket{}
	}
	return *a.Ticket
}

func (c *clerk) detail(id uuid.UUID) (d ticketDetail) {
	c.t.Helper()
	c.good("GET", "/tickets/"+id.String(), nil).into(c.t, &d)
	return d
}

// Places of the tests: two counties of one city, and one elsewhere.
const (
	xihuCode   = "330106000000"
	binjiang   = "330108000000"
	guangzhou  = "440103000000"
	xihuPrefix = "330106"
)

// family is a conversation in a region with messages and the ticket that one of them has opened.
func (b *bureau) family(region string, priority int, texts ...string) handoff.Ticket {
	b.t.Helper()
	v := b.visit()
	b.exec(`UPDATE conversations SET region_code = $2 WHERE id = $1`, v.id(), region)
	for i, text := range texts {
		b.exec(`WITH c AS (UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq, opener_id)
			INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
			SELECT $1, c.last_seq, $2, 'user', c.opener_id, $3, 'text', $4, false FROM c`, v.id(), uuid.New(), fmt.Sprintf("message-%02d", i), text)
	}
	var opened handoff.Opened
	must(b.t, pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) (err error) {
		opened, err = handoff.Open(b.t.Context(), tx, handoff.Request{Conversation: v.id(), UserSeq: int64(len(texts)), Priority: priority,
			Reason: "danger.neglect", Origin: "rule", Version: "v1",
			Evidence: []handoff.Evidence{{Source: "rules", Rule: "N1", Seq: 1, Start: 0, End: len(string([]rune(texts[0])[:2])), Priority: priority}}})
		return err
	}))
	b.web.Changed(opened.Change)
	return handoff.Ticket{ID: opened.ID, Conversation: v.id()}
}
