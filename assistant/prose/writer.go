package prose

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/guard"
	"xiaohe/prompts"
)

// Reasons for dropping a sentence that the guard has let through: each may be true, and still not be said.
const (
	Shapeless  guard.Reason = "shapeless"   // no sentence: too long, cut off, with marks of Markdown
	Repeated   guard.Reason = "repeated"    // it was said before
	Adrift     guard.Reason = "adrift"      // it leans on a sentence that was dropped
	NotKind    guard.Reason = "not_kind"    // it blames, names an illness, promises secrecy
	TooMany    guard.Reason = "too_many"    // beyond the length of an answer
	OutOfOrder guard.Reason = "out_of_data" // it names a passage that there is not
)

// writer puts an answer together, sentence by sentence.
type writer struct {
	task    Task
	guard   *guard.Guard // made with the first sentence: a model that is down costs nothing
	account Account

	values  map[string]string // of the slots
	text    strings.Builder   // what was said after the lead
	rests   bool              // something that was said rests on a passage or the card
	told    map[string]bool   // slots that were filled in
	spans   map[int][]span    // by passage
	said    []string          // sentences, to notice repetitions
	dropped bool              // the sentence before was
	topic   string            // the benefit of the paragraph
	lines   int               // sentences of the paragraph
	marked  map[string]bool   // benefits whose clauses were named
}

// sentence is what a model says.
type sentence struct {
	Text    string `json:"text"`
	Passage int    `json:"passage"`
	Span    string `json:"span"`
}

func newWriter(task Task) *writer {
	values := map[string]string{}
	for _, s := range slots(task) {
		values[s.Key] = s.Text
	}
	return &writer{task: task, values: values, told: map[string]bool{}, spans: map[int][]span{}, marked: map[string]bool{},
		account: Account{Dropped: map[string]int{}}}
}

// take checks one sentence and says it if it passes.
func (w *writer) take(element json.RawMessage) error {
	if len(w.said) >= mostSentences {
		w.account.Dropped[string(TooMany)]++
		return errEnough
	}
	var s sentence
	if json.Unmarshal(element, &s) != nil {
		w.drop(Shapeless)
		return nil
	}
	s.Text = strings.TrimSpace(s.Text)
	if w.guard == nil {
		w.guard = guard.New(ground(w.task))
	}
	text, reason := w.check(s)
	if reason != "" {
		w.drop(reason)
		return nil
	}
	w.pass(s, text)
	w.report(s, text)
	return nil
}

func (w *writer) drop(reason guard.Reason) {
	w.account.Dropped[string(reason)]++
	w.dropped = true
}

var (
	slot     = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	markup   = regexp.MustCompile("[*_#`<>|\\\\]|\\[\\d{1,2}\\]|^\\s*([-+•]|\\d+[.)、])") // a mark like [1] would open a clause
	finished = regexp.MustCompile(`[。！？…]["”’」』）]*$`)
	// leaning begins a sentence that makes no sense, or another, without the one before.
	leaning = regexp.MustCompile(`^(这|那|它|他们|她们|该|此|其|上述|以上|同样|不过|但|可是|所以|因此|因为这|并|而|否则|要不然|不然|如果是这样|除此|另外|还有|还可以|还能|也|再就是|再|然后|接着|最后|其次|第[二三四五]|二是|三是|比如|例如|总之)`)
)

// check tells whether a sentence may be said, and how: with its slots filled in.
func (w *writer) check(s sentence) (string, guard.Reason) {
	switch {
	case utf8.RuneCountInString(s.Text) > longest, s.Text == "", markup.MatchString(s.Text), strings.HasSuffix(s.Text, "：") || strings.HasSuffix(s.Text, ":"):
		return "", Shapeless
	case s.Passage < 0 || s.Passage > len(w.task.Frame.Passages):
		return "", OutOfOrder
	case slices.Contains(w.said, s.Text):
		return "", Repeated
	case w.dropped && leaning.MatchString(s.Text):
		return "", Adrift
	}
	text, reason := w.guard.Check(guard.Claim{Text: s.Text, Passage: s.Passage, Span: s.Span})
	if reason != "" {
		return "", reason
	}
	last := ""
	if n := len(w.said); n > 0 {
		last = w.said[n-1]
	}
	if prompts.Guard(last+"\n"+text) != nil {
		return "", NotKind
	}
	return text, ""
}

// emphasised is a sentence with the sums of its slots in bold, as the template has them; text is without.
func (w *writer) emphasised(words, text string) string {
	bold := slot.ReplaceAllStringFunc(words, func(mark string) string {
		key := mark[2 : len(mark)-2]
		kind, _, _ := strings.Cut(key, ":")
		if kind != answer.SlotAmount && kind != answer.SlotWould {
			return w.values[key]
		}
		sum, remark, found := strings.Cut(w.values[key], "（")
		if found {
			remark = "（" + remark
		}
		return "**" + sum + "**" + remark
	})
	if bare(bold) != text {
		return text
	}
	return bold
}

// pass says a sentence.
func (w *writer) pass(s sentence, text string) {
	text = w.emphasised(s.Text, text)
	if !finished.MatchString(text) {
		text = strings.TrimRight(text, "，,；;、.") + "。"
	}
	if w.task.Reader == Child {
		text = answer.ToChild(text)
	}
	id := ""
	for _, found := range slot.FindAllStringSubmatch(s.Text, -1) {
		w.told[found[1]] = true
		if i := slices.IndexFunc(w.task.Frame.Lines, func(l answer.Line) bool { return strings.HasSuffix(found[1], ":"+l.Item.ID) }); i >= 0 && id == "" {
			id = w.task.Frame.Lines[i].Item.ID
		}
	}
	w.rests = w.rests || s.Passage > 0 || id != ""
	switch {
	case id != "" && id != w.topic && !w.names(id, s.Text):
		text = id + "：" + text
	case id == "" && slices.ContainsFunc(w.task.Verdicts, func(v Verdict) bool { return w.names(v.ID, s.Text) }):
		w.topic = "" // it may be another: what comes next has to say what it is about
	}
	piece := w.separator(id) + text + w.marks(s, id)
	if len(w.said) == 0 {
		piece = w.task.Frame.Before + piece
	}
	if s.Passage > 0 {
		w.rest(s)
	}
	w.said, w.dropped = append(w.said, s.Text), false
	w.account.Passed++
	w.text.WriteString(piece)
	if w.task.Say == nil {
		return
	}
	if len(w.said) == 1 {
		piece = w.task.Lead + piece
	}
	w.task.Say(piece)
}

// names tells whether a sentence says which benefit it is about.
func (w *writer) names(id, text string) bool {
	text = slot.ReplaceAllString(text, "")
	for _, v := range w.task.Verdicts {
		if v.ID == id && slices.ContainsFunc(v.Names, func(name string) bool { return strings.Contains(text, name) }) {
			return true
		}
	}
	return strings.Contains(text, id)
}

// paragraph is how many sentences stand together.
const paragraph = 3

// separator stands before a sentence: a new benefit, or enough sentences, begin a paragraph.
func (w *writer) separator(id string) string {
	fresh := len(w.said) > 0 && (id != "" && w.topic != "" && id != w.topic || w.lines >= paragraph)
	if id != "" {
		w.topic = id
	}
	w.lines++
	if fresh {
		w.lines = 1
		return "\n\n"
	}
	return ""
}

// marks are the numbers of what a sentence rests on: its passage, or the clauses of the benefit whose value it tells.
func (w *writer) marks(s sentence, id string) string {
	if s.Passage > 0 {
		return w.task.Frame.Passages[s.Passage-1].Marks
	}
	if id == "" || w.marked[id] {
		return ""
	}
	w.marked[id] = true
	for _, l := range w.task.Frame.Lines {
		if l.Item.ID == id {
			return l.Marks
		}
	}
	return ""
}

// rest remembers the words that a sentence rests on.
func (w *writer) rest(s sentence) {
	p := w.task.Frame.Passages[s.Passage-1]
	if found, ok := locate(p.Text, s.Span); ok && p.Citation > 0 {
		w.spans[p.Citation] = append(w.spans[p.Citation], found)
	}
}

// result is the whole answer: what was said, what it left out, and what stands after every answer.
func (w *writer) result() Result {
	r := Result{Account: w.account}
	if len(w.said) < leastSentences || !w.rests {
		return r
	}
	r.Account.Used = true
	r.Text = strings.TrimRight(w.text.String(), "\n")
	for _, part := range []string{w.left(), w.task.Frame.After} {
		if part = strings.Trim(part, "\n"); part != "" {
			r.Text += "\n\n" + part
		}
	}
	r.Citations = w.quoted()
	return r
}
