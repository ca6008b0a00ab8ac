// Package answer makes answers out of what the search found: a card's plain words or the clauses' own sentences,
// each with its citation, and a refusal where nothing supports an answer. It is pure.
package answer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"xiaohe/knowledge"
)

// Citation is a verbatim span of a passage.
type Citation struct {
	N        int    `json:"n"`
	Document string `json:"document"`
	Number   string `json:"number"`
	Clause   string `json:"clause"`
	Quote    string `json:"quote"`
	URL      string `json:"url"` // the source of the document
	File     string `json:"file"`

	Place Place `json:"-"`
}

// Place is where a citation stands in a stored document, for opening it there.
type Place struct {
	DocumentID string
	Label      string // the clause as a reader finds it: 第三十六条, 二、规范认定流程（一）申请
	From, To   int    // characters into the document's body: the quoted span
	Card       bool
	Date       string // since when it holds, or when it was issued, in words
	Doubtful   string // why the source needs checking, empty if it does not
}

// Reply is the answer to one question.
type Reply struct {
	Text      string
	Citations []Citation
	Refused   bool
	Weak      bool // the question is one for us, and nothing answers it well: a person might

	Frame *Frame // for saying it in other words; nil where the words are to stay
}

// MaxCitations is the most clauses that an answer cites.
const MaxCitations = 5

// support is the least that an answer must rest on, calibrated on the development questions that have no answer
// (docs/retrieval.md): how much the question sounds like what the knowledge is for, and how well it was found.
const (
	supportWeight = 2.0
	leastSupport  = 1.8
)

// From ourScope a refused question sounds like one for us; up to sureSupport an answer may miss what was meant.
const (
	ourScope    = 0
	sureSupport = 2.2
)

// urgentShare is how near to the best card one about present danger may stay behind and still be preferred:
// where two needs are nearly as likely, the answer that keeps a child safe goes first.
const urgentShare = 0.65

// surely is the closeness from which a card's answer stands alone, unless the next comes within closeBy of it;
// otherwise other cards are offered beside it.
const (
	surely      = 0.3
	closeBy     = 0.85
	surelyShare = 0.6 // with a model for vectors: how probably it was meant
)

const greeting = "您好，我是小禾，是 AI 助手，不是真人。您把孩子的情况用平常话、用汉字告诉我就行，比如：\n\n- 爸爸坐牢、妈妈没音讯，孩子每月能领多少钱\n- 孩子残疾，看病和康复能报吗\n- 同学老欺负我，怎么办\n\n现在有人受伤、挨打、失踪，先打 **110** 或 **120**。"

const refusal = "这个问题，我在现有的政策文件里没有查到可靠的依据，不能随便回答您。您可以打 **12345** 问，或者到户口所在地（住的地方）的街道、乡镇民政窗口问一问。\n\n我能帮您查的是孩子的生活补助、看病康复、上学、监护收养、安全保护这些方面的政策，您也可以换个说法再问我一次。"

// Compose answers a question from a search result. on is the date of the question.
func Compose(question string, found knowledge.Result, on knowledge.Date) Reply {
	if found.Empty {
		return Reply{Text: greeting, Citations: []Citation{}}
	}
	card, lexical, exact := strength(found)
	support := found.Scope + supportWeight*(card+lexical)
	found.Cards = order(question, found)
	var reply Reply
	switch {
	case exact:
		return extract(question, found, on)
	case len(found.Hits) == 0 && len(found.Cards) == 0, support < leastSupport:
		return Reply{Text: refusal, Citations: []Citation{}, Refused: true, Weak: found.Scope >= ourScope}
	case len(found.Hits) == 0, found.Hits[0].Legs.Card > 0 && cardLeads(found, card, lexical):
		reply = fromCard(question, found, on)
	default:
		reply = extract(question, found, on)
	}
	reply.Weak = support < sureSupport
	return reply
}

// cardLeads tells whether a card rather than a passage is what was meant.
func cardLeads(found knowledge.Result, card, lexical float64) bool {
	share, known := cardShare(found)
	if known {
		return share > 0.5
	}
	return card > lexical/2
}

// cardShare is how probably one of the cards was meant; unknown without a model for vectors.
func cardShare(found knowledge.Result) (share float64, known bool) {
	for _, c := range found.Cards {
		share += c.Share
	}
	return share, share > 0
}

// strength is how well the best card and the best passage support an answer.
func strength(found knowledge.Result) (card, lexical float64, exact bool) {
	for _, c := range found.Cards {
		card = max(card, c.Similarity)
	}
	for _, h := range found.Hits {
		lexical = max(lexical, h.Legs.Lexical)
		exact = exact || h.Legs.Exact > 0
	}
	if found.Reworded {
		lexical = found.Support
	}
	return card, lexical, exact
}

// order ranks the cards by their closeness and the rank of the clauses they rest on: what both legs agree on is
// more often what was meant (development questions: .77 of the first cards right, .64 by closeness alone). Where the
// question speaks of danger, a card about present danger that comes near enough goes first.
func order(question string, found knowledge.Result) []knowledge.CardHit {
	cards := slices.Clone(found.Cards)
	_, byMeaning := cardShare(found)
	agreement := func(c knowledge.CardHit) float64 {
		if byMeaning { // what both legs say is in it
			return c.Share
		}
		best := 0.0
		for _, h := range found.Hits {
			if restsOn(c.Document, h) {
				best = max(best, h.Score)
			}
		}
		return c.Similarity + best
	}
	rest := cards
	if len(cards) > 0 && cards[0].Document.Kind == knowledge.KindBenefit { // closer than any card: it is what was asked for
		rest = cards[1:]
	}
	type agreed struct {
		card  knowledge.CardHit
		score float64
	}
	ranked := make([]agreed, len(rest))
	for i, c := range rest {
		ranked[i] = agreed{c, agreement(c)}
	}
	slices.SortStableFunc(ranked, func(a, b agreed) int { return cmp.Compare(b.score, a.score) })
	for i, r := range ranked {
		rest[i] = r.card
	}
	if !speaksOfDanger(question) {
		return cards
	}
	closest, _, _ := strength(found)
	for i, c := range cards {
		if urgent(c.Document) && c.Similarity >= closest*urgentShare {
			return slices.Concat(cards[i:i+1], cards[:i], cards[i+1:])
		}
	}
	return cards
}

// speaksOfDanger tells whether a question has words of present danger, so that a card that calls the police goes first
// where it comes near. It only orders cards: noticing danger in every message is triage's work.
func speaksOfDanger(question string) bool {
	return danger.MatchString(past.ReplaceAllString(question, ""))
}

// past finds words of danger that tell what happened to a parent: who has gone missing is a parent or was declared so
// by a court, who was poisoned has died.
var past = regexp.MustCompile(`(爸|妈|爹|娘|父亲|母亲|父母|媳妇|女婿|老公|老婆|丈夫|妻子)[^，。,；！？ ]{0,8}(失踪|不见了|走丢)|宣告[^，。,；]{0,4}失踪|中毒[^，。,；！？]{0,6}(死|去世|走|没)`)

// danger finds words of present danger.
var danger = regexp.MustCompile(`打(我|他|她|人|孩子|娃|骂|死|断|伤|得)|(挨|被|老|一直|往死里|天天|又|总)打|家暴|虐待|跳(楼|河|江)|上吊|自杀|自残|割(手|腕|脉)|` +
	`不想活|想死|活不下去|农药|中毒|流血|救命|强奸|猥亵|性侵|摸(我|她|他|孙|孩子|下)|失踪|走丢|不见了|被拐|拐走|拐卖|拿刀|砍|杀|掐|烫|没气|昏(迷|倒)`)

// urgent tells a card about safety whose first line calls the police or an ambulance.
func urgent(card knowledge.Document) bool {
	first, _, _ := strings.Cut(card.Body, "\n")
	return (card.Card.System == "人身安全" || card.Card.System == "心理健康") &&
		(strings.Contains(first, "110") || strings.Contains(first, "120"))
}

// fromCard gives the card's plain answer and cites the clauses that it rests on; the card itself is cited for
// those that are not in the knowledge.
func fromCard(question string, found knowledge.Result, on knowledge.Date) Reply {
	best := found.Cards[0].Document
	b := builder{focus: question + "\n" + best.Body, on: on}
	for _, h := range slices.Concat(found.Basis, found.Hits) {
		if restsOn(best, h) {
			b.cite(h)
		}
	}
	if len(b.citations) == 0 {
		b.citeCard(best)
	}
	marks := b.marks()
	for _, h := range found.Hits {
		if h.Score >= found.Hits[0].Score/2 {
			b.cite(h)
		}
	}
	basis := "\n\n依据：" + marks + others(found.Cards)
	b.caveats = append(b.caveats, cardCaveats(best, on)...)
	reply := b.reply(best.Short() + basis)
	reply.Frame = b.cardFrame(best, marks, basis+b.caveat())
	return reply
}

// others offers the next cards by their titles where the best is not surely the one that was meant.
func others(cards []knowledge.CardHit) string {
	if len(cards) < 2 || sure(cards[0], cards[1]) {
		return ""
	}
	var text strings.Builder
	text.WriteString("\n\n如果您问的不是这个，您可以这样问我：\n")
	for _, c := range cards[1:min(len(cards), 4)] {
		fmt.Fprintf(&text, "\n- %s", c.Document.Title)
	}
	return text.String()
}

// sure tells whether the first of two cards is surely the one that was meant.
func sure(first, second knowledge.CardHit) bool {
	if first.Share > 0 {
		return first.Share >= surelyShare
	}
	return first.Similarity >= surely && second.Similarity < first.Similarity*closeBy
}

// restsOn tells whether a hit is one of the clauses that the card names, or the card itself.
func restsOn(card knowledge.Document, h knowledge.Hit) bool {
	if h.Document.ID == card.ID {
		return true
	}
	for _, basis := range card.Card.Basis {
		if h.Clause != basis.Clause && !strings.HasPrefix(h.Clause, basis.Clause+"（") {
			continue // before the titles, which take longer to compare
		}
		if knowledge.TitleKey(basis.Document) == knowledge.TitleKey(h.Document.Title) ||
			basis.Number != "" && knowledge.NumberKey(basis.Number) == knowledge.NumberKey(h.Document.Number) {
			return true
		}
	}
	return false
}

// cardCaveats are what a reader must know of a card or a benefit.
func cardCaveats(card knowledge.Document, on knowledge.Date) []string {
	if card.Expires != "" && on >= card.Expires {
		return []string{"这份标准已过有效期"}
	}
	var caveats []string
	if card.Card.Recheck != "" && on >= card.Card.Recheck {
		caveats = append(caveats, "这里的数额和规定可能已经调整，请向窗口核对")
	}
	if card.Card.Confidence != knowledge.Confidences[0] {
		caveats = append(caveats, "部分内容来自报道或还没有核对")
	}
	return caveats
}

const unsure = "拿不准怎么用到您家的情况，可以打 **12345** 或到街道、乡镇民政窗口问。"

// extract quotes the clauses' own sentences.
func extract(question string, found knowledge.Result, on knowledge.Date) Reply {
	b := builder{focus: question, on: on}
	var text strings.Builder
	text.WriteString("查到这些规定，原文是：\n")
	shown := 0
	for _, h := range found.Hits {
		if h.Score < found.Hits[0].Score*0.6 {
			break
		}
		c := b.cite(h)
		if c == nil {
			continue
		}
		if shown < 3 {
			fmt.Fprintf(&text, "\n- 《%s》%s：“%s” [%d]", c.Document, c.Place.Label, strings.ReplaceAll(c.Quote, "\n", ""), c.N)
			shown++
		}
	}
	text.WriteString("\n\n这是条文原话。" + unsure)
	reply := b.reply(text.String())
	reply.Frame = &Frame{After: "\n\n" + unsure + b.caveat(), Passages: b.passages()}
	return reply
}
