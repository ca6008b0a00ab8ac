package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// happening is one thing said about a parent, in the order of the message.
type happening struct {
	kind     kind
	code     string
	at       int // token
	negated  bool
	past     bool
	timed    bool  // lo and hi are set
	lo, hi   int64 // months that it has lasted, or the term of a sentence
	fromDate bool
	served   bool // the time is what has passed, not the term
}

// parents collects what is said about father and mother and settles it.
func (r *reader) parents() {
	stories := map[string][]happening{}
	for i := range r.m.tokens {
		t := r.m.tokens[i]
		h, people := r.happeningAt(i, t)
		if t.kind == duration {
			h, people = r.loose(i)
		}
		for _, p := range people {
			stories[p] = append(stories[p], h)
		}
	}
	for _, p := range []string{"父亲", "母亲"} {
		if len(stories[p]) > 0 {
			r.settle(p, stories[p])
		}
	}
}

// happeningAt reads the token as something about a parent and tells whose.
func (r *reader) happeningAt(i int, t token) (happening, []string) {
	h := happening{kind: t.kind, code: t.code, at: i}
	switch t.kind {
	case situation, verdict, leftOrDied, takenIn, released, contact, remarried, separated, sound, working, cause, event, disability, studying:
	case money:
		if r.m.tokens[i].used || !r.sent(i) {
			return h, nil
		}
		r.m.tokens[i].used = true
		h.kind, h.code = contact, "money"
	case foundling:
		if r.negated(i) || !r.claimed(i) {
			return h, nil
		}
		return happening{kind: situation, code: unknown, at: i}, []string{"父亲", "母亲"}
	default:
		return h, nil
	}
	if !r.asserted[i] || t.kind != contact && !r.claimed(i) || t.used && t.kind == disability {
		return h, nil
	}
	if t.kind == sound && t.code == "else" {
		if !r.negated(i) || i+1 < len(r.m.tokens) && !in(r.m.tokens[i+1].kind, stop, list) {
			return h, nil
		}
		h.code = "closing"
	}
	if t.kind == sound && r.m.text(t) == "都在" && i+1 < len(r.m.tokens) && !in(r.m.tokens[i+1].kind, stop, filler) {
		return h, nil
	}
	if h.code == lost && strings.HasPrefix(r.m.text(t), "失踪") && r.declared(i) {
		h.code = missing
	}
	if h.code == "revoking" {
		return r.revoking(i, h)
	}
	if h.code == "untraced" {
		h.code = lost
		if r.neverKnown(i) {
			h.code = unknown
		}
	}
	if t.kind == event && t.code == "who" {
		if !r.nobodyKnows(i) {
			return h, nil
		}
		h.kind, h.code = situation, unknown
	}
	h.negated = h.code != unknown && h.code != "closing" && r.negated(i) || t.kind == contact && r.notYet(i)
	h.past = r.pastAt(i)
	people := r.whose(i, t)
	if t.kind == leftOrDied && t.code == "both" {
		people = []string{"父亲", "母亲"}
	}
	if len(people) == 0 {
		return h, nil
	}
	if in(t.kind, situation, verdict, leftOrDied, takenIn, remarried, separated, working, event) || t.kind == contact && h.negated {
		r.timing(&h)
	}
	return h, people
}

// declared tells whether a court declared what stands at i: 法院宣告他爸失踪.
func (r *reader) declared(i int) bool {
	t := r.m.tokens[i]
	before := string(r.m.norm[max(0, t.from-8):t.from])
	return strings.Contains(before, "宣告") && !strings.Contains(before, "申请") && !strings.Contains(before, "没")
}

// revoking reads 撤销 before the person whose custody it is: 法院撤销了他爸妈的监护资格.
func (r *reader) revoking(i int, h happening) (happening, []string) {
	t := r.m.tokens[i]
	if !strings.Contains(string(r.m.norm[t.to:min(len(r.m.norm), t.to+10)]), "监护") || r.negated(i) {
		return h, nil
	}
	h.code = revoked
	for j := i + 1; j < min(len(r.m.tokens), i+4); j++ {
		switch p := r.m.tokens[j].who.role; {
		case p == both:
			return h, []string{"父亲", "母亲"}
		case p.parent() != "":
			return h, []string{p.parent()}
		}
	}
	return h, nil
}

// neverKnown tells whether parents who cannot be traced were never known: a foundling's, or 生父母 in an institution
// (国办发〔2010〕54号 一: 查找不到生父母).
func (r *reader) neverKnown(i int) bool {
	if s := r.subjects[i].at; s >= 0 && strings.Contains(r.m.text(r.m.tokens[s]), "生") {
		return true
	}
	return slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == institution && t.code == "" || t.kind == foundling })
}

// nobodyKnows tells whether 是谁 at i stands in 爸爸是谁都不知道.
func (r *reader) nobodyKnows(i int) bool {
	for j := max(0, i-4); j < min(len(r.m.tokens), i+5); j++ {
		w := r.m.text(r.m.tokens[j])
		if r.m.tokens[j].kind == unsure || w == "查不出来" || strings.HasPrefix(w, "查不") || strings.HasPrefix(w, "说不") || strings.Contains(w, "没人知") || strings.Contains(w, "没人晓") {
			return true
		}
	}
	return false
}

// sent tells whether the money at i is what somebody gives: 每个月打八百块, 给一千五.
func (r *reader) sent(i int) bool {
	if !r.subjects[i].who.role.isParent() {
		return false
	}
	for j := i - 1; j >= max(0, i-4); j-- {
		t := r.m.tokens[j]
		if w := r.m.text(t); w == "打" || w == "给" || strings.HasPrefix(w, "寄") || strings.HasPrefix(w, "汇") || strings.HasPrefix(w, "转") || t.kind == contact && t.code == "money" {
			return !r.before(j, 3, negation)
		}
		if !in(t.kind, filler, kin, pronoun, toward, saidMonth) {
			return false
		}
	}
	return false
}

// whose are the parents that a word about parents is about. A subject that is no parent has it, except that a term or
// a duration goes on with the parent who was said to be away.
func (r *reader) whose(i int, t token) []string {
	s := r.subjects[i]
	w := s.who
	switch w.role {
	case third:
		w = r.resolved(s, t, i)
	case nobody, child:
		continues := in(t.kind, situation, verdict, leftOrDied, takenIn, released, contact, sound)
		if w.role == child && !r.personIsFarther(i) {
			return nil
		}
		if w.role == nobody && (in(t.kind, disability, cause, sound) && r.ofHousehold() || t.code == ill && r.told["残疾"] == "孩子") {
			return nil
		}
		if p := r.continued(i, t); p != "" && (continues || w.role == nobody) {
			if w.role == nobody {
				r.last = p
			}
			return []string{p}
		}
		return nil
	case grand, outer, family, self, home, outsider:
		if p := r.continued(i, t); p != "" && r.personIsFarther(i) && in(t.kind, verdict, released) {
			return []string{p}
		}
		return nil
	}
	switch {
	case w.role == both:
		return []string{"父亲", "母亲"}
	case w.role.parent() != "":
		return []string{w.role.parent()}
	}
	return nil
}

// ofHousehold tells whether the message speaks of the household's money, so that 没残疾没病 is about all its members.
func (r *reader) ofHousehold() bool {
	return slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == income || t.kind == household || t.kind == head })
}

// resolved is whom 他 or 她 means for something said of a parent.
func (r *reader) resolved(s subject, t token, i int) who {
	if s.at >= 0 && r.m.text(r.m.tokens[s.at]) == "她" {
		for j := s.at; j >= 0; j-- {
			if r.subjects[j].parent == mother || r.subjects[j].parent == both {
				return who{role: mother}
			}
		}
	}
	if s.parent == both {
		switch {
		case r.speaker == speaksFather || s.at >= 0 && r.m.text(r.m.tokens[s.at]) == "她":
			return who{role: mother}
		default:
			return who{role: father}
		}
	}
	return who{role: s.parent}
}

// continued is the parent whose story the word at i goes on with: the one of whom the same was told before, else, where
// nobody is named, the one spoken of last.
func (r *reader) continued(i int, t token) string {
	group := storyOf(t.kind, t.code)
	for j := i - 1; j >= 0; j-- {
		u := r.m.tokens[j]
		if group != "" && storyOf(u.kind, u.code) == group {
			if p := r.subjects[j].who.role.parent(); p != "" {
				return p
			}
		}
	}
	if p := r.told[group]; group != "" && p != "" {
		return p
	}
	if p := r.told[t.code]; p != "" && r.negated(i) {
		return p
	}
	if r.last != "" {
		return r.last
	}
	if r.subjects[i].who.role == nobody {
		if p := r.subjects[i].parent.parent(); p != "" {
			return p
		}
	}
	return ""
}

// storyOf groups words that belong to one story: custody, or being away.
func storyOf(k kind, code string) string {
	switch {
	case k == verdict, k == takenIn, k == released, k == situation && slices.Contains(custodies, code):
		return "custody"
	case k == leftOrDied, k == situation && (code == lost || code == "weak"):
		return "away"
	}
	return ""
}

// pastAt tells that what stands at i held once: 以前, 过.
func (r *reader) pastAt(i int) bool {
	for j := i - 1; j >= max(0, i-5) && r.m.tokens[j].kind != stop; j-- {
		if r.m.tokens[j].kind == past {
			return true
		}
	}
	return false
}

// settle turns what was said about one parent into statements.
func (r *reader) settle(p string, story []happening) {
	s := newStory(story)
	if r.fixed < len(r.m.tokens) {
		s.corrected = r.fixed
	}
	r.resolveLeaving(p, s)
	r.resolveCustody(p, s)
	r.resolveSoundness(p, s)
	r.stateSituations(p, s)
	r.stateWork(p, s)
}

// story is what has been made of one parent's happenings.
type story struct {
	all       []happening
	in        map[string]happening
	out       map[string]happening
	only      bool // nothing else holds
	at        int  // token for the quote where nothing but absence of situations was said
	corrected int
}

func newStory(all []happening) *story {
	return &story{all: all, in: map[string]happening{}, out: map[string]happening{}, at: -1, corrected: -1}
}

func (s *story) find(accept func(happening) bool) (happening, bool) {
	for _, h := range s.all {
		if accept(h) {
			return h, true
		}
	}
	return happening{}, false
}

func (s *story) has(k kind, codes ...string) (happening, bool) {
	return s.find(func(h happening) bool {
		return h.kind == k && !h.negated && !h.past && (len(codes) == 0 || slices.Contains(codes, h.code))
	})
}

// resolveLeaving settles death, disappearance and contact. Contact outweighs that somebody left, and a lasting loss of
// contact outweighs that there once was some (民发〔2019〕62号 一: 失联 is 失去联系且未履行监护抚养责任满6个月).
func (r *reader) resolveLeaving(p string, s *story) {
	for _, h := range s.all {
		if h.kind == situation && (h.code == died || h.code == missing || h.code == unknown || h.code == deported || h.code == revoked || h.code == crippled || h.code == ill) {
			s.mark(h, h.code)
		}
	}
	left, isLeft := s.has(leftOrDied)
	weak, isWeak := s.has(situation, "weak")
	strong, isStrong := r.strongest(s)
	touch, inTouch := r.inTouch(s, strong, isStrong)
	_, dead := s.in[died]
	switch {
	case dead && !isStrong:
		return
	case isLeft && !isWeak && !isStrong && r.diedOf(left):
		s.in[died] = left
		return
	case inTouch:
		for _, code := range []string{lost, died, missing, unknown} {
			s.out[code] = touch
		}
		s.only = s.only || r.tiedAway(s)
		s.at = touch.at
		return
	case isStrong && !dead:
		h := strong
		r.borrowTime(s, &h)
		s.in[lost] = h
	case isWeak && !dead:
		h := weak
		r.borrowTime(s, &h)
		s.in[lost] = h
	case isLeft && (r.staysAway(s, left) || r.told["away"] == p || r.pendingIs(p+".失联月数")):
		h := left
		r.borrowTime(s, &h)
		s.in[lost] = h
	case isLeft && len(s.in) == 0:
		r.askWhetherDied(p, left)
	}
	if h, ok := s.find(func(h happening) bool { return h.kind == situation && (h.code == lost || h.code == "weak") && h.negated }); ok && !isStrong && !isWeak {
		s.out[lost] = h
	}
}

// mark puts a situation in or out.
func (s *story) mark(h happening, code string) {
	switch {
	case h.past && code != died:
	case h.negated:
		s.out[code] = h
	default:
		if old, ok := s.in[code]; !ok || !old.timed {
			s.in[code] = h
		}
	}
}

// strongest is the word that says contact is lost, the one with a duration first.
func (r *reader) strongest(s *story) (happening, bool) {
	var best happening
	found := false
	for _, h := range s.all {
		says := h.kind == situation && h.code == lost && !h.negated
		says = says || h.kind == contact && h.negated && r.lacks(h.at) && (r.m.text(r.m.tokens[h.at]) == "联系" || r.m.text(r.m.tokens[h.at]) == "音讯" || r.m.text(r.m.tokens[h.at]) == "消息" || r.m.text(r.m.tokens[h.at]) == "联络" || h.code == "touch")
		if says && (!found || h.timed && !best.timed) {
			best, found = h, true
		}
	}
	return best, found
}

// lacks tells whether the negation before i denies a state (没联系) and not a will (不联系).
func (r *reader) lacks(i int) bool {
	for j := i - 1; j >= max(0, i-4); j-- {
		if t := r.m.tokens[j]; t.kind == negation {
			return !strings.HasPrefix(r.m.text(t), "不")
		}
	}
	return true
}

// inTouch finds contact that was not lost afterwards.
func (r *reader) inTouch(s *story, strong happening, lost bool) (happening, bool) {
	for i := len(s.all) - 1; i >= 0; i-- {
		h := s.all[i]
		if h.kind != contact || h.negated || h.past || h.code == "bare" || h.code == "unanswered" {
			continue
		}
		if !lost || h.at > strong.at {
			return h, true
		}
	}
	return happening{}, false
}

// tiedAway tells whether a parent in touch only lives elsewhere: remarried or working.
func (r *reader) tiedAway(s *story) bool {
	_, again := s.has(remarried)
	_, work := s.has(working)
	_, money := s.find(func(h happening) bool {
		return h.kind == contact && !h.negated && (h.code == "money" || h.code == "visit")
	})
	return (again || work) && money && len(s.in) == 0
}

// diedOf tells whether the cause of a death stands before 走了: 车祸走的.
func (r *reader) diedOf(h happening) bool {
	for j := h.at - 1; j >= max(0, h.at-4); j-- {
		t := r.m.tokens[j]
		if t.kind == cause || t.kind == situation && t.code == ill || t.kind == emergency {
			return true
		}
		if t.kind == stop || t.kind == kin && !t.object {
			return false
		}
	}
	return false
}

// staysAway tells whether 走了 means leaving: never came back, gave nothing, called nobody.
func (r *reader) staysAway(s *story, left happening) bool {
	_, never := s.find(func(h happening) bool { return h.kind == contact && h.negated })
	return never
}

// borrowTime takes the duration from another word about the same absence where this one has none: 走了大半年没音讯,
// 改嫁三年了再没联系.
func (r *reader) borrowTime(s *story, h *happening) {
	if h.timed {
		return
	}
	for _, o := range s.all {
		away := storyOf(o.kind, o.code) == "away" && !o.negated || o.kind == contact && o.negated
		if away && o.timed {
			h.timed, h.lo, h.hi, h.fromDate = true, o.lo, o.hi, o.fromDate
			return
		}
	}
	for _, o := range s.all {
		if o.timed && in(o.kind, remarried, separated, working) && o.at < h.at && h.at-o.at <= 6 && !r.recentlyBetween(o.at, h.at) {
			h.timed, h.lo, h.hi = true, o.lo, o.hi
		}
	}
}

func (r *reader) recentlyBetween(i, j int) bool {
	for _, t := range r.m.tokens[i:j] {
		if w := r.m.text(t); w == "最近" || t.kind == kin && !t.object {
			return true
		}
	}
	return false
}

// askWhetherDied asks what 走了 means.
func (r *reader) askWhetherDied(p string, h happening) {
	t := r.m.tokens[h.at]
	quote := r.m.quote(t.from, t.to)
	fact := p + ".情形"
	gone := []Statement{r.statement(h.at, fact, options(lost))}
	if h.timed {
		gone = append(gone, r.statement(h.at, p+".失联月数", benefit.Number(h.lo, h.hi)))
	}
	r.unclear = append(r.unclear, Unclear{
		Fact: fact, Quote: quote, Text: "您说“" + quote + "”：" + called(p) + "是去世了，还是离开了家？",
		Options: []Option{
			{"去世了", []Statement{r.statement(h.at, fact, options(died))}},
			{"离开家，没有音讯", gone},
			{"离开家，还有联系", []Statement{r.statement(h.at, fact, without(died, missing, lost, unknown))}},
		},
	})
}

func (r *reader) statement(at int, fact string, v said) Statement {
	t := r.m.tokens[at]
	return Statement{Fact: fact, Value: v, Quote: r.m.quote(t.from, t.to), From: t.from, To: t.to, Correction: at >= r.fixed}
}

func called(p string) string {
	if p == "父亲" {
		return "爸爸"
	}
	return "妈妈"
}

// resolveCustody settles prison, detoxification and detention with their terms.
func (r *reader) resolveCustody(p string, s *story) {
	free, isFree := r.freed(p, s)
	_, suspended := s.has(verdict, "suspended")
	taken, isTaken := s.has(takenIn)
	for _, h := range s.all {
		switch {
		case h.kind == situation && slices.Contains(custodies, h.code):
			s.mark(h, h.code)
		case h.kind == verdict && (h.code == "" || h.code == "life"):
			code := imprisoned
			if _, ok := s.in[rehab]; ok && !h.negated {
				code = rehab
			}
			s.mark(h, code)
		case h.kind == verdict && h.code == "pending" && isTaken:
			s.mark(happening{kind: situation, code: detained, at: taken.at}, detained)
		}
	}
	if h, held := s.in[imprisoned]; suspended && held {
		delete(s.in, imprisoned)
		s.out[imprisoned] = h
	}
	if isFree {
		for _, c := range custodies {
			delete(s.in, c)
			s.out[c] = free
		}
		return
	}
	held := false
	for _, c := range custodies {
		_, ok := s.in[c]
		held = held || ok
	}
	if isTaken && !held && !suspended {
		if r.told["custody"] == p {
			return
		}
		r.askWhereHeld(p, taken)
	}
}

// freed tells whether a parent has been released: 放出来了, 出狱, or 出来了 after custody.
func (r *reader) freed(p string, s *story) (happening, bool) {
	for i := len(s.all) - 1; i >= 0; i-- {
		h := s.all[i]
		if storyOf(h.kind, h.code) == "custody" && h.kind != released && !h.negated && !h.timed && h.at > 0 && i == len(s.all)-1 {
			return happening{}, false // 后来又进去了
		}
		if h.kind != released || h.negated {
			continue
		}
		w := r.m.text(r.m.tokens[h.at])
		if r.ahead(h.at) {
			continue
		}
		if w == "出来了" || w == "出来" || w == "回来了" || w == "放了" || w == "解除了" {
			_, earlier := s.find(func(o happening) bool { return storyOf(o.kind, o.code) == "custody" && o.kind != released && o.at < h.at })
			if !earlier && r.told["custody"] != p {
				continue
			}
			if w == "回来了" && !earlier {
				continue
			}
		}
		return h, true
	}
	return happening{}, false
}

// ahead tells that a release is still to come: 还有半年就出来了, 快出来了, 明年出来.
func (r *reader) ahead(i int) bool {
	for j := i - 1; j >= max(0, i-5) && r.m.tokens[j].kind != stop; j-- {
		t := r.m.tokens[j]
		if t.kind == date && t.code == "future" || t.kind == question || t.kind == wish || t.kind == negation {
			return true
		}
		w := r.m.text(t)
		if t.kind == duration && r.remaining(j) || w == "快" || w == "才" {
			return true
		}
	}
	return false
}

// askWhereHeld asks what 进去了 means.
func (r *reader) askWhereHeld(p string, h happening) {
	t := r.m.tokens[h.at]
	quote, fact := r.m.quote(t.from, t.to), p+".情形"
	offered := []Option{
		{"判了刑，在坐牢", []Statement{r.statement(h.at, fact, options(imprisoned))}},
		{"在强制戒毒", []Statement{r.statement(h.at, fact, options(rehab))}},
		{"拘留，或者还没判", []Statement{r.statement(h.at, fact, options(detained))}},
	}
	if h.timed {
		for i := range offered {
			offered[i].Statements = append(offered[i].Statements, r.statement(h.at, p+".限制自由期限月数", benefit.Number(h.lo, maxMonths)))
		}
	}
	r.unclear = append(r.unclear, Unclear{Fact: fact, Quote: quote, Text: "您说“" + quote + "”：" + called(p) + "是判刑坐牢、强制戒毒，还是拘留？", Options: offered})
}

// present are the situations that cannot hold for somebody who is at home, works or is in touch.
var present = []string{died, missing, imprisoned, rehab, detained, lost, deported, unknown}

// resolveSoundness tells whether the person said that a parent has no situation, or none but those named.
func (r *reader) resolveSoundness(p string, s *story) {
	healthy, intact, lawful, there, closing := -1, -1, -1, -1, -1
	for _, h := range s.all {
		switch {
		case h.kind == sound && !h.negated && h.code == "closing":
			closing = h.at
		case h.kind == sound && !h.negated && h.code == "alive":
			s.out[died] = h
			s.out[missing] = h
			s.out[unknown] = h
			s.at = h.at
		case h.kind == sound && !h.negated && h.code == "there":
			there = h.at
		case h.kind == sound && !h.negated:
			healthy = h.at
		case h.kind == situation && h.code == ill && h.negated, h.kind == cause && h.negated && h.code == "illness":
			healthy = h.at
		case h.kind == disability && h.negated:
			intact = h.at
		case h.kind == situation && slices.Contains(custodies, h.code) && h.negated, h.kind == event && h.negated && h.code == "crime":
			lawful = h.at
		case h.kind == working && !h.negated:
			there = h.at
		}
	}
	count := 0
	for _, at := range []int{healthy, intact, lawful} {
		if at >= 0 {
			count++
			s.at = max(s.at, at)
		}
	}
	switch {
	case closing >= 0:
		s.only, s.at = true, closing
	case count >= 2, healthy >= 0 && there >= 0:
		s.only = true
	case there >= 0 && len(s.in) == 0:
		for _, code := range present {
			s.out[code] = happening{at: there}
		}
		s.at = there
	case len(s.in) == 0:
		r.resolveAlive(s)
	}
}

// resolveAlive notes what shows that a parent lives: 天天喝酒, 很少联系, 改嫁.
func (r *reader) resolveAlive(s *story) {
	for _, h := range s.all {
		seldom := h.kind == contact && h.code == "bare" && !h.negated && r.seldom(h.at)
		switch {
		case h.negated || h.past:
		case h.kind == verdict && h.code == "suspended":
			for _, code := range present {
				s.out[code] = h
			}
		case h.kind == event && h.code == "alive", seldom:
			s.out[died], s.out[missing], s.out[unknown] = h, h, h
		case h.kind == remarried:
			s.out[died], s.out[unknown] = h, h
		}
	}
}

// seldom tells whether the contact at i is told to happen, if rarely: 很少联系, 偶尔回来.
func (r *reader) seldom(i int) bool {
	t := r.m.tokens[i]
	return t.from > 0 && strings.ContainsRune("少尔常时年", r.m.norm[t.from-1])
}

// stateSituations writes the statements about 情形 with their durations.
func (r *reader) stateSituations(p string, s *story) {
	for _, e := range exclusive { // 得癌症死的: nothing else holds any more
		if h, ok := s.in[e]; ok {
			s.in = map[string]happening{e: h}
			s.only = false
			break
		}
	}
	var names, not []string
	from, to := len(r.m.tokens), -1
	for _, code := range situations {
		if h, ok := s.in[code]; ok {
			names = append(names, code)
			from, to = min(from, h.at), max(to, h.at)
			r.told[tellsOf(code)] = p
		} else if h, ok := s.out[code]; ok {
			not = append(not, code)
			if len(s.in) == 0 {
				from, to = min(from, h.at), max(to, h.at)
			}
		}
	}
	if len(names) == 0 && len(not) == 0 && !s.only {
		return
	}
	if to < 0 {
		from, to = s.at, s.at
	}
	if to < 0 {
		return
	}
	v := said{In: names, Out: not}
	if s.only {
		v = said{In: names, Only: true}
	}
	r.says(from, max(to, from), p+".情形", v)
	if r.isChange(p, s) {
		r.out[len(r.out)-1].Correction = true
	}
	r.stateTimes(p, s)
}

// tellsOf is the key under which it is remembered whose situation was told.
func tellsOf(code string) string {
	if slices.Contains(custodies, code) {
		return "custody"
	}
	if code == lost {
		return "away"
	}
	return code
}

// isChange tells that a release or a return changes what was told in an earlier message.
func (r *reader) isChange(p string, s *story) bool {
	_, free := s.out[imprisoned]
	_, back := s.out[lost]
	return free && r.c.Told["custody"] == p && len(s.in) == 0 || back && r.c.Told["away"] == p && len(s.in) == 0
}

// stateTimes writes how long contact has been lost and how long the term is.
func (r *reader) stateTimes(p string, s *story) {
	if h, ok := s.in[lost]; ok && h.timed {
		r.saysTime(h, p+".失联月数", h.lo, h.hi)
	}
	if lo, hi, h, ok := r.term(s); ok {
		r.saysTime(h, p+".限制自由期限月数", lo, hi)
	}
}

func (r *reader) saysTime(h happening, fact string, lo, hi int64) {
	from, to := h.at, h.at
	for j := max(0, h.at-3); j <= min(len(r.m.tokens)-1, h.at+4); j++ {
		if t := r.m.tokens[j]; t.used && (t.kind == duration || t.kind == date) {
			from, to = min(from, j), max(to, j)
		}
	}
	r.says(from, to, fact, benefit.Number(lo, hi))
}

// term is how long freedom is taken away: the sentence if it was said, else at least what has passed or remains.
func (r *reader) term(s *story) (lo, hi int64, at happening, ok bool) {
	held := false
	for _, c := range custodies {
		_, in := s.in[c]
		held = held || in
	}
	if !held {
		return 0, 0, at, false
	}
	for _, h := range s.all {
		if h.negated || h.past {
			continue
		}
		switch {
		case h.kind == verdict && h.code == "life":
			return 180, maxMonths, h, true
		case h.kind == verdict && h.timed && !h.served:
			return h.lo, h.hi, h, true
		case h.timed && storyOf(h.kind, h.code) == "custody" && h.kind != released && !h.fromDate:
			if exact := (h.code == rehab || h.code == detained) && !h.served; exact && !ok {
				lo, hi, at, ok = h.lo, h.hi, h, true
			} else if !ok || h.lo > lo {
				lo, hi, at, ok = h.lo, maxMonths, h, true
			}
		}
	}
	return lo, hi, at, ok
}

// stateWork writes that a parent works away from home.
func (r *reader) stateWork(p string, s *story) {
	if h, ok := s.has(working, "away"); ok && len(s.in) == 0 {
		r.says(h.at, h.at, p+".外出务工", yesNo(true))
	}
}
