package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/handoff"
)

func TestAConsoleTalksWithTheFamily(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	_, user, staff := s.held(worker, s, s)
	staff.send("answer-1", "我是社工，您说")
	receipt := staff.until("ack").receipt()
	var seen messageData
	for seen.Sender.Kind != "worker" {
		f := user.until("msg")
		seen = f.message()
		if seen.Sender.Kind == "worker" && f.Seq != receipt.Seq {
			t.Errorf("seq %d, receipt %d", f.Seq, receipt.Seq)
		}
	}
	if seen.Body != "我是社工，您说" || seen.AI || string(seen.Meta) == "" {
		t.Errorf("the family reads %+v", seen)
	}
	if d := data[struct{ Name string }](t, frame{D: seen.Meta}); d.Name != "王老师" {
		t.Errorf("from %q", d.Name)
	}
	user.send("question-1", testAsk)
	user.until("ack")
	for staff.until("msg").message().Body != testAsk {
	}
	s.settled()
	user.silent("msg") // the bot says nothing while a person holds the conversation
}

func TestOnlyWhoHoldsAConversationWrites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker, supervisor := s.hire("worker", "王老师", xihuPrefix), s.hire("supervisor", "李主任", "3301")
	v, _, staff := s.held(worker, s, s)
	ear := supervisor.connect(v.conv)
	ear.send("answer-1", "越过王老师")
	if nack := ear.until("nack").nack(); nack.Code != codeForbidden {
		t.Errorf("a supervisor's message: %+v", nack)
	}
	staff.send("answer-2", "您说")
	staff.until("ack")
	for ear.until("msg").message().Body != "您说" {
	}
}

// What a worker has no right to looks like what does not exist.
func TestASocketShowsNothingOfOtherRegions(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.Frames = 1000 })
	worker, other := s.hire("worker", "王老师", xihuPrefix), s.hire("worker", "张老师", gongshu)
	v, user, _ := s.held(worker, s, s)
	p := other.connect().watch()
	guess := func(conv string) (answers []string) {
		for _, f := range []outbound{
			{T: "sub", D: subData{resumeData: resumeData{Conv: conv}}},
			{T: "msg.send", D: sendData{ClientMsgID: "guess-" + conv[:8], Kind: "text", Body: "x"}},
			{T: "ack", D: ackData{Conv: conv, Upto: 1, Read: true}},
			{T: "typing", D: typingData{Conv: conv, On: true}},
			{T: "presence", D: presenceData{Viewing: conv, Composing: true}},
		} {
			p.say(f.T, conv, f.D)
			if f.T == "sub" {
				answers = append(answers, "sub "+p.until("error").problem().Code)
			}
			for _, f := range p.settle() {
				if f.T != "queue" {
					answers = append(answers, f.T+" "+f.problem().Code)
				}
			}
		}
		return answers
	}
	real, none := guess(v.conv), guess(uuid.NewString())
	if fmt.Sprint(real) != fmt.Sprint(none) || len(real) == 0 {
		t.Errorf("somebody else's conversation answers %q, none %q", real, none)
	}
	user.silent("typing")
	user.send("message-9", "你好")
	user.until("ack")
	p.silent("msg")
	// a family has no queue
	stranger := s.visit().connect(0)
	stranger.say("sub", "", subData{Topic: topicQueue})
	if e := stranger.until("error").problem(); e.Code != codeForbidden {
		t.Errorf("a family's queue: %+v", e)
	}
	s.visitIn(xihuPrefix).call(0)
	stranger.silent("alert")
	stranger.silent("queue")
	p.silent("alert")
}

func TestTypingIsToldSeldomAndEndsByItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker, supervisor := s.hire("worker", "王老师", xihuPrefix), s.hire("supervisor", "李主任", "3301")
	v, user, staff := s.held(worker, s, s)
	ear := supervisor.connect(v.conv)
	ear.say("typing", v.conv, typingData{On: true}) // who only listens is not seen
	user.silent("typing")
	for range 10 {
		staff.say("typing", v.conv, typingData{On: true})
	}
	staff.silent("typing") // nobody hears themselves
	if d := data[typesData](t, user.until("typing")); !d.On || d.Who != "worker" || d.Name != "王老师" {
		t.Errorf("the family sees %+v", d)
	}
	if d := data[typesData](t, user.until("typing")); d.On { // nothing more until it ends after six seconds
		t.Errorf("the family sees %+v", d)
	}
	ear.until("typing")
	s.now.advance(time.Minute)
	user.say("typing", v.conv, typingData{On: true})
	user.say("typing", v.conv, typingData{On: false})
	for _, on := range []bool{true, false} {
		if d := where(staff, "typing", func(d typesData) bool { return d.Who == "user" }); d.On != on || d.Name != "" {
			t.Errorf("the worker sees %+v", d)
		}
	}
}

func TestMarksAreToldToTheOtherSide(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	v, user, staff := s.held(worker, s, s)
	staff.send("answer-1", "您好")
	seq := staff.until("ack").receipt().Seq
	user.say("ack", v.conv, ackData{Upto: seq})
	where(staff, "read", func(d marksData) bool { return d.Who == "user" && d.Delivered == seq && d.Read == 0 })
	user.say("ack", v.conv, ackData{Upto: 1 << 40, Read: true}) // never past the head
	d := where(staff, "read", func(d marksData) bool { return d.Who == "user" && d.Read > 0 })
	if d.Read != d.Delivered || d.Read < seq || d.Read > seq+10 {
		t.Errorf("read up to %+v", d)
	}
	staff.say("ack", v.conv, ackData{Upto: seq, Read: true})
	where(user, "read", func(d marksData) bool { return d.Who == "worker" && d.Read == seq })
}

func TestColleaguesSeeWhoIsThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker, supervisor := s.hire("worker", "王老师", xihuPrefix), s.hire("supervisor", "李主任", "3301")
	v, user, staff := s.held(worker, s, s)
	ear := supervisor.connect(v.conv)
	staff.say("presence", "", presenceData{Status: "online", Viewing: v.conv})
	ear.say("presence", "", presenceData{Status: "busy", Viewing: v.conv, Composing: true})
	only := func(name string, composing bool) func(viewersData) bool {
		return func(d viewersData) bool {
			return len(d.Viewers) == 1 && d.Viewers[0] == watcherData{name, composing}
		}
	}
	where(ear, "presence", only("王老师", false))
	where(staff, "presence", only("李主任", true))
	user.silent("presence")
	var rows int
	must(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM presence WHERE viewing = $1 AND beat_at > now() - interval '45 s'`, v.conv).Scan(&rows))
	if rows != 2 {
		t.Errorf("%d rows", rows)
	}
	ear.Close()
	where(staff, "presence", func(d viewersData) bool { return len(d.Viewers) == 0 })
	// the table is lost with a crash of the database: the next beat fills it again
	s.exec(`TRUNCATE presence`)
	s.web.beat(t.Context())
	var viewing uuid.UUID
	must(t, s.pool.QueryRow(t.Context(), `SELECT viewing FROM presence WHERE worker_id = $1`, worker.id).Scan(&viewing))
	if viewing != v.id() {
		t.Errorf("viewing %s", viewing)
	}
}

// A silent leaver is noticed by when they were connected last.
func TestABeatSaysThatTheFamilyIsConnected(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, alone := s.visitIn(xihuPrefix), s.visit()
	for _, v := range []*visitor{v, alone} {
		v.connect(0).until("caught_up")
	}
	v.call(0)
	s.exec(`UPDATE participants SET last_seen_at = NULL`)
	s.web.beat(t.Context())
	var seen []uuid.UUID
	must(t, s.pool.QueryRow(t.Context(), `SELECT array_agg(conversation_id) FROM participants WHERE last_seen_at > now() - interval '1 min'`).Scan(&seen))
	if len(seen) != 1 || seen[0] != v.id() {
		t.Errorf("seen are %v", seen)
	}
}

func TestTheQueueIsToldAtMostFourTimesASecond(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.hire("worker", "王老师", xihuPrefix).connect().watch()
	began := time.Now()
	for range 200 {
		s.web.Changed(handoff.Change{Queue: true})
		time.Sleep(time.Millisecond)
	}
	spans := int(time.Since(began)/queueEvery) + 2
	p.say("ping", "", pingData{N: 1})
	frames, last := 0, int64(0)
	for {
		f := p.next()
		if f.T == "pong" {
			break
		}
		if f.T == "queue" {
			if rev := data[queueData](t, f).Rev; rev <= last {
				t.Errorf("rev %d after %d", rev, last)
			} else {
				last = rev
			}
			frames++
		}
	}
	if frames == 0 || frames > spans {
		t.Errorf("%d frames in %d spans", frames, spans)
	}
}

// A change of which nobody told this node is found by the sweep.
func TestTheSweepFeelsThePulseOfTheQueue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.hire("worker", "王老师", xihuPrefix).connect().watch()
	s.web.sweep(t.Context())
	v := s.visitIn(xihuPrefix)
	s.exec(`INSERT INTO tickets (id, no, conversation_id, state, priority, queue_rank, reason_code, origin, region_code, route_prefix, due_at)
		SELECT gen_random_uuid(), 'x', id, 'queued', 2, 2, 'x', 'user', region_code, '330106', now() FROM conversations WHERE id = $1`, v.conv)
	s.exec(`INSERT INTO ticket_events (ticket_id, epoch, event, transition, to_state, actor_kind) SELECT id, 0, 'ticket.opened', true, 'queued', 'user' FROM tickets`)
	p.settle() // what the sweep before said
	s.web.sweep(t.Context())
	p.until("queue")
}

func TestAnAlertRingsAtThoseOnDutyThereUntilTheTicketIsTaken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker, neighbour, off := s.hire("worker", "王老师", xihuPrefix), s.hire("worker", "张老师", gongshu), s.hire("worker", "赵老师", xihuPrefix)
	city := s.hire("worker", "孙老师", "3301")
	s.exec(`UPDATE workers SET duty = 'off' WHERE id = $1`, off.id)
	sockets := map[*colleague]*peer{}
	for _, c := range []*colleague{worker, neighbour, off, city} {
		sockets[c] = c.connect().watch()
	}
	ticket := s.visitIn(xihuPrefix).call(0)
	for _, c := range []*colleague{worker, city} {
		if a := data[alertData](t, sockets[c].until("alert")); a.Ticket != ticket.String() || a.Priority != 0 || a.No == "" || a.Rung != 0 {
			t.Errorf("%s hears %+v", c.name, a)
		}
	}
	s.web.ringAll(t.Context()) // as every ten seconds
	sockets[worker].until("alert")
	late := worker.connect().watch() // whoever comes to work hears it at once
	late.until("alert")
	for _, c := range []*colleague{neighbour, off} {
		sockets[c].silent("alert")
	}
	worker.claim(ticket)
	for _, p := range sockets {
		p.settle() // what rang before the claim
	}
	s.web.ringAll(t.Context())
	for _, c := range []*colleague{worker, city} {
		sockets[c].silent("alert")
	}
	// somebody says something worse: it rings at the one who has the ticket
	s.web.call(ticket, "workers")
	sockets[worker].until("alert")
	sockets[neighbour].silent("alert")
}

func TestANodeThatStartsGoesOnRinging(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	urgent := s.visitIn(xihuPrefix).call(0)
	s.visitIn(xihuPrefix).call(2) // is in the list; it does not ring without end
	next := s.node()
	p := worker.at(next).connect().watch()
	if a := data[alertData](t, p.until("alert")); a.Ticket != urgent.String() {
		t.Errorf("it rings for %+v", a)
	}
	p.silent("alert")
}

func TestTheLadderCallsSupervisors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	supervisor := s.hire("supervisor", "李主任", "3301")
	s.exec(`UPDATE workers SET duty = 'off', can_reply = false WHERE id = $1`, supervisor.id)
	p := supervisor.connect().watch()
	ticket := s.visitIn(xihuPrefix).call(0)
	p.silent("alert")
	s.exec(`INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, data)
		VALUES ($1, 0, 'rung.fired', false, 'system', '{"rung": 1, "audience": "supervisors", "prefix": "3301"}')`, ticket)
	s.web.ringAll(t.Context())
	if a := data[alertData](t, p.until("alert")); a.Rung != 1 {
		t.Errorf("rung %d", a.Rung)
	}
}

func TestATicketFrameSaysWhoSteers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	v := s.visitIn(xihuPrefix)
	user := v.connect(0)
	user.until("caught_up")
	ticket := v.call(1)
	if c := data[handoff.Control](t, user.until("ticket")); c.State != "queued" || c.Mode != "waiting" || c.Worker != "" {
		t.Errorf("opened: %+v", c)
	}
	worker.claim(ticket)
	c := where(user, "ticket", func(c handoff.Control) bool { return c.State == "claimed" })
	if c.Mode != "human" || c.Worker != "王老师" || c.Epoch == 0 {
		t.Errorf("claimed: %+v", c)
	}
	// who comes later is told too
	if d := where(v.connect(0), "ticket", func(handoff.Control) bool { return true }); d != c {
		t.Errorf("a later socket hears %+v", d)
	}
}
