package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/bench/ledger"
)

// person is one page: of a family, or the console of somebody of the staff. It behaves as the pages do: it resumes,
// pings, marks what it has read, keeps a message until it has the receipt, and comes back with a random pause.
type person struct {
	run    *run
	number int
	place  *place
	turn   int    // which node it prefers
	token  string // of a family's session
	staff  *staff // nil for a family

	ready atomic.Bool // connected, and all of its threads have caught up

	mu      sync.Mutex // guards what follows, and writing
	conn    *websocket.Conn
	threads []*thread
	gone    bool      // it has closed the page
	broken  time.Time // when its connection broke; zero where it is well

	onQueue func()      // the queue has changed; nil where nobody asks
	onAlert func(frame) // nil where nobody asks
}

// thread is a person's part in one conversation.
type thread struct {
	conv   uuid.UUID
	after  int64 // what was there before it began to listen
	last   int64
	heard  []ledger.Heard
	caught bool
	outbox []*letter // the first one is under way
	asked  time.Time // when the last letter was due that the bot has not answered
}

// frame is what the load run reads of a frame.
type frame struct {
	T    string    `json:"t"`
	Conv uuid.UUID `json:"conv"`
	Seq  int64     `json:"seq"`
	ID   uuid.UUID `json:"id"`
	D    struct {
		ClientMsgID  string                `json:"client_msg_id"`
		Seq          int64                 `json:"seq"`
		Code         string                `json:"code"`
		RetryAfterMS int64                 `json:"retry_after_ms"`
		Ticket       string                `json:"ticket"`
		Heads        map[uuid.UUID]int64   `json:"heads"`
		Sender       struct{ Kind string } `json:"sender"`
	} `json:"d"`
}

// outgoing is a frame to the server.
type outgoing[D any] struct {
	V    int    `json:"v"`
	T    string `json:"t"`
	Conv string `json:"conv,omitempty"`
	D    D      `json:"d"`
}

type (
	helloData struct {
		Ticket string       `json:"ticket"`
		V      []int        `json:"v"`
		Resume []cursorData `json:"resume"`
	}
	cursorData struct {
		Conv     string `json:"conv,omitempty"`
		AfterSeq int64  `json:"after_seq"`
	}
	topicData struct {
		Topic string `json:"topic"`
	}
	letterData struct {
		ClientMsgID string `json:"client_msg_id"`
		Kind        string `json:"kind"`
		Body        string `json:"body"`
	}
	markData struct {
		Upto int64 `json:"upto"`
		Read bool  `json:"read"`
	}
	pingData struct {
		N int64 `json:"n"`
	}
)

// Back-off and heartbeat of the pages.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
	pingEvery   = 20 * time.Second
	silentFor   = 35 * time.Second
	writeWithin = 10 * time.Second
)

// live keeps the page connected until ctx ends or the person leaves.
func (p *person) live(ctx context.Context) {
	for failures := 0; ctx.Err() == nil && !p.left(); failures++ {
		welcomed := false
		p.visit(ctx, &welcomed)
		p.lost()
		if welcomed {
			failures = 0
			p.run.post.meters.Load().drops.Add(1)
		}
		p.turn++ // a load balancer would send it somewhere else
		wait := time.Duration(rand.Int64N(int64(min(longestWait, firstWait<<min(failures, 10)))))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// lost notes that the connection is gone.
func (p *person) lost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready.Swap(false) {
		p.broken = time.Now()
	}
}

func (p *person) left() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// visit is one connection, from its ticket to its end.
func (p *person) visit(ctx context.Context, welcomed *bool) {
	conn, err := p.connect(ctx)
	if err != nil {
		return
	}
	defer func() {
		p.mu.Lock()
		p.conn = nil
		p.mu.Unlock()
		_ = conn.Close()
	}()
	for {
		_ = conn.SetReadDeadline(time.Now().Add(silentFor))
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		now := time.Now()
		var f frame
		if json.Unmarshal(data, &f) != nil {
			p.run.broken.Add(1)
			continue
		}
		*welcomed = *welcomed || f.T == "welcome"
		p.receive(f, now)
	}
}

// connect fetches a ticket, opens the socket and says hello.
func (p *person) connect(ctx context.Context) (*websocket.Conn, error) {
	release := p.run.admit(ctx)
	defer release()
	address, err := p.run.cluster.address(p.turn)
	if err != nil {
		return nil, err
	}
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	path := "/v1/ws-ticket"
	if p.staff != nil {
		path = "/api/v1/staff/ws-ticket"
	}
	if err := p.place.call(ctx, "POST", "http://"+address+path, p.authorise, struct{}{}, &ticket); err != nil {
		return nil, err
	}
	conn, _, err := p.place.socket.DialContext(ctx, "ws://"+address+"/v1/ws", http.Header{"Origin": {"http://" + address}})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		_ = conn.Close()
		return nil, context.Canceled
	}
	hello := helloData{Ticket: ticket.Ticket, V: []int{1}, Resume: []cursorData{}}
	for _, t := range p.threads {
		t.caught = false
		hello.Resume = append(hello.Resume, cursorData{t.conv.String(), t.last})
	}
	p.conn = conn
	write(p, "hello", uuid.Nil, hello)
	return conn, nil
}

func (p *person) authorise(h http.Header) {
	if p.staff != nil {
		h.Set("Cookie", "xiaohe_staff="+p.staff.cookie)
		h.Set("X-CSRF-Token", p.staff.csrf)
		return
	}
	h.Set("Authorization", "Bearer "+p.token)
}

// write sends a frame, if there is a connection. The caller holds the person's lock.
func write[D any](p *person, t string, conv uuid.UUID, d D) {
	if p.conn == nil {
		return
	}
	f := outgoing[D]{V: 1, T: t, D: d}
	if conv != uuid.Nil {
		f.Conv = conv.String()
	}
	data, err := json.Marshal(f)
	if err == nil {
		_ = p.conn.SetWriteDeadline(time.Now().Add(writeWithin))
		err = p.conn.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		_ = p.conn.Close() // the reader finds out
	}
}

// ping keeps the connection known to be alive.
func (p *person) ping() {
	p.mu.Lock()
	defer p.mu.Unlock()
	write(p, "ping", uuid.Nil, pingData{time.Now().UnixMilli()})
}

// cut breaks the connection at once, as a network does that goes away.
func (p *person) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil {
		return
	}
	if p.ready.Swap(false) {
		p.broken = time.Now()
	}
	if tcp, ok := p.conn.NetConn().(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = p.conn.Close()
}

// leave closes the page for good.
func (p *person) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	if p.conn != nil {
		_ = p.conn.Close()
	}
}
