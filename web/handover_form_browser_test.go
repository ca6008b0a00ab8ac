package web

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestLeavingTheQueueIsAskedOnce(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	act := func(label string) {
		t.Helper()
		find := `Array.from(document.querySelectorAll('.handover-acts button')).find((e) => e.textContent === '` + label + `')`
		c.until(find)
		c.eval(find + `.click()`)
	}
	act("不等了")
	act("接着等")
	act("不等了")
	c.says("queued", `SELECT state FROM tickets`)
	act("真的不等了")
	c.until(`document.querySelector('#handover').hidden`)
	c.says("closed", `SELECT state FROM tickets`)
}

func TestTheFormForACall(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	fill := func() {
		t.Helper()
		c.click(".handover-acts .soft")
		c.until(`document.querySelector('#callback-dialog').open`)
	}
	fill()
	if !value[bool](c.tab, `document.querySelector('.if-call').hidden && document.querySelector('.if-no').hidden`) {
		t.Error("a number is asked for before it is known to be safe")
	}
	c.click("#callback-dialog [value=only_window]")
	c.eval(`document.querySelector('#callback-dialog [name=phone]').scrollIntoView()`)
	c.do(chromedp.SendKeys(chromedp.CSS("#callback-dialog [name=phone]"), "138001"))
	c.do(chromedp.Reload())
	c.until(`document.querySelector('#handover.waiting')`)
	fill()
	if got := value[string](c.tab, `document.querySelector('#callback-dialog form').elements.safe.value + ' ' + document.querySelector('#callback-dialog [name=phone]').value`); got != "only_window 138001" {
		t.Errorf("half filled in, and later: %q", got)
	}
	submit := func() { c.eval(`document.querySelector('#callback-dialog [type=submit]').click()`) }
	submit()
	c.until(`document.querySelector('.form-error').textContent.includes('什么时候')`)
	c.eval(`document.querySelectorAll('#callback-dialog .whens input')[2].click()`)
	submit()
	c.until(`document.querySelector('.form-error').textContent.includes('号码') && document.activeElement.name === 'phone'`)
	c.do(chromedp.SendKeys(chromedp.CSS("#callback-dialog [name=phone]"), "38000"))
	c.do(chromedp.SendKeys(chromedp.CSS("#callback-dialog [name=code]"), "向日葵"))
	submit()
	c.until(`!document.querySelector('#callback-dialog').open && ` + standingText + `.includes('电话时间')`)
	c.says("phone only_window f person_name_only 向日葵 t", `SELECT concat_ws(' ', contact, safe_to_call, safe_to_text, caller_says, code_word, window_from < window_to) FROM callback_requests`)
	if left := value[string](c.tab, `JSON.stringify(sessionStorage)`); strings.Contains(left, "138001") {
		t.Errorf("the number stays in the browser: %s", left)
	}

	fill() // changed: it is no longer safe
	c.click("#callback-dialog [value=no]")
	if !value[bool](c.tab, `document.querySelector('.if-call').hidden && !document.querySelector('.if-no').hidden`) {
		t.Error("a number is asked for though no call is safe")
	}
	submit()
	c.until(`!document.querySelector('#callback-dialog').open`)
	c.says("chat_only no true", `SELECT concat_ws(' ', contact, safe_to_call, (phone_sealed IS NULL)::text) FROM callback_requests`)
}

func TestHowItWasIsAskedOnceAndInNobodysWay(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(*called){
		"rated": func(c *called) {
			c.click(".face")
			c.do(chromedp.SendKeys(chromedp.CSS(".rating-words"), "谢谢小王"))
			c.click("#rating .primary")
			for c.one(`SELECT concat_ws(' ', score, comment) FROM ratings`) != "5 谢谢小王" {
				time.Sleep(10 * time.Millisecond)
			}
		},
		"not said": func(c *called) { c.click("#rating .quiet") },
		"gone before the words": func(c *called) {
			c.click(".faces li:last-child .face")
			c.until(`sessionStorage.getItem('xiaohe.rating') !== null`)
			c.do(chromedp.Reload())
			for c.one(`SELECT concat_ws(' ', score, comment) FROM ratings`) != "1 " {
				time.Sleep(10 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := findPerson(t, 360, 740, "")
			c.claim()
			c.writes("w-message-1", "好的")
			c.until(`document.querySelector('#log .worker')`)
			c.wang.do(c.ticket, "close", fields{"outcome": "已答复", "summary": ""})
			c.until(`document.querySelectorAll('#rating .face').length === 3`)
			if !value[bool](c.tab, `Array.from(document.querySelectorAll('.face')).every((e) => e.textContent.length >= 2 && e.offsetHeight >= 60) && !document.querySelector('#input').disabled && !document.querySelector('dialog[open]')`) {
				t.Error("the question stands in the way, or its answers are small")
			}
			answer(c)
			c.do(chromedp.Reload())
			c.until(`document.querySelector('#log .worker') && document.querySelector('#log .system[data-event=closed]')`)
			c.say("要带什么材料")
			c.awaitAnswers(1)
			if value[bool](c.tab, `document.querySelectorAll('#rating .face').length > 0`) {
				t.Error("it is asked again")
			}
		})
	}
}

func TestQuickExitForgetsTheHandover(t *testing.T) {
	t.Parallel()
	c := findPerson(t, 360, 740, "")
	c.click(".handover-acts .soft")
	c.until(`document.querySelector('#callback-dialog').open`)
	c.click("#callback-dialog [value=yes]")
	c.eval(`document.querySelector('#callback-dialog [name=phone]').scrollIntoView()`)
	c.do(chromedp.SendKeys(chromedp.CSS("#callback-dialog [name=phone]"), "13800138000"))
	c.eval(`(sessionStorage.setItem('xiaohe.rating', '{}'), sessionStorage.setItem('xiaohe.asked', '"x"'), sessionStorage.setItem('xiaohe.wish', 'true'))`)
	c.eval(`document.dispatchEvent(new CustomEvent('leave'))`)
	c.until(`location.pathname === '/tianqi'`)
	if left := value[string](c.tab, `JSON.stringify([sessionStorage, localStorage]) + document.body.innerText`); strings.Contains(left, "xiaohe") || strings.Contains(left, "138") || strings.Contains(left, "社工") {
		t.Errorf("left behind: %s", left)
	}
}
