package web

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

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
	c := &clerk{bureau: b, id: uuid.Must(uuid.NewV7()), name: name}
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
	var session account.Session
	c.token, session = b.staffSession(c.id)
	c.csrf = b.web.accounts.CSRF(session)
	return c
}

// header is what the browser adds to each request.
func (c *clerk) header() http.Header {
	h := http.Header{"Cookie": {staffCookie + "=" + c.token}}
	if c.csrf != "" {
		h.Set(csrfHeader, c.csrf)
	}
	return h
}

// call asks the console's API; body is sent as JSON unless it is nil or a string.
func (c *clerk) call(method, path string, body any) reply {
	c.t.Helper()
	return c.request(method, "/api/v1/console"+path, c.header(), body)
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

// at adds the epoch that a page has seen.
func (f fields) at(epoch int64) fields {
	all := fields{"epoch": epoch}
	maps.Copy(all, f)
	return all
}

// do gives a command to a ticket and returns what became of it.
func (c *clerk) do(t handoff.Ticket, verb string, more fields) handoff.Ticket {
	c.t.Helper()
	var a ticketOnly
	c.good("POST", fmt.Sprintf("/tickets/%s/%s", t.ID, verb), more.at(t.Epoch)).into(c.t, &a)
	if a.Ticket == nil {
		return handoff.Ticket{}
	}
	return *a.Ticket
}

// claim takes a ticket that waits, as the page does: with a look at it first.
func (c *clerk) claim(id uuid.UUID) handoff.Ticket {
	c.t.Helper()
	return c.do(c.detail(id).Ticket, "claim", nil)
}

// poll waits for events of a conversation over HTTP; it returns once the server holds the request.
func (c *clerk) poll(conv uuid.UUID) <-chan reply {
	c.t.Helper()
	head := c.one(`SELECT last_seq FROM conversations WHERE id = $1`, conv)
	got := make(chan reply, 1)
	go func() { got <- c.call("GET", "/conv/"+conv.String()+"/events?wait=25&after_seq="+head, nil) }()
	for c.web.hub.room(conv) == nil {
		time.Sleep(time.Millisecond)
	}
	return got
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
	v := b.household(region)
	for i, text := range texts {
		b.exec(`WITH c AS (UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq, opener_id)
			INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
			SELECT $1, c.last_seq, $2, 'user', c.opener_id, $3, 'text', $4, false FROM c`, v.id(), uuid.New(), fmt.Sprintf("message-%02d", i), text)
	}
	id := v.open(handoff.Request{UserSeq: int64(len(texts)), Priority: priority, Reason: "danger.neglect", Origin: "rule", Version: "v1",
		Evidence: []handoff.Evidence{{Source: "rules", Rule: "N1", Seq: 1, Start: 0, End: len(string([]rune(texts[0])[:2])), Priority: priority}}})
	return handoff.Ticket{ID: id, Conversation: v.id()}
}
