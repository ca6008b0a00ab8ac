package handoff_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/handoff"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// desk is a schema of its own with conversations of people who wrote one message.
type desk struct {
	t    testing.TB
	pool *pgxpool.Pool
}

func setup(t testing.TB) desk {
	t.Helper()
	d := desk{t, dbtest.New(t)}
	d.must(knowledge.NewStore(d.pool, time.Now).LoadRegions(t.Context()))
	d.exec(`INSERT INTO working_hours SELECT '', day, '00:00', '24:00' FROM generate_series(1, 7) day`) // deadlines do not depend on the day of the test
	return d
}

func (d desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.pool.Exec(context.Background(), sql, args...)
	d.must(err)
}

// one reads a value as text.
func (d desk) one(sql string, args ...any) (value string) {
	d.t.Helper()
	d.must(d.pool.QueryRow(context.Background(), `SELECT coalesce((`+sql+`)::text, '')`, args...).Scan(&value))
	return value
}

// conversation begins in a region with one message.
func (d desk) conversation(region, text string) uuid.UUID {
	d.t.Helper()
	id := uuid.Must(uuid.NewV7())
	d.exec(`INSERT INTO conversations (id, site_id, opener_id, region_code, channel, last_seq) VALUES ($1, 'self', $2, $3, 'widget', 1)`, id, uuid.New(), region)
	d.exec(`INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
		VALUES ($1, 1, $2, 'user', $2, 'message-1', 'text', $3, false)`, id, uuid.New(), text)
	return id
}

func (d desk) assess(conv uuid.UUID, level int, categories, flags []string, notice string) {
	d.t.Helper()
	d.exec(`INSERT INTO assessments (conversation_id, user_seq, level, message_level, categories, flags, evidence, speaker, guardian_suspect,
		worker_suspect, age_unknown, guardian_notice, script, versions, session)
		VALUES ($1, 1, $2, $2, $3, $4, '[]', 'child', false, false, false, $5, '', '{}', '{}')`, conv, level, categories, flags, notice)
}

func (d desk) open(t handoff.Request) (id uuid.UUID, opened bool) {
	d.t.Helper()
	if t.Origin == "" {
		t.Origin, t.Reason, t.UserSeq, t.Version = "rule", "danger", 1, "v1"
	}
	d.must(pgx.BeginFunc(context.Background(), d.pool, func(tx pgx.Tx) (err error) {
		o, err := handoff.Open(context.Background(), tx, t)
		id, opened = o.ID, o.New
		return err
	}))
	return id, opened
}

const (
	country = "100000000000"
	xihu    = "330106000000"
)

func TestATicketKnowsItsTimeAndItsPlace(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, c := range []struct {
		region   string
		priority int
		prefix   string
		due      string
	}{
		{xihu, 0, "3301", "00:01:00"}, {xihu, 1, "330106", "00:05:00"}, {xihu, 2, "330106", "00:30:00"},
		{"330100000000", 1, "3301", "00:05:00"}, {"330000000000", 0, "33", "00:01:00"}, {country, 0, "", "00:01:00"},
	} {
		id, opened := d.open(handoff.Request{Conversation: d.conversation(c.region, "救命"), Priority: c.priority})
		if !opened {
			t.Error("the ticket is not new")
		}
		got := d.one(`SELECT concat_ws(' ', region_code, '/' || route_prefix, due_at - enqueued_at, priority, queue_rank, state) FROM tickets WHERE id = $1`, id)
		p := string(rune('0' + c.priority))
		if want := c.region + " /" + c.prefix + " " + c.due + " " + p + " " + p + " queued"; got != want {
			t.Errorf("ticket %s, want %s", got, want)
		}
	}
	if n := d.one(`SELECT count(*) FROM tickets WHERE no ~ ('^' || to_char(now() AT TIME ZONE 'PRC', 'YYYYMMDD') || '-\d{6}$')`); n != "6" {
		t.Errorf("%s of 6 numbers are right: %s", n, d.one(`SELECT string_agg(no, ' ') FROM tickets`))
	}
	if n := d.one(`SELECT count(*) FROM ticket_events WHERE event = 'ticket.opened' AND transition AND epoch = 0 AND to_state = 'queued'`); n != "6" {
		t.Errorf("%s events", n)
	}
	if modes := d.one(`SELECT string_agg(DISTINCT mode, ' ') FROM conversations`); modes != "waiting" {
		t.Errorf("conversations are %s", modes)
	}
	// the millionth ticket
	d.exec(`ALTER SEQUENCE ticket_numbers RESTART 1234567`)
	id, _ := d.open(handoff.Request{Conversation: d.conversation(xihu, "救命")})
	if no := d.one(`SELECT no FROM tickets WHERE id = $1`, id); no[8:] != "-1234567" {
		t.Errorf("number %s", no)
	}
}

func TestFiftyAtOnceMakeOneTicketOfTheMostUrgentPriority(t *testing.T) {
	t.Parallel()
	d := setup(t)
	conv := d.conversation(xihu, "救命")
	news := make([]bool, 50)
	var group sync.WaitGroup
	for i := range news {
		group.Go(func() {
			_, news[i] = d.open(handoff.Request{Conversation: conv, UserSeq: 1, Priority: i % 3, Reason: "danger", Origin: "rule", Version: "v1",
				Evidence: []handoff.Evidence{{Source: "rules", Rule: "X" + string(rune('A'+i)), Priority: i % 3}}})
		})
	}
	group.Wait()
	if n := len(slices.DeleteFunc(news, func(b bool) bool { return !b })); n != 1 {
		t.Errorf("%d of 50 opened the ticket", n)
	}
	got := d.one(`SELECT concat_ws(' ', count(*), min(priority), min(queue_rank), min(route_prefix), min(due_at - enqueued_at)) FROM tickets`)
	if got != "1 0 0 3301 00:01:00" {
		t.Errorf("tickets: %s", got)
	}
	if n := d.one(`SELECT count(*) FROM ticket_evidence`); n != "50" {
		t.Errorf("%s pieces of evidence", n)
	}
	if n := d.one(`SELECT count(*) FILTER (WHERE event = 'ticket.opened') || ' ' || count(*) FILTER (WHERE event = 'evidence.added') FROM ticket_events`); n != "1 49" {
		t.Errorf("events: %s", n)
	}
}

func TestPriorityOnlyRises(t *testing.T) {
	t.Parallel()
	d := setup(t)
	conv := d.conversation(xihu, "救命")
	first, _ := d.open(handoff.Request{Conversation: conv, Priority: 2})
	d.exec(`UPDATE tickets SET enqueued_at = enqueued_at - interval '20 min', due_at = due_at - interval '20 min', queue_rank = 1`) // it has aged
	for _, c := range []struct {
		priority int
		want     string // priority, rank, due after it was queued
	}{{2, "2 1 00:30:00"}, {1, "1 1 00:05:00"}, {2, "1 1 00:05:00"}, {0, "0 0 00:01:00"}, {1, "0 0 00:01:00"}} {
		id, opened := d.open(handoff.Request{Conversation: conv, Priority: c.priority})
		if opened || id != first {
			t.Error("another ticket was opened")
		}
		if got := d.one(`SELECT concat_ws(' ', priority, queue_rank, due_at - enqueued_at) FROM tickets`); got != c.want {
			t.Errorf("after P%d: %s, want %s", c.priority, got, c.want)
		}
	}
	got := d.one(`SELECT string_agg(data ->> 'from' || (data ->> 'to'), ' ' ORDER BY id) FROM ticket_events WHERE event = 'priority.raised' AND NOT transition`)
	if got != "21 10" {
		t.Errorf("raised: %s", got)
	}
	// a time that is nearer already stays
	other := d.conversation(xihu, "救命")
	d.open(handoff.Request{Conversation: other, Priority: 2})
	d.exec(`UPDATE tickets SET due_at = enqueued_at + interval '10 s' WHERE conversation_id = $1`, other)
	d.open(handoff.Request{Conversation: other, Priority: 0})
	if got := d.one(`SELECT due_at - enqueued_at FROM tickets WHERE conversation_id = $1`, other); got != "00:00:10" {
		t.Errorf("due after %s", got)
	}
}

// The second raise waits for the first one's end, and then compares with what that left.
func TestOfTwoRaisesTheMoreUrgentStays(t *testing.T) {
	t.Parallel()
	d := setup(t)
	conv := d.conversation(xihu, "救命")
	d.open(handoff.Request{Conversation: conv, Priority: 2})
	first, err := d.pool.Begin(t.Context())
	d.must(err)
	_, err = handoff.Open(t.Context(), first, handoff.Request{Conversation: conv, Priority: 0, Origin: "rule", Version: "v1"})
	d.must(err)
	var second sync.WaitGroup
	second.Go(func() { d.open(handoff.Request{Conversation: conv, Priority: 1}) })
	time.Sleep(100 * time.Millisecond)
	d.must(first.Commit(t.Context()))
	second.Wait()
	if got := d.one(`SELECT concat_ws(' ', priority, queue_rank, route_prefix, due_at - enqueued_at) FROM tickets`); got != "0 0 3301 00:01:00" {
		t.Errorf("the ticket is %s", got)
	}
}

func TestATurnThatRunsTwiceAddsNoEvidenceTwice(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ticket := handoff.Request{Conversation: d.conversation(xihu, "我爸用皮带打我"), UserSeq: 1, Priority: 1, Reason: "danger", Origin: "rule", Version: "v1",
		Evidence: []handoff.Evidence{{Source: "rules", Rule: "A1", Start: 6, End: 21, Priority: 1}, {Source: "classifier", Score: .9, Priority: 2}, {Source: "session", Rule: "S3", Priority: 1}}}
	d.open(ticket)
	d.open(ticket)
	got := d.one(`SELECT string_agg(concat_ws('/', source, rule_id, msg_seq, span_from, span_to, score, proposed_priority), ' ' ORDER BY id) FROM ticket_evidence`)
	if got != "rule/A1/1/6/21/1 model/1/0.9/2 rule/S3/1/1" {
		t.Errorf("evidence: %s", got)
	}
	if n := d.one(`SELECT count(*) FROM ticket_events WHERE event <> 'rung.fired'`); n != "1" {
		t.Errorf("%s events", n)
	}
	ticket.Version = "v2"
	d.open(ticket)
	if n := d.one(`SELECT data ->> 'count' FROM ticket_events WHERE event = 'evidence.added'`); n != "3" {
		t.Errorf("another version added %s", n)
	}
}

func TestATicketFollowsASeriousOneThatEndedJustNow(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, c := range []struct {
		name, end string
		linked    bool
	}{
		{"closed a day ago", `state = 'closed', closed_at = now() - interval '1 day', outcome = '已转介', close_form = '{}'`, true},
		{"closed four days ago", `state = 'closed', closed_at = now() - interval '4 days', outcome = '已转介', close_form = '{}'`, false},
		{"not serious", `state = 'closed', closed_at = now(), outcome = '已答复', priority = 2, queue_rank = 2`, false},
		{"returned to the bot", `state = 'returned'`, false},
	} {
		conv := d.conversation(xihu, "救命")
		before, _ := d.open(handoff.Request{Conversation: conv, Priority: 1})
		d.exec(`UPDATE tickets SET `+c.end+` WHERE id = $1`, before)
		id, opened := d.open(handoff.Request{Conversation: conv, Priority: 1})
		want := ""
		if c.linked {
			want = before.String()
		}
		if got := d.one(`SELECT prev_ticket_id FROM tickets WHERE id = $1`, id); !opened || id == before || got != want {
			t.Errorf("%s: new %v, after %q, want %q", c.name, opened, got, want)
		}
	}
}

func TestAConversationWithATicketIsKept(t *testing.T) {
	t.Parallel()
	d := setup(t)
	class := func(conv uuid.UUID) string {
		return d.one(`SELECT retention_class FROM conversations WHERE id = $1`, conv)
	}
	plain, flagged, later := d.conversation(xihu, "一"), d.conversation(xihu, "二"), d.conversation(xihu, "三")
	d.assess(plain, 3, []string{"suicide"}, []string{}, "human_decides")
	d.assess(flagged, 3, []string{"neglect"}, []string{"R6"}, "suppressed")
	for conv, want := range map[uuid.UUID]string{plain: "case", flagged: "report", later: "case"} {
		d.open(handoff.Request{Conversation: conv, Priority: 1})
		if got := class(conv); got != want {
			t.Errorf("kept as %s, want %s", got, want)
		}
	}
	d.assess(later, 4, []string{"neglect"}, []string{"R6"}, "suppressed")
	d.open(handoff.Request{Conversation: later, Priority: 0})
	if got := class(later); got != "report" {
		t.Errorf("with a flag that came later: %s", got)
	}
	d.exec(`DELETE FROM assessments`)
	d.open(handoff.Request{Conversation: later, Priority: 0})
	if got := class(later); got != "report" {
		t.Errorf("taken back to %s", got)
	}
}

func TestWrongTicketsAreRefused(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, ticket := range []handoff.Request{
		{Conversation: uuid.New(), Priority: 1, Origin: "rule"}, {Priority: 4}, {Priority: -1}, {Priority: 1, Origin: "nobody"},
	} {
		if ticket.Conversation == uuid.Nil {
			ticket.Conversation = d.conversation(xihu, "问")
		}
		err := pgx.BeginFunc(t.Context(), d.pool, func(tx pgx.Tx) error {
			_, err := handoff.Open(t.Context(), tx, ticket)
			return err
		})
		if err == nil {
			t.Errorf("%+v was opened", ticket)
		}
	}
	if n := d.one(`SELECT count(*) FROM tickets`); n != "0" {
		t.Errorf("%s tickets", n)
	}
}

func TestTheListIsInTheOrderOfTheQueue(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var want []uuid.UUID
	for _, c := range []struct {
		priority int
		rank     string
		due      string
	}{{0, "0", "50 s"}, {0, "0", "60 s"}, {2, "1", "-10 min"}, {1, "1", "2 min"}, {2, "2", "20 min"}} {
		id, _ := d.open(handoff.Request{Conversation: d.conversation(xihu, "救命"), Priority: c.priority})
		d.exec(`UPDATE tickets SET queue_rank = $2::smallint, due_at = now() + $3::interval WHERE id = $1`, id, c.rank, c.due)
		want = append(want, id)
	}
	closed, _ := d.open(handoff.Request{Conversation: d.conversation(xihu, "救命"), Priority: 0})
	d.exec(`UPDATE tickets SET state = 'closed', closed_at = now(), outcome = '已报告', close_form = '{}' WHERE id = $1`, closed)
	d.exec(`UPDATE tickets SET id = id`) // rows move about in the table
	for all, want := range map[bool][]uuid.UUID{false: want, true: append(slices.Clone(want), closed)} {
		rows, err := handoff.List(t.Context(), d.pool, handoff.Filter{All: all})
		d.must(err)
		var got []uuid.UUID
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("all %v: %v, want %v", all, got, want)
		}
	}
}

func TestARowTellsWhatTheWholeConversationShowed(t *testing.T) {
	t.Parallel()
	d := setup(t)
	conv := d.conversation(xihu, "我爸用皮带打我")
	d.assess(conv, 4, []string{"physical_abuse", "neglect"}, []string{"R4"}, "suppressed")
	d.open(handoff.Request{Conversation: conv, UserSeq: 1, Priority: 0, Reason: "danger.physical_abuse", Origin: "rule", Version: "v1", Evidence: []handoff.Evidence{
		{Source: "rules", Start: 6, End: 21}, {Source: "classifier", Start: 6, End: 21}, {Source: "session"}, {Source: "rules", Start: 0, End: 2}, {Source: "rules", Start: 3, End: 999}}})
	d.exec(`INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
		SELECT conversation_id, 2, gen_random_uuid(), 'user', sender_id, 'message-2', 'text', '好的', false FROM messages`)
	d.exec(`INSERT INTO assessments SELECT conversation_id, 2, level, 0, '{}', '{R9}', evidence, speaker, guardian_suspect, true, age_unknown, 'none', script, versions, session
		FROM assessments`)
	read := func(filter handoff.Filter) handoff.Row {
		rows, err := handoff.List(t.Context(), d.pool, filter)
		d.must(err)
		if len(rows) != 1 {
			t.Fatalf("%d rows", len(rows))
		}
		return rows[0]
	}
	r := read(handoff.Filter{})
	if r.Level != 4 || r.Lowered || r.Region != "浙江省杭州市西湖区" || r.Conversation != conv || r.GuardianNotice != "suppressed" || !r.WorkerSuspect || r.Quotes != nil ||
		!slices.Equal(r.Categories, []string{"physical_abuse", "neglect"}) || !slices.Equal(r.Flags, []string{"R4", "R9"}) {
		t.Errorf("row %+v", r)
	}
	if r := read(handoff.Filter{Quotes: true}); len(r.Quotes) != 1 || r.Quotes[0] != (handoff.Quote{Seq: 1, Text: "用皮带打我"}) {
		t.Errorf("quotes %+v", r.Quotes)
	}
	d.exec(`INSERT INTO level_changes (conversation_id, user_seq, from_level, to_level, changed_by, reason) VALUES ($1, 1, 4, 1, '甲', '一')`, conv)
	if r := read(handoff.Filter{}); r.Level != 4 || r.Lowered {
		t.Error("a finding on an earlier message lowers a later one")
	}
	d.exec(`INSERT INTO level_changes (conversation_id, user_seq, from_level, to_level, changed_by, reason) VALUES ($1, 2, 4, 2, '乙', '二')`, conv)
	if r := read(handoff.Filter{}); r.Level != 2 || !r.Lowered {
		t.Errorf("lowered: %d %v", r.Level, r.Lowered)
	}
}
