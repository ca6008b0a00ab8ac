package audit

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"xiaohe/database/dbtest"
)

// bench is a log over a schema of its own.
type bench struct {
	*Log
	t    *testing.T
	pool *pgxpool.Pool
}

func setup(t *testing.T) *bench {
	pool := dbtest.New(t)
	return &bench{NewLog(pool, slog.New(slog.DiscardHandler)), t, pool}
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), sql, args...)
	b.must(err)
}

// tamper changes the tables as somebody could who owns the database: no trigger holds them up.
func (b *bench) tamper(sql string, args ...any) {
	b.t.Helper()
	tx, err := b.pool.Begin(b.t.Context())
	b.must(err)
	_, err = tx.Exec(b.t.Context(), `SET LOCAL session_replication_role = replica`)
	b.must(err)
	tag, err := tx.Exec(b.t.Context(), sql, args...)
	b.must(err)
	b.must(tx.Commit(b.t.Context()))
	if tag.RowsAffected() == 0 {
		b.t.Fatalf("%s changed nothing", sql)
	}
}

var somebody = Actor{ID: uuid.MustParse("01938c1e-0000-7000-8000-000000000001"), Role: "worker", Prefix: "330106", Request: "r1", IP: netip.MustParseAddr("192.0.2.7")}

func (b *bench) write(n int) {
	b.t.Helper()
	for i := range n {
		e := Entry{Action: "ticket.claimed", ObjectKind: "ticket", ObjectID: fmt.Sprint(i), Conversation: uuid.New(), Region: "330106000000",
			Reason: "因由", Data: struct{ Epoch int }{i}}
		by := somebody
		if i%3 == 0 { // many columns NULL
			e, by = Entry{Action: "login.failed", ObjectKind: "login", ObjectID: fmt.Sprint(i), Result: "denied"}, System
		}
		b.must(b.Append(b.t.Context(), by, e))
	}
}

func (b *bench) seal() int {
	b.t.Helper()
	n, err := b.Seal(b.t.Context())
	b.must(err)
	return n
}

func (b *bench) verify() Report {
	b.t.Helper()
	report, err := b.Verify(b.t.Context(), Head{})
	b.must(err)
	return report
}

// kinds are the kinds of findings, each once.
func kinds(r Report) (all []string) {
	for _, f := range r.Findings {
		if !slices.Contains(all, f.Kind) {
			all = append(all, f.Kind)
		}
	}
	slices.Sort(all)
	return all
}

func TestSealedRowsAreProvable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if r := b.verify(); !r.OK || r.Entries != 0 {
		t.Errorf("an empty log: %+v", r)
	}
	b.write(7)
	if n := b.seal(); n != 7 {
		t.Errorf("%d rows sealed, want 7", n)
	}
	if n := b.seal(); n != 0 {
		t.Errorf("%d rows sealed twice", n)
	}
	b.write(2)
	b.seal()
	if r := b.verify(); !r.OK || r.Entries != 9 || r.Unsealed != 0 {
		t.Errorf("%+v", r)
	}
}

func TestRowsThatWaitForTheSealerAreReportedApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(3)
	b.seal()
	b.write(1)
	if r := b.verify(); !r.OK || r.Unsealed != 0 {
		t.Errorf("a row of this moment: %+v", r)
	}
	b.tamper(`UPDATE audit_log SET at = at - interval '3 seconds' WHERE id NOT IN (SELECT audit_id FROM audit_chain)`)
	if r := b.verify(); !r.OK || r.Unsealed != 1 || r.Oldest == nil {
		t.Errorf("a row that waits: %+v", r)
	}
	b.seal()
	if r := b.verify(); !r.OK || r.Unsealed != 0 {
		t.Errorf("a row that was late by seconds: %+v", r)
	}
}

func TestTheLogCannotBeChangedByTheProgram(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(1)
	b.seal()
	b.must(b.partition(t.Context(), time.Now())) // partitions of months are no way round
	b.write(1)
	for _, statement := range []string{`UPDATE audit_log SET reason = ''`, `DELETE FROM audit_log`, `UPDATE audit_chain SET n = n + 1`, `DELETE FROM audit_chain`} {
		if _, err := b.pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
	if r := b.verify(); r.Entries != 1 || !r.OK {
		t.Errorf("%+v", r)
	}
}

func TestWholeRowsThatWereMeddledWithAreFound(t *testing.T) {
	t.Parallel()
	fake := `INSERT INTO audit_log (id, at, actor_role, action, object_kind, object_id, request_id, result)
		SELECT gen_random_uuid(), at - interval '1 hour', 'system', 'login', 'worker', 'x', '-', 'ok' FROM audit_log l JOIN audit_chain ON audit_id = id WHERE n = 4`
	for name, c := range map[string]struct {
		meddle []string
		want   string
	}{
		"removed from the log":        {[]string{`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 4)`}, Removed},
		"removed from both":           {[]string{`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 4)`, `DELETE FROM audit_chain WHERE n = 4`}, Broken},
		"removed and numbered anew":   {[]string{`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 4)`, `DELETE FROM audit_chain WHERE n = 4`, `UPDATE audit_chain SET n = -n + 100 WHERE n > 4`, `UPDATE audit_chain SET n = 99 - n WHERE n > 8`}, Edited},
		"the first removed":           {[]string{`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 1)`, `DELETE FROM audit_chain WHERE n = 1`}, Broken},
		"inserted and waiting":        {[]string{fake}, Inserted},
		"copied to another time":      {[]string{`INSERT INTO audit_log SELECT id, at - interval '1 minute', actor_id, actor_role, actor_prefix, action, object_kind, object_id, conversation_id, region_code, reason, ip, request_id, result, data FROM audit_log WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 4)`}, Inserted},
		"two in each other's place":   {[]string{`UPDATE audit_chain c SET audit_id = o.audit_id, audit_at = o.audit_at FROM (SELECT a.n, b.audit_id, b.audit_at FROM audit_chain a JOIN audit_chain b ON a.n + b.n = 7 WHERE a.n IN (3, 4)) o WHERE c.n = o.n`}, Edited},
		"two times in the wrong rows": {[]string{`UPDATE audit_log l SET at = o.at FROM (SELECT a.audit_id, b.audit_at AS at FROM audit_chain a JOIN audit_chain b ON a.n + b.n = 7 WHERE a.n IN (3, 4)) o WHERE l.id = o.audit_id`}, Removed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.write(8)
			b.seal()
			if name == "two in each other's place" {
				b.exec(`ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_audit_id_key`)
			}
			for _, statement := range c.meddle {
				b.tamper(statement)
			}
			if r := b.verify(); r.OK || !slices.Contains(kinds(r), c.want) {
				t.Errorf("want %s: %+v", c.want, r)
			}
		})
	}
}

func TestARowThatIsPutInLateIsFoundEvenWhenItWasSealed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(3)
	b.seal()
	b.exec(`INSERT INTO audit_log (id, at, actor_role, action, object_kind, object_id, request_id, result)
		VALUES (gen_random_uuid(), now() - interval '2 days', 'system', 'login', 'worker', 'x', '-', 'ok')`)
	_, err := b.Log.seal(t.Context(), 0)
	b.must(err)
	if r := b.verify(); r.OK || !slices.Equal(kinds(r), []string{Inserted}) || r.Findings[0].N != 4 {
		t.Errorf("%+v", r)
	}
}

func TestAHeadThatWasKeptElsewhereShowsANewChain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(5)
	b.seal()
	kept, err := b.Head(t.Context())
	b.must(err)
	b.write(2)
	b.seal()
	if r, err := b.Verify(t.Context(), kept); err != nil || !r.OK {
		t.Errorf("nothing was changed: %+v %v", r, err)
	}
	b.tamper(`UPDATE audit_log SET reason = 'x' WHERE id = (SELECT audit_id FROM audit_chain WHERE n = 2)`)
	b.tamper(`DELETE FROM audit_chain`)
	b.seal() // everything anew: by itself it is sound
	if r := b.verify(); !r.OK {
		t.Errorf("%+v", r)
	}
	if r, err := b.Verify(t.Context(), kept); err != nil || r.OK || r.Findings[0].Kind != NotHead {
		t.Errorf("a new chain: %+v %v", r, err)
	}
	b.tamper(`DELETE FROM audit_log WHERE id IN (SELECT audit_id FROM audit_chain WHERE n > 4)`)
	b.tamper(`DELETE FROM audit_chain WHERE n > 4`)
	if r, err := b.Verify(t.Context(), kept); err != nil || r.OK || r.Findings[0].Kind != NotHead {
		t.Errorf("the end was cut off: %+v %v", r, err)
	}
}

// flips change one column of a row as little as can be: a byte, a bit, a microsecond; NULL and empty are two things.
var flips = map[string][]string{
	"audit_log.id":              {`id = overlay(id::text placing (CASE substr(id::text, $2, 1) WHEN '0' THEN '1' ELSE '0' END) from $2 for 1)::uuid`},
	"audit_log.at":              {`at = at + interval '1 microsecond'`, `at = at - interval '1 day'`},
	"audit_log.actor_id":        {`actor_id = CASE WHEN actor_id IS NULL THEN gen_random_uuid() END`, `actor_id = gen_random_uuid()`},
	"audit_log.actor_role":      {`actor_role = %s`},
	"audit_log.actor_prefix":    {`actor_prefix = CASE WHEN actor_prefix IS NULL THEN '' END`, `actor_prefix = coalesce(actor_prefix, '') || '1'`},
	"audit_log.action":          {`action = %s`},
	"audit_log.object_kind":     {`object_kind = %s`},
	"audit_log.object_id":       {`object_id = %s`},
	"audit_log.conversation_id": {`conversation_id = gen_random_uuid()`, `conversation_id = CASE WHEN conversation_id IS NULL THEN gen_random_uuid() END`},
	"audit_log.region_code":     {`region_code = CASE WHEN region_code IS NULL THEN '' END`, `region_code = coalesce(region_code, '') || ' '`},
	"audit_log.reason":          {`reason = CASE WHEN reason IS NULL THEN '' END`, `reason = coalesce(reason, '') || '由'`},
	"audit_log.ip":              {`ip = CASE WHEN ip IS NULL THEN '192.0.2.1'::inet ELSE ip + 1 END`, `ip = CASE WHEN ip IS NULL THEN '::1'::inet ELSE set_masklen(ip, 31) END`},
	"audit_log.request_id":      {`request_id = %s`},
	"audit_log.result":          {`result = CASE result WHEN 'ok' THEN 'denied' ELSE 'ok' END`},
	"audit_log.data":            {`data = data || '{"x": 1}'`, `data = '{"Epoch": null}'`, `data = '[]'`},
	"audit_chain.n":             {`n = n + 1000`, `n = -n`, `n = 0`},
	"audit_chain.audit_at":      {`audit_at = audit_at + interval '1 microsecond'`},
	"audit_chain.audit_id":      {`audit_id = gen_random_uuid()`},
	"audit_chain.prev_hash":     {`prev_hash = set_byte(prev_hash, $2 % 32, get_byte(prev_hash, $2 % 32) # 1)`, `prev_hash = ''`},
	"audit_chain.hash":          {`hash = set_byte(hash, $2 % 32, get_byte(hash, $2 % 32) # 128)`, `hash = hash || '\x00'`},
}

func TestAnyChangeOfAnyColumnIsFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(12)
	b.seal()
	var count int
	b.must(b.pool.QueryRow(t.Context(), `SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name IN ('audit_log', 'audit_chain')`).Scan(&count))
	if count != len(flips) {
		t.Fatalf("the tables have %d columns, the test knows of %d", count, len(flips))
	}
	targets := make([]string, 0, len(flips))
	for name := range flips {
		targets = append(targets, name)
	}
	slices.Sort(targets)
	rapid.Check(t, func(r *rapid.T) {
		target := rapid.SampledFrom(targets).Draw(r, "column")
		flip := rapid.SampledFrom(flips[target]).Draw(r, "change")
		n, place := rapid.IntRange(1, 12).Draw(r, "row"), rapid.IntRange(1, 36).Draw(r, "place")
		b.flip(r, target, flip, n, place)
	})
}

// flip makes one change in a transaction that is then taken back.
func (b *bench) flip(r *rapid.T, target, flip string, n, place int) {
	ctx := context.Background()
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	table, column, _ := strings.Cut(target, ".")
	if column == "id" && slices.Contains([]int{9, 14, 19, 24}, place) {
		place++ // a hyphen
	}
	if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err != nil {
		r.Fatal(err)
	}
	text := fmt.Sprintf(`overlay(%[1]s placing (CASE ascii(substr(%[1]s, 1 + $2 %% length(%[1]s), 1)) WHEN 97 THEN 'b' ELSE 'a' END) from 1 + $2 %% length(%[1]s) for 1)`, column)
	set := strings.ReplaceAll(strings.ReplaceAll(flip, "%s", text), "$2", fmt.Sprint(place))
	row := map[string]string{"audit_log": `id = (SELECT audit_id FROM audit_chain WHERE n = $1)`, "audit_chain": `n = $1`}[table]
	before, after := "", ""
	same := `SELECT coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') FROM ` + table + ` x`
	if err := tx.QueryRow(ctx, same).Scan(&before); err != nil {
		r.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `UPDATE `+table+` SET `+set+` WHERE `+row, n); err != nil {
		r.Fatalf("%s: %v", set, err)
	}
	if err := tx.QueryRow(ctx, same).Scan(&after); err != nil {
		r.Fatal(err)
	}
	report, err := verifyIn(ctx, tx, Head{})
	if err != nil {
		r.Fatal(err)
	}
	if (before == after) != (report.OK && report.Unsealed == 0) {
		r.Fatalf("%s of row %d: changed %v, report %+v", set, n, before != after, report)
	}
}

func TestSealersOnManyNodesMakeOneChain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all sync.WaitGroup
	for range 4 {
		node := NewLog(b.pool, slog.New(slog.DiscardHandler))
		all.Go(func() {
			for range 30 {
				if _, err := node.Seal(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() { b.write(60) })
	all.Wait()
	b.seal()
	if r := b.verify(); !r.OK || r.Entries != 60 {
		t.Errorf("%+v", r)
	}
}

func TestViewsAreOneRowInFiveMinutesAcrossNodes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conv, other := uuid.New(), uuid.New()
	count := func() (n int) {
		t.Helper()
		b.must(b.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'conversation.viewed' AND conversation_id = $1 AND actor_id = $2`, conv, somebody.ID).Scan(&n))
		return n
	}
	var all sync.WaitGroup
	for range 4 {
		node := NewLog(b.pool, slog.New(slog.DiscardHandler))
		all.Go(func() {
			for range 10 {
				if err := node.Viewed(context.WithoutCancel(t.Context()), somebody, conv, "330106000000"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := count(); n != 1 {
		t.Errorf("%d rows for one person and conversation, want 1", n)
	}
	colleague := somebody
	colleague.ID = uuid.New()
	b.must(b.Viewed(t.Context(), colleague, conv, ""))
	b.must(b.Viewed(t.Context(), somebody, other, ""))
	var n int
	b.must(b.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log`).Scan(&n))
	if n != 3 {
		t.Errorf("%d rows, want 3: another person and another conversation are rows of their own", n)
	}
	for range 2 { // what was denied is told apart from what was seen
		b.must(b.Denied(t.Context(), somebody, conv, "330106000000"))
	}
	b.must(b.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE result = 'denied' AND action = 'conversation.denied'`).Scan(&n))
	if n != 1 {
		t.Errorf("%d rows of what was denied, want 1", n)
	}
	b.tamper(`UPDATE audit_log SET at = at - interval '5 minutes'`)
	b.must(NewLog(b.pool, slog.New(slog.DiscardHandler)).Viewed(t.Context(), somebody, conv, ""))
	if n := count(); n != 2 {
		t.Errorf("%d rows after five minutes, want 2", n)
	}
}
