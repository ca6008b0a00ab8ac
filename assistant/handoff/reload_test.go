package handoff

import (
	"testing"
	"time"
)

// A page that is loaded anew has no socket for a moment: its row is gone, and says nothing of when it was last there.
func TestAConsoleThatIsLoadedAnewKeepsItsTicket(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, _ := g.talk(0, worker)
	g.later(10 * time.Minute)
	g.beat(worker)
	g.sweep()
	g.must(g.store.Leave(t.Context(), worker)) // the test's rows carry the person's id as the socket's
	g.sweep()
	if got := g.stands(ticket); got != "claimed t human t" {
		t.Fatalf("while the page is loaded anew: %s %s", got, g.steps(ticket))
	}
	g.later(44 * time.Second)
	g.sweep()
	if got := g.stands(ticket); got != "claimed t human t" {
		t.Fatalf("after 44 seconds: %s", got)
	}
	g.later(2 * time.Second)
	g.sweep()
	if got := g.stands(ticket) + ", " + g.steps(ticket); got != "queued f waiting f, ticket.released owner_away" {
		t.Errorf("after 46 seconds: %s", got)
	}
}
