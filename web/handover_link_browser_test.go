package web

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"xiaohe/assistant/account"
)

// A proxy that knows no sockets: the page listens over HTTP instead, to a stream or, where that is held back, to polls.
func TestAMessageArrivesWhereNoSocketGetsThrough(t *testing.T) {
	t.Parallel()
	for name, blocked := range map[string][]string{"a stream": {"/v1/ws"}, "polls": {"/v1/ws", "/stream"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := newBureau(t), browser(t)
			wang := b.hire("王老师", account.Worker, "")
			target, err := url.Parse(b.URL)
			must(t, err)
			heard := make(chan string, 100)
			proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, end := range blocked {
					if strings.HasSuffix(r.URL.Path, end) {
						http.Error(w, "no such thing here", http.StatusBadGateway)
						return
					}
				}
				for _, end := range []string{"/stream", "/events"} {
					if strings.HasSuffix(r.URL.Path, end) {
						select {
						case heard <- end:
						default:
						}
					}
				}
				proxy.ServeHTTP(w, r)
			}))
			t.Cleanup(func() { front.CloseClientConnections(); front.Close() })
			p.open(front.URL)
			p.say(testAsk)
			p.awaitAnswers(1)
			p.until(`document.querySelector('#offline').hidden`)
			p.click("#help")
			p.click("#find-person")
			p.until(`document.querySelector('#handover.waiting')`)
			ticket := b.onlyTicket()
			wang.do(ticket, "claim", nil)
			p.until(`document.querySelector('#handover.human')`)
			wang.good("POST", "/conv/"+ticket.Conversation.String()+"/messages", sendData{ClientMsgID: "w-message-1", Kind: "text", Body: "我在，您说"})
			p.until(`document.querySelector('#log .worker .words')?.textContent === '我在，您说' && document.querySelector('#offline').hidden`)
			if want := map[string]string{"a stream": "/stream", "polls": "/events"}[name]; !saw(heard, want) {
				t.Errorf("nothing was read from %s", want)
			}
		})
	}
}

func saw(heard chan string, want string) bool {
	for {
		select {
		case got := <-heard:
			if got == want {
				return true
			}
		default:
			return false
		}
	}
}

// Nobody comes back by himself to a place that another page has taken: a press does.
func TestAReplacedPageComesBackOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	b.until(`document.querySelector('#offline').hidden`)
	for len(s.web.openClients()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	for c := range s.web.openClients() {
		c.close(4009, "replaced")
	}
	b.until(`document.querySelector('#offline').textContent.includes('别的页面')`)
	b.eval(`(dispatchEvent(new Event('online')), dispatchEvent(new Event('pageshow')))`)
	b.do(chromedp.Sleep(1500 * time.Millisecond))
	if n := len(s.web.openClients()); n != 0 {
		t.Errorf("%d sockets without being asked", n)
	}
	b.eval(`document.querySelector('#offline button').click()`)
	b.until(`document.querySelector('#offline').hidden`)
	b.say("要带什么材料")
	b.awaitAnswers(2)
}

// The guardian may be the one who does harm: after the block what was said is gone from that screen when it next asks, or
// is written in, and the page says no more than after any visit.
func TestWhoIsKeptOutLosesTheTranscript(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(*called){
		"it asks":    func(c *called) { c.eval(`dispatchEvent(new Event('online'))`) },
		"it is told": func(c *called) { c.say("您还在吗") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := findPerson(t, 360, 740, "")
			c.claim()
			c.writes("w-message-1", "孩子现在安全吗")
			c.until(`document.querySelector('#log .worker')`)
			c.wang.do(c.ticket, "block", fields{"reason": "监护人可能是施害人"})
			next(c)
			c.until(`!document.querySelector('#log .worker') && document.querySelector('#handover').hidden && document.querySelector('#input').placeholder === '用平常话问就行'`)
			shown := value[string](c.tab, `document.body.innerText`)
			if !strings.Contains(shown, "刚才的谈话已经结束") || strings.Contains(shown, "安全吗") || strings.Contains(shown, "王老师") {
				t.Errorf("the page says\n%s", shown)
			}
			if kept := value[string](c.tab, `JSON.stringify(sessionStorage)`); strings.Contains(kept, c.conv) {
				t.Errorf("the browser keeps %s", kept)
			}
		})
	}
}
