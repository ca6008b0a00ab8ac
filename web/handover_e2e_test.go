package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"xiaohe/assistant/account"
)

// comesToWork logs in and begins a shift with the keyboard alone.
func (b *tab) comesToWork(url, login string) {
	b.t.Helper()
	b.screen(1280, 860, false)
	b.open(url + "/console")
	b.until(`location.pathname === '/login' && document.activeElement.name === 'login'`)
	b.keys(login + "\t" + testPassword + "\r")
	b.until(`location.pathname === '/console'`)
	b.ready()
	b.live()
	b.tabTo("#duty input")
	for range 3 {
		if value[bool](b, `document.activeElement.value === 'on'`) {
			break
		}
		b.keys(kb.ArrowRight)
		b.until(`document.activeElement.matches('#duty input') || document.querySelector('dialog[open]')`)
	}
	b.until(`document.querySelector('dialog[open] h2')?.textContent === '上班前试一下铃声'`)
	b.tabTo("dialog .primary")
	b.keys("\r")
	b.until(`!document.querySelector('dialog') && document.querySelector('#duty input:checked').value === 'on'`)
}

// opened is a family's page at the width of a phone.
func (b *bureau) opened() *tab {
	b.t.Helper()
	p := browser(b.t)
	p.chat(b.URL, 360, 740, "")
	return p
}

// callsForHelp presses the button that says that help is needed now.
func (b *tab) callsForHelp() {
	b.t.Helper()
	b.click("#help")
	b.until(`document.querySelector('#help-dialog').open`)
	b.click("#tell")
	b.awaitAnswers(1)
	b.until(`document.querySelector('#log .system[data-event=opened]')`)
}

// answersByKey types into the composer and sends.
func (b *tab) answersByKey(words string) {
	b.t.Helper()
	b.until(`document.activeElement.id === 'words' && !document.querySelector('#words').disabled`)
	b.keys(words)
	b.sendWithCtrl()
	b.until(fmt.Sprintf(`Array.from(document.querySelectorAll('#log .worker:not(.unsent) .words')).at(-1)?.textContent === %q`, words))
}

// A guardian asks for help on a phone; a social worker, who has no mouse, logs in, hears the bell, takes the ticket,
// talks, writes a note and ends it; the guardian says how it was. 小禾 is silent in between.
func TestFromACryForHelpToItsEnd(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.employ("wang", "王老师", account.Worker, "")
	worker, family := browser(t), office.opened()
	worker.comesToWork(office.URL, "wang")
	family.callsForHelp()
	worker.until(`document.querySelector('#alarm').dataset.ringing === 'true' && document.querySelector('#alarm').textContent.includes('P1')`)
	bubbles := value[int](family, bots)

	worker.eval(`document.activeElement.blur()`)
	worker.keys("n")
	worker.answersByKey("您好，我是社工小王，孩子现在安全吗？")
	worker.until(`!document.querySelector('#alarm').dataset.ringing`)
	family.until(`document.querySelector('#handover.human') && document.querySelector('#log .worker .words, #log .worker .bubble')?.textContent.includes('孩子现在安全吗')`)

	family.say("安全。" + testAsk) // something that 小禾 would know
	worker.until(fmt.Sprintf(`Array.from(document.querySelectorAll('#log .user .words')).at(-1)?.textContent === %q`, "安全。"+testAsk))
	office.settled()
	worker.answersByKey("好的，您慢慢说")
	family.until(`Array.from(document.querySelectorAll('#log .worker')).at(-1)?.textContent.includes('您慢慢说')`)
	if n := value[int](family, bots); n != bubbles {
		t.Errorf("小禾 has said %d things while a person was there", n-bubbles)
	}
	if n := office.one(`SELECT count(*) FROM messages m WHERE sender_kind = 'bot' AND seq > (SELECT seq FROM messages WHERE meta #>> '{handoff,event}' = 'claimed')`); n != "0" {
		t.Errorf("%s messages of the bot stand under the claim", n)
	}

	worker.notesByKey("孩子安全，奶奶在家")
	worker.endsByKey()
	if got := office.one(`SELECT concat_ws(' ', t.state, outcome, priority, close_form ->> 'asked', n.body) FROM tickets t JOIN notes n ON n.ticket_id = t.id AND n.kind = 'note' AND n.body <> '已问过'`); got != "closed 已答复 1 yes 孩子安全，奶奶在家" {
		t.Errorf("the ticket is %s", got)
	}

	family.until(`document.querySelectorAll('#rating .face').length === 3`)
	family.click(".face")
	family.do(chromedp.SendKeys(chromedp.CSS(".rating-words"), "谢谢小王"))
	family.click("#rating .primary")
	for office.one(`SELECT concat_ws(' ', score, comment) FROM ratings`) != "5 谢谢小王" {
		time.Sleep(10 * time.Millisecond)
	}
	family.say(testAsk) // and 小禾 is there again
	family.awaitAnswers(bubbles + 1)
	checkInvariants(t, office.pool)
	for _, secret := range []string{"谢谢小王", "孩子安全", testAsk, testPassword} {
		if strings.Contains(office.logs.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// notesByKey writes a note in its tab.
func (b *tab) notesByKey(note string) {
	b.t.Helper()
	b.tabTo("[role=tab]")
	for range 8 {
		if value[bool](b, `document.activeElement.textContent === '记录'`) {
			break
		}
		b.keys(kb.ArrowRight)
	}
	b.tabTo("#note")
	b.keys(note)
	b.tabTo("#panel .primary")
	b.keys("\r")
	b.until(fmt.Sprintf(`document.querySelector('.note .note-body')?.textContent === %q`, note))
}

// endsByKey ends the ticket; what is serious wants its form filled in, and is refused before that.
func (b *tab) endsByKey() {
	b.t.Helper()
	b.withAlt("c")
	b.until(`document.querySelector('dialog[open]')?.contains(document.activeElement) && document.querySelector('dialog [name=asked]')`)
	b.keys(" ")
	b.tabTo("dialog .primary")
	b.keys("\r")
	b.until(`document.querySelector('dialog[open]') && (document.querySelector('dialog .bad:not([hidden])')?.textContent || document.querySelector('dialog :invalid'))`)
	for _, name := range []string{"summary", "asked", "present_danger", "safe_adult", "actions", "reported_to"} {
		b.tabTo("dialog [name=" + name + "]")
		if value[bool](b, `document.activeElement.type === 'radio'`) {
			b.keys(" ")
		} else {
			b.keys("已问过")
		}
	}
	b.tabTo("dialog .primary")
	b.keys("\r")
	b.until(`!document.querySelector('dialog') && document.querySelector('#facts').textContent.includes('已结束')`)
}

// Two hear the same bell. The slower one presses a button that is still on the screen.
func TestTheSlowerOfTwoWhoHearTheBellReadsWhoWasFaster(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.employ("wang", "王老师", account.Worker, "")
	office.employ("li", "李老师", account.Worker, "")
	wang, li, family := browser(t), browser(t), office.opened()
	wang.comesToWork(office.URL, "wang")
	li.comesToWork(office.URL, "li")
	family.callsForHelp()
	for _, b := range []*tab{wang, li} {
		b.until(`document.querySelector('#alarm').dataset.ringing === 'true'`)
	}
	li.eval(`window.take = document.querySelector('#alarm .primary')`)
	wang.tabTo("#alarm .primary")
	wang.keys("\r")
	wang.until(`!document.querySelector('#words').disabled`)
	li.until(`!document.querySelector('#alarm').dataset.ringing`)
	li.eval(`window.take.click()`)
	li.until(`document.querySelector('#notice').textContent.includes('王老师')`)
	if said := value[string](li, `document.querySelector('#notice').textContent`); !strings.Contains(said, "已由 王老师 认领") {
		t.Errorf("the slower one reads %q", said)
	}
	if !value[bool](li, `document.querySelector('#words').disabled && !document.querySelector('[data-part=mine] .entry')`) {
		t.Error("the slower one can write")
	}
	if n := office.one(`SELECT count(*) || ' ' || max(w.name) FROM ticket_events e JOIN workers w ON w.id = e.actor_id WHERE event = 'ticket.claimed'`); n != "1 王老师" {
		t.Errorf("claims: %s", n)
	}
	checkInvariants(t, office.pool)
}
