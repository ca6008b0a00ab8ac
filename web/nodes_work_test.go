package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/database"
)

// helper is a social worker who takes tickets, answers and ends them, at whichever node is there.
type helper struct {
	*pair
	login  string
	header http.Header
	at     int
	sent   []string // conversation and id of each message that was acknowledged
}

// helper logs in through the page, and comes on duty.
func (p *pair) helper(login string) *helper {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm(p.url(0)+"/login", url.Values{"login": {login}, "password": {testPassword}})
	must(p.t, err)
	must(p.t, response.Body.Close())
	h := &helper{pair: p, login: login, header: http.Header{}}
	for _, c := range response.Cookies() {
		h.header.Add("Cookie", c.Name+"="+c.Value)
	}
	var me meAnswer
	if status, ok := p.call(0, "GET", "/api/v1/console/me", h.header, struct{}{}, &me); !ok || status != http.StatusOK {
		p.t.Fatalf("log in: %d, then %d", response.StatusCode, status)
	}
	h.header.Set(csrfHeader, me.CSRF)
	if status, _ := p.call(0, "PUT", "/api/v1/console/duty", h.header, dutyRequest{"on"}, nil); status >= 300 {
		p.t.Fatalf("duty: %d", status)
	}
	return h
}

func (h *helper) work() {
	for n := 0; !h.over.Load(); n++ {
		var next ticketOnly
		status, ok := h.call(h.at, "POST", "/api/v1/console/claim-next", h.header, struct{}{}, &next)
		if !ok || status != http.StatusOK || next.Ticket == nil {
			h.at++
			time.Sleep(100 * time.Millisecond)
			continue
		}
		id, conv := fmt.Sprintf("answer-%s-%04d", h.login, n), next.Ticket.Conversation.String()
		for tries := 0; tries < 100; tries++ {
			if status, ok := h.call(h.at, "POST", "/api/v1/console/conv/"+conv+"/messages", h.header, sendData{ClientMsgID: id, Kind: "text", Body: "您好"}, nil); ok {
				if status == http.StatusOK {
					h.sent = append(h.sent, conv+" "+id)
				}
				break
			}
			h.at++
			time.Sleep(50 * time.Millisecond)
		}
		verb, body := "release", fields{"epoch": next.Ticket.Epoch, "reason": "换班"}
		if n%2 == 0 {
			verb, body = "close", fields{"epoch": next.Ticket.Epoch, "outcome": "已答复", "summary": ""}
		}
		for tries := 0; tries < 100; tries++ { // a retry of what was done already is a conflict, and does no harm
			if _, ok := h.call(h.at, "POST", "/api/v1/console/tickets/"+next.Ticket.ID.String()+"/"+verb, h.header, body, nil); ok {
				break
			}
			h.at++
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// staff makes accounts of social workers for the whole country.
func (p *pair) staff(logins ...string) {
	p.t.Helper()
	db := p.open()
	defer db.Close()
	accounts, err := account.New(p.t.Context(), db.Pool, time.Now)
	must(p.t, err)
	for _, login := range logins {
		name, role, scopes := login, account.Worker, []string{""}
		_, _, err := accounts.Add(p.t.Context(), audit.System, login, account.Change{Name: &name, Role: &role, Scopes: &scopes}, testPassword, false)
		must(p.t, err)
	}
}

func (p *pair) check(db *database.DB, talkers []*talker, helpers []*helper) {
	p.t.Helper()
	one := func(query string, args ...any) (n int) {
		p.t.Helper()
		must(p.t, db.QueryRow(context.Background(), query, args...).Scan(&n))
		return n
	}
	p.again("answer everything", func() bool { return one(`SELECT count(*) FROM bot_turns WHERE state = 'pending'`) == 0 })
	for _, k := range talkers {
		for n, seq := range k.receipts {
			if one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND client_msg_id = $2 AND seq = $3 AND sender_kind = 'user' AND body LIKE $4`,
				k.conv, fmt.Sprintf("message-%03d", n), seq, fmt.Sprintf("第%d句%%", n)) != 1 || n > 0 && seq <= k.receipts[n-1] {
				p.t.Errorf("message %d was acknowledged as seq %d after %v", n, seq, k.receipts[:n])
			}
		}
		if n := one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND sender_kind = 'user'`, k.conv); n != len(k.receipts) {
			p.t.Errorf("%d messages of %d are there", n, len(k.receipts))
		}
	}
	sent := 0
	for _, h := range helpers {
		for _, s := range h.sent {
			conv, id, _ := strings.Cut(s, " ")
			if one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND client_msg_id = $2 AND sender_kind = 'worker'`, conv, id) != 1 {
				p.t.Errorf("%s of a worker is lost", s)
			}
			sent++
		}
	}
	checkInvariants(p.t, db.Pool)
	p.t.Logf("%d messages of families, %d of workers, %d tickets, %d claims, %d turns given up", p.acked.Load(), sent, one(`SELECT count(*) FROM tickets`),
		one(`SELECT count(*) FROM ticket_events WHERE event = 'ticket.claimed'`), one(`SELECT count(*) FROM bot_turns WHERE state = 'failed'`))
	if sent == 0 || one(`SELECT count(*) FROM tickets`) < pairCallers {
		p.t.Error("the workers had nothing to do")
	}
}

// checkInvariants looks for what must never be, whatever has failed.
func checkInvariants(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for what, query := range map[string]string{
		"conversations with gaps or doubles": `SELECT count(*) FROM conversations c WHERE last_seq <> (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)
			OR last_seq <> (SELECT coalesce(max(seq), 0) FROM messages m WHERE m.conversation_id = c.id)`,
		"turns that ended otherwise than was said": `SELECT count(*) FROM bot_turns b LEFT JOIN messages m ON m.conversation_id = b.conversation_id
			AND m.client_msg_id = 'turn-' || lpad(b.user_seq::text, 10, '0') WHERE (b.state IN ('done', 'failed')) <> (m.seq IS NOT NULL)`,
		"messages of families without a turn": `SELECT count(*) FROM messages m WHERE sender_kind = 'user' AND kind = 'text' AND NOT EXISTS (SELECT 1 FROM bot_turns b
			WHERE b.conversation_id = m.conversation_id AND b.user_seq = m.seq)`,
		"conversations with two tickets open": `SELECT count(*) FROM (SELECT 1 FROM tickets WHERE state NOT IN ('closed', 'returned') GROUP BY conversation_id HAVING count(*) > 1) x`,
		"steps that are missing or doubled":   `SELECT count(*) FROM tickets t WHERE t.epoch + 1 <> (SELECT count(*) FROM ticket_events e WHERE e.ticket_id = t.id AND e.transition)`,
		"steps that are not in the audit log": `SELECT count(*) FROM ticket_events e WHERE transition AND NOT EXISTS (SELECT 1 FROM audit_log a WHERE a.object_id = e.ticket_id::text AND a.action = e.event)`,
		"conversations held by another than the ticket": `SELECT count(*) FROM conversations c LEFT JOIN tickets t ON t.conversation_id = c.id AND t.state NOT IN ('returned', 'closed')
			WHERE c.owner_id IS DISTINCT FROM t.owner_id OR (c.mode = 'waiting') <> coalesce(t.state IN ('queued', 'offered'), false)`,
		"messages of the bot while a person held the conversation": `SELECT count(*) FROM messages m WHERE sender_kind = 'bot' AND (SELECT l.meta #>> '{handoff,event}' FROM messages l
			WHERE l.conversation_id = m.conversation_id AND l.seq < m.seq AND l.meta #>> '{handoff,event}' IS NOT NULL ORDER BY l.seq DESC LIMIT 1) = 'claimed'`,
		"messages of a worker who did not hold the conversation": `SELECT count(*) FROM messages m WHERE sender_kind = 'worker' AND meta ->> 'name' IS DISTINCT FROM (SELECT l.meta #>> '{handoff,worker}' FROM messages l
			WHERE l.conversation_id = m.conversation_id AND l.seq < m.seq AND l.meta #>> '{handoff,event}' IN ('claimed', 'released', 'closed') ORDER BY l.seq DESC LIMIT 1)`,
	} {
		var n int
		must(t, pool.QueryRow(context.Background(), query).Scan(&n))
		if n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}
