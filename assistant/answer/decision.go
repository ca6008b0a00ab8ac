package answer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// ruleCitations is how many citations the rules' own clauses take where the person asked something: what the search
// found comes after them.
const ruleCitations = 3

// A child that tells of its own troubles is spoken to as a child, and not left alone with forms.
const (
	childBegin = "谢谢你愿意告诉我。这不是你的错。\n\n"
	childEnd   = "\n请照顾你的大人、老师或村里的儿童主任陪你去办。心里难受，可以打 12355 或 12356；有人打你、欺负你，打 110。\n"
)

// toldItems is how many benefits are told in full; the card shows all of them.
const toldItems = 3

// Decision words an outcome. clauses are the passages of its sources that are in the knowledge, found what the search
// brought up for the message: it fills the citations up where the person asked something. It needs no model: every
// number and name comes from the card (BENEFITS §7).
func Decision(out dialogue.Outcome, clauses, found []knowledge.Hit, on knowledge.Date) Reply {
	b := &builder{focus: focusOf(out), on: on, room: MaxCitations, marked: map[string]string{}}
	if !out.Answered {
		b.room = ruleCitations
	}
	opens := out.ByChild && !out.Answered
	before, middle, after := opening(out, opens), &strings.Builder{}, &strings.Builder{}
	switch {
	case len(out.Explain) > 0:
		for _, item := range out.Explain {
			b.explain(middle, item, clauses)
		}
	default:
		b.tell(middle, out.Decision, clauses)
	}
	if len(b.caveats) > 0 {
		fmt.Fprintf(after, "\n%s。\n", strings.Join(b.caveats, "；"))
	}
	if opens {
		after.WriteString(childEnd)
	}
	writeNext(after, out)
	frame := b.frame(out, before)
	if frame != nil {
		frame.After = after.String()
		if len(out.Explain) == 0 {
			frame.After = sums(out.Decision.Card) + frame.After
		}
	}
	if !out.Answered {
		b.room = len(b.citations) + MaxCitations
		for _, h := range found[:min(MaxCitations, len(found))] {
			b.cite(h)
		}
	}
	if frame != nil {
		frame.Passages = b.passages()
	}
	words := strings.TrimSpace(before + middle.String() + after.String())
	if out.ByChild {
		words = ToChild(words)
		frame.toChild()
	}
	return Reply{Text: words, Citations: append([]Citation{}, b.citations...), Frame: frame}
}

// opening is what stands before a decision: a word to a child, and what did not fit together.
func opening(out dialogue.Outcome, toChild bool) string {
	var text strings.Builder
	if toChild {
		text.WriteString(childBegin)
	}
	for _, note := range out.Notes {
		fmt.Fprintf(&text, "有一处要请您再看看：%s。\n\n", note)
	}
	return text.String()
}

// Invite adds the question with which a family's own case begins to an answer from the documents.
func Invite(reply Reply, out dialogue.Outcome) Reply {
	if q := out.Decision.Question; q != nil {
		var text strings.Builder
		text.WriteString("\n\n")
		if !q.Guess {
			text.WriteString("您家能不能办，跟我说几句情况，我帮您算一算。\n")
		}
		writeQuestion(&text, q)
		invitation := strings.TrimRight(text.String(), "\n")
		reply.Text += invitation
		if reply.Frame != nil {
			reply.Frame.After += invitation
		}
	}
	return reply
}

func focusOf(out dialogue.Outcome) string {
	var words strings.Builder
	for _, item := range slices.Concat(out.Explain, out.Decision.Card.Eligible, out.Decision.Card.Open) {
		words.WriteString(item.ID + item.Plain)
	}
	return words.String()
}

// tell says what can be applied for, what is open and what is ruled out.
func (b *builder) tell(text *strings.Builder, decision dialogue.Decision, clauses []knowledge.Hit) {
	card, child := decision.Card, ""
	if len(decision.Children) > 1 {
		child = "「" + decision.Child + "」"
	}
	if len(card.Eligible) > 0 {
		fmt.Fprintf(text, "按您说的情况，%s可以申请这 %d 项：\n", child, len(card.Eligible))
		for i, item := range card.Eligible {
			if i == toldItems {
				fmt.Fprintf(text, "\n\n另外还有：%s。", names(card.Eligible[i:]))
				break
			}
			b.tellItem(text, i+1, item, clauses)
		}
	}
	text.WriteString(sums(card))
	if len(card.Open) > 0 {
		lead := "还有这些，要再弄清几样才知道能不能办"
		switch {
		case len(card.Eligible) > 0:
		case len(card.RuledOut) > 0:
			lead = "眼下还没有" + child + "一定能申请的。这些还没弄清"
		default:
			lead = "听您说的，" + child + "可能能办这些，还要再弄清几样"
		}
		fmt.Fprintf(text, "\n%s：%s。\n", lead, someNames(card.Open))
	}
	if len(card.RuledOut) > 0 {
		text.WriteString("\n按您说的，这些不符合：\n")
		for _, item := range card.RuledOut[:min(toldItems, len(card.RuledOut))] {
			fmt.Fprintf(text, "\n- %s：%s。%s", item.ID, because(item), change(item))
		}
		text.WriteString("\n")
	}
	if len(card.Received) > 0 {
		fmt.Fprintf(text, "\n已经在领的：%s。\n", names(card.Received))
	}
	if len(card.Eligible)+len(card.Open)+len(card.RuledOut)+len(card.Received) == 0 {
		if q := decision.Question; q != nil && q.Guess {
			text.WriteString("有一句我想先跟您核对，免得听错了。\n")
		} else {
			text.WriteString("您说的我记下了，眼下还没看到能办的。\n")
		}
	}
}

// sums says what holds of all that can be applied for: who confirms it, the money together, and what excludes what.
func sums(card benefit.Card) string {
	var text strings.Builder
	if len(card.Eligible) > 0 {
		fmt.Fprintf(&text, "\n最后由%s确认。\n", deciders(card.Eligible))
	}
	if card.Total != "" {
		fmt.Fprintf(&text, "\n这些按月的钱加起来：**%s**。\n", card.Total)
	}
	for _, choice := range card.Choices {
		fmt.Fprintf(&text, "\n注意：%s。\n", choice)
	}
	return text.String()
}

// shares says of an amount that is not the child's own whose it is.
var shares = map[string]string{"每人": "（家里每个人）", "每户": "（一户）"}

func (b *builder) tellItem(text *strings.Builder, n int, item benefit.Item, clauses []knowledge.Hit) {
	fmt.Fprintf(text, "\n%d. **%s**（%s）", n, item.ID, item.Plain)
	if item.Amount != nil {
		fmt.Fprintf(text, "：**%s**%s", item.Amount.Text, shares[item.Amount.Payee])
	}
	for _, warning := range item.Warnings {
		switch {
		case strings.HasSuffix(warning, benefit.SinceSuffix):
			fmt.Fprintf(text, "（%s）", warning)
		case !slices.Contains(b.caveats, warning):
			b.caveats = append(b.caveats, warning)
		}
	}
	fmt.Fprintf(text, "。去哪办：%s", item.Apply.Where)
	if len(item.Papers) > 0 {
		fmt.Fprintf(text, "。要带：%s", papersText(item))
	}
	fmt.Fprintf(text, "。%s\n", b.citeSources(item, clauses))
}

// mostMissing is how many of the facts that are still missing are named.
const mostMissing = 5

// explain says why a benefit can be had, cannot, or is still open.
func (b *builder) explain(text *strings.Builder, item benefit.Item, clauses []knowledge.Hit) {
	lead := map[string]string{"eligible": "符合条件，因为", "ineligible": "不符合，因为", "undetermined": "还不能确定。已经知道的"}[item.Verdict]
	fmt.Fprintf(text, "**%s**：%s：\n", item.ID, lead)
	for _, reason := range Reasons(item) {
		fmt.Fprintf(text, "\n- %s%s", reason.Text, basisOf(reason.Sources))
	}
	if len(item.Missing) > 0 {
		fmt.Fprintf(text, "\n- 还要弄清：%s", missingText(item))
	}
	fmt.Fprintf(text, "\n\n%s%s\n", change(item), b.citeSources(item, clauses))
}

// basisOf names clauses in brackets: （民发〔2019〕62号 一）.
func basisOf(sources []benefit.Source) string {
	if len(sources) == 0 {
		return ""
	}
	var texts []string
	for _, s := range sources[:min(2, len(sources))] {
		text := s.Number
		if text == "" || text == "未见" {
			text = "《" + s.Document + "》"
		}
		texts = append(texts, strings.TrimSpace(text+" "+s.Clause))
	}
	return "（" + strings.Join(texts, "；") + "）"
}

func because(item benefit.Item) string {
	var texts []string
	for _, reason := range Reasons(item) {
		texts = append(texts, reason.Text)
	}
	return strings.Join(texts, "；")
}

// required begins what a rule requires, after what was said: 爸爸的情况：去世了（要求有 找不到人 之一）.
const required = "（要求"

// Reasons are why a benefit is as it is. Where a rule has several branches, each rules the same words out anew; they
// are said once.
func Reasons(item benefit.Item) []benefit.Reason {
	var reasons []benefit.Reason
	var heads []string
	for _, r := range item.Because {
		head, _, _ := strings.Cut(r.Text, required)
		i := slices.Index(heads, head)
		if i < 0 || item.Verdict != "ineligible" {
			reasons, heads = append(reasons, r), append(heads, head)
			continue
		}
		if strings.HasPrefix(r.Text, head+required+"有") {
			reasons[i].Text = head + "（不是这一项管的情形）"
		}
		for _, s := range r.Sources {
			if !slices.Contains(reasons[i].Sources, s) {
				reasons[i].Sources = append(slices.Clip(reasons[i].Sources), s)
			}
		}
	}
	return reasons
}

func change(item benefit.Item) string {
	if len(item.Changes) == 0 {
		return ""
	}
	return "什么时候会变：" + changeText(item) + "。"
}

func names(items []benefit.Item) string {
	var texts []string
	for _, item := range items {
		texts = append(texts, item.ID)
	}
	return strings.Join(texts, "、")
}

// someNames lists the first benefits and counts the rest.
func someNames(items []benefit.Item) string {
	text := names(items[:min(toldItems, len(items))])
	if len(items) > toldItems {
		text += fmt.Sprintf("等 %d 项", len(items))
	}
	return text
}

// deciders lists who grants the benefits that are told.
func deciders(items []benefit.Item) string {
	var found []string
	for _, item := range items[:min(toldItems, len(items))] {
		if !slices.Contains(found, item.Apply.Decides) {
			found = append(found, item.Apply.Decides)
		}
	}
	return strings.Join(found, "、")
}

// writeNext ends an answer: with the question, with the way on, or with where else to ask.
func writeNext(text *strings.Builder, out dialogue.Outcome) {
	if q := out.Decision.Question; q != nil {
		writeQuestion(text, q)
		return
	}
	if card := out.Decision.Card; len(card.Eligible)+len(card.Open)+len(card.Received) == 0 {
		text.WriteString("\n以后家里有变化（有人得了病、有了残疾、收入少了、孩子没人管），再来问我。想当面问清楚，打 12345，或者去乡镇（街道）民政窗口。\n")
	}
	if out.Paused {
		text.WriteString("\n先说到这里。要接着把没弄清的说完，就回我“继续”。\n")
	}
}

func writeQuestion(text *strings.Builder, q *dialogue.Question) {
	fmt.Fprintf(text, "\n**再问您一句**：%s", q.Text)
	if q.Why != "" {
		fmt.Fprintf(text, "（%s）", strings.TrimSuffix(q.Why, "。"))
	}
	text.WriteString("\n")
}

// mostMarks is how many clauses an item cites, so that the next item's find room.
const mostMarks = 3

// citeSources cites the first clauses of an item and returns their marks.
func (b *builder) citeSources(item benefit.Item, clauses []knowledge.Hit) string {
	var cited []int
	for _, source := range item.Sources {
		if n := b.citeSource(source, clauses); n > 0 && !slices.Contains(cited, n) && len(cited) < mostMarks {
			cited = append(cited, n)
		}
		if len(cited) == mostMarks {
			break
		}
	}
	var marks strings.Builder
	for _, n := range cited {
		fmt.Fprintf(&marks, "[%d]", n)
	}
	b.marked[item.ID] = marks.String()
	return marks.String()
}

// citeSource cites a clause: verbatim where it is in the knowledge, by name otherwise.
func (b *builder) citeSource(source benefit.Source, clauses []knowledge.Hit) int {
	ref := Ref(source)
	for _, h := range clauses {
		same := knowledge.NumberKey(ref.Number) != "" && knowledge.NumberKey(ref.Number) == knowledge.NumberKey(h.Document.Number) ||
			knowledge.TitleKey(ref.Title) == knowledge.TitleKey(h.Document.Title)
		if !same || h.Clause != ref.Clause && !strings.HasPrefix(h.Clause, ref.Clause+"（") {
			continue
		}
		if c := b.cite(h); c != nil {
			return c.N
		}
		return b.cited(h.Document.Number, h.Document.Title, h.Clause)
	}
	if n := b.cited(ref.Number, ref.Title, ref.Clause); n > 0 || len(b.citations) >= b.room {
		return n
	}
	b.citations = append(b.citations, Citation{N: len(b.citations) + 1, Document: source.Document, Number: ref.Number, Clause: ref.Clause,
		URL: source.URL, Place: Place{Label: source.Clause}})
	b.texts = append(b.texts, "")
	return len(b.citations)
}

// cited finds the number of a clause that is cited already; 0 where it is not.
func (b *builder) cited(number, title, clause string) int {
	for _, c := range b.citations {
		if c.Clause == clause && (c.Number == number && number != "" || c.Document == title) {
			return c.N
		}
	}
	return 0
}

// clauseLabel is the label at the beginning of a basis: 三（一） of 三（一）与当地孤儿标准相衔接.
var clauseLabel = regexp.MustCompile(`^(第[一二三四五六七八九十百零〇0-9]+条|[一二三四五六七八九十]+)(（[一二三四五六七八九十0-9]+）)*`)

// Ref is a source as the knowledge names clauses.
func Ref(source benefit.Source) knowledge.ClauseRef {
	number, _, _ := strings.Cut(source.Number, "（") // 民发〔2018〕23号（文号待核）
	if number == "未见" {
		number = ""
	}
	clause := clauseLabel.FindString(source.Clause)
	if clause == "" {
		clause = source.Clause
	}
	return knowledge.ClauseRef{Number: number, Title: source.Document, Clause: clause}
}
