package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
)

func (s *Server) openClients() map[*client]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.clients)
}

func outgoing(v *visitor, id, body string) conversation.Outgoing {
	session, err := v.store.Session(v.t.Context(), v.token)
	must(v.t, err)
	return conversation.Outgoing{Conversation: v.id(), Sender: session.Member, ClientMsgID: id, Kind: "text", Body: body}
}

func convs(v *visitor) []uuid.UUID { return []uuid.UUID{v.id()} }

// scripted is an assistant whose answers a test decides.
type scripted func(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error)

func (f scripted) Turn(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error) {
	return f(ctx, conv, text)
}

func (f scripted) Notice(conv assistant.Conversation, text string) assistant.Turn {
	turn, _ := f(context.Background(), conv, text)
	return turn
}

func (f scripted) Urgent(string) bool { return false }

func (f scripted) Second(context.Context, assistant.Conversation, string) *assistant.Second {
	return nil
}

func (f scripted) Reconsider(assistant.Conversation, string) assistant.Turn { return assistant.Turn{} }

// always is an assistant with one answer.
func always(answer string) scripted {
	return func(context.Context, assistant.Conversation, string) (assistant.Turn, error) {
		return assistant.Turn{Answer: answer}, nil
	}
}

func TestEveryFailureOfATurnIsSaid(t *testing.T) {
	t.Parallel()
	for name, turn := range map[string]scripted{
		"an error": func(context.Context, assistant.Conversation, string) (assistant.Turn, error) {
			return assistant.Turn{}, errors.New("broken")
		},
		"a panic": func(context.Context, assistant.Conversation, string) (assistant.Turn, error) { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.web.assistant = turn
			v := s.visit()
			p := v.connect(0)
			p.until("caught_up")
			p.send("message-1", "问题里的秘密")
			for {
				f := p.until("msg")
				if f.Seq == 1 {
					continue
				}
				if m := f.message(); m.Body != conversation.SafeText || m.Sender.Kind != "system" || m.AI {
					t.Errorf("instead of an answer came %s", f.D)
				}
				break
			}
			if strings.Contains(s.logs.String(), "秘密") {
				t.Error("the question is in the log")
			}
		})
	}
}

// A person takes over while the bot still thinks: its answer is dropped, and the page takes the draft away.
func TestAnAnswerThatNoLongerCountsIsNotShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	thinking, claimed := make(chan struct{}, 10), make(chan struct{})
	s.web.assistant = scripted(func(context.Context, assistant.Conversation, string) (assistant.Turn, error) {
		thinking <- struct{}{}
		<-claimed
		return assistant.Turn{Answer: "来不及的回答。"}, nil
	})
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	p.send("message-1", "问")
	<-thinking
	_, err := s.pool.Exec(t.Context(), `UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`)
	must(t, err)
	close(claimed)
	for {
		f := p.until("bot.delta")
		var d deltaData
		must(t, json.Unmarshal(f.D, &d))
		if d.Dropped {
			break
		}
	}
	heads, err := s.store.Heads(t.Context(), convs(v))
	must(t, err)
	if heads[v.id()] != 1 {
		t.Errorf("the conversation is at %d", heads[v.id()])
	}
	p.send("message-2", "社工在吗")
	p.until("ack")
	s.settled() // it is read for danger, and not answered
	p.silent("msg")
}

func TestAnswersStandInTheOrderOfTheQuestions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := make(chan struct{})
	s.web.assistant = scripted(func(_ context.Context, c assistant.Conversation, text string) (assistant.Turn, error) {
		if len(c.Questions) == 0 {
			<-first
		}
		return assistant.Turn{Answer: "答：" + text}, nil
	})
	v := s.visit()
	p := v.connect(0)
	p.send("message-1", "一")
	p.until("ack")
	p.send("message-2", "二")
	p.until("ack")
	close(first)
	var answers []string
	for len(answers) < 2 {
		if m := p.until("msg").message(); m.AI {
			answers = append(answers, m.Body)
		}
	}
	if answers[0] != "答：一" || answers[1] != "答：二" {
		t.Errorf("answers are %q", answers)
	}
}

func TestWhatAnEarlierRunLeftOpenIsAnswered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	_, err := s.store.Send(t.Context(), outgoing(v, "message-1", testAsk))
	must(t, err)
	next := New(Options{Assistant: assistant.New(s.web.knowledge), Knowledge: s.web.knowledge, Conversations: s.store, Now: s.now.Now, Logger: s.web.log})
	defer func() { must(t, next.Shutdown(context.Background())) }()
	for {
		all, err := s.store.Since(t.Context(), v.id(), 1, 10)
		must(t, err)
		if len(all) > 0 {
			if !all[0].AI || !strings.Contains(all[0].Body, "雨伞补贴") {
				t.Errorf("the answer is %q", all[0].Body)
			}
			return
		}
	}
}

func TestTheSweepGivesOverdueTurnsUpAndFindsLostMessages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	// Another node stored a message, and died before it answered.
	_, err := s.store.Send(t.Context(), outgoing(v, "message-1", "问"))
	must(t, err)
	_, err = s.pool.Exec(t.Context(), `UPDATE bot_turns SET deadline_at = now() - interval '1 s'`)
	must(t, err)
	s.web.sweep(t.Context())
	if f := p.until("msg"); f.Seq != 1 {
		t.Errorf("first came seq %d", f.Seq)
	}
	if f := p.until("msg"); f.Seq != 2 || f.message().Body != conversation.SafeText {
		t.Errorf("then came %s", f.D)
	}
}

func TestARoomDeliversInOrderHoweverMessagesArrive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	var stored []conversation.Message
	for i := range 30 {
		r, err := s.store.Send(t.Context(), outgoing(v, "message-"+string(rune('a'+i%26))+strings.Repeat("x", i), "问"))
		must(t, err)
		stored = append(stored, r.Message)
	}
	var group sync.WaitGroup
	for i := range stored { // the oldest never arrives, others twice
		if i > 0 {
			group.Go(func() { s.web.hub.publish(stored[len(stored)-i]); s.web.hub.publish(stored[i]) })
		}
	}
	group.Wait()
	for want := int64(1); want <= 30; want++ {
		if f := p.until("msg"); f.Seq != want {
			t.Fatalf("seq %d, want %d", f.Seq, want)
		}
	}
}

func TestDrainSendsSocketsAwayAndRefusesNewOnes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	peers := []*peer{v.connect(0), v.connect(0), s.visit().connect(0)}
	done := make(chan error)
	go func() { done <- s.web.Shutdown(context.Background()) }()
	for _, p := range peers {
		var d drainData
		must(t, json.Unmarshal(p.until("drain").D, &d))
		if d.RetryAfterMS < 0 || d.RetryAfterMS > drainSpread.Milliseconds() {
			t.Errorf("come back in %d ms", d.RetryAfterMS)
		}
		if code := p.closed(); code != websocket.CloseGoingAway {
			t.Errorf("closed with %d", code)
		}
	}
	must(t, <-done)
	_, response, err := (&websocket.Dialer{Subprotocols: []string{subprotocol}}).Dial(strings.Replace(s.URL, "http", "ws", 1)+"/v1/ws", http.Header{"Origin": {s.URL}})
	if err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new socket: %v", err)
	}
	if r := s.do("GET", "/readyz", "", nil); r.Status != http.StatusServiceUnavailable {
		t.Errorf("readyz is %d", r.Status)
	}
}

func TestLongPollReadsAndWaits(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	type events struct {
		Events  []frame `json:"events"`
		HeadSeq int64   `json:"head_seq"`
		Reset   bool    `json:"reset"`
	}
	path := "/v1/conv/" + v.conv + "/events?after_seq="
	var empty events
	v.do("GET", path+"0", v.token, nil).into(t, &empty)
	if len(empty.Events) != 0 || empty.Reset {
		t.Errorf("before anything: %+v", empty)
	}
	got := make(chan events)
	go func() {
		var e events
		v.do("GET", path+"0&wait=25", v.token, nil).into(t, &e)
		got <- e
	}()
	for v.web.hub.room(v.id()) == nil { // it waits now
		time.Sleep(time.Millisecond)
	}
	v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-1", Body: testAsk})
	if e := <-got; len(e.Events) == 0 || e.Events[0].Seq != 1 {
		t.Errorf("the wait ended with %+v", e)
	}
	fillTo := v.site.visit()
	fill(fillTo, 501)
	var reset events
	v.do("GET", "/v1/conv/"+fillTo.conv+"/events", fillTo.token, nil).into(t, &reset)
	if !reset.Reset || reset.HeadSeq != 501 || len(reset.Events) != 0 {
		t.Errorf("after a long absence: %+v", reset)
	}
	for _, bad := range []string{"x", "1e3", "99999999999999999999"} {
		if r := v.do("GET", path+bad, v.token, nil); r.Status != http.StatusBadRequest {
			t.Errorf("after_seq=%s is %d", bad, r.Status)
		}
	}
}

func TestNothingIsSaidOfOtherPeoplesConversations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, stranger := s.visit(), s.visit()
	v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-1", Body: "秘密"})
	for _, r := range []struct{ method, path string }{
		{"GET", "/v1/conv/" + v.conv + "/messages"}, {"GET", "/v1/conv/" + v.conv + "/events"},
		{"POST", "/v1/conv/" + v.conv + "/messages"}, {"PUT", "/api/v1/conversations/" + v.conv + "/region"},
	} {
		var body any
		if r.method != "GET" {
			body = struct {
				sendData
				Region string `json:"region"`
			}{sendData{ClientMsgID: "message-2", Body: "x"}, "330100"}
		}
		foreign := s.do(r.method, r.path, stranger.token, body)
		missing := s.do(r.method, strings.Replace(r.path, v.conv, uuid.NewString(), 1), stranger.token, body)
		if foreign.Status != http.StatusNotFound || string(foreign.Body) != string(missing.Body) {
			t.Errorf("%s %s: %d %s", r.method, r.path, foreign.Status, foreign.Body)
		}
		for _, token := range []string{"", "x", v.token + "x"} {
			if r := s.do(r.method, r.path, token, body); r.Status != http.StatusUnauthorized {
				t.Errorf("with token %q: %d", token, r.Status)
			}
		}
	}
}
