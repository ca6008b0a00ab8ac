package prose

import "xiaohe/assistant/guard"

// Checked is a sentence that was let through, with all that it rests on: for who checks it again. It holds the person's
// words and is not to be stored or logged.
type Checked struct {
	Claim    guard.Claim
	Ground   guard.Ground
	Citation int    // the N of the citation that its passage is shown as, 0 where there is none
	Text     string // with its slots filled in
}

// report tells of a sentence that was let through.
func (w *writer) report(s sentence, text string) {
	if w.task.Checked == nil {
		return
	}
	c := Checked{Claim: guard.Claim{Text: s.Text, Passage: s.Passage, Span: s.Span}, Ground: ground(w.task), Text: text}
	if s.Passage > 0 {
		c.Citation = w.task.Frame.Passages[s.Passage-1].Citation
	}
	w.task.Checked(c)
}
