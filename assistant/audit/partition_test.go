package audit

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// tables are the partitions by name.
func (b *bench) tables() []string {
	b.t.Helper()
	tx, err := b.pool.Begin(b.t.Context())
	b.must(err)
	defer func() { _ = tx.Rollback(b.t.Context()) }()
	have, err := partitions(b.t.Context(), tx)
	b.must(err)
	var names []string
	for name := range have {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

// writeAt writes rows at a time.
func (b *bench) writeAt(at time.Time, n int) {
	b.t.Helper()
	b.exec(`INSERT INTO audit_log (id, at, actor_role, action, object_kind, object_id, request_id, result)
		SELECT gen_random_uuid(), $1::timestamptz + i * interval '1 second', 'system', 'login', 'worker', 'x', '-', 'ok' FROM generate_series(1, $2) i`, at, n)
}

func (b *bench) sealWhole() {
	b.t.Helper()
	_, err := b.Log.seal(b.t.Context(), 0)
	b.must(err)
}

func TestMonthsHavePartitionsAhead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.writeAt(day("2026-11-03"), 3) // before the program first looked after the tables
	b.must(b.partition(t.Context(), day("2026-11-20")))
	want := []string{"audit_log_2026_11", "audit_log_2026_12", "audit_log_2027_01"}
	if got := b.tables(); !slices.Equal(got, want) {
		t.Errorf("partitions %v, want %v", got, want)
	}
	b.must(b.partition(t.Context(), day("2026-11-21")))
	b.writeAt(day("2027-03-03"), 2) // it slept
	b.writeAt(day("2027-05-03"), 2)
	b.must(b.partition(t.Context(), day("2027-05-20")))
	want = append(want, "audit_log_2027_03_2027_05", "audit_log_2027_06", "audit_log_2027_07")
	if got := b.tables(); !slices.Equal(got, want) {
		t.Errorf("partitions %v, want %v", got, want)
	}
	b.sealWhole()
	if r := b.verify(); !r.OK || r.Entries != 7 {
		t.Errorf("rows were lost or changed on their way: %+v", r)
	}
	for _, statement := range []string{`UPDATE audit_log SET reason = ''`, `DELETE FROM audit_log_2026_11`, `DELETE FROM audit_log_2027_03_2027_05`, `DELETE FROM audit_log_2027_06`} {
		b.writeAt(day("2027-06-01"), 1)
		if _, err := b.pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}

func TestRowsEndAfterThreeYearsAndTheChainStaysProvable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, at := range []string{"2022-05-03", "2022-06-03", "2023-06-03"} {
		b.must(b.partition(t.Context(), day(at)))
		b.writeAt(day(at), 4)
	}
	now := day("2025-07-01")
	if err := b.retain(t.Context(), now); !errors.Is(err, errUnsealed) {
		t.Fatalf("rows were dropped before they were sealed: %v", err)
	}
	b.sealWhole()
	b.must(b.retain(t.Context(), now.AddDate(0, 0, -1))) // the day before June is over three years ago
	b.must(b.retain(t.Context(), now))
	b.sealWhole()
	var left int
	b.must(b.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'login'`).Scan(&left))
	if left != 4 {
		t.Errorf("%d rows are left, want 4", left)
	}
	if r := b.verify(); !r.OK || r.Dropped != 8 || r.Entries < 14 {
		t.Errorf("after the end of the retention: %+v", r)
	}
	for i, meddle := range []string{
		`UPDATE audit_chain SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE n = 3`,
		`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 10)`, // too young to be dropped
	} {
		b.tamper(meddle)
		if r := b.verify(); r.OK || len(r.Findings) != i+1 {
			t.Errorf("%s: %+v", meddle, r)
		}
	}
}

func TestADropThatNobodyMadeExcusesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(6)
	b.seal()
	tomorrow := time.Now().AddDate(0, 0, 1)
	b.must(b.Append(t.Context(), System, Entry{Action: retained, ObjectKind: "audit_log", ObjectID: "x",
		Data: dropped{From: tomorrow.AddDate(-1, 0, 0), To: tomorrow, Rows: 100}}))
	b.seal()
	b.tamper(`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 2)`)
	if r := b.verify(); r.OK || !slices.Equal(kinds(r), []string{Removed}) {
		t.Errorf("%+v", r)
	}
}

func TestRunSealsByItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(3)
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { done <- b.Run(ctx) }()
	for {
		head, err := b.Head(t.Context())
		b.must(err)
		if head.N == 3 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.write(2)
	for {
		if head, err := b.Head(t.Context()); err != nil || head.N == 5 {
			b.must(err)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	<-done
	if r := b.verify(); !r.OK || r.Entries != 5 {
		t.Errorf("%+v", r)
	}
}
