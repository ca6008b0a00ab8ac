package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"xiaohe/assistant/account"
)

// household is a family in a region that has said something to 小禾.
func (b *bureau) household(region string, texts ...string) *visitor {
	b.t.Helper()
	v := b.visit()
	b.exec(`UPDATE conversations SET region_code = $2 WHERE id = $1`, v.id(), region)
	for i, text := range texts {
		v.tell(fmt.Sprintf("household-%d", i), text)
	}
	return v
}

// tell sends a message and waits until 小禾 has answered, where it is to answer.
func (v *visitor) tell(id, text string) {
	v.t.Helper()
	if a := v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: id, Kind: "text", Body: text}); a.Status != 200 {
		v.t.Fatalf("%s: %s", text, a.Body)
	}
	v.settled()
}

// desk opens the console of one of the staff in a browser of its own.
func (c *clerk) desk(width, height int64) *tab {
	c.t.Helper()
	return c.deskAt("/console", width, height)
}

func (c *clerk) deskAt(path string, width, height int64) *tab {
	c.t.Helper()
	b := browser(c.t)
	b.screen(width, height, width < 500)
	_, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: staffCookie, Value: c.token, URL: c.URL, SameSite: network.CookieSameSiteStrict})
	must(c.t, err)
	b.open(c.URL + path)
	b.ready()
	return b
}

// ready waits until the page's scripts have run.
func (b *tab) ready() { b.t.Helper(); b.until(`document.body.dataset.ready === 'true'`) }

// live waits until the page hears of news by its socket.
func (b *tab) live() {
	b.t.Helper()
	b.until(`document.querySelector('#link').textContent === '已连上'`)
}

// takeNext takes the next ticket. It does not aim with the mouse: the banner of an alarm may move everything meanwhile.
func (b *tab) takeNext() {
	b.t.Helper()
	b.eval(`document.querySelector('#next').click()`)
	b.until(`!document.querySelector('#words').disabled`)
}

// choose opens the first ticket of a part of the queue.
func (b *tab) choose(part string) {
	b.t.Helper()
	row := `document.querySelector('[data-part=` + part + `] .entry')`
	b.until(row)
	b.eval(row + `.click()`)
}

func (b *tab) keys(typed string) { b.t.Helper(); b.do(chromedp.KeyEvent(typed)) }

// tabTo presses Tab until something has the focus: whoever has no mouse gets there.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 120 {
		if value[bool](b, `document.activeElement.matches(`+fmt.Sprintf("%q", selector)+`)`) {
			return
		}
		b.keys("\t")
	}
	b.t.Fatalf("Tab does not lead to %s", selector)
}

// withAlt presses a letter together with Alt.
func (b *tab) withAlt(letter string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(letter, chromedp.KeyModifiers(chromedp.ModifierAlt)))
}

// answer writes into the composer and presses the button.
func (b *tab) answer(words string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.ID("words"), words))
	b.click(".send")
}

func (b *tab) sendWithCtrl() {
	b.t.Helper()
	b.do(chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

func TestAWorkerWorksWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	family := office.household(xihuCode, helpWanted)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)

	b.keys("n")
	b.until(`document.querySelector('#title .badge')?.textContent.includes('P1') && document.activeElement.id === 'words'`)
	b.until(`document.querySelectorAll('#log .user').length === 1`)
	b.keys("您好，我是社工。n j k 都只是字")
	b.sendWithCtrl()
	b.until(`document.querySelector('#log .worker:not(.unsent) .words')?.textContent === '您好，我是社工。n j k 都只是字'`)

	b.tabTo("[role=tab]")
	for range 3 {
		b.keys(kb.ArrowRight)
	}
	b.until(`document.activeElement.textContent === '记录' && document.activeElement.getAttribute('aria-selected') === 'true'`)
	b.tabTo("#note")
	b.keys("孩子一个人在家")
	b.tabTo("#panel .primary")
	b.keys("\r")
	b.until(`document.querySelector('.note .note-body')?.textContent === '孩子一个人在家'`)

	b.withAlt("c")
	b.until(`document.querySelector('dialog[open] [name=outcome]') && document.querySelector('dialog[open]').contains(document.activeElement)`)
	b.keys(" ")
	for _, field := range []string{"summary", "actions", "reported_to"} {
		for value[string](b, `document.activeElement.name`) != field {
			b.keys("\t")
			if value[bool](b, `document.activeElement.type === 'radio'`) {
				b.keys(" ")
			}
		}
		b.keys("写了" + field)
	}
	b.tabTo("dialog .primary")
	b.keys("\r")
	b.until(`!document.querySelector('dialog') && document.querySelector('#facts').textContent.includes('已结束')`)

	if state := office.one(`SELECT state || ' ' || outcome || ' ' || (close_form ->> 'asked') FROM tickets`); state != "closed 已答复 yes" {
		t.Errorf("the ticket is %s", state)
	}
	if n := office.one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND sender_kind = 'worker'`, family.id()); n != "1" {
		t.Errorf("%s messages of the worker", n)
	}
	b.eval(`document.querySelector('#keys').click()`) // single keys off
	b.eval(`document.activeElement.blur()`)
	family.tell("message-later", helpWanted)
	b.keys("n")
	b.keys("?")
	if value[bool](b, `Boolean(document.querySelector('dialog[open]'))`) {
		t.Error("a single key works although they are switched off")
	}
}

func TestWhoIsSlowerReadsWhoHasTheTicket(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, helpWanted)
	wang, zhao := office.hire("王老师", account.Worker, xihuPrefix), office.hire("赵督导", account.Supervisor, "3301")
	b := zhao.desk(1280, 860)
	b.live()
	b.choose("all")
	b.until(`document.querySelector('[data-action=claim]')`)
	if shown := value[string](b, `document.querySelector('[data-part=all]').innerText`); !strings.Contains(shown, "按了「我现在需要帮助」") || !strings.Contains(shown, "西湖区") {
		t.Errorf("the row says %s", shown)
	}
	b.eval(`window.claim = document.querySelector('[data-action=claim]')`) // as it was when both looked
	wang.claim(office.onlyTicket().ID)
	b.until(`document.querySelector('#composer-reason').textContent.includes('王老师')`)
	b.until(`document.querySelector('[data-part=all] .entry').textContent.includes('有人在接：王老师')`)
	b.eval(`window.claim.click()`)
	b.until(`document.querySelector('#notice').textContent.includes('已由 王老师 认领')`)
	if !value[bool](b, `document.querySelector('#words').disabled && !document.querySelector('[data-action=claim]')`) {
		t.Error("the slower one can still claim or write")
	}
}

func TestWordsSurviveANetworkThatGoesAway(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	family := office.household(xihuCode, helpWanted)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	b.live()
	b.takeNext()
	offline := func(off bool) {
		rule := &network.Conditions{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}
		_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{rule}})
		must(t, err)
		b.offline(off)
	}
	offline(true)
	b.answer("断网的时候写的")
	b.until(`document.querySelector('.unsent .state')?.textContent.includes('连上就发')`)
	b.until(`document.querySelector('#link').textContent.includes('没有网络')`)
	b.do(chromedp.SendKeys(chromedp.ID("words"), "还没写完"))
	offline(false)
	b.until(`document.querySelector('#log .worker:not(.unsent) .words')?.textContent === '断网的时候写的' && !document.querySelector('.unsent')`)

	// The server has stored it, but its answer is lost; then the page is loaded anew.
	b.eval(`document.querySelector('#words').value = ''`)
	b.eval(`(() => {
		const real = window.fetch;
		window.fetch = async (path, how) => { const answer = await real(path, how); if (how?.method === 'POST' && path.endsWith('/messages')) throw new TypeError('lost'); return answer; };
	})()`)
	b.answer("答复丢了的")
	b.until(`document.querySelector('.unsent')?.textContent.includes('连上就发') || sessionStorage.getItem('xiaohe.console.outbox.` + office.one(`SELECT id FROM workers`) + `')?.includes('答复丢了的')`)
	b.do(chromedp.Reload())
	b.ready()
	b.until(`Array.from(document.querySelectorAll('#log .worker .words'), (e) => e.textContent).join() === '断网的时候写的,答复丢了的' && !document.querySelector('.unsent')`)
	if n := office.one(`SELECT count(*) || ' ' || count(DISTINCT seq) FROM messages WHERE conversation_id = $1 AND sender_kind = 'worker'`, family.id()); n != "2 2" {
		t.Errorf("stored: %s", n)
	}
}

func TestTheConversationIsShownAsItIs(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	family := office.household(xihuCode, "<img src=x onerror=alert(1)> 𠮷 "+beaten)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	b.live()
	b.takeNext()
	b.until(`document.querySelector('#log .user mark')`)
	b.until(`document.querySelector('.found blockquote')`)
	for what, expression := range map[string]string{
		"words as text":           `document.querySelector('#log .user .words').textContent.startsWith('<img src=x') && !document.querySelector('#log img')`,
		"marks with their rule":   `Array.from(document.querySelectorAll('#log mark')).every((m) => m.title.length > 1)`,
		"the words that are told": `Array.from(document.querySelectorAll('.found blockquote')).some((q) => document.querySelector('#log .user .words').textContent.includes(q.textContent) && Array.from(document.querySelectorAll('#log mark'), (m) => m.textContent).join('').includes(q.textContent))`,
		"the AI label":            `document.querySelector('#log .bot .label').textContent === 'AI 生成'`,
		"the system's line":       `Array.from(document.querySelectorAll('#log .system')).some((e) => e.textContent.includes('王老师'))`,
		"no bot as a person":      `!document.querySelector('#log .bot').textContent.includes('社工 ')`,
		"a log that is read out":  `document.querySelector('#log').getAttribute('role') === 'log' && document.querySelector('#log').getAttribute('aria-live') === 'polite'`,
	} {
		if !value[bool](b, expression) {
			t.Errorf("missing: %s\n%s", what, value[string](b, `document.querySelector('#log').innerHTML`))
		}
	}
	b.click(".found .link")
	b.until(`document.activeElement.matches('#log .user')`)

	// The other side reads, and writes.
	b.answer("我在")
	b.until(`document.querySelector('#log .worker:not(.unsent) .state')`)
	var head int64
	must(t, office.pool.QueryRow(t.Context(), `SELECT last_seq FROM conversations WHERE id = $1`, family.id()).Scan(&head))
	p := family.connect(head)
	p.say("ack", family.conv, ackData{Upto: head, Read: true})
	b.until(`document.querySelector('#log .worker:not(.unsent) .state').textContent === '对方看过了'`)
	p.say("typing", family.conv, typingData{On: true})
	b.until(`document.querySelector('#typing').textContent === '家里人正在写…'`)
	family.tell("message-9", "他走了")
	b.until(`Array.from(document.querySelectorAll('#log .user .words')).at(-1).textContent === '他走了' && document.querySelector('#typing').textContent === ''`)
}

func TestReadySentencesAreFilledInAndEdited(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.exec(`INSERT INTO canned_replies (id, scope_prefix, shortcut, title, body) VALUES
		(gen_random_uuid(), '', '你好', '打招呼', '{{家长称呼}}您好，我是{{社工}}。'), (gen_random_uuid(), '3301', '安全', '问安全', '现在安全吗？'),
		(gen_random_uuid(), '4401', '别处', '别处的', '不该看到')`)
	office.household(xihuCode, helpWanted)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	b.takeNext()
	b.eval(`document.activeElement.blur()`)
	b.keys("/")
	b.until(`document.querySelectorAll('#canned [role=option]').length === 2`)
	b.keys(kb.Escape)
	b.eval(`document.querySelector('#words').value = ''`) // the protocol types the key although the page has used it up
	b.keys("/打招")
	b.until(`document.querySelectorAll('#canned [role=option]').length === 1`)
	b.keys("\r")
	b.until(`document.querySelector('#words').value === '家长称呼您好，我是王老师。' && document.querySelector('#canned').hidden`)
	b.keys("奶奶") // over the part that stands selected
	b.until(`document.querySelector('#words').value === '奶奶您好，我是王老师。'`)
	b.eval(`document.querySelector('#words').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true, cancelable: true }))`)
	if n := office.one(`SELECT count(*) FROM messages WHERE sender_kind = 'worker'`); n != "0" || value[string](b, `document.querySelector('#words').value`) == "" {
		t.Error("an input method's Enter has sent the words")
	}
	b.sendWithCtrl()
	b.until(`document.querySelector('#log .worker:not(.unsent) .words')?.textContent === '奶奶您好，我是王老师。'`)
}
