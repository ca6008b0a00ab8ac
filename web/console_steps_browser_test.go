package web

import (
	"fmt"
	"strings"
	"testing"

	"xiaohe/assistant/account"
)

// asks is a family that wants a person and is in no danger.
func (b *bureau) asks(region string) *visitor {
	b.t.Helper()
	v := b.household(region)
	if a := v.do("POST", "/v1/conv/"+v.conv+"/handoff", v.token, fields{}); a.Status >= 300 {
		b.t.Fatalf("ask for a person: %s", a.Body)
	}
	return v
}

// held opens a worker's console with a ticket in their hands that is not urgent.
func held(t *testing.T, options ...func(*Options)) (*bureau, *visitor, *clerk, *tab) {
	t.Helper()
	office := newBureau(t, options...)
	family := office.asks(xihuCode)
	wang := office.hire("王老师", account.Worker, xihuPrefix)
	b := wang.desk(1280, 860)
	b.live()
	b.takeNext()
	return office, family, wang, b
}

// reads waits until the line under the title says something.
func (b *tab) reads(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector('#facts').textContent.includes(%q)`, text))
}

// history waits until the history of the ticket names something.
func (b *tab) history(text string) {
	b.t.Helper()
	b.eval(`document.querySelector('#tab-events').click()`)
	b.until(fmt.Sprintf(`document.querySelector('#panel').textContent.includes(%q)`, text))
}

func TestATicketIsGivenBackToXiaohe(t *testing.T) {
	t.Parallel()
	office, family, _, b := held(t)
	b.act("return")
	b.agree()
	b.until(`document.querySelector('#words').disabled && !document.querySelector('[data-part=mine] .entry')`)
	if got := office.one(`SELECT t.state || ' ' || c.mode FROM tickets t JOIN conversations c ON c.id = t.conversation_id`); got != "returned bot" {
		t.Errorf("it is %s", got)
	}
	if n := office.one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND meta -> 'handoff' ->> 'event' = 'returned'`, family.id()); n != "1" {
		t.Errorf("the family is told %s times", n)
	}
	if !value[bool](b, `document.querySelector('#notice').textContent === ''`) {
		t.Error("whoever gave it back is told that it is gone")
	}
}

func TestATicketIsPutDownForOthers(t *testing.T) {
	t.Parallel()
	office, _, _, b := held(t)
	b.act("release")
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelector('dialog .bad').textContent.includes('为什么放下')`)
	b.complete(map[string]string{"reason": "要下班了"})
	b.agree()
	b.reads("等人接")
	b.until(`document.querySelector('#words').disabled && document.querySelector('[data-action=claim]')`)
	if got := office.one(`SELECT state FROM tickets`); got != "queued" {
		t.Errorf("it is %s", got)
	}
}

func TestACallbackIsArrangedWithThoseWhoHaveLeftANumber(t *testing.T) {
	t.Parallel()
	office, family, _, b := held(t, withBox)
	if value[bool](b, `Boolean(document.querySelector('[data-action=callback]'))`) {
		t.Error("a callback is offered although nobody knows the number")
	}
	if a := family.do("POST", "/v1/conv/"+family.conv+"/handoff/callback", family.token,
		fields{"phone": phone, "contact": "phone", "safe_to_call": "yes", "caller_says": "service"}); a.Status >= 300 {
		t.Fatalf("leave a number: %s", a.Body)
	}
	b.until(`document.querySelector('[data-action=callback]')`)
	b.eval(`document.querySelector('#tab-contact').click()`)
	b.until(`document.querySelector('#panel .tel')?.textContent === '` + phone + `'`)
	b.eval(`document.querySelector('#panel .ghost').click()`) // nobody answered
	b.until(`document.querySelector('#panel').textContent.includes('打过 1 次没打通')`)
	b.act("callback")
	b.agree()
	b.reads("约了回电")
	b.until(`document.querySelector('#words').disabled`)
	b.reads("回电")
	if got := office.one(`SELECT state || ' ' || (callback_at > now()) FROM tickets`); got != "callback true" {
		t.Errorf("it is %s", got)
	}
	if n := office.one(`SELECT count(*) FROM notes WHERE body LIKE '%没有打通。'`); n != "1" {
		t.Errorf("%s notes", n)
	}
}

func TestWhoStepsAsideSeesNoMoreOfIt(t *testing.T) {
	t.Parallel()
	office, family, _, b := held(t)
	family.tell("message-secret", "海棠花的秘密")
	b.until(`document.querySelector('#log').textContent.includes('海棠花')`)
	b.act("recuse")
	b.complete(map[string]string{"reason": "是我亲戚"})
	b.agree()
	b.until(`document.querySelector('#title').textContent === '还没有选工单' && !document.body.textContent.includes('海棠花')`)
	if !value[bool](b, `document.querySelector('#notice').textContent.includes('回避')`) {
		t.Error("nothing says why the ticket is gone")
	}
	if got := office.one(`SELECT state FROM tickets`); got != "queued" {
		t.Errorf("it is %s", got)
	}
}

func TestATicketGoesToAnotherRegion(t *testing.T) {
	t.Parallel()
	office, _, _, b := held(t)
	near := office.hire("滨江老师", account.Worker, "330108").desk(1280, 860)
	near.live()
	b.act("transfer")
	b.complete(map[string]string{"kind": "region", "reason": "属地不对", "note": "孩子住在滨江"})
	b.eval(`(() => { const e = document.querySelector('dialog [type=search]'); e.value = '滨江'; e.dispatchEvent(new Event('input', { bubbles: true })); })()`)
	b.until(`document.querySelector('dialog [name=region]').value === '` + binjiang + `'`)
	b.agree()
	b.until(`document.querySelector('#words').disabled && !document.querySelector('[data-part=mine] .entry')`)
	near.until(`document.querySelector('#counts').textContent.includes('1 位在等') || document.querySelector('[data-part=offers] .entry')`)
	near.takeNext()
	near.until(`document.querySelector('#facts').textContent.includes('王老师') === false`)
	near.eval(`document.querySelector('#tab-notes').click()`)
	near.until(`document.querySelector('.note .note-body')?.textContent === '孩子住在滨江'`)
	if got := office.one(`SELECT w.name FROM tickets t JOIN workers w ON w.id = t.owner_id WHERE t.region_code = $1`, binjiang); got != "滨江老师" {
		t.Errorf("%s has it", got)
	}
}

func TestAnUrgentTicketGoesToWhoeverHasTheSkill(t *testing.T) {
	t.Parallel()
	office, _, b := taken(t, helpWanted)
	li := office.hire("李老师", account.Worker, xihuPrefix)
	office.exec(`UPDATE workers SET skills = '{legal}' WHERE id = $1`, li.id)
	c := li.desk(1280, 860)
	c.live()
	b.act("transfer")
	b.complete(map[string]string{"kind": "team", "team": "legal", "reason": "专长不对口", "note": "要问监护权"})
	b.agree()
	b.reads("正在转交")
	c.until(`document.querySelector('[data-part=transfers] .offer .primary')`)
	c.click("[data-part=transfers] .offer .primary")
	c.until(`!document.querySelector('#words').disabled`)
	b.until(`document.querySelector('#words').disabled && document.querySelector('#notice').textContent.includes('李老师')`)
	c.history("接手")
}

func TestASupervisorGivesATicketToSomebodyElseFromTheirPage(t *testing.T) {
	t.Parallel()
	office, _, b := taken(t, helpWanted)
	office.exec(`UPDATE tickets SET lease_until = now() + interval '1 hour', enqueued_at = now() - interval '2 hours', claimed_at = now() - interval '1 hour', due_at = now() - interval '1 hour'`)
	office.exec(`UPDATE messages SET created_at = now() - interval '1 hour'`)
	li := office.hire("李老师", account.Worker, xihuPrefix)
	c := office.hire("赵督导", account.Supervisor, "3301").deskAt("/console/overview", 1280, 860)
	c.until(`Array.from(document.querySelectorAll('[data-part=breaches] button'), (b) => b.textContent).includes('改派')`)
	c.eval(`Array.from(document.querySelectorAll('[data-part=breaches] button')).find((b) => b.textContent === '改派').click()`)
	c.until(`document.querySelector('dialog[open]')`)
	if value[bool](c, `document.querySelector('dialog').textContent.includes('王老师')`) {
		t.Error("it can be given to whoever has it")
	}
	c.complete(map[string]string{"to": li.id.String(), "reason": "等得太久"})
	c.agree()
	c.until(`document.querySelector('#notice').textContent.includes('已经改派')`)
	b.until(`document.querySelector('#words').disabled && document.querySelector('#notice').textContent.includes('李老师')`)
	if got := office.one(`SELECT owner_id FROM tickets`); got != li.id.String() {
		t.Errorf("%s has it", got)
	}
}

func TestDangerIsLoweredByTwo(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, beaten)
	wang := office.hire("王老师", account.Worker, xihuPrefix)
	zhao, qian := office.hire("赵督导", account.Supervisor, "3301"), office.hire("钱督导", account.Supervisor, xihuPrefix)
	id := office.onlyTicket().ID
	b := zhao.desk(1280, 860)
	b.live()
	b.takeNext()
	b.act("priority")
	b.complete(map[string]string{"to": "1", "reason": "是同学开玩笑，问清了"})
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelector('dialog .bad').textContent.includes('哪一位督导也同意')`)
	if value[bool](b, `Array.from(document.querySelectorAll('dialog [name=second] option')).some((o) => o.textContent.includes('王老师'))`) {
		t.Error("a worker can agree")
	}
	b.complete(map[string]string{"second": qian.id.String()})
	b.agree()
	b.until(`document.querySelector('#title').textContent.includes('P1')`)
	b.history("P0 → P1")
	if got := office.one(`SELECT data ->> 'second' FROM ticket_events WHERE event = 'priority.lowered'`); got != qian.id.String() {
		t.Errorf("%s agreed", got)
	}
	b.act("priority")
	b.complete(map[string]string{"to": "0", "reason": "又说在打"})
	b.agree()
	b.until(`document.querySelector('#title').textContent.includes('P0')`)

	zhao.do(zhao.detail(id).Ticket, "reassign", fields{"to": wang.id.String(), "reason": "换人"})
	c := wang.desk(1280, 860)
	c.live()
	c.choose("mine")
	c.act("priority") // alone a worker cannot: the page says who can
	if !value[bool](c, `document.querySelector('dialog').textContent.includes('督导') && !document.querySelector('dialog form')`) {
		t.Error("a worker is asked for what would be refused")
	}
	b.until(`document.querySelector('#words').disabled`)
	b.act("priority") // somebody else has it: two people agree
	b.complete(map[string]string{"to": "2", "reason": "没有危险了"})
	b.agree()
	b.until(`document.querySelector('#title').textContent.includes('P2')`)
}

func TestAWokenConsoleShowsWhoHasTheTicketNow(t *testing.T) {
	t.Parallel()
	office, _, _, b := held(t)
	li, zhao := office.hire("李老师", account.Worker, xihuPrefix), office.hire("赵督导", account.Supervisor, "3301")
	b.eval(`document.querySelector('#words').value = '写到一半'`)
	b.eval(`document.querySelector('#words').dispatchEvent(new Event('input', { bubbles: true }))`)
	b.eval(`(() => { // the socket is dead, and nothing tells so
		const parse = JSON.parse;
		window.asleep = true;
		WebSocket.prototype.send = () => {};
		const real = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
		Object.defineProperty(MessageEvent.prototype, 'data', { get() { if (window.asleep) throw new Event('asleep'); return real.get.call(this); } });
		window.addEventListener('error', (event) => { if (window.asleep) event.preventDefault(); });
	})()`)
	ticket := zhao.detail(office.onlyTicket().ID).Ticket
	zhao.do(ticket, "reassign", fields{"to": li.id.String(), "reason": "等得太久"})
	if value[bool](b, `document.querySelector('#words').disabled`) {
		t.Fatal("the socket is not dead")
	}
	b.eval(`(() => { const real = Date.now; Date.now = () => real() + 600000; window.asleep = false; })()`) // ten minutes later
	b.until(`document.querySelector('#words').disabled && document.querySelector('#composer-reason').textContent.includes('李老师')`)
	b.until(`document.querySelector('#notice').textContent.includes('李老师')`)
	if strings.Contains(value[string](b, `document.querySelector('#link').textContent`), "没有网络") {
		t.Error("the network is there")
	}
}
