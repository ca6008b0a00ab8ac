package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"xiaohe/assistant"
	"xiaohe/assistant/account"
	"xiaohe/assistant/apikey"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/notify"
	"xiaohe/database"
	"xiaohe/database/bus"
	"xiaohe/knowledge"
	"xiaohe/web"
)

// node is everything that one `xiaohe serve` runs. Any number of nodes may share a database.
type node struct {
	db       *database.DB
	site     *web.Server
	accounts *account.Store
	queue    *handoff.Store
	audit    *audit.Log
	bus      *bus.Bus
	delivery *notify.Deliverer
	chat     *llm.Client // nil: no language model
	store    *knowledge.Store
	settle   func() // writes what its calls came to
}

// oidcSecretVariable holds the secret that this program shares with the identity provider.
const oidcSecretVariable = "XIAOHE_OIDC_SECRET"

// node wires the program.
func (c *serveCommand) node(s *session, db *database.DB, store *knowledge.Store) (*node, error) {
	if _, err := store.Region(s, c.Region); err != nil {
		return nil, err
	}
	conversations, err := conversation.New(s, db, now)
	if err != nil {
		return nil, fmt.Errorf("open conversations: %w", err)
	}
	accounts, err := account.New(s, db.Pool, now)
	if err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	if c.OIDCIssuer != "" {
		err := accounts.UseOIDC(account.OIDC{Issuer: c.OIDCIssuer, ClientID: c.OIDCClient, ClientSecret: s.environment(oidcSecretVariable)})
		if err != nil {
			return nil, err
		}
	}
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	networks, err := s.notifyNetworks()
	if err != nil {
		return nil, err
	}
	if err := notify.NewTargets(db.Pool, box).Check(s); err != nil {
		fmt.Fprintln(s.err, notify.Explain("key"))
	}
	n := &node{
		db: db, store: store, accounts: accounts, queue: handoff.New(db.Pool, s.logger, nil), audit: audit.NewLog(db.Pool, s.logger),
		bus:      bus.New(db.Config().ConnConfig, s.logger),
		delivery: notify.New(notify.Options{DB: db.Pool, Box: box, Base: c.base(), AllowPrivate: networks, Log: s.logger}),
	}
	n.queue.UseBox(box)
	if c.NoOffers {
		n.queue.WithoutOffers()
	}
	s.measure()
	if n.chat, n.settle, err = s.chat(db); err != nil {
		return nil, err
	}
	if c.Questions {
		questioner, err := assistant.NewQuestioner(n.chat)
		if err != nil {
			return nil, err
		}
		if questioner == nil {
			return nil, &knowledge.InputError{Message: "--questions 要有语言模型：请写 --chat-url 和 --chat-model"}
		}
		store.UseQuestioner(questioner)
	}
	mind := assistant.New(store)
	mind.UseModel(n.chat)
	n.site = web.New(web.Options{
		Assistant: mind, Knowledge: store, Conversations: conversations, Handoff: n.queue, Accounts: accounts, Audit: n.audit, Bus: n.bus,
		Alerted: n.delivery.Wake, Keys: apikey.New(db.Pool, now),
		Differs: differences(s.figures), Models: n.chat.Report, Metrics: promhttp.HandlerFor(s.figures, promhttp.HandlerOpts{}), MetricsToken: s.key(metricsTokenVariable),
		Region: c.Region, Origins: c.Origin, Sites: c.Site, TrustProxy: c.TrustProxy, Now: now, Logger: s.logger,
	})
	return n, nil
}

// base is the address that links in notifications begin with.
func (c *serveCommand) base() string {
	if len(c.Origin) > 0 {
		return c.Origin[0]
	}
	return ""
}

// start runs what works beside the web server: the queue's deadlines, the seal of the audit log, the line to the other
// nodes, the notifications. end stops them.
func (n *node) start(log *slog.Logger) (jobs *errgroup.Group, end context.CancelFunc) {
	ctx, end := context.WithCancel(context.Background())
	jobs = &errgroup.Group{}
	for name, run := range map[string]func(context.Context) error{
		"queue": n.queue.Run, "audit": n.audit.Run, "bus": n.bus.Run, "notifications": n.delivery.Run,
		"index": func(ctx context.Context) error { return n.store.RunIndex(ctx, log) },
	} {
		jobs.Go(func() error {
			err := run(ctx)
			if err != nil && ctx.Err() == nil {
				log.Error("background work ended", "work", name, "error", err)
			}
			return err
		})
	}
	return jobs, end
}
