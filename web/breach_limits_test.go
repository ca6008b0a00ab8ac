package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"xiaohe/assistant/account"
)

// Tests of floods, hanging peers and odd addresses.

func TestTheAddressIsTheOneThatOurProxySaw(t *testing.T) {
	t.Parallel()
	s := &Server{trustProxy: true}
	for want, headers := range map[string][]string{
		"9.9.9.9": {"1.2.3.4", "9.9.9.9"}, // a proxy that adds a line of its own
		"8.8.8.8": {"1.2.3.4, 8.8.8.8"},
		"7.7.7.7": {"1.2.3.4, 5.6.7.8", "5.5.5.5,7.7.7.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["X-Forwarded-For"] = headers
		if got := s.address(r); got != want {
			t.Errorf("%q: %s", headers, got)
		}
	}
}

// Whoever has one IPv6 connection has 2^64 addresses.
func TestAddressesOfOneConnectionCountTogether(t *testing.T) {
	t.Parallel()
	m := newMeter(Limits{SessionsPerIP: 3, SocketsPerIP: 2}.withDefaults(), time.Now)
	for i := range 4 {
		if ok := m.session(fmt.Sprintf("2001:db8::%x", i+1)); ok != (i < 3) {
			t.Errorf("session %d: %v", i, ok)
		}
	}
	if !m.session("2001:db8:0:1::1") || !m.session("192.0.2.1") || !m.session("not an address") {
		t.Error("others are kept out")
	}
	for i := range 3 {
		if ok := m.connect(fmt.Sprintf("2001:db8::%x", i+1)); ok != (i < 2) {
			t.Errorf("socket %d: %v", i, ok)
		}
	}
	m.disconnect("2001:db8::77")
	if !m.connect("2001:db8::88") {
		t.Error("a place that is free again is not given")
	}
}

func TestStreamsCountAmongTheConnectionsOfAnAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.SocketsPerIP = 2 })
	v, w := s.visit(), s.visit()
	v.connect(0).until("caught_up")
	e := v.stream("")
	e.until("caught_up")
	if r := w.do("GET", "/v1/conv/"+w.conv+"/stream", w.token, nil); r.Status != http.StatusTooManyRequests {
		t.Errorf("one stream more: %d", r.Status)
	}
	if r := w.do("GET", "/v1/conv/"+w.conv+"/events?wait=25", w.token, nil); r.Status != http.StatusTooManyRequests {
		t.Errorf("a long poll more: %d", r.Status)
	}
	e.end()
	for r := w.do("GET", "/v1/conv/"+w.conv+"/events", w.token, nil); r.Status != http.StatusOK; r = w.do("GET", "/v1/conv/"+w.conv+"/events", w.token, nil) {
		time.Sleep(time.Millisecond)
	}
}

// Help is never too much asked; to ask for it and take it back in turn is a flood.
func TestTakingBackIsNotForFloods(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	limited := false
	for range 10 {
		if r := v.do("POST", "/v1/conv/"+v.conv+"/handoff", v.token, nil); r.Status != http.StatusOK {
			t.Fatalf("asked: %d", r.Status)
		}
		r := v.do("DELETE", "/v1/conv/"+v.conv+"/handoff", v.token, nil)
		if r.Status == http.StatusTooManyRequests {
			limited = true
		} else if r.Status != http.StatusOK {
			t.Fatalf("taken back: %d %s", r.Status, r.Body)
		}
	}
	if !limited {
		t.Error("nothing stops it")
	}
}

func TestWithoutTheDatabaseStaffReadASentence(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	v := b.visit()
	b.pool.Close()
	for _, path := range []string{"/console", "/login", "/password", "/admin/rules"} {
		page := b.request("GET", path, wang.header(), nil)
		if page.Status != http.StatusServiceUnavailable || !strings.Contains(string(page.Body), "<h1>服务器一时没接上</h1>") {
			t.Errorf("%s: %d %.200s", path, page.Status, page.Body)
		}
	}
	for _, a := range []reply{wang.call("GET", "/queue", nil), v.do("GET", "/v1/conv/"+v.conv+"/handoff", v.token, nil), v.do("GET", "/readyz", "", nil)} {
		if p := a.problem(t); a.Status != http.StatusServiceUnavailable || p.Message != "服务器一时没接上，请稍后再试" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
}

func TestTheCookieIsForHTTPSWhereThePagesAre(t *testing.T) {
	t.Parallel()
	s := &Server{origins: map[string]bool{"https://xiaohe.example.cn": true}}
	for host, want := range map[string]bool{"xiaohe.example.cn": true, "localhost:8080": false} {
		r, w := httptest.NewRequest("POST", "http://"+host+"/login", nil), httptest.NewRecorder()
		s.setStaffCookie(w, r, "token", 1)
		if c := w.Result().Cookies()[0]; c.Secure != want || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("at %s: %+v", host, c)
		}
	}
}

// A body that never comes does not hold a connection for ever.
func TestABodyHasToCome(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.BodyWithin = 50 * time.Millisecond })
	v := s.visit()
	at, err := url.Parse(s.URL)
	must(t, err)
	for _, head := range []string{"POST /login", "POST /api/v1/session", "POST /v1/conv/" + v.conv + "/messages", "GET /v1/conv/" + v.conv + "/stream"} {
		conn, err := net.Dial("tcp", at.Host)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(hangs)))
		_, err = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nx", head, at.Host, v.token)
		must(t, err)
		if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil {
			t.Errorf("%s: %v", head, err)
		}
		must(t, conn.Close())
	}
	// What has come is answered as ever, also on the same connection and long after.
	v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-1", Body: testAsk})
	time.Sleep(60 * time.Millisecond)
	if r := v.do("GET", "/v1/conv/"+v.conv+"/events?after_seq=99&wait=1", v.token, nil); r.Status != http.StatusOK {
		t.Errorf("a long poll: %d %s", r.Status, r.Body)
	}
}

// Hanging peers: they neither read nor answer. The server ends all the same.
func TestADrainDoesNotWaitForWhoHangs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit()
	for range 3 {
		v.connect(0)
		s.raw() // it never says hello
	}
	e := v.stream("")
	e.until("caught_up")
	go v.do("GET", "/v1/conv/"+v.conv+"/events?wait=25", v.token, nil)
	done := make(chan error)
	go func() { done <- s.web.Shutdown(context.Background()) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(drainWait + 5*time.Second):
		t.Fatal("it waits for ever")
	}
	if n := len(s.web.openClients()); n != 0 {
		t.Errorf("%d sockets are left", n)
	}
}

// Nothing stays of connections that have ended.
func TestNothingIsLeftOfManyConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, worker := s.visitIn(xihuPrefix), s.hire("worker", "王老师", xihuPrefix)
	worker.claim(v.call(1))
	for i := range 1000 / 4 {
		p := v.connect(0)
		p.until("caught_up")
		p.say("typing", v.conv, typingData{On: true})
		q := worker.connect(v.conv).watch()
		q.say("presence", "", presenceData{Viewing: v.conv, Composing: true})
		q.settle()
		e := v.stream("")
		e.until("caught_up")
		e.end()
		must(t, p.Close())
		must(t, q.Close())
		raw := s.raw()
		must(t, raw.Close())
		if i%50 == 0 {
			_, _ = v.connect(0), worker.connect() // cut off by the server below
			for c := range s.web.openClients() {
				c.close(closeResync, "")
			}
		}
	}
	left := func() string {
		s.web.mu.Lock()
		defer s.web.mu.Unlock()
		s.web.hub.mu.RLock()
		defer s.web.hub.mu.RUnlock()
		s.web.meter.mu.Lock()
		defer s.web.meter.mu.Unlock()
		sockets := s.web.meter.sockets
		for _, m := range s.web.meter.members {
			sockets += m.sockets
		}
		for _, m := range s.web.meter.ips {
			sockets += m.sockets
		}
		return fmt.Sprintf("%d sockets, %d streams, %d rooms, %d counted", len(s.web.clients), len(s.web.streams), len(s.web.hub.rooms), sockets)
	}
	for end := time.Now().Add(hangs); left() != "0 sockets, 0 streams, 0 rooms, 0 counted"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("what is left: %s", left())
		}
	}
	s.says("0", `SELECT count(*) FROM presence`)
	s.web.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	s.web.meter.now = s.web.now
	s.web.meter.forget()
	if n := len(s.web.meter.members) + len(s.web.meter.ips); n != 0 {
		t.Errorf("the meter remembers %d", n)
	}
}

// The protocol's own frames cost as much as others.
func TestPingsOfTheProtocolCountAsFrames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, kind := range []int{websocket.PingMessage, websocket.PongMessage} {
		p := s.visit().connect(0)
		p.until("caught_up")
		for range 200 {
			if p.WriteControl(kind, []byte("x"), time.Now().Add(time.Second)) != nil {
				break // it is closed already
			}
		}
		if code := p.closed(); code != closeFlood {
			t.Errorf("closed with %d", code)
		}
	}
}

func TestAWishForACallIsForATimeThatComes(t *testing.T) {
	t.Parallel()
	s := newSite(t, withBox)
	v := s.visit()
	v.handoff("POST", "", nil)
	soon, end := s.now.Now().Add(time.Hour), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	wish := fields{"phone": "13800138000", "contact": "phone", "safe_to_call": "only_window", "window_from": soon, "window_to": end}
	if r := v.do("POST", "/v1/conv/"+v.conv+"/handoff/callback", v.token, wish); r.Status != http.StatusBadRequest {
		t.Errorf("until the year 9999: %d %s", r.Status, r.Body)
	}
}
