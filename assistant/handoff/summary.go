package handoff

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Material is all that a summary is made of. What stands in no message stands in no sentence.
type Material struct {
	Said       []Utterance // of the family, oldest first
	Read       []Reading   // by triage, oldest first
	Facts      []KnownFact // of the family, in the order of the rules
	Eligible   []string    // names of the benefits that the rules grant on those facts
	Open       []string    // and of those for which something is still to be asked
	Unanswered *Utterance  // the last question of the program that nobody has answered; nil where there is none
}

// Utterance is a message with its place in the conversation.
type Utterance struct {
	Seq  int64
	Text string
}

// KnownFact is what was said about a family, with the message that told it and the words there.
type KnownFact struct {
	Label, Value string
	Seq          int64
	Quote        string
}

// Sentence is one sentence of a summary, the messages that it rests on, and the words in them that show it.
type Sentence struct {
	Text   string  `json:"text"`
	Seqs   []int64 `json:"seqs"`
	Quotes []Quote `json:"quotes"`
}

// Bounds of a summary.
const (
	mostSentences = 10
	quoteRunes    = 36
	mostKinds     = 3 // of danger
	mostNames     = 6 // of benefits
	factsEach     = 3 // in one sentence
	factSentences = 3
)

// Summarise drafts what a colleague should know before the first word: the same material gives the same sentences, and
// each holds words of the messages that it names, letter by letter. It is a draft until a person confirms it.
func Summarise(m Material) []Sentence {
	w := summary{Material: m}
	w.opening()
	w.dangers()
	w.duty()
	w.guardian()
	w.known()
	w.benefits()
	w.pending()
	w.latest()
	return w.sentences[:min(len(w.sentences), mostSentences)]
}

// summary is a draft that grows.
type summary struct {
	Material
	sentences []Sentence
}

// add writes a sentence; without a quote it is left out. Its text has one %s for each quote.
func (w *summary) add(text string, quotes ...Quote) {
	args := make([]any, len(quotes))
	s := Sentence{Quotes: quotes}
	for i, q := range quotes {
		if q.Text == "" {
			return
		}
		args[i] = inMarks(q.Text)
		if !slices.Contains(s.Seqs, q.Seq) {
			s.Seqs = append(s.Seqs, q.Seq)
		}
	}
	if len(quotes) == 0 {
		return
	}
	slices.Sort(s.Seqs)
	s.Text = fmt.Sprintf(text, args...)
	w.sentences = append(w.sentences, s)
}

func inMarks(quote string) string { return "“" + quote + "”" }

// words returns the stretch of a message that shows something: the quote if it stands there, else its beginning.
func (w *summary) words(seq int64, quote string) Quote {
	i := slices.IndexFunc(w.Said, func(u Utterance) bool { return u.Seq == seq })
	if i < 0 {
		return Quote{}
	}
	text := w.Said[i].Text
	if quote == "" || !strings.Contains(text, quote) {
		quote = text
	}
	return Quote{seq, beginning(quote)}
}

// shownBy is the place for a quote in a sentence. Where the words that show something are not known, the beginning of
// the message stands there, and the reader is sent to the message.
func shownBy(q Quote, wanted string) string {
	if wanted == "" || q.Text != beginning(wanted) {
		return "请看原话%s"
	}
	return "%s"
}

// beginning is the first clause of a text, at most quoteRunes characters of it: nothing is changed inside it, so that
// it can be found in the message.
func beginning(text string) string {
	text = strings.TrimSpace(text)
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		text = strings.TrimSpace(text[:end])
	}
	if utf8.RuneCountInString(text) <= quoteRunes {
		return text
	}
	text = string([]rune(text)[:quoteRunes])
	if end := strings.LastIndexAny(text, "。！？；，,!?"); end > 0 {
		text = text[:end]
	}
	return text
}

// Words by which a person shows who writes. Nothing is concluded from them: somebody may tell what a child has said.
var (
	// selfNames: the person says it.
	selfNames = regexp.MustCompile(`我是(?:这个|那个)?(?:孩子|小孩|娃娃?|他|她|学生|社区|街道|村里?|镇上|学校|民政[局所]?)?的?` +
		`(?:爷爷|奶奶|外公|外婆|姥姥|姥爷|爸爸?|妈妈?|父亲|母亲|舅舅|舅妈|姑姑|姨妈?|叔叔|伯伯|伯父|婶婶|哥哥|姐姐|监护人|邻居|老师|班主任|学生|儿童主任|儿童督导员|社工|村干部|网格员)` +
		`|我(?:今年|现在|才|刚满?)*(?:[0-9]{1,2}|[一二三四五六七八九十两]{1,3})岁`)
	// ownKin: the person names somebody as their own.
	ownKin = regexp.MustCompile(`我(?:们)?家?的?[大小]?(?:外孙女?|孙子|孙女|儿子|女儿|闺女|侄子|侄女|外甥女?|爸爸?|妈妈?|爷爷|奶奶|外公|外婆|姥姥|姥爷)`)
)

// opening says how it began, and quotes how the person calls themselves or their own.
func (w *summary) opening() {
	if len(w.Said) == 0 {
		return
	}
	first := w.words(w.Said[0].Seq, "")
	for _, sign := range []struct {
		words *regexp.Regexp
		text  string
	}{{selfNames, "写的人说%s，"}, {ownKin, "写的人说到%s，"}} {
		q := w.find(sign.words)
		if q.Text == "" {
			continue
		}
		if q.Seq == first.Seq && strings.Contains(first.Text, q.Text) {
			break // it stands in the quote
		}
		w.add(sign.text+"开头说：%s。", q, first)
		return
	}
	w.add("开头说：%s。", first)
}

// find is the first stretch of what was said that has a form.
func (w *summary) find(form *regexp.Regexp) Quote {
	for _, u := range w.Said {
		if text := form.FindString(u.Text); text != "" {
			return Quote{u.Seq, text}
		}
	}
	return Quote{}
}

// kinds of danger as colleagues read them, in the order of triage.Categories.
var kinds = []struct{ code, text string }{
	{"medical", "受伤、中毒或急病"}, {"sexual_abuse", "性侵害"}, {"caregiver_harm", "照看人可能伤害孩子"}, {"suicide", "不想活"},
	{"physical_abuse", "被打、被虐待"}, {"trafficking", "被拐卖、被强迫"}, {"neglect", "没人照看"}, {"self_harm", "伤害自己"},
	{"runaway", "离家或走失"}, {"violence", "正在发生的暴力"}, {"bullying", "被欺凌"}, {"danger", "别的危险"}, {"distress", "心里难受"},
}

// dangers names each kind of danger once, with the words of the message that showed it most plainly.
func (w *summary) dangers() {
	type sign struct {
		kind  string
		level int
		at    Quote
		quote string // the words that show it; at may be others of the message
	}
	var signs []sign
	for _, k := range kinds {
		best := sign{kind: k.text}
		for _, f := range w.Read {
			for _, mark := range f.Marks {
				if mark.Category == k.code && mark.Level > best.level {
					best.level, best.at, best.quote = mark.Level, w.words(f.Seq, mark.Quote), mark.Quote
				}
			}
		}
		if best.level >= concern {
			signs = append(signs, best)
		}
	}
	slices.SortStableFunc(signs, func(a, b sign) int { return b.level - a.level })
	for _, s := range signs[:min(len(signs), mostKinds)] {
		w.add(fmt.Sprintf("可能有“%s”的情况（L%d）：%s。", s.kind, s.level, shownBy(s.at, s.quote)), s.at)
	}
}

// concern is the level from which a danger is named (L2).
const concern = 2

// duty names the situations of mandatory notification with the message that pointed to each.
func (w *summary) duty() {
	var codes []string
	var quotes []Quote
	for _, f := range w.Read {
		fresh := slices.DeleteFunc(slices.Clone(f.Flags), func(code string) bool { return slices.Contains(codes, code) })
		if len(fresh) == 0 {
			continue
		}
		codes = append(codes, fresh...)
		if q := w.words(f.Seq, f.strongest()); q.Text != "" && len(quotes) < 2 {
			quotes = append(quotes, q)
		}
	}
	if len(codes) == 0 {
		return
	}
	slices.Sort(codes)
	w.add("请判断是否属于应当强制报告的情形（"+strings.Join(codes, "、")+"）："+places(len(quotes))+"。", quotes...)
}

// guardian warns where somebody who looks after the child may be the one who does harm.
func (w *summary) guardian() {
	for _, who := range []struct {
		meant func(Reading) bool
		text  string
	}{
		{func(f Reading) bool { return f.GuardianSuspect }, "伤害孩子的可能就是家里人，先不要联系监护人：%s。"},
		{func(f Reading) bool { return f.WorkerSuspect }, "被说到的可能是负责照看孩子的工作人员，请避开本单位处理：%s。"},
	} {
		if i := slices.IndexFunc(w.Read, who.meant); i >= 0 {
			w.add(who.text, w.words(w.Read[i].Seq, w.Read[i].strongest()))
		}
	}
}

// known tells what the program has read of the family in their words, a few facts in a sentence.
func (w *summary) known() {
	told := slices.DeleteFunc(slices.Clone(w.Facts), func(f KnownFact) bool { return w.words(f.Seq, f.Quote).Text == "" })
	told = told[:min(len(told), factsEach*factSentences)]
	for group := range slices.Chunk(told, factsEach) {
		var parts []string
		var quotes []Quote
		for _, f := range group {
			q := w.words(f.Seq, f.Quote)
			parts = append(parts, escape(f.Label+"："+f.Value)+"（"+shownBy(q, f.Quote)+"）")
			quotes = append(quotes, q)
		}
		w.add("从话里读到——"+strings.Join(parts, "；")+"。", quotes...)
	}
}

// benefits tells what the rules make of the facts. It rests on the messages that told them.
func (w *summary) benefits() {
	var parts []string
	for _, group := range []struct {
		title string
		names []string
	}{{"可能可以申请", w.Eligible}, {"还要确认", w.Open}} {
		if len(group.names) > 0 {
			parts = append(parts, group.title+listed(group.names))
		}
	}
	if len(parts) == 0 {
		return
	}
	var quotes []Quote
	for _, f := range w.Facts {
		if q := w.words(f.Seq, f.Quote); q.Text != "" && !slices.Contains(quotes, q) {
			quotes = append(quotes, q)
		}
	}
	if len(quotes) == 0 {
		return
	}
	w.add("按现在知道的（如%s），"+escape(strings.Join(parts, "；"))+"。", quotes[0])
	last := &w.sentences[len(w.sentences)-1]
	for _, q := range quotes[1:] {
		if !slices.Contains(last.Seqs, q.Seq) {
			last.Seqs, last.Quotes = append(last.Seqs, q.Seq), append(last.Quotes, q)
		}
	}
	slices.Sort(last.Seqs)
}

func listed(names []string) string {
	text := strings.Join(names[:min(len(names), mostNames)], "、")
	if len(names) > mostNames {
		text += fmt.Sprintf("等 %d 项", len(names))
	}
	return text
}

// pending is what the program asked last and nobody answered.
func (w *summary) pending() {
	if q := w.Unanswered; q != nil {
		w.add("小禾最后问了%s，还没有回答。", Quote{q.Seq, beginning(q.Text)})
	}
}

// latest is what was said last, where it is not quoted yet.
func (w *summary) latest() {
	if len(w.Said) < 2 || len(w.sentences) >= mostSentences {
		return
	}
	said := w.Said[len(w.Said)-1]
	last := w.words(said.Seq, "")
	for _, s := range w.sentences {
		if slices.Contains(s.Quotes, last) {
			return
		}
	}
	if last.Text != strings.TrimSpace(said.Text) {
		w.add("最近一句的开头是：%s。", last)
		return
	}
	w.add("最近一句是：%s。", last)
}

func places(n int) string { return strings.Join(slices.Repeat([]string{"%s"}, n), "、") }

func escape(text string) string { return strings.ReplaceAll(text, "%", "%%") }
