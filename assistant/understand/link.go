package understand

import "strings"

// link joins the words that name one person (我 孙子 的 爸爸) into one token and settles who that is.
func (m *message) link(speaker string) {
	for i, t := range m.tokens {
		if speaker == speaksGrand && t.kind == kin && m.ownSon(i) && m.heldAfter(i) {
			m.tokens[i].code = "son"
		}
	}
	linked := m.tokens[:0]
	for i := 0; i < len(m.tokens); {
		t := m.tokens[i]
		if t.kind == kin && t.code == "son" && m.text(t) == "儿" && (i == 0 || m.tokens[i-1].kind != pronoun) {
			t.kind = other
		}
		if t.kind != pronoun && t.kind != kin {
			linked = append(linked, t)
			i++
			continue
		}
		t.who = m.first(t, speaker)
		if t.code == "child" && (m.othersChild(i) || m.relativesChild(i)) {
			t.who = who{role: outsider}
		}
		next := i + 1
		for {
			j, end := m.relative(next)
			if j < 0 {
				break
			}
			w, ok := compose(t, m.tokens[j], m.text(m.tokens[j]), speaker, j > next, m.ownBeside(i))
			if !ok {
				break
			}
			t.kind, t.code, t.who, t.to = kin, m.tokens[j].code, w, m.tokens[j].to
			next = end
		}
		if r, ok := sideParents[string(m.norm[m.tokens[next-1].from:m.tokens[next-1].to])]; ok && m.ownRelative(i) && (speaker == "" || speaker == speaksRelative) && m.hasChild() {
			t.who = who{role: r}
		}
		linked = append(linked, t)
		i = next
	}
	m.tokens = linked
}

// othersChild tells that 那孩子 at i is the child of strangers spoken of before.
func (m *message) othersChild(i int) bool {
	if m.tokens[i].from == 0 || m.norm[m.tokens[i].from-1] != '那' {
		return false
	}
	before := string(m.norm[:m.tokens[i].from])
	return strings.Contains(before, "邻居") || strings.Contains(before, "隔壁") || strings.Contains(before, "别人家") || strings.Contains(before, "人家")
}

// relativesChild tells that 亲戚家孩子 at i is set against the speaker's own.
func (m *message) relativesChild(i int) bool {
	from := m.tokens[i].from
	before := strings.TrimSuffix(string(m.norm[max(0, from-4):from]), "的")
	for _, w := range []string{"亲戚家", "同事家", "朋友家", "邻居家", "别人家", "人家"} {
		if strings.HasSuffix(before, w) {
			return m.ownBeside(i)
		}
	}
	return false
}

// relative finds the kinship word that may belong to the person before i: directly, after 的, or after 他 (孩子他爸).
func (m *message) relative(i int) (at, end int) {
	j := i
	if j < len(m.tokens) && (m.tokens[j].kind == de || m.tokens[j].kind == pronoun && m.tokens[j].code == "he" || m.tokens[j].kind == pronoun && m.tokens[j].code == "they") {
		j++
	}
	if j < len(m.tokens) && m.tokens[j].kind == kin {
		return j, j + 1
	}
	return -1, 0
}

// first is the person a single word names.
func (m *message) first(t token, speaker string) who {
	if t.kind == pronoun {
		switch t.code {
		case "me":
			return speakerRole(speaker)
		case "we":
			return who{role: home, self: true}
		case "they":
			return who{role: third, label: "们"}
		}
		return who{role: third}
	}
	if word := m.text(t); m.adopted && (strings.HasPrefix(word, "亲") || strings.HasPrefix(word, "生")) {
		return who{role: family} // the adoptive parents are the legal ones
	}
	return related(t.code, m.text(t), speaker)
}

// ownBeside tells whether the message sets its own child or household against the person at i.
func (m *message) ownBeside(i int) bool {
	return m.own > m.tokens[i].to
}

// lastOwn is how many characters stand before the end of the last word for the speaker's own child or household.
func lastOwn(text string) int {
	last := -1
	for _, w := range []string{"我娃", "我家", "我孩子", "我们家", "我的孩子", "我儿子", "我女儿"} {
		last = max(last, strings.LastIndex(text, w))
	}
	if last < 0 {
		return 0
	}
	return len([]rune(text[:last])) + 1
}

// sideParents are relatives of the speaker's generation who can be the child's father or mother.
var sideParents = map[string]role{
	"小叔子": father, "大伯子": father, "小舅子": father, "大舅子": father, "堂哥": father, "堂弟": father, "表哥": father, "表弟": father,
	"哥哥嫂子": both, "哥嫂": both, "哥哥嫂嫂": both, "弟弟弟媳": both, "姐姐姐夫": both, "妹妹妹夫": both,
	"小姨子": mother, "大姑子": mother, "小姑子": mother, "堂姐": mother, "堂妹": mother, "表姐": mother, "表妹": mother,
}

// ownChildren are words by which a child is the speaker's own, or has parents other than the relative spoken of.
var ownChildren = []string{"我娃", "我家娃", "我家孩", "我孩", "我的孩", "我儿", "我女儿", "孙", "他爸", "他妈", "她爸", "她妈", "孩子爸", "孩子妈", "孩子的爸", "孩子的妈", "娃他", "娃的", "娃爸", "娃妈", "我老公", "我老婆", "我和", "我跟"}

// ownRelative tells that the relative at i is the speaker's and not the child's: 我堂哥 but not 他堂哥.
func (m *message) ownRelative(i int) bool {
	t := m.tokens[i]
	return t.kind == pronoun && (t.code == "me" || t.code == "we") || t.kind == kin && !isChildCode(t.code)
}

// hasChild tells whether the child is said to be that of the person spoken of: 他娃, 她孩子.
func (m *message) hasChild() bool {
	text := m.plain
	if containsAny(text, "侄", "外甥", "娃", "孩", "崽", "伢", "他儿子", "她女儿", "妞") && !containsAny(text, ownChildren...) {
		return true
	}
	return containsAny(text, "他娃", "他孩子", "他家娃", "他家孩子", "她孩子", "她娃", "他儿子", "他女儿", "她儿子", "她女儿", "他的孩子", "她的孩子", "孩子放我家", "孩子在我家", "娃在我家", "娃放我家")
}

func speakerRole(speaker string) who {
	r := map[string]role{speaksChild: child, speaksFather: father, speaksMother: mother, speaksGrand: grand, speaksOuter: outer, speaksRelative: family, speaksOfficials: outsider}[speaker]
	if r == nobody {
		r = self
	}
	w := who{role: r, self: true}
	if r == child {
		w.label = "我"
	}
	return w
}

// roles are the persons that a relation means in every mouth.
var roles = map[string]role{
	"child": child, "classmate": child, "father": father, "mother": mother, "parents": both, "oneside": oneSide, "otherside": otherSide,
	"grand": grand, "outer": outer, "soninlaw": father, "outsider": outsider, "official": outsider, "either": nobody,
}

// related is what a bare relation word means in the mouth of the speaker.
func related(code, word, speaker string) who {
	switch code {
	case "grandchild", "outergrandchild", "nephew", "outernephew", "ordinal":
		return who{role: child, label: label(word)}
	case "son", "daughter":
		return ownChild(code, word, speaker)
	case "brother", "sister":
		return sibling(code, word, speaker)
	case "husband", "wife", "daughterinlaw":
		return who{role: spouse(code, word, speaker)}
	case "brotherinlaw", "sisterinlaw":
		if speaker == speaksRelative {
			return who{role: map[string]role{"brotherinlaw": father, "sisterinlaw": mother}[code]}
		}
	}
	if r, ok := roles[code]; ok {
		return who{role: r}
	}
	return who{role: family}
}

// spouse is who 老公, 老婆 and 儿媳 are: a parent, or the husband or wife of the grandparent who speaks.
func spouse(code, word, speaker string) role {
	switch {
	case code == "daughterinlaw" && speaker == speaksOuter:
		return family
	case code == "daughterinlaw", strings.HasPrefix(word, "媳妇") && speaker != speaksOuter:
		return mother
	case speaker == speaksGrand:
		return grand
	case speaker == speaksOuter:
		return outer
	case code == "husband":
		return father
	case speaker == speaksMother, speaker == speaksRelative:
		return family
	}
	return mother
}

// ownChild is a son or daughter: the child itself, or in the mouth of grandparents its parent.
func ownChild(code, word, speaker string) who {
	switch {
	case speaker == speaksGrand && code == "son":
		return who{role: father}
	case speaker == speaksOuter && code == "daughter":
		return who{role: mother}
	case speaker == speaksGrand || speaker == speaksOuter || speaker == speaksRelative:
		return who{role: family}
	}
	return who{role: child, label: label(word)}
}

// sibling is a parent in the mouth of an uncle or aunt, otherwise another child.
func sibling(code, word, speaker string) who {
	switch {
	case speaker == speaksRelative && code == "brother":
		return who{role: father}
	case speaker == speaksRelative:
		return who{role: mother}
	case speaker == speaksChild || speaker == "" || speaker == speaksOfficials || speaker == speaksGrand || speaker == speaksOuter:
		return who{role: child, label: label(word)}
	}
	return who{role: family}
}

// label is the word by which a child is told apart; spoken variants of one word are one label.
func label(word string) string {
	for _, same := range labels {
		if strings.Contains(" "+same.words+" ", " "+word+" ") {
			return same.label
		}
	}
	return word
}

var labels = []struct{ label, words string }{
	{"孙子", "孙子 孙儿 孙娃 孙娃儿 孙崽 孙伢子 孙孙 孙 乖孙 孙娃子 孙伢 孙子孙女"}, {"孙女", "孙女 孙女儿"}, {"外孙", "外孙 外孙子 外孙儿 外孙娃 外孙崽"}, {"外孙女", "外孙女 外孙女儿"},
	{"侄子", "侄子 侄儿 侄娃 侄娃子 侄崽"}, {"外甥", "外甥 外甥儿 外甥子"}, {"儿子", "儿子 儿 独子 独生子 崽伢子"}, {"女儿", "女儿 闺女 姑娘 独女 女娃子"},
	{"哥哥", "哥哥 哥 亲哥 亲哥哥"}, {"弟弟", "弟弟 弟 亲弟 亲弟弟"}, {"姐姐", "姐姐 姐 亲姐 亲姐姐"}, {"妹妹", "妹妹 妹 亲妹 亲妹妹 妹子"},
	{"大的", "大的 大的那个 大的一个 最大的 大娃 大娃儿 大宝"}, {"小的", "小的 小的那个 小的一个 最小的 小娃 小娃儿"}, {"老二", "老二 二宝 二娃"}, {"老三", "老三 三宝 三娃"},
}

// compose is the relative of a person: 孩子 + 爸爸, 儿子 + 媳妇, 爸爸 + 的 + 妈妈. apart tells that 的 or 他 stands
// between; without it 爸爸妈妈 are two persons.
func compose(owner, relation token, word, speaker string, apart, own bool) (who, bool) {
	code := relation.code
	childlike := isChildCode(code) || code == "ordinal"
	switch {
	case owner.kind == pronoun && owner.code == "they" && code == "either":
		return who{}, false
	case owner.kind == pronoun && (owner.code == "me" || owner.code == "we"):
		return mine(code, word, speaker), code != "either" && code != "ordinal" || owner.code == "we" && code == "ordinal"
	case owner.who.role == outsider && owner.code == "child":
		return who{role: outsider}, true
	case code == "classmate":
		return who{role: outsider}, true
	case owner.kind == pronoun || owner.who.role == child:
		if childlike && (owner.kind == pronoun || owner.who.role == child && apart && owner.code != "ordinal") {
			return who{role: child}, owner.kind == pronoun
		}
		if childlike || code == "either" || code == "oneside" || code == "otherside" || code == "outsider" || code == "official" {
			return who{}, false
		}
		return ofChild(code, word), true
	case !apart:
		spouse := (owner.code == "son" || owner.code == "brother") && code == "wife" || owner.code == "daughter" && code == "husband"
		if spouse && owner.who.role.parent() != "" {
			return who{role: map[role]role{father: mother, mother: father}[owner.who.role]}, true
		}
		if owner.who.role == outsider && (childlike || code == "child") {
			return who{role: child}, true
		}
		return who{}, false
	case childlike && owner.who.role == family && own:
		return who{role: outsider}, true // 我表妹的娃自闭症，我娃没有
	case childlike:
		return who{role: child}, owner.who.role != nobody
	case owner.who.role == father && (code == "father" || code == "mother" || code == "parents"):
		return who{role: grand}, true
	case owner.who.role == mother && (code == "father" || code == "mother" || code == "parents"):
		return who{role: outer}, true
	case owner.who.role == father && code == "wife", owner.who.role == father && code == "daughterinlaw":
		return who{role: mother}, true
	case owner.who.role == mother && code == "husband":
		return who{role: father}, true
	}
	return who{role: family}, owner.who.role != nobody
}

// mine is the speaker's relative.
func mine(code, word, speaker string) who {
	switch code {
	case "father", "mother", "parents":
		if couple := strings.ContainsAny(word, "口夫"); couple && (speaker == speaksMother || speaker == speaksFather || speaker == speaksParent) {
			return who{role: both}
		}
		switch speaker {
		case speaksChild, "":
			return related(code, word, speaker)
		case speaksMother:
			return who{role: outer}
		case speaksFather, speaksParent:
			return who{role: grand}
		case speaksGrand:
			if code == "father" && strings.HasPrefix(word, "老汉") || code == "parents" && strings.Contains(word, "口") {
				return who{role: grand}
			}
			if code == "parents" && (strings.HasPrefix(word, "儿子") || strings.HasPrefix(word, "崽")) {
				return who{role: both}
			}
			return who{role: family}
		case speaksOuter:
			if code == "parents" && strings.HasPrefix(word, "女儿") {
				return who{role: both}
			}
			if strings.HasPrefix(word, "老汉") || strings.Contains(word, "口") {
				return who{role: outer}
			}
		case speaksOfficials:
			return related(code, word, speaker)
		}
		return who{role: family}
	case "brother", "sister":
		if speaker == speaksMother || speaker == speaksFather || speaker == speaksParent || speaker == speaksGrand || speaker == speaksOuter {
			return who{role: family}
		}
	}
	return related(code, word, speaker)
}

// ofChild is a relative of the child.
func ofChild(code, word string) who {
	switch code {
	case "husband", "wife", "soninlaw", "daughterinlaw":
		return who{role: map[string]role{"husband": father, "wife": mother, "soninlaw": father, "daughterinlaw": mother}[code]}
	case "brother", "sister":
		return who{role: child, label: label(word)}
	}
	return related(code, word, speaksChild)
}

// countedChild is the relation in 两个孙子.
func countedChild(word string) string {
	switch {
	case strings.Contains(word, "外孙"):
		return "outergrandchild"
	case strings.Contains(word, "孙"):
		return "grandchild"
	case strings.Contains(word, "侄"):
		return "nephew"
	case strings.Contains(word, "外甥"):
		return "outernephew"
	case strings.Contains(word, "儿子"), strings.Contains(word, "女儿"), strings.Contains(word, "一儿一女"):
		return "son"
	}
	return "child"
}
