package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

const (
	standingText = `document.querySelector('#handover:not([hidden]) .handover-text')?.textContent`
	receipts     = `Array.from(document.querySelectorAll('#log .user .receipt'), (e) => e.textContent).join('|')`
)

// called is a family's page on which a social worker was asked for by a press, and a worker on duty.
type called struct {
	*bureau
	*tab
	wang   *clerk
	ticket handoff.Ticket
	conv   string
}

// findPerson opens the page and presses 「找真人社工」 without a word.
func findPerson(t *testing.T, width, height int64, text string) *called {
	t.Helper()
	b := newBureau(t, withBox)
	c := &called{bureau: b, tab: browser(t), wang: b.hire("王老师", account.Worker, "")}
	c.chat(b.URL, width, height, text)
	c.click("#help")
	c.until(`document.querySelector('#help-dialog').open`)
	c.click("#find-person")
	c.until(`!document.querySelector('#help-dialog').open && document.querySelector('#handover.waiting')`)
	c.until(`document.querySelector('#log .system[data-event=opened]')`)
	c.conv, c.ticket = stored(c.tab, "conv"), b.onlyTicket()
	return c
}

// claim has the worker take the ticket, and waits until the page says so.
func (c *called) claim() {
	c.tab.t.Helper()
	c.ticket = c.wang.do(c.ticket, "claim", nil)
	c.until(`document.querySelector('#handover.human')`)
}

// writes is a message of the worker.
func (c *called) writes(id, body string) {
	c.tab.t.Helper()
	c.wang.good("POST", "/conv/"+c.conv+"/messages", sendData{ClientMsgID: id, Kind: "text", Body: body})
}

// typing has the worker type until the page shows it: such a frame may be lost.
func (c *called) typing() {
	c.tab.t.Helper()
	for !value[bool](c.tab, `document.querySelector('#typing').textContent === '王老师正在写…'`) {
		c.web.types(c.ticket.Conversation, typesData{Who: "worker", Name: "王老师", On: true}, nil)
		c.do(chromedp.Sleep(50 * time.Millisecond))
	}
}

func TestFindingAPersonFromTheHelpDialog(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	c.says("user 2 asked_for_person", `SELECT concat_ws(' ', origin, priority, reason_code) FROM tickets`)
	c.says("0", `SELECT count(*) FROM messages WHERE sender_kind = 'user'`)
	if text := value[string](c.tab, standingText); !strings.Contains(text, "社工") || strings.Contains(text, "分钟") {
		t.Errorf("the line says %q", text)
	}
	c.say("要带什么材料") // 小禾 goes on while one waits
	c.awaitAnswers(1)

	c.claim()
	c.writes("w-message-1", "奶奶您好，我是社工小王")
	c.until(`document.querySelector('#log .worker')`)
	for what, expression := range map[string]string{
		"who is there, in words":      standingText + ` === '现在和您说话的是社工王老师（真人）'`,
		"no buttons of waiting":       `document.querySelector('.handover-acts').hidden`,
		"the worker's name":           `document.querySelector('#log .worker .person').textContent === '社工 · 王老师'`,
		"another colour than the AI":  `getComputedStyle(document.querySelector('#log .worker .bubble')).backgroundColor !== getComputedStyle(document.querySelector('#log .bot .bubble')).backgroundColor`,
		"another shape than the AI":   `getComputedStyle(document.querySelector('#log .worker .bubble')).borderRadius !== getComputedStyle(document.querySelector('#log .bot .bubble')).borderRadius`,
		"no AI label on it":           `!document.querySelector('#log .worker').textContent.includes('AI')`,
		"whom one writes to":          `document.querySelector('#input').placeholder === '写给社工王老师'`,
		"no word of AI under it":      `!document.querySelector('#foot').textContent.includes('由 AI')`,
		"the line is a status":        `document.querySelector('.handover-text').getAttribute('role') === 'status'`,
		"the help button is still so": `document.querySelector('#help').offsetHeight > 0`,
	} {
		if !value[bool](c.tab, expression) {
			t.Errorf("missing: %s", what)
		}
	}

	for c.one(`SELECT read_seq = delivered_seq AND read_seq = last_seq FROM participants p JOIN conversations c ON c.id = p.conversation_id WHERE role NOT IN ('worker', 'supervisor')`) != "true" {
		time.Sleep(10 * time.Millisecond) // the worker learns that it was read
	}
	c.say("社工在吗")
	c.until(receipts + `.split('|').pop() === '已发出' || ` + receipts + `.split('|').pop() === '社工已看' || ` + receipts + `.split('|').pop() === '已送到'`)
	if !value[bool](c.tab, `document.querySelector('#draft').hidden && document.querySelector('#thinking').textContent === ''`) {
		t.Error("小禾 looks something up while a person answers")
	}
	must(t, c.store.Mark(t.Context(), c.ticket.Conversation, c.wang.id, 99, true))
	c.web.marked(c.ticket.Conversation)
	c.until(receipts + `.split('|').pop() === '社工已看'`)
	if n := value[int](c.tab, bots); n != 1 {
		t.Errorf("%d answers of 小禾", n)
	}

	c.wang.do(c.ticket, "return", nil)
	c.until(`document.querySelector('#handover').hidden && document.querySelector('#input').placeholder === '用平常话问就行'`)
	if last := value[string](c.tab, `Array.from(document.querySelectorAll('#log .system')).pop().textContent`); !strings.Contains(last, "小禾（AI）") {
		t.Errorf("it ends with %q", last)
	}
	c.say("海棠镇在哪里")
	c.awaitAnswers(2)
}

func TestWhoWaitsIsAskedWhere(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	c.until(`document.querySelector('#where').offsetHeight > 0`)
	c.click("#where button")
	c.until(`document.querySelector('#region-dialog').open`)
	c.do(chromedp.SendKeys(chromedp.ID("region-search"), "巫山"))
	c.until(`document.querySelector('.choice')?.textContent === '重庆市巫山县'`)
	c.eval(`document.querySelector('.choice').click()`)
	c.until(`document.querySelector('#where').hidden`)
	c.says("500237000000", `SELECT region_code FROM tickets`)
}

func TestAWeakAnswerOffersAPerson(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	s.decide(b, "孩子的雨靴补贴怎么没了", "没有查到。", `{"offer": true}`)
	b.until(`document.querySelector('.offer')`)
	if wide := value[string](b, noScroll); wide != "" {
		t.Errorf("wider than the screen: %s", wide)
	}
	b.eval(`document.querySelector('.offer button').click()`)
	b.until(`document.querySelector('#handover.waiting') && document.querySelector('.offer').offsetHeight === 0`)
	s.says("1", `SELECT count(*) FROM tickets WHERE reason_code = 'asked_for_person'`)
}

func TestAReloadShowsTheSameHandover(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	c.claim()
	c.say("您好")
	c.writes("w-message-1", "我在")
	c.until(`document.querySelector('#log .worker')`)
	c.do(chromedp.Reload())
	c.until(`document.querySelector('#log .worker') && document.querySelector('#handover.human')`)
	if !value[bool](c.tab, `document.querySelector('#draft').hidden && document.querySelector('#input').placeholder === '写给社工王老师'`) {
		t.Error("小禾 seems to be asked")
	}
	if !value[bool](c.tab, receipts+` !== ''`) {
		t.Error("no word of what has been read")
	}
}

func TestTypingIsShownPolitelyAndEnds(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	c.claim()
	c.typing()
	if role := value[string](c.tab, `document.querySelector('#typing').getAttribute('role')`); role != "status" {
		t.Errorf("typing is a %q", role)
	}
	c.writes("w-message-1", "好了")
	c.until(`document.querySelector('#log .worker') && document.querySelector('#typing').textContent === ''`)
	typists := func() int { // the family's own typing reaches the room
		room := c.web.hub.room(c.ticket.Conversation)
		room.mu.Lock()
		defer room.mu.Unlock()
		return len(room.state().typists)
	}
	c.do(chromedp.SendKeys(chromedp.ID("input"), "我"))
	for typists() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	c.click("#send")
	for typists() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAWishMadeWithoutANetworkIsSentWhenItIsBack(t *testing.T) {
	t.Parallel()
	b, p := newBureau(t), browser(t)
	p.chat(b.URL, 360, 740, "")
	p.offline(true)
	p.until(`!navigator.onLine`)
	p.click("#help")
	p.until(`document.querySelector('#help-dialog').open && document.querySelectorAll('#help-dialog a[href^="tel:"]').length === 4`)
	p.click("#find-person")
	p.until(standingText + `?.includes('没有网络') && ` + standingText + `.includes('110')`)
	b.says("0", `SELECT count(*) FROM tickets`)
	p.offline(false)
	p.until(`document.querySelector('#handover.waiting')`)
	b.says("1", `SELECT count(*) FROM tickets`)
	if value[bool](p, `sessionStorage.getItem('xiaohe.wish') !== null`) {
		t.Error("the wish is kept")
	}
}

func TestTheHandoverFitsAPhoneInEveryTextSize(t *testing.T) {
	t.Parallel()
	for text, target := range map[string]int{"": 44, "large": 60, "huge": 60} {
		t.Run("text "+text, func(t *testing.T) {
			t.Parallel()
			c := findPerson(t, 360, 740, text)
			check := func(state string) {
				t.Helper()
				if wide := value[string](c.tab, noScroll); wide != "" {
					t.Errorf("%s: wider than the screen: %s", state, wide)
				}
				if small := value[string](c.tab, smallTargets(target)); small != "" {
					t.Errorf("%s: too small: %s", state, small)
				}
				if room := value[float64](c.tab, `document.querySelector('#scroller').clientHeight`); room < 180 {
					t.Errorf("%s: %v pixels are left for the conversation", state, room)
				}
			}
			check("waiting")
			c.eval(`document.querySelector('#help').click()`)
			check("help")
			c.eval(`document.querySelector('#help-dialog').close()`)
			c.click(".handover-acts .soft")
			for _, safe := range []string{"no", "only_window", "yes"} {
				c.eval(`document.querySelector('#callback-dialog [value=` + safe + `]').click()`)
				c.eval(`document.querySelector('#callback-dialog [value=own]').click()`)
				check("the form, " + safe)
			}
			c.eval(`document.querySelector('#callback-dialog').close()`)
			c.claim()
			c.writes("w-message-1", "您好，我是社工小王，您慢慢说")
			c.until(`document.querySelector('#log .worker')`)
			c.typing()
			check("with a person")
			c.wang.do(c.ticket, "close", fields{"outcome": "已答复", "summary": ""})
			c.until(`document.querySelectorAll('#rating .face').length === 3`)
			check("how it was")
		})
	}
}

// The line above the composer is read out when it changes, and what was said before is not read out again.
func TestOnlyNewsIsReadOut(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	c.eval(`(() => {
		window.changes = [];
		new MutationObserver((all) => window.changes.push(...all.map((m) => m.target.textContent))).observe(document.querySelector('.handover-text'), { childList: true, characterData: true, subtree: true });
	})()`)
	for range 3 {
		c.eval(`dispatchEvent(new Event('online'))`) // has it ask how things stand
	}
	c.do(chromedp.Sleep(500 * time.Millisecond))
	if said := value[string](c.tab, `JSON.stringify(window.changes)`); said != "[]" {
		t.Errorf("read out again: %s", said)
	}
	c.claim()
	c.until(`window.changes.length > 0`)
	var texts []string
	must(t, json.Unmarshal([]byte(value[string](c.tab, `JSON.stringify(window.changes)`)), &texts))
	if len(texts) != 1 {
		t.Errorf("the claim is read out as %q", texts)
	}
	if value[bool](c.tab, `Boolean(document.querySelector('#log [aria-live]:not(.receipt)'))`) {
		t.Error("something in the log is read out twice")
	}
}

func TestHandoverScreenshots(t *testing.T) {
	pictures(t)
	for _, size := range []struct {
		name          string
		width, height int64
		text          string
	}{{"360", 360, 740, ""}, {"360-large", 360, 740, "large"}, {"360-huge", 360, 740, "huge"}, {"1280", 1280, 860, ""}} {
		c := findPerson(t, size.width, size.height, size.text)
		n := 0
		shot := func(state string) {
			n++
			c.shot(fmt.Sprintf("handover-%s-%d-%s", size.name, n, state))
		}
		shot("waiting")
		c.eval(`document.querySelector('#help').click()`)
		shot("help")
		c.eval(`document.querySelector('#help-dialog').close()`)
		c.click(".handover-acts .soft")
		c.eval(`document.querySelector('#callback-dialog [value=yes]').click()`)
		shot("form")
		c.eval(`document.querySelector('#callback-dialog').scrollTop = 1e6`)
		shot("form-end")
		c.eval(`document.querySelector('#callback-dialog').close()`)
		c.claim()
		c.writes("w-message-1", "奶奶您好，我是县里的社工小王。孙女今年几岁，户口在哪里？")
		c.say("八岁，户口在村里")
		c.until(receipts + ` !== ''`)
		c.typing()
		shot("human")
		c.wang.do(c.ticket, "close", fields{"outcome": "已答复", "summary": ""})
		c.until(`document.querySelectorAll('#rating .face').length === 3`)
		shot("rating")
		c.click(".face")
		shot("words")
		c.dark()
		shot("dark")
	}
}
