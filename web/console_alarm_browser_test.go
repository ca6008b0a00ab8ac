package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"xiaohe/assistant/account"
)

func TestAnAlarmRingsUntilSomebodyHasTheTicket(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	wang, li := office.hire("王老师", account.Worker, xihuPrefix), office.hire("李老师", account.Worker, xihuPrefix)
	far := office.hire("远老师", account.Worker, "440103").desk(1280, 860)
	far.live()
	b := wang.desk(1280, 860)
	b.live()
	title := value[string](b, `document.title`)
	b.click(".brand") // a touch lets the page sound
	b.eval(`(window.Notification = class { static permission = 'granted'; constructor(title, options) { window.noted = title + JSON.stringify(options); } close() {} })`)
	office.household(xihuCode, beaten)
	b.until(`document.querySelector('#alarm').dataset.ringing === 'true' && document.title.includes('有紧急求助 P0') && window.noted.startsWith('有紧急求助 P0')`)
	shown := value[string](b, `document.querySelector('#alarm').innerText`)
	for _, secret := range []string{"爸", "打", "砸门", "西湖", "静音"} { // nothing of the family, and danger now cannot be muted
		if value[bool](b, fmt.Sprintf(`document.querySelector('#alarm').innerText.includes(%q) || document.title.includes(%q) || window.noted.includes(%q)`, secret, secret, secret)) {
			t.Errorf("the alarm says %q: %s", secret, shown)
		}
	}
	if value[bool](far, `Boolean(document.querySelector('#alarm').dataset.ringing)`) {
		t.Error("it rings in another region")
	}
	li.claim(office.onlyTicket().ID)
	b.until(`!document.querySelector('#alarm').dataset.ringing && document.querySelector('#alarm').hidden`)
	if after := value[string](b, `document.title`); after != title {
		t.Errorf("the title stays %q", after)
	}
}

func TestAnAlarmIsTakenFromItsBanner(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, beaten)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(360, 740)
	b.until(`document.querySelector('#alarm').dataset.ringing === 'true'`) // it rang before this page was opened
	b.click("#alarm .primary")
	b.until(`!document.querySelector('#alarm').dataset.ringing && document.body.dataset.view === 'chat' && !document.querySelector('#words').disabled`)
}

func TestAShiftBeginsWithATestOfTheBell(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	wang := office.hire("王老师", account.Worker, xihuPrefix)
	wang.good("PUT", "/duty", dutyRequest{"off"})
	b := wang.desk(360, 740)
	b.click("#duty input[value=on]")
	b.until(`document.querySelector('dialog[open] h2')?.textContent === '上班前试一下铃声'`)
	b.click("dialog .ghost")
	b.click("dialog .primary")
	b.until(`!document.querySelector('dialog')`)
	if duty := office.one(`SELECT duty FROM workers`); duty != "on" {
		t.Errorf("duty is %s", duty)
	}
	b.click("#next")
	b.until(`document.querySelector('#notice').textContent.includes('没有等着您接的人')`)
}

func TestTheConsoleFitsPhonesAndDesks(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, "孩子爸爸坐牢，妈妈跑了，每月能领钱吗？", beaten)
	office.household(xihuCode, helpWanted)
	zhao := office.hire("赵督导", account.Supervisor, "3301")
	for _, size := range []struct{ width, height int64 }{{360, 740}, {1000, 760}, {1280, 860}} {
		b := zhao.desk(size.width, size.height)
		check := func(where string) {
			t.Helper()
			if wide := value[string](b, noConsoleScroll); wide != "" {
				t.Errorf("%d, %s: wider than the screen: %s", size.width, where, wide)
			}
			if small := value[string](b, `Array.from(document.querySelectorAll('button, a, input, select, summary')).filter((e) => e.offsetParent && (e.offsetHeight < 24 || e.offsetWidth < 24) && !e.closest('.choice, .setting, .visually-hidden, .duty, .skip, .draft')).map((e) => e.outerHTML.slice(0, 80)).join()`); small != "" {
				t.Errorf("%d, %s: too small: %s", size.width, where, small) // WCAG 2.2, 2.5.8
			}
			if unnamed := value[string](b, `Array.from(document.querySelectorAll('button, input, select, textarea, [role=tab]')).filter((e) => e.offsetParent && !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label') || e.value && e.type === 'submit')).map((e) => e.outerHTML.slice(0, 80)).join()`); unnamed != "" {
				t.Errorf("%d, %s: without a name: %s", size.width, where, unnamed)
			}
		}
		check("the queue")
		b.choose("all")
		b.until(`document.querySelector('#title .badge') && document.body.dataset.view === 'chat'`)
		check("the conversation")
		for _, name := range []string{"evidence", "facts", "summary", "notes", "events", "contact"} {
			b.eval(`document.body.dataset.view = 'panel'`)
			b.eval(`document.querySelector('#tab-` + name + `').click()`)
			check(name)
		}
		if size.width < 500 {
			b.click(".panels .back")
			b.click(".about .back")
			b.until(`document.querySelector('#next').offsetParent`)
		}
		b.open(zhao.URL + "/console/overview")
		b.ready()
		check("the overview")
	}
}

// noConsoleScroll leaves out what scrolls on purpose, and the watermark.
const noConsoleScroll = `Array.from(document.querySelectorAll('body *')).filter((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.right > innerWidth + 0.5 && !e.closest('.watermark, .sideways, .visually-hidden, .skip') }).map((e) => e.tagName + '.' + e.className).join(' ')`

func TestSupervisorsSeeTheirRegionsAndWorkersDoNot(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, helpWanted)
	office.exec(`UPDATE tickets SET enqueued_at = now() - interval '20 min', due_at = now() - interval '15 min'`)
	wang, zhao := office.hire("王老师", account.Worker, xihuPrefix), office.hire("赵督导", account.Supervisor, "3301")
	b := zhao.deskAt("/console/overview", 1280, 860)
	for what, expression := range map[string]string{
		"who waits":        `document.querySelector('[data-part=waiting] tbody').innerText.includes('西湖区')`,
		"what is late":     `document.querySelector('[data-part=breaches] .late')`,
		"who is there":     `document.querySelector('[data-part=staff]').innerText.includes('王老师')`,
		"a drawing":        `document.querySelector('[data-part=hours] svg[role=img]').getAttribute('aria-label').includes('来了 1 张')`,
		"a table of it":    `document.querySelectorAll('[data-part=hours] tbody tr').length === 24`,
		"the week":         `document.querySelectorAll('[data-part=week] tbody td').length === 168`,
		"the quality":      `document.querySelector('[data-part=quality] dl')`,
		"one head of each": `document.querySelectorAll('h1').length === 1`,
	} {
		if !value[bool](b, "Boolean("+expression+")") {
			t.Errorf("missing: %s", what)
		}
	}
	b.click("[data-part=breaches] button")
	b.until(`location.pathname === '/console' && document.querySelector('#title .badge')`)
	b.open(zhao.URL + "/console/overview")
	b.ready()
	wang.claim(office.onlyTicket().ID)
	b.until(`document.querySelector('[data-part=waiting] .empty')`)

	w := wang.desk(1280, 860)
	if value[bool](w, `Boolean(document.querySelector('[data-part=all], a[href="/console/overview"]'))`) {
		t.Error("a worker's console lists everything")
	}
	w.open(wang.URL + "/console/overview")
	if !value[bool](w, `document.body.innerText.includes('没有找到')`) {
		t.Error("a worker sees the supervisors' page")
	}
}

func TestColoursAreChosenAndKept(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	const ground = `getComputedStyle(document.body).backgroundColor`
	choose := func(theme string) string {
		b.eval(fmt.Sprintf(`(() => { const s = document.querySelector('#theme'); s.value = %q; s.dispatchEvent(new Event('change')); })()`, theme))
		return value[string](b, ground)
	}
	light, dark := choose("light"), choose("dark")
	if light == dark {
		t.Errorf("both are %s", light)
	}
	b.do(chromedp.Reload())
	b.ready()
	if after := value[string](b, ground); after != dark {
		t.Errorf("after a reload it is %s", after)
	}
	if !value[bool](b, `document.querySelector('#watermark').textContent.includes('王老师') && document.querySelector('#watermark').getAttribute('aria-hidden') === 'true'`) {
		t.Error("no watermark")
	}
}

func TestSomebodyWithoutALoginIsLedToItAndBack(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	b := browser(t)
	b.open(office.URL + "/console")
	b.until(`location.pathname === '/login' && location.search === '?back=%2Fconsole'`)
	wang := office.hire("王老师", account.Worker, xihuPrefix)
	c := wang.desk(1280, 860)
	office.exec(`DELETE FROM staff_sessions`)
	c.eval(`document.querySelector('#next')?.click()`) // the page may have noticed by itself
	c.until(`location.pathname === '/login' && location.search === '?back=%2Fconsole'`)
}

// TestConsoleScreenshots takes the pictures that people look at; it asserts nothing and runs only when asked.
func TestConsoleScreenshots(t *testing.T) {
	pictures(t)
	for _, size := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"360", 360, 740, false}, {"1000", 1000, 760, false}, {"1280", 1280, 860, false}, {"dark", 1280, 860, true}} {
		office := newBureau(t)
		family := office.household(xihuCode, "孩子爸爸坐牢，妈妈跑了，每月能领钱吗？", pesticide)
		zhao := office.hire("赵督导", account.Supervisor, "3301")
		office.hire("王老师", account.Worker, xihuPrefix)
		b := zhao.desk(size.width, size.height)
		if size.dark {
			b.dark()
		}
		n := 0
		shot := func(name string) {
			n++
			b.shot(fmt.Sprintf("console-%s-%d-%s", size.name, n, name))
		}
		b.live()
		b.until(`document.querySelector('#alarm').dataset.ringing`)
		shot("alarm")
		b.click("#alarm .primary")
		b.until(`!document.querySelector('#words').disabled`)
		b.answer("奶奶您好，我是社工赵老师。我在，您慢慢说。农药现在放在哪里？")
		family.tell("message-more", "在桌上，就我和孙子两个人")
		office.household(xihuCode, helpWanted)
		shot("talk")
		for _, name := range []string{"evidence", "facts", "summary", "notes", "events", "contact"} {
			b.eval(`document.body.dataset.view = 'panel'`)
			b.eval(`document.querySelector('#tab-` + name + `').click()`)
			shot(name)
		}
		b.eval(`document.body.dataset.view = 'chat'`)
		for _, action := range []string{"close", "transfer", "report", "block"} {
			b.eval(`document.querySelector('[data-action=` + action + `]').click()`)
			b.until(`document.querySelector('dialog[open]')`)
			shot(action)
			b.eval(`document.querySelector('dialog[open]').close()`)
		}
		b.eval(`document.body.dataset.view = 'queue'`)
		shot("queue")
		b.open(zhao.URL + "/console/overview")
		b.ready()
		shot("overview")
	}
}
