package web

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"xiaohe/assistant/account"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// look is a screen in its colours.
type look struct {
	name          string
	width, height int64
	text          string
	dark          bool
}

var looks = []look{{"360", 360, 740, "", false}, {"360-dark", 360, 740, "", true}, {"360-huge", 360, 740, "huge", false}, {"1280", 1280, 860, "", false}, {"1280-dark", 1280, 860, "", true}}

// eachLook opens the family's page of a site in every look, and hands over what takes its pictures.
func eachLook(t *testing.T, scene string, start func() *site, play func(s *site, b *tab, shot func(string))) {
	pictures(t)
	for _, l := range looks {
		s, b := start(), browser(t)
		if l.dark {
			b.dark()
		}
		b.chat(s.URL, l.width, l.height, l.text)
		n := 0
		play(s, b, func(name string) {
			n++
			b.shot(fmt.Sprintf("model-%s-%s-%d-%s", scene, l.name, n, name))
		})
	}
}

const toTheEnd = `document.querySelector('#scroller').scrollTop = 1e6`

// TestModelScreenshots takes the pictures of answers in which a model had a part; it asserts nothing and runs only when asked.
func TestModelScreenshots(t *testing.T) {
	t.Run("sentence by sentence", func(t *testing.T) {
		var resume chan struct{}
		eachLook(t, "stream", func() *site {
			resume = make(chan struct{})
			return withModel(t, resting(resume))
		}, func(_ *site, b *tab, shot func(string)) {
			b.say(testAsk)
			b.until(`document.querySelector('#draft .body').innerText.includes('` + umbrellaFirst + `')`)
			shot("first")
			close(resume)
			b.awaitAnswers(1)
			shot("whole")
			b.eval(toTheEnd)
			shot("end")
		})
	})
	t.Run("stops half way", func(t *testing.T) {
		eachLook(t, "half", func() *site {
			return withModel(t, func(r llmtest.Request) llmtest.Reply {
				words, first := umbrellaWords(r)
				return llmtest.Half(words, first+20)
			})
		}, func(_ *site, b *tab, shot func(string)) {
			b.say(testAsk)
			b.awaitAnswers(1)
			shot("whole")
			b.eval(toTheEnd)
			shot("end")
		})
	})
	t.Run("wrong numbers", func(t *testing.T) {
		eachLook(t, "wrong", func() *site {
			return withModel(t, func(r llmtest.Request) llmtest.Reply {
				words, _ := umbrellaWords(r)
				words = strings.ReplaceAll(words, "六十六", "九十九")
				return llmtest.Half(words, utf8.RuneCountInString(words)-20)
			})
		}, func(_ *site, b *tab, shot func(string)) {
			b.say(testAsk)
			b.awaitAnswers(1)
			shot("whole")
		})
	})
	t.Run("a late opinion", func(t *testing.T) {
		var gate chan struct{}
		eachLook(t, "late", func() *site {
			gate = make(chan struct{})
			danger := llmtest.Say(opinion(4, "他说这是秘密"))
			danger.Gate = gate
			return withModel(t, func(r llmtest.Request) llmtest.Reply {
				words, _ := umbrellaWords(r)
				return llmtest.Say(words)
			}, danger)
		}, func(_ *site, b *tab, shot func(string)) {
			b.say(testAsk + "，他说这是秘密")
			b.awaitAnswers(1)
			shot("answer")
			close(gate)
			b.until(`document.querySelector('#log .safety')`)
			shot("script")
			b.eval(toTheEnd)
			shot("end")
		})
	})
}

// facts is what a model reads in a message.
func facts(list string) llmtest.Reply { return llmtest.Say(`{"facts":[` + list + `]}`) }

const (
	dialect   = "我孙子8岁，他妈失联一年了，他老子吃国家饭去哒，法院落锤三年。能领什么"
	jailed    = `{"fact":"父亲.情形","value":"服刑在押","quote":"他老子吃国家饭去哒","sure":true},{"fact":"父亲.限制自由期限月数","value":36,"quote":"法院落锤三年","sure":true}`
	allowance = "我孙子8岁，他爸坐牢判了三年，他妈失联一年了，家里吃低保。能领什么"
	cutOff    = "公家的那个钱早就不得我们了，屋里紧得很"
	noMore    = `{"fact":"家庭.在享低保","value":"否","quote":"公家的那个钱早就不得我们了","sure":true}`
)

// withReader is a site whose model reads those facts in every message.
func withReader(t *testing.T, list string) *site {
	t.Helper()
	double := llmtest.New(t)
	double.Say(llm.Extraction, facts(list))
	client, err := llm.New(llm.Options{URL: double.URL, Models: map[llm.Job]string{llm.Extraction: "double"}})
	must(t, err)
	s := newSite(t, unhurried, func(o *Options) { o.Assistant.UseModel(client) })
	t.Cleanup(client.Close)
	return s
}

// TestGuessScreenshots takes the pictures of what a model read and nobody has confirmed.
func TestGuessScreenshots(t *testing.T) {
	eachLook(t, "guess", func() *site { return withReader(t, jailed) }, func(s *site, b *tab, shot func(string)) {
		b.say(dialect)
		b.awaitAnswers(1)
		shot("answer")
		b.eval(`document.querySelector('.chip.guess').scrollIntoView({ block: 'center' })`)
		shot("chips")
		b.eval(`document.querySelector('.chip.guess').click()`)
		b.until(`document.querySelector('#fact-dialog .replies')`)
		shot("sheet")
		b.eval(`document.querySelector('#fact-dialog').close()`)
		b.eval(toTheEnd)
		shot("question")
		b.press("对")
		b.awaitAnswers(2)
		shot("confirmed")
		b.eval(toTheEnd)
		shot("confirmed-end")
	})
	eachLook(t, "against", func() *site { return withReader(t, noMore) }, func(s *site, b *tab, shot func(string)) {
		b.say(allowance)
		b.awaitAnswers(1)
		b.say(cutOff)
		b.awaitAnswers(2)
		shot("answer")
		b.eval(toTheEnd)
		shot("question")
	})
}

// What a model read is confirmed on its chip, by one button that says so: closing the sheet confirms nothing.
func TestAGuessIsConfirmedOnItsChip(t *testing.T) {
	t.Parallel()
	s, b := withReader(t, jailed), browser(t)
	b.chat(s.URL, 360, 740, "")
	b.say(dialect)
	b.awaitAnswers(1)
	const guesses = `Array.from(Array.from(document.querySelectorAll('.case')).pop().querySelectorAll('.chip.guess .chip-label'), (e) => e.textContent).join()`
	open := func(n int) {
		b.eval(fmt.Sprintf(`document.querySelectorAll('.case:not(.old) .chip.guess')[%d].click()`, n))
		b.until(`document.querySelector('#fact-dialog').open && document.querySelector('#fact-body .replies, #fact-body .number')`)
	}
	if got := value[string](b, guesses); got != "爸爸的情况,爸爸判了多久" {
		t.Fatalf("guessed: %s", got)
	}
	open(0)
	if value[bool](b, `document.querySelector('#fact-dialog .close').textContent.includes('没错') || Array.from(document.querySelectorAll('#fact-body .reply')).some((e) => e.textContent === '在坐牢')`) {
		t.Error("closing seems to confirm, or one thing is offered twice")
	}
	b.press("先关上")
	if got := value[string](b, guesses); got != "爸爸的情况,爸爸判了多久" {
		t.Errorf("after closing: %s", got)
	}
	for i, left := range []string{"爸爸判了多久", ""} {
		open(0)
		b.press("对，就是这样")
		b.awaitAnswers(2 + i)
		if got := value[string](b, guesses); got != left {
			t.Errorf("after confirming %d there are guessed: %s", i+1, got)
		}
	}
	chips := value[string](b, `Array.from(Array.from(document.querySelectorAll('.case')).pop().querySelectorAll('.chip'), (e) => e.textContent).join()`)
	if !strings.Contains(chips, "在坐牢") || !strings.Contains(chips, "爸爸判了多久3 年") {
		t.Errorf("after confirming the chips are %s", chips)
	}
}

// TestDraftScreenshots takes the pictures of a model's draft of a summary in the console.
func TestDraftScreenshots(t *testing.T) {
	pictures(t)
	for _, l := range looks {
		double := llmtest.New(t)
		double.Say(llm.Summary, llmtest.Status(500))
		office := newBureau(t, withSummaries(double))
		office.family(xihuCode, 2, grandma, feverish)
		b := office.hire("王老师", account.Worker, xihuPrefix).desk(l.width, l.height)
		if l.dark {
			b.dark()
		}
		shot := func(name string) { b.shot("model-draft-" + l.name + "-" + name) }
		b.takeNext()
		b.eval(`document.body.dataset.view = 'panel'`)
		b.eval(`document.querySelector('#tab-summary').click()`)
		b.until(`document.querySelectorAll('.sentence').length > 1`)
		shot("1-own")
		const press = `Array.from(document.querySelectorAll('#panel button')).find((e) => e.textContent === '让 AI 起草')`
		b.eval(press + `.click()`)
		b.until(`document.querySelector('#panel .bad')?.textContent`)
		shot("2-down")
		double.Say(llm.Summary, llmtest.Say(goodDraft))
		b.eval(press + `.click()`)
		b.until(`document.querySelectorAll('.ai-draft .sentence').length === 2`)
		shot("3-draft")
		b.eval(`document.querySelector('#panel').scrollTop = 1e6`)
		shot("4-draft-end")
		b.eval(`document.querySelector('.ai-draft .primary').click()`)
		b.until(`document.querySelector('#panel .note-body')`)
		b.eval(`document.querySelector('#panel').scrollTop = 0`)
		shot("5-kept")
	}
}

// TestMachineScreenshots takes the pictures of the pages on which officers see models, the index and keys.
func TestMachineScreenshots(t *testing.T) {
	pictures(t)
	for _, l := range looks {
		double := llmtest.New(t)
		e, err := llm.NewEmbedder(llm.Vectors{Connection: llm.Connection{URL: double.URL, Model: "multilingual-e5-small"}})
		must(t, err)
		t.Cleanup(e.Close)
		var states []llm.State
		s := newSite(t, func(o *Options) {
			o.Models = func() []llm.State { return states }
			o.Knowledge.UseEmbedder(e)
		})
		s.account("officer", account.Officer)
		b := browser(t)
		if l.dark {
			b.dark()
		}
		b.screen(l.width, l.height, l.width < 500)
		show := func(path, name string) {
			b.open(s.URL + path)
			b.until(`document.querySelector('h1')`)
			if l.text != "" {
				b.eval(fmt.Sprintf(`document.documentElement.dataset.text = %q`, l.text))
			}
			b.shot("model-admin-" + l.name + "-" + name)
			b.eval(`scrollTo(0, 1e6)`)
			b.shot("model-admin-" + l.name + "-" + name + "-end")
		}
		b.open(s.URL + "/admin/models")
		b.logIn("officer")
		b.until(`document.querySelector('h1')?.textContent === '语言模型'`)
		show("/admin/models", "models-1-none")
		state := llm.State{Endpoint: "chat", Breaker: "closed", Masked: true, Tokens: 182345, Limit: 5000000}
		for _, job := range llm.Jobs {
			state.Jobs = append(state.Jobs, llm.Work{Job: job, Model: "qwen2.5-7b-instruct"})
		}
		states = []llm.State{state}
		show("/admin/models", "models-2-good")
		state.Breaker, state.Fault, state.Masked = "open", "status 500", false
		states = []llm.State{state}
		show("/admin/models", "models-3-down")
		s.words()
		show("/admin/models", "models-4-words")
		show("/admin/index", "index-1-empty")
		must(t, s.web.knowledge.Prepare(t.Context(), false))
		show("/admin/index", "index-2-building")
		must(t, s.web.knowledge.BuildIndex(t.Context(), nil))
		show("/admin/index", "index-3-used")
		double.Embed(func(llmtest.EmbedRequest) llmtest.Reply { return llmtest.Status(503) })
		_ = s.web.knowledge.Prepare(t.Context(), true)
		show("/admin/index", "index-4-down")
		show("/admin/keys", "keys-1-empty")
		b.fill("name", "区妇联小程序")
		b.fill("region", "火星")
		b.eval(`document.querySelector('[name=scope]').click()`)
		b.eval(`document.querySelector('form[action="/admin/keys"] .primary').click()`)
		b.until(`document.querySelector('[role=alert]')`)
		b.shot("model-admin-" + l.name + "-keys-2-wrong")
		b.fill("region", "杭州")
		b.eval(`document.querySelector('form[action="/admin/keys"] .primary').click()`)
		b.until(`document.querySelector('.key')`)
		b.eval(`scrollTo(0, 0)`)
		b.shot("model-admin-" + l.name + "-keys-3-fresh")
		show("/admin/keys", "keys-4-list")
		b.eval(`document.querySelector('details summary').click()`)
		b.eval(`scrollTo(0, 0)`)
		b.shot("model-admin-" + l.name + "-keys-5-disable")
		b.eval(`document.querySelector('details .primary').click()`)
		b.until(`document.querySelector('.tag.late')`)
		b.shot("model-admin-" + l.name + "-keys-6-disabled")
	}
}

// The pages on which officers see models, the index and keys fit a phone, and a finger.
func TestPagesOfTheMachineFitAPhone(t *testing.T) {
	t.Parallel()
	double := llmtest.New(t)
	e, err := llm.NewEmbedder(llm.Vectors{Connection: llm.Connection{URL: double.URL, Model: "multilingual-e5-small"}})
	must(t, err)
	t.Cleanup(e.Close)
	state := llm.State{Endpoint: "chat", Breaker: "open", Fault: "dial failed", Jobs: []llm.Work{{Job: llm.Prose, Model: "qwen2.5-7b-instruct"}}}
	s := newSite(t, func(o *Options) {
		o.Models = func() []llm.State { return []llm.State{state} }
		o.Knowledge.UseEmbedder(e)
	})
	must(t, s.web.knowledge.Prepare(t.Context(), false))
	s.account("officer", account.Officer)
	b := browser(t)
	b.screen(360, 740, true)
	b.open(s.URL + "/admin/keys")
	b.logIn("officer")
	fits := func(title, link string) {
		t.Helper()
		b.until(fmt.Sprintf(`document.querySelector('h1')?.textContent === %q`, title))
		if wide := value[int](b, `document.documentElement.scrollWidth`); wide > 360 {
			t.Errorf("%s is %d pixels wide", title, wide)
		}
		small := `Array.from(document.querySelectorAll('button, summary, a.tool, .scopes label, input:not([type=checkbox])')).filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.9).map((e) => e.outerHTML.slice(0, 60)).join()`
		if small := value[string](b, small); small != "" {
			t.Errorf("%s: too small for a finger: %s", title, small)
		}
		if here := value[string](b, `document.querySelector('.tool[aria-current=page]')?.textContent ?? ''`); here != link {
			t.Errorf("%s: one is at %q", title, here)
		}
	}
	fits("别的程序的密钥", "密钥")
	b.fill("name", "区妇联小程序")
	b.eval(`document.querySelector('[name=scope]').click()`)
	b.fill("region", "火星")
	const send = `document.querySelector('form[action="/admin/keys"] .primary').click()`
	b.eval(send)
	b.until(`document.querySelector('[role=alert]')`)
	b.until(`document.activeElement.name === 'name'`) // who is told of a mistake is where it is to be mended
	b.fill("region", "杭州")
	b.eval(send)
	b.until(`document.querySelector('.key') && !document.querySelector('.copy').hidden`)
	fits("别的程序的密钥", "密钥")
	b.open(s.URL + "/admin/models")
	fits("语言模型", "模型")
	b.open(s.URL + "/admin/index")
	fits("查找用的索引", "索引")
}
