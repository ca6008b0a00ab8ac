package prompts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Request says for whom and for what a reply is needed.
type Request struct {
	Situation   Situation
	Audience    Audience
	Level       int
	Region      string // digits of the division; empty: unknown
	HumanOnDuty bool   // a ticket has been accepted; never true on hope alone
	AISaid      bool   // the session has already been told that this is an AI
	On          time.Time
}

// Reply is what the user sees, ready to send.
type Reply struct {
	ID        string    `json:"id"` // of the script shown, audience_situation@level
	Version   int       `json:"version"`
	Approved  bool      `json:"approved"`
	Bubbles   []string  `json:"bubbles"`
	Hotlines  []Hotline `json:"hotlines"`   // those named in the bubbles, in that order, then the region's own
	QuickExit bool      `json:"quick_exit"` // the danger may be in the room: show the way off the page first
}

// Name names the exact words for the record: small_child_home_violence@3.v2.
func (r Reply) Name() string { return fmt.Sprintf("%s.v%d", r.ID, r.Version) }

const (
	aiNotice     = "我是AI助手，不是真人"
	humanHas     = "值班老师已经收到"
	humanCalling = "我正在联系值班老师"
	statusMark   = "{{human_status}}"
)

var (
	placeholder = regexp.MustCompile(`\{\{([a-z_]+)\}\}`)
	clauseForm  = regexp.MustCompile(`[^。！？；]+[。！？；]?[”」）]*`)
)

// atHome: the person who does harm may be reading along. With the help button and after a high message nobody knows.
var atHome = append([]Situation{HomeViolence, SexualAbuse, Neglect, Confinement, Begging, CaregiverHarm, ConcernHome, HelpButton, AfterHigh},
	followUps...)

// Render fills in the numbers and the state of the queue. It never fails; ScriptFor says what stands in for what.
func (b *Book) Render(r Request) Reply {
	s := b.ScriptFor(r.Situation, r.Audience, r.Level)
	lookup := func(key string) (Hotline, bool) { return b.Hotline(key, r.Region, r.On) }
	bubbles, hotlines := s.fill(lookup, r.HumanOnDuty, r.AISaid)
	// ScriptFor may have replaced the situation; what was asked for decides about the exit as well.
	asked, _, _ := placed(r.Situation, r.Audience, r.Level)
	return Reply{
		ID: s.ID, Version: s.Version, Approved: s.Approved(), Bubbles: bubbles, Hotlines: hotlines,
		QuickExit: slices.ContainsFunc([]Situation{r.Situation, asked, s.Situation}, func(x Situation) bool { return slices.Contains(atHome, x) }),
	}
}

// fill renders the bubbles. From level 3 it says once a session that no human is writing.
func (s Script) fill(lookup func(string) (Hotline, bool), onDuty, aiSaid bool) ([]string, []Hotline) {
	status := humanCalling
	if onDuty {
		status = humanHas
	}
	notice := ""
	script := strings.Join(s.Bubbles, "\n")
	if s.Level >= 3 && !aiSaid && !strings.Contains(script, aiNotice) {
		notice = aiNotice + "。"
	}
	last := len(s.clauses) - 1
	if strings.Contains(script, statusMark) {
		status, notice = notice+status, ""
	}
	var bubbles []string
	var hotlines []Hotline
	for i, clauses := range s.clauses {
		text, used := fillBubble(clauses, status, lookup)
		if i == last {
			text = notice + text
		}
		if text != "" {
			bubbles = append(bubbles, text)
		}
		hotlines = append(hotlines, used...)
	}
	return bubbles, withLocal(hotlines, lookup)
}

// fillBubble drops a clause whose number cannot be shown: half a sentence or a gap would be worse than none.
func fillBubble(clauses []string, status string, lookup func(string) (Hotline, bool)) (string, []Hotline) {
	var text strings.Builder
	var used []Hotline
	for _, clause := range clauses {
		filled, found, complete := fillClause(strings.ReplaceAll(clause, statusMark, status), lookup)
		if complete {
			text.WriteString(filled)
			used = append(used, found...)
		}
	}
	out := text.String()
	if rest, cut := strings.CutSuffix(out, "；"); cut {
		out = rest + "。"
	}
	return out, used
}

func fillClause(clause string, lookup func(string) (Hotline, bool)) (text string, found []Hotline, complete bool) {
	complete = true
	for { // by hand: a book is rendered tens of thousands of times before it is used
		before, rest, opened := strings.Cut(clause, "{{")
		key, after, closed := strings.Cut(rest, "}}")
		if !opened || !closed {
			return text + clause, found, complete
		}
		h, ok := lookup(key)
		complete = complete && ok
		found = append(found, h)
		text += before + h.Number
		clause = after
	}
}

// withLocal adds the region's own psychological line wherever the national one is named, and drops doubles.
func withLocal(hotlines []Hotline, lookup func(string) (Hotline, bool)) []Hotline {
	if slices.ContainsFunc(hotlines, func(h Hotline) bool { return h.Key == "psych" }) {
		if h, ok := lookup("local_psych"); ok {
			hotlines = append(hotlines, h)
		}
	}
	unique := []Hotline{}
	for _, h := range hotlines {
		if !slices.ContainsFunc(unique, func(u Hotline) bool { return u.Number == h.Number }) {
			unique = append(unique, h)
		}
	}
	return unique
}
