package handoff

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The conditions of routing, as SQL over a worker w and a ticket t. Every statement that shows, offers or gives a
// ticket to somebody is made of them, so that they can be changed in one place.
const (
	// unsuspected: region s is not of a unit of which somebody is suspected in the ticket.
	unsuspected = `(t.suspect_digits IS NULL OR length(s.prefix) < t.suspect_digits)`
	// covers: one of the person's regions holds the ticket's, and nobody of the person's unit is suspected in it.
	covers = `EXISTS (SELECT 1 FROM worker_scopes s WHERE s.worker_id = w.id AND starts_with(t.region_code, s.prefix)
		AND ` + unsuspected + `)`
	// routed: covers, by a region that is not above the one in which the ticket is shown.
	routed = `EXISTS (SELECT 1 FROM worker_scopes s WHERE s.worker_id = w.id AND starts_with(t.region_code, s.prefix)
		AND length(s.prefix) >= length(t.route_prefix) AND ` + unsuspected + `)`
	// unblocked: the person is neither kept out of the conversation nor has stepped aside (回避).
	unblocked = `NOT EXISTS (SELECT 1 FROM access_blocks b WHERE b.conversation_id = t.conversation_id AND b.member_id = w.id
		AND b.lifted_at IS NULL)`
	// answers: a person who answers families and is on duty.
	answers = `w.can_reply AND w.duty = 'on' AND w.disabled_at IS NULL`
	// skilled: the person has what the ticket asks for, apart from what nobody on duty has.
	skilled = `t.skills <@ (w.skills || t.missing_skills)`
	// eligible: the ticket may be given to the person, were there capacity.
	eligible = answers + ` AND ` + skilled + ` AND ` + routed + ` AND ` + unblocked
	// supervises: the person sees all tickets of the region. Suspicion and blocks count for them too.
	supervises = `w.role = 'supervisor' AND w.disabled_at IS NULL AND ` + covers + ` AND ` + unblocked
	// skipped: the person let an offer of the ticket pass a moment ago.
	skipped = `EXISTS (SELECT 1 FROM offer_skips k WHERE k.ticket_id = t.id AND k.worker_id = w.id AND k.until > now())`
	// load: how much of the capacity is used. A P0 takes all of a person's attention and counts three.
	load = `(SELECT coalesce(sum(CASE o.priority WHEN 0 THEN 3 ELSE 1 END), 0)::int FROM tickets o
		WHERE o.owner_id = w.id AND o.state IN ('claimed', 'transferring'))`
	// live: the person has a socket that still answers. A beat comes every 15 seconds.
	live = `EXISTS (SELECT 1 FROM presence l WHERE l.worker_id = w.id AND l.beat_at > now() - ` + beatLasts + `)`
	// beatLasts is how long a socket counts as there without another beat.
	beatLasts = `interval '45 s'`
)

// ownScopes goes before a statement about one person, $1: worker_scopes are then that person's few rows, and not looked
// up in the table for every ticket.
const ownScopes = `WITH worker_scopes AS MATERIALIZED (SELECT worker_id, prefix FROM worker_scopes WHERE worker_id = $1)`

// queueOrder is the order in which tickets are taken: what is most urgent, then what is due first.
const queueOrder = `t.queue_rank, t.due_at, t.enqueued_at, t.id`

// startAbove finds where a serious ticket begins when nobody is on duty where it should: in the nearest region above
// that has somebody. No row: somebody is there, or nobody is anywhere.
const startAbove = `
	SELECT left(t.route_prefix, near.digits)
	  FROM tickets t, LATERAL (
	       SELECT max(length(s.prefix)) AS digits FROM worker_scopes s JOIN workers w ON w.id = s.worker_id
	        WHERE ` + answers + ` AND ` + unblocked + ` AND starts_with(t.region_code, s.prefix)
	          AND ` + unsuspected + `) near
	 WHERE t.id = $1 AND near.digits < length(t.route_prefix)`

// route is in which region a ticket is shown, and what it does not ask for because nobody there can do it.
type route struct {
	prefix  string
	missing []string
}

// reroute works out a ticket's route: shown in at most digits of its region (negative: as it is). Serious tickets are
// shown further up when nobody is on duty there. Wanted skills that nobody has there are dropped of serious tickets at
// once, of others when they are shown further up.
func reroute(ctx context.Context, tx pgx.Tx, ticket uuid.UUID, serious bool, digits int) (r route, err error) {
	widening := digits >= 0
	if !widening {
		digits = 12
	}
	err = tx.QueryRow(ctx, `UPDATE tickets SET route_prefix = left(route_prefix, $2),
			widened = widened OR ($3 AND length(route_prefix) > $2)
		WHERE id = $1 RETURNING route_prefix, missing_skills`, ticket, digits, widening).Scan(&r.prefix, &r.missing)
	if err != nil {
		return r, fmt.Errorf("route ticket: %w", err)
	}
	if serious {
		var above string
		switch err := tx.QueryRow(ctx, startAbove, ticket).Scan(&above); err {
		case nil:
			r.prefix = above
		case pgx.ErrNoRows:
		default:
			return r, fmt.Errorf("route ticket: %w", err)
		}
	}
	if !serious && !widening {
		return r, nil
	}
	err = tx.QueryRow(ctx, dropSkills, ticket, r.prefix).Scan(&r.missing)
	if err != nil {
		return r, fmt.Errorf("drop skills: %w", err)
	}
	return r, nil
}

// dropSkills stores the route and the wanted skills that nobody on duty there has.
const dropSkills = `
	UPDATE tickets t SET widened = t.widened OR length(t.route_prefix) > length($2), route_prefix = $2, missing_skills = ARRAY(
	       SELECT want FROM unnest(t.skills) want WHERE NOT EXISTS (
	              SELECT 1 FROM workers w JOIN worker_scopes s ON s.worker_id = w.id
	               WHERE ` + answers + ` AND w.skills @> ARRAY[want] AND starts_with(t.region_code, s.prefix)
	                 AND length(s.prefix) >= length($2) AND ` + unsuspected + `
	                 AND ` + unblocked + `))
	 WHERE t.id = $1 RETURNING t.missing_skills`
