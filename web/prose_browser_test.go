package web

import (
	"strings"
	"testing"

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
