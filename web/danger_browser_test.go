package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// What people in danger write, in these tests.
const (
	beaten     = "我爸又打我了，他现在在砸门，我躲在床底下"
	pesticide  = "我是奶奶，我不想活了，农药都拿出来了"
	saddened   = "我一个人带孙子，心里难受，活着没意思。" + testAsk
	reported   = "我是儿童主任，村里有个女孩身上有伤，说是爸爸用皮带打的"
	helpWanted = "我现在需要帮助"
)

// inDanger opens the page and says something that is answered by a script.
func inDanger(t *testing.T, path, words string, width, height int64, text string) (*site, *tab) {
	t.Helper()
	s, b := newSite(t), browser(t)
	b.chat(s.URL+path, width, height, text)
	b.say(words)
	b.awaitAnswers(1)
	b.until(`document.querySelector('#draft').hidden && !document.querySelector('.unsent')`)
	return s, b
}

// unspoken are the words of triage, which no page shows to the person.
var unspoken = []string{"L3", "L4", "风险", "高危", "等级", "虐待", "嫌疑", "工单", "undefined", "null"}

func TestDangerIsShownInBubblesWithNumbersToCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path, words, text string
		width, height     int64
		exit              bool
	}{
		"a child on a phone": {"/", beaten, "", 360, 740, true}, "a child at a desk": {"/", beaten, "", 1280, 860, true},
		"a grandmother, large": {"/", pesticide, "large", 360, 740, false}, "a grandmother, huge": {"/", pesticide, "huge", 360, 740, false},
		"a child, huge": {"/", beaten, "huge", 360, 740, true}, "a director": {"/", reported, "", 360, 740, true}, "in the widget": {"/widget", beaten, "", 360, 640, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := inDanger(t, c.path, c.words, c.width, c.height, c.text)
			for what, expression := range map[string]string{
				"several bubbles":               `document.querySelectorAll('.safety .said').length >= 3`,
				"one message":                   `document.querySelectorAll('#log .bot').length === 1`,
				"no bubble beside another":      `Array.from(document.querySelectorAll('.safety .said')).every((e, i, all) => !i || e.getBoundingClientRect().top >= all[i - 1].getBoundingClientRect().bottom)`,
				"the AI label":                  `document.querySelector('.safety .label').textContent === 'AI 生成'`,
				"110 or 120 first":              `/^tel:1[12]0$/.test(document.querySelector('.call').href) && document.querySelector('.call').matches('.urgent')`,
				"large enough to call":          `Array.from(document.querySelectorAll('.call')).every((e) => e.offsetHeight >= 48 && e.offsetWidth >= 100)`,
				"numbers larger than names":     `Array.from(document.querySelectorAll('.call')).every((e) => parseFloat(getComputedStyle(e.firstElementChild).fontSize) > 1.5 * parseFloat(getComputedStyle(e.lastElementChild).fontSize))`,
				"names for who hears the page":  `Array.from(document.querySelectorAll('.call')).every((e) => /^打 \d+，.+/.test(e.getAttribute('aria-label')))`,
				"no card, chips or question":    `!document.querySelector('.safety :is(.case, .chips, .question, .body, .basis:not(details), .basis[open])')`,
				"a neutral title":               `document.title === '小禾 · 孩子的福利政策，问我就行'`,
				"the log reads what is added":   `document.querySelector('#log').getAttribute('role') === 'log' && !document.querySelector('#log').hasAttribute('aria-busy') && !document.querySelector('.safety [aria-live]')`,
				"no alarm over the whole width": `Array.from(document.querySelectorAll('.safety, .safety .said, .call')).every((e) => !['rgb(173, 35, 24)', 'rgb(253, 238, 236)'].includes(getComputedStyle(e).backgroundColor))`,
				"its beginning on the screen":   `(() => { const r = document.querySelector('.safety').getBoundingClientRect(), s = document.querySelector('#scroller').getBoundingClientRect(); return r.top >= s.top - 1 && r.top < s.bottom })()`,
			} {
				if !value[bool](b, expression) {
					t.Errorf("missing: %s", what)
				}
			}
			if got := value[bool](b, `Boolean(document.querySelector('.safety .exit'))`); got != c.exit {
				t.Errorf("the way off the page is there: %v", got)
			}
			if wide := value[string](b, noScroll); wide != "" {
				t.Errorf("wider than the screen: %s", wide)
			}
			target := 44
			if c.text != "" {
				target = 60
			}
			if small := value[string](b, smallTargets(target)); small != "" {
				t.Errorf("too small: %s", small)
			}
			shown := value[string](b, `document.querySelector('#log').innerText`)
			for _, word := range unspoken {
				if strings.Contains(shown, word) {
					t.Errorf("the screen says %q", word)
				}
			}
			before := value[string](b, `document.querySelector('.safety').outerHTML`)
			b.do(chromedp.Reload())
			b.awaitAnswers(1)
			if after := value[string](b, `document.querySelector('.safety').outerHTML`); after != before {
				t.Errorf("after the reload it is\n%s\nand was\n%s", after, before)
			}
		})
	}
}

func TestCareStandsApartFromTheAnswer(t *testing.T) {
	t.Parallel()
	_, b := inDanger(t, "/", saddened, 360, 740, "")
	if !value[bool](b, `(() => {
		const last = Array.from(document.querySelectorAll('.safety .said')).pop(), apart = document.querySelector('.safety .apart'), answer = document.querySelector('.safety .bubble .body');
		const after = (a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING;
		return after(last, apart) && after(apart, answer) && answer.textContent.includes('雨伞补贴') && !answer.textContent.includes(last.textContent);
	})()`) {
		t.Errorf("the screen is\n%s", value[string](b, `document.querySelector('#log').innerHTML`))
	}
	if !value[bool](b, `document.querySelector('.safety .basis h3').textContent === '依据' && !document.querySelector('.case')`) {
		t.Error("the answer has no basis, or a card")
	}
}

func TestTheQuestionOfACardIsGoneAfterDanger(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", decidedMeta)
	b.say(beaten)
	b.awaitAnswers(3)
	b.until(`document.querySelector('.safety')`)
	if n := value[int](b, `Array.from(document.querySelectorAll('.question, .ask-bar')).filter((e) => e.offsetHeight > 0).length`); n != 0 {
		t.Errorf("%d questions about money can be answered", n)
	}
}

// The first words in a new conversation may be answered before the page has read what it holds.
func TestAnAnswerThatIsFasterThanThePageIsNews(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.chat(s.URL, 360, 740, "")
	b.eval(`(() => {
		const real = window.fetch;
		window.fetch = async (...args) => { if (args[1]?.method === 'GET' && args[0].includes('/messages')) await new Promise((done) => setTimeout(done, 1500)); return real(...args); };
		window.silent = [];
		new MutationObserver((all) => { for (const m of all) for (const e of m.addedNodes) if (e.matches?.('.bot')) window.silent.push(document.querySelector('#log').hasAttribute('aria-busy')); })
			.observe(document.querySelector('#log'), { childList: true });
	})()`)
	b.say(pesticide)
	b.awaitAnswers(1)
	b.until(`window.silent.length > 0`)
	if !value[bool](b, `window.silent.every((busy) => !busy)`) {
		t.Error("the answer is not read out")
	}
	if !value[bool](b, `document.querySelector('.safety').getBoundingClientRect().top >= document.querySelector('#scroller').getBoundingClientRect().top`) {
		t.Error("its beginning is not on the screen")
	}
}

func TestQuickExitFromTheBubbles(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*tab){
		"a press": func(b *tab) { b.click(".safety .exit") },
		"the keyboard": func(b *tab) {
			b.eval(`document.querySelector('#scroller').focus()`)
			for !value[bool](b, `document.activeElement.matches('.safety .exit')`) {
				b.do(chromedp.KeyEvent("\t"))
			}
			b.do(chromedp.KeyEvent("\t"))
			if !value[bool](b, `document.activeElement.matches('.safety .said a.tel, .call')`) {
				t.Error("the keyboard does not reach the numbers after it")
			}
			b.eval(`document.querySelector('.safety .exit').focus()`)
			b.do(chromedp.KeyEvent("\r"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := inDanger(t, "/", beaten, 360, 740, "")
			leave(b)
			b.until(`location.pathname === '/tianqi' && document.title === '天气'`)
			if left := value[string](b, `JSON.stringify([sessionStorage, localStorage]) + document.body.innerText`); strings.Contains(left, "xiaohe") || strings.Contains(left, "110") {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

func TestTheHelpDialogTellsXiaohe(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.chat(s.URL, 360, 740, "")
	b.do(chromedp.SendKeys(chromedp.ID("input"), "没写完的话"))
	b.click("#help")
	b.until(`document.querySelector('#help-dialog').open`)
	b.click("#tell")
	b.awaitAnswers(1)
	b.until(`!document.querySelector('#help-dialog').open && ` + lastWords + ` === '` + helpWanted + `'`)
	if !value[bool](b, `document.querySelector('.safety .exit') && document.querySelectorAll('.safety .call').length >= 2 && document.querySelector('#input').value === '没写完的话'`) {
		t.Errorf("the screen is\n%s", value[string](b, `document.querySelector('#log').innerText`))
	}
	s.says("1", `SELECT count(*) FROM tickets WHERE origin = 'user'`)
}

func TestSafetyScreenshots(t *testing.T) {
	pictures(t)
	for _, size := range []struct {
		name          string
		width, height int64
		text          string
	}{{"360", 360, 740, ""}, {"360-large", 360, 740, "large"}, {"360-huge", 360, 740, "huge"}, {"1280", 1280, 860, ""}} {
		for name, words := range map[string]string{"beaten": beaten, "pesticide": pesticide, "saddened": saddened, "reported": reported, "help": ""} {
			s, b := newSite(t), browser(t)
			b.chat(s.URL, size.width, size.height, size.text)
			shot := func(part string) { b.shot("safety-" + size.name + "-" + name + "-" + part) }
			if words == "" {
				b.click("#help")
				shot("0-dialog")
				b.eval(`document.querySelector('#tell').click()`)
			} else {
				b.say(words)
			}
			b.awaitAnswers(1)
			shot("1")
			b.eval(`document.querySelector('#scroller').scrollTop += 420`)
			shot("2")
			b.eval(`document.querySelector('#scroller').scrollTop = 1e6`)
			shot("3")
		}
	}
}
