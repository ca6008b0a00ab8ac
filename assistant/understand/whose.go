package understand

import (
	"slices"
	"strings"
)

// whose are the parents that a word about parents is about. A subject that is no parent has it, except that a term or
// a duration goes on with the parent who was said to be away.
func (r *reader) whose(i int, t token) []string {
	s := r.subjects[i]
	w := s.who
	if t.kind == situation && t.code == died {
		if victim := r.victim(i); victim.parent() != "" {
			w = who{role: victim} // 他爸把他妈打死了
		} else if victim, ok := r.victimAfter(i); ok {
			w = victim // 他爸打死了他妈
		}
	}
	if s.at < 0 && t.kind == situation && r.bothOpen() {
		return []string{"父亲", "母亲"}
	}
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
		if w.role == outsider && t.kind == verdict && r.personIsFarther(i) && s.parent.parent() != "" {
			return []string{s.parent.parent()} // 他爸撞了人，对方死了，判了一年
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

// bothOpen tells that the message explains words used of both parents before: 都是死了, 走了就是不在人世了.
func (r *reader) bothOpen() bool {
	open := r.c.Told["open"]
	return strings.Contains(open, "父亲") && strings.Contains(open, "母亲") && containsAny(r.m.plain, "都", "俩", "两个", "走了就是", "走了是", "意思", "双双", "一起", "一个")
}

// victim is the person after 把 in the clause before i.
func (r *reader) victim(i int) role {
	for j := i - 1; j > 0 && r.m.tokens[j].kind != stop; j-- {
		if t := r.m.tokens[j]; t.kind == kin && r.m.text(r.m.tokens[j-1]) == "把" {
			return t.who.role
		}
	}
	return nobody
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
