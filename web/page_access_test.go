package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// noScroll tells what is wider than the screen.
const noScroll = `Array.from(document.querySelectorAll('body *')).filter((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.right > innerWidth + 0.5 && !e.closest('.table, .visually-hidden, .skip') }).map((e) => e.tagName + '.' + e.className).join(' ')`

func TestThePagesFitAPhoneInEveryTextSize(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct {
		size   string
		target int
		body   float64
	}{{"", 44, 17}, {"large", 60, 18}, {"huge", 60, 29}} {
		t.Run("size "+c.size, func(t *testing.T) {
			b := browser(t)
			check := func(where string) {
				t.Helper()
				if wide := value[string](b, noScroll); wide != "" {
					t.Errorf("%s: wider than the screen: %s", where, wide)
				}
				if n := value[int](b, `document.scrollingElement.scrollWidth`); n > 360 {
					t.Errorf("%s: %d px wide", where, n)
				}
				if small := value[string](b, smallTargets(c.target)); small != "" {
					t.Errorf("%s: too small: %s", where, small)
				}
			}
			b.screen(360, 740, true)
			b.open(s.URL)
			for range map[string]int{"": 0, "large": 1, "huge": 2}[c.size] {
				b.click("#text-size")
			}
			b.do(chromedp.Reload()) // it is remembered
			if size := value[float64](b, `parseFloat(getComputedStyle(document.body).fontSize)`); size < c.body {
				t.Errorf("the text is %v px", size)
			}
			if ratio := value[float64](b, `parseFloat(getComputedStyle(document.body).lineHeight) / parseFloat(getComputedStyle(document.body).fontSize)`); ratio < 1.3 {
				t.Errorf("the line height is %v", ratio)
			}
			check("the start")
			b.say(testAsk)
			b.awaitAnswers(1)
			check("an answer")
			for _, dialog := range []string{"help", "region", "more"} {
				b.click("#" + dialog)
				b.until(`document.querySelector('#` + dialog + `-dialog').open`)
				check("the dialog " + dialog)
				b.eval(`document.querySelector('#` + dialog + `-dialog').close()`)
			}
			link := value[string](b, `document.querySelector('.citations a.see').href`)
			b.open(link)
			check("a document")
		})
	}
}

func TestTheKeyboardReachesEverything(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	reached := map[string]bool{}
	for range 25 {
		b.do(chromedp.KeyEvent("\t"))
		reached[value[string](b, `document.activeElement.id || document.activeElement.className || document.activeElement.textContent`)] = true
	}
	for _, id := range []string{"skip", "text-size", "more", "exit", "region", "help", "input", "send", asks[0]} {
		if !reached[id] {
			t.Errorf("Tab never reaches %s", id)
		}
	}
	b.eval(`document.querySelector('#help').focus()`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('#help-dialog').open && document.querySelector('#help-dialog').contains(document.activeElement)`)
	if name := value[string](b, `document.getElementById(document.querySelector('#help-dialog').getAttribute('aria-labelledby')).textContent`); name != "我现在需要帮助" {
		t.Errorf("the dialog is called %q", name)
	}
	b.do(chromedp.KeyEvent("\x1b"))
	b.until(`!document.querySelector('#help-dialog').open && document.activeElement.id === 'help'`)
	if unnamed := value[string](b, `Array.from(document.querySelectorAll('button, a, input, textarea')).filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML).join()`); unnamed != "" {
		t.Errorf("without a name: %s", unnamed)
	}
}

func TestEnterSendsUnlessAnInputMethodComposes(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.do(chromedp.Focus(chromedp.ID("input")))
	// An input method shows 雨伞, and Enter takes it.
	_, err := chromedp.Call(b.ctx, input.ImeSetComposition, input.ImeSetCompositionParams{Text: "雨伞", SelectionStart: 2, SelectionEnd: 2})
	must(t, err)
	b.eval(`document.querySelector('#input').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))`)
	_, err = chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: "雨伞补贴"})
	must(t, err)
	if sent := value[string](b, questions); sent != "" {
		t.Errorf("%q was sent while composing", sent)
	}
	b.do(chromedp.KeyEvent("\r", chromedp.KeyModifiers(8))) // Shift+Enter
	b.do(chromedp.KeyEvent("去哪里办"))
	if sent := value[string](b, questions); sent != "" {
		t.Errorf("%q was sent by Shift+Enter", sent)
	}
	b.do(chromedp.KeyEvent("\r"))
	b.until(questions + ` === '雨伞补贴\n去哪里办'`)
	if left := value[string](b, `document.querySelector('#input').value`); left != "" {
		t.Errorf("%q is left in the composer", left)
	}
}

func TestBadInputIsSaidOnThePage(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), browser(t)
	b.open(s.URL)
	b.click("#send")
	b.until(`document.querySelector('#counter').textContent.includes('请先写下')`)
	b.eval(`((e) => { e.value = '字'.repeat(20000); e.dispatchEvent(new Event('input')) })(document.querySelector('#input'))`)
	b.until(`document.querySelector('#counter').textContent.includes('20000')`)
	b.click("#send")
	if value[string](b, questions) != "" || value[int](b, `document.querySelector('#input').value.length`) != 20000 {
		t.Error("a text that is too long is gone from the composer")
	}
	b.eval(`((e) => { e.value = '乱码\u0001\u0002'; e.dispatchEvent(new Event('input')) })(document.querySelector('#input'))`)
	b.click("#send")
	b.until(`document.querySelector('#log .failed')?.textContent.includes('不是文字')`)
	b.click("#log .failed .link:last-child")
	if !value[bool](b, `document.querySelector('#input').value.startsWith('乱码') && !document.querySelector('#log .unsent')`) {
		t.Error("the refused words did not come back")
	}
}

// smallTargets tells which controls are smaller than they may be.
func smallTargets(least int) string {
	return fmt.Sprintf(`Array.from(document.querySelectorAll('button, .tool, textarea, input[type=search], .see, .line, summary')).filter((e) => { const r = e.getBoundingClientRect(); return r.height > 0 && !e.matches('.link, .crumb') && r.height < %d - 0.5 }).map((e) => e.id + '.' + e.className + ' ' + e.getBoundingClientRect().height).join(', ')`, least)
}
