package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// attempt is a request to an endpoint. {ticket}, {conv}, {note} and {canned} stand for the ids of somebody else's case.
type attempt struct {
	path string
	body any
}

// attempts are requests to every endpoint of the console, each with a body that would do something. An endpoint that is
// not here fails the tests of the wall.
var attempts = map[string][]attempt{
	"GET /api/v1/console/me":                                 {{"/me", nil}},
	"PUT /api/v1/console/duty":                               {{"/duty", dutyRequest{"on"}}},
	"GET /api/v1/console/queue":                              {{"/queue", nil}},
	"POST /api/v1/console/claim-next":                        {{"/claim-next", fields{}}},
	"GET /api/v1/console/overview":                           {{"/overview", nil}},
	"GET /api/v1/console/staff":                              {{"/staff", nil}, {"/staff?region=" + xihuCode, nil}},
	"GET /api/v1/console/find":                               {{"/find?no={no}", nil}},
	"GET /api/v1/console/tickets/{id}":                       {{"/tickets/{ticket}", nil}},
	"POST /api/v1/console/tickets/{id}/{verb}":               commandAttempts(),
	"POST /api/v1/console/tickets/{id}/draft":                {{"/tickets/{ticket}/draft", nil}},
	"POST /api/v1/console/tickets/{id}/notes":                {{"/tickets/{ticket}/notes", noteRequest{Kind: "note", Body: "记一笔"}}},
	"POST /api/v1/console/tickets/{id}/notes/{note}/confirm": {{"/tickets/{ticket}/notes/{note}/confirm", nil}},
	"GET /api/v1/console/conv/{conv}/messages":               {{"/conv/{conv}/messages", nil}, {"/conv/{conv}/messages?before_seq=2&limit=1", nil}},
	"POST /api/v1/console/conv/{conv}/messages":              {{"/conv/{conv}/messages", sendData{ClientMsgID: "message-9", Body: "您好"}}},
	"GET /api/v1/console/conv/{conv}/events":                 {{"/conv/{conv}/events?after_seq=0", nil}},
	"GET /api/v1/console/canned":                             {{"/canned", nil}, {"/canned?region=" + xihuCode, nil}},
	"POST /api/v1/console/canned":                            {{"/canned", cannedRequest{Scope: xihuPrefix, Shortcut: "新的", Title: "新的", Body: "新的"}}},
	"PUT /api/v1/console/canned/{id}":                        {{"/canned/{canned}", cannedRequest{Shortcut: "西湖", Title: "改了", Body: "改了", Version: 1}}},
	"DELETE /api/v1/console/canned/{id}":                     {{"/canned/{canned}", nil}},
}

// at is the path with the ids of a case in it.
func (a attempt) at(ids map[string]string) string {
	path := a.path
	for name, id := range ids {
		path = strings.ReplaceAll(path, name, id)
	}
	return path
}

// commandAttempts tries every verb.
func commandAttempts() []attempt {
	bodies := map[string]fields{
		"release": {"reason": "r"}, "reassign": {"to": uuid.NewString(), "reason": "r"}, "transfer": {"kind": "team", "to": "legal", "reason": "r", "note": "n"},
		"callback": {"at": time.Now().Add(24 * time.Hour)}, "close": {"outcome": "已答复", "summary": "s"}, "priority": {"to": 0, "reason": "r"},
		"report": {"recipient": "公安", "receipt_no": "1", "flags": []string{"R4"}}, "recuse": {"reason": "r"}, "block": {"reason": "r"}, "unblock": {"reason": "r"},
	}
	var all []attempt
	for verb := range commands {
		for epoch := range 3 { // one of them is the right one
			all = append(all, attempt{"/tickets/{ticket}/" + verb, bodies[verb].at(int64(epoch))})
		}
	}
	return all
}

// secrets is a county with a case in each state, and what nobody elsewhere may learn of it.
type secrets struct {
	*bureau
	owner *clerk
	cases []map[string]string // ids by the names in attempts
	words []string            // of the families
	local []string            // of the county's own staff
}

// phone is a number that a family has left.
const phone = "13900001234"

func newSecrets(t *testing.T) *secrets {
	t.Helper()
	s := &secrets{bureau: newBureau(t)}
	s.owner = s.hire("王老师", account.Worker, xihuPrefix)
	lead := s.hire("赵督导", account.Supervisor, xihuPrefix)
	lead.good("GET", "/canned", nil) // stores the built-in ones
	var canned oneCanned
	lead.good("POST", "/canned", cannedRequest{Scope: xihuPrefix, Shortcut: "西湖", Title: "西湖的话", Body: "西湖区民政局在西湖的那一边"}).into(t, &canned)
	held, queued := s.family(xihuCode, 2, "没人管我，海棠花的秘密"), s.family(xihuCode, 0, "没人管我，海棠花的秘密")
	held = s.owner.claim(held.ID)
	var note noteAnswer
	s.owner.good("POST", "/tickets/"+held.ID.String()+"/notes", noteRequest{Kind: "summary", Body: "海棠花的记录", SourceSeqs: []int64{1}}).into(t, &note)
	for _, ticket := range []handoff.Ticket{held, queued} {
		s.cases = append(s.cases, map[string]string{"{ticket}": ticket.ID.String(), "{conv}": ticket.Conversation.String(),
			"{no}":   s.one(`SELECT no FROM tickets WHERE id = $1`, ticket.ID),
			"{note}": note.Note.ID.String(), "{canned}": canned.Canned.ID.String()})
		s.words = append(s.words, ticket.ID.String(), ticket.Conversation.String(), s.one(`SELECT no FROM tickets WHERE id = $1`, ticket.ID))
	}
	s.words = append(s.words, "海棠花")
	s.local = []string{"王老师", "西湖的", s.owner.id.String()}
	return s
}

// state is everything that an attempt could have changed.
func (s *secrets) state() string {
	return s.one(`SELECT md5(concat(
		(SELECT string_agg(t::text, '|' ORDER BY id) FROM tickets t), (SELECT string_agg(c::text, '|' ORDER BY id) FROM conversations c),
		(SELECT string_agg(m::text, '|' ORDER BY id) FROM messages m), (SELECT string_agg(n::text, '|' ORDER BY id) FROM notes n),
		(SELECT string_agg(e::text, '|' ORDER BY id) FROM ticket_events e), (SELECT string_agg(b::text, '|') FROM access_blocks b),
		(SELECT string_agg(r::text, '|' ORDER BY id) FROM canned_replies r),
		(SELECT string_agg(p::text, '|' ORDER BY conversation_id, member_id) FROM participants p)))`)
}

// try sends every attempt at every case and has each answer looked at, beside the answer for a case that does not exist.
func (s *secrets) try(look func(route consoleRoute, a attempt, got, missing func(c *clerk) reply)) {
	s.t.Helper()
	for _, route := range (&console{Server: s.web}).routes() {
		tries := attempts[route.pattern]
		if len(tries) == 0 {
			s.t.Errorf("no attempt at %s", route.pattern)
		}
		method, _, _ := strings.Cut(route.pattern, " ")
		for _, a := range tries {
			for _, ids := range s.cases {
				missing := map[string]string{}
				for name := range ids {
					missing[name] = uuid.NewString()
				}
				path, nowhere := a.at(ids), a.at(missing)
				look(route, a, func(c *clerk) reply { return c.call(method, path, a.body) }, func(c *clerk) reply { return c.call(method, nowhere, a.body) })
			}
		}
	}
}

// names tells whether an attempt names something of the county that it is not to reach.
func (a attempt) names() bool {
	return strings.Contains(a.path, "{") || strings.Contains(a.path, "region=") || a.path == "/canned" && a.body != nil
}

func TestNobodySeesOverTheRegionWall(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	s.exec(`INSERT INTO regions (code, level, parent_code, name, short_name, prefix) VALUES ('330106001000', 4, '330106000000', '海棠街道', '海棠', '330106001')`)
	below := s.hire("镇上的人", account.Supervisor, "330106001") // knows the county's staff and its ready replies, and no case
	strangers := []*clerk{s.hire("外人甲", account.Worker, "330108"), s.hire("外人乙", account.Supervisor, "4401"), below}
	before := s.state()
	s.try(func(route consoleRoute, a attempt, got, missing func(*clerk) reply) {
		for _, c := range strangers {
			if !slices.Contains(route.roles, c.role()) {
				continue
			}
			there, nowhere := got(c), missing(c)
			if a.names() && (there.Status != http.StatusNotFound || string(there.Body) != string(nowhere.Body)) {
				t.Errorf("%s reads at %s %s: %d %s, and of nothing %d %s", c.name, route.pattern, a.path, there.Status, there.Body, nowhere.Status, nowhere.Body)
			}
			if !a.names() && there.Status >= 300 {
				t.Errorf("%s at %s: %d %s", c.name, a.path, there.Status, there.Body)
			}
			words := s.words
			if c != below {
				words = slices.Concat(words, s.local)
			}
			for _, word := range words {
				if strings.Contains(string(there.Body), word) {
					t.Errorf("%s learns %q at %s: %s", c.name, word, a.path, there.Body)
				}
			}
		}
	})
	if s.state() != before {
		t.Error("somebody of another region has changed something")
	}
	if n := s.one(`SELECT count(*) FROM audit_log WHERE action = 'conversation.viewed' AND actor_id <> $1`, s.owner.id); n != "0" {
		t.Errorf("%s views of strangers are logged", n)
	}
}

// A worker of the county may be the one who does harm: nobody of that unit reads the case, however they ask.
func TestTheUnitOfASuspectReadsNothing(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	s.exec(`UPDATE tickets SET suspect_digits = 6, route_prefix = '3301' WHERE state = 'queued'`)
	ids := s.cases[1]
	county, city := s.hire("区督导", account.Supervisor, xihuPrefix), s.hire("市督导", account.Supervisor, "3301")
	for _, path := range []string{"/tickets/" + ids["{ticket}"], "/conv/" + ids["{conv}"] + "/messages", "/conv/" + ids["{conv}"] + "/events"} {
		for _, c := range []*clerk{county, s.owner} {
			if r := c.call("GET", path, nil); r.Status != http.StatusNotFound {
				t.Errorf("%s at %s: %d %s", c.name, path, r.Status, r.Body)
			}
		}
		if r := city.call("GET", path, nil); r.Status != http.StatusOK {
			t.Errorf("%s at %s: %d %s", city.name, path, r.Status, r.Body)
		}
	}
	if r := county.call("GET", "/queue", nil); strings.Contains(string(r.Body), ids["{ticket}"]) {
		t.Errorf("the queue of the county holds %s", r.Body)
	}
}

// role is that of the account now.
func (c *clerk) role() string { return c.one(`SELECT role FROM workers WHERE id = $1`, c.id) }

func TestWhoeverSteppedAsideSeesNothingOfTheCase(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	aside := s.hire("回避者", account.Worker, xihuPrefix)
	s.exec(`INSERT INTO access_blocks (conversation_id, member_id, kind, reason, set_by) SELECT id, $1, 'worker_recusal', '亲戚', $1 FROM conversations`, aside.id)
	before := s.state()
	s.try(func(route consoleRoute, a attempt, got, missing func(*clerk) reply) {
		if !slices.Contains(route.roles, account.Worker) || !strings.Contains(a.path, "{ticket}") && !strings.Contains(a.path, "{conv}") {
			return
		}
		if there := got(aside); there.Status != http.StatusNotFound || string(there.Body) != string(missing(aside).Body) {
			t.Errorf("%s: %d %s", a.path, there.Status, there.Body)
		}
	})
	if s.state() != before {
		t.Error("somebody who stepped aside has changed something")
	}
}

func TestOtherRolesFindNoConsole(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	var others []*clerk
	for _, role := range account.Roles {
		others = append(others, s.hire("某人", role, ""))
	}
	gone := s.hire("离职的人", account.Supervisor, "")
	s.exec(`UPDATE workers SET disabled_at = now(), duty = 'off' WHERE id = $1`, gone.id)
	fresh := s.hire("新来的人", account.Supervisor, "")
	s.exec(`UPDATE workers SET must_change = true WHERE id = $1`, fresh.id)
	nobody := &clerk{bureau: s.bureau, token: "nobody"}
	before := s.state()
	s.try(func(route consoleRoute, a attempt, got, _ func(*clerk) reply) {
		for _, c := range others {
			if role := c.role(); !slices.Contains(route.roles, role) {
				if r := got(c); r.Status != http.StatusNotFound {
					t.Errorf("%s at %s %s: %d %s", role, route.pattern, a.path, r.Status, r.Body)
				}
			}
		}
		for _, c := range []*clerk{gone, nobody} {
			if r := got(c); r.Status != http.StatusUnauthorized {
				t.Errorf("%s at %s: %d %s", c.name, a.path, r.Status, r.Body)
			}
		}
		if r := got(fresh); r.Status != http.StatusForbidden && r.Status != http.StatusNotFound {
			t.Errorf("with a one-time password at %s: %d %s", a.path, r.Status, r.Body)
		}
	})
	if s.state() != before {
		t.Error("something has changed")
	}
}

func TestAnotherSitesPageChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	lead := s.hire("陈督导", account.Supervisor, xihuPrefix)
	other := s.hire("孙督导", account.Supervisor, xihuPrefix)
	before := s.state()
	for _, csrf := range []string{"", "x", other.csrf} {
		forged := *lead
		forged.csrf = csrf
		s.try(func(route consoleRoute, a attempt, got, _ func(*clerk) reply) {
			if strings.HasPrefix(route.pattern, "GET ") {
				return
			}
			if r := got(&forged); r.Status != http.StatusForbidden {
				t.Errorf("%s with the token %q: %d %s", a.path, csrf, r.Status, r.Body)
			}
		})
	}
	if s.state() != before {
		t.Error("something has changed")
	}
}

func TestOddBodiesAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	lead := s.hire("陈督导", account.Supervisor, xihuPrefix)
	before := s.state()
	wide := strings.Repeat("长", 20_000)
	bodies := map[string]int{
		`{`: 400, `[]`: 400, `"epoch"`: 400, `null`: 400, `{"nobody_knows_this": 1}`: 400, `{} {}`: 400, "{\"reason\": \"\xff\"}": 400,
		`{"epoch": "one"}`: 400, `{"epoch": 1.5}`: 400, `{"body": "` + wide + `"}`: 413, strings.Repeat(" ", 40_000) + `{}`: 413,
	}
	s.try(func(route consoleRoute, a attempt, _, _ func(*clerk) reply) {
		method, _, _ := strings.Cut(route.pattern, " ")
		if method == "GET" || method == "DELETE" {
			return
		}
		path := a.at(s.cases[0])
		for body, status := range bodies {
			if r := lead.call(method, path, body); r.Status != status {
				t.Errorf("%s %s with %.40q: %d %s", method, a.path, body, r.Status, r.Body)
			}
		}
	})
	for _, path := range []string{"/tickets/x", "/tickets/" + strings.ToUpper(s.cases[0]["{ticket}"]) + "/nothing", "/tickets/{" + s.cases[0]["{ticket}"] + "}", "/conv/x/messages"} {
		if r := lead.call("GET", path, nil); r.Status != http.StatusNotFound && r.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	for _, bad := range []string{"/conv/{conv}/messages?before_seq=x", "/conv/{conv}/messages?limit=1e9", "/conv/{conv}/events?after_seq=x", "/conv/{conv}/events?wait=long"} {
		if r := lead.call("GET", attempt{path: bad}.at(s.cases[0]), nil); r.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, r.Status, r.Body)
		}
	}
	if s.state() != before {
		t.Error("something has changed")
	}
}

// Everything is tried once more, by those who may and those who may not: none of it is in the log.
func TestTheLogOfTheConsoleHoldsNothingOfTheCase(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	clerks := []*clerk{s.owner, s.hire("陈督导", account.Supervisor, xihuPrefix), s.hire("外人甲", account.Worker, "330108")}
	s.try(func(_ consoleRoute, a attempt, got, _ func(*clerk) reply) {
		for _, c := range clerks {
			if r := got(c); r.Status >= 500 {
				t.Errorf("%s: %d %s", a.path, r.Status, r.Body)
			}
		}
	})
	logs := s.logs.String()
	for _, word := range append(slices.Concat(s.words, s.local), s.owner.token, s.owner.csrf, "您好", "记一笔") {
		if strings.Contains(logs, word) {
			t.Errorf("the log holds %q", word)
		}
	}
	if !strings.Contains(logs, "/api/v1/console/tickets/{id}") {
		t.Error("the log does not tell of requests at all")
	}
}
