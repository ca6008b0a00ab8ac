package handoff

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func TestOffersGoToWhoeverHasTheMostRoom(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	busy := g.staff(person{scopes: []string{"330106"}, capacity: 2})
	free := g.staff(person{scopes: []string{"330106"}})
	g.staff(person{scopes: []string{"330106"}, absent: true})
	g.staff(person{scopes: []string{"330106"}, off: true})
	g.staff(person{scopes: []string{"3301"}})
	g.staff(person{scopes: []string{"330102"}})
	g.taken(2, busy)
	g.exec(`UPDATE tickets SET lease_until = NULL`)
	serious, _ := g.family(xihuCode, 1)
	first, _ := g.family(xihuCode, 2)
	second, _ := g.family(xihuCode, 3)
	third, _ := g.family(xihuCode, 3)
	g.sweep()
	offers := func() string {
		return g.one(`SELECT string_agg(concat(CASE id WHEN $1 THEN 'serious' WHEN $2 THEN 'first' WHEN $3 THEN 'second' WHEN $4 THEN 'third' END, ' to ',
			CASE offered_to WHEN $5 THEN 'free' WHEN $6 THEN 'busy' END), ', ' ORDER BY enqueued_at) FROM tickets WHERE state = 'offered'`,
			serious, first, second, third, free, busy)
	}
	if got := offers(); got != "first to free, second to busy" {
		t.Fatalf("offers: %s", got)
	}
	g.sweep()
	if got := offers(); got != "first to free, second to busy" {
		t.Fatalf("nobody is asked twice at a time: %s", got)
	}
	g.later(21 * time.Second)
	g.sweep()
	if got := offers(); got != "first to busy, second to free" {
		t.Errorf("after they lapsed: %s", got)
	}
	if got := g.steps(first); got != "ticket.offered, ticket.offer_lapsed timeout, ticket.offered" {
		t.Errorf("steps: %s", got)
	}
	g.later(21 * time.Second)
	g.sweep()
	if got := offers(); got != "third to free" && got != "third to busy" {
		t.Errorf("both have let both pass: %s", got)
	}
	g.later(121 * time.Second)
	g.sweep()
	if got := g.one(`SELECT count(*) FROM tickets WHERE state = 'offered'`); got != "2" {
		t.Errorf("%s offers after two minutes", got)
	}
}

func TestNobodyIsOfferedTwoTicketsAtOnceByTwoNodes(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	for range 4 {
		g.staff(person{scopes: []string{"330106"}})
	}
	for range 20 {
		g.family(xihuCode, 2)
	}
	nodes := []*Store{g.store, g.node(), g.node()}
	for range 5 {
		g.sweepAtOnce(3, nodes...)
		if got := g.one(`SELECT concat(count(*), ' to ', count(DISTINCT offered_to)) FROM tickets WHERE state = 'offered'`); got != "4 to 4" {
			t.Fatalf("offers: %s", got)
		}
		g.later(21 * time.Second)
	}
}

func TestOnePersonIsOfferedOneTicketHoweverManyOfferAtOnce(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{scopes: []string{"330106"}})
	tickets := make([]uuid.UUID, 6)
	for i := range tickets {
		tickets[i], _ = g.family(xihuCode, 2)
	}
	for range 30 {
		var all sync.WaitGroup
		for _, id := range tickets {
			all.Go(func() {
				err := g.store.change(t.Context(), func(tx pgx.Tx) (Change, error) { return offerTicket(t.Context(), tx, id) })
				if err != nil && !errors.Is(err, ErrRefused) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := g.one(`SELECT count(*) FROM tickets WHERE state = 'offered'`); got != "1" {
			t.Fatalf("%s offers", got)
		}
		g.exec(`UPDATE tickets SET state = 'queued', offered_to = NULL, offer_until = NULL`)
	}
}

func TestWithoutOffersEverythingWaitsForWhoeverTakesTheNext(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.store.WithoutOffers()
	g.staff(person{scopes: []string{"330106"}})
	ticket, _ := g.family(xihuCode, 2)
	g.sweep()
	if got := g.stands(ticket); got != "queued f waiting f" {
		t.Error(got)
	}
}
