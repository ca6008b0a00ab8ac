package audit

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

// Months. Rows of a month are in a partition of their own, audit_log_2026_11, which is made ahead; what finds none is in
// audit_log_other and loses nothing. A partition may also hold several months, audit_log_2026_09_2026_11: those that the
// other one held before the program first looked after it.
//
// Retention. Rows are kept for three years and then dropped with their partition; the chain keeps their entries. Before
// that a row is written into the log, and sealed like every other, that says which time was dropped and how many rows.
// Verify takes a missing row as dropped only where such a row says so, and was written at least three years after.
// What the chain then still proves of the dropped rows is how many they were and that what came later is untouched.

const (
	keepYears   = 3
	monthsAhead = 2
	retained    = "audit.dropped" // the action of the row that tells of a drop
)

// dropped is what such a row says.
type dropped struct {
	Partition string    `json:"partition"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Rows      int64     `json:"rows"`
}

func month(t time.Time) time.Time {
	return time.Date(t.UTC().Year(), t.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
}

func nameOf(from, to time.Time) string {
	name, last := "audit_log_"+from.Format("2006_01"), to.AddDate(0, -1, 0)
	if !last.Equal(from) {
		name += "_" + last.Format("2006_01")
	}
	return name
}

var partitionName = regexp.MustCompile(`^audit_log_(\d{4}_\d\d)(?:_(\d{4}_\d\d))?$`)

// spanOf is the time of a partition by its name.
func spanOf(name string) (from, to time.Time, ok bool) {
	m := partitionName.FindStringSubmatch(name)
	if m == nil {
		return from, to, false
	}
	if m[2] == "" {
		m[2] = m[1]
	}
	from, first := time.Parse("2006_01", m[1])
	to, second := time.Parse("2006_01", m[2])
	return from, to.AddDate(0, 1, 0), first == nil && second == nil
}

// tidy runs work on the partitions while nobody else changes them. It waits little for the tables' locks: business
// would wait behind it.
func (l *Log) tidy(ctx context.Context, work func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, l.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(`+chainLock+`)`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil {
			return err
		}
		return work(tx)
	})
}

// partitions are the names of those of months.
func partitions(ctx context.Context, tx pgx.Tx) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT relid::regclass::text FROM pg_partition_tree('audit_log') WHERE isleaf`)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, name := range names {
		if _, _, ok := spanOf(name); ok {
			all[name] = true
		}
	}
	return all, nil
}

// partition makes the partitions of this month and the next ones. Rows of this month that came before it go along.
func (l *Log) partition(ctx context.Context, now time.Time) error {
	err := l.tidy(ctx, func(tx pgx.Tx) error {
		have, err := partitions(ctx, tx)
		if err != nil {
			return err
		}
		if err := settleOther(ctx, tx, have); err != nil {
			return err
		}
		for ahead := range monthsAhead + 1 {
			from := month(now).AddDate(0, ahead, 0)
			if covered(have, from) {
				continue
			}
			_, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE %s PARTITION OF audit_log FOR VALUES FROM ('%s') TO ('%s')`,
				pgx.Identifier{nameOf(from, from.AddDate(0, 1, 0))}.Sanitize(), from.Format(time.RFC3339), from.AddDate(0, 1, 0).Format(time.RFC3339)))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make partitions: %w", err)
	}
	return nil
}

func covered(have map[string]bool, at time.Time) bool {
	for name := range have {
		if from, to, _ := spanOf(name); !at.Before(from) && at.Before(to) {
			return true
		}
	}
	return false
}

// settleOther turns the partition of what found none into one of the months that it holds, and makes a new empty one.
// Rows cannot be moved: nobody may delete any. Where a month in between has a partition already, all stays as it is.
func settleOther(ctx context.Context, tx pgx.Tx, have map[string]bool) error {
	var first, last *time.Time
	if err := tx.QueryRow(ctx, `SELECT min(at), max(at) FROM audit_log_other`).Scan(&first, &last); err != nil {
		return err
	}
	if first == nil {
		return nil
	}
	from, to := month(*first), month(*last).AddDate(0, 1, 0)
	for name := range have {
		if a, b, _ := spanOf(name); a.Before(to) && from.Before(b) {
			return nil
		}
	}
	name := nameOf(from, to)
	quoted := pgx.Identifier{name}.Sanitize()
	for _, statement := range []string{
		`LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE`,
		`ALTER TABLE audit_log DETACH PARTITION audit_log_other`,
		`ALTER TABLE audit_log_other RENAME TO ` + quoted,
		fmt.Sprintf(`ALTER TABLE audit_log ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')`, quoted, from.Format(time.RFC3339), to.Format(time.RFC3339)),
		`CREATE TABLE audit_log_other PARTITION OF audit_log DEFAULT`,
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	have[name] = true
	return nil
}

// retain drops the partitions whose rows are all older than three years, once they are sealed.
func (l *Log) retain(ctx context.Context, now time.Time) error {
	err := l.tidy(ctx, func(tx pgx.Tx) error {
		have, err := partitions(ctx, tx)
		if err != nil {
			return err
		}
		for name := range have {
			from, to, _ := spanOf(name)
			if to.After(now.AddDate(-keepYears, 0, 0)) {
				continue
			}
			if err := drop(ctx, tx, dropped{Partition: name, From: from, To: to}, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop old partitions: %w", err)
	}
	return nil
}

var errUnsealed = errors.New("rows are not sealed yet")

// drop drops a partition and tells the log.
func drop(ctx context.Context, tx pgx.Tx, d dropped, now time.Time) error {
	table := pgx.Identifier{d.Partition}.Sanitize()
	var unsealed bool
	err := tx.QueryRow(ctx, `SELECT count(*), EXISTS (SELECT FROM `+table+` l WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id))
		FROM `+table).Scan(&d.Rows, &unsealed)
	if err != nil {
		return err
	}
	if unsealed {
		return errUnsealed
	}
	if err := Append(ctx, tx, System, Entry{Action: retained, ObjectKind: "audit_log", ObjectID: d.Partition, Data: d}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DROP TABLE `+table)
	return err
}
