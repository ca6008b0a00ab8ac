package understand

import (
	"slices"
	"strings"
)

// speaker finds out who says 我. What was known before stands unless the person says it outright, or it was known only
// in part.
func (m *message) speaker(c Context) string {
	if s := m.introduced(); s != "" {
		return s
	}
	seen := m.relations()
	if s := m.heldChild(); s != "" && c.Speaker == "" && !seen["my wife"] && !seen["my husband"] {
		return s
	}
	found := m.speakerOf(seen)
	switch {
	case c.Speaker == "":
		return found
	case c.Speaker == speaksParent:
		if found == speaksMother || found == speaksFather {
			return found
		}
		return parentBeside(seen)
	case c.Speaker == speaksOfficials && found != "" && found != speaksChild:
		return found
	}
	return c.Speaker
}

// speakerOf tells from the relations named who speaks.
func (m *message) speakerOf(seen map[string]bool) string {
	any := func(relations ...string) bool {
		return slices.ContainsFunc(relations, func(relation string) bool { return seen[relation] })
	}
	switch {
	case any("outergrandchild", "my soninlaw", "soninlaw"):
		return speaksOuter
	case seen["grandchild"] && seen["my daughter"] && !any("son", "my son", "daughterinlaw"):
		return speaksOuter
	case any("grandchild", "daughterinlaw"):
		return speaksGrand
	case any("sibling's child", "sisterinlaw", "brotherinlaw", "my sisterinlaw", "my brotherinlaw", "nephew", "outernephew"):
		return speaksRelative
	case any("my brother", "my sister") && any("child", "his father", "his mother", "father", "mother") && !any("my father", "my mother", "my parents", "my child", "my son", "my daughter", "my grand"):
		return speaksRelative
	case any("my husband", "husband"):
		return speaksMother
	case seen["my wife"], seen["wife"] && any("child", "my child", "my son", "my daughter"):
		return speaksFather
	case any("my child", "my son", "my daughter", "son", "daughter"), seen["my couple"] && any("child", "his father", "his mother"):
		return parentBeside(seen)
	case any("my father", "my mother", "my parents", "my grand", "my outer", "schoolchild"):
		return speaksChild
	case m.official():
		return speaksOfficials
	}
	return ""
}

// parentBeside is which parent speaks, where the other one is spoken of as 他爸 or 他妈.
func parentBeside(seen map[string]bool) string {
	switch {
	case seen["his father"] && !seen["his mother"]:
		return speaksMother
	case seen["his mother"] && !seen["his father"]:
		return speaksFather
	}
	return speaksParent
}

// official tells whether the message is worded as by somebody whose work it is: 辖区, 班上, 个案.
func (m *message) official() bool {
	text := string(m.norm)
	for _, w := range []string{"辖区", "班上", "我们村", "我村", "我社区", "服务对象", "个案", "我校", "我镇", "我街道", "我市一名", "我县一名", "我区一名", "本村", "本社区", "我们社区", "我们福利院"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// heldChild tells who speaks where a son or daughter is said to be in custody: the child's grandparents.
func (m *message) heldChild() string {
	for i, t := range m.tokens {
		if t.kind != kin || t.code != "son" && t.code != "daughter" && !m.ownSon(i) {
			continue
		}
		if o := m.ownerBefore(i); o != "outsider" && !(i > 0 && o == "" && t.from > 0 && m.norm[t.from-1] == '家') && (m.heldAfter(i) || m.diedAfter(i)) {
			if t.code == "daughter" {
				return speaksOuter
			}
			return speaksGrand
		}
	}
	return ""
}

// heldAfter tells whether the person at i is said to be in custody.
func (m *message) heldAfter(i int) bool {
	j := m.skip(i+1, filler, event, date, stop, cause)
	return j < len(m.tokens) && storyOf(m.tokens[j].kind, m.tokens[j].code) == "custody"
}

// ownSon tells whether the word at i can be a grandparent's word for a son: 崽, 我家老大.
func (m *message) ownSon(i int) bool {
	owner := m.ownerBefore(i)
	return m.text(m.tokens[i]) == "崽" || m.tokens[i].code == "ordinal" && (owner == "me" || owner == "we")
}

// diedAfter tells whether the person at i is said to have died while a child is spoken of besides.
func (m *message) diedAfter(i int) bool {
	j := m.skip(i+1, filler, cause, date)
	if j >= len(m.tokens) || m.tokens[j].kind != situation || m.tokens[j].code != died {
		return false
	}
	for k, t := range m.tokens {
		if k != i && t.kind == kin && (t.code == "child" || t.code == "mother" || t.code == "father") {
			return true
		}
	}
	return false
}

// introduced reads 我是孩子的奶奶, 我是儿童主任.
func (m *message) introduced() string {
	for i, t := range m.tokens {
		if t.kind != pronoun || t.code != "me" && t.code != "we" {
			continue
		}
		j := m.skip(i+1, filler)
		if j >= len(m.tokens) || m.tokens[j].kind != being {
			continue
		}
		found := ""
		for _, u := range m.tokens[j+1 : min(j+9, len(m.tokens))] {
			if u.kind == stop || u.kind == situation || u.kind == verdict || u.kind == leftOrDied {
				break
			}
			if u.kind == kin {
				if s := speakers[u.code]; s != "" {
					found = s
				}
			}
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// speakers is who somebody is that says 我是….
var speakers = map[string]string{
	"father": speaksFather, "mother": speaksMother, "grand": speaksGrand, "outer": speaksOuter, "relative": speaksRelative, "brother": speaksRelative,
	"sister": speaksRelative, "brotherinlaw": speaksRelative, "sisterinlaw": speaksRelative, "step": speaksRelative, "official": speaksOfficials, "outsider": speaksOfficials, "parents": speaksParent,
}

// relations collects which relations are named, with 「my 」 before those that belong to the speaker and 「his 」
// before those that belong to somebody spoken of.
func (m *message) relations() map[string]bool {
	seen := map[string]bool{}
	for i, t := range m.tokens {
		if t.kind == pronoun && t.code == "me" && m.schoolchild(i) {
			seen["schoolchild"] = true
		}
		if t.kind != kin && t.kind != childcount {
			continue
		}
		if sideParents[m.text(t)] != nobody && m.ownerBefore(i) != "he" && m.ownerBefore(i) != "child" && m.hasChild() {
			seen["sibling's child"] = true
		}
		code := t.code
		if t.kind == childcount {
			code = countedChild(m.text(t))
		}
		switch w := m.text(t); {
		case code == "parents" && strings.ContainsAny(w, "口夫"):
			code = "couple"
		case code == "parents" && (strings.HasPrefix(w, "儿子") || strings.HasPrefix(w, "崽")):
			code = "daughterinlaw" // 我崽跟媳妇
		case code == "parents" && strings.HasPrefix(w, "女儿"):
			code = "soninlaw"
		}
		switch owner := m.ownerBefore(i); {
		case owner == "me" || owner == "we":
			seen["my "+code] = true
			if code == "brother" || code == "sister" {
				j := m.skip(i+1, de)
				if j > i+1 && j < len(m.tokens) && m.tokens[j].kind == kin && isChildCode(m.tokens[j].code) {
					seen["sibling's child"] = true
				}
			}
			if isChildCode(code) && code != "son" && code != "daughter" && code != "child" {
				seen[code] = true
			}
			if code == "daughterinlaw" || code == "soninlaw" {
				seen[code] = true
			}
		case owner == "outsider":
		case owner != "":
			seen["his "+code] = true
		default:
			seen[code] = true
		}
	}
	return seen
}

// schoolchild tells whether the 我 at i goes on with a child's age or class: 我今年12岁, 我上初一.
func (m *message) schoolchild(i int) bool {
	for k, t := range m.tokens[i+1 : min(i+4, len(m.tokens))] {
		switch t.kind {
		case age:
			return (t.hi < 18 || t.hi < 30 && slices.ContainsFunc(m.tokens, func(u token) bool { return u.kind == stage })) && t.code == ""
		case stage:
			return true
		case number:
			return (t.hi < adulthood*one || t.hi < 30*one && slices.ContainsFunc(m.tokens, func(u token) bool { return u.kind == stage })) && t.lo >= 6*one && t.lo%one == 0 && m.bareAfter(i+1+k)
		case filler, studying, date:
		default:
			return false
		}
	}
	return false
}

// bareAfter tells whether nothing that could be a unit follows the number at i.
func (m *message) bareAfter(i int) bool {
	return i+1 == len(m.tokens) || m.tokens[i+1].kind == stop || m.tokens[i+1].kind == kin || m.text(m.tokens[i+1]) == "了"
}

// ownerBefore is whose relation the person at i is: the pronoun or person directly before it, with or without 的.
func (m *message) ownerBefore(i int) string {
	j := i - 1
	if j >= 0 && m.tokens[j].kind == de {
		j--
	}
	if j < 0 {
		return ""
	}
	switch t := m.tokens[j]; t.kind {
	case pronoun:
		return t.code
	case kin:
		if t.code == "outsider" || t.code == "official" {
			return "outsider"
		}
		if isChildCode(t.code) && !isChildCode(m.tokens[i].code) {
			return "child"
		}
	}
	return ""
}

func isChildCode(code string) bool {
	switch code {
	case "child", "grandchild", "outergrandchild", "nephew", "outernephew", "son", "daughter":
		return true
	}
	return false
}

// skip is the first position from i whose token is of none of the kinds.
func (m *message) skip(i int, kinds ...kind) int {
	for i < len(m.tokens) && in(m.tokens[i].kind, kinds...) {
		i++
	}
	return i
}

func in(k kind, kinds ...kind) bool {
	for _, other := range kinds {
		if k == other {
			return true
		}
	}
	return false
}

// writer notes of a parent who says who they are that they live, are free and can be reached.
func (r *reader) writer() {
	p := r.m.introduced()
	if p != speaksMother && p != speaksFather || r.stated[p+".情形"] || r.policy {
		return
	}
	i := slices.IndexFunc(r.m.tokens, func(t token) bool { return (t.kind == pronoun || t.kind == kin) && t.who.self })
	if i >= 0 && r.asserted[i] {
		r.says(i, i, p+".情形", without(present...))
	}
}
