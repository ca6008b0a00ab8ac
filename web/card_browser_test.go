package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"xiaohe/assistant/conversation"
)

// decidedMeta is the meta of a message that decided something.
const decidedMeta = `{
 "html": "<p>按您说的情况，孙子可以申请 2 项。</p>", "refused": false, "region": {"code": "3301", "name": "杭州市"},
 "citations": [{"n": 1, "document": "关于进一步加强事实无人抚养儿童保障工作的意见", "number": "民发〔2019〕62号", "clause": "一", "quote": "父母双方均符合重残、重病、服刑在押……", "link": "/documents/DOCUMENT?from=1&to=5#cited"}],
 "case": {
  "child": "孙子", "children": ["孙子", "孙女"], "text": "孙子可以申请的帮助\n每月 2525 元",
  "links": {"民发〔2019〕62号": "/documents/DOCUMENT?from=1&to=5#cited"},
  "chips": [
   {"fact": "孩子.年龄", "label": "孩子几岁", "text": "8 岁", "quote": "孙子八岁"},
   {"fact": "父亲.情形", "label": "爸爸的情况", "text": "在坐牢", "quote": "他爸坐牢了"},
   {"fact": "父亲.限制自由期限月数", "label": "爸爸判了多久", "text": "3 年", "quote": "判了三年"},
   {"fact": "母亲.情形", "label": "妈妈的情况", "text": "找不到人", "quote": "妈妈跑了"},
   {"fact": "孩子.户籍地", "label": "户口在哪", "text": "杭州市西湖区", "quote": "户口在杭州西湖"}],
  "question": {"fact": "家庭.在享低保", "text": "家里现在吃低保吗？", "why": "吃低保的，这笔钱会先减掉低保里孩子那一份。", "options": [{"label": "吃低保"}, {"label": "没吃"}], "multi": false, "unit": ""},
  "card": {
   "total": "每月 1224～2525 元", "place": "杭州市", "day": "2026-11-21", "version": "2026-11",
   "choices": ["「爸妈都管不了孩子时的生活费」和「特困供养」只能选一个"],
   "reminders": ["2036-03-01 孩子满 18 岁，一般停发；还在上学的问当地"],
   "eligible": [
    {"id": "事实无人抚养儿童基本生活补贴", "plain": "爸妈都管不了孩子时，按月发给孩子的生活费", "kind": "现金", "verdict": "eligible",
     "amount": {"text": "1224～2525 元/月", "min": 1224, "max": 2525, "unit": "元", "period": "月", "payee": "本人", "note": "已领的低保会减掉"},
     "because": [{"text": "孩子不满 18 周岁", "met": true, "sources": []}, {"text": "爸爸在坐牢，刑期满 6 个月", "met": true, "sources": []}, {"text": "妈妈联系不上满 6 个月", "met": true, "sources": []}],
     "missing": [], "papers": ["事实无人抚养儿童基本生活补贴申请表", "公安出具的《儿童失联父母查找情况回执单》（先向孩子户籍地公安报警查找）"],
     "apply": {"who": "监护人或受其委托的近亲属", "where": "孩子户籍地乡镇街道；也可到任意乡镇街道跨省通办", "decides": "县级民政部门", "public": "不公示", "online": "", "phone": "12345"},
     "times": [{"step": "乡镇查验", "time": "15个工作日"}, {"step": "县级确认", "time": "15个工作日"}, {"step": "发放", "time": "确认的次月起"}],
     "stacks": ["可以和「重度残疾人护理补贴」一起领"], "changes": [],
     "warnings": ["据公开报道，请以当地公布为准", "标准自 2025-01-23 起，可能已调整，请向窗口核对"],
     "sources": [{"document": "关于进一步加强事实无人抚养儿童保障工作的意见", "number": "民发〔2019〕62号", "clause": "一", "url": "", "seen": "全文副本"}, {"document": "杭州市民政局 财政局2024-12-24通知", "number": "", "clause": "", "url": "https://example.org/notice", "seen": "报道"}]},
    {"id": "法律援助", "plain": "请律师不花钱", "kind": "服务", "verdict": "eligible", "because": [], "missing": [], "papers": [],
     "apply": {"who": "监护人", "where": "办案机关所在地法律援助机构", "decides": "法律援助机构", "public": "", "online": "", "phone": ""},
     "times": [], "stacks": [], "changes": [], "warnings": [], "sources": []}],
   "open": [
    {"id": "最低生活保障", "plain": "低保", "kind": "现金", "verdict": "undetermined", "because": [],
     "missing": [{"fact": "家庭.工资收入", "label": "打工每月到手多少", "ask": "打工每月到手多少？"}, {"fact": "家庭.财产合规", "label": "家里有没有车和房", "ask": "家里有没有小汽车、多套房或大笔存款？"}],
     "papers": [], "apply": {"who": "", "where": "户籍地乡镇街道", "decides": "县级民政部门", "public": "", "online": "", "phone": ""},
     "times": [], "stacks": [], "changes": [], "warnings": [], "sources": []}],
   "ruled_out": [
    {"id": "孤儿基本生活费", "plain": "孤儿的生活费", "kind": "现金", "verdict": "ineligible",
     "because": [{"text": "爸爸还在世，不算孤儿", "met": false, "sources": []}], "missing": [], "papers": [],
     "apply": {"who": "", "where": "", "decides": "", "public": "", "online": "", "phone": ""}, "times": [], "stacks": [],
     "changes": ["妈妈再过 3 个月还联系不上（满 6 个月）"], "warnings": [], "sources": []}],
   "received": [{"id": "义务教育营养改善计划", "plain": "学校的营养餐", "kind": "服务", "verdict": "eligible", "because": [], "missing": [], "papers": [],
     "apply": {"who": "", "where": "", "decides": "", "public": "", "online": "", "phone": ""}, "times": [], "stacks": [], "changes": [], "warnings": [], "sources": []}]
  }}}`

// another is a decision that asks with several options and shows nothing but a question.
const severalMeta = `{"html": "<p>再问您一句。</p>", "refused": false, "citations": [], "region": {"code": "3301", "name": "杭州市"},
 "case": {"child": "孙子", "children": ["孙子"], "text": "", "chips": [], "card": {"open": [{"id": "最低生活保障", "plain": "低保", "missing": [{"fact": "", "label": "几口人", "ask": ""}]}]},
  "question": {"fact": "母亲.情形", "text": "孩子妈妈现在是什么情况？", "why": "", "multi": true, "unit": "",
   "options": [{"label": "去世了"}, {"label": "找不到人"}, {"label": "在坐牢"}, {"label": "重病"}]}}}`

const numberMeta = `{"html": "<p>还差一样。</p>", "refused": false, "citations": [], "region": {"code": "3301", "name": "杭州市"},
 "case": {"child": "", "children": [], "text": "", "chips": [], "card": {},
  "question": {"fact": "父亲.限制自由期限月数", "text": "爸爸一共判了多久？", "why": "不用说案情。", "options": [], "multi": false, "unit": "个月"}}}`

// decide puts a question and an answer with that meta into the page's conversation.
func (s *site) decide(b *tab, words, answer, meta string) {
	s.t.Helper()
	v := &visitor{site: s, token: stored(b, "token"), conv: stored(b, "conv")}
	n := value[int](b, bots)
	r, err := s.store.Send(s.t.Context(), outgoing(v, "message-"+strings.Repeat("x", n)+stored(b, "conv")[:8], words))
	must(s.t, err)
	s.web.hub.publish(r.Message)
	meta = strings.ReplaceAll(meta, "DOCUMENT", s.document.String())
	meta = fmt.Sprintf(`{"user_seq": %d, %s`, r.Message.Seq, strings.TrimPrefix(strings.TrimSpace(meta), "{"))
	m, ok, err := s.store.Reply(s.t.Context(), conversation.Reply{Turn: *r.Turn, Body: answer, Meta: json.RawMessage(meta)})
	if err != nil || !ok {
		s.t.Fatal(ok, err)
	}
	s.web.hub.publish(m)
	b.awaitAnswers(n + 1)
}

// stored is what the page keeps under a key.
func stored(b *tab, key string) string {
	return strings.Trim(value[string](b, `sessionStorage.getItem('xiaohe.`+key+`')`), `"`)
}

// begun opens the page with one ordinary answer on it, and hands over to the test.
func begun(t *testing.T, width, height int64, text string) (*site, *tab) {
	t.Helper()
	s, b := newSite(t, unhurried), browser(t)
	b.chat(s.URL, width, height, text)
	b.say(testAsk)
	b.awaitAnswers(1)
	return s, b
}

const lastWords = `Array.from(document.querySelectorAll('#log .user .words')).pop().textContent`

// press clicks the button with that text inside the newest case, or inside the open dialog.
func (b *tab) press(label string) {
	b.t.Helper()
	find := `Array.from((document.querySelector('dialog[open]') ?? Array.from(document.querySelectorAll('.case')).pop()).querySelectorAll('button')).find((e) => e.textContent.startsWith('` + label + `'))`
	b.until(find)
	b.eval(find + `.click()`)
}

func TestTheNewestCardIsOpenAndSurvivesAReload(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	s.decide(b, "妈妈的事我说不清", "再问您一句。", severalMeta)
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "按您说的情况，孙子可以申请 2 项。", decidedMeta)
	shown := value[string](b, `document.querySelector('#log').innerText`)
	for _, text := range []string{"我听到的", "合起来", "可以申请的", "还要确认的", "不符合的", "已经在领的", "发给孩子一个人的",
		"去哪办", "可能已调整", "只能选一个", "打工每月到手多少", "爸爸还在世", "家里现在吃低保吗", "不清楚"} {
		if !strings.Contains(shown, text) {
			t.Errorf("the screen does not show %q", text)
		}
	}
	const open = `Array.from(document.querySelectorAll('.benefits'), (e) => e.open).join()`
	if got := value[string](b, open); got != "false,true" {
		t.Errorf("open cards: %s", got)
	}
	if n := value[int](b, `Array.from(document.querySelectorAll('.question')).filter((e) => e.offsetHeight > 0).length`); n != 1 {
		t.Errorf("%d questions can be answered", n)
	}
	const newest = `Array.from(document.querySelectorAll('.case')).pop().outerHTML`
	before := value[string](b, newest)
	b.do(chromedp.Reload())
	b.awaitAnswers(3)
	b.until(open + ` === 'false,true'`)
	if after := value[string](b, newest); after != before {
		t.Errorf("after the reload the card is\n%s\nand was\n%s", after, before)
	}
}

func TestAQuickReplyIsAnOrdinaryMessage(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	said := func(want string) {
		t.Helper()
		b.until(lastWords + ` === '` + want + `'`)
		b.until(`Array.from(document.querySelectorAll('.question')).every((e) => e.offsetHeight === 0)`)
		b.until(`!document.querySelector('.unsent') && document.querySelector('#draft').hidden`)
	}
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", decidedMeta)
	b.press("没吃")
	said("没吃")
	s.decide(b, "一", "再问您一句。", severalMeta)
	if !value[bool](b, `Array.from(document.querySelectorAll('.reply-end .primary')).pop().disabled`) {
		t.Error("nothing is chosen, and it can be sent")
	}
	b.press("重病")
	b.press("在坐牢")
	b.press("去世了")
	b.press("去世了") // taken back
	b.press("选好了")
	said("在坐牢、重病")
	s.decide(b, "二", "再问您一句。", severalMeta)
	b.press("都没有")
	said("都没有")
	s.decide(b, "还有", "再问您一句。", strings.Replace(severalMeta, `"chips": []`, `"chips": [{"fact": "母亲.情形", "label": "妈妈的情况", "text": "找不到人", "quote": ""}]`, 1))
	b.press("没有别的")
	said("找不到人") // what was heard before stands
	s.decide(b, "三", "还差一样。", numberMeta)
	const field = `Array.from(document.querySelectorAll('.question')).pop().querySelector('input')`
	b.eval(field + `.value = '三年'`)
	b.press("就是这个数")
	b.until(`Array.from(document.querySelectorAll('.number .error')).pop().textContent.includes('请写数字')`)
	b.eval(field + `.value = '３６'`)
	b.press("就是这个数")
	said("36个月")
	s.decide(b, "四", "还差一样。", numberMeta)
	b.press("不清楚")
	said("不清楚")
	s.decide(b, "五", "还差一样。", numberMeta)
	b.say("大概三年") // free words stay possible
	said("大概三年")
}

func TestAChipIsCorrectedByAMessage(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	for _, c := range []struct {
		chip        int
		write, then string
		want        string
	}{
		{1, "", "在强制戒毒", "更正：爸爸的情况：在强制戒毒"},
		{0, "9", "就是这个数", "更正：孩子几岁：9岁"},
		{4, "宁波市海曙区", "改成这样", "更正：户口在哪：宁波市海曙区"},
		{2, "", "不对，去掉", "更正：爸爸判了多久：去掉"},
	} {
		s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", decidedMeta)
		b.eval(fmt.Sprintf(`Array.from(document.querySelectorAll('.case')).pop().querySelectorAll('.chip')[%d].click()`, c.chip))
		b.until(`document.querySelector('#fact-dialog').open && document.querySelector('#fact-dialog').contains(document.activeElement)`)
		b.until(`document.querySelector('#fact-body .replies, #fact-body form')`)
		if c.write != "" {
			b.eval(`document.querySelector('#fact-dialog input').value = '` + c.write + `'`)
		}
		b.press(c.then)
		b.until(lastWords + ` === '` + c.want + `' && !document.querySelector('#fact-dialog').open`)
		b.until(`!document.querySelector('.unsent') && document.querySelector('#draft').hidden`)
	}
}

func TestLongWordsAboveACardAreClippedUntilAsked(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	long := strings.Replace(decidedMeta, "可以申请 2 项。</p>", "可以申请 2 项。"+strings.Repeat("要带户口本和身份证，去乡镇街道。", 40)+"</p>", 1)
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", long)
	const height = `Array.from(document.querySelectorAll('#log .body')).pop().offsetHeight`
	if h := value[int](b, height); h > 300 {
		t.Errorf("the words take %d px", h)
	}
	b.eval(`document.querySelector('.unclip').click()`)
	if h := value[int](b, height); h < 300 {
		t.Errorf("all the words take %d px", h)
	}
}

func TestWhyAndWhyNotAreAsked(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", decidedMeta)
	b.eval(`document.querySelector('.eligible .acts button').click()`)
	b.until(lastWords + ` === '为什么事实无人抚养儿童基本生活补贴能领'`)
	b.eval(`document.querySelector('.ruled_out .acts button').click()`)
	b.until(lastWords + ` === '为什么不能领孤儿基本生活费'`)
}

func TestACardIsCopiedOrShownForCopying(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", decidedMeta)
	b.eval(`Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: async (text) => { window.copied = text } } })`)
	b.press("复制文字")
	b.until(`document.querySelector('.copied').textContent.includes('已复制') && window.copied === '孙子可以申请的帮助\n每月 2525 元'`)
	b.eval(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`)
	b.press("复制文字")
	b.until(`document.querySelector('#copy-dialog').open && document.querySelector('#copy-status').textContent`)
	if text := value[string](b, `String(getSelection()) || document.querySelector('.copy-text').value.slice(document.querySelector('.copy-text').selectionStart, document.querySelector('.copy-text').selectionEnd)`); !strings.Contains(text, "2525") {
		t.Errorf("selected is %q", text)
	}
}

func TestTheCardFitsAPhoneInEveryTextSize(t *testing.T) {
	t.Parallel()
	for size, target := range map[string]int{"": 44, "large": 60, "huge": 60} {
		t.Run("size "+size, func(t *testing.T) {
			s, b := begun(t, 360, 740, size)
			check := func(where string) {
				t.Helper()
				if wide := value[string](b, noScroll); wide != "" {
					t.Errorf("%s: wider than the screen: %s", where, wide)
				}
				if small := value[string](b, smallTargets(target)); small != "" {
					t.Errorf("%s: too small: %s", where, small)
				}
			}
			s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", decidedMeta)
			check("the card")
			b.eval(`document.querySelectorAll('.case details').forEach((e) => { e.open = true })`)
			check("the whole card")
			for i := range 5 {
				b.eval(fmt.Sprintf(`document.querySelectorAll('.chip')[%d].click()`, i))
				b.until(`document.querySelector('#fact-body .replies, #fact-body form')`)
				check("the sheet")
				b.eval(`document.querySelector('#fact-dialog').close()`)
			}
			s.decide(b, "一", "再问您一句。", severalMeta)
			check("several options")
			s.decide(b, "二", "还差一样。", numberMeta)
			check("a number")
			b.open(value[string](b, `document.querySelector('.card-tools a').href`))
			b.until(`document.querySelector('#sheet h1')`)
			check("the printed page")
		})
	}
}

func TestOnlyTheVisitSeesItsPrintedCard(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 1280, 900, "")
	s.decide(b, "我孙子爸爸坐牢妈妈跑了", "可以申请 2 项。", strings.Replace(decidedMeta, "在坐牢\", \"quote", "<i>在坐牢</i>\", \"quote", 1))
	token, page := stored(b, "token"), value[string](b, `document.querySelector('.card-tools a').getAttribute('href')`)
	conv := stored(b, "conv")
	sheet := strings.Replace(page, "/cards/"+conv, "/v1/conv/"+conv+"/cards", 1)
	b.open(s.URL + page)
	b.until(`document.querySelector('#sheet h1')`)
	text := value[string](b, `document.querySelector('#sheet').innerText`)
	for _, want := range []string{"按您说的情况", "民政", "杭州市", "2026-11-21", "2026-11", "<i>在坐牢</i>", "1224～2525", "回执单", "民发〔2019〕62号", "15个工作日"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(text, "他爸坐牢了") {
		t.Error("the page repeats the person's own words")
	}
	if r := s.do("GET", sheet, token, nil); r.Status != http.StatusOK {
		t.Errorf("%s: %d %s", sheet, r.Status, r.Body)
	}
	stranger := s.visit()
	for _, c := range []struct {
		path, token string
		want        int
	}{
		{sheet, "", http.StatusUnauthorized}, {sheet, stranger.token, http.StatusNotFound}, {sheet + "9", token, http.StatusNotFound},
		{sheet[:len(sheet)-1] + "2", token, http.StatusNotFound}, {sheet[:len(sheet)-1] + "x", token, http.StatusNotFound},
	} {
		if r := s.do("GET", c.path, c.token, nil); r.Status != c.want || strings.Contains(string(r.Body), "坐牢") {
			t.Errorf("%s: %d %s", c.path, r.Status, r.Body)
		}
	}
	if body := string(s.do("GET", page, "", nil).Body); strings.Contains(body, "坐牢") || strings.Contains(body, "2525") {
		t.Error("the shell holds the card")
	}
	b.eval(`sessionStorage.clear()`)
	b.do(chromedp.Reload())
	b.until(`document.querySelector('#status').textContent.includes('打不开')`)
	if logs := s.logs.String(); strings.Contains(logs, "坐牢") || strings.Contains(logs, conv) {
		t.Error("the log holds words or the id of the conversation")
	}
}

func TestCardScreenshots(t *testing.T) {
	pictures(t)
	for _, size := range []struct {
		name          string
		width, height int64
		text          string
	}{{"360", 360, 740, ""}, {"360-huge", 360, 740, "huge"}, {"1280", 1280, 900, ""}} {
		s, b := begun(t, size.width, size.height, size.text)
		shot := func(name string) { b.shot("card-" + size.name + "-" + name) }
		s.decide(b, "我孙子爸爸坐牢妈妈跑了", "按您说的情况，孙子可以申请 2 项。", decidedMeta)
		shot("1-top")
		for i := range 7 {
			b.eval(`document.querySelector('#scroller').scrollTop += 560`)
			shot("2-scroll-" + string(rune('a'+i)))
		}
		b.eval(`document.querySelectorAll('.more').forEach((e) => { e.open = true })`)
		b.eval(`document.querySelector('.item').scrollIntoView()`)
		shot("3-details")
		b.eval(`document.querySelector('#scroller').scrollTop += 500`)
		shot("3-details-b")
		b.eval(`document.querySelectorAll('.chip')[1].click()`)
		b.until(`document.querySelector('#fact-body .replies')`)
		shot("4-chip")
		b.eval(`document.querySelector('#fact-dialog').close()`)
		b.eval(`document.querySelectorAll('.chip')[0].click()`)
		shot("4-chip-number")
		b.eval(`document.querySelector('#fact-dialog').close()`)
		s.decide(b, "妈妈的事我说不清", "再问您一句。", severalMeta)
		shot("5-several")
		s.decide(b, "找不到人", "还差一样。", numberMeta)
		shot("6-number")
		b.open(value[string](b, `document.querySelector('.card-tools a').href`))
		b.until(`document.querySelector('#sheet h1')`)
		shot("7-print")
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(80))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(*shots, "card-"+size.name+"-8-print-full.jpg"), png, 0o644))
	}
}

// TestAGuessedChipIsMarked shows what a model read: it is marked until the person has said that it is right, which the
// question below asks, and it can be taken back.
func TestAGuessedChipIsMarked(t *testing.T) {
	t.Parallel()
	s, b := begun(t, 360, 740, "")
	meta := strings.NewReplacer(
		`"chips": []`, `"chips": [{"fact": "孩子.年龄", "label": "孩子几岁", "text": "8 岁", "quote": "八岁"}, {"fact": "父亲.情形", "label": "爸爸的情况", "text": "在坐牢", "quote": "吃国家饭去哒", "guess": true}]`,
	).Replace(severalMeta)
	s.decide(b, "他老子吃国家饭去哒", "再问您一句。", meta)
	const marked = `Array.from(document.querySelectorAll('.chip')).map((e) => e.textContent.includes('我猜的，对吗？')).join()`
	if got := value[string](b, marked); got != "false,true" {
		t.Errorf("marked: %s", got)
	}
	b.eval(`document.querySelectorAll('.chip')[1].click()`)
	b.until(`document.querySelector('#fact-dialog').open && document.querySelector('#fact-body').textContent.includes('我猜您的意思是：在坐牢')`)
	b.press("不对，去掉")
	b.until(`!document.querySelector('#fact-dialog').open`)
	b.until(`Array.from(document.querySelectorAll('.user .body, .user')).some((e) => e.textContent.includes('更正：爸爸的情况：去掉'))`)
}
