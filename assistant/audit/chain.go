package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The chain. Entry n of audit_chain belongs to one row of the log:
//
//	hash(n) = SHA256(prev_hash ‖ n ‖ row),  prev_hash(n) = hash(n-1),  prev_hash(1) = 32 zero bytes
//
// n is eight bytes, big-endian. row is the canonical form: the columns in the order of columns, each as one byte 0 for
// NULL, or one byte 1, the length in four bytes, big-endian, and the bytes of its text. The texts are PostgreSQL's own
// (::text), but at is the count of microseconds since 1970-01-01 UTC. A length before each value keeps two rows from
// having one form.
//
// Entries follow the order of sealing, not of at: a row that commits late is sealed late. The chain proves itself only
// up to its end: whoever can write all of it can make another one. So its head is to be kept elsewhere each day, as
// `xiaohe db audit head` prints it, and given to Verify.

// columns are those of the canonical form, as text.
const columns = `l.id::text, (extract(epoch FROM l.at) * 1000000)::bigint::text, l.actor_id::text, l.actor_role, l.actor_prefix, l.action, l.object_kind,
	l.object_id, l.conversation_id::text, l.region_code, l.reason, l.ip::text, l.request_id, l.result, l.data::text`

const columnCount = 15

// row is a row of the log in the texts of columns.
type row [columnCount]*string

// targets are what Scan fills.
func (r *row) targets() []any {
	all := make([]any, columnCount)
	for i := range r {
		all[i] = &r[i]
	}
	return all
}

func (r *row) id() (uuid.UUID, error) { return uuid.Parse(*r[0]) }

func (r *row) at() (time.Time, error) {
	us, err := strconv.ParseInt(*r[1], 10, 64)
	return time.UnixMicro(us).UTC(), err
}

// canonical is the form that is hashed.
func (r *row) canonical() []byte {
	var form []byte
	for _, text := range r {
		if text == nil {
			form = append(form, 0)
			continue
		}
		form = append(form, 1)
		form = binary.BigEndian.AppendUint32(form, uint32(len(*text)))
		form = append(form, *text...)
	}
	return form
}

// link is the hash of entry n.
func link(prev []byte, n int64, r *row) []byte {
	h := sha256.New()
	h.Write(prev)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	h.Write(r.canonical())
	return h.Sum(nil)
}

// Head is the end of the chain: whoever keeps it elsewhere can prove later that nothing before it was changed.
type Head struct {
	N    int64 // 0: nothing is sealed yet
	Hash []byte
	At   time.Time // of the row
}

// Head returns the end of the chain.
func (l *Log) Head(ctx context.Context) (Head, error) { return head(ctx, l.db) }

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func head(ctx context.Context, db querier) (Head, error) {
	var h Head
	err := db.QueryRow(ctx, `SELECT n, hash, audit_at FROM audit_chain ORDER BY n DESC LIMIT 1`).Scan(&h.N, &h.Hash, &h.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return Head{Hash: make([]byte, sha256.Size)}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("read the head of the audit chain: %w", err)
	}
	return h, nil
}

// sealAtOnce is how many rows one transaction seals.
const sealAtOnce = 1000

// How far before the head a row may lie that is sealed now: its transaction took so long. What is older than lookBack
// is found by the hourly search, and what came while no program ran, at the start.
const (
	lookBack     = time.Minute
	lookBackLong = 24 * time.Hour
)

// Seal adds the rows of the log that are not in the chain yet, and returns how many. At any moment one node seals; the
// others return at once.
func (l *Log) Seal(ctx context.Context) (int, error) {
	return l.seal(ctx, lookBack)
}

// seal seals until nothing is left that lies at most back before the head; 0 is the whole log.
func (l *Log) seal(ctx context.Context, back time.Duration) (total int, err error) {
	since := time.Unix(0, 0)
	if back > 0 {
		last, err := l.Head(ctx)
		if err != nil {
			return 0, err
		}
		if last.N > 0 {
			since = last.At.Add(-back)
		}
	}
	for {
		n, newest, err := l.sealSome(ctx, since)
		total += n
		if err != nil || n < sealAtOnce {
			return total, err
		}
		since = newest
	}
}

// chainLock is what one node at a time has: the sealer, or whoever changes partitions.
const chainLock = `hashtextextended(current_schema() || '.audit_chain', 0)`

// sealSome seals the first rows from a time on, and tells the time of the last of them.
func (l *Log) sealSome(ctx context.Context, since time.Time) (sealed int, newest time.Time, err error) {
	err = pgx.BeginFunc(ctx, l.db, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(`+chainLock+`)`).Scan(&mine); err != nil || !mine {
			return err
		}
		last, err := head(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+columns+` FROM audit_log l WHERE l.at >= $1
			AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id) ORDER BY l.at, l.id LIMIT $2`, since, sealAtOnce)
		if err != nil {
			return err
		}
		entries, err := chain(last, rows)
		if err != nil {
			return err
		}
		if sealed = len(entries); sealed == 0 {
			return nil
		}
		newest = entries[sealed-1].at
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"audit_chain"}, []string{"n", "audit_at", "audit_id", "prev_hash", "hash"},
			pgx.CopyFromSlice(sealed, func(i int) ([]any, error) {
				e := entries[i]
				return []any{e.n, e.at, e.id, e.prev, e.hash}, nil
			}))
		return err
	})
	if err != nil {
		return 0, newest, fmt.Errorf("seal audit rows: %w", err)
	}
	return sealed, newest, nil
}

// chained is an entry of the chain and its row, whose texts are nil where it is gone.
type chained struct {
	n          int64
	at         time.Time
	id         uuid.UUID
	prev, hash []byte
	row        row
}

// chain makes the entries of rows that follow a head.
func chain(last Head, rows pgx.Rows) (entries []chained, err error) {
	var r row
	_, err = pgx.ForEachRow(rows, r.targets(), func() error {
		e := chained{n: last.N + 1, prev: last.Hash}
		var err error
		if e.id, err = r.id(); err != nil {
			return err
		}
		if e.at, err = r.at(); err != nil {
			return err
		}
		e.hash = link(e.prev, e.n, &r)
		entries, last = append(entries, e), Head{e.n, e.hash, e.at}
		return nil
	})
	return entries, err
}
