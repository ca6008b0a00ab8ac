package understand

import (
	"slices"
	"strings"
)

// guardians reads with whom the child lives: 跟奶奶过, 我带着, 在福利院, 一个人过.
func (r *reader) guardians() {
	for i := range r.m.tokens {
		if !r.claimed(i) {
			continue
		}
		switch t := r.m.tokens[i]; t.kind {
		case kin, pronoun:
			if body := r.authority(i); body != "" {
				r.says(i, i, "监护人.关系", options(body))
			} else {
				r.guardian(i)
			}
		case institution:
			r.institution(i)
		case alone:
			if w := r.personAt(i); w.role == child && r.subjects[i].at >= 0 && !r.negated(i) && !r.grown(i) {
				r.childSays(i, i, "孩子.养育方式", options("独自生活"))
			}
		}
	}
}

// namedChild is the label of the child where the clause at i names it; what is said without naming one is said of all.
func (r *reader) namedChild(i int) string {
	if s := r.subjects[i]; s.who.role == child && s.at >= 0 && !r.stopBetween(s.at, i) {
		return s.who.label
	}
	return ""
}

// grown tells whether the subject of token i was given an adult's age: 我弟三十多了还一个人过.
func (r *reader) grown(i int) bool {
	return slices.ContainsFunc(r.m.tokens[max(0, r.subjects[i].at):i], func(t token) bool {
		return t.kind == age && t.lo >= adulthood || t.kind == number && t.lo >= adulthood*one && t.hi < 100*one
	})
}

// authority is the body that looks after the child: 村委会在管他.
func (r *reader) authority(i int) string {
	t := r.m.tokens[i]
	j := r.m.skip(i+1, filler)
	appointed := strings.Contains(string(r.m.norm[t.to:min(len(r.m.norm), t.to+6)]), "监护人")
	if j >= len(r.m.tokens) || r.m.tokens[j].kind != raising && !appointed || r.wished(i) || r.negated(i) {
		return ""
	}
	return r.body(t)
}

// body is the 监护人.关系 of an authority.
func (r *reader) body(t token) string {
	if t.code != "official" {
		return ""
	}
	switch w := r.m.text(t); {
	case strings.HasPrefix(w, "村"), strings.HasPrefix(w, "居委"), w == "社区", w == "队里":
		return "村居委"
	case strings.HasPrefix(w, "民政"):
		return "民政"
	}
	return ""
}

// carers is the 监护人.关系 of a person.
var carers = map[role]string{father: "父亲", mother: "母亲", grand: "祖父母", outer: "外祖父母", family: "其他亲属"}

// guardian reads the person at i as the one who looks after the child.
func (r *reader) guardian(i int) {
	t := r.m.tokens[i]
	w := t.who
	if w.role == home && w.self || w.role == self {
		w = speakerRole(r.speaker)
	}
	if w.role == both {
		return
	}
	relation, ok := carers[w.role]
	if !ok && w.role != self || !r.raisedBy(i) || r.pastAt(i) {
		return
	}
	if s := r.subjects[i]; s.who.role.isParent() && t.object && !w.self && s.at >= 0 && !r.stopBetween(s.at, i) && !r.raisingAfter(i) {
		return
	}
	if r.negated(i) {
		return
	}
	r.states(r.namedChild(i), i, i, "孩子.养育方式", options("亲属家庭"))
	switch {
	case r.speaker == speaksParent && w.self:
		r.says(i, i, "监护人.关系", options("父亲", "母亲"))
	case ok && (w.role != family || !r.stated["监护人.关系"]):
		r.says(i, i, "监护人.关系", options(relation))
	}
}

// raisedBy tells whether the person at i looks after somebody: 跟奶奶(住), 由爷爷带, 我带着, 我们老两口带, 住在大伯家.
func (r *reader) raisedBy(i int) bool {
	tokens := r.m.tokens
	prev := i - 1
	for prev >= 0 && tokens[prev].kind == filler && tokens[prev].to-tokens[prev].from == 1 && r.m.text(tokens[prev]) != "给" {
		prev--
	}
	next := i + 1
	for next < len(tokens) && next <= i+5 && (in(tokens[next].kind, filler, together, join) || in(tokens[next].kind, kin, pronoun) && carers[tokens[next].who.role] != "" && tokens[next].who.role != father && tokens[next].who.role != mother || tokens[next].kind == head) {
		next++
	}
	raises := next < len(tokens) && tokens[next].kind == raising || next < len(tokens) && r.m.text(tokens[next]) == "住"
	if raises && next+1 < len(tokens) && tokens[next+1].kind == money {
		return false
	}
	lives := i+2 < len(tokens) && standing(r.m.text(tokens[i+1])) || i+2 < len(tokens) && r.m.text(tokens[i+1]) == "来"
	lives = lives && tokens[i+2].kind == other
	if prev >= 0 {
		switch p := tokens[prev]; {
		case p.kind == join || p.kind == toward && follows[r.m.text(p)]:
			if raises || lives {
				return true
			}
			return (next >= len(tokens) || tokens[next].kind == stop || in(tokens[next].kind, residence)) && r.withChild(prev)
		case p.kind == residence && p.code == "居住":
			return next < len(tokens) && r.m.text(tokens[next]) == "家" || next >= len(tokens)
		}
		if raises && r.m.text(tokens[prev]) == "在" {
			return true
		}
	}
	if !raises || tokens[next].kind != raising {
		return false
	}
	switch w := r.m.text(tokens[next]); w {
	case "过", "生活", "过活", "过日子", "一起过", "一起住", "住一起", "一起生活", "住", "管", "负责", "过日":
		return false
	}
	return r.objectIsChild(next)
}

// follows are the words before the person a child lives with.
var follows = map[string]bool{"跟着": true, "跟到": true, "随": true, "随着": true, "由": true, "靠": true, "靠着": true, "归": true}

// withChild tells whether the subject before 跟 is the child, or nobody.
func (r *reader) withChild(i int) bool {
	w := r.subjects[i].who
	return w.role == child || w.role == nobody && r.m.tokens[i].kind == toward
}

// raisingAfter tells whether the person at i is followed by 带, 养.
func (r *reader) raisingAfter(i int) bool {
	j := r.m.skip(i+1, filler, together)
	return j < len(r.m.tokens) && r.m.tokens[j].kind == raising
}

// objectIsChild tells whether what is raised at i is the child or left out: 奶奶带, 我带孙子.
func (r *reader) objectIsChild(i int) bool {
	j := r.m.skip(i+1, filler, head, de)
	if j >= len(r.m.tokens) {
		return true
	}
	switch t := r.m.tokens[j]; t.kind {
	case stop, list, raising, being:
		return true
	case kin, pronoun, childcount:
		return t.kind == childcount || t.who.role == child || t.who.role == third || t.who.role.isParent() || t.who.role == self
	case age, number, situation, income, ask, status, wish, question:
		return true
	}
	return false
}

// institution reads 在福利院, 散居, 家庭寄养.
func (r *reader) institution(i int) {
	if r.negated(i) || r.wished(i) || r.workplace(r.m.tokens[i]) || r.subjects[i].who.role.parent() != "" && !r.personIsFarther(i) {
		return
	}
	value := map[string]string{"": "福利机构", "散居": "亲属家庭", "寄养": "家庭寄养"}[r.m.tokens[i].code]
	if prefixed(r.m.norm[r.m.tokens[i].to:], "领养", "抱养", "收养", "抱来", "领来", "领回", "抱回") > 0 {
		return
	}
	if i+1 < len(r.m.tokens) && r.m.text(r.m.tokens[i+1]) == "长" {
		return
	}
	r.childSays(i, i, "孩子.养育方式", options(value))
	if value == "福利机构" {
		r.says(i, i, "监护人.关系", options("福利机构"))
	}
}
