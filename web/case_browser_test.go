package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	unsupported = "事实无人抚养儿童基本生活补贴"
	orphan      = "孤儿基本生活费"
	grandmother = "我孙子爸爸坐牢妈妈跑了能领什么,每月多少,去哪办"
)

// family is a page of a server with all the knowledge and rules of 2026-11-21, on which 杭州 is chosen.
func family(t *testing.T, width, height int64) (*site, *tab) {
	t.Helper()
	s, b := newSite(t, unhurried), browser(t)
	s.now.advance(time.Until(time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)))
	must(t, s.web.knowledge.Load(t.Context()))
	b.chat(s.URL, width, height, "")
	b.click("#region")
	b.until(`document.querySelector('#region-dialog').open`)
	b.do(chromedp.SendKeys(chromedp.ID("region-search"), "杭州"))
	const city = `Array.from(document.querySelectorAll('#region-list button')).find((e) => e.textContent.includes('杭州市'))`
	b.until(`document.querySelector('#region-status').textContent && ` + city)
	b.eval(city + `.click()`) // shows its districts
	b.until(`document.querySelector('#region-use').textContent.includes('杭州市')`)
	b.click("#region-use")
	b.until(`!document.querySelector('#region-dialog').open && document.querySelector('#region-name').textContent.includes('杭州')`)
	return s, b
}

// tell does something that is answered, and waits for the answer.
func (b *tab) tell(act func()) {
	b.t.Helper()
	n := value[int](b, bots)
	act()
	b.awaitAnswers(n + 1)
	b.until(`!document.querySelector('.unsent') && document.querySelector('#draft').hidden`)
}

const (
	newestCase = `Array.from(document.querySelectorAll('.case')).pop()`
	asked      = `(document.querySelector('.case:not(.old) .question:not(.more-to-ask) h3')?.textContent ?? '')`
	newestBot  = `Array.from(document.querySelectorAll('#log .bot .body')).pop().textContent`
)

// replyTo answers a question as a grandmother does: with a button, a number, or her own words.
func (b *tab) replyTo(question string) {
	b.t.Helper()
	number := func(n, unit string) {
		b.eval(newestCase + `.querySelector('.number input').value = '` + n + `'`)
		if unit != "" {
			b.eval(newestCase + `.querySelector('.number select').value = '` + unit + `'`)
		}
		b.press("就是这个数")
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(question, w) })
	}
	b.tell(func() {
		switch {
		case has("几周岁"):
			number("8", "")
		case has("妈妈联系不上"):
			b.say("快三年了")
		case has("爸爸的判决书"):
			number("5", "年")
		case has("吃低保"):
			b.press("没吃低保")
		case has("小汽车", "名下有没有车"):
			b.press("没有")
		case has("谁在管孩子"):
			b.press("爷爷奶奶")
		case has("领着"):
			b.press("没领")
		default:
			b.press("不清楚")
		}
	})
}

// shownItem is a benefit as it stands on the screen.
type shownItem struct {
	Name, Official, Amount, Where string
	Papers                        []string
}

// items reads a part of the newest card: eligible, open, ruled_out.
func (b *tab) items(part string) []shownItem {
	b.t.Helper()
	const text = `(e, s) => e.querySelector(s)?.textContent ?? ''`
	read := fmt.Sprintf(`JSON.stringify(Array.from(%s.querySelectorAll('.group.%s .item'), (e) => { const text = %s; return {
		name: text(e, 'h4, summary b'), official: text(e, '.official').replace('到窗口说：', ''), amount: text(e, '.amount'),
		where: text(e, '.where').replace('去哪办', ''), papers: Array.from(e.querySelectorAll('.papers li'), (p) => p.textContent) } }))`, newestCase, part, text)
	var found []shownItem
	must(b.t, json.Unmarshal([]byte(value[string](b, read)), &found))
	return found
}

func (b *tab) item(part, official string) (shownItem, bool) {
	b.t.Helper()
	items := b.items(part)
	i := slices.IndexFunc(items, func(item shownItem) bool { return item.Official == official })
	if i < 0 {
		return shownItem{}, false
	}
	return items[i], true
}

// correct taps a chip and chooses what it should be.
func (b *tab) correct(label, to string) {
	b.t.Helper()
	b.tell(func() {
		b.eval(`Array.from(` + newestCase + `.querySelectorAll('.chip')).find((e) => e.querySelector('.chip-label').textContent === '` + label + `').click()`)
		b.until(`document.querySelector('#fact-body .replies')`)
		b.press(to)
	})
}

func TestAFamilyIsLedFromOneSentenceToItsCard(t *testing.T) {
	t.Parallel()
	s, b := family(t, 360, 740)
	b.tell(func() { b.say(grandmother) })
	led := func() bool {
		item, ok := b.item("eligible", unsupported)
		return ok && strings.HasSuffix(item.Amount, "2525 元/月")
	}
	for questions := 0; !led(); questions++ {
		question := value[string](b, asked)
		if questions == 6 || question == "" {
			t.Fatalf("after %d questions the card is\n%s", questions, value[string](b, newestCase+`.innerText`))
		}
		b.replyTo(question)
	}
	if item, _ := b.item("eligible", unsupported); !strings.Contains(item.Where, "乡镇街道") || len(item.Papers) == 0 {
		t.Errorf("where to go and what to bring: %+v", item)
	}
	if text := value[string](b, newestCase+`.innerText`); !strings.Contains(text, "杭州市 · 2026-11-21") {
		t.Error("the card does not say of where and of when it is")
	}

	b.correct("爸爸的情况", "去世了")
	b.correct("妈妈的情况", "去世了")
	if _, ok := b.item("eligible", orphan); !ok {
		t.Error("both parents are dead, and the child is no orphan")
	}
	if _, ok := b.item("ruled_out", unsupported); !ok {
		t.Errorf("%s is not ruled out", unsupported)
	}

	for part, clause := range map[string]string{"eligible": "国办发〔2010〕54号 一", "ruled_out": "民发〔2019〕62号 一"} {
		b.tell(func() { b.eval(newestCase + `.querySelector('.group.` + part + ` .acts button').click()`) })
		if text := value[string](b, newestBot); !strings.Contains(text, clause) {
			t.Errorf("why (%s) is answered with %q", part, text)
		}
	}

	b.tell(func() { b.say("为什么") }) // asked in two words, of what the card shows first
	if text := value[string](b, newestBot); !strings.Contains(text, orphan+"：符合条件") {
		t.Errorf("为什么 is answered with %q", text)
	}

	b.printed(s)
	before := value[string](b, newestCase+`.outerHTML`)
	n := value[int](b, bots)
	b.do(chromedp.Reload())
	b.awaitAnswers(n)
	b.until(`!document.querySelector('#log').hasAttribute('aria-busy')`)
	if after := value[string](b, newestCase+`.outerHTML`); after != before {
		t.Errorf("after the reload the card is\n%s\nand was\n%s", after, before)
	}
}

// printed compares the printable page with the newest card, and comes back.
func (b *tab) printed(s *site) {
	b.t.Helper()
	card := map[string][]shownItem{}
	for _, part := range []string{"eligible", "open", "ruled_out"} {
		card[part] = b.items(part)
	}
	b.open(value[string](b, newestCase+`.querySelector('.card-tools a').href`))
	b.until(`document.querySelector('#sheet h1')`)
	const sheet = `JSON.stringify(Array.from(document.querySelectorAll('#sheet article'), (e) => e.textContent))`
	var articles []string
	must(b.t, json.Unmarshal([]byte(value[string](b, sheet)), &articles))
	if n := len(card["eligible"]) + len(card["open"]) + len(card["ruled_out"]); n != len(articles) || n == 0 {
		b.t.Errorf("%d benefits are printed of %d", len(articles), n)
	}
	for part, items := range card {
		for _, item := range items {
			i := slices.IndexFunc(articles, func(a string) bool { return strings.Contains(a, item.Name) })
			if i < 0 {
				b.t.Errorf("%s is not printed", item.Name)
				continue
			}
			want := []string{item.Official, item.Amount, item.Where}
			if part == "eligible" {
				want = append(want, item.Papers...)
			}
			for _, text := range want {
				if !strings.Contains(articles[i], text) {
					b.t.Errorf("%s is printed without %q:\n%s", item.Name, text, articles[i])
				}
			}
		}
	}
	b.open(s.URL)
	b.awaitAnswers(1)
}

func TestSomebodyWhoKnowsLittleIsAskedFiveQuestionsAndMayGoOn(t *testing.T) {
	t.Parallel()
	_, b := family(t, 1280, 860)
	b.tell(func() { b.say(grandmother) })
	questions := []string{value[string](b, asked)}
	b.tell(func() { b.say("孩子跟爷爷奶奶过") }) // no answer to the question, and heard
	if chips := value[string](b, newestCase+`.querySelector('.chips').textContent`); !strings.Contains(chips, "爷爷奶奶") {
		t.Errorf("heard is %q", chips)
	}
	for value[string](b, asked) != "" && len(questions) < 10 {
		questions = append(questions, value[string](b, asked))
		b.tell(func() { b.press("不清楚") })
	}
	if len(questions) != 5 {
		t.Fatalf("asked %q", questions)
	}
	b.tell(func() { b.press("继续") })
	if next := value[string](b, asked); next == "" || slices.Contains(questions, next) {
		t.Errorf("after 继续 the question is %q, after %q", next, questions)
	}
	if _, ok := b.item("open", unsupported); !ok {
		t.Errorf("%s is decided, though nothing is known", unsupported)
	}
}
