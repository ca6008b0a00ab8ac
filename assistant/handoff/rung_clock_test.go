package handoff

import (
	"strings"
	"testing"
	"time"
)

// The database's clock is set back by an hour, and put right again: no rung fires twice, none is left out, and nobody
// loses a ticket for it.
func TestAClockThatIsSetBackAndPutRightFiresEachRungOnce(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	g.staff(person{role: "supervisor", scopes: []string{"3301"}})
	waits, _ := g.family(xihuCode, 1)
	held, _ := g.taken(1, worker)
	g.later(3 * time.Minute)
	g.exec(`UPDATE tickets SET lease_until = now() + interval '1 min' WHERE id = $1`, held)
	g.sweep()
	before := g.fired(waits)
	if !strings.Contains(before, "1:1") {
		t.Fatalf("fired are %s", before)
	}
	g.later(-time.Hour)
	g.beat(worker)
	for range 3 {
		g.sweep()
	}
	if got := g.fired(waits); got != before {
		t.Errorf("an hour back: %s, before %s", got, before)
	}
	if got := g.stands(held); got != "claimed t human t" {
		t.Errorf("an hour back: %s", got)
	}
	g.later(time.Hour)
	g.beat(worker)
	g.sweep()
	if got := g.fired(waits); got != before {
		t.Errorf("put right: %s, before %s", got, before)
	}
	g.later(8 * time.Minute)
	g.exec(`UPDATE tickets SET lease_until = NULL WHERE id = $1`, held)
	g.beat(worker)
	for range 3 {
		g.sweep()
	}
	for _, rung := range []string{"0:0 ", "1:1 ", "2:2 ", "3:3 "} {
		if n := strings.Count(g.fired(waits), rung); n != 1 {
			t.Errorf("rung %s fired %d times: %s", rung, n, g.fired(waits))
		}
	}
	if got := g.stands(held); got != "claimed t human t" {
		t.Errorf("put right: %s", got)
	}
}
