package web

import (
	"net/http"
	"strings"
	"testing"
)

// Old browsers, WebViews and strict settings lack one thing or another. The conversation works without it.
func TestBrowsersThatLackSomething(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{
		"no Web Locks":        `Object.defineProperty(navigator, 'locks', { value: undefined })`,
		"no BroadcastChannel": `delete window.BroadcastChannel`,
		"blocked storage":     `for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new Error('blocked') } })`,
		"no randomUUID":       `delete Crypto.prototype.randomUUID`,
		"no way for sockets":  `window.WebSocket = class { static CLOSING = 2; readyState = 3; close() {} constructor() { setTimeout(() => this.onclose({ code: 1006 }), 0) } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, window := newSite(t), browser(t)
			window.open("about:blank")
			b := window.second(s.URL, before)
			b.say(testAsk)
			b.awaitAnswers(1)
			b.say("要带什么材料")
			b.awaitAnswers(2)
			if q := value[string](b, questions); q != testAsk+"|要带什么材料" {
				t.Errorf("the conversation is %q", q)
			}
		})
	}
}

func TestTwoTabsWithoutWebLocksShowTheSame(t *testing.T) {
	t.Parallel()
	s, window := newSite(t), browser(t)
	window.open("about:blank")
	const before = `Object.defineProperty(navigator, 'locks', { value: undefined })`
	first, second := window.second(s.URL, before), window.second(s.URL, before)
	first.say(testAsk)
	first.awaitAnswers(1)
	second.awaitAnswers(1)
	second.say("要带什么材料")
	for _, b := range []*tab{first, second} {
		b.awaitAnswers(2)
		if q, n := value[string](b, questions), value[int](b, bots); q != testAsk+"|要带什么材料" || n != 2 {
			t.Errorf("a tab shows %q and %d answers", q, n)
		}
	}
}

func TestAnEndedVisitIsSaidAndTheNextMessageBeginsAnother(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	token := strings.Trim(value[string](b, `sessionStorage.getItem('xiaohe.token')`), `"`)
	if r := s.do("DELETE", "/api/v1/session", token, nil); r.Status != http.StatusNoContent {
		t.Fatalf("status %d", r.Status)
	}
	b.until(`document.querySelector('#log').textContent.includes('谈话已经结束')`)
	if value[int](b, bots) != 0 {
		t.Error("the ended conversation is still on the screen")
	}
	b.say("海棠镇在哪里")
	b.awaitAnswers(1)
	if q := value[string](b, questions); q != "海棠镇在哪里" {
		t.Errorf("the new conversation is %q", q)
	}
	if left := value[string](b, `sessionStorage.getItem('xiaohe.outbox')`); left != "[]" {
		t.Errorf("left to send: %s", left)
	}
	var conversations int
	must(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM conversations`).Scan(&conversations))
	if conversations != 2 {
		t.Errorf("%d conversations", conversations)
	}
}

func TestAFreshStartLeavesTheOldConversation(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.say(testAsk)
	b.awaitAnswers(1)
	b.click("#more")
	b.click("#fresh")
	b.until(`document.querySelectorAll('#log .message').length === 0 && !document.querySelector('#more-dialog').open`)
	b.say("海棠镇在哪里")
	b.awaitAnswers(1)
	if q := value[string](b, questions); q != "海棠镇在哪里" {
		t.Errorf("the new conversation is %q", q)
	}
}
