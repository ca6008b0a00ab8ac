package main

import (
	"bytes"
	"log/slog"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/handoff"
	"xiaohe/database"
	"xiaohe/knowledge"
)

func TestServeOffersTicketsUnlessToldNotTo(t *testing.T) {
	t.Parallel()
	for want, command := range map[string]serveCommand{"offered": {}, "queued": {NoOffers: true}} {
		p := newProgram(t).migrated()
		p.must("user", "add", "wang", "--name", "王老师", "--role", "worker", "--region", "330106")
		s := &session{Context: t.Context(), cli: &cli{Database: p.url, Data: t.TempDir()}, out: &bytes.Buffer{}, err: &bytes.Buffer{}, logger: slog.New(slog.DiscardHandler), environment: os.Getenv}
		db, err := database.Open(s, database.Options{URL: p.url})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		node, err := command.node(s, db, knowledge.NewStore(db.Pool, now))
		if err != nil {
			t.Fatal(err)
		}
		conv, member := uuid.New(), uuid.New()
		err = pgx.BeginFunc(s, db.Pool, func(tx pgx.Tx) error {
			batch := &pgx.Batch{}
			batch.Queue(`UPDATE workers SET duty = 'on' WHERE login = 'wang'`)
			batch.Queue(`INSERT INTO presence (worker_id, conn_id, node, status, beat_at) SELECT id, id, 'n', 'online', now() FROM workers`)
			batch.Queue(`INSERT INTO conversations (id, site_id, opener_id, region_code, channel, last_seq) VALUES ($1, 'self', $2, '330106000000', 'widget', 1)`, conv, member)
			batch.Queue(`INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
				VALUES ($1, 1, $1, 'user', $2, 'message-1', 'text', '救命', false)`, conv, member)
			if err := tx.SendBatch(s, batch).Close(); err != nil {
				return err
			}
			_, err := handoff.Open(s, tx, handoff.Request{Conversation: conv, UserSeq: 1, Priority: 2, Reason: "danger", Origin: "rule"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := node.queue.Sweep(s); err != nil {
			t.Fatal(err)
		}
		var state string
		if err := db.QueryRow(s, `SELECT state FROM tickets`).Scan(&state); err != nil || state != want {
			t.Errorf("NoOffers %v: the ticket is %s (%v)", command.NoOffers, state, err)
		}
		if err := node.site.Shutdown(s); err != nil {
			t.Error(err)
		}
	}
}
