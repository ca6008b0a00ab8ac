package web

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"xiaohe/assistant/account"
)

// hears notes every sound that the page begins: how long one round of it is, and whether it goes on.
func (b *tab) hears() {
	b.t.Helper()
	b.eval(`(() => {
		window.sounds = [];
		const start = AudioBufferSourceNode.prototype.start;
		AudioBufferSourceNode.prototype.start = function () { window.sounds.push({ round: this.buffer.duration, loop: this.loop }); start.call(this); };
	})()`)
	b.click(".brand") // a touch lets the page sound
}

// makesWait lets the family's last words have been there for longer than they may, and reminds whoever has the ticket.
func (b *bureau) makesWait() {
	b.t.Helper()
	for b.one(`SELECT count(*) FROM presence WHERE worker_id IN (SELECT owner_id FROM tickets)`) == "0" { // an owner who is not there loses it
	}
	b.exec(`UPDATE tickets SET claimed_at = claimed_at - interval '90 s'`)
	b.exec(`UPDATE messages SET created_at = created_at - interval '80 s'`)
	must(b.t, b.web.handoff.Sweep(b.t.Context()))
}

func TestWhoLetsAFamilyWaitIsRemindedInAnotherWay(t *testing.T) {
	t.Parallel()
	office, family, b := taken(t, beaten)
	colleague := office.hire("李老师", account.Worker, xihuPrefix).desk(1280, 860)
	colleague.live()
	b.answer("我是社工王老师")
	b.until(`document.querySelector('.message.worker:not(.unsent)')`)
	family.tell("message-late", "他又来了")
	b.until(`document.querySelectorAll('.message.user').length === 2 && document.querySelector('#alarm').hidden`)
	b.hears()
	office.makesWait()
	const banner = `document.querySelector('#alarm').innerText`
	b.until(`!document.querySelector('#alarm').hidden`)
	for what, expression := range map[string]string{
		"what is to be done":     banner + `.includes('家里人在等回话 P0')`,
		"no ticket to be taken":  `!` + banner + `.includes('我来接') && !` + banner + `.includes('求助')`,
		"no alarm":               `!document.querySelector('#alarm').dataset.ringing`,
		"a title of its own":     `document.title.includes('家里人在等回话')`,
		"one short tone":         `window.sounds.length === 1 && !window.sounds[0].loop && window.sounds[0].round < 1`,
		"the alarm's whole size": `document.querySelector('#alarm').offsetHeight <= document.querySelector('.strip').offsetHeight`,
	} {
		if !value[bool](b, expression) {
			t.Errorf("not %s: %s, %s", what, value[string](b, banner), value[string](b, `JSON.stringify(window.sounds) + document.title`))
		}
	}
	office.web.queueChanged() // every change of the queue has the page look what still calls
	b.until(`performance.getEntriesByType('resource').filter((e) => /\/console\/queue$/.test(e.name)).length > 2`)
	if value[bool](b, `document.querySelector('#alarm').hidden`) {
		t.Error("the reminder has gone before the answer")
	}
	if !value[bool](colleague, `document.querySelector('#alarm').hidden`) {
		t.Error("it calls a colleague")
	}

	b.answer("我在")
	b.until(`document.querySelector('#alarm').hidden`)
}

func TestAReminderStandsBehindWhatNobodyHas(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	family := office.household(xihuCode, beaten)
	wang, li := office.hire("王老师", account.Worker, xihuPrefix), office.hire("李老师", account.Worker, xihuPrefix)
	wang.claim(uuid.MustParse(office.one(`SELECT id FROM tickets`)))
	wang.good("POST", "/conv/"+family.conv+"/messages", fields{"client_msg_id": "first-words", "kind": "text", "body": "我是社工王老师"})
	family.tell("message-late", "他又来了")
	b := wang.desk(360, 740)
	b.live()
	office.makesWait()
	b.until(`!document.querySelector('#alarm').hidden`)

	office.household(xihuCode, helpWanted)
	b.until(`document.querySelector('#alarm').dataset.ringing`)
	if shown := value[string](b, `document.querySelector('#alarm').innerText`); !strings.Contains(shown, "有紧急求助 P1") || !strings.Contains(shown, "1 张在等回话") || !strings.Contains(shown, "我来接") {
		t.Errorf("it says %s", shown)
	}
	if cut := value[string](b, `Array.from(document.querySelectorAll('#alarm *')).filter((e) => e.offsetParent && e.getBoundingClientRect().bottom > document.querySelector('.strip').getBoundingClientRect().bottom + 0.5).map((e) => e.textContent).join()`); cut != "" {
		t.Errorf("cut off: %s", cut)
	}
	li.claim(uuid.MustParse(office.one(`SELECT id FROM tickets WHERE owner_id IS NULL`)))
	b.until(`!document.querySelector('#alarm').dataset.ringing && document.querySelector('#alarm').innerText.includes('家里人在等回话')`)
	b.click("#alarm .primary") // opens the ticket
	b.until(`document.body.dataset.view === 'chat' && !document.querySelector('#words').disabled && document.querySelector('#alarm').hidden`)
}

func TestAHandshakeThatHangsIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBureau(t).hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.tried = 0;
			window.WebSocket = class { static CLOSING = 2; constructor() { this.readyState = 0; window.tried++; } close() {} };
			const later = window.setTimeout;
			window.setTimeout = (f, ms, ...rest) => later(f, ms / 10, ...rest);`,
	})
	must(t, err)
	b.do(chromedp.Reload())
	b.until(`window.tried > 2 && document.querySelector('#link').textContent.includes('重新连接')`)
}

func TestWhoGoesHomeIsToldWhatGoesBackToTheQueue(t *testing.T) {
	t.Parallel()
	office, _, b := taken(t, helpWanted)
	office.household(xihuCode, beaten)
	b.takeNext()
	duty := func() string { return office.one(`SELECT duty FROM workers`) }
	b.until(`document.querySelectorAll('[data-part=mine] li').length === 2`)
	b.click("#duty input[value=off]")
	b.until(`document.querySelector('dialog[open]')?.innerText.includes('2 次谈话')`)
	if now := duty(); now != "on" {
		t.Errorf("before the yes they are %s", now)
	}
	b.click("dialog .ghost")
	b.until(`!document.querySelector('dialog') && document.querySelector('#duty input[value=on]').checked`)
	if now := duty(); now != "on" {
		t.Errorf("after the no they are %s", now)
	}
	b.click("#duty input[value=off]")
	b.until(`document.querySelector('dialog[open]')`)
	b.agree()
	for duty() != "off" {
	}

	empty := office.hire("李老师", account.Worker, xihuPrefix)
	c := empty.desk(1280, 860)
	c.click("#duty input[value=off]")
	c.until(`document.querySelector('#duty input[value=off]').checked`)
	for office.one(`SELECT duty FROM workers WHERE id = $1`, empty.id) != "off" {
	}
	if value[bool](c, `Boolean(document.querySelector('dialog'))`) {
		t.Error("whoever has nothing in hand is asked")
	}
}
