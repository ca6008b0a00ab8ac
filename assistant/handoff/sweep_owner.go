package handoff

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

var (
	leaseExpired = compile(arrow{event: "ticket.lease_expired", from: `t.state = 'claimed'`, to: "queued", set: given, mode: "waiting"})
	ownerGone    = compile(arrow{event: "ticket.released", from: `t.state IN ('claimed', 'transferring')`, to: "queued", set: given, mode: "waiting"})
)

// leases takes tickets back from people who claimed them and then wrote nothing.
var leases = sweep{
	name:  "expire leases",
	due:   `t.state = 'claimed' AND t.lease_until < now()`,
	order: `t.priority, t.lease_until`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		// A message ends the lease in a statement of its own: where that was lost, the message counts.
		tag, err := tx.Exec(ctx, `UPDATE tickets t SET lease_until = NULL WHERE t.id = $1 AND EXISTS (SELECT 1 FROM messages m
			WHERE m.conversation_id = t.conversation_id AND m.sender_kind = 'worker' AND m.sender_id = t.owner_id AND m.created_at >= t.claimed_at)`, h.id)
		if err != nil || tag.RowsAffected() > 0 {
			return Change{}, err
		}
		return h.requeue(ctx, tx, leaseExpired, "")
	},
}

// awayLimit is how long an owner may be without a live socket.
const awayLimit = `CASE WHEN t.priority <= 1 THEN interval '45 s' ELSE interval '90 s' END`

// away takes tickets back from owners whose console has gone. Who has just written has not.
var away = sweep{
	name: "release tickets of the absent",
	due: `t.state IN ('claimed', 'transferring') AND t.away_since < now() - ` + awayLimit + `
		AND NOT EXISTS (SELECT 1 FROM presence l WHERE l.worker_id = t.owner_id AND l.beat_at > now() - ` + awayLimit + `)
		AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = t.conversation_id AND m.sender_kind = 'worker'
			AND m.sender_id = t.owner_id AND m.created_at > now() - ` + awayLimit + `)`,
	order: `t.priority, t.away_since`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		return h.requeue(ctx, tx, ownerGone, "owner_away")
	},
}

// cannotGoOn: the owner may not have the ticket any more, or has gone home.
const cannotGoOn = `t.state IN ('claimed', 'transferring') AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = t.owner_id AND w.can_reply
	AND w.disabled_at IS NULL AND w.duty <> 'off' AND ` + unblocked + `
	AND EXISTS (SELECT 1 FROM worker_scopes s WHERE s.worker_id = w.id AND starts_with(t.region_code, s.prefix)))`

// unfit takes tickets back from people who may not have them any more, or have gone home: from that moment on the
// ticket is not there for them, and the family would write to nobody.
var unfit = sweep{
	name:  "release tickets of those who cannot go on",
	due:   cannotGoOn,
	order: `t.priority, t.claimed_at`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		var still bool // whoever has just come on duty and claimed it may be seen as they were before
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM tickets t WHERE t.id = $1 AND `+cannotGoOn+`)`, h.id).Scan(&still)
		if err != nil || !still {
			return Change{}, err
		}
		return h.requeue(ctx, tx, ownerGone, "owner_unfit")
	},
}

// markAway notes since when owners have had no live socket: since the last beat of one, but at most since they have the
// ticket. A socket that was closed leaves no row: of such owners nothing older is known than this moment, and a page
// that is loaded anew loses nothing. It is undone for those who are back.
func (s *Store) markAway(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `
		WITH found AS (
		  SELECT t.id, t.away_since IS NULL AS gone, b.last FROM tickets t,
		         LATERAL (SELECT max(l.beat_at) AS last FROM presence l WHERE l.worker_id = t.owner_id) b
		   WHERE t.state IN ('claimed', 'transferring')
		     AND coalesce(b.last > now() - `+beatLasts+`, false) = (t.away_since IS NOT NULL)
		   ORDER BY t.id FOR UPDATE OF t SKIP LOCKED)
		UPDATE tickets t SET away_since = CASE WHEN f.gone THEN CASE WHEN f.last IS NULL THEN now() ELSE greatest(f.last, t.claimed_at) END END
		  FROM found f WHERE t.id = f.id`)
	if err != nil {
		return fmt.Errorf("mark the absent: %w", err)
	}
	return nil
}
