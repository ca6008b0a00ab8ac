package handoff

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// holiday makes it three in the morning of a holiday, as far as a calendar can: nobody works today or in a week.
func (g *ground) holiday() {
	g.t.Helper()
	for n := range 7 {
		g.must(g.store.SetDay(context.Background(), audit.System, "", Day{Date: time.Now().AddDate(0, 0, n), Note: "放假"}))
	}
}

func (g *ground) target(name, channel, scope string, audience ...string) uuid.UUID {
	g.t.Helper()
	id := uuid.New()
	if len(audience) == 0 {
		audience = []string{"workers", "supervisors", "phone_tree"}
	}
	g.exec(`INSERT INTO notify_targets (id, name, channel, scope_prefix, url_sealed, audience) VALUES ($1, $2, $3, $4, '', $5)`, id, name, channel, scope, audience)
	return id
}

// told lists the notifications of a ticket in the order in which they were written.
func (g *ground) told(ticket uuid.UUID) string {
	g.t.Helper()
	return g.one(`SELECT string_agg(concat_ws(' ', n.rung, n.channel, coalesce(t.name, n.target), n.state, n.provider_code), ', ' ORDER BY n.created_at, n.rung, n.channel, coalesce(t.name, n.target))
		FROM notifications n LEFT JOIN notify_targets t ON t.id::text = n.target WHERE n.ticket_id = $1`, ticket)
}

func TestDangerOnAHolidayNightCallsEverybodyInTurn(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.holiday()
	g.staff(person{scopes: []string{"3301"}})
	g.staff(person{role: "supervisor", scopes: []string{"3301"}})
	g.target("市群", "dingtalk", "3301")
	g.target("省群", "wecom", "33", "phone_tree")
	ticket, _ := g.family(xihuCode, 0)

	if got := g.one(`SELECT (due_at - enqueued_at) || ' ' || (next_rung_at - enqueued_at) || ' ' || route_prefix FROM tickets WHERE id = $1`, ticket); got != "00:01:00 00:01:00 3301" {
		t.Errorf("deadline, next rung, route: %s", got)
	}
	want := "0 console workers@3301 sent, 0 desktop workers@3301 sent, 0 dingtalk 市群 pending"
	if got := g.told(ticket); got != want {
		t.Errorf("told at once: %s, want %s", got, want)
	}
	g.later(59 * time.Second)
	g.sweep()
	if got := g.told(ticket); got != want {
		t.Errorf("told before the time: %s", got)
	}
	g.alerts()
	g.later(time.Second)
	g.sweep()
	// Nobody can be phoned. That is written down, and those further up are called at their own time.
	if got := g.fired(ticket); got != "0:0 workers@3301, 1:1 supervisors@3301" {
		t.Errorf("rungs after a minute: %s", got)
	}
	if got := g.one(`SELECT next_rung_at - enqueued_at FROM tickets WHERE id = $1`, ticket); got != "00:03:00" {
		t.Errorf("the next rung after %s", got)
	}
	want += ", 1 console supervisors@3301 sent, 1 dingtalk 市群 pending, 1 phone supervisors@3301 failed no_provider"
	if got := g.told(ticket); got != want {
		t.Errorf("told after a minute:\n%s, want\n%s", got, want)
	}
	g.later(119 * time.Second)
	g.sweep()
	if got := g.told(ticket); got != want {
		t.Errorf("told before three minutes:\n%s", got)
	}
	g.later(time.Second)
	g.sweep()
	if got := g.fired(ticket); got != "0:0 workers@3301, 1:1 supervisors@3301, 2:2 phone_tree@33" {
		t.Errorf("rungs after three minutes: %s", got)
	}
	want += ", 2 console phone_tree@33 sent, 2 dingtalk 市群 pending, 2 phone phone_tree@33 failed no_provider, 2 wecom 省群 pending"
	if got := g.told(ticket); got != want {
		t.Errorf("told after three minutes:\n%s, want\n%s", got, want)
	}
	if alerts := g.alerts(); len(alerts) != 2 || alerts[0].Audience != "supervisors" || alerts[1].Audience != "phone_tree" || alerts[1].Prefix != "33" {
		t.Errorf("alerts %+v", alerts)
	}
	if got := g.one(`SELECT concat_ws(' ', route_prefix, widened, date_trunc('second', next_rung_at - now() + interval '500 ms')) FROM tickets WHERE id = $1`, ticket); got != "33 t 00:01:00" {
		t.Errorf("route, widened, next: %s", got)
	}
	for range 3 {
		g.later(time.Minute)
		g.sweep()
		g.sweep()
	}
	if got := g.fired(ticket); !strings.HasSuffix(got, "3:2 phone_tree@33, 4:2 phone_tree@33, 5:2 phone_tree@33") || strings.Count(got, ",") != 5 {
		t.Errorf("repeats: %s", got)
	}
	if n := g.one(`SELECT count(*) FROM audit_log WHERE action = 'rung.fired' AND object_id = $1`, ticket.String()); n != "6" {
		t.Errorf("%s audit rows", n)
	}
}

func TestNothingThatLeavesTheHouseTellsWhatWasSaid(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.target("市群", "dingtalk", "3301")
	ticket, conv := g.family(xihuCode, 0)
	g.later(time.Hour)
	g.sweep()
	for _, secret := range []string{"救命", conv.String(), g.one(`SELECT opener_id FROM conversations`)} {
		if n := g.one(`SELECT count(*) FROM notifications WHERE strpos(notifications::text, $1) > 0`, secret); n != "0" {
			t.Errorf("%s is in %s notifications", secret, n)
		}
	}
	if keys := g.one(`SELECT DISTINCT (SELECT string_agg(k, ' ' ORDER BY k) FROM jsonb_object_keys(params) k) FROM notifications WHERE ticket_id = $1`, ticket); keys != "no opened_at priority region rung ticket" {
		t.Errorf("params %s", keys)
	}
}

func TestRungsFireExactlyOnceOnTwoNodes(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{role: "supervisor", scopes: []string{"33"}})
	g.target("群", "dingtalk", "33")
	for i := range 24 {
		g.family(xihuCode, i%3)
	}
	nodes := []*Store{g.store, g.node()}
	for range 6 {
		g.later(2 * time.Minute)
		g.sweepAtOnce(6, nodes...)
	}
	if n := g.one(`SELECT count(*) FROM (SELECT 1 FROM ticket_events WHERE event = 'rung.fired' GROUP BY ticket_id, data ->> 'times' HAVING count(*) > 1) twice`); n != "0" {
		t.Errorf("%s rungs fired twice", n)
	}
	if n := g.one(`SELECT count(*) FROM tickets WHERE next_rung_at <= now()`); n != "0" {
		t.Errorf("%s rungs are left", n)
	}
	if got := g.one(`SELECT string_agg(DISTINCT concat(t.priority, ' ', n.n), ', ') FROM tickets t,
		LATERAL (SELECT count(*) AS n FROM ticket_events WHERE ticket_id = t.id AND event = 'rung.fired') n`); got != "0 7, 1 4, 2 1" {
		t.Errorf("priority and rungs: %s", got)
	}
}

func TestAfterAnOutageEachRungFiresAtOnceAndOnce(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{role: "supervisor", scopes: []string{"330106"}})
	danger, _ := g.family(xihuCode, 0)
	serious, _ := g.family(xihuCode, 1)
	g.later(10 * time.Minute)
	g.sweepAtOnce(2, g.store, g.node())
	g.sweep() // a node that was not given a row by the other leaves nothing behind either
	if got := g.fired(danger); got != "0:0 workers@3301, 1:1 supervisors@3301, 2:2 phone_tree@33" {
		t.Errorf("P0: %s", got)
	}
	if got := g.fired(serious); got != "0:0 workers@330106, 1:1 workers@330106, 2:2 supervisors@3301, 3:3 supervisors@33" {
		t.Errorf("P1: %s", got)
	}
	if n := g.one(`SELECT count(*) FROM tickets WHERE next_rung_at > now()`); n != "2" {
		t.Errorf("%s tickets go on", n)
	}
}

func TestATicketThatIsTakenCallsNobody(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"3301"}})
	ticket, _ := g.taken(0, worker)
	g.exec(`UPDATE tickets SET next_rung_at = now() - interval '1 min' WHERE id = $1`, ticket)
	if done, err := g.store.sweepOne(t.Context(), rungs, ticket); done || err != nil {
		t.Errorf("a rung fired: %v %v", done, err)
	}
	if got := g.fired(ticket); got != "0:0 workers@3301" {
		t.Errorf("rungs: %s", got)
	}
}

func TestARaisedTicketClimbsTheLadderOfItsNewPriority(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{scopes: []string{"3301"}})
	ticket, conv := g.family(xihuCode, 1)
	g.later(2 * time.Minute)
	g.sweep()
	g.raise(conv, 0)
	if got := g.fired(ticket); got != "0:0 workers@3301, 0:0 workers@3301" {
		t.Errorf("at once: %s", got)
	}
	g.sweep()
	if got := g.fired(ticket); got != "0:0 workers@3301, 0:0 workers@3301, 1:1 supervisors@3301" {
		t.Errorf("what is overdue by the new priority: %s", got)
	}
	if n := g.one(`SELECT count(DISTINCT dedupe_key) FROM notifications WHERE rung = 0 AND channel = 'console'`); n != "2" {
		t.Errorf("%s calls on consoles at rung 0", n)
	}
}

func TestARaiseWhileSomebodyHasTheTicketStartsTheNewLadderWhenTheyLoseIt(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"3301"}})
	ticket, conv := g.family(xihuCode, 1)
	g.later(6 * time.Minute)
	g.sweep() // rungs 1 and 2 of P1
	g.take(ticket, conv, worker)
	g.raise(conv, 0)
	if got := g.one(`SELECT concat_ws(' ', next_rung, next_rung_at) FROM tickets`); got != "1" {
		t.Errorf("next rung while somebody has it: %s", got)
	}
	g.later(3 * time.Minute)
	g.sweep()
	if got := g.fired(ticket); !strings.HasSuffix(got, "0:0 workers@3301, 1:1 supervisors@3301, 2:2 phone_tree@33") {
		t.Errorf("rungs: %s", got)
	}
}

func TestWhereNobodyIsOnDutyASeriousTicketStartsFurtherUp(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{scopes: []string{"330106"}, off: true})
	g.staff(person{scopes: []string{"330102"}})
	g.staff(person{scopes: []string{"33"}})
	g.staff(person{scopes: []string{""}})
	serious, _ := g.family(xihuCode, 1)
	ordinary, _ := g.family(xihuCode, 2)
	served, _ := g.family(shangchengCode, 1)
	elsewhere, _ := g.family("440106000000", 1)
	for ticket, want := range map[uuid.UUID]string{serious: "33", ordinary: "330106", served: "330102", elsewhere: ""} {
		if got := g.one(`SELECT route_prefix FROM tickets WHERE id = $1`, ticket); got != want {
			t.Errorf("shown in %q, want %q", got, want)
		}
	}
}

func TestNobodyAnywhereLeavesTheRouteToTheLadder(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	ticket, _ := g.family(xihuCode, 1)
	if got := g.one(`SELECT route_prefix FROM tickets WHERE id = $1`, ticket); got != "330106" {
		t.Errorf("shown in %q", got)
	}
	g.later(10 * time.Minute)
	g.sweep()
	if got := g.one(`SELECT concat_ws(' ', route_prefix, widened) FROM tickets WHERE id = $1`, ticket); got != "33 t" {
		t.Errorf("shown in %q", got)
	}
}

func TestASkillThatNobodyHasIsDropped(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{scopes: []string{"330106"}, skills: []string{"abuse"}})
	g.staff(person{scopes: []string{"330106"}, skills: []string{"sign"}, off: true})
	g.staff(person{scopes: []string{"3301"}, skills: []string{"legal"}})
	serious, _ := g.family(xihuCode, 1, "abuse", "sign", "legal")
	ordinary, _ := g.family(xihuCode, 2, "abuse", "sign", "legal")
	missing := func(ticket uuid.UUID) string {
		return g.one(`SELECT array_to_string(missing_skills, ' ') FROM tickets WHERE id = $1`, ticket)
	}
	if got := missing(serious); got != "sign legal" {
		t.Errorf("serious: %s", got)
	}
	if got := missing(ordinary); got != "" {
		t.Errorf("ordinary: %s", got)
	}
	g.exec(`UPDATE tickets SET next_rung = 3, next_rung_at = now() WHERE id = $1`, ordinary) // widens to the city
	g.sweep()
	if got := missing(ordinary); got != "sign" {
		t.Errorf("ordinary, in the whole city: %s", got)
	}
}

func TestRobotsOfTheRegionOrTheNearestAbove(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.target("县", "dingtalk", "330106", "workers")
	g.target("市", "feishu", "3301")
	g.target("省", "webhook", "33")
	g.target("别处", "wecom", "330102")
	g.exec(`UPDATE notify_targets SET disabled_at = now() WHERE id = $1`, g.target("旧", "wecom", "330106"))
	for _, c := range []struct{ region, prefix, audience, want string }{
		{xihuCode, "330106", "workers", "县"}, {xihuCode, "3301", "workers", "县 市"}, {xihuCode, "330106", "supervisors", "市"},
		{"330200000000", "3302", "workers", "省"}, {"440106000000", "440106", "workers", ""},
	} {
		ticket, _ := g.family(c.region, 3)
		h := held{id: ticket, no: "1", region: c.region}
		g.must(pgx.BeginFunc(t.Context(), g.pool, func(tx pgx.Tx) error {
			_, err := h.tellRobots(t.Context(), tx, rung{Audience: c.audience}, ticket.String()+":test", c.prefix)
			return err
		}))
		got := g.one(`SELECT string_agg(t.name, ' ' ORDER BY t.name) FROM notifications n JOIN notify_targets t ON t.id::text = n.target WHERE n.ticket_id = $1`, ticket)
		if got != c.want {
			t.Errorf("%s of %s in %s: %s, want %s", c.audience, c.region, c.prefix, got, c.want)
		}
	}
}

func TestTheRungsOfAnOrdinaryTicketWaitForWorkingTime(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	opened := at(6, 16, 50) // a Friday
	var l ladder
	g.must(pgx.BeginFunc(t.Context(), g.pool, func(tx pgx.Tx) (err error) {
		l, err = readLadder(t.Context(), tx, 2, xihuCode, opened)
		return err
	}))
	for n, want := range map[int]time.Time{1: at(9, 9, 10), 2: at(9, 9, 20), 3: at(9, 9, 50)} {
		if got := l.next(n, opened, opened); !got.Equal(want) {
			t.Errorf("rung %d: %s, want %s", n, got.In(china), want)
		}
	}
	if got := l.next(4, opened, opened); got != nil {
		t.Errorf("after the last rung: %s", got)
	}
}

func TestSupervisorsAreCalledAsFarUpAsThereAreSome(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{scopes: []string{"330106"}})
	g.staff(person{role: "supervisor", scopes: []string{"330106"}, off: true})
	g.staff(person{role: "supervisor", scopes: []string{"330102"}})
	g.staff(person{role: "supervisor", scopes: []string{"33"}})
	g.staff(person{role: "supervisor", scopes: []string{""}})
	g.target("县", "dingtalk", "330106")
	ticket, _ := g.family(xihuCode, 1)
	g.later(5 * time.Minute)
	g.sweep()
	if got := g.fired(ticket); got != "0:0 workers@330106, 1:1 workers@330106, 2:2 supervisors@33" {
		t.Errorf("rungs: %s", got)
	}
	if got := g.one(`SELECT route_prefix FROM tickets`); got != "3301" {
		t.Errorf("workers see it in %s", got)
	}
}

func TestASupervisorOfASuspectedUnitCountsOnlyByTheirOtherRegions(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{role: "supervisor", scopes: []string{"330106", ""}})
	ticket, _ := g.family(xihuCode, 1)
	g.exec(`UPDATE tickets SET suspect_digits = 6, route_prefix = '3301' WHERE id = $1`, ticket)
	g.later(5 * time.Minute)
	g.alerts()
	g.sweep()
	if got := g.fired(ticket); !strings.HasSuffix(got, "2:2 supervisors@") {
		t.Errorf("rungs: %s", got)
	}
}
