package handoff

// The statements of the overview. $1 is the supervisor; each sees only tickets of their regions.
const (
	// overseen: the ticket is one of the supervisor's.
	overseen = `EXISTS (SELECT 1 FROM workers w WHERE w.id = $1 AND ` + supervises + `)`

	overviewWaiting = ownScopes + `
	SELECT q.priority, q.region_code, ` + placeName + `, q.n, q.oldest FROM (
	       SELECT t.priority, t.region_code, count(*)::int AS n, min(t.enqueued_at) AS oldest FROM tickets t
	        WHERE t.state IN ('queued', 'offered') AND ` + overseen + ` GROUP BY 1, 2) q
	  JOIN regions r ON r.code = q.region_code ORDER BY q.priority, q.oldest LIMIT 500`

	// A reply is due as the ticket's own reading says; a rung is near that fires within 10 minutes.
	overviewBreaches = ownScopes + `
	SELECT b.id, b.no, b.state, b.priority, b.region_code, ` + placeName + `, b.kind, b.due, b.next_rung, b.next_rung_at, coalesce(o.name, '')
	  FROM (SELECT t.*, CASE WHEN t.owner_id IS NOT NULL THEN 'reply' WHEN t.due_at < now() THEN 'claim' ELSE 'next_rung' END AS kind,
	               CASE WHEN t.owner_id IS NOT NULL THEN ` + waitBegins + ` + p.next_reply ELSE t.due_at END AS due
	          FROM tickets t JOIN sla_policy p ON p.priority = t.priority
	          LEFT JOIN LATERAL ` + unanswered + ` a ON true
	         WHERE t.state NOT IN ('returned', 'closed', 'callback') AND ` + overseen + `
	           AND CASE WHEN t.owner_id IS NOT NULL THEN a.at IS NOT NULL AND ` + waitBegins + ` + p.next_reply < now()
	                    ELSE t.due_at < now() OR t.next_rung_at < now() + interval '10 min' END) b
	  JOIN regions r ON r.code = b.region_code LEFT JOIN workers o ON o.id = b.owner_id
	 ORDER BY b.kind = 'next_rung', b.priority, b.due LIMIT 500`

	// Who answers within the supervisor's regions.
	overviewOnDuty = `
	WITH e AS (SELECT e.actor_id, max(e.at) AS last FROM ticket_events e WHERE e.at > now() - interval '28 days' GROUP BY e.actor_id)
	SELECT w.id, w.name, w.role, w.duty, ` + live + `, ` + load + `,
	       (SELECT count(*)::int FROM tickets o WHERE o.owner_id = w.id AND o.state IN ('claimed', 'transferring')), w.capacity, e.last
	  FROM workers w LEFT JOIN e ON e.actor_id = w.id
	 WHERE w.can_reply AND w.disabled_at IS NULL AND EXISTS (
	       SELECT 1 FROM worker_scopes mine JOIN worker_scopes s ON s.worker_id = w.id AND starts_with(s.prefix, mine.prefix)
	        WHERE mine.worker_id = $1)
	 ORDER BY w.duty <> 'on', w.duty, w.name, w.id`

	// traffic are the steps that count as arriving, being claimed and giving up.
	traffic = `
	SELECT e.at, e.actor_id, e.event FROM ticket_events e JOIN tickets t ON t.id = e.ticket_id
	 WHERE e.at > now() - interval '28 days' AND ` + overseen + `
	   AND (e.event IN ('ticket.opened', 'ticket.claimed', 'ticket.withdrawn') OR e.event = 'ticket.closed' AND t.outcome = '对方离开')`
	counted = `
	count(*) FILTER (WHERE e.event = 'ticket.opened'), count(*) FILTER (WHERE e.event = 'ticket.claimed'),
	count(*) FILTER (WHERE e.event IN ('ticket.withdrawn', 'ticket.closed')),
	count(DISTINCT e.actor_id) FILTER (WHERE e.event = 'ticket.claimed')`

	overviewHours = ownScopes + `,
	e AS (` + traffic + ` AND e.at > now() - interval '25 hours')
	SELECT h.from_at, ` + counted + ` FROM generate_series(date_trunc('hour', now()) - interval '23 hours', date_trunc('hour', now()), '1 hour') h (from_at)
	  LEFT JOIN e ON e.at >= h.from_at AND e.at < h.from_at + interval '1 hour'
	 GROUP BY h.from_at ORDER BY h.from_at`

	overviewWeek = ownScopes + `,
	e AS (` + traffic + `),
	n (at, arrived, claimed, abandoned, workers) AS (SELECT date_trunc('hour', e.at AT TIME ZONE interval '8 hours'), ` + counted + ` FROM e GROUP BY 1)
	SELECT d.day, h.hour, coalesce(sum(n.arrived), 0)::float8 / 4, coalesce(sum(n.claimed), 0)::float8 / 4,
	       coalesce(sum(n.abandoned), 0)::float8 / 4, coalesce(sum(n.workers), 0)::float8 / 4
	  FROM generate_series(1, 7) d (day) CROSS JOIN generate_series(0, 23) h (hour)
	  LEFT JOIN n ON extract(isodow FROM n.at) = d.day AND extract(hour FROM n.at) = h.hour
	 GROUP BY d.day, h.hour ORDER BY d.day, h.hour`

	// Whether a ticket was claimed in time is read from its first claim: a later one may follow a lease.
	overviewQuality = ownScopes + `,
	t AS (SELECT t.* FROM tickets t WHERE t.enqueued_at > now() - interval '28 days' AND ` + overseen + `)
	SELECT count(*) FILTER (WHERE t.state = 'closed')::int,
	       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.first_reply_at - t.enqueued_at)::float8),
	       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM t.first_reply_at - t.enqueued_at)::float8),
	       (avg((c.at <= t.due_at)::int) FILTER (WHERE c.at IS NOT NULL))::float8,
	       (avg((NOT EXISTS (SELECT 1 FROM jsonb_each_text(t.close_form) f WHERE trim(coalesce(f.value, '')) = ''))::int)
	         FILTER (WHERE t.state = 'closed' AND t.priority <= 1 AND jsonb_typeof(t.close_form) = 'object'))::float8,
	       (avg((t.state = 'returned')::int) FILTER (WHERE t.state IN ('returned', 'closed')))::float8,
	       avg(g.score)::float8, count(g.score)::int
	  FROM t LEFT JOIN ratings g ON g.ticket_id = t.id
	  LEFT JOIN LATERAL (SELECT min(e.at) AS at FROM ticket_events e WHERE e.ticket_id = t.id AND e.event = 'ticket.claimed') c ON true`

	overviewUnder = ownScopes + `
	SELECT t.id, t.no, (e.data ->> 'from')::int, (e.data ->> 'to')::int, e.at FROM ticket_events e JOIN tickets t ON t.id = e.ticket_id
	 WHERE e.event = 'priority.raised' AND e.actor_kind IN ('worker', 'supervisor') AND e.at > now() - interval '28 days' AND ` + overseen + `
	 ORDER BY e.at DESC LIMIT 200`
)
