package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// Two nodes are one service: whatever happens on one is seen on the other.
func TestWhatHappensOnOneNodeIsSeenOnTheOther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.node(), s.node()
	worker := s.hire("worker", "王老师", xihuPrefix)
	console := worker.at(there).connect().watch()

	urgent := here.visitIn(xihuPrefix).call(0) // the ladder's first rung, opened on the one node, rings on the other
	if a := data[alertData](t, console.until("alert")); a.Ticket != urgent.String() {
		t.Errorf("it rings for %+v", a)
	}
	console.until("queue")

	v, user, staff := s.held(worker, here, there)
	user.send("question-1", "听得到吗")
	user.until("ack")
	for staff.until("msg").message().Body != "听得到吗" {
	}
	staff.send("answer-1", "听得到")
	staff.until("ack")
	for user.until("msg").message().Body != "听得到" {
	}
	user.say("typing", v.conv, typingData{On: true})
	where(staff, "typing", func(d typesData) bool { return d.Who == "user" && d.On })
	staff.say("typing", v.conv, typingData{On: true})
	where(user, "typing", func(d typesData) bool { return d.Who == "worker" && d.Name == "王老师" && d.On })
	user.say("ack", v.conv, ackData{Upto: 2, Read: true})
	where(staff, "read", func(d marksData) bool { return d.Who == "user" && d.Read == 2 })

	colleague := s.hire("supervisor", "李主任", "3301").at(here).connect(v.conv)
	colleague.say("presence", "", presenceData{Viewing: v.conv})
	where(staff, "presence", func(d viewersData) bool { return len(d.Viewers) == 1 && d.Viewers[0].Name == "李主任" })
	colleague.Close()
	where(staff, "presence", func(d viewersData) bool { return len(d.Viewers) == 0 })

	if r := v.do("DELETE", "/api/v1/session", v.token, nil); r.Status != 204 {
		t.Errorf("end session: %d", r.Status)
	}
	if code := user.closed(); code != closeAuth {
		t.Errorf("the family's socket closes with %d", code)
	}
	_, err := here.web.accounts.Disable(t.Context(), worker.actor(), worker.session.Login)
	must(t, err)
	for _, p := range []*peer{console, staff} {
		if code := p.closed(); code != closeAuth {
			t.Errorf("the console's socket closes with %d", code)
		}
	}
}

func TestASessionThatEndsOnOneNodeEndsOnTheOther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.node(), s.node()
	v := here.visit()
	p := v.at(there).connect(0)
	v.do("DELETE", "/api/v1/session", v.token, nil)
	if code := p.closed(); code != closeAuth {
		t.Errorf("closed with %d", code)
	}
}

// cut kills the connections of a node; purpose is that of the bus, or empty for its pool.
func (s *site) cut(purpose string) {
	s.t.Helper()
	name := s.pool.Config().ConnConfig.RuntimeParams["application_name"]
	if purpose != "" {
		name = "xiaohe " + purpose + " " + s.web.node
	}
	_, err := s.pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = $1 AND pid <> pg_backend_pid()`, name)
	must(s.t, err)
}

func TestMessagesArriveAfterTheListeningConnectionWasCut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.node(unhurried), s.node(unhurried)
	v := here.visit()
	p := v.at(there).connect(0)
	p.until("caught_up")
	sender := v.connect(0)
	var want []int64
	for i := range 30 {
		if i%10 == 3 {
			there.cut("listens")
		}
		sender.send(fmt.Sprintf("message-%02d", i), testAsk)
		f := sender.until("ack")
		want = append(want, f.receipt().Seq)
	}
	var seen []int64
	for last := int64(0); !slices.Contains(seen, want[29]); {
		f := p.until("msg")
		if f.Seq != last+1 {
			t.Fatalf("seq %d after %d", f.Seq, last)
		}
		last = f.Seq
		seen = append(seen, f.Seq)
	}
}

// PostgreSQL goes away and comes back: senders hear try_again and send again; nothing is lost, doubled or reordered.
func TestNothingIsLostWhenTheDatabaseDropsItsConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.node(unhurried), s.node(unhurried)
	here.web.assistant, there.web.assistant = always("好。"), always("好。")
	v := here.visit()
	sender, reader := v.connect(0), v.at(there).connect(0)
	reader.until("caught_up")
	sender.until("caught_up")
	done := make(chan struct{})
	var cutter sync.WaitGroup
	cutter.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			for _, n := range []*site{here, there} {
				_, _ = s.pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY($1)`,
					[]string{n.pool.Config().ConnConfig.RuntimeParams["application_name"], "xiaohe listens " + n.web.node, "xiaohe notifies " + n.web.node})
			}
		}
	})
	const messages = 60
	for i := range messages {
		id := fmt.Sprintf("message-%02d", i)
		for sent := false; !sent; {
			sender.send(id, fmt.Sprint("第", i))
			for {
				f := sender.next()
				if f.T == "nack" && f.nack().Code != codeTryAgain {
					t.Fatalf("nack %s", f.D)
				}
				if f.T == "ack" && f.receipt().ClientMsgID == id || f.T == "nack" {
					sent = f.T == "ack"
					break
				}
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	close(done)
	cutter.Wait()
	for last, next := int64(0), 0; next < messages; {
		f, open := reader.maybe()
		if !open { // too much came at once, or a resume found no database: it comes back, as a page does
			reader = v.at(there).connect(last)
			continue
		}
		if f.T != "msg" {
			continue
		}
		if f.Seq != last+1 {
			t.Fatalf("seq %d after %d", f.Seq, last)
		}
		last = f.Seq
		if m := f.message(); m.Sender.Kind == "user" {
			if m.Body != fmt.Sprint("第", next) {
				t.Fatalf("message %d is %q", next, m.Body)
			}
			next++
		}
	}
}

// maybe reads a frame, unless the server closes the socket.
func (p *peer) maybe() (f frame, open bool) {
	p.t.Helper()
	must(p.t, p.SetReadDeadline(time.Now().Add(hangs)))
	_, data, err := p.ReadMessage()
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return frame{}, false
	}
	must(p.t, err)
	must(p.t, json.Unmarshal(data, &f))
	return f, true
}

// The network breaks between the row and its ack: the client sends again, as often as it takes.
func TestASocketThatIsCutBeforeTheAckLeavesOneRow(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	for range 5 {
		p := v.connect(0)
		p.send("message-1", "只有一条")
		must(t, p.UnderlyingConn().Close())
	}
	s.now.advance(time.Minute)
	p := v.connect(0)
	p.send("message-1", "只有一条")
	if r := p.until("ack").receipt(); r.Seq != 1 {
		t.Errorf("seq %d", r.Seq)
	}
	var rows int
	must(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM messages WHERE sender_kind = 'user'`).Scan(&rows))
	if rows != 1 {
		t.Errorf("%d rows", rows)
	}
}

// A node that ends hands over what it has not begun, and its sockets go on elsewhere without a gap.
func TestANodeThatEndsLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ending, staying := s.node(func(o *Options) { o.Limits.Workers = 1 }), s.node()
	begun, finish := make(chan struct{}), make(chan struct{})
	var once sync.Once
	ending.web.assistant = scripted(func(_ context.Context, _ assistant.Conversation, text string) (assistant.Turn, error) {
		once.Do(func() { close(begun) })
		<-finish
		return assistant.Turn{Answer: "旧的答：" + text}, nil
	})
	staying.web.assistant = scripted(func(_ context.Context, _ assistant.Conversation, text string) (assistant.Turn, error) {
		return assistant.Turn{Answer: "新的答：" + text}, nil
	})
	busy, waiting := ending.visit(), ending.visit()
	first := busy.connect(0)
	first.send("message-1", "一")
	first.until("ack")
	<-begun
	second := waiting.connect(0)
	second.send("message-1", "二")
	second.until("ack")
	ended := make(chan error)
	go func() { ended <- ending.web.Shutdown(context.Background()) }()
	first.until("drain")
	second.until("drain")
	for _, p := range []*peer{first, second} {
		if code := p.closed(); code != websocket.CloseGoingAway {
			t.Errorf("closed with %d", code)
		}
	}
	close(finish)
	must(t, <-ended)
	for v, want := range map[*visitor]string{busy: "旧的答：一", waiting: "新的答：二"} {
		p := v.at(staying).connect(0)
		for f := p.until("msg"); ; f = p.until("msg") {
			if m := f.message(); m.AI {
				if m.Body != want {
					t.Errorf("the answer is %q, want %q", m.Body, want)
				}
				break
			}
		}
	}
}

// A network that comes back brings everybody back at once.
func TestAThousandReturnAtOnceAndHaveEverything(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	open := func(o *Options) { o.Limits.SocketsPerIP, o.Limits.SessionsPerIP = 5000, 5000 }
	nodes := []*site{s.node(open), s.node(open)}
	const people, each = 1000, 3
	visitors, tickets := make([]*visitor, people), make([]string, people)
	for i := range visitors {
		token, session, err := nodes[0].store.OpenSession(t.Context(), "self", false)
		must(t, err)
		c, err := nodes[0].store.Open(t.Context(), session, "100000000000", false)
		must(t, err)
		visitors[i] = &visitor{site: nodes[i%2], token: token, conv: c.ID.String()}
		for n := range each {
			_, err := nodes[0].store.Send(t.Context(), conversation.Outgoing{Conversation: c.ID, Sender: session.Member, ClientMsgID: fmt.Sprint("message-", n), Kind: "text", Body: "你好"})
			must(t, err)
		}
		tickets[i], _, err = nodes[0].store.OpenTicket(t.Context(), session)
		must(t, err)
	}
	s.exec(`UPDATE bot_turns SET state = 'done'`)
	s.exec(`ANALYZE`)
	var group sync.WaitGroup
	failures := make(chan error, people)
	for i, v := range visitors {
		group.Go(func() { failures <- v.back(tickets[i], 1, each) })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		must(t, err)
	}
}

// back opens a socket that resumes after a seq and reads up to another.
func (v *visitor) back(ticket string, after, upto int64) error {
	c, err := dialTo(v.URL)
	if err != nil {
		return err
	}
	defer c.Close()
	d := helloData{Ticket: ticket, V: []int{1}, Resume: []resumeData{{Conv: v.conv, AfterSeq: after}}}
	if err := c.WriteJSON(outbound{V: 1, T: "hello", D: d}); err != nil {
		return err
	}
	for {
		_ = c.SetReadDeadline(time.Now().Add(2 * hangs))
		_, text, err := c.ReadMessage()
		if err != nil {
			return err
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			return err
		}
		switch f.T {
		case "msg":
			if after++; f.Seq != after {
				return fmt.Errorf("seq %d in place of %d", f.Seq, after)
			}
		case "caught_up":
			if after != upto {
				return fmt.Errorf("caught up at %d", after)
			}
			return nil
		case "error":
			return errors.New(string(text))
		}
	}
}

// A turn that two nodes run at the same time is answered once.
func TestATurnThatTwoNodesRunIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.node(), s.node()
	v := here.visit()
	r, err := here.store.Send(t.Context(), outgoing(v, "message-1", testAsk))
	must(t, err)
	here.web.turns.add(*r.Turn, false)
	there.web.receive([]string{turnItem(*r.Turn)})
	p := v.connect(0)
	for !p.until("msg").message().AI {
	}
	for _, n := range []*site{here, there} {
		for busy := true; busy; time.Sleep(time.Millisecond) {
			n.web.turns.mu.Lock()
			busy = len(n.web.turns.queues) > 0
			n.web.turns.mu.Unlock()
		}
	}
	var answers int
	must(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM messages WHERE sender_kind <> 'user'`).Scan(&answers))
	if answers != 1 {
		t.Errorf("%d answers", answers)
	}
}

func FuzzReceive(f *testing.F) {
	id := shortID(uuid.Nil)
	for _, seed := range []string{"c" + id, "k" + id, "q", "m" + id, "a" + id + "workers", "t{}", `t{"c":"` + id + `","who":"user","on":true}`, "r" + id, "p" + id,
		"u" + id + " 1 2", "u", "c", "a" + id[:5], "\x00", "t[", "uuuu 1 x", "z" + id} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, item string) {
		s := &Server{clients: map[*client]struct{}{}, streams: map[*stream]struct{}{}, limits: Limits{}.withDefaults()}
		run := func(work func()) { work() }
		s.hub, s.jobs = newHub(nil, nil, run), newSingly(func(func()) {})
		s.turns = &turns{server: s, queues: map[uuid.UUID][]conversation.BotTurn{}, stopped: true}
		s.receive([]string{item, "", item})
		s.Changed(handoff.Change{})
	})
}
