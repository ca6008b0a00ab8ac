package handoff

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// names translates tickets into the letters under which a test knows them.
func names(all []Ticket, letters map[uuid.UUID]string) string {
	var b strings.Builder
	for _, t := range all {
		b.WriteString(letters[t.ID])
	}
	return b.String()
}

func counts(q Queue) string {
	var all []string
	for _, c := range q.Counts {
		all = append(all, fmt.Sprint(c.Waiting))
		if (c.Waiting > 0) != (c.Oldest != nil) {
			all = append(all, "!")
		}
	}
	return strings.Join(all, " ")
}

func TestTheQueueOfEachPersonHoldsWhatIsTheirs(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	county := g.staff(person{scopes: []string{"330106"}})
	signing := g.staff(person{scopes: []string{"330106"}, skills: []string{"sign"}})
	city := g.staff(person{scopes: []string{"3301"}})
	other := g.staff(person{scopes: []string{"330102"}})
	supervisor := g.staff(person{role: "supervisor", scopes: []string{"3301"}})
	countySupervisor := g.staff(person{role: "supervisor", scopes: []string{"330106"}})
	director := g.staff(person{role: "worker", scopes: []string{"33"}})
	g.exec(`UPDATE workers SET role = 'director', can_reply = false WHERE id = $1`, director)

	letters := map[uuid.UUID]string{}
	family := func(letter, region string, priority int, skills ...string) (uuid.UUID, uuid.UUID) {
		ticket, conv := g.family(region, priority, skills...)
		letters[ticket] = letter
		return ticket, conv
	}
	family("a", xihuCode, 0)
	b, convB := family("b", xihuCode, 1)
	_, convC := family("c", xihuCode, 2)
	family("d", xihuCode, 2, "sign")
	e, _ := family("e", xihuCode, 3)
	f, convF := family("f", shangchengCode, 1)
	_, convG := family("g", xihuCode, 2)
	h, _ := family("h", xihuCode, 1)
	suspected, _ := family("s", xihuCode, 1)
	g.take(b, convB, county)
	g.take(f, convF, other)
	g.exec(`UPDATE tickets SET state = 'offered', offered_to = $2, offer_until = now() + interval '20 s' WHERE id = $1`, e, county)
	g.exec(`UPDATE tickets SET state = 'transferring', transfer_until = now() + interval '2 min',
		transfer_to = jsonb_build_object('kind', 'worker', 'to', $2::text, 'reason', 'x') WHERE id = $1`, f, city)
	g.exec(`INSERT INTO access_blocks (conversation_id, member_id, kind, reason, set_by) VALUES ($1, $2, 'worker_recusal', '亲戚', $2)`, convG, county)
	g.exec(`INSERT INTO access_blocks (conversation_id, member_id, kind, reason, set_by) VALUES ($1, $2, 'worker_recusal', '亲戚', $2)`, convC, supervisor)
	g.exec(`UPDATE tickets SET state = 'closed', outcome = '已答复', closed_at = now(), close_form = '{}' WHERE id = $1`, h)
	g.exec(`UPDATE tickets SET suspect_digits = 6, route_prefix = '3301' WHERE id = $1`, suspected)

	for _, p := range []struct {
		name                         string
		id                           uuid.UUID
		counts                       string
		mine, offers, transfers, all string
	}{
		{"county", county, "1 0 1 1", "b", "e", "", ""},
		{"with a skill", signing, "1 0 3 1", "", "", "", ""},
		{"city", city, "1 1 0 0", "", "", "f", ""},
		{"another county", other, "0 0 0 0", "f", "", "", ""},
		{"supervisor", supervisor, "1 1 2 1", "", "", "", "asbfdge"},
		{"supervisor of the county", countySupervisor, "1 0 3 1", "", "", "", "abcdge"},
		{"director", director, "0 0 0 0", "", "", "", ""},
		{"nobody", uuid.New(), "0 0 0 0", "", "", "", ""},
	} {
		q, err := g.store.Queue(t.Context(), p.id)
		g.must(err)
		if got := counts(q); got != p.counts {
			t.Errorf("%s: counts %s, want %s", p.name, got, p.counts)
		}
		if got := names(q.Mine, letters); got != p.mine {
			t.Errorf("%s: mine %q, want %q", p.name, got, p.mine)
		}
		if got := names(q.Offers, letters); got != p.offers {
			t.Errorf("%s: offers %q, want %q", p.name, got, p.offers)
		}
		if got := names(q.Transfers, letters); got != p.transfers {
			t.Errorf("%s: transfers %q, want %q", p.name, got, p.transfers)
		}
		if got := names(q.All, letters); len(got) != len(p.all) || strings.Trim(got, p.all) != "" {
			t.Errorf("%s: all %q, want %q", p.name, got, p.all)
		}
		for i := range max(0, len(q.All)-1) {
			this, next := q.All[i], q.All[i+1]
			if !inQueue(this) && inQueue(next) || inQueue(this) == inQueue(next) && this.Rank > next.Rank {
				t.Errorf("%s: %s is out of order", p.name, names(q.All, letters))
			}
		}
		if q.Rev == 0 {
			t.Errorf("%s: no revision", p.name)
		}
	}
	g.exec(`UPDATE tickets SET offer_until = now() - interval '1 s' WHERE id = $1`, e)
	if q, err := g.store.Queue(t.Context(), county); err != nil || len(q.Offers) != 0 {
		t.Errorf("an offer that has run out still rings: %v %v", q.Offers, err)
	}
	g.exec(`UPDATE workers SET disabled_at = now(), duty = 'off'`)
	for _, id := range []uuid.UUID{county, supervisor, city} {
		q, err := g.store.Queue(t.Context(), id)
		g.must(err)
		if counts(q) != "0 0 0 0" || len(q.Mine)+len(q.Offers)+len(q.Transfers)+len(q.All) > 0 {
			t.Errorf("a disabled person sees %+v", q)
		}
	}
}

func TestWhoMustAnswerFirstIsFirst(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	letters := map[uuid.UUID]string{}
	for i, letter := range []string{"c", "a", "b"} {
		ticket, conv := g.taken([]int{3, 0, 1}[i], worker)
		letters[ticket] = letter
		if letter == "c" {
			g.says(conv, worker)
		}
	}
	q, err := g.store.Queue(t.Context(), worker)
	g.must(err)
	if got := names(q.Mine, letters); got != "abc" || q.Mine[2].ReplyDue != nil || q.Mine[0].ReplyDue == nil {
		t.Errorf("%s, replies due %v %v", got, q.Mine[0].ReplyDue, q.Mine[2].ReplyDue)
	}
}

func TestTheOverviewIsASupervisorsOfTheirRegions(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	away := g.staff(person{scopes: []string{"330102"}, absent: true})
	g.staff(person{scopes: []string{"4401"}})
	supervisor := g.staff(person{role: "supervisor", scopes: []string{"3301"}})
	distant := g.staff(person{role: "supervisor", scopes: []string{"4401"}})

	g.family(xihuCode, 0)
	g.family(xihuCode, 0)
	late, _ := g.family(shangchengCode, 2)
	g.family("330200000000", 0)
	g.exec(`UPDATE tickets SET enqueued_at = now() - interval '2 hours', due_at = now() - interval '90 min', next_rung_at = NULL WHERE id = $1`, late)
	mine, _ := g.taken(1, worker)
	g.exec(`UPDATE tickets SET claimed_at = now() - interval '4 min' WHERE id = $1`, mine)
	g.exec(`UPDATE messages SET created_at = now() - interval '10 min'`)
	g.exec(`INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, actor_id) VALUES ($1, 1, 'ticket.claimed', true, 'worker', $2)`, mine, worker)
	g.exec(`INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, actor_id, data) VALUES ($1, 1, 'priority.raised', false, 'worker', $2, '{"from": 2, "to": 1}')`, mine, worker)
	done, _ := g.taken(1, worker)
	g.exec(`UPDATE tickets SET state = 'closed', owner_id = NULL, outcome = '对方离开', closed_at = now(), first_reply_at = enqueued_at + interval '40 s',
		close_form = '{"asked": "yes", "present_danger": "no", "safe_adult": ""}' WHERE id = $1`, done)
	g.exec(`INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, actor_id) VALUES ($1, 2, 'ticket.closed', true, 'worker', $2)`, done, worker)
	g.exec(`INSERT INTO ratings (ticket_id, score) VALUES ($1, 4)`, done)

	o, err := g.store.Overview(t.Context(), supervisor)
	g.must(err)
	if len(o.Waiting) != 2 || o.Waiting[0].Priority != 0 || o.Waiting[0].Count != 2 || o.Waiting[0].RegionName != "浙江省杭州市西湖区" || o.Waiting[1].Count != 1 {
		t.Errorf("waiting %+v", o.Waiting)
	}
	var breaches []string
	for _, b := range o.Breaches {
		breaches = append(breaches, fmt.Sprint(b.Kind, " P", b.Priority, " ", b.Owner))
	}
	if got := strings.Join(breaches, ","); got != "reply P1 王老师,claim P2 ,next_rung P0 ,next_rung P0 " {
		t.Errorf("breaches %s", got)
	}
	if len(o.Staff) != 3 {
		t.Fatalf("staff %+v", o.Staff)
	}
	for _, s := range o.Staff {
		if s.Online != (s.ID != away) || (s.Open == 1) != (s.ID == worker) || (s.Last != nil) != (s.ID == worker) {
			t.Errorf("staff %+v", s)
		}
	}
	if len(o.Hours) != 24 || len(o.Week) != 168 {
		t.Fatalf("%d hours, %d of the week", len(o.Hours), len(o.Week))
	}
	if last := o.Hours[23]; last.Arrived+o.Hours[22].Arrived != 5 || last.Claimed+o.Hours[22].Claimed != 1 || last.Abandoned+o.Hours[22].Abandoned != 1 {
		t.Errorf("hours %+v %+v", o.Hours[22], last)
	}
	var week HourOfWeek
	for _, h := range o.Week {
		week.Arrived += h.Arrived
		week.Abandoned += h.Abandoned
	}
	if week.Arrived != 5.0/4 || week.Abandoned != 1.0/4 {
		t.Errorf("week %+v", week)
	}
	q := o.Quality
	if q.Closed != 1 || *q.FirstReplyP50 != 40 || *q.FirstReplyP90 != 40 || *q.RiskForms != 0 || *q.Returned != 0 || *q.Score != 4 || q.Ratings != 1 || *q.InTime != 1 {
		t.Errorf("quality %+v", q)
	}
	if len(o.Under) != 1 || o.Under[0].Ticket != mine || o.Under[0].From != 2 || o.Under[0].To != 1 {
		t.Errorf("under %+v", o.Under)
	}
	if o, err = g.store.Overview(t.Context(), distant); err != nil || len(o.Waiting)+len(o.Breaches)+len(o.Under)+o.Quality.Closed != 0 || len(o.Staff) != 2 || o.Quality.Score != nil {
		t.Errorf("of a distant region: %+v %+v %+v %+v %v", o.Waiting, o.Breaches, o.Staff, o.Quality, err)
	}
	for _, id := range []uuid.UUID{worker, uuid.New()} {
		if _, err := g.store.Overview(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else: %v", err)
		}
	}
	if time.Since(o.At).Abs() > time.Hour {
		t.Errorf("read at %s", o.At)
	}
}

func inQueue(t Ticket) bool { return t.State == "queued" || t.State == "offered" }
