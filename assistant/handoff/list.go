package handoff

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Filter chooses what is listed.
type Filter struct {
	All    bool // ended tickets too, after the open ones
	Quotes bool // with the words that were found
}

// Row is a ticket with what triage says of its conversation.
type Row struct {
	ID           uuid.UUID  `json:"id"`
	No           string     `json:"no"`
	Priority     int        `json:"priority"`
	State        string     `json:"state"`
	Reason       string     `json:"reason"`
	Opened       time.Time  `json:"opened_at"`
	Due          time.Time  `json:"due_at"`
	Owner        string     `json:"owner"`       // name of whoever has it; empty where nobody does
	OfferedTo    string     `json:"offered_to"`  // name of whom it rings at
	Transfer     string     `json:"transfer_to"` // name of whoever is asked to take it over: a worker, a region or a skill
	Claimed      *time.Time `json:"claimed_at"`
	Callback     *time.Time `json:"callback_at"` // when the family wants to hear
	Closed       *time.Time `json:"closed_at"`
	Outcome      string     `json:"outcome"`
	Conversation uuid.UUID  `json:"conversation"`
	RegionCode   string     `json:"region"`
	Region       string     `json:"region_name"` // with the regions above it

	Level          int      `json:"level"`           // as it stands now
	Lowered        bool     `json:"lowered"`         // a human set it
	Categories     []string `json:"categories"`      // of the whole conversation, strongest first
	Flags          []string `json:"flags"`           // of the whole conversation
	GuardianNotice string   `json:"guardian_notice"` // the most careful of the conversation
	WorkerSuspect  bool     `json:"worker_suspect"`

	Quotes []Quote `json:"quotes,omitempty"`
}

// Quote is a stretch of a message that is evidence.
type Quote struct {
	Seq  int64  `json:"seq"`
	Text string `json:"text"`
}

// warnings is what triage warns of in the whole conversation of t: what was said once stays.
const warnings = `(SELECT coalesce(array_agg(DISTINCT u.flag ORDER BY u.flag) FILTER (WHERE u.flag IS NOT NULL), '{}') AS flags,
	              CASE WHEN bool_or(s.guardian_notice = 'suppressed') THEN 'suppressed'
	                   WHEN bool_or(s.guardian_notice = 'human_decides') THEN 'human_decides' ELSE 'none' END AS notice,
	              coalesce(bool_or(s.worker_suspect), false) AS worker
	         FROM assessments s LEFT JOIN LATERAL unnest(s.flags) u (flag) ON true WHERE s.conversation_id = t.conversation_id)`

// selectRows: a conversation without assessments (a ticket that only a person asked for) has level 0. What was said
// once stays: categories, flags and the notice are those of all assessments, the level is that of the last one.
const selectRows = `
	SELECT t.id, t.no, t.priority, t.state, t.reason_code, t.enqueued_at, t.due_at,
	       coalesce(o.name, ''), coalesce(ring.name, ''), coalesce(t.transfer_to ->> 'to_name', t.transfer_to ->> 'to', ''),
	       t.claimed_at, CASE WHEN t.state = 'callback' THEN t.callback_at END, t.closed_at, coalesce(t.outcome, ''), t.conversation_id, t.region_code,
	       ` + placeName + `,
	       coalesce(l.to_level, a.level, 0), l.to_level IS NOT NULL, k.categories, f.flags, f.notice, f.worker
	  FROM tickets t JOIN regions r ON r.code = t.region_code
	  LEFT JOIN workers o ON o.id = t.owner_id LEFT JOIN workers ring ON ring.id = t.offered_to
	  LEFT JOIN LATERAL (SELECT level, user_seq FROM assessments WHERE conversation_id = t.conversation_id
	       ORDER BY user_seq DESC LIMIT 1) a ON true
	  LEFT JOIN LATERAL (SELECT to_level FROM level_changes WHERE conversation_id = t.conversation_id AND user_seq >= a.user_seq
	       ORDER BY id DESC LIMIT 1) l ON true,
	  LATERAL (SELECT coalesce(array_agg(category ORDER BY worst DESC, place, category), '{}') AS categories FROM (
	       SELECT u.category, max(s.message_level) AS worst, min(u.place) AS place
	         FROM assessments s, unnest(s.categories) WITH ORDINALITY u (category, place)
	        WHERE s.conversation_id = t.conversation_id GROUP BY u.category) by_category) k,
	  LATERAL ` + warnings + ` f
	 WHERE $1 OR t.state NOT IN ('returned', 'closed')
	 ORDER BY t.state IN ('returned', 'closed'), t.queue_rank, t.due_at, t.enqueued_at`

// List returns the tickets in the order in which they should be taken.
func List(ctx context.Context, db DB, filter Filter) ([]Row, error) {
	all, err := collect(ctx, db, "list tickets", func(row pgx.CollectableRow) (r Row, err error) {
		err = row.Scan(&r.ID, &r.No, &r.Priority, &r.State, &r.Reason, &r.Opened, &r.Due,
			&r.Owner, &r.OfferedTo, &r.Transfer, &r.Claimed, &r.Callback, &r.Closed, &r.Outcome, &r.Conversation, &r.RegionCode, &r.Region,
			&r.Level, &r.Lowered, &r.Categories, &r.Flags, &r.GuardianNotice, &r.WorkerSuspect)
		return r, err
	}, selectRows, filter.All)
	if err != nil || !filter.Quotes {
		return all, err
	}
	return all, addQuotes(ctx, db, all)
}

func addQuotes(ctx context.Context, db DB, all []Row) error {
	ids := make([]uuid.UUID, len(all))
	at := map[uuid.UUID]int{}
	for i, r := range all {
		ids[i], at[r.ID] = r.ID, i
	}
	rows, err := db.Query(ctx, `SELECT e.ticket_id, e.msg_seq, e.span_from, e.span_to, coalesce(m.body, '')
		FROM ticket_evidence e JOIN tickets t ON t.id = e.ticket_id
		JOIN messages m ON m.conversation_id = t.conversation_id AND m.seq = e.msg_seq
		WHERE e.ticket_id = ANY($1) AND e.span_from IS NOT NULL ORDER BY e.msg_seq, e.span_from, e.span_to, e.id`, ids)
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	var (
		id       uuid.UUID
		quote    Quote
		from, to int
		body     string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &quote.Seq, &from, &to, &body}, func() error {
		quote.Text = stretch(body, from, to)
		if r := &all[at[id]]; quote.Text != "" && !slices.Contains(r.Quotes, quote) {
			r.Quotes = append(r.Quotes, quote)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	return nil
}

// stretch cuts bytes out of a message; nothing where it was erased since.
func stretch(body string, from, to int) string {
	if from < 0 || to > len(body) || from >= to || !utf8.ValidString(body[from:to]) {
		return ""
	}
	return body[from:to]
}
