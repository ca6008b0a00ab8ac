package web

import (
	"fmt"
	"testing"

	"xiaohe/assistant/account"
)

// whereIs tells where something stands on the screen.
func (b *tab) whereIs(selector string) string {
	b.t.Helper()
	return value[string](b, fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.left, r.top, r.width].join(); })()`, selector))
}

func TestAnAlarmMovesNothing(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	wang, zhao := office.hire("王老师", account.Worker, xihuPrefix), office.hire("赵督导", account.Supervisor, "3301")
	pages := []struct {
		*tab
		place, before string
	}{{wang.desk(360, 740), "#next", ""}, {wang.desk(1280, 860), "#next", ""}, {zhao.deskAt("/console/overview", 360, 740), "#main", ""}, {zhao.deskAt("/console/canned", 1280, 860), "#main", ""}}
	for i, b := range pages {
		b.until(`document.querySelector('#calm').textContent.includes('没有警报在响')`)
		pages[i].before = b.whereIs(b.place)
	}
	office.household(xihuCode, beaten)
	for i, b := range pages {
		b.until(`document.querySelector('#alarm').dataset.ringing === 'true'`)
		if after := b.whereIs(b.place); after != b.before {
			t.Errorf("page %d: %s was at %s and is at %s", i, b.place, b.before, after)
		}
		b.eval(`document.querySelector('#notice').textContent = '已由 王老师 认领'`)
		if after := b.whereIs(b.place); after != b.before {
			t.Errorf("page %d: a notice moves %s from %s to %s", i, b.place, b.before, after)
		}
		if over := value[string](b.tab, `Array.from(document.querySelectorAll('#alarm button, #alarm strong, #alarm .no')).filter((e) => { const r = e.getBoundingClientRect(), s = document.querySelector('.strip').getBoundingClientRect(); return r.top < s.top || r.bottom > s.bottom + 1 || r.right > innerWidth }).filter((e) => e.offsetParent).map((e) => e.textContent).join()`); over != "" {
			t.Errorf("page %d: %s is cut off", i, over)
		}
	}
}

func TestANotificationsLinkOpensItsTicket(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, helpWanted)
	no := office.one(`SELECT no FROM tickets`)
	office.employ("wang", "王老师", account.Worker, xihuPrefix)
	b := browser(t)
	b.screen(360, 740, true)
	b.open(office.URL + "/console#" + no) // from a robot's message, before the shift
	b.logIn("wang")
	b.ready()
	b.until(fmt.Sprintf(`document.querySelector('#title').textContent.includes(%q) && document.body.dataset.view === 'chat' && location.hash === ''`, no))

	far := office.hire("远老师", account.Worker, "440103").deskAt("/console#"+no, 1280, 860)
	far.until(`document.querySelector('#notice').textContent.includes('没有找到工单')`)
	far.eval(`location.hash = 'next'`) // the skip link
	if value[bool](far, `document.querySelector('#title').textContent !== '还没有选工单'`) {
		t.Error("somebody else's ticket is open")
	}
}

func TestALinkFromAnotherSiteKeepsItsTicket(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	office.household(xihuCode, helpWanted)
	no := office.one(`SELECT no FROM tickets`)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	b.open(`data:text/html,<a href="` + office.URL + `/console%23` + no + `">小禾</a>`)
	b.click("a")
	b.until(`location.pathname === '/console' && document.body.dataset.ready === 'true'`)
	b.until(fmt.Sprintf(`document.querySelector('#title').textContent.includes(%q)`, no))
}

func TestWhoHasNoWorkHereIsToldWhatTheyCanDo(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	for role, says := range map[string]string{account.Director: "发现孩子有危险", account.Auditor: "xiaohe db audit"} {
		office.account(role+"1", role)
		b := browser(t)
		b.screen(360, 740, true)
		b.open(office.URL + "/console")
		b.logIn(role + "1")
		b.until(fmt.Sprintf(`location.pathname === '/staff' && document.body.innerText.includes(%q) && document.body.innerText.includes('这里做不了的')`, says))
		if wide := value[int64](b, `document.documentElement.scrollWidth`); wide > 360 {
			t.Errorf("%s: %d pixels wide", role, wide)
		}
		b.eval(`document.querySelector('form[action="/logout"] button').click()`)
		b.until(`location.pathname === '/login' && document.querySelector('[name=password]')`)
	}
	for _, role := range account.Roles {
		if d := dutiesOf[role]; d.About == "" || len(d.Can) == 0 || len(d.Cannot) == 0 {
			t.Errorf("%s is told nothing", role)
		}
	}
}
