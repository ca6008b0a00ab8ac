package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/handoff"
)

// ear reads a stream of events.
type ear struct {
	t    testing.TB
	body *bufio.Reader
	end  func()
}

type heardEvent struct {
	id   int64
	kind string
	frame
}

// stream opens a conversation's stream; headers come in pairs.
func (v *visitor) stream(query string, headers ...string) *ear {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*hangs)
	r, err := http.NewRequestWithContext(ctx, "GET", v.URL+"/v1/conv/"+v.conv+"/stream"+query, nil)
	must(v.t, err)
	r.Header.Set("Authorization", "Bearer "+v.token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	must(v.t, err)
	end := func() { cancel(); response.Body.Close() }
	v.t.Cleanup(end)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream; charset=utf-8" {
		v.t.Fatalf("stream: %d %s", response.StatusCode, kind)
	}
	return &ear{v.t, bufio.NewReader(response.Body), end}
}

// next reads an event; comments are skipped. ok is false at the end of the stream.
func (e *ear) next() (h heardEvent, ok bool) {
	e.t.Helper()
	for {
		line, err := e.body.ReadString('\n')
		if err == io.EOF {
			return h, false
		}
		must(e.t, err)
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			h.id, err = strconv.ParseInt(value, 10, 64)
			must(e.t, err)
		case "event":
			h.kind = value
		case "data":
			h.frame = data[frame](e.t, frame{D: []byte(value)})
			if h.T != h.kind {
				e.t.Errorf("event %s holds a frame %s", h.kind, h.T)
			}
		case "":
			if h.kind != "" {
				return h, true
			}
		}
	}
}

func (e *ear) until(kind string) heardEvent {
	e.t.Helper()
	for {
		h, ok := e.next()
		if !ok {
			e.t.Fatalf("the stream ended before %s", kind)
		}
		if h.kind == kind {
			return h
		}
	}
}

func TestAStreamCarriesWhatASocketCarries(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	v := s.visitIn(xihuPrefix)
	e := v.stream("?after_seq=0")
	if h := e.until("caught_up"); h.head().HeadSeq != 0 {
		t.Errorf("caught up at %d", h.head().HeadSeq)
	}
	v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-1", Body: testAsk})
	for want := int64(1); want <= 2; want++ {
		if h := e.until("msg"); h.id != want || h.Seq != want {
			t.Errorf("id %d, seq %d, want %d", h.id, h.Seq, want)
		}
	}
	worker.claim(v.call(1))
	for data[handoff.Control](t, e.until("ticket").frame).Worker != "王老师" {
	}
	p := worker.connect(v.conv)
	p.say("typing", v.conv, typingData{On: true})
	if d := data[typesData](t, e.until("typing").frame); d.Who != "worker" {
		t.Errorf("typing: %+v", d)
	}
	p.say("presence", "", presenceData{Viewing: v.conv}) // not for families
	p.send("answer-1", "您说")
	for e.until("msg").message().Body != "您说" {
	}
	go func() { _ = s.web.Shutdown(context.Background()) }()
	e.until("drain")
	if _, ok := e.next(); ok {
		t.Error("the stream goes on after the drain")
	}
}

func TestAStreamResumesOrResets(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.Backlog = 5 })
	v := s.visit()
	fill(v, 6)
	e := v.stream("?after_seq=4")
	for want := int64(5); want <= 6; want++ {
		if h := e.until("msg"); h.id != want {
			t.Errorf("id %d, want %d", h.id, want)
		}
	}
	e.until("caught_up")
	if h := v.stream("", "Last-Event-ID", "5").until("msg"); h.id != 6 {
		t.Errorf("resumed with %d", h.id)
	}
	far := v.stream("")
	if h, _ := far.next(); h.kind != "reset" || h.head().HeadSeq != 6 {
		t.Errorf("after a long absence: %s %s", h.kind, h.D)
	}
	v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-7", Body: testAsk})
	if h := far.until("msg"); h.id != 7 { // it goes on after what the snapshot holds
		t.Errorf("after the reset %d", h.id)
	}
	for _, bad := range []string{"?after_seq=x", "?after_seq=1e3"} {
		if r := v.do("GET", "/v1/conv/"+v.conv+"/stream"+bad, v.token, nil); r.Status != http.StatusBadRequest {
			t.Errorf("%s is %d", bad, r.Status)
		}
	}
}

func TestAStreamIsForWhoTakesPart(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.SocketsPerMember = 2 })
	v, stranger := s.visit(), s.visit()
	for token, want := range map[string]int{"": 401, "x": 401, stranger.token: 404} {
		if r := s.do("GET", "/v1/conv/"+v.conv+"/stream", token, nil); r.Status != want {
			t.Errorf("with token %q: %d", token, r.Status)
		}
	}
	if r := s.do("GET", "/v1/conv/"+uuid.NewString()+"/stream", v.token, nil); r.Status != 404 {
		t.Errorf("an unknown conversation: %d", r.Status)
	}
	e := v.stream("")
	v.stream("").until("caught_up")
	if r := v.do("GET", "/v1/conv/"+v.conv+"/stream", v.token, nil); r.Status != http.StatusTooManyRequests {
		t.Errorf("one stream too many: %d", r.Status)
	}
	// the session ends, and with it the stream
	s.do("DELETE", "/api/v1/session", v.token, nil)
	if p := e.until("error").problem(); p.Code != codeAuth || !p.Fatal {
		t.Errorf("the end is %+v", p)
	}
	if _, ok := e.next(); ok {
		t.Error("the stream goes on")
	}
}

// A guardian who is kept out hears nothing more, and sees nothing that tells when that was.
func TestAStreamOfWhoIsKeptOutFallsSilent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	v, _, staff := s.held(worker, s, s)
	e := v.stream("?after_seq=0")
	e.until("caught_up")
	worker.keepOut(v)
	staff.send("answer-1", "孩子安全吗")
	staff.until("ack")
	s.do("DELETE", "/api/v1/session", v.token, nil)
	for {
		h, ok := e.next()
		if !ok {
			t.Fatal("the stream ends without a word")
		}
		if h.kind == "error" {
			if p := h.problem(); p.Code != codeAuth {
				t.Errorf("it says %+v", p)
			}
			return
		}
		if strings.Contains(string(h.D), "孩子安全吗") {
			t.Error("it goes on")
		}
	}
}

func TestALongPollEndsWithTheRight(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	got := make(chan int)
	go func() { got <- v.do("GET", "/v1/conv/"+v.conv+"/events?wait=2", v.token, nil).Status }()
	for len(s.web.streamsOf(memberOf(v))) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.exec(`UPDATE participants SET left_at = now() WHERE conversation_id = $1`, v.conv)
	s.web.Changed(handoff.Change{Members: []uuid.UUID{memberOf(v)}})
	s.web.jobs.wait(job{"recheck", memberOf(v)})
	if l := s.web.streamsOf(memberOf(v)); len(l) != 1 {
		t.Error("its end tells when that was")
	}
	if status := <-got; status != http.StatusNotFound {
		t.Errorf("the poll ends with %d", status)
	}
}

func TestAStreamKeepsWhatMustArrive(t *testing.T) {
	t.Parallel()
	l := &stream{beside: make(chan whisper, 4)}
	for i := range 10 {
		l.whisper(whisper{kind: "typing", data: fmt.Append(nil, i)})
	}
	l.whisper(whisper{kind: "ticket", keep: true})
	l.whisper(whisper{kind: "presence", staff: true})
	var kinds []string
	for len(l.beside) > 0 {
		kinds = append(kinds, (<-l.beside).kind)
	}
	if got := strings.Join(kinds, " "); got != "typing typing typing ticket" {
		t.Errorf("kept %s", got)
	}
}
