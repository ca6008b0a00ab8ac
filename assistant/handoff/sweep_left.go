package handoff

import (
	"context"
)

// markLeft notes which users with a serious ticket have gone silently, and which are back. Whoever has the ticket is
// prompted: leaving without a word is a known sign of danger, and the ticket never ends by it. A user is there as long
// as their marks or messages come.
func (s *Store) markLeft(ctx context.Context) error {
	conversations, err := readIDs(ctx, s.db, "mark who has left", `
		WITH seen AS (
		  SELECT t.id, t.epoch, t.conversation_id, greatest(u.last, m.last) < now() - interval '2 min' AS gone
		    FROM tickets t,
		         LATERAL (SELECT max(greatest(p.last_seen_at, p.joined_at)) AS last FROM participants p
		           WHERE p.conversation_id = t.conversation_id AND p.role IN ('guardian', 'child', 'director')) u,
		         LATERAL (SELECT max(m.created_at) AS last FROM messages m
		           WHERE m.conversation_id = t.conversation_id AND m.sender_kind = 'user') m
		   WHERE t.state IN ('queued', 'offered', 'claimed', 'transferring') AND t.priority <= 1
		     AND (greatest(u.last, m.last) < now() - interval '2 min') = (t.left_at IS NULL)
		   ORDER BY t.id FOR UPDATE OF t SKIP LOCKED),
		t AS (UPDATE tickets t SET left_at = CASE WHEN seen.gone THEN now() END FROM seen WHERE t.id = seen.id)
		INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind)
		SELECT id, epoch, CASE WHEN gone THEN 'user.left' ELSE 'user.returned' END, false, 'system' FROM seen
		RETURNING (SELECT s.conversation_id FROM seen s WHERE s.id = ticket_id)`)
	if err != nil {
		return err
	}
	if len(conversations) > 0 {
		s.changed(Change{Conversations: conversations, Queue: true})
	}
	return nil
}
