package notify

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// secondChannel is the code of a row that another target was given too before this one could try.
const secondChannel = "second_channel"

// spill hands P0 rows that a target cannot take now to a second channel. They stay due here too: a robot that hears of
// a child in danger later than another is better than one that does not.
func (d *Deliverer) spill(ctx context.Context, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	return d.escalate(ctx, ids(rows), func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE notifications SET provider_code = $2 WHERE id = ANY($1) AND provider_code IS NULL`, ids(rows), secondChannel)
		return wrap("note the second channel", err)
	})
}

// escalate writes down what came of rows, gives each that is P0 to a second channel, and fires the next rung at once
// where no robot has heard of a ticket: all in one transaction. Tickets are locked first.
func (d *Deliverer) escalate(ctx context.Context, rows []uuid.UUID, write func(pgx.Tx) error) error {
	added := 0
	err := pgx.BeginFunc(ctx, d.db, func(tx pgx.Tx) error {
		if err := lockTickets(ctx, tx, rows); err != nil {
			return err
		}
		seconds, err := secondChannels(ctx, tx, rows)
		if err != nil {
			return err
		}
		if err := write(tx); err != nil {
			return err
		}
		for _, s := range seconds {
			if err := s.add(ctx, tx); err != nil {
				return err
			}
		}
		added = len(seconds)
		return hurry(ctx, tx, rows)
	})
	if err == nil && added > 0 {
		d.Wake()
	}
	return err
}

func lockTickets(ctx context.Context, tx pgx.Tx, rows []uuid.UUID) error {
	_, err := tx.Exec(ctx, `SELECT 1 FROM tickets WHERE priority = 0 AND state IN ('queued', 'offered')
		AND id IN (SELECT ticket_id FROM notifications WHERE id = ANY($1)) ORDER BY id FOR NO KEY UPDATE`, rows)
	return wrap("lock tickets", err)
}

// second is a notification of the same call for another target.
type second struct {
	of              uuid.UUID
	key             string
	target, channel string
}

// secondChannels finds for each P0 row the target that should hear of it too: of another kind if there is one, in good
// health, for the same people, nearest to the place. Each row is handed on once, before it has a code. A target that was
// called already is not called again: the key is the one that the rung itself would have used.
func secondChannels(ctx context.Context, tx pgx.Tx, of []uuid.UUID) (all []second, err error) {
	rows, err := tx.Query(ctx, `SELECT n.id, b.key, b.id::text, b.channel
		  FROM notifications n JOIN tickets t ON t.id = n.ticket_id AND t.priority = 0 AND t.state IN ('queued', 'offered')
		  LEFT JOIN notify_targets a ON a.id::text = n.target,
		  LATERAL (SELECT CASE WHEN n.dedupe_key LIKE '%:' || n.channel || ':' || n.target
		         THEN left(n.dedupe_key, -length(n.channel || ':' || n.target)) ELSE n.dedupe_key || ':' END AS stem) k,
		  LATERAL (SELECT g.id, g.channel, k.stem || g.channel || ':' || g.id AS key FROM notify_targets g
		    WHERE g.disabled_at IS NULL AND g.id::text <> n.target AND starts_with(t.region_code, g.scope_prefix)
		      AND coalesce(g.throttled_until <= now(), true)
		      AND NOT EXISTS (SELECT 1 FROM notifications m WHERE m.dedupe_key = k.stem || g.channel || ':' || g.id)
		    ORDER BY g.failures > 0, g.channel = n.channel, coalesce(g.audience && a.audience, false) DESC, length(g.scope_prefix) DESC, g.id
		    LIMIT 1) b
		 WHERE n.id = ANY($1) AND n.provider_code IS NULL AND n.state IN ('pending', 'sending') ORDER BY n.id`, of)
	if err != nil {
		return nil, fmt.Errorf("find second channels: %w", err)
	}
	all, err = pgx.CollectRows(rows, func(from pgx.CollectableRow) (s second, err error) {
		err = from.Scan(&s.of, &s.key, &s.target, &s.channel)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("find second channels: %w", err)
	}
	return all, nil
}

func (s second) add(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO notifications (id, dedupe_key, ticket_id, rung, target, template, params, channel)
		SELECT $1, $2, ticket_id, rung, $3, template, '{}', $4 FROM notifications WHERE id = $5
		ON CONFLICT (dedupe_key) DO NOTHING`, uuid.Must(uuid.NewV7()), s.key, s.target, s.channel, s.of)
	return wrap("call a second channel", err)
}

// hurry fires the next rung of the P0 tickets of rows now, where no target has taken the call of this rung and none is
// left that may. The last rung repeats in its own time: a dead robot must not make it ring without end, nor may one that
// fails at an earlier rung.
func hurry(ctx context.Context, tx pgx.Tx, rows []uuid.UUID) error {
	_, err := tx.Exec(ctx, `WITH hurried AS (
		UPDATE tickets t SET next_rung_at = now() FROM notifications n
		 WHERE n.id = ANY($1) AND t.id = n.ticket_id AND t.priority = 0 AND t.state IN ('queued', 'offered') AND t.next_rung_at > now()
		   AND t.next_rung = n.rung + 1 AND EXISTS (SELECT 1 FROM sla_rungs r WHERE r.priority = t.priority AND r.rung = t.next_rung)
		   AND NOT EXISTS (SELECT 1 FROM notifications m WHERE m.ticket_id = n.ticket_id AND m.rung = n.rung
		     AND m.`+outside+` AND (m.state IN ('sent', 'sending')
		       OR m.state = 'pending' AND m.attempts = 0 AND m.provider_code IS NULL))
		RETURNING t.id, t.epoch, n.rung)
		INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, data)
		SELECT id, epoch, 'delivery.failed', false, 'system', jsonb_build_object('rung', rung) FROM hurried`, rows)
	return wrap("fire the next rung", err)
}
