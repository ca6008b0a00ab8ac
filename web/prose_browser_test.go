package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// watchWords notes at every frame that the screen shows whether the first sentence is on it, once: in the draft, or in the
// answer.
const watchWords = `(() => {
  const shown = (e) => e && e.offsetHeight > 0 && e.innerText.includes('` + umbrellaFirst + `');
  window.frames_ = [];
  const look = () => {
    const draft = shown(document.querySelector('#draft'));
    const answer = Array.from(document.querySelectorAll('#log .bot')).some(shown);
    window.frames_.push(Number(draft) + Number(answer));
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`

// The first sentence is read while the model still writes, and stays where it is when the whole answer takes the draft's
// place.
func TestTheFirstSentenceIsReadWhileTheModelStillWrites(t *testing.T) {
	t.Parallel()
	for _, motion := range []string{"no-preference", "reduce"} {
		resume := make(chan struct{})
		s, b := withModel(t, resting(resume)), browser(t)
		_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: motion}},
		})
		must(t, err)
		b.chat(s.URL, 360, 740, "")
		b.say(testAsk)
		b.until(`document.querySelector('#draft').offsetHeight > 0 && document.querySelector('#draft .body').innerText.includes('` + umbrellaFirst + `')`)
		if n := value[int](b, bots); n != 0 {
			t.Errorf("%s: %d answers are there before the model has ended", motion, n)
		}
		if text := value[string](b, `document.querySelector('#draft').innerText`); !strings.Contains(text, "AI 生成") || strings.Contains(text, "正在查") {
			t.Errorf("%s: the draft says %q", motion, text)
		}
		b.eval(watchWords)
		b.until(`window.frames_.length > 2`)
		close(resume)
		b.awaitAnswers(1)
		b.until(`(window.frames_.push('end'), true)`)
		b.until(`window.frames_.at(-1) !== 'end' && window.frames_.indexOf('end') < window.frames_.length - 2`)
		if odd := value[string](b, `window.frames_.filter((n) => n !== 1 && n !== 'end').join()`); odd != "" {
			t.Errorf("%s: on some frames the sentence was there %s times", motion, odd)
		}
		answer := value[string](b, `document.querySelector('#log .bot').innerText`)
		for _, text := range []string{umbrellaFirst, "每个孩子每年六十六元。", "依据", testTitle, "监护人可以到海棠镇民政窗口申请雨伞补贴", "AI 生成", "以当地最新规定为准"} {
			if !strings.Contains(answer, text) {
				t.Errorf("%s: the answer does not show %q:\n%s", motion, text, answer)
			}
		}
		if !value[bool](b, `document.querySelector('#draft').hidden && document.querySelectorAll('#log .bot a.mark').length === 3`) {
			t.Errorf("%s: the draft is still there, or marks are missing", motion)
		}
	}
}

// watchPlaces notes where the draft stands after each of its pieces, and where the answer stands that takes its place.
const watchPlaces = `(() => {
  window.places = [];
  const note = (what, e) => { if (e && !e.hidden) window.places.push([what, Math.round(e.getBoundingClientRect().top)]); };
  const draft = document.querySelector('#draft'), log = document.querySelector('#log');
  new MutationObserver(() => note('draft', draft)).observe(draft.querySelector('.body'), { childList: true });
  new MutationObserver(() => note('answer', log.querySelector('.bot'))).observe(log, { childList: true });
})()`

// The whole answer stands where its first sentences stood, and who has gone up to read again stays there.
func TestNobodyLosesTheLineThatTheyAreReading(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		width, height int64
		up            int // pixels
	}{{"a phone", 360, 740, 0}, {"a phone, gone up", 360, 740, 120}, {"a desk", 1280, 640, 0}, {"a desk, gone up", 1280, 640, 150}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resume := make(chan struct{})
			s, b := withModel(t, resting(resume)), browser(t)
			b.chat(s.URL, c.width, c.height, "")
			b.say(testAsk)
			b.until(`document.querySelector('#draft .body').innerText.includes('` + umbrellaFirst + `')`)
			if !value[bool](b, `document.querySelector('#draft .name').textContent === '小禾' && document.querySelector('#draft .body .mark')?.textContent === '[1]'`) {
				t.Error("the draft does not look like the answer")
			}
			b.eval(watchPlaces)
			b.eval(fmt.Sprintf(`document.querySelector('#scroller').scrollTop -= %d`, c.up))
			const place = `Math.round(document.querySelector('#scroller').scrollTop)`
			before := value[int](b, place)
			b.do(chromedp.Sleep(time.Second)) // somebody reads
			close(resume)
			b.until(`window.places.at(-1)?.[0] === 'answer'`)
			if odd := value[string](b, `JSON.stringify(window.places.slice(-2))`); value[bool](b, `window.places.length > 1 && Math.abs(window.places.at(-1)[1] - window.places.at(-2)[1]) > 1`) {
				t.Errorf("the words jump: %s", odd)
			}
			if after := value[int](b, place); c.up > 0 && after != before {
				t.Errorf("who had gone up is moved from %d to %d", before, after)
			}
		})
	}
}
