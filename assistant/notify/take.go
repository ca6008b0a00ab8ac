package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	lease   = 20 * time.Second // longer than sendLimit and writeLimit together
	giveUp  = 24 * time.Hour   // after which nobody wants to know any more
	atATime = 500              // rows of a target that are looked at
)

// parcel is a message that this deliverer alone may send, until its lease ends.
type parcel struct {
	target  uuid.UUID
	address address
	broken  error // the address cannot be opened
	rows    []row
}

// delivery is the same for the same rows, however often they are sent.
func (p parcel) delivery() uuid.UUID {
	if len(p.rows) == 1 {
		return p.rows[0].id
	}
	var ids []byte
	for _, r := range p.rows {
		ids = append(ids, r.id[:]...)
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, ids)
}

// ours are the rows that a deliverer has to look at now: those that are due, and those whose sender did not come back.
// next_at is the lease's end while a row is being sent.
const ours = `n.state IN ('pending', 'sending') AND n.next_at <= now() AND n.` + outside

// outside is a column with one of Channels: other rows are for the console.
const outside = `channel IN ('dingtalk', 'feishu', 'wecom', 'webhook')`

// settle ends the rows that nobody has to send any more: rungs of a ticket that somebody has taken, rows of a target
// that is out of use, and those that are too old. Rows are locked in passing, as two nodes may do this at once.
func (d *Deliverer) settle(ctx context.Context) error {
	_, err := d.db.Exec(ctx, `UPDATE notifications SET state = 'suppressed', lease_until = NULL WHERE id IN (
		SELECT n.id FROM notifications n JOIN tickets t ON t.id = n.ticket_id
		 WHERE `+ours+` AND n.rung IS NOT NULL AND t.state NOT IN ('queued', 'offered') FOR UPDATE OF n SKIP LOCKED)`)
	if err != nil {
		return fmt.Errorf("suppress what is not wanted any more: %w", err)
	}
	rows, err := d.db.Query(ctx, `SELECT n.id FROM notifications n WHERE `+ours+` AND (n.created_at < now() - $1::interval OR n.ticket_id IS NULL
		OR NOT EXISTS (SELECT 1 FROM notify_targets g WHERE g.id::text = n.target AND g.disabled_at IS NULL)) ORDER BY n.id`, giveUp)
	if err != nil {
		return fmt.Errorf("find what cannot be sent: %w", err)
	}
	lost, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil || len(lost) == 0 {
		return wrap("find what cannot be sent", err)
	}
	return d.escalate(ctx, lost, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE notifications n SET state = 'failed', lease_until = NULL,
			provider_code = CASE WHEN n.created_at < now() - $2::interval THEN 'too_late' ELSE 'no_target' END
			WHERE n.id IN (SELECT id FROM notifications WHERE id = ANY($1) ORDER BY id FOR UPDATE) AND `+ours, lost, giveUp)
		return wrap("end what cannot be sent", err)
	})
}

// due lists the targets that have something due.
func (d *Deliverer) due(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := d.db.Query(ctx, `SELECT g.id FROM notify_targets g WHERE g.disabled_at IS NULL AND EXISTS (
		SELECT 1 FROM notifications n WHERE n.target = g.id::text AND `+ours+`)`)
	if err != nil {
		return nil, fmt.Errorf("look for notifications: %w", err)
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for notifications: %w", err)
	}
	return due, nil
}

// take chooses the next message of a target and leases its rows. Whoever has the target's row locked decides alone, so
// that nodes keep one budget; the message counts from here, also if it fails.
//
// P0 that cannot go out here is handed to a second channel afterwards, in a transaction of its own: tickets are locked
// before targets and notifications, never after.
func (d *Deliverer) take(ctx context.Context, target uuid.UUID) (p parcel, err error) {
	free, err := d.slot(ctx)
	if err != nil {
		return p, err
	}
	defer free()
	var decided plan
	err = pgx.BeginFunc(ctx, d.db, func(tx pgx.Tx) error {
		s, err := d.lockTarget(ctx, tx, target, &p)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock the target: %w", err)
		}
		rows, err := dueRows(ctx, tx, target)
		if err != nil {
			return fmt.Errorf("read notifications: %w", err)
		}
		decided = decide(s, rows)
		return leaseRows(ctx, tx, target, decided)
	})
	if err != nil {
		return parcel{}, err
	}
	if err := d.spill(ctx, decided.spill); err != nil { // the message goes out all the same
		d.log.Error("no second channel was called", "error", err)
	}
	p.rows = decided.send
	return p, nil
}

// lockTarget reads how a target does and where it is. For P0 a failing target rests 5 s after its last attempt, then
// 10 s, up to a minute. pgx.ErrNoRows: it is out of use.
func (d *Deliverer) lockTarget(ctx context.Context, tx pgx.Tx, target uuid.UUID, p *parcel) (s standing, err error) {
	var channel string
	var sealedURL, sealedSecret []byte
	err = tx.QueryRow(ctx, `SELECT channel, url_sealed, secret_sealed, failures > 0, coalesce(paused_until > now(), false),
			coalesce(throttled_until > now(), false),
			failures > 0 AND coalesce((SELECT max(s) FROM unnest(sends) s) > now() - least(60, 2.5 * 2 ^ least(failures, 8)) * interval '1 s', false),
			coalesce(digest_at <= now() - interval '30 s', true),
			(SELECT count(*) FROM unnest(sends) s WHERE s > now() - interval '1 min')
		  FROM notify_targets WHERE id = $1 AND disabled_at IS NULL FOR UPDATE`, target).Scan(
		&channel, &sealedURL, &sealedSecret, &s.failing, &s.paused, &s.throttled, &s.resting, &s.digest, &s.used)
	if err != nil {
		return s, err
	}
	s.budget = budgetOf(channel)
	p.target = target
	p.address, p.broken = open(d.box, channel, sealedURL, sealedSecret)
	return s, nil
}

// dueRows reads and locks the rows of a target that are due, the most urgent first, of these those not tried yet. All
// that a message may hold is read here: number, priority, county, wait, rung.
func dueRows(ctx context.Context, tx pgx.Tx, target uuid.UUID) ([]row, error) {
	rows, err := tx.Query(ctx, `SELECT n.id, n.ticket_id, n.attempts, n.provider_code IS NOT NULL, t.no, t.priority, coalesce(n.rung, 0),
			greatest(extract(epoch FROM now() - t.enqueued_at), 0)::bigint, coalesce(place.name, r.name)
		  FROM notifications n JOIN tickets t ON t.id = n.ticket_id JOIN regions r ON r.code = t.region_code,
		       LATERAL (SELECT string_agg(a.name, '' ORDER BY a.level) AS name FROM regions a
		         WHERE a.level BETWEEN 1 AND 3 AND a.prefix IN (left(r.prefix, 2), left(r.prefix, 4), left(r.prefix, 6))) place
		 WHERE n.target = $1::uuid::text AND `+ours+`
		 ORDER BY t.priority, n.attempts > 0, n.next_at, n.id LIMIT $2 FOR UPDATE OF n SKIP LOCKED`, target, atATime)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(from pgx.CollectableRow) (r row, err error) {
		var waited int64
		err = from.Scan(&r.id, &r.ticket, &r.attempts, &r.tried, &r.item.no, &r.item.priority, &r.item.rung, &waited, &r.item.region)
		r.item.waited = time.Duration(waited) * time.Second
		r.item.no, r.item.region = plain(r.item.no), plain(r.item.region)
		return r, err
	})
}

// counted adds a message to those that a target was sent within the last minute.
const counted = `sends = ARRAY(SELECT s FROM unnest(sends) s WHERE s > now() - interval '1 min') || now()`

// leaseRows marks the rows of a message as on their way.
func leaseRows(ctx context.Context, tx pgx.Tx, target uuid.UUID, p plan) error {
	if len(p.send) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE notifications SET state = 'sending', attempts = least(attempts + 1, 32767), lease_until = now() + $2::interval,
		next_at = now() + $2::interval WHERE id = ANY($1)`, ids(p.send), lease)
	if err != nil {
		return fmt.Errorf("lease notifications: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE notify_targets SET digest_at = CASE WHEN $2 THEN now() ELSE digest_at END,
		`+counted+` WHERE id = $1`, target, p.calm)
	return wrap("count a message", err)
}

func ids(rows []row) []uuid.UUID {
	all := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		all[i] = r.id
	}
	return all
}
