package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Kinds of findings.
const (
	Edited   = "edited"   // the row is not the one that was sealed
	Removed  = "removed"  // the row that was sealed is gone
	Broken   = "broken"   // an entry of the chain does not follow the one before it
	Inserted = "inserted" // a row was put in at a time that had been sealed long before
	NotHead  = "not_head" // the chain does not hold the head that was kept elsewhere
)

// Finding is one thing that is wrong with the log.
type Finding struct {
	Kind string    `json:"kind"`
	N    int64     `json:"n"`           // of the chain; 0 for a row that is not in it
	ID   uuid.UUID `json:"id,omitzero"` // of the row; uuid.Nil where there is none
	At   time.Time `json:"at,omitzero"` // of the row, or the month that rows were dropped of; zero where there is none
}

// Report is what Verify has found.
type Report struct {
	OK       bool       `json:"ok"`
	Entries  int64      `json:"entries"` // of the chain
	Dropped  int64      `json:"dropped"` // of them, how many have lost their row at the end of its retention
	Head     string     `json:"head"`    // hash of the last entry, hexadecimal
	Findings []Finding  `json:"findings"`
	More     int        `json:"more"`             // findings that are not listed
	Unsealed int64      `json:"unsealed"`         // rows that have waited longer than two seconds for the sealer
	Oldest   *time.Time `json:"oldest,omitempty"` // of them
}

const (
	mostFindings = 100
	sealWithin   = 2 * time.Second
	// late is how far before the newest sealed row another may lie when it is sealed. No transaction takes that long.
	late = 10 * time.Minute
	// verifyAtOnce is how many entries are read at a time.
	verifyAtOnce = 5000
)

func (r *Report) add(f Finding) {
	if len(r.Findings) == mostFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, f)
}

// Verify reads the whole chain and the whole log, as they were at one moment, and compares them. anchor is a head that
// was kept elsewhere, or the zero value. An edited, removed, inserted or reordered row is a finding; rows that wait for
// the sealer are counted apart.
func (l *Log) Verify(ctx context.Context, anchor Head) (Report, error) {
	tx, err := l.db.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit log: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return verifyIn(ctx, tx, anchor)
}

func verifyIn(ctx context.Context, tx pgx.Tx, anchor Head) (Report, error) {
	report := Report{Findings: []Finding{}}
	v := verifier{tx: tx, report: &report, anchor: anchor, prev: make([]byte, sha256.Size)}
	for _, step := range []func(context.Context) error{v.readDrops, v.readChain, v.readUnsealed} {
		if err := step(ctx); err != nil {
			return report, fmt.Errorf("verify the audit log: %w", err)
		}
	}
	report.OK = len(report.Findings) == 0
	return report, nil
}

// verifier is one run of Verify.
type verifier struct {
	tx     pgx.Tx
	report *Report
	anchor Head
	drops  []dropped

	n      int64 // the last entry
	prev   []byte
	newest time.Time // at of what was sealed so far
	gone   []int64   // by index of drops: entries without a row
}

// readDrops finds which months the program has dropped, as it wrote into the log.
func (v *verifier) readDrops(ctx context.Context) error {
	rows, err := v.tx.Query(ctx, `SELECT l.at, l.data FROM audit_log l JOIN audit_chain c ON c.audit_id = l.id AND c.audit_at = l.at
		WHERE l.action = $1 AND l.actor_role = 'system' ORDER BY c.n`, retained)
	if err != nil {
		return err
	}
	var at time.Time
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&at, &data}, func() error {
		var d dropped
		// Only what was old enough then was dropped by the program.
		if json.Unmarshal(data, &d) == nil && !d.To.After(at.AddDate(-keepYears, 0, 0)) {
			v.drops = append(v.drops, d)
		}
		return nil
	})
	v.gone = make([]int64, len(v.drops))
	return err
}

// readChain checks each entry against the one before it and against its row.
func (v *verifier) readChain(ctx context.Context) error {
	for more := true; more; {
		rows, err := v.tx.Query(ctx, `SELECT c.n, c.audit_at, c.audit_id, c.prev_hash, c.hash, `+columns+` FROM
			(SELECT * FROM audit_chain WHERE n > $1 ORDER BY n LIMIT $2) c
			LEFT JOIN audit_log l ON l.at = c.audit_at AND l.id = c.audit_id ORDER BY c.n`, v.next(), verifyAtOnce)
		if err != nil {
			return err
		}
		var e chained
		tag, err := pgx.ForEachRow(rows, append([]any{&e.n, &e.at, &e.id, &e.prev, &e.hash}, e.row.targets()...), func() error {
			v.check(&e)
			return nil
		})
		if err != nil {
			return err
		}
		more = tag.RowsAffected() == verifyAtOnce
	}
	v.report.Head = fmt.Sprintf("%x", v.prev)
	if v.anchor.N > v.n {
		v.report.add(Finding{Kind: NotHead, N: v.anchor.N})
	}
	for i, d := range v.drops {
		if v.gone[i] > d.Rows {
			v.report.add(Finding{Kind: Removed, At: d.From})
		}
	}
	return nil
}

// next is where reading goes on. Entries below 1 are read too: there should be none.
func (v *verifier) next() int64 {
	if v.report.Entries == 0 {
		return -1 << 63
	}
	return v.n
}

func (v *verifier) check(e *chained) {
	v.report.Entries++
	found := Finding{N: e.n, ID: e.id, At: e.at}
	if e.n != v.n+1 || !bytes.Equal(e.prev, v.prev) {
		found.Kind = Broken
	}
	switch {
	case e.row[0] == nil && v.wasDropped(e.at):
		v.report.Dropped++
	case e.row[0] == nil:
		found.Kind = Removed
	case !bytes.Equal(e.hash, link(e.prev, e.n, &e.row)):
		found.Kind = Edited
	case found.Kind == "" && e.at.Before(v.newest.Add(-late)):
		found.Kind = Inserted
	}
	if v.anchor.N == e.n && e.n > 0 && !bytes.Equal(v.anchor.Hash, e.hash) && found.Kind == "" {
		found.Kind = NotHead
	}
	if found.Kind != "" {
		v.report.add(found)
	}
	if e.at.After(v.newest) {
		v.newest = e.at
	}
	v.n, v.prev = e.n, e.hash
}

// wasDropped tells that a time lies in a month whose rows the program has dropped, and counts the row.
func (v *verifier) wasDropped(at time.Time) bool {
	for i, d := range v.drops {
		if !at.Before(d.From) && at.Before(d.To) {
			v.gone[i]++
			return true
		}
	}
	return false
}

// readUnsealed finds rows that are not in the chain: those that are new wait for the sealer, others were put in.
func (v *verifier) readUnsealed(ctx context.Context) error {
	rows, err := v.tx.Query(ctx, `SELECT l.id, l.at, EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id) FROM audit_log l
		WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id AND c.audit_at = l.at)
		AND l.at < clock_timestamp() - make_interval(secs => $1) ORDER BY l.at`, sealWithin.Seconds())
	if err != nil {
		return err
	}
	var id uuid.UUID
	var at time.Time
	var copied bool // a row of that id is sealed with another time
	_, err = pgx.ForEachRow(rows, []any{&id, &at, &copied}, func() error {
		if copied || at.Before(v.newest.Add(-late)) {
			v.report.add(Finding{Kind: Inserted, ID: id, At: at})
			return nil
		}
		if v.report.Unsealed++; v.report.Unsealed == 1 {
			oldest := at
			v.report.Oldest = &oldest
		}
		return nil
	})
	return err
}
