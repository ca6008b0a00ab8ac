package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"xiaohe/assistant"
)

const (
	questions = `Array.from(document.querySelectorAll('#log .user .words'), (e) => e.textContent).join('|')`
	bots      = `document.querySelectorAll('#log .bot').length`
)

func TestAskAndReadTheCitedClause(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.screen(360, 740, true)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	for what, expression := range map[string]string{
		"the AI label":          `document.querySelector('#log .bot .label').textContent === 'AI 生成'`,
		"the basis":             `document.querySelector('.basis h3').textContent === '依据'`,
		"the document's name":   `document.querySelector('.citations').textContent.includes('《` + testTitle + `》')`,
		"the clause":            `document.querySelector('.citations').textContent.includes('第三条')`,
		"the date":              `document.querySelector('.citations').textContent.includes('2025-04-01')`,
		"the verbatim quote":    `'` + testClause + `'.includes(document.querySelector('.citations blockquote').textContent)`,
		"no draft":              `document.querySelector('#draft').hidden`,
		"an announced log":      `document.querySelector('#log').getAttribute('role') === 'log' && !document.querySelector('#log').hasAttribute('aria-busy')`,
		"a mark to the clause":  `document.querySelector('#log a.mark').href.endsWith('#cited')`,
		"nothing left to send":  `sessionStorage.getItem('xiaohe.outbox') === '[]'`,
		"no token in addresses": `!location.href.includes('token') && !location.search`,
	} {
		if !value[bool](b, expression) {
			t.Errorf("missing: %s", what)
		}
	}
	b.open(value[string](b, `document.querySelector('.citations a.see').href`))
	if text := value[string](b, `Array.from(document.querySelectorAll('mark'), (e) => e.textContent).join('')`); text != testClause {
		t.Errorf("marked is %q", text)
	}
	if !value[bool](b, `(() => { const r = document.querySelector('#cited').getBoundingClientRect(); return scrollY > 0 && r.top >= 0 && r.bottom <= innerHeight })()`) {
		t.Error("the clause is not on the screen")
	}
	if before, after := value[string](b, `getComputedStyle(document.querySelector('mark')).backgroundColor`), value[string](b, `getComputedStyle(document.body).backgroundColor`); before == after {
		t.Error("the clause looks like the rest")
	}
}

func TestReloadKeepsTheConversation(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	b.do(chromedp.SendKeys(chromedp.ID("input"), "没写完的话"))
	b.do(chromedp.Reload())
	b.awaitAnswers(1)
	if q, n := value[string](b, questions), value[int](b, bots); q != testAsk || n != 1 {
		t.Errorf("after the reload: %q, %d answers", q, n)
	}
	if words := value[string](b, `document.querySelector('#input').value`); words != "没写完的话" {
		t.Errorf("the unfinished words are %q", words)
	}
	b.click("#send")
	b.awaitAnswers(2)
	if q := value[string](b, questions); q != testAsk+"|没写完的话" {
		t.Errorf("the conversation is %q", q)
	}
	var conversations int
	must(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM conversations`).Scan(&conversations))
	if conversations != 1 {
		t.Errorf("%d conversations were opened", conversations)
	}
}

// second opens another tab of the same browser, with scripts that run before the page's own.
func (b *tab) second(url string, before ...string) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	other := newTab(b.t, ctx)
	for _, source := range before {
		_, err := chromedp.Call(other.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		must(b.t, err)
	}
	other.open(url)
	return other
}

func TestTwoTabsShareOneConversationAndOneSocket(t *testing.T) {
	t.Parallel()
	s, window := newSite(t), browser(t)
	window.open("about:blank")
	first := window.second(s.URL)
	second := window.second(s.URL) // opened before anything was said
	first.say(testAsk)
	first.awaitAnswers(1)
	second.awaitAnswers(1)
	third := window.second(s.URL) // opened in the middle of it
	third.awaitAnswers(1)
	second.say("要带什么材料")
	for _, b := range []*tab{first, second, third} {
		b.awaitAnswers(2)
		if q := value[string](b, questions); q != testAsk+"|要带什么材料" {
			t.Errorf("a tab shows %q", q)
		}
	}
	if n := len(s.web.openClients()); n != 1 {
		t.Errorf("%d sockets for three tabs", n)
	}
	must(t, chromedp.Cancel(first.ctx)) // the leader goes
	third.say("海棠镇在哪里")
	for _, b := range []*tab{second, third} {
		b.awaitAnswers(3)
		if q := value[string](b, questions); !strings.HasSuffix(q, "|海棠镇在哪里") || strings.Count(q, "|") != 2 {
			t.Errorf("after the leader went a tab shows %q", q)
		}
	}
}

func TestTheOwnPhoneRemembersAndOthersDoNot(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	if value[bool](b, `Object.keys(localStorage).some((k) => k.includes('token'))`) {
		t.Error("the token is in localStorage without being asked")
	}
	b.click("#more")
	b.click("#own-device")
	b.until(`localStorage.getItem('xiaohe.token') !== null`)
	b.until(`!sessionStorage.clear()`) // the tab is closed and opened later
	b.do(chromedp.Reload())
	b.awaitAnswers(1)
	b.click("#more")
	if !value[bool](b, `document.querySelector('#own-device').checked`) {
		t.Error("the choice is not shown")
	}
	b.click("#own-device")
	b.until(`localStorage.getItem('xiaohe.token') === null`)
}

// restart replaces the server behind an address, as an update of the program does.
func (s *site) restart(down func()) {
	s.t.Helper()
	address := s.Listener.Addr().String()
	must(s.t, s.web.Shutdown(context.Background()))
	s.CloseClientConnections()
	s.Close()
	down()
	s.web = New(Options{Assistant: assistant.New(s.web.knowledge), Knowledge: s.web.knowledge, Conversations: s.store, Now: s.now.Now, Logger: s.web.log})
	listener, err := net.Listen("tcp", address)
	must(s.t, err)
	s.Server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: s.web.Handler()}}
	s.Start()
}

func TestAMessageWrittenWhileTheServerIsGoneArrivesOnce(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	s.restart(func() {
		b.until(`!document.querySelector('#offline').hidden`)
		b.say("要带什么材料")
		b.until(`document.querySelector('#log .unsent') !== null`)
		b.until(`document.querySelector('#log .unsent .state').textContent.includes('连上就发')`)
		b.click("#help")
		b.until(`document.querySelector('#help-dialog').open`)
		b.click("#help-dialog [data-close]")
	})
	b.eval(`dispatchEvent(new Event('online'))`)
	b.awaitAnswers(2)
	b.until(`document.querySelector('#offline').hidden && !document.querySelector('#log .unsent')`)
	if q := value[string](b, questions); q != testAsk+"|要带什么材料" {
		t.Errorf("the conversation is %q", q)
	}
}

func TestOfflineIsSaidAndTheConversationGoesOnAfterwards(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	b.offline(true)
	b.until(`document.querySelector('#offline').textContent.includes('没有网络')`)
	b.offline(false)
	b.until(`document.querySelector('#offline').hidden`)
	b.say("要带什么材料")
	b.awaitAnswers(2)
}

func TestTheRegionPicker(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	choose := func(name string) {
		t.Helper()
		b.until(`Array.from(document.querySelectorAll('.choice')).some((e) => e.textContent === '` + name + `')`)
		b.eval(`Array.from(document.querySelectorAll('.choice')).find((e) => e.textContent === '` + name + `').click()`)
	}
	b.click("#region")
	choose("浙江省")
	choose("杭州市")
	b.until(`document.querySelector('#region-use').textContent === '用「浙江省杭州市」'`)
	choose("西湖区")
	b.until(`document.querySelector('#region-name').textContent === '浙江省杭州市西湖区' && !document.querySelector('#region-dialog').open`)
	b.say(testAsk)
	b.awaitAnswers(1)
	var region string
	must(t, s.pool.QueryRow(t.Context(), `SELECT region_code FROM conversations`).Scan(&region))
	if region != "330106000000" {
		t.Errorf("the conversation is in %s", region)
	}
	b.click("#region")
	b.do(chromedp.SendKeys(chromedp.ID("region-search"), "巫山"))
	choose("重庆市巫山县")
	b.until(`document.querySelector('#region-name').textContent === '重庆市巫山县'`)
	must(t, s.pool.QueryRow(t.Context(), `SELECT region_code FROM conversations`).Scan(&region))
	if region != "500237000000" {
		t.Errorf("the conversation is in %s", region)
	}
	b.do(chromedp.Reload())
	b.until(`document.querySelector('#region-name').textContent === '重庆市巫山县'`)
	b.click("#region")
	b.do(chromedp.SendKeys(chromedp.ID("region-search"), "亚特兰蒂斯"))
	b.until(`document.querySelector('#region-status').textContent.includes('没有找到')`)
}

// The browser tests would not see what the policy blocks if their watch were blind.
func TestThePolicyBlocksInlineCode(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL + "/healthz")
	b.tolerant.Store(true)
	b.eval(`document.documentElement.append(Object.assign(document.createElement('script'), { textContent: 'window.inline = 1' }))`)
	if value[bool](b, `'inline' in window`) {
		t.Error("an inline script ran")
	}
	for b.blocked.Load() == 0 && b.ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

func TestQuickExitLeavesNothingOnThePage(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(b *tab){
		"by the button": func(b *tab) { b.click("#exit") },
		"by Shift three times": func(b *tab) {
			for range 3 {
				for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
					if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Shift", Code: "ShiftLeft", WindowsVirtualKeyCode: 16}); err != nil {
						b.t.Fatal(err)
					}
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := newSite(t), browser(t)
			b.open(s.URL)
			b.say(testAsk)
			b.awaitAnswers(1)
			token := strings.Trim(value[string](b, `sessionStorage.getItem('xiaohe.token')`), `"`)
			leave(b)
			b.until(`location.pathname === '/tianqi' && document.title === '天气'`)
			if left := value[string](b, `JSON.stringify([sessionStorage, localStorage]) + document.body.innerText`); strings.Contains(left, "xiaohe") || strings.Contains(left, "雨伞") {
				t.Errorf("left behind: %s", left)
			}
			for s.do("POST", "/v1/ws-ticket", token, nil).Status != http.StatusUnauthorized { // the page did not wait for it
			}
		})
	}
}

// The widget on another site's page: button, frame, focus, message.
func TestTheWidgetWorksOnAnAllowedSite(t *testing.T) {
	t.Parallel()
	var s *site
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>别的网站</title><style>div, button, iframe { display: none !important; visibility: hidden }</style><body><script async src="%[1]s/widget.js" data-site="test"></script><script async src="%[1]s/widget.js" data-site="test"></script>`, s.URL)
	}))
	t.Cleanup(host.Close)
	s = newSite(t, func(o *Options) { o.Sites = []string{host.URL} })
	b := browser(t)
	b.open(host.URL)
	b.until(`window.__xiaohe === true && document.querySelectorAll('body > div').length === 1`)
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	var region string
	for region == "" { // words reach the frame once it has the focus
		b.do(chromedp.KeyEvent("雨"), chromedp.KeyEvent("\r"))
		_ = s.pool.QueryRow(t.Context(), `SELECT site_id FROM conversations`).Scan(&region)
	}
	if region != "test" {
		t.Errorf("the visit belongs to %q", region)
	}
}
