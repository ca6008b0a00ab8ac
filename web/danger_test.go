package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/triage"
	"xiaohe/prompts"
)

// tell sends a message over the socket and returns the answer to it, with its meta.
func (p *peer) tell(id, body string) (messageData, answerMeta) {
	p.t.Helper()
	p.send(id, body)
	for asked := int64(0); ; {
		f := p.until("msg")
		m := f.message()
		if m.ClientMsgID == id {
			asked = f.Seq
		}
		var meta answerMeta
		must(p.t, json.Unmarshal(m.Meta, &meta))
		if asked > 0 && meta.UserSeq == asked {
			return m, meta
		}
	}
}

// another opens a further conversation of the same person, as 「重新开始一次谈话」 does.
func (v *visitor) another() *visitor {
	v.t.Helper()
	var c conversationAnswer
	v.do("POST", "/api/v1/conversations", v.token, conversationRequest{New: true}).into(v.t, &c)
	return &visitor{site: v.site, token: v.token, conv: c.ID}
}

// one reads a value as text.
func (s *site) one(sql string, args ...any) (value string) {
	s.t.Helper()
	must(s.t, s.pool.QueryRow(context.Background(), `SELECT coalesce((`+sql+`)::text, '')`, args...).Scan(&value))
	return value
}

// says fails the test where a value of the database is another.
func (s *site) says(want, sql string, args ...any) {
	s.t.Helper()
	if got := s.one(sql, args...); got != want {
		s.t.Errorf("%s: %s, want %s", sql, got, want)
	}
}

func TestDangerIsAnsweredByAScriptAndCallsAPersonInOneTransaction(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	p := v.connect(0)
	m, meta := p.tell("message-1", beaten)
	d := meta.Danger
	if d == nil || d.Care || !d.QuickExit || meta.HTML != "" || len(meta.Citations) != 0 || meta.Case != nil || !m.AI {
		t.Fatalf("the answer is %s", m.Meta)
	}
	if len(d.Bubbles) < 3 || !strings.Contains(d.Bubbles[0], "110") || m.Body != strings.Join(d.Bubbles, "\n\n") {
		t.Errorf("it says %q", d.Bubbles)
	}
	if len(d.Hotlines) < 2 || d.Hotlines[0].Number != "110" || d.Hotlines[0].Link != "tel:110" || !d.Hotlines[1].Urgent {
		t.Errorf("to call: %+v", d.Hotlines)
	}
	s.says("1", `SELECT count(DISTINCT x) FROM (SELECT xmin::text x FROM tickets UNION ALL SELECT xmin::text FROM assessments
		UNION ALL SELECT xmin::text FROM ticket_evidence UNION ALL SELECT xmin::text FROM messages WHERE sender_kind = 'bot') a`)
	s.says("queued P0 danger.physical_abuse rule "+v.conv, `SELECT concat_ws(' ', state, 'P' || priority, reason_code, origin, conversation_id) FROM tickets`)
	s.says("4 child suppressed {R4}", `SELECT concat_ws(' ', level, speaker, guardian_notice, flags) FROM assessments`)
	s.says("true", `SELECT script ~ '^[a-z_]+@4\.v\d+$' AND versions ?& ARRAY['rules', 'weights', 'scripts', 'hotlines'] AND evidence->0 ? 'rule_id'
		AND session->'session'->>'max' = '4' FROM assessments`)
	var polled eventsAnswer
	v.do("GET", "/v1/conv/"+v.conv+"/events?after_seq=1", v.token, nil).into(t, &polled)
	if data, err := json.Marshal(polled.Events); err != nil || !strings.Contains(string(data), `"danger":{"bubbles":[`) {
		t.Errorf("the long poll brings %s", data)
	}
	if logs := s.logs.String(); strings.Contains(logs, "床底") || strings.Contains(logs, v.conv) {
		t.Error("the log holds words or the id of the conversation")
	}
}

// A director gets the clauses behind a script; a child is not sent reading.
func TestClausesStandBesideAScriptForWorkersAlone(t *testing.T) {
	t.Parallel()
	for speaker, want := range map[triage.Speaker]int{triage.Worker: 1, triage.Child: 0, triage.Unknown: 0} {
		result := assistant.Turn{Answer: "请打110。", Citations: []answer.Citation{{N: 1, Document: "办法"}}}
		result.Danger = assistant.Danger{Result: triage.Result{Level: triage.High, Speaker: speaker}, Only: true, Reply: &prompts.Reply{Bubbles: []string{"请打110。"}}}
		data, err := metaOf(result, 1)
		must(t, err)
		var meta answerMeta
		must(t, json.Unmarshal(data, &meta))
		if len(meta.Citations) != want || meta.Danger.Care || meta.HTML != "" {
			t.Errorf("%s gets %s", speaker, data)
		}
	}
}

func TestTheTalkGoesOnAfterDanger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit().connect(0)
	_, first := p.tell("message-1", beaten)
	m, next := p.tell("message-2", "嗯")
	if next.Danger == nil || next.Danger.Care || m.Body == strings.Join(first.Danger.Bubbles, "\n\n") || len(next.Danger.Bubbles) > 3 {
		t.Errorf("then it says %s", m.Meta)
	}
	m, policy := p.tell("message-3", testAsk)
	if d := policy.Danger; d == nil || !d.Care || len(d.Bubbles) != 1 || policy.Case != nil {
		t.Errorf("a question about policy gets %s", m.Meta)
	}
	if !strings.Contains(policy.HTML, "雨伞补贴") || strings.Contains(policy.HTML, policy.Danger.Bubbles[0]) {
		t.Errorf("its answer is %s", policy.HTML)
	}
	s.says("1", `SELECT count(*) FROM tickets`)
	s.says("{4,4,4} {4,0,0}", `SELECT concat_ws(' ', array_agg(level ORDER BY user_seq), array_agg(message_level ORDER BY user_seq)) FROM assessments`)
}

func TestCareComesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m, meta := s.visit().connect(0).tell("message-1", saddened)
	if d := meta.Danger; d == nil || !d.Care || len(d.Bubbles) < 2 || meta.Case != nil {
		t.Fatalf("the answer is %s", m.Meta)
	}
	if !strings.HasPrefix(m.Body, meta.Danger.Bubbles[0]) || !strings.Contains(meta.HTML, "雨伞补贴") || strings.Contains(meta.HTML, meta.Danger.Bubbles[0]) {
		t.Errorf("said is %q, and apart from it %s", m.Body, meta.HTML)
	}
	s.says("0", `SELECT count(*) FROM tickets`)
	s.says("2", `SELECT level FROM assessments`)
}

// A grandmother and a child use the same phone: the second is not taken for the first.
func TestTwoPeopleOnOnePhone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.visit()
	_, grandmother := old.connect(0).tell("message-1", pesticide)
	child := old.another()
	p := child.connect(0)
	m, meta := p.tell("message-1", beaten)
	if meta.Danger == nil || meta.Danger.Care || m.Body == strings.Join(grandmother.Danger.Bubbles, "\n\n") {
		t.Fatalf("the child reads %s", m.Meta)
	}
	s.says("2", `SELECT count(*) FROM tickets`)
	s.says("child", `SELECT speaker FROM assessments WHERE conversation_id = $1`, child.id())
	if !strings.Contains(m.Body, "AI助手") {
		t.Errorf("the child is not told that no human writes: %q", m.Body)
	}
	third := old.another().connect(0)
	if m, meta := third.tell("message-1", "你好"); meta.Danger == nil || meta.Danger.Care {
		t.Errorf("the next conversation has forgotten: %s", m.Meta)
	}
}

func TestALoweredLevelEndsTheScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	p := v.connect(0)
	p.tell("message-1", beaten)
	_, err := s.store.Lower(t.Context(), v.id(), 1, "王老师", "孩子在写作文")
	must(t, err)
	if m, meta := p.tell("message-2", testAsk); meta.Danger != nil {
		t.Errorf("after it was lowered: %s", m.Meta)
	}
	if m, meta := p.tell("message-3", beaten); meta.Danger == nil || meta.Danger.Care || len(meta.Danger.Bubbles) < 3 {
		t.Errorf("said again: %s", m.Meta)
	}
	s.says("1", `SELECT count(*) FROM tickets`)
}

// broken is the real assistant whose search never answers, or which panics once triage has read the message.
func (s *site) broken(panics bool) scripted {
	real := assistant.New(s.web.knowledge)
	return func(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error) {
		alive := ctx.Err() == nil
		over, cancel := context.WithCancel(ctx)
		cancel()
		result, err := real.Turn(over, conv, text)
		if panics && alive {
			panic("broken")
		}
		return result, err
	}
}

func TestAFailingTurnStillSaysWhatDangerNeeds(t *testing.T) {
	t.Parallel()
	for name, panics := range map[string]bool{"the search fails": false, "a panic": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.web.assistant = s.broken(panics)
			p := s.visit().connect(0)
			if m, meta := p.tell("message-1", testAsk); m.Body != conversation.SafeText || m.Sender.Kind != "system" || meta.Danger != nil {
				t.Errorf("without danger: %s", m.Meta)
			}
			s.says("0", `SELECT level FROM assessments`)
			if m, meta := p.tell("message-2", saddened); meta.Danger == nil || !meta.Danger.Care || !strings.HasSuffix(m.Body, conversation.SafeText) {
				t.Errorf("with sadness: %q", m.Body)
			}
			if m, meta := p.tell("message-3", beaten); meta.Danger == nil || meta.Danger.Care || m.Sender.Kind != "bot" {
				t.Errorf("with danger: %q", m.Body)
			}
			if m, meta := p.tell("message-4", testAsk); meta.Danger == nil || !strings.HasSuffix(m.Body, conversation.SafeText) {
				t.Errorf("policy after danger: %q", m.Body)
			}
			s.says("1", `SELECT count(*) FROM tickets`)
			s.says("4", `SELECT count(*) FROM assessments`)
		})
	}
}

// A turn that fails before triage leaves the message to the next turn.
func TestAnUnassessedMessageCountsWithTheNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	real := s.web.assistant
	v := s.visit()
	p := v.connect(0)
	s.web.assistant = scripted(func(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error) {
		if text == beaten {
			return assistant.Turn{}, errors.New("broken")
		}
		return real.Turn(ctx, conv, text)
	})
	if m, _ := p.tell("message-1", beaten); m.Body != conversation.SafeText {
		t.Errorf("a turn without triage says %q", m.Body)
	}
	s.says("0", `SELECT count(*) FROM assessments`)
	if m, meta := p.tell("message-2", "在家里"); meta.Danger == nil || meta.Danger.Care {
		t.Errorf("the next message gets %s", m.Meta)
	}
	s.says("4 0", `SELECT level || ' ' || message_level FROM assessments`)
	s.says("1", `SELECT count(*) FROM tickets`)
}

func TestAnOverdueTurnIsReadForDanger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	for i, text := range []string{beaten, "问"} { // another node stored them, and died before it answered
		_, err := s.store.Send(t.Context(), outgoing(v, "message-"+string(rune('1'+i)), text))
		must(t, err)
	}
	_, err := s.pool.Exec(t.Context(), `UPDATE bot_turns SET deadline_at = now() - user_seq * interval '-1 ms' - interval '1 s'`)
	must(t, err)
	s.web.sweep(t.Context())
	s.web.sweep(t.Context())
	s.says("{done,done}", `SELECT array_agg(state ORDER BY user_seq) FROM bot_turns`)
	s.says("1 2", `SELECT (SELECT count(*) FROM tickets) || ' ' || (SELECT count(*) FROM assessments)`)
	for f := p.until("msg"); ; f = p.until("msg") {
		if m := f.message(); m.Sender.Kind == "bot" {
			if !strings.Contains(m.Body, "110") {
				t.Errorf("the person reads %q", m.Body)
			}
			return
		}
	}
}

func TestWhatAnEarlierRunLeftOpenIsReadForDangerOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	_, err := s.store.Send(t.Context(), outgoing(v, "message-1", beaten))
	must(t, err)
	for range 2 { // the second start finds nothing to do
		next := New(Options{Assistant: assistant.New(s.web.knowledge), Knowledge: s.web.knowledge, Conversations: s.store, Now: s.now.Now, Logger: s.web.log})
		for s.one(`SELECT state FROM bot_turns`) == "pending" {
			time.Sleep(10 * time.Millisecond)
		}
		must(t, next.Shutdown(context.Background()))
	}
	s.says("1 1 1", `SELECT concat_ws(' ', (SELECT count(*) FROM tickets), (SELECT count(*) FROM assessments), (SELECT count(*) FROM messages WHERE sender_kind = 'bot'))`)
}

func TestAStandingThatCannotBeReadCountsAtItsLevel(t *testing.T) {
	t.Parallel()
	s := &Server{log: slog.New(slog.DiscardHandler)}
	at := time.Now().Add(-time.Hour)
	for session, level := range map[string]int{`{"session": {"max": "L4"}}`: 4, `[]`: 3, `{}`: 3, `not json`: 4, `{"session": {"max": 1}}`: 3, ``: 3} {
		if got := s.stood(conversation.Standing{Session: json.RawMessage(session), Level: level, At: at}); got.Session.Level(time.Now()) != triage.Level(level) {
			t.Errorf("%q of level %d counts as %s", session, level, got.Session.Level(time.Now()))
		}
	}
	lowered := conversation.Standing{Session: json.RawMessage(`{`), Level: 4, At: at, Lowered: &conversation.Lowered{Level: 1, At: time.Now()}}
	if got := s.stood(lowered).Session.Level(time.Now()); got != triage.Distress {
		t.Errorf("a human said L1, and it is %s", got)
	}
}

func TestMergingSessionsNeverLowers(t *testing.T) {
	t.Parallel()
	now := time.Now()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) triage.Session {
			return triage.Session{Max: triage.Level(rapid.IntRange(0, 4).Draw(t, name)), MaxAt: now.Add(-time.Duration(rapid.IntRange(0, 240).Draw(t, name+" hours")) * time.Hour)}
		}
		a, b := draw("a"), draw("b")
		merged := merge(a, b, now)
		later := now.Add(time.Duration(rapid.IntRange(0, 24).Draw(t, "later")) * time.Hour)
		if got, want := merged.Level(now), max(a.Level(now), b.Level(now)); got != want {
			t.Fatalf("%v and %v make %s, not %s", a, b, got, want)
		}
		if a.Max == b.Max && merged.Level(later) != max(a.Level(later), b.Level(later)) {
			t.Fatalf("%v and %v are forgotten too early", a, b)
		}
	})
}

func TestTheWatchTakesDangerFromAllAndWordsFromItsOwnConversation(t *testing.T) {
	t.Parallel()
	s := &Server{log: slog.New(slog.DiscardHandler)}
	now, own := time.Now(), uuid.New()
	stand := func(conv uuid.UUID, level int, ago time.Duration, script string) conversation.Standing {
		watch := assistant.Watch{Session: triage.Session{Max: triage.Level(level), MaxAt: now.Add(-ago), Turns: 3}, Shown: []string{script}, AISaid: true, Speaker: triage.Caregiver}
		data, err := json.Marshal(watch)
		must(t, err)
		return conversation.Standing{Conversation: conv, Session: data, Level: level, At: now.Add(-ago)}
	}
	said := []conversation.Said{{Seq: 1, Text: "一", At: now.Add(-3 * time.Minute)}, {Seq: 2, Text: strings.Repeat("长", 900), At: now.Add(-2 * time.Minute)}, {Seq: 3, Text: "三", At: now.Add(-time.Minute)}}
	h := conversation.History{Standing: stand(uuid.New(), 1, time.Minute, "other"), Others: []conversation.Standing{stand(own, 2, time.Hour, "own"), stand(uuid.New(), 4, 2*time.Hour, "third")},
		Unassessed: said[2:], Recent: said}
	w := s.watch(own, h, now)
	if w.Session.Level(now) != triage.Imminent || !w.Session.MaxAt.Equal(now.Add(-2*time.Hour)) || len(w.Shown) != 1 || w.Shown[0] != "own" {
		t.Errorf("the watch is %+v", w)
	}
	if len(w.Session.Recent) != 1 || len([]rune(w.Session.Recent[0].Text)) != recentRunes {
		t.Errorf("read together: %+v", w.Session.Recent)
	}
	h.Others = nil
	if w := s.watch(own, h, now); w.Session.Level(now) != triage.Distress || w.AISaid || w.Speaker != "" || w.Shown != nil {
		t.Errorf("a first message in a new conversation has %+v", w)
	}
}

func TestATicketNamesWhoAskedForIt(t *testing.T) {
	t.Parallel()
	turn := func(priority, reason string, sources ...string) assistant.Turn {
		result := assistant.Turn{Handoff: &assistant.Handoff{Priority: priority, Reason: reason}}
		for i, source := range sources {
			result.Danger.Evidence = append(result.Danger.Evidence, triage.Evidence{Source: source, RuleID: "x", Level: triage.High - triage.Level(i)})
		}
		return result
	}
	for _, c := range []struct {
		result   assistant.Turn
		priority int
		origin   string
		reason   string
	}{
		{turn("P0", "suicide", "rules", "classifier"), 0, "rule", "danger.suicide"}, {turn("P1", "neglect", "classifier"), 1, "model", "danger.neglect"},
		{turn("P1", "danger", "session"), 1, "rule", "danger"}, {turn("P1", "danger", "button"), 1, "user", "help_button"},
		{turn("P2", "triage_failed", "failure"), 2, "bot_failure", "triage_failed"}, {turn("P?", "x"), 0, "rule", "danger.x"},
	} {
		got := ticketOf(c.result)
		if got.Priority != c.priority || got.Origin != c.origin || got.Reason != c.reason || len(got.Evidence) != len(c.result.Danger.Evidence) {
			t.Errorf("%+v: %+v", c.result.Handoff, got)
		}
	}
	if ticketOf(assistant.Turn{}) != nil {
		t.Error("a ticket that nobody asked for")
	}
	if got := ticketOf(turn("P1", "danger", "rules", "rules", "rules", "rules")).Evidence; got[0].Priority != 1 || got[1].Priority != 2 || got[3].Priority != 3 {
		t.Errorf("evidence asks for %+v", got)
	}
}

// The 「告诉小禾」 button sends the words of the help button.
func TestTheHelpButtonCallsAPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	m, meta := v.connect(0).tell("message-1", helpWanted)
	if meta.Danger == nil || meta.Danger.Care || !meta.Danger.QuickExit {
		t.Fatalf("it is answered with %s", m.Meta)
	}
	s.says("P1 help_button user", `SELECT concat_ws(' ', 'P' || priority, reason_code, origin) FROM tickets`)
	s.says("true", `SELECT script LIKE '%help_button@3%' FROM assessments`)
	if r := s.do("GET", "/v1/conv/"+v.conv+"/messages", v.token, nil); r.Status != http.StatusOK || !strings.Contains(string(r.Body), `"quick_exit":true`) {
		t.Errorf("the snapshot is %s", r.Body)
	}
}
