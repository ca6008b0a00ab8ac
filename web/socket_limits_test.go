package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestMessagesOfOneMemberAreLimitedAcrossSockets(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p, q := v.connect(0), v.connect(0)
	for i := range 5 {
		p.send(fmt.Sprintf("message-%d", i), "问")
		p.until("ack")
	}
	q.send("message-5", "问")
	nack := q.until("nack").nack()
	if nack.Code != codeRate || nack.RetryAfterMS <= 0 || nack.RetryAfterMS > 10_000 {
		t.Fatalf("nack is %+v", nack)
	}
	v.now.advance(time.Duration(nack.RetryAfterMS) * time.Millisecond)
	q.send("message-5", "问")
	q.until("ack")
}

func TestOnlyTheOwnPagesMayOpenASocket(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Origins = []string{"https://xiaohe.example.cn"} })
	dialer := websocket.Dialer{Subprotocols: []string{subprotocol}}
	for _, c := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"our own", http.Header{"Origin": {s.URL}}, http.StatusSwitchingProtocols},
		{"allowed", http.Header{"Origin": {"https://xiaohe.example.cn"}}, http.StatusSwitchingProtocols},
		{"none", http.Header{}, http.StatusForbidden},
		{"null", http.Header{"Origin": {"null"}}, http.StatusForbidden},
		{"foreign", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		{"another port", http.Header{"Origin": {"http://127.0.0.1:1"}}, http.StatusForbidden},
		{"another scheme", http.Header{"Origin": {strings.Replace(s.URL, "http", "https", 1)}}, http.StatusForbidden},
		{"a longer name", http.Header{"Origin": {"https://xiaohe.example.cn.evil.example"}}, http.StatusForbidden},
		{"upper case", http.Header{"Origin": {strings.ToUpper(s.URL)}}, http.StatusForbidden},
	} {
		conn, response, err := dialer.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/v1/ws", c.header)
		if response == nil || response.StatusCode != c.status {
			t.Errorf("%s: %v %v", c.name, response, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	other := websocket.Dialer{Subprotocols: []string{"chat"}}
	if _, response, err := other.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/v1/ws", http.Header{"Origin": {s.URL}}); err == nil || response.StatusCode != http.StatusBadRequest {
		t.Error("another subprotocol was accepted")
	}
}

func TestAFloodOfFramesCloses4029(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	for i := range 21 {
		if p.WriteJSON(outbound{V: 1, T: "ping", D: pingData{N: int64(i)}}) != nil {
			break
		}
	}
	if code := p.closed(); code != closeFlood {
		t.Errorf("closed with %d", code)
	}
}

func TestSubscriptionsAreLimitedAndClosedToStrangers(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.Frames = 1000 })
	v, other := s.visit(), s.visit()
	p := v.connect(0)
	p.until("caught_up")
	p.say("sub", other.conv, resumeData{})
	if e := p.until("error"); e.problem().Code != codeForbidden || e.Conv != other.conv {
		t.Errorf("a foreign conversation: %s", e.D)
	}
	for range 20 {
		p.say("sub", v.conv, resumeData{})
	}
	if e := p.until("error").problem(); e.Code != codeRate {
		t.Errorf("the 21st sub: %+v", e)
	}
}

func TestASlowReaderGets4008AndHealsByResume(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.QueueBytes = 64 << 10 })
	v := s.visit()
	// A small receive buffer stands for a phone in a tunnel.
	p := s.dial(&websocket.Dialer{NetDial: func(network, address string) (net.Conn, error) {
		c, err := net.Dial(network, address)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return c, err
	}})
	p.hello(v, 0)
	p.until("caught_up")
	big := strings.Repeat("字", 4000)
	sent := 0
	for ; len(s.web.openClients()) > 0 && sent < 5000; sent++ {
		r, err := s.store.Send(t.Context(), outgoing(v, fmt.Sprintf("message-%04d", sent), big))
		must(t, err)
		s.web.hub.publish(r.Message)
		for c := range s.web.openClients() {
			select {
			case <-c.done:
				if c.closeCode != closeSlow {
					t.Fatalf("ended with %d", c.closeCode)
				}
				goto full
			default:
			}
		}
	}
	t.Fatalf("%d messages did not fill the queue", sent)
full:
	must(t, p.UnderlyingConn().(*net.TCPConn).SetReadBuffer(1<<20)) // out of the tunnel
	seen := int64(0)
	for {
		must(t, p.SetReadDeadline(time.Now().Add(hangs)))
		_, data, err := p.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if !errors.As(err, &closed) || closed.Code != closeSlow {
				t.Errorf("the reader saw %v", err)
			}
			break
		}
		var f frame
		must(t, json.Unmarshal(data, &f))
		if f.T == "msg" {
			if f.Seq != seen+1 {
				t.Fatalf("seq %d after %d", f.Seq, seen)
			}
			seen = f.Seq
		}
	}
	head, err := s.store.Heads(t.Context(), convs(v))
	must(t, err)
	q := v.connect(seen)
	for want := seen + 1; want <= head[v.id()]; want++ {
		if f := q.until("msg"); f.Seq != want {
			t.Fatalf("after the resume seq %d, want %d", f.Seq, want)
		}
	}
}

func TestSocketsPerAddressAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.SocketsPerIP = 1 })
	s.raw()
	_, response, err := (&websocket.Dialer{Subprotocols: []string{subprotocol}}).Dial(strings.Replace(s.URL, "http", "ws", 1)+"/v1/ws", http.Header{"Origin": {s.URL}})
	if err == nil || response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Errorf("the second socket: %v %v", response, err)
	}
}
