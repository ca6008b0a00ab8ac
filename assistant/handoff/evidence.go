package handoff

import (
	"context"
	"fmt"
	"unicode/utf16"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Evidence is what speaks for a ticket. Start and End are byte offsets into the message; both are 0 where it is no
// stretch of it.
type Evidence struct {
	Source     string // of triage: rules, classifier, model, …; or worker
	Rule       string
	Seq        int64 // of the message; 0 means the ticket's
	Start, End int
	Score      float32 // of a model; 0 where there is none
	Priority   int     // that it alone asks for
}

// addEvidence stores what is not stored yet: a turn that is run twice says nothing new the second time.
func addEvidence(ctx context.Context, tx pgx.Tx, id uuid.UUID, t Request) (added int64, err error) {
	for _, e := range t.Evidence {
		seq := e.Seq
		if seq == 0 {
			seq = t.UserSeq
		}
		var from, to *int
		if e.Start < e.End {
			from, to = &e.Start, &e.End
		}
		tag, err := tx.Exec(ctx, `INSERT INTO ticket_evidence (ticket_id, source, rule_id, version, msg_seq, span_from, span_to, score, proposed_priority)
			SELECT $1, $2, nullif($3, ''), $4, nullif($5::bigint, 0), $6, $7, nullif($8::real, 0), $9
			 WHERE NOT EXISTS (SELECT 1 FROM ticket_evidence WHERE ticket_id = $1 AND source = $2
			   AND (rule_id, version, msg_seq, span_from, span_to, proposed_priority)
			       IS NOT DISTINCT FROM (nullif($3, ''), $4, nullif($5::bigint, 0), $6::int, $7::int, $9::smallint))`,
			id, source(e.Source), e.Rule, t.Version, seq, from, to, e.Score, e.Priority)
		if err != nil {
			return 0, fmt.Errorf("store evidence: %w", err)
		}
		added += tag.RowsAffected()
	}
	return added, nil
}

// source is what a ticket tells apart: rules with all that is written down beforehand, what was learned, a person.
func source(of string) string {
	switch of {
	case "classifier", "model":
		return "model"
	case "worker":
		return "worker"
	}
	return "rule"
}

func actorOf(origin string) string {
	switch origin {
	case "user", "worker":
		return origin
	case "bot_action", "bot_failure":
		return "bot"
	}
	return "system"
}

// Evidence returns what speaks for a ticket, in the order of the messages, to whoever may read its conversation.
func (s *Store) Evidence(ctx context.Context, by audit.Actor, id uuid.UUID) ([]Proof, error) {
	if _, err := s.Read(ctx, by, id); err != nil {
		return nil, err
	}
	return collect(ctx, s.db, "read evidence", func(row pgx.CollectableRow) (p Proof, err error) {
		var from, to int
		var body string
		err = row.Scan(&p.Source, &p.Rule, &p.Version, &p.Seq, &from, &to, &p.Score, &p.Priority, &p.At, &body)
		if p.Quote = stretch(body, from, to); p.Quote != "" {
			p.From, p.To = units(body[:from]), units(body[:to])
		}
		return p, err
	}, `SELECT e.source, coalesce(e.rule_id, ''), e.version, coalesce(e.msg_seq, 0), coalesce(e.span_from, 0), coalesce(e.span_to, 0),
			coalesce(e.score, 0), e.proposed_priority, e.at, coalesce(m.body, '')
		FROM ticket_evidence e JOIN tickets t ON t.id = e.ticket_id
		LEFT JOIN messages m ON m.conversation_id = t.conversation_id AND m.seq = e.msg_seq
		WHERE e.ticket_id = $1 ORDER BY e.msg_seq, e.span_from, e.span_to, e.id`, id)
}

// units counts UTF-16 code units, as browsers do.
func units(text string) (n int) {
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}
