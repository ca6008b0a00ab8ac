package handoff

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// AddNote writes a note, a summary or a handover about a ticket's conversation; its owner, a supervisor, or whoever
// closed it shortly before may. A summary names the messages that it rests on.
func (s *Store) AddNote(ctx context.Context, by audit.Actor, id uuid.UUID, note Note) (Note, error) {
	note.Body = strings.TrimSpace(note.Body)
	if !slices.Contains([]string{"note", "summary", "handover"}, note.Kind) || !fits(note.Body, maxNote) ||
		note.Kind == "summary" && len(note.SourceSeqs) == 0 {
		return Note{}, fmt.Errorf("add note: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		t, err := ticketFor(ctx, tx, handled, by, id)
		if err != nil {
			return Change{}, err
		}
		return Change{}, addNote(ctx, tx, by, t, &note)
	})
	if err != nil {
		return Note{}, fmt.Errorf("add note: %w", err)
	}
	return note, nil
}

// insertNote inserts nothing where a message that is named, or a note that is replaced, is none of this conversation.
const insertNote = `
	INSERT INTO notes (id, conversation_id, ticket_id, author_id, kind, body, source_seqs, ai_generated, supersedes)
	SELECT $1, $2, $3, $4, $5, $6, coalesce($7::bigint[], '{}'), $8, $9
	 WHERE NOT EXISTS (SELECT 1 FROM unnest($7::bigint[]) named WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $2 AND m.seq = named))
	   AND ($9::uuid IS NULL OR EXISTS (SELECT 1 FROM notes n WHERE n.id = $9 AND n.conversation_id = $2))
	RETURNING created_at, source_seqs, (SELECT name FROM workers WHERE id = $4)`

// addNote writes the note and completes it.
func addNote(ctx context.Context, tx pgx.Tx, by audit.Actor, t Ticket, n *Note) error {
	n.ID, n.Ticket, n.Author, n.ConfirmedBy = uuid.Must(uuid.NewV7()), &t.ID, by.ID, nil
	err := tx.QueryRow(ctx, insertNote, n.ID, t.Conversation, t.ID, by.ID, n.Kind, n.Body, n.SourceSeqs, n.AI, n.Supersedes).
		Scan(&n.At, &n.SourceSeqs, &n.AuthorName)
	if err == pgx.ErrNoRows {
		return ErrInvalid
	}
	if err != nil {
		return fmt.Errorf("insert note: %w", err)
	}
	return audit.Append(ctx, tx, by, audit.Entry{Action: "note.added", ObjectKind: "note", ObjectID: n.ID.String(), Conversation: t.Conversation,
		Region: t.RegionCode, Reason: n.Kind})
}

// ConfirmNote makes a summary valid: a person stands for it. A summary that is confirmed already is ErrRefused.
func (s *Store) ConfirmNote(ctx context.Context, by audit.Actor, note uuid.UUID) error {
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		var id uuid.UUID
		err := tx.QueryRow(ctx, `SELECT ticket_id FROM notes WHERE id = $1 AND ticket_id IS NOT NULL`, note).Scan(&id)
		if err == pgx.ErrNoRows {
			return Change{}, ErrNotFound
		}
		if err != nil {
			return Change{}, err
		}
		t, err := ticketFor(ctx, tx, handled, by, id)
		if err != nil {
			return Change{}, err
		}
		tag, err := tx.Exec(ctx, `UPDATE notes SET confirmed_by = $2 WHERE id = $1 AND kind = 'summary' AND confirmed_by IS NULL AND erased_at IS NULL`, note, by.ID)
		if err != nil {
			return Change{}, err
		}
		if tag.RowsAffected() == 0 {
			return Change{}, ErrRefused
		}
		return Change{}, audit.Append(ctx, tx, by, audit.Entry{Action: "note.confirmed", ObjectKind: "note", ObjectID: note.String(), Conversation: t.Conversation,
			Region: t.RegionCode})
	})
	if err != nil {
		return fmt.Errorf("confirm note: %w", err)
	}
	return nil
}

// Notes returns what staff have written about a ticket's conversation, oldest first, to whoever may read it.
func (s *Store) Notes(ctx context.Context, by audit.Actor, id uuid.UUID) ([]Note, error) {
	t, err := s.Read(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return readAll[Note](ctx, s.db, "read notes", `SELECT n.id, n.ticket_id, n.author_id, coalesce(w.name, ''), n.kind, coalesce(n.body, ''), n.source_seqs, n.ai_generated,
			n.confirmed_by, n.supersedes, n.created_at
		FROM notes n LEFT JOIN workers w ON w.id = n.author_id WHERE n.conversation_id = $1 ORDER BY n.created_at, n.id`, t.Conversation)
}
