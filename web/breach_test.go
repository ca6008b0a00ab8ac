package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
)

// Tests of what somebody would try who means harm: rights, and what is told to whom.

func TestWhatASocketReadsIsLogged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	lead, stranger := s.hire("supervisor", "李主任", "3301"), s.hire("supervisor", "外人", "3302")
	v, _, _ := s.held(worker, s, s)
	for range 2 {
		lead.connect(v.conv)
	}
	p := stranger.connect()
	p.say("sub", v.conv, subData{})
	p.until("error")
	for who, want := range map[*colleague]string{worker: "1", lead: "1", stranger: "0"} {
		n := s.one(`SELECT count(*) FROM audit_log WHERE action = 'conversation.viewed' AND actor_id = $1 AND conversation_id = $2
			AND region_code = '330106000000' AND actor_role = $3 AND ip IS NOT NULL`, who.id, v.id(), who.session.Role)
		if n != want {
			t.Errorf("%s reads of %s are logged, want %s", n, who.name, want)
		}
	}
}

func TestWhatWasDeniedIsLogged(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	opened := b.family(xihuCode, 2, "没人管我")
	stranger, admin := b.hire("外人", account.Worker, "330108"), b.hire("管理员", account.Admin, "")
	conv, ticket := opened.Conversation.String(), opened.ID.String()
	denied := func(who *clerk, want string) {
		t.Helper()
		b.says(want, `SELECT count(*) FROM audit_log WHERE result = 'denied' AND action = 'conversation.denied' AND actor_id = $1
			AND conversation_id = $2 AND object_id = $2::text AND region_code = $3 AND ip IS NOT NULL`, who.id, opened.Conversation, xihuCode)
	}
	for range 3 {
		stranger.call("GET", "/tickets/"+ticket, nil)
		stranger.call("POST", "/tickets/"+ticket+"/claim", fields{"epoch": 0})
		stranger.call("GET", "/conv/"+conv+"/messages", nil)
		stranger.call("GET", "/tickets/"+uuid.NewString(), nil) // names nobody
	}
	denied(stranger, "1")
	admin.call("GET", "/conv/"+conv+"/messages", nil)
	denied(admin, "1")
	b.says("2", `SELECT count(*) FROM audit_log WHERE result = 'denied'`)
	other := b.site.hire("supervisor", "外人乙", "330108")
	p := other.connect()
	p.say("sub", conv, subData{})
	p.until("error")
	p.settle()
	for end := time.Now().Add(hangs); b.one(`SELECT count(*) FROM audit_log WHERE result = 'denied'`) != "3"; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what a socket was denied is not logged")
		}
	}
}

func TestNoFrameIsObeyedAfterTheSessionHasEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	var c *client
	for c = range s.web.openClients() {
	}
	if r := v.do("DELETE", "/api/v1/session", v.token, nil); r.Status != http.StatusNoContent {
		t.Fatalf("logout: %d", r.Status)
	}
	<-c.done // the peer has not read that yet
	p.send("message-1", "退出以后的话")
	<-c.readEnded
	s.says("0", `SELECT count(*) FROM messages`)
}

func TestAPingTellsNothingOfARoomThatWasOnlyAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, stranger := s.visit(), s.visit()
	v.connect(0).until("caught_up")
	p := stranger.connect(0)
	p.until("caught_up")
	tx, err := s.pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `LOCK TABLE participants`) // the check of the right takes its time
	must(t, err)
	p.say("sub", v.conv, subData{})
	for c := range s.web.openClients() {
		if c.member == memberOf(stranger) {
			for len(c.all()) < 2 {
				time.Sleep(time.Millisecond)
			}
		}
	}
	p.say("ping", "", pingData{N: 1})
	if d := data[pongData](t, p.until("pong")); len(d.Heads) != 1 {
		t.Errorf("a stranger hears of %v", d.Heads)
	}
	must(t, tx.Rollback(t.Context()))
	p.until("error")
}

func TestAStreamAsksForTheRightBeforeItTellsAnything(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	v, _, staff := s.held(worker, s, s)
	e := v.stream("?after_seq=0")
	e.until("caught_up")
	s.exec(`UPDATE participants SET left_at = now(), can_write = false WHERE member_id = $1`, memberOf(v)) // and nobody is told yet
	staff.send("answer-1", "孩子安全吗")
	staff.until("ack")
	v.do("DELETE", "/api/v1/session", v.token, nil) // ends the stream
	for h, ok := e.next(); ok; h, ok = e.next() {
		if strings.Contains(string(h.D), "孩子安全吗") {
			t.Fatal("whoever is kept out reads on")
		}
	}
}

func TestALongPollOfStaffEndsWithTheSession(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, "没人管我")
	wang.claim(opened.ID)
	got := wang.poll(opened.Conversation)
	session, err := b.web.accounts.Session(t.Context(), wang.token)
	must(t, err)
	must(t, b.web.accounts.Logout(t.Context(), session, b.web.actor(httptest.NewRequest("GET", "/", nil), session.Staff)))
	if a := <-got; a.Status != http.StatusUnauthorized {
		t.Errorf("the wait ends with %d %s", a.Status, a.Body)
	}
	if strings.Contains(b.logs.String(), "request failed") {
		t.Error("a logout counts as a failure of the server")
	}
}

// What PostgreSQL cannot store is refused before it gets there: it is no failure of the server.
func TestSignsThatAreNoTextAreRefused(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	lead := s.hire("陈督导", account.Supervisor, xihuPrefix)
	s.try(func(route consoleRoute, a attempt, _, _ func(*clerk) reply) {
		path := a.at(s.cases[0])
		method, _, _ := strings.Cut(route.pattern, " ")
		body, err := json.Marshal(a.body)
		must(t, err)
		var all map[string]any
		_ = json.Unmarshal(body, &all)
		for name, value := range all {
			if text, ok := value.(string); ok && len(text) > 0 {
				odd := fields{}
				for other, value := range all {
					odd[other] = value
				}
				odd[name] = text + "\x00"
				for _, who := range []*clerk{lead, s.owner} {
					if r := who.call(method, path, odd); r.Status >= 500 {
						t.Errorf("%s %s with a zero in %s: %d %s", method, a.path, name, r.Status, r.Body)
					}
				}
			}
		}
	})
	for _, path := range []string{"/staff?region=%00", "/canned?region=%ff", "/staff?region=33%00"} {
		if r := lead.call("GET", path, nil); r.Status >= 500 {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	v := s.visit()
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{"PUT", "/api/v1/conversations/" + v.conv + "/region", conversationRequest{Region: "杭州\x00"}},
		{"POST", "/api/v1/conversations", conversationRequest{Region: "\x00"}},
		{"GET", "/api/v1/regions?q=%00", nil}, {"GET", "/api/v1/regions?parent=%ff", nil}, {"GET", "/api/v1/regions?prefix=%ff", nil},
		{"POST", "/v1/conv/" + v.conv + "/messages", sendData{ClientMsgID: "message-1", Body: "\x00"}},
	} {
		if a := s.do(r.method, r.path, v.token, r.body); a.Status >= 500 {
			t.Errorf("%s %s: %d %s", r.method, r.path, a.Status, a.Body)
		}
	}
}

func TestALoginThatIsNoTextIsAWrongOne(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("officer", account.Officer)
	for _, login := range []string{"officer\x00", "offic\xffer", "\x00"} {
		d.login(login, testPassword).wants(t, http.StatusUnauthorized, "登录名或口令不对")
	}
	d.login("officer", testPassword+"\x00").wants(t, http.StatusUnauthorized)
	if strings.Contains(d.logs.String(), "request failed") {
		t.Error("it counts as a failure of the server")
	}
}
