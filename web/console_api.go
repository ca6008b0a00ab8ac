package web

import (
	"context"
	"net/http"
	"sync"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// console is the part of the server that the workers' console talks to. It holds no SQL and decides nothing: who may do
// what is a condition of the statements behind it.
type console struct {
	*Server
	lists   chan struct{} // a place for each queue that is being read: consoles must not take all connections
	seeding sync.Mutex
	seeded  bool // the built-in canned replies are stored
}

// consoleRoute is an endpoint of the console and the roles that may use it.
type consoleRoute struct {
	pattern string
	roles   []string
	handler staffHandler
}

// consoleRoutes adds the workers' console: its pages and its API.
func (s *Server) consoleRoutes(mux *http.ServeMux) {
	s.consolePages(mux)
	c := &console{Server: s, lists: make(chan struct{}, listsAtOnce)}
	for _, route := range c.routes() {
		mux.HandleFunc(route.pattern, s.staff(route.roles...)(route.handler))
	}
}

// routes lists every endpoint of the console's API. The tests try all of them from the wrong side of the region wall.
func (c *console) routes() []consoleRoute {
	helpers, writers := consoleRoles, cannedWriters
	all := []string{account.Worker, account.Supervisor, account.Officer}
	const root = "/api/v1/console"
	return []consoleRoute{
		{"GET " + root + "/me", all, c.me},
		{"PUT " + root + "/duty", helpers, c.setDuty},
		{"GET " + root + "/queue", helpers, c.queue},
		{"POST " + root + "/claim-next", helpers, c.claimNext},
		{"GET " + root + "/overview", []string{account.Supervisor}, c.overview},
		{"GET " + root + "/staff", helpers, c.colleagues},
		{"GET " + root + "/find", helpers, c.find},
		{"GET " + root + "/tickets/{id}", helpers, c.ticket},
		{"POST " + root + "/tickets/{id}/{verb}", helpers, c.command},
		{"POST " + root + "/tickets/{id}/draft", helpers, c.draft},
		{"POST " + root + "/tickets/{id}/notes", helpers, c.addNote},
		{"POST " + root + "/tickets/{id}/notes/{note}/confirm", helpers, c.confirmNote},
		{"GET " + root + "/conv/{conv}/messages", helpers, c.snapshot},
		{"POST " + root + "/conv/{conv}/messages", helpers, c.send},
		{"GET " + root + "/conv/{conv}/events", helpers, c.events},
		{"GET " + root + "/canned", all, c.canned},
		{"POST " + root + "/canned", writers, c.addCanned},
		{"PUT " + root + "/canned/{id}", writers, c.setCanned},
		{"DELETE " + root + "/canned/{id}", writers, c.removeCanned},
	}
}

type meAnswer struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Login      string          `json:"login"`
	Role       string          `json:"role"`
	Duty       string          `json:"duty"`
	CanReply   bool            `json:"can_reply"`
	Capacity   int             `json:"capacity"`
	Load       int             `json:"load"` // what is used of the capacity: a P0 is three
	Skills     []string        `json:"skills"`
	Scopes     []handoff.Place `json:"scopes"`
	Supervises bool            `json:"supervises"`
	CSRF       string          `json:"csrf"`
}

// me tells a page who works with it.
func (c *console) me(w http.ResponseWriter, r *http.Request, who account.Session) {
	load, err := c.handoff.Load(r.Context(), who.ID)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	scopes, err := c.handoff.Places(r.Context(), who.ID)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, meAnswer{
		ID: who.ID.String(), Name: who.Name, Login: who.Login, Role: who.Role, Duty: who.Duty, CanReply: who.CanReply,
		Capacity: who.Capacity, Load: load, Skills: filled(who.Skills), Scopes: filled(scopes), Supervises: who.Supervises(),
		CSRF: c.accounts.CSRF(who),
	})
}

// filled is a list that is written as [] and not as null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type dutyRequest struct {
	Duty string `json:"duty"` // on, off or break
}

func (c *console) setDuty(w http.ResponseWriter, r *http.Request, who account.Session) {
	d, err := readStrict[dutyRequest](w, r)
	if err == nil {
		err = c.accounts.SetDuty(r.Context(), c.actor(r, who.Staff), d.Duty)
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	c.Changed(handoff.Change{Queue: true}) // who is there has changed
	writeJSON(w, http.StatusOK, d)
}

// listsAtOnce is how many consoles' queues are read from the database at the same time.
const listsAtOnce = 4

func (c *console) queue(w http.ResponseWriter, r *http.Request, who account.Session) {
	select {
	case c.lists <- struct{}{}:
		defer func() { <-c.lists }()
	case <-r.Context().Done():
		return
	}
	q, err := c.handoff.Queue(r.Context(), who.ID)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	q.Counts, q.Mine, q.Offers, q.Transfers, q.All = filled(q.Counts), filled(q.Mine), filled(q.Offers), filled(q.Transfers), filled(q.All)
	writeJSON(w, http.StatusOK, q)
}

func (c *console) overview(w http.ResponseWriter, r *http.Request, who account.Session) {
	o, err := c.handoff.Overview(r.Context(), who.ID)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, o)
}

type colleaguesAnswer struct {
	Staff []handoff.Colleague `json:"staff"`
}

// colleagues lists who may take tickets of a region, or of all regions of whoever asks.
func (c *console) colleagues(w http.ResponseWriter, r *http.Request, who account.Session) {
	staff, err := ofRegions(c, r, who, c.handoff.Colleagues, func(one handoff.Colleague) uuid.UUID { return one.ID })
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, colleaguesAnswer{staff})
}

// ofRegions gathers what is listed for the region that a request names, or for all regions of whoever asks, each entry
// once.
func ofRegions[T any](c *console, r *http.Request, who account.Session, list func(ctx context.Context, worker uuid.UUID, prefix string) ([]T, error),
	id func(T) uuid.UUID) ([]T, error) {
	prefixes, err := c.prefixes(r, who)
	if err != nil {
		return nil, err
	}
	all, seen := []T{}, map[uuid.UUID]bool{}
	for _, prefix := range prefixes {
		some, err := list(r.Context(), who.ID, prefix)
		if err != nil {
			return nil, err
		}
		for _, one := range some {
			if !seen[id(one)] {
				seen[id(one)] = true
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// prefixes are those of the region that a request names by its code, or else those of the person.
func (c *console) prefixes(r *http.Request, who account.Session) ([]string, error) {
	code := r.FormValue("region")
	if code == "" {
		return who.Scopes, nil
	}
	region, err := c.knowledge.Region(r.Context(), code)
	if err != nil {
		return nil, err
	}
	return []string{region.Prefix}, nil
}
