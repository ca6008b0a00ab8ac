package understand

import (
	"slices"
	"strings"
)

// chosen reads a reply that is the label of one of the options offered, or several joined with 、.
func chosen(text string, p *Pending) ([]Statement, bool) {
	if p == nil || len(p.Options) == 0 {
		return nil, false
	}
	if s, ok := option(text, p.Options); ok {
		return s, true
	}
	var all []Statement
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("、,，;；", r) }) {
		s, ok := option(part, p.Options)
		if !ok {
			return nil, false
		}
		all = append(all, s...)
	}
	return all, len(all) > 0
}

func option(text string, offered []Option) ([]Statement, bool) {
	text = strings.Trim(text, " \t\r\n。.！!")
	for _, o := range offered {
		if len(o.Statements) > 0 && text == o.Label {
			return o.Statements, true
		}
	}
	return nil, false
}

// answered is the reading of a reply that chose options: the statements that they carry, joined where several speak of
// one fact.
func answered(text string, c Context, chosen []Statement) Reading {
	n := len([]rune(text))
	var joined []Statement
	for _, s := range chosen {
		s.Quote, s.From, s.To = text, 0, n
		if i := slices.IndexFunc(joined, func(o Statement) bool { return o.Fact == s.Fact && o.Child == s.Child }); i >= 0 && len(s.Value.In) > 0 {
			v := &joined[i].Value
			v.In = append(slices.Clone(v.In), s.Value.In...)
			v.Only = v.Only || s.Value.Only
			continue
		}
		joined = append(joined, s)
	}
	c.Pending = nil
	return Reading{Statements: joined, Context: c}
}

// answer reads the message as the reply to the open question, where the words alone did not say it already.
func (r *reader) answer() {
	p := r.c.Pending
	if p == nil {
		return
	}
	if strings.HasSuffix(p.Fact, ".情形") && r.denies() {
		r.closeReply(p.Fact)
	}
	if !r.stated[p.Fact] {
		r.reply(p.Fact)
	}
	if strings.HasSuffix(p.Fact, ".情形") && r.doubted() {
		r.out = slices.DeleteFunc(r.out, func(s Statement) bool { return s.Fact == p.Fact })
		delete(r.stated, p.Fact)
	}
	if !r.stated[p.Fact] && slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == unsure }) {
		r.unknown = true
	}
}

// doubted tells that the reply is a guess that the person does not vouch for: 好像是坐牢，我也不清楚.
func (r *reader) doubted() bool {
	text := r.m.plain
	guess := containsAny(text, "好像", "可能", "也许", "大概", "听说", "估计")
	return guess && (r.unsureAnywhere() || containsAny(text, "听别人", "听人", "没个准", "没准", "不一定"))
}

// containsAny tells whether the text contains one of the words.
func containsAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// closeReply reads 都没有 before more words: what was said of the situations besides is all that holds.
func (r *reader) closeReply(fact string) {
	for i, s := range r.out {
		if s.Fact == fact && len(s.Value.In) == 0 {
			r.out[i].Value = said{Only: true}
		}
	}
}

// reply reads a short answer to the question about the fact.
func (r *reader) reply(fact string) {
	person, name, _ := strings.Cut(fact, ".")
	no, yes := r.denies(), r.affirms()
	switch name {
	case "情形":
		r.replySituation(fact, person, no)
	case "失联月数", "限制自由期限月数", "居住满月数":
		r.replyMonths(fact)
	case "年龄", "出生日期":
		r.replyAge(fact, person)
	case "残疾等级":
		r.replyGrade(fact, no)
	case "残疾类别":
		r.replyKinds(fact)
	case "共同生活人数":
		r.replyNumber(fact)
	case "刚性支出占比":
		r.replyShare(fact)
	case "需康复":
		r.replyYesNo(fact, no, yes || !no && r.find("要做") >= 0 || r.find("建议") >= 0 && !no)
	case "养育方式":
		if slices.ContainsFunc(r.m.tokens, func(t token) bool {
			return (t.kind == kin || t.kind == pronoun) && (carers[t.who.role] != "" || t.who.self)
		}) {
			r.replies(fact, options("亲属家庭"))
		}
	case "户籍地", "居住地", "就读地", "急难发生地":
		r.replyPlace(fact)
	case "关系":
		r.replyCarer(fact)
	case "重病":
		if no && !r.unsureAnywhere() {
			r.replies(fact, options("无"))
		}
	case "城乡":
		r.replyTown(fact)
	case "已认定身份", "救助身份", "急难事由":
		if yes, known := r.ownStatus(); name == "救助身份" && known && yes != "" {
			r.replies(fact, options(yes))
		} else if no {
			r.replies(fact, said{Only: true})
		}
	case "工资收入", "经营收入", "转移收入", "财产收入", "可扣支出", "自付医疗费", "低保金月额", "特困金月额", "困残补贴月额":
		r.replyMoney(fact, no)
	default:
		r.replyYesNo(fact, no, yes)
	}
}

// replies records the whole message as the answer.
func (r *reader) replies(fact string, v said) {
	if len(r.m.tokens) == 0 {
		return
	}
	s := Statement{Fact: fact, Value: v, From: 0, To: len(r.m.raw), Quote: string(r.m.raw), Correction: r.fixed == 0}
	if strings.HasPrefix(fact, "孩子.") {
		s.Child = r.currentChild()
	}
	r.out = append(r.out, s)
	r.stated[fact] = true
}

func (r *reader) unsureAnywhere() bool {
	return slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == unsure })
}

// replySituation reads 都没有, and that a disability is all there is.
func (r *reader) replySituation(fact, person string, no bool) {
	for _, s := range r.out {
		if s.Fact == person+".残疾等级" || s.Fact == person+".残疾类别" {
			var rest []string
			for _, code := range situations {
				if code != crippled {
					rest = append(rest, code)
				}
			}
			r.replies(fact, said{Out: rest})
			return
		}
	}
	if no && len(r.unclear) == 0 && !r.unsureAnywhere() {
		r.replies(fact, said{Only: true})
	}
}

// replyGrade reads 没有, 没办证.
func (r *reader) replyGrade(fact string, no bool) {
	text := r.m.plain
	switch {
	case r.unsureAnywhere():
	case strings.Contains(text, "孩子没有"), strings.Contains(text, "娃没有"), strings.Contains(text, "没病没灾"):
		r.replies(fact, options("无"))
	case strings.Contains(text, "说是") && strings.Contains(text, "没去办"):
		r.replies(fact, options("有残疾未办证"))
	case !no && !strings.Contains(text, "没办"):
	case strings.Contains(text, "没办") || strings.Contains(text, "没有证") || strings.Contains(text, "没证"):
		if r.told["残疾"] != "" {
			r.replies(fact, options("有残疾未办证"))
		} else {
			r.replies(fact, options("无", "有残疾未办证"))
		}
	default:
		r.replies(fact, options("无"))
	}
}

// replyKinds reads the kinds on a certificate.
func (r *reader) replyKinds(fact string) {
	if r.unsureAnywhere() {
		return
	}
	var kinds []string
	for _, t := range r.m.tokens {
		if t.kind == disability && t.code != "" && t.code != "脑瘫" {
			kinds = append(kinds, splitList(t.code)...)
		}
	}
	if len(kinds) > 0 {
		r.replies(fact, options(kinds...))
	}
}

// ownStatus is the benefit that the guardian says to receive.
func (r *reader) ownStatus() (name string, known bool) {
	for i, t := range r.m.tokens {
		code := strings.TrimSuffix(t.code, "!")
		if t.kind == status && (code == lowIncome || code == destitute) {
			if yes, decided := r.has(i); decided && yes {
				return code, true
			}
		}
	}
	return "", false
}

// replyPlace takes the whole reply as a place name where nothing better was found.
func (r *reader) replyPlace(fact string) {
	if !strings.HasSuffix(fact, "地") || r.unsureAnywhere() {
		return
	}
	for _, p := range r.places {
		if p.Fact == fact {
			return
		}
	}
	for i := range r.m.tokens {
		if r.m.tokens[i].kind == other && r.place(i, fact) {
			return
		}
	}
}

// replyCarer reads who looks after the child: 爷爷奶奶, 我, 我是他爸.
func (r *reader) replyCarer(fact string) {
	for _, t := range r.m.tokens {
		if t.kind != kin && t.kind != pronoun {
			continue
		}
		if body := r.body(t); body != "" {
			r.replies(fact, options(body))
			return
		}
		w := t.who
		if w.role == self || w.role == home {
			w = speakerRole(r.speaker)
		}
		if t.code == "brother" || t.code == "sister" {
			r.replies(fact, options("兄姐"))
			return
		}
		if relation, ok := carers[w.role]; ok {
			r.replies(fact, options(relation))
			return
		}
	}
	if s := speakerRole(r.speaker); r.affirms() && carers[s.role] != "" {
		r.replies(fact, options(carers[s.role]))
	}
}

func (r *reader) replyTown(fact string) {
	text := r.m.plain
	rural := strings.Contains(text, "农") || strings.Contains(text, "乡") || strings.Contains(text, "村")
	town := strings.Contains(text, "城") || strings.Contains(text, "居民") || strings.Contains(text, "镇上")
	if rural != town && !r.unsureAnywhere() {
		r.replies(fact, options(map[bool]string{true: "农村", false: "城市"}[rural]))
	}
}
