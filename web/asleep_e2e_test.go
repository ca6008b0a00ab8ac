package web

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"xiaohe/assistant/account"
)

// wire is a network between a browser and the server that can fall silent without being cut, as that of a laptop whose
// lid is closed.
type wire struct {
	net.Listener
	to string

	mu    sync.Mutex
	held  chan struct{} // closed when bytes may flow
	conns []net.Conn
}

func newWire(t *testing.T, url string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wire{Listener: l, to: strings.TrimPrefix(url, "http://"), held: make(chan struct{})}
	close(w.held)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		w.wake()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range w.conns {
			_ = c.Close()
		}
	})
	return w
}

func (w *wire) carry(from net.Conn) {
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = from.Close()
		return
	}
	w.mu.Lock()
	w.conns = append(w.conns, from, to)
	w.mu.Unlock()
	pump := func(a, b net.Conn) {
		_, _ = io.Copy(b, waiting{a, w})
		_ = a.Close()
		_ = b.Close()
	}
	go pump(from, to)
	pump(to, from)
}

// waiting hands on what it reads once the wire is awake.
type waiting struct {
	net.Conn
	wire *wire
}

func (r waiting) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.wire.mu.Lock()
	held := r.wire.held
	r.wire.mu.Unlock()
	<-held
	return n, err
}

func (w *wire) sleep() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = make(chan struct{})
}

func (w *wire) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.held:
	default:
		close(w.held)
	}
}

// released lets time pass until the owner, of whom nothing is heard, has lost the ticket.
func (b *bureau) released() {
	b.t.Helper()
	for b.one(`SELECT state FROM tickets`) != "queued" {
		b.exec(`UPDATE presence SET beat_at = beat_at - interval '2 min'`)
		b.exec(`UPDATE messages SET created_at = created_at - interval '2 min'`)
		b.exec(`UPDATE tickets SET claimed_at = claimed_at - interval '2 min', away_since = away_since - interval '2 min'`)
		must(b.t, b.web.handoff.Sweep(b.t.Context()))
	}
}

// A worker's laptop falls asleep in the middle of a conversation. Somebody else takes over; when it wakes, its page can
// neither write nor read on, and what was written into it in the meantime is not sent.
func TestAWorkerWhoseLaptopSleptHasLostTheTicket(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.web.handoff.WithoutOffers()
	family := office.household(xihuCode, helpWanted)
	wang, li := office.hire("王老师", account.Worker, xihuPrefix), office.hire("李老师", account.Worker, xihuPrefix)
	line := newWire(t, office.URL)
	far := *office.site
	far.Server = &httptest.Server{URL: "http://" + line.Addr().String()}
	abroad := *wang
	abroad.bureau = &bureau{&far}
	b := abroad.desk(1280, 860)
	b.live()
	b.takeNext()
	b.click("#words")
	b.answersByKey("您好，我是王老师")
	ticket := wang.detail(office.onlyTicket().ID).Ticket

	line.sleep()
	b.keys("我马上回来")
	b.sendWithCtrl()
	office.released()
	taken := li.claim(ticket.ID)
	path := "/conv/" + family.conv + "/messages"
	li.good("POST", path, sendData{ClientMsgID: "li-message-1", Kind: "text", Body: "只有现在的社工能看到"})
	family.tell("message-secret", "只告诉李老师的事")

	line.wake()
	b.until(`document.querySelector('#words').disabled && document.querySelector('#composer-reason').textContent !== ''`)
	b.until(`!document.querySelector('[data-part=mine] .entry')`)
	if shown := value[string](b, `document.body.innerText`); strings.Contains(shown, "只有现在的社工") || strings.Contains(shown, "只告诉李老师") {
		t.Errorf("the page that slept shows\n%s", shown)
	}
	if n := office.one(`SELECT count(*) FROM messages WHERE body = '我马上回来'`); n != "0" {
		t.Error("what was written into the sleeping page was sent")
	}
	for verb, more := range map[string]fields{"close": {"outcome": "已答复", "summary": "s"}, "release": {"reason": "r"}, "claim": nil} {
		a := wang.call("POST", "/tickets/"+ticket.ID.String()+"/"+verb, more.at(ticket.Epoch))
		var c conflict
		a.into(t, &c)
		if a.Status != http.StatusConflict || c.Owner != "李老师" || c.Epoch != taken.Epoch {
			t.Errorf("%s with what was known before: %d %s", verb, a.Status, a.Body)
		}
	}
	if a := wang.call("GET", path, nil); a.Status != http.StatusNotFound {
		t.Errorf("who had it reads on: %d %s", a.Status, a.Body)
	}
	if owner := office.one(`SELECT w.name FROM tickets t JOIN workers w ON w.id = t.owner_id WHERE state = 'claimed'`); owner != "李老师" {
		t.Errorf("the owner is %s", owner)
	}
	checkInvariants(t, office.pool)
}
