package handoff

import (
	"context"
	"fmt"

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
	// shownDigits is how far up a ticket of policy p is shown from the start: further where somebody of the unit is suspected.
	shownDigits = `p.route_digits - CASE WHEN t.suspect_digits IS NULL THEN 0 ELSE 2 END`
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

// nearest finds the region, from $2 upwards, in which ticket $1 meets one of the people of whom a condition over w holds:
// $2 itself where one of them is there, or nobody is anywhere.
func nearest(who string) string {
	return `
	SELECT left($2::text, least(length($2), (SELECT max(length(s.prefix)) FROM worker_scopes s JOIN workers w ON w.id = s.worker_id
	        WHERE ` + who + ` AND starts_with(t.region_code, s.prefix) AND ` + unsuspected + `)))
	  FROM tickets t WHERE t.id = $1`
}

var (
	nearestWorker     = nearest(answers + ` AND ` + unblocked)
	nearestSupervisor = nearest(supervises + ` AND w.duty = 'on'`)
)

// reroute works out in which region the ticket is shown, and stores it: in as many digits of its own as widenTo says
// (nil: as it is). Serious tickets are shown further up when nobody is on duty there. Wanted skills that nobody has
// there are dropped of serious tickets at once, of others when they are shown further up.
func (h held) reroute(ctx context.Context, tx pgx.Tx, widenTo *int) (prefix string, err error) {
	if h.priority > serious && widenTo == nil {
		return h.route, nil
	}
	prefix = h.route
	if widenTo != nil {
		prefix = prefix[:min(len(prefix), *widenTo)]
	}
	if h.priority <= serious {
		if err := tx.QueryRow(ctx, nearestWorker, h.id, prefix).Scan(&prefix); err != nil {
			return "", fmt.Errorf("route ticket: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, dropSkills, h.id, prefix); err != nil {
		return "", fmt.Errorf("drop skills: %w", err)
	}
	return prefix, nil
}

// dropSkills stores the route and the wanted skills that nobody on duty there has.
const dropSkills = `
	UPDATE tickets t SET widened = t.widened OR length(t.route_prefix) > length($2), route_prefix = $2, missing_skills = ARRAY(
	       SELECT want FROM unnest(t.skills) want WHERE NOT EXISTS (
	              SELECT 1 FROM workers w JOIN worker_scopes s ON s.worker_id = w.id
	               WHERE ` + answers + ` AND w.skills @> ARRAY[want] AND starts_with(t.region_code, s.prefix)
	                 AND length(s.prefix) >= length($2) AND ` + unsuspected + `
	                 AND ` + unblocked + `))
	 WHERE t.id = $1`
