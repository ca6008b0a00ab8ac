package handoff

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Kinds of blocks.
const (
	guardianConflict = "guardian_conflict" // the guardian may be who does harm
	workerRecusal    = "worker_recusal"    // a worker steps aside (回避)
)

// Block keeps somebody out of a conversation, in one commit: they read nothing and write nothing from then on. For
// guardian_conflict member is of the family, uuid.Nil whoever opened the conversation; whoever handles the ticket sets
// it. For worker_recusal member is a worker, uuid.Nil the person themself; only a supervisor sets it for others. A ticket
// that the recused person has goes back into the queue.
func (s *Store) Block(ctx context.Context, by audit.Actor, id uuid.UUID, kind string, member uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if !fits(reason, maxReason) {
		return fmt.Errorf("block: reason: %w", ErrInvalid)
	}
	if kind == workerRecusal && member == uuid.Nil {
		member = by.ID
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		switch kind {
		case guardianConflict:
			return blockFamily(ctx, tx, by, id, member, reason)
		case workerRecusal:
			return recuse(ctx, tx, by, id, member, reason)
		}
		return Change{}, ErrInvalid
	})
	if err != nil {
		return fmt.Errorf("block: %w", err)
	}
	return nil
}

// insertBlock blocks once.
const insertBlock = `INSERT INTO access_blocks (conversation_id, member_id, kind, reason, set_by) SELECT $1, $2, $3, $4, $5
	WHERE NOT EXISTS (SELECT 1 FROM access_blocks WHERE conversation_id = $1 AND member_id = $2 AND kind = $3 AND lifted_at IS NULL)`

// blocked writes the block, its event and its audit row; ErrRefused where it is there already.
func blocked(ctx context.Context, tx pgx.Tx, by audit.Actor, t Ticket, kind string, member uuid.UUID, reason string) error {
	tag, err := tx.Exec(ctx, insertBlock, t.Conversation, member, kind, reason, by.ID)
	if err != nil {
		return fmt.Errorf("write block: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrRefused
	}
	return t.moved().note(ctx, tx, by, "access.blocked", reason, barred{kind, member})
}

// barred is what the event of a block says.
type barred struct {
	Kind   string    `json:"kind"`
	Member uuid.UUID `json:"member"`
}

func blockFamily(ctx context.Context, tx pgx.Tx, by audit.Actor, id, member uuid.UUID, reason string) (Change, error) {
	t, err := holdAny(ctx, tx, by, id, handled)
	if err != nil {
		return Change{}, err
	}
	if member, err = familyMember(ctx, tx, t.Conversation, member); err != nil {
		return Change{}, err
	}
	if err := blocked(ctx, tx, by, t, guardianConflict, member, reason); err != nil {
		return Change{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE participants SET can_write = false, left_at = coalesce(left_at, now()) WHERE conversation_id = $1 AND member_id = $2`,
		t.Conversation, member)
	if err != nil {
		return Change{}, fmt.Errorf("take conversation away: %w", err)
	}
	return Change{Members: []uuid.UUID{member}, Queue: true}, nil
}

// familyMember finds who is meant: uuid.Nil is whoever opened the conversation. ErrInvalid: nobody of the family.
func familyMember(ctx context.Context, tx pgx.Tx, conv, member uuid.UUID) (id uuid.UUID, err error) {
	err = tx.QueryRow(ctx, `SELECT p.member_id FROM participants p JOIN conversations c ON c.id = p.conversation_id
		WHERE c.id = $1 AND p.role IN ('guardian', 'child', 'director')
		  AND p.member_id = CASE WHEN $2 = '00000000-0000-0000-0000-000000000000'::uuid THEN c.opener_id ELSE $2 END`, conv, member).Scan(&id)
	if err == pgx.ErrNoRows {
		return uuid.Nil, ErrInvalid
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("look up member: %w", err)
	}
	return id, nil
}

// recuse locks the worker first: no claim of theirs can be under way while they step aside.
func recuse(ctx context.Context, tx pgx.Tx, by audit.Actor, id, member uuid.UUID, reason string) (Change, error) {
	tag, err := tx.Exec(ctx, `SELECT 1 FROM workers WHERE id = $1 FOR NO KEY UPDATE`, member)
	if err != nil {
		return Change{}, fmt.Errorf("lock worker: %w", err)
	}
	right := seen
	if member != by.ID {
		right = seen + ` AND ` + supervised
	}
	t, err := holdAny(ctx, tx, by, id, right)
	if err != nil {
		return Change{}, err
	}
	if tag.RowsAffected() == 0 {
		return Change{}, ErrInvalid
	}
	c := Change{Members: []uuid.UUID{member}, Queue: true}
	switch {
	case t.Owner != nil && *t.Owner == member:
		if c, err = giveUp(ctx, tx, by, t, released, member); err != nil {
			return Change{}, err
		}
	case t.OfferedTo != nil && *t.OfferedTo == member:
		if c, err = giveUp(ctx, tx, by, t, declined, member); err != nil {
			return Change{}, err
		}
	}
	return c, blocked(ctx, tx, by, t, workerRecusal, member, reason)
}

// giveUp takes a ticket or an offer from the member.
func giveUp(ctx context.Context, tx pgx.Tx, by audit.Actor, t Ticket, a compiled, member uuid.UUID) (Change, error) {
	m, err := a.move(ctx, tx, by, "recused", detail{}, pgx.NamedArgs{"id": t.ID, "epoch": t.Epoch, "me": member})
	if err != nil {
		return Change{}, err
	}
	if m.Giver == nil {
		return m.change(), nil
	}
	return backInQueue(ctx, tx, m)
}

// Unblock lets somebody back in; only a supervisor of the region does that, for others the ticket is not there. member
// and kind are as for Block.
func (s *Store) Unblock(ctx context.Context, by audit.Actor, id uuid.UUID, kind string, member uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if !fits(reason, maxReason) || kind != guardianConflict && (kind != workerRecusal || member == uuid.Nil) {
		return fmt.Errorf("unblock: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		t, err := holdAny(ctx, tx, by, id, supervised)
		if err != nil {
			return Change{}, err
		}
		if kind == guardianConflict {
			if member, err = familyMember(ctx, tx, t.Conversation, member); err != nil {
				return Change{}, err
			}
		}
		tag, err := tx.Exec(ctx, `UPDATE access_blocks SET lifted_at = now() WHERE conversation_id = $1 AND member_id = $2 AND kind = $3 AND lifted_at IS NULL`,
			t.Conversation, member, kind)
		if err != nil {
			return Change{}, fmt.Errorf("lift block: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return Change{}, ErrRefused
		}
		if kind == guardianConflict {
			_, err = tx.Exec(ctx, `UPDATE participants SET can_write = true, left_at = NULL WHERE conversation_id = $1 AND member_id = $2`, t.Conversation, member)
			if err != nil {
				return Change{}, fmt.Errorf("give conversation back: %w", err)
			}
		}
		return Change{Members: []uuid.UUID{member}, Queue: true}, t.moved().note(ctx, tx, by, "access.unblocked", reason, barred{kind, member})
	})
	if err != nil {
		return fmt.Errorf("unblock: %w", err)
	}
	return nil
}

// Blocks lists who is or was kept out of a ticket's conversation, to whoever may read it.
func (s *Store) Blocks(ctx context.Context, by audit.Actor, id uuid.UUID) ([]BlockRow, error) {
	t, err := s.Read(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return readAll[BlockRow](ctx, s.db, "read blocks", `SELECT b.kind, b.member_id, coalesce(w.name, ''), b.reason, b.set_at, b.lifted_at
		FROM access_blocks b LEFT JOIN workers w ON w.id = b.member_id WHERE b.conversation_id = $1 ORDER BY b.set_at`, t.Conversation)
}
