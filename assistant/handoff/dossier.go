package handoff

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Dossier is what the program knows of the conversation behind a ticket: what triage read in each message, and the
// states of the family's case.
type Dossier struct {
	Read           []Reading   // oldest first; only messages in which something was found
	Flags          []string    // R1 to R9, of the whole conversation
	GuardianNotice string      // the most careful of the conversation: none, human_decides or suppressed
	WorkerSuspect  bool        // somebody whose duty is to look after the child may be the one who does harm
	Said           []Utterance // of the family, oldest first
	Cases          []CaseAt    // each state of the case, oldest first
	Card           *Card       // the last decision that the family was shown; nil where there is none
}

// Reading is what triage said of one message.
type Reading struct {
	Seq             int64    `json:"seq"`
	Level           int      `json:"level"` // of the message alone
	Categories      []string `json:"categories"`
	Flags           []string `json:"flags"`
	GuardianSuspect bool     `json:"-"`
	WorkerSuspect   bool     `json:"-"`
	Marks           []Mark   `json:"-"`
}

// Mark is a stretch of a message that points to a danger; its quote is empty where it is no stretch.
type Mark struct {
	Category string
	Level    int
	Quote    string
}

// strongest is the quote of the mark of the highest level.
func (r Reading) strongest() string {
	best := Mark{Level: -1}
	for _, m := range r.Marks {
		if m.Quote != "" && m.Level > best.Level {
			best = m
		}
	}
	return best.Quote
}

// CaseAt is the state of a case after a message, as the dialogue wrote it.
type CaseAt struct {
	Seq   int64
	State json.RawMessage
}

// Card is a message of the program that showed a decision, and what was shown.
type Card struct {
	Seq  int64
	Body string
	Meta json.RawMessage
}

// longestRead is how many messages of a family a dossier holds: the last ones.
const longestRead = 500

// Dossier reads what is known of a ticket. Whoever may not read its conversation gets ErrNotFound.
func (s *Store) Dossier(ctx context.Context, by audit.Actor, id uuid.UUID) (Dossier, error) {
	t, err := s.Read(ctx, by, id)
	if err != nil {
		return Dossier{}, err
	}
	var d Dossier
	for _, part := range []func() error{
		func() (err error) { d.Said, err = s.said(ctx, t.Conversation); return err },
		func() (err error) { d.Read, err = s.readings(ctx, t.Conversation); return err },
		func() error { return s.warnings(ctx, t.Conversation, &d) },
		func() (err error) { d.Cases, err = s.cases(ctx, t.Conversation); return err },
		func() (err error) { d.Card, err = s.card(ctx, t.Conversation); return err },
	} {
		if err := part(); err != nil {
			return Dossier{}, fmt.Errorf("read what is known of a ticket: %w", err)
		}
	}
	return d, nil
}

func (s *Store) said(ctx context.Context, conv uuid.UUID) ([]Utterance, error) {
	return readAll[Utterance](ctx, s.db, "messages", `SELECT seq, body FROM (SELECT seq, body FROM messages
		WHERE conversation_id = $1 AND sender_kind = 'user' AND kind = 'text' AND body IS NOT NULL
		ORDER BY seq DESC LIMIT $2) m ORDER BY seq`, conv, longestRead)
}

// readings keeps messages in which there was something: the others are not worth a line.
func (s *Store) readings(ctx context.Context, conv uuid.UUID) ([]Reading, error) {
	return collect(ctx, s.db, "assessments", func(row pgx.CollectableRow) (r Reading, err error) {
		var evidence json.RawMessage
		var body string
		err = row.Scan(&r.Seq, &r.Level, &r.Categories, &r.Flags, &r.GuardianSuspect, &r.WorkerSuspect, &evidence, &body)
		r.Marks = marks(evidence, body)
		return r, err
	}, `SELECT a.user_seq, a.message_level, a.categories, a.flags, a.guardian_suspect, a.worker_suspect, a.evidence, coalesce(m.body, '')
		FROM assessments a JOIN messages m ON m.conversation_id = a.conversation_id AND m.seq = a.user_seq
		WHERE a.conversation_id = $1 AND (a.message_level > 0 OR a.flags <> '{}') ORDER BY a.user_seq`, conv)
}

// marks reads the evidence of an assessment. One that this version cannot read shows no words: level and kinds stand
// beside it.
func marks(evidence json.RawMessage, body string) []Mark {
	var stored []struct {
		Category string `json:"category"`
		Level    int    `json:"level"`
		Start    int    `json:"start"` // bytes
		End      int    `json:"end"`
	}
	if json.Unmarshal(evidence, &stored) != nil {
		return nil
	}
	all := make([]Mark, len(stored))
	for i, e := range stored {
		all[i] = Mark{e.Category, e.Level, stretch(body, e.Start, e.End)}
	}
	return all
}

func (s *Store) warnings(ctx context.Context, conv uuid.UUID, d *Dossier) error {
	return s.db.QueryRow(ctx, `SELECT f.flags, f.notice, f.worker FROM (SELECT $1::uuid AS conversation_id) t, LATERAL `+warnings+` f`, conv).
		Scan(&d.Flags, &d.GuardianNotice, &d.WorkerSuspect)
}

func (s *Store) cases(ctx context.Context, conv uuid.UUID) ([]CaseAt, error) {
	return readAll[CaseAt](ctx, s.db, "case", `SELECT user_seq, state FROM case_states WHERE conversation_id = $1 ORDER BY user_seq`, conv)
}

func (s *Store) card(ctx context.Context, conv uuid.UUID) (*Card, error) {
	rows, err := s.db.Query(ctx, `SELECT seq, coalesce(body, ''), meta FROM messages
		WHERE conversation_id = $1 AND sender_kind = 'bot' AND meta ? 'case' ORDER BY seq DESC LIMIT 1`, conv)
	if err != nil {
		return nil, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[Card])
	if err == pgx.ErrNoRows {
		return nil, nil
	}
	return c, err
}
