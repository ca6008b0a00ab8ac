package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
	"xiaohe/database/secret"
)

// withBox lets a site take telephone numbers.
func withBox(o *Options) {
	box, err := secret.New(secret.NewKey())
	if err != nil {
		panic(err)
	}
	o.Handoff.UseBox(box)
}

// handoff asks how a visitor's wish for a person stands; method and path make it something to do.
func (v *visitor) handoff(method, path string, body any) (a standingAnswer) {
	v.t.Helper()
	r := v.do(method, "/v1/conv/"+v.conv+"/handoff"+path, v.token, body)
	if r.Status != http.StatusOK {
		v.t.Fatalf("%s %s: %d %s", method, path, r.Status, r.Body)
	}
	r.into(v.t, &a)
	return a
}

func TestAPersonIsCalledWithoutAWord(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, "")
	v := b.visit()
	if a := v.handoff("GET", "", nil); a.Ticket != nil || a.CanWithdraw || a.CanRate || a.Text != "" {
		t.Errorf("before it is asked for: %+v", a)
	}
	first := v.handoff("POST", "", nil)
	if first.Ticket == nil || first.Ticket.State != "queued" || !first.CanWithdraw || first.Ticket.Urgent || !first.OnDuty || first.Text == "" {
		t.Fatalf("after the press: %+v", first)
	}
	if again := v.handoff("POST", "", nil); again.Ticket.ID != first.Ticket.ID {
		t.Error("another press opened another ticket")
	}
	if got := b.one(`SELECT concat_ws(' ', origin, priority, reason_code) FROM tickets`); got != "user 2 asked_for_person" {
		t.Errorf("the ticket is %s", got)
	}
	ticket := wang.do(handoff.Ticket{ID: first.Ticket.ID, Epoch: first.Ticket.Epoch}, "claim", nil)
	a := v.handoff("GET", "", nil)
	if a.Worker != "王老师" || a.CanWithdraw || a.Read == nil || !strings.Contains(a.Text, "真人") {
		t.Errorf("with a person: %+v", a)
	}
	if r := v.do("DELETE", "/v1/conv/"+v.conv+"/handoff", v.token, nil); r.Status != http.StatusConflict || r.problem(t).Message == "" {
		t.Errorf("leaving somebody who has come: %d %s", r.Status, r.Body)
	}
	wang.good("POST", "/conv/"+v.conv+"/messages", sendData{ClientMsgID: "w-message-1", Kind: "text", Body: "您好"})
	wang.do(ticket, "close", fields{"outcome": "已答复", "summary": ""})
	ended := v.handoff("GET", "", nil)
	if !ended.CanRate || ended.Ticket.State != "closed" {
		t.Errorf("after the end: %+v", ended)
	}
	for score, want := range map[int]int{0: http.StatusBadRequest, 6: http.StatusBadRequest} {
		if r := v.do("POST", "/v1/conv/"+v.conv+"/handoff/rating", v.token, ratingRequest{ended.Ticket.ID, score, ""}); r.Status != want {
			t.Errorf("score %d: %d", score, r.Status)
		}
	}
	if a := v.handoff("POST", "/rating", ratingRequest{ended.Ticket.ID, 5, " 谢谢 "}); a.CanRate {
		t.Error("it is asked again")
	}
	b.says("5 谢谢", `SELECT concat_ws(' ', score, comment) FROM ratings`)
}

// Most conversations begin with the whole country, where nobody of a county would see the ticket.
func TestARegionThatIsSaidLaterBringsTheTicketThere(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	v := b.visit()
	v.handoff("POST", "", nil)
	next := func() *handoff.Ticket {
		var a ticketOnly
		wang.good("POST", "/claim-next", nil).into(t, &a)
		return a.Ticket
	}
	if next() != nil {
		t.Fatal("a county sees what belongs to no place")
	}
	place := func(code string) {
		t.Helper()
		if r := v.do("PUT", "/api/v1/conversations/"+v.conv+"/region", v.token, conversationRequest{Region: code}); r.Status != http.StatusOK {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	place("330100")
	place("330106")
	place(guangzhou[:6]) // nobody sends it away from those who watch over the place
	b.says("330106000000 330106 2 2", `SELECT concat_ws(' ', t.region_code, t.route_prefix,
		(SELECT count(*) FROM ticket_events WHERE event = 'region.set' AND NOT transition), (SELECT count(*) FROM audit_log WHERE action = 'ticket.located')) FROM tickets t`)
	if next() == nil {
		t.Error("the county does not see it")
	}
	place("330100")
	b.says("330106000000", `SELECT region_code FROM tickets`)
}

func TestLeavingTheQueueBringsTheBotBack(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	v := b.visit()
	v.handoff("POST", "", nil)
	v.handoff("DELETE", "", nil)
	b.says("closed bot", `SELECT concat_ws(' ', t.state, c.mode) FROM tickets t JOIN conversations c ON c.id = t.conversation_id`)
}

func TestAWishForACallIsSealedAndNeverSentBack(t *testing.T) {
	t.Parallel()
	b := newBureau(t, withBox)
	v := b.visit()
	from, to := b.now.Now().Add(time.Hour), b.now.Now().Add(3*time.Hour)
	a := v.handoff("POST", "/callback", handoff.Callback{Phone: "１３８ 0013-8000", Contact: "phone", SafeToCall: "only_window", SafeToText: true,
		WindowFrom: &from, WindowTo: &to, CallerSays: "person_name_only", CodeWord: " 向日葵 "})
	if a.Callback == nil || a.Callback.Phone != "" || a.Callback.CodeWord != "向日葵" || a.Callback.WindowFrom == nil {
		t.Errorf("the answer is %+v", a.Callback)
	}
	for _, table := range []string{"callback_requests", "tickets", "ticket_events", "audit_log", "messages", "notifications"} {
		if got := b.one(`SELECT count(*) FROM ` + table + ` x WHERE x::text LIKE '%13800138000%' OR x::text LIKE '%0013-8000%'`); got != "0" {
			t.Errorf("the number stands in %s", table)
		}
	}
	if strings.Contains(b.logs.String(), "8000") {
		t.Error("the number is in the log")
	}
	a = v.handoff("POST", "/callback", handoff.Callback{Phone: "13800138000", Contact: "phone", SafeToCall: "no"})
	if a.Callback == nil || a.Callback.Contact != "chat_only" {
		t.Errorf("not safe to call: %+v", a.Callback)
	}
	b.says("true", `SELECT phone_sealed IS NULL FROM callback_requests`)
}

func TestAWishForACallSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := newBureau(t, withBox)
	v := b.visit()
	now := b.now.Now()
	at := func(hours time.Duration) *time.Time { when := now.Add(hours * time.Hour); return &when }
	good := handoff.Callback{Phone: "13800138000", Contact: "phone", SafeToCall: "yes"}
	for name, change := range map[string]func(*handoff.Callback){
		"no number":               func(c *handoff.Callback) { c.Phone = "" },
		"a short number":          func(c *handoff.Callback) { c.Phone = "1380013" },
		"a local number":          func(c *handoff.Callback) { c.Phone = "87654321" },
		"words for a number":      func(c *handoff.Callback) { c.Phone = "问村长" },
		"a word that is too long": func(c *handoff.Callback) { c.CodeWord = strings.Repeat("葵", 21) },
		"two lines for a word":    func(c *handoff.Callback) { c.CodeWord = "向\n日" },
		"safety not said":         func(c *handoff.Callback) { c.SafeToCall = "" },
		"a time that has passed":  func(c *handoff.Callback) { c.WindowFrom, c.WindowTo = at(-3), at(-1) },
		"a time next year":        func(c *handoff.Callback) { c.WindowFrom, c.WindowTo = at(9000), at(9001) },
		"an end before its begin": func(c *handoff.Callback) { c.WindowFrom, c.WindowTo = at(3), at(2) },
		"half a time":             func(c *handoff.Callback) { c.WindowFrom = at(3) },
		"safe only at no time":    func(c *handoff.Callback) { c.SafeToCall = "only_window" },
		"something else to say":   func(c *handoff.Callback) { c.CallerSays = "police" },
	} {
		wish := good
		change(&wish)
		r := v.do("POST", "/v1/conv/"+v.conv+"/handoff/callback", v.token, wish)
		for r.Status == http.StatusTooManyRequests {
			b.now.advance(time.Minute)
			r = v.do("POST", "/v1/conv/"+v.conv+"/handoff/callback", v.token, wish)
		}
		if p := r.problem(t); r.Status != http.StatusBadRequest || p.Message == "" || strings.Contains(p.Message, "1380013") {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	b.says("0", `SELECT count(*) FROM tickets`)
}

func TestTelephoneNumbersAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"13800138000": "13800138000", "138 0013 8000": "13800138000", "138-0013-8000": "13800138000", "+86 13800138000": "13800138000",
		"0086-13800138000": "13800138000", "１３８００１３８０００": "13800138000", "19900000001": "19900000001", "0571-87654321": "057187654321",
		"（0571）8765 4321": "057187654321", "010-12345678": "", "010-62345678": "01062345678", "0571-87654321转801": "057187654321-801",
		"0855－8222222": "08558222222", "400-820-8820": "4008208820", "12345": "", "110": "", "87654321": "", "1380013800": "", "138001380000": "",
		"23800138000": "", "": "", "一三八": "", "138x0138000": "", "13800138000; rm": "", "+1 202 555 0100": "", strings.Repeat("1", 200): "",
	} {
		if got, ok := phoneNumber(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestNothingIsSaidOfOtherPeoplesTickets(t *testing.T) {
	t.Parallel()
	b := newBureau(t, withBox)
	v, stranger := b.visit(), b.visit()
	first := v.handoff("POST", "", nil)
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{"GET", "", nil}, {"POST", "", nil}, {"DELETE", "", nil},
		{"POST", "/callback", handoff.Callback{Phone: "13800138000", Contact: "phone", SafeToCall: "yes"}},
		{"POST", "/rating", ratingRequest{first.Ticket.ID, 5, ""}},
	} {
		path := func(conv string) string { return "/v1/conv/" + conv + "/handoff" + r.path }
		foreign, missing := b.do(r.method, path(v.conv), stranger.token, r.body), b.do(r.method, path(uuid.NewString()), stranger.token, r.body)
		if foreign.Status != http.StatusNotFound || string(foreign.Body) != string(missing.Body) {
			t.Errorf("%s %s: %d %s, and of nothing %s", r.method, r.path, foreign.Status, foreign.Body, missing.Body)
		}
		if a := b.do(r.method, path(v.conv), "", r.body); a.Status != http.StatusUnauthorized {
			t.Errorf("%s %s without a session: %d", r.method, r.path, a.Status)
		}
		if a := b.do(r.method, path("x"), v.token, r.body); a.Status != http.StatusNotFound {
			t.Errorf("%s of no id: %d", r.method, a.Status)
		}
	}
	b.says("1", `SELECT count(*) FROM tickets`)
}

// A guardian who is kept out of the conversation learns no more than a stranger.
func TestWhoIsKeptOutLearnsNothing(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	v := b.visit()
	v.handoff("POST", "", nil)
	b.exec(`INSERT INTO access_blocks (conversation_id, member_id, kind, reason, set_by) SELECT id, opener_id, 'guardian_conflict', '监护人嫌疑', gen_random_uuid() FROM conversations`)
	missing := b.do("GET", "/v1/conv/"+uuid.NewString()+"/handoff", v.token, nil)
	if r := v.do("GET", "/v1/conv/"+v.conv+"/handoff", v.token, nil); r.Status != http.StatusNotFound || string(r.Body) != string(missing.Body) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func FuzzWishForACall(f *testing.F) {
	f.Add(`{"phone":"13800138000","contact":"phone","safe_to_call":"yes"}`)
	f.Add(`{"safe_to_call":"no","code_word":"\u0000"}`)
	s := &Server{now: time.Now}
	f.Fuzz(func(t *testing.T, body string) {
		var wish handoff.Callback
		if json.Unmarshal([]byte(body), &wish) != nil || s.checkCallback(&wish) != nil {
			return
		}
		if (wish.Contact == "phone") != (wish.Phone != "") || wish.SafeToCall == "no" && wish.Contact != "chat_only" {
			t.Errorf("%q was taken as %+v", body, wish)
		}
	})
}
