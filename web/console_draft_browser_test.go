package web

import (
	"strconv"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

func TestAModelsDraftCountsOnceAPersonHasConfirmedIt(t *testing.T) {
	t.Parallel()
	double := llmtest.New(t)
	double.Say(llm.Summary, llmtest.Status(500))
	office := newBureau(t, withSummaries(double))
	family := office.family(xihuCode, 2, grandma, feverish)
	b := office.hire("王老师", account.Worker, xihuPrefix).desk(1280, 860)
	b.takeNext()
	b.click("#tab-summary")
	b.until(`document.querySelectorAll('.sentence').length > 1`)
	own := value[int](b, `document.querySelectorAll('.sentence').length`)

	const press = `Array.from(document.querySelectorAll('#panel button')).find((e) => e.textContent === '让 AI 起草')`
	b.eval(press + `.click()`)
	b.until(`document.querySelector('#panel .bad')?.textContent === 'AI 这次没能起草，请先用机器整理的草稿' && ` + press + ` && !` + press + `.disabled`)
	if n := value[int](b, `document.querySelectorAll('.sentence').length`); n != own {
		t.Errorf("after a failure %d sentences stand there, not %d", n, own)
	}

	double.Say(llm.Summary, llmtest.Say(goodDraft))
	b.eval(press + `.focus()`)
	b.eval(press + `.click()`)
	b.until(`document.querySelectorAll('.ai-draft .sentence').length === 2`)
	if !value[bool](b, `document.querySelector('.ai-draft .label').textContent === 'AI 起草，请核对' && document.querySelectorAll('.sentence').length === `+strconv.Itoa(own+2)+
		` && !document.querySelector('#panel .bad').textContent`) {
		t.Error("the model's draft does not stand marked above the program's own")
	}
	if !value[bool](b, `document.activeElement.matches('.ai-draft h3')`) {
		t.Error("nobody who listens is told that the draft is there")
	}
	const discard = `Array.from(document.querySelectorAll('.ai-draft button')).find((e) => e.textContent === '不要这份草稿')`
	b.eval(discard + `.click()`)
	b.until(`!document.querySelector('.ai-draft .sentence') && document.activeElement === ` + press)
	b.eval(press + `.click()`)
	b.until(`document.querySelectorAll('.ai-draft .sentence').length === 2`)
	office.says("0", `SELECT count(*) FROM notes`)
	b.eval(`document.querySelectorAll('.ai-draft [type=checkbox]')[0].click()`)
	b.eval(`document.querySelector('.ai-draft .primary').click()`)
	b.until(`document.querySelector('#panel .note-body')?.textContent === '孩子烧了两天。'`)
	office.says("summary true true {2}", `SELECT concat_ws(' ', kind, ai_generated::text, (confirmed_by IS NOT NULL)::text, source_seqs) FROM notes WHERE conversation_id = $1`, family.Conversation)
	if !value[bool](b, `document.querySelector('#panel .note-body + .line .label').textContent === 'AI 起草'`) {
		t.Error("nothing tells that a model had drafted it")
	}
}
