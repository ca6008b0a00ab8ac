package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// walk is a ticket on its way through the verbs.
type walk struct {
	*bureau
	ticket uuid.UUID
	used   map[string]bool
}

// step gives a command to the ticket as it is now, which the page must show to be possible, and looks at the state and
// the owner after it.
func (w *walk) step(by *clerk, verb string, more fields, state string, owner *clerk) {
	w.t.Helper()
	w.used[verb] = true
	var d struct {
		Can map[string]bool `json:"can"`
	}
	by.good("GET", "/tickets/"+w.ticket.String(), nil).into(w.t, &d)
	if flag := strings.TrimSuffix(verb, "-transfer"); !d.Can[flag] {
		w.t.Errorf("%s is not shown that they may %s", by.name, verb)
	}
	a := by.call("POST", "/tickets/"+w.ticket.String()+"/"+verb, more.at(w.epoch()))
	if a.Status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", verb, a.Status, a.Body)
	}
	want := state + " "
	if owner != nil {
		want += owner.name
	}
	if got := w.one(`SELECT t.state || ' ' || coalesce(w.name, '') FROM tickets t LEFT JOIN workers w ON w.id = t.owner_id WHERE t.id = $1`, w.ticket); got != want {
		w.t.Fatalf("after %s the ticket is %s, want %s", verb, got, want)
	}
}

func (w *walk) epoch() (n int64) {
	w.t.Helper()
	must(w.t, w.pool.QueryRow(w.t.Context(), `SELECT epoch FROM tickets WHERE id = $1`, w.ticket).Scan(&n))
	return n
}

func (w *walk) last(what string) string {
	w.t.Helper()
	return w.one(`SELECT `+what+` FROM ticket_events WHERE ticket_id = $1 ORDER BY id DESC LIMIT 1`, w.ticket)
}

func TestEveryVerbDoesItsStep(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, li := b.hire("王老师", account.Worker, xihuPrefix), b.hire("李老师", account.Worker, xihuPrefix)
	lead := b.hire("赵督导", account.Supervisor, xihuPrefix)
	w := &walk{b, b.family(xihuCode, 2, "没人管我").ID, map[string]bool{}}
	to := fields{"kind": "worker", "to": li.id.String(), "reason": "专长", "note": "说到一半"}

	b.exec(`UPDATE tickets SET state = 'offered', offered_to = $1, offer_until = now() + interval '20 s', epoch = epoch + 1`, wang.id)
	w.step(wang, "decline", nil, "queued", nil)
	w.step(wang, "claim", nil, "claimed", wang)
	w.step(wang, "priority", fields{"to": 1, "reason": "越说越急"}, "claimed", wang)
	if got := w.last(`event || ' ' || reason`); got != "priority.raised 越说越急" {
		t.Errorf("raised: %s", got)
	}
	w.step(wang, "priority", fields{"to": 2, "reason": "问清楚了"}, "claimed", wang)
	w.step(wang, "transfer", to, "transferring", wang)
	var q handoff.Queue
	li.good("GET", "/queue", nil).into(t, &q)
	if len(q.Transfers) != 1 || q.Transfers[0].Transfer.Reason != "专长" {
		t.Errorf("transfers that wait: %+v", q.Transfers)
	}
	if can := li.detail(w.ticket).Can; !can.Accept || !can.Refuse || can.Reply {
		t.Errorf("who is asked may %+v", can)
	}
	w.step(li, "refuse", nil, "claimed", wang)
	w.step(wang, "transfer", to, "transferring", wang)
	w.step(wang, "withdraw-transfer", nil, "claimed", wang)
	w.step(wang, "transfer", to, "transferring", wang)
	w.step(li, "accept", nil, "claimed", li)
	w.step(lead, "reassign", fields{"to": wang.id.String(), "reason": "手快"}, "claimed", wang)
	w.step(wang, "report", fields{"recipient": "公安机关", "receipt_no": "X-1", "flags": []string{"R4"}}, "claimed", wang)
	if got := w.last(`event`); got != "report.filed" {
		t.Errorf("reported: %s", got)
	}
	w.step(wang, "block", fields{"reason": "监护人可能是施害人"}, "claimed", wang)
	if d := wang.detail(w.ticket); len(d.Blocks) != 1 || d.Blocks[0].Kind != guardianConflict {
		t.Errorf("blocks: %+v", d.Blocks)
	}
	if a := wang.call("POST", "/tickets/"+w.ticket.String()+"/unblock", fields{"reason": "看错了"}); a.Status < 400 {
		t.Errorf("a worker lifts a block: %d %s", a.Status, a.Body)
	}
	w.step(lead, "unblock", fields{"reason": "查清了"}, "claimed", wang)
	if wang.detail(w.ticket).Can.Callback {
		t.Error("a call can be arranged before anybody knows how to reach the family")
	}
	opener := uuid.MustParse(b.one(`SELECT opener_id FROM conversations`))
	must(t, b.web.handoff.RequestCallback(t.Context(), auditActor(opener), uuid.MustParse(b.one(`SELECT conversation_id FROM tickets`)),
		handoff.Callback{Contact: "chat_only", SafeToCall: "no", CallerSays: "person_name_only"}))
	w.step(wang, "callback", fields{"at": time.Now().Add(24 * time.Hour)}, "callback", nil)
	w.step(wang, "claim", nil, "claimed", wang)
	w.step(wang, "release", fields{"reason": "下班"}, "queued", nil)
	w.step(li, "claim", nil, "claimed", li)
	w.step(li, "recuse", fields{"reason": "认识这家人"}, "queued", nil)
	if a := li.call("GET", "/tickets/"+w.ticket.String(), nil); a.Status != http.StatusNotFound {
		t.Errorf("who stepped aside reads %d %s", a.Status, a.Body)
	}
	w.step(wang, "claim", nil, "claimed", wang)
	w.step(wang, "return", nil, "returned", nil)
	w.ticket = b.family(xihuCode, 0, "救命").ID
	w.step(wang, "claim", nil, "claimed", wang)
	if a := wang.call("POST", "/tickets/"+w.ticket.String()+"/close", fields{"epoch": w.epoch(), "outcome": "已报告", "summary": "s"}); a.Status != http.StatusBadRequest {
		t.Errorf("a P0 ends without the form: %d %s", a.Status, a.Body)
	}
	w.step(wang, "close", fields{"outcome": "已报告", "summary": "s", "risk": handoff.RiskForm{Asked: "yes", PresentDanger: "no", SafeAdult: "yes", Actions: "报警",
		ReportedTo: "公安机关", FollowUp: "明天上午"}}, "closed", nil)

	for _, verb := range slices.Sorted(maps.Keys(commands)) {
		if !w.used[verb] {
			t.Errorf("%s is not tried", verb)
		}
	}
	if n := b.one(`SELECT count(*) FROM audit_log a WHERE action LIKE 'ticket.%' AND actor_id IS NOT NULL AND request_id = '-'`); n != "0" {
		t.Errorf("%s rows of the audit log name no request", n)
	}
}

func TestWrongCommandsAreRefusedByName(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, "没人管我")
	held := wang.claim(opened.ID)
	for name, c := range map[string]struct {
		verb   string
		body   fields
		status int
	}{
		"no epoch":              {"release", fields{"reason": "r"}, 400},
		"no such verb":          {"erase", fields{"epoch": held.Epoch}, 404},
		"nobody":                {"reassign", fields{"epoch": held.Epoch, "to": "", "reason": "r"}, 400},
		"no priority":           {"priority", fields{"epoch": held.Epoch, "to": "0", "reason": "r"}, 400},
		"half a priority":       {"priority", fields{"epoch": held.Epoch, "to": 0.5, "reason": "r"}, 400},
		"a priority of 9":       {"priority", fields{"epoch": held.Epoch, "to": 9, "reason": "r"}, 400},
		"no time":               {"callback", fields{"epoch": held.Epoch}, 400},
		"a time that is none":   {"callback", fields{"epoch": held.Epoch, "at": "morgen"}, 400},
		"no reason":             {"release", fields{"epoch": held.Epoch, "reason": " "}, 400},
		"no outcome":            {"close", fields{"epoch": held.Epoch}, 400},
		"an outcome of its own": {"close", fields{"epoch": held.Epoch, "outcome": "好了"}, 400},
		"accepts its own":       {"accept", fields{"epoch": held.Epoch}, 409},
		"claims its own":        {"claim", fields{"epoch": held.Epoch}, 409},
	} {
		a := wang.call("POST", "/tickets/"+opened.ID.String()+"/"+c.verb, c.body)
		if p := a.problem(t); a.Status != c.status || p.Message == "" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if n := wang.epochOf(opened.ID); n != held.Epoch {
		t.Errorf("the ticket has changed: %d", n)
	}
}

func (c *clerk) epochOf(id uuid.UUID) int64 { return c.detail(id).Ticket.Epoch }

func TestOfManyWhoClaimAtOnceOneGetsTheTicket(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	opened := b.family(xihuCode, 0, "救命")
	var clerks []*clerk
	for i := range 20 {
		clerks = append(clerks, b.hire(fmt.Sprintf("社工%d", i), account.Worker, xihuPrefix))
	}
	epoch := clerks[0].epochOf(opened.ID)
	answers := make([]reply, len(clerks))
	var group sync.WaitGroup
	for i, c := range clerks {
		group.Go(func() { answers[i] = c.call("POST", "/tickets/"+opened.ID.String()+"/claim", fields{"epoch": epoch}) })
	}
	group.Wait()
	var winner string
	for i, a := range answers {
		if a.Status == http.StatusOK {
			if winner != "" {
				t.Errorf("%s and %s have the ticket", winner, clerks[i].name)
			}
			winner = clerks[i].name
		}
	}
	for i, a := range answers {
		if a.Status != http.StatusOK && (a.Status != http.StatusConflict || !strings.Contains(string(a.Body), `"message":"已由 `+winner+` 认领"`)) {
			t.Errorf("%s: %d %s", clerks[i].name, a.Status, a.Body)
		}
	}
	if n := b.one(`SELECT count(*) FROM ticket_events WHERE event = 'ticket.claimed'`); n != "1" {
		t.Errorf("%s claims are told", n)
	}
}
