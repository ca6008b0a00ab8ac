package handoff

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// offered: @to is whom it is offered to; that they may have it was checked with their row locked.
var offered = compile(arrow{event: "ticket.offered", from: `t.state = 'queued' AND t.priority >= 2`, to: "offered",
	set: `offered_to = @to::uuid, offer_until = now() + interval '20 s'`})

// roomy: the person is there, has room, and no other offer rings at them.
const roomy = answers + ` AND w.capacity > ` + load + ` AND ` + live + `
	AND NOT EXISTS (SELECT 1 FROM tickets r WHERE r.offered_to = w.id AND r.state = 'offered')`

// selectOffers: what waits and could be offered to somebody, in the order of the queue. P0 and P1 are broadcast. People
// and tickets meet by the regions above the ticket's, so that a thousand tickets that nobody free can take cost little.
const selectOffers = `
	WITH w AS MATERIALIZED (SELECT w.id, w.can_reply, w.duty, w.disabled_at, w.skills FROM workers w WHERE ` + roomy + `),
	own AS MATERIALIZED (SELECT s.worker_id, s.prefix FROM worker_scopes s JOIN w ON w.id = s.worker_id),
	met AS MATERIALIZED (
	  SELECT t.id, own.worker_id FROM tickets t
	    CROSS JOIN unnest(ARRAY['', left(t.region_code, 2), left(t.region_code, 4), left(t.region_code, 6), left(t.region_code, 9), t.region_code]) u (prefix)
	    JOIN own ON own.prefix = u.prefix AND length(own.prefix) >= length(t.route_prefix)
	   WHERE t.state = 'queued' AND t.priority >= 2)
	SELECT t.id FROM met JOIN tickets t ON t.id = met.id JOIN w ON w.id = met.worker_id
	 WHERE ` + eligible + ` AND NOT ` + skipped + `
	 GROUP BY t.id ORDER BY ` + queueOrder + ` LIMIT $1`

// lockOfferee: the person who uses the least of their capacity, then who was offered something longest ago. Their row is
// locked before the ticket's; whoever is just claiming something is passed over.
const lockOfferee = `
	SELECT w.id FROM workers w, tickets t
	 WHERE t.id = $1 AND t.state = 'queued' AND t.priority >= 2 AND ` + roomy + ` AND ` + eligible + ` AND NOT ` + skipped + `
	 ORDER BY ` + load + `::numeric / w.capacity, w.last_offer_at NULLS FIRST, w.id LIMIT 1 FOR NO KEY UPDATE OF w SKIP LOCKED`

// checkOffer looks again once the person's row is held: what another node offered meanwhile counts.
const checkOffer = `
	SELECT t.epoch FROM workers w, tickets t WHERE w.id = $2 AND t.id = $1 AND t.state = 'queued' AND ` + roomy + ` AND ` + eligible

// offerLimit is how many offers are made at once.
const offerLimit = 50

// offer gives what waits to people with room, one each, for 20 seconds.
func (s *Store) offer(ctx context.Context) error {
	ids, err := readIDs(ctx, s.db, "find what to offer", selectOffers, offerLimit)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		err := s.change(ctx, func(tx pgx.Tx) (Change, error) { return offerTicket(ctx, tx, id) })
		if err != nil && !errors.Is(err, ErrRefused) { // refused: somebody else has it by now
			errs = append(errs, fmt.Errorf("offer ticket %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

// offerTicket offers a ticket to whoever has the most room; to nobody where there is none.
func offerTicket(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Change, error) {
	var to uuid.UUID
	var epoch int64
	err := tx.QueryRow(ctx, lockOfferee, id).Scan(&to)
	if err == nil {
		err = tx.QueryRow(ctx, checkOffer, id, to).Scan(&epoch)
	}
	if err == pgx.ErrNoRows {
		return Change{}, ErrRefused
	}
	if err != nil {
		return Change{}, err
	}
	m, err := offered.move(ctx, tx, audit.System, "", detail{To: to.String()}, pgx.NamedArgs{"id": id, "epoch": epoch, "to": to})
	if err != nil {
		return Change{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE workers SET last_offer_at = now() WHERE id = $1`, to)
	return m.change(), err
}
