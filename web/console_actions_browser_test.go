package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"xiaohe/assistant/account"
)

// complete writes into fields of the open dialog by their names; a field of choices gets the value of the choice.
func (b *tab) complete(values map[string]string) {
	b.t.Helper()
	for name, text := range values {
		b.eval(fmt.Sprintf(`(() => {
			const all = Array.from(document.querySelectorAll('dialog[open] [name=%s]'));
			const one = all.find((e) => e.value === %q && /radio|checkbox/.test(e.type)) ?? all[0];
			if (/radio|checkbox/.test(one.type)) one.click();
			else { one.value = %[2]q; one.dispatchEvent(new Event('input', { bubbles: true })); }
		})()`, name, text))
	}
}

// act presses the button of an action and waits for its dialog.
func (b *tab) act(action string) {
	b.t.Helper()
	b.until(`document.querySelector('[data-action=` + action + `]')`)
	b.eval(`document.querySelector('[data-action=` + action + `]').click()`)
	b.until(`document.querySelector('dialog[open]')`)
}

// agree sends the open dialog off and waits until it is gone.
func (b *tab) agree() {
	b.t.Helper()
	b.eval(`document.querySelector('dialog[open] .primary').click()`)
	b.until(`!document.querySelector('dialog') || !document.querySelector('dialog .bad').hidden`)
	if left := value[string](b, `document.querySelector('dialog .bad')?.textContent ?? ''`); left != "" {
		b.t.Fatalf("the dialog says %s", left)
	}
}

// taken opens a worker's console with one urgent ticket in their hands.
func taken(t *testing.T, texts ...string) (*bureau, *visitor, *tab) {
	t.Helper()
	office := newBureau(t)
	family := office.household(xihuCode, texts...)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	b.live()
	b.takeNext()
	return office, family, b
}

func TestATicketGoesFromOneWorkerToAnother(t *testing.T) {
	t.Parallel()
	office, _, b := taken(t, helpWanted)
	li := office.hire("李老师", account.Worker, xihuPrefix)
	c := li.desk(1280, 860)
	c.live()
	b.act("transfer")
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelector('dialog .bad').textContent.includes('同事')`) // nothing goes off half filled in
	b.complete(map[string]string{"worker": li.id.String(), "reason": "专长不对口", "note": "已经问过，现在安全"})
	b.agree()
	b.until(`document.querySelector('#facts').textContent.includes('正在转交') && document.querySelector('[data-action=withdraw]') && !document.querySelector('#words').disabled`)
	c.until(`document.querySelector('[data-part=transfers] .offer')?.textContent.includes('王老师 请您接手：专长不对口')`)
	c.choose("transfers")
	c.until(`document.querySelector('.note .note-body')?.textContent === '已经问过，现在安全'`)
	c.click("[data-part=transfers] .offer .primary")
	c.until(`!document.querySelector('#words').disabled && document.querySelector('[data-part=mine] .entry')`)
	b.until(`document.querySelector('#words').disabled && !document.querySelector('[data-part=mine] .entry')`)
	if owner := office.one(`SELECT w.name FROM tickets t JOIN workers w ON w.id = t.owner_id WHERE t.state = 'claimed'`); owner != "李老师" {
		t.Errorf("the owner is %s", owner)
	}
}

func TestDialogsCloseWithEscAndGiveTheFocusBack(t *testing.T) {
	t.Parallel()
	_, _, b := taken(t, helpWanted)
	b.eval(`document.querySelector('[data-action=transfer]').focus()`)
	b.keys("\r")
	b.until(`document.querySelector('dialog[open]')?.contains(document.activeElement) && document.querySelector('dialog').getAttribute('aria-labelledby')`)
	b.keys(kb.Escape)
	b.until(`!document.querySelector('dialog') && document.activeElement.dataset.action === 'transfer'`)
	b.eval(`document.activeElement.blur()`)
	b.keys("?")
	b.until(`document.querySelector('dialog[open]').textContent.includes('接下一位')`)
	b.keys(kb.Escape)
	b.until(`!document.querySelector('dialog')`)
}

func TestAGuardianIsKeptOutOnlyAfterASecondYes(t *testing.T) {
	t.Parallel()
	office, family, b := taken(t, beaten)
	b.act("block")
	b.complete(map[string]string{"reason": "孩子说是爸爸打的"})
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelectorAll('dialog').length === 1 && document.querySelector('dialog h2').textContent === '再确认一次'`)
	if n := office.one(`SELECT count(*) FROM access_blocks`); n != "0" {
		t.Fatalf("%s blocks after the first yes", n)
	}
	b.complete(map[string]string{"sure": "yes"})
	b.agree()
	b.until(`document.querySelector('#panel').textContent.includes('已经不给监护人看')`)
	if a := family.do("GET", "/v1/conv/"+family.conv+"/messages", family.token, nil); a.Status == 200 {
		t.Errorf("the guardian still reads: %s", a.Body)
	}
}

func TestAMandatoryReportAndAPriorityAreWrittenDown(t *testing.T) {
	t.Parallel()
	office, _, b := taken(t, helpWanted)
	b.act("report")
	b.complete(map[string]string{"recipient": "公安机关（110）", "receipt_no": "A-1", "flags": "R4"})
	b.agree()
	b.act("priority")
	b.complete(map[string]string{"to": "0", "reason": "孩子身上有伤"})
	b.agree()
	b.until(`document.querySelector('#title').textContent.includes('P0')`)
	b.click("#tab-events")
	b.until(`document.querySelector('#panel').textContent.includes('已做强制报告') && document.querySelector('#panel').textContent.includes('P1 → P0')`)
	if class := office.one(`SELECT retention_class FROM conversations`); class != "report" {
		t.Errorf("the conversation is kept as %s", class)
	}
}

func TestASummaryCountsOnceAPersonHasRead(t *testing.T) {
	t.Parallel()
	_, family, b := taken(t, "孩子爸爸坐牢，妈妈跑了，每月能领钱吗？", beaten)
	b.click("#tab-summary")
	b.until(`document.querySelectorAll('.sentence').length > 1`)
	b.eval(`(() => { const s = document.querySelector('.sentence'); s.value = '奶奶带着孙子。'; s.dispatchEvent(new Event('input', { bubbles: true })); })()`)
	family.tell("message-meanwhile", "他又来了")
	b.until(`document.querySelector('#log').textContent.includes('他又来了')`)
	b.click("#tab-notes") // and back: what was changed is still there
	b.click("#tab-summary")
	if got := value[string](b, `document.querySelector('.sentence').value`); got != "奶奶带着孙子。" {
		t.Errorf("the sentence is %q", got)
	}
	b.eval(`document.querySelectorAll('.draft [type=checkbox]')[1].click()`)
	dropped := value[string](b, `document.querySelectorAll('.sentence')[1].value`)
	b.eval(`document.querySelector('#panel .primary').click()`)
	b.until(`document.querySelector('#panel .note-body')?.textContent.includes('奶奶带着孙子。')`)
	if kept := value[string](b, `document.querySelector('#panel .note-body').textContent`); strings.Contains(kept, dropped) {
		t.Errorf("what was left out is in %q", kept)
	}
	b.click("#panel .link")
	b.until(`document.activeElement.matches('#log .message')`)
}

func TestWithoutASocketTheConsoleStillWorks(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	family := office.household(xihuCode, helpWanted)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.WebSocket = class { constructor() { setTimeout(() => this.onclose({ code: 1006 })); } close() {} };`,
	})
	must(t, err)
	b.do(chromedp.Reload())
	b.ready()
	b.takeNext()
	b.answer("我在")
	b.until(`document.querySelector('#log .worker:not(.unsent)')`)
	b.until(`document.querySelector('#link').textContent !== '已连上'`)
	family.tell("message-polled", "听得到吗")
	b.until(`Array.from(document.querySelectorAll('#log .user .words')).at(-1).textContent === '听得到吗'`)
}

func TestColleaguesSeeEachOther(t *testing.T) {
	t.Parallel()
	office, _, b := taken(t, helpWanted)
	c := office.hire("赵督导", account.Supervisor, "3301").desk(1280, 860)
	c.live()
	c.choose("all")
	b.until(`document.querySelector('#viewers').textContent === '赵督导 也在看'`)
	c.until(`document.querySelector('#viewers').textContent.includes('王老师')`)
	if !value[bool](c, `document.querySelector('#words').disabled && document.querySelector('#composer-reason').textContent.includes('王老师')`) {
		t.Error("a supervisor can write in a colleague's conversation")
	}
	b.do(chromedp.SendKeys(chromedp.ID("words"), "我"))
	c.until(`document.querySelector('#viewers').textContent === '王老师 也在写'`)
	li := office.hire("李老师", account.Worker, xihuPrefix)
	c.act("reassign")
	c.complete(map[string]string{"to": li.id.String(), "reason": "换人"})
	c.agree()
	c.until(`document.querySelector('#facts').textContent.includes('李老师')`)
	b.until(`document.querySelector('#words').disabled && !document.querySelector('[data-part=mine] .entry')`)
}
