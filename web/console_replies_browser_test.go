package web

import (
	"fmt"
	"testing"

	"xiaohe/assistant/account"
)

// replyRow is the row of a ready reply.
func replyRow(shortcut string) string {
	return fmt.Sprintf(`document.querySelector('.reply[data-shortcut=%q]')`, shortcut)
}

// pressIn presses a button by its words within something.
func (b *tab) pressIn(where, text string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`Array.from(%s.querySelectorAll('button')).find((e) => e.textContent === %q).click()`, where, text))
	b.until(`document.querySelector('dialog[open]')`)
}

func TestASupervisorWritesReadyReplies(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	lead := office.hire("赵督导", account.Supervisor, xihuPrefix)
	b := lead.deskAt("/console/canned", 1280, 860)
	b.until(replyRow("问好") + `?.closest('[data-part=above]')`)
	if value[bool](b, replyRow("问好")+`.textContent.includes('删掉')`) {
		t.Error("a supervisor of a county may remove what holds for the country")
	}
	b.click("#add")
	b.until(`document.querySelector('dialog[open] .holes')`)
	b.complete(map[string]string{"shortcut": "西湖窗口", "title": "说窗口在哪里", "body": "您好，请到"})
	b.eval(`(() => { const a = document.querySelector('dialog [name=body]'); a.setSelectionRange(a.value.length, a.value.length); document.querySelectorAll('dialog .holes button')[2].click(); })()`)
	b.until(`document.querySelector('dialog [name=body]').value === '您好，请到{{地区}}' && document.querySelector('dialog .sample').textContent === '您好，请到杭州市西湖区'`)
	b.agree()
	b.until(replyRow("西湖窗口") + `?.closest('[data-part=own]') && ` + replyRow("西湖窗口") + `.textContent.includes('第 1 版')`)

	b.pressIn(replyRow("问好"), "给浙江省杭州市西湖区另写一条")
	b.complete(map[string]string{"body": "{{不认得}}您好"})
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelector('dialog .bad').textContent.includes('没有“{{不认得}}”这个空格')`)
	b.complete(map[string]string{"body": "{{家长称呼}}您好，我是西湖区的{{社工}}"})
	b.agree()
	b.until(replyRow("问好") + `?.closest('[data-part=own]')`)

	b.pressIn(replyRow("西湖窗口"), "删掉")
	b.agree()
	b.until(`!` + replyRow("西湖窗口"))
	if n := office.one(`SELECT string_agg(action, ' ' ORDER BY at) FROM audit_log WHERE object_kind = 'canned_reply'`); n != "canned.added canned.added canned.removed" {
		t.Errorf("logged: %s", n)
	}
}

func TestWhoWritesAtTheSameTimeSeesTheOtherChangeFirst(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	lead, officer := office.hire("赵督导", account.Supervisor, xihuPrefix), office.hire("管政策的", account.Officer, "")
	var own oneCanned
	lead.good("POST", "/canned", cannedRequest{Scope: xihuPrefix, Shortcut: "窗口", Title: "窗口", Body: "在一楼"}).into(t, &own)
	b := lead.deskAt("/console/canned", 360, 740)
	b.pressIn(replyRow("窗口"), "改")
	officer.good("PUT", "/canned/"+own.Canned.ID.String(), cannedRequest{Shortcut: "窗口", Title: "窗口", Body: "搬到二楼了", Version: 1})
	b.complete(map[string]string{"body": "在一楼东边"})
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelector('dialog .theirs').textContent.includes('第 2 版') && document.querySelector('dialog .theirs').textContent.includes('搬到二楼了') && document.querySelector('dialog .bad').textContent.includes('别人也改了')`)
	if got := office.one(`SELECT body FROM canned_replies WHERE shortcut = '窗口'`); got != "搬到二楼了" || value[string](b, `document.querySelector('dialog [name=body]').value`) != "在一楼东边" {
		t.Errorf("stored %s", got)
	}
	b.agree()
	b.until(replyRow("窗口") + `.textContent.includes('第 3 版')`)

	b.pressIn(replyRow("窗口"), "改")
	officer.good("DELETE", "/canned/"+own.Canned.ID.String(), nil)
	b.eval(`document.querySelector('dialog .primary').click()`)
	b.until(`document.querySelector('dialog .bad').textContent.includes('已经被别人删掉了')`)
}

func TestAnOfficerWritesForTheCountryAndBelow(t *testing.T) {
	t.Parallel()
	office := newBureau(t)
	b := office.hire("管政策的", account.Officer, "").deskAt("/console/canned", 1280, 860)
	b.until(replyRow("问好") + `?.closest('[data-part=own]')`)
	b.click("#other")
	b.until(`document.querySelector('dialog[open] [type=search]')`)
	b.eval(`(() => { const e = document.querySelector('dialog [type=search]'); e.value = '西湖'; e.dispatchEvent(new Event('input', { bubbles: true })); })()`)
	b.until(`document.querySelector('dialog [name=region]').value === '` + xihuCode + `'`)
	b.agree()
	b.until(`document.querySelector('#place').value === '` + xihuPrefix + `' && ` + replyRow("问好") + `?.closest('[data-part=above]')`)
	b.click("#add")
	b.complete(map[string]string{"shortcut": "区里", "title": "区里的", "body": "区里的话"})
	b.agree()
	b.until(replyRow("区里") + `?.closest('[data-part=own]')`)
	if got := office.one(`SELECT scope_prefix FROM canned_replies WHERE shortcut = '区里'`); got != xihuPrefix {
		t.Errorf("it is for %s", got)
	}
	w := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	w.open(office.URL + "/console/canned")
	if !value[bool](w, `document.body.innerText.includes('没有找到')`) {
		t.Error("a worker sees the page")
	}
}

// TestRepliesScreenshots takes the pictures that people look at; it asserts nothing and runs only when asked.
func TestRepliesScreenshots(t *testing.T) {
	pictures(t)
	office := newBureau(t)
	for _, size := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"360", 360, 740, false}, {"dark", 1280, 860, true}} {
		b := office.hire("赵督导", account.Supervisor, xihuPrefix).deskAt("/console/canned", size.width, size.height)
		if size.dark {
			b.dark()
		}
		for _, step := range []string{"list", "form", "staff"} {
			switch step {
			case "form":
				b.pressIn(replyRow("问好"), "给浙江省杭州市西湖区另写一条")
			case "staff":
				b.open(office.URL + "/staff")
			}
			b.shot(fmt.Sprintf("replies-%s-%s", size.name, step))
		}
	}
}
