package handoff

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// rungFired is what the event of a rung says.
type rungFired struct {
	Rung     int    `json:"rung"`
	Times    int    `json:"times"` // that rungs of this ladder have fired
	Audience string `json:"audience"`
	Prefix   string `json:"prefix"` // of the region in which it was called out
	Rows     int    `json:"rows"`   // notifications
}

// rungs sweeps up the rungs that are due. Late means now: what was due while no node ran fires at once, each rung once.
var rungs = sweep{
	name:  "fire rungs",
	due:   `t.state IN ('queued', 'offered') AND t.next_rung_at <= now()`,
	order: `t.next_rung_at`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		alert, err := h.climb(ctx, tx)
		return Change{Queue: true, Alerts: []Alert{alert}}, err
	},
}

// climb fires the rung that is due: the region widens, those it calls are notified, the one after it gets its time.
func (h held) climb(ctx context.Context, tx pgx.Tx) (Alert, error) {
	steps, err := h.steps(ctx, tx)
	if err != nil {
		return Alert{}, err
	}
	n, r := h.next, steps.at(h.next)
	prefix, err := h.reroute(ctx, tx, r.WidenTo)
	if err != nil {
		return Alert{}, err
	}
	alert, err := h.call(ctx, tx, r, n, prefix)
	if err != nil {
		return Alert{}, err
	}
	next := steps.next(n+1, h.begins, h.now)
	tag, err := tx.Exec(ctx, `UPDATE tickets SET next_rung = $3, next_rung_at = $4
		WHERE id = $1 AND next_rung = $2 AND state IN ('queued', 'offered') AND next_rung_at <= now()`, h.id, n, n+1, next)
	if err != nil {
		return Alert{}, err
	}
	if tag.RowsAffected() != 1 {
		return Alert{}, fmt.Errorf("ticket %s was not held", h.id)
	}
	return alert, schedule(ctx, tx, rungJob{h.id}, next, h.now)
}

// call calls out rung r, the n-th to fire, in a region: a row for everybody who is told, an event and an audit row.
func (h held) call(ctx context.Context, tx pgx.Tx, r rung, n int, prefix string) (alert Alert, err error) {
	if prefix, err = h.reach(ctx, tx, r.Audience, prefix); err != nil {
		return Alert{}, err
	}
	rows, err := h.callOut(ctx, tx, r, strconv.Itoa(h.ladder)+"."+strconv.Itoa(n), prefix)
	if err != nil {
		return Alert{}, err
	}
	return h.alert(r, prefix), h.wrote(ctx, tx, "rung.fired", rungFired{r.Rung, n, r.Audience, prefix, rows})
}

// callOut writes a row for everybody who is told on the channels of a rung. time is part of the key that lets nobody
// be told twice: which rung of which ladder it is.
func (h held) callOut(ctx context.Context, tx pgx.Tx, r rung, time, prefix string) (rows int, err error) {
	key := h.id.String() + ":" + time
	for _, channel := range r.Channels {
		told, err := int64(0), error(nil)
		if channel == "robot" {
			told, err = h.tellRobots(ctx, tx, r, key, prefix)
		} else {
			told, err = h.tell(ctx, tx, r, channel, key, prefix)
		}
		if err != nil {
			return rows, err
		}
		rows += int(told)
	}
	return rows, nil
}

func (h held) alert(r rung, prefix string) Alert {
	return Alert{Ticket: h.id, No: h.no, Priority: h.priority, Rung: max(0, r.Rung), Region: h.region, Prefix: prefix, Audience: r.Audience}
}

// wrote notes that people were called in the ticket's events and in the audit log.
func (h held) wrote(ctx context.Context, tx pgx.Tx, event string, what any) error {
	return moved{ID: h.id, Conversation: h.conv, Region: h.region}.note(ctx, tx, audit.System, event, "", what)
}

// callout is all that leaves the house about a ticket: no personal data, nothing of what was said.
type callout struct {
	No       string    `json:"no"`
	Priority int       `json:"priority"`
	Region   string    `json:"region"` // name
	Opened   time.Time `json:"opened_at"`
	Rung     int       `json:"rung"`
	Ticket   uuid.UUID `json:"ticket"`
}

func (h held) callout(r rung) callout {
	return callout{h.no, h.priority, h.county, h.enqueued, max(0, r.Rung), h.id}
}

// tell writes the row of a channel that the program serves itself. Consoles and desktops ring by the alert that goes
// out after the commit. There is no provider of phone calls: that is written down, so that nobody believes that
// somebody was called; the ladder keeps its times.
func (h held) tell(ctx context.Context, tx pgx.Tx, r rung, channel, key, prefix string) (int64, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO notifications (id, dedupe_key, ticket_id, rung, target, template, params, channel, state, sent_at, provider_code)
		VALUES ($1, $2, $3, nullif($4, -1), $5, $8, $6, $7, CASE $7 WHEN 'phone' THEN 'failed' ELSE 'sent' END,
			CASE $7 WHEN 'phone' THEN NULL ELSE now() END, CASE $7 WHEN 'phone' THEN 'no_provider' END)
		ON CONFLICT (dedupe_key) DO NOTHING`,
		uuid.Must(uuid.NewV7()), key+":"+channel+":"+r.Audience, h.id, r.Rung, r.Audience+"@"+prefix, h.callout(r), channel, r.template())
	if err != nil {
		return 0, fmt.Errorf("notify %s: %w", channel, err)
	}
	return tag.RowsAffected(), nil
}

// insertRobots: the robots whose region covers the ticket's and is not above prefix; where there are none, those of
// the nearest region above that has some.
const insertRobots = `
	INSERT INTO notifications (id, dedupe_key, ticket_id, rung, target, template, params, channel)
	SELECT gen_random_uuid(), $1 || ':' || n.channel || ':' || n.id, $2, nullif($3, -1), n.id::text, $8, $4, n.channel
	  FROM notify_targets n
	 WHERE n.disabled_at IS NULL AND $5 = ANY(n.audience) AND starts_with($6, n.scope_prefix)
	   AND length(n.scope_prefix) >= least($7::int, (SELECT max(length(near.scope_prefix)) FROM notify_targets near
	       WHERE near.disabled_at IS NULL AND $5 = ANY(near.audience) AND starts_with($6, near.scope_prefix)))
	ON CONFLICT (dedupe_key) DO NOTHING`

// tellRobots writes a row for every robot of the audience; the deliverer sends them after the commit.
func (h held) tellRobots(ctx context.Context, tx pgx.Tx, r rung, key, prefix string) (int64, error) {
	tag, err := tx.Exec(ctx, insertRobots, key, h.id, r.Rung, h.callout(r), r.Audience, h.region, len(prefix), r.template())
	if err != nil {
		return 0, fmt.Errorf("notify robots: %w", err)
	}
	return tag.RowsAffected(), nil
}

// reach is the region in which a rung is called out: that in which the ticket is shown, or further up where there is
// no supervisor.
func (h held) reach(ctx context.Context, tx pgx.Tx, audience, prefix string) (string, error) {
	if audience == "workers" {
		return prefix, nil
	}
	if err := tx.QueryRow(ctx, nearestSupervisor, h.id, prefix).Scan(&prefix); err != nil {
		return "", fmt.Errorf("find supervisors: %w", err)
	}
	return prefix, nil
}
