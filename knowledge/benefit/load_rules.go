package benefit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var ruleKeys = []string{"编号", "通俗名", "类别", "按地", "地区", "施行", "核对", "依据", "定义", "条件", "分条件", "金额", "关系", "材料",
	"办理", "时限", "到期", "权重", "别名", "问法", "在享"}

var overlayKeys = []string{"改", "地区", "施行", "核对", "依据", "定义", "分条件", "放宽", "收紧", "替代"}

// rules reads the documents of a file of national/ or local/: rules and local changes.
func (b *Book) rules(r reader, root *yaml.Node) {
	root = resolved(root)
	if root.Kind == yaml.MappingNode && slices.ContainsFunc(root.Content, func(n *yaml.Node) bool { return n.Value == "改" }) {
		b.changes = append(b.changes, change{r, root})
		return
	}
	b.rule(r, root)
}

// change is a local change that waits until all rules are read: it may use their branches and marks.
type change struct {
	reader reader
	root   *yaml.Node
}

func (b *Book) rule(r reader, root *yaml.Node) {
	fields := r.fields(root, ruleKeys...)
	if !r.need(root, fields, "编号", "通俗名", "类别", "地区", "施行", "核对", "依据", "条件", "金额", "材料", "办理", "时限") {
		return
	}
	rule := &Rule{ID: r.text(fields["编号"]), Plain: r.text(fields["通俗名"]), Kind: r.oneOf(fields["类别"], kinds...),
		By: "户籍地", Aliases: r.texts(fields["别名"]), Asks: r.texts(fields["问法"]), file: r.file, line: root.Line}
	if !slices.Contains(Benefits, rule.ID) {
		r.fail(fields["编号"], "“%s”不在福利项目的统一编号里", rule.ID)
		return
	}
	if old := b.byID[rule.ID]; old != nil {
		r.fail(fields["编号"], "“%s”已经在 %s 里写过了", rule.ID, old.file)
		return
	}
	if n := fields["按地"]; n != nil {
		rule.By = r.oneOf(n, placeNames...)
	}
	rule.Region = r.region(fields["地区"], b)
	rule.From, rule.To = r.span(fields["施行"])
	rule.Review = r.review(fields["核对"])
	s := newScope()
	b.declarations(r, fields, s)
	rule.Sources, rule.Branches = listed(r, fields["依据"], s), s.branches
	b.scopes[rule.ID] = s
	rule.Condition = b.condition(r, fields["条件"], s)
	rule.Amounts = b.amounts(r, fields["金额"], s)
	rule.Relations = b.relations(r, fields["关系"], s)
	rule.Papers = b.papers(r, fields["材料"], s)
	rule.Apply = b.apply(r, fields["办理"], s)
	rule.Times, rule.TimesFrom = b.times(r, fields["时限"], s)
	rule.Expiry = b.expiry(r, fields["到期"], s)
	if n := fields["在享"]; n != nil {
		rule.Receiving = b.condition(r, n, loose(s))
	}
	if n := fields["权重"]; n != nil {
		rule.Weight = r.yuan(n)
	}
	b.byID[rule.ID] = rule
}

// declarations reads 依据, 定义 and 分条件 into a scope.
func (b *Book) declarations(r reader, fields map[string]*yaml.Node, s *scope) {
	if n := fields["依据"]; n != nil {
		for _, e := range r.entries(n) {
			s.sources[e.name] = r.source(e.value)
		}
	}
	if n := fields["定义"]; n != nil {
		for _, e := range r.entries(n) {
			s.lists[e.name] = r.texts(e.value)
		}
	}
	if n := fields["分条件"]; n != nil {
		for _, e := range r.entries(n) {
			branch := b.condition(r, e.value, s)
			if branch.Name == "" {
				branch.Name = e.name
			}
			s.branches[e.name] = branch
		}
	}
}

// listed are the documents of a rule in the order of the file.
func listed(r reader, n *yaml.Node, s *scope) []Source {
	var sources []Source
	for _, e := range r.entries(n) {
		sources = append(sources, s.sources[e.name])
	}
	return sources
}

func (r reader) source(n *yaml.Node) Source {
	fields := r.fields(n, "文号", "名称", "链接", "可信", "施行", "说明")
	if !r.need(n, fields, "名称", "可信") {
		return Source{}
	}
	source := Source{Document: r.text(fields["名称"]), Number: r.text(fields["文号"]), URL: r.text(fields["链接"])}
	source.Seen = r.oneOf(fields["可信"], seens...)
	if link := fields["链接"]; link != nil && !strings.HasPrefix(source.URL, "http://") && !strings.HasPrefix(source.URL, "https://") {
		r.fail(link, "链接要以 http:// 或 https:// 开头")
	}
	if number := fields["文号"]; number != nil && strings.Contains(source.Number, "(") {
		r.warn(number, "文号的年份请用六角括号〔〕")
	}
	return source
}

func (r reader) span(n *yaml.Node) (from, to Day) {
	fields := r.fields(n, "自", "至")
	if !r.need(n, fields, "自") {
		return 0, Forever
	}
	from, to = r.day(fields["自"], 0), r.day(fields["至"], Forever)
	if to < from {
		r.fail(n, "“至”早于“自”")
	}
	return from, to
}

func (r reader) review(n *yaml.Node) Review {
	fields := r.fields(n, "日期", "人", "下次")
	if !r.need(n, fields, "日期", "人", "下次") {
		return Review{}
	}
	review := Review{r.day(fields["日期"], 0), r.text(fields["人"]), r.day(fields["下次"], 0)}
	if review.Next < review.Day {
		r.fail(fields["下次"], "下次核对早于这次核对")
	}
	return review
}

// relations reads 关系.
func (b *Book) relations(r reader, n *yaml.Node, s *scope) []Relation {
	var found []Relation
	if n == nil {
		return nil
	}
	for _, item := range r.items(n) {
		fields := r.fields(item, "与", "规则", "优先", "依据", "说明")
		if !r.need(item, fields, "与", "规则", "依据") {
			continue
		}
		relation := Relation{With: r.text(fields["与"]), Basis: b.basis(r, fields["依据"], s), Line: item.Line}
		if !slices.Contains(Benefits, relation.With) {
			r.fail(fields["与"], "没有“%s”这个福利项目", relation.With)
			continue
		}
		relation.Kind = map[string]RelationKind{"不可同时": Exclusive, "就高": Higher, "补差": TopsUp, "可叠加": Stacks}[r.oneOf(fields["规则"], "不可同时", "就高", "补差", "可叠加")]
		relation.Prefer = map[string]Preference{"本项": Own, "对方": Other}[r.oneOf(fields["优先"], "本项", "对方", "择一")]
		if relation.Kind == Exclusive && fields["优先"] == nil {
			r.fail(item, "“不可同时”要写“优先”：本项、对方或择一")
		}
		found = append(found, relation)
	}
	return found
}

// papers reads 材料.
func (b *Book) papers(r reader, n *yaml.Node, s *scope) Papers {
	var papers Papers
	fields := r.fields(n, "都要", "按情形")
	if list := fields["都要"]; list != nil {
		for _, item := range r.items(list) {
			f := r.fields(item, "件", "依据")
			if r.need(item, f, "件", "依据") {
				papers.Always = append(papers.Always, Paper{r.text(f["件"]), b.basis(r, f["依据"], s)})
			}
		}
	}
	if list := fields["按情形"]; list != nil {
		for _, item := range r.items(list) {
			f := r.fields(item, "当", "要", "依据")
			if r.need(item, f, "当", "要", "依据") {
				papers.When = append(papers.When, ConditionalPapers{b.condition(r, f["当"], loose(s)), r.texts(f["要"]), b.basis(r, f["依据"], s)})
			}
		}
	}
	return papers
}

// loose is a scope in which conditions need no basis of their own: what surrounds them cites.
func loose(s *scope) *scope {
	copied := *s
	copied.cited = true
	return &copied
}

func (b *Book) apply(r reader, n *yaml.Node, s *scope) Apply {
	f := r.fields(n, "谁申请", "去哪", "谁确认", "公示", "网上", "电话", "依据")
	r.need(n, f, "谁申请", "去哪", "谁确认", "依据")
	return Apply{Who: r.text(f["谁申请"]), Where: r.text(f["去哪"]), Decides: r.text(f["谁确认"]), Public: r.text(f["公示"]),
		Online: r.text(f["网上"]), Phone: r.text(f["电话"]), Basis: b.basis(r, f["依据"], s)}
}

func (b *Book) times(r reader, n *yaml.Node, s *scope) (steps []Step, basis []Source) {
	for _, e := range r.entries(n) {
		if e.name == "依据" {
			basis = b.basis(r, e.value, s)
			continue
		}
		steps = append(steps, Step{e.name, r.text(e.value)})
	}
	if len(steps) > 0 && len(basis) == 0 {
		r.fail(n, "时限没有写“依据”")
	}
	return steps, basis
}

func (b *Book) expiry(r reader, n *yaml.Node, s *scope) []Expiry {
	if n == nil {
		return nil
	}
	var found []Expiry
	for _, item := range r.items(n) {
		f := r.fields(item, "当", "说", "依据")
		if r.need(item, f, "当", "说") {
			found = append(found, Expiry{b.condition(r, f["当"], loose(s)), r.text(f["说"])})
		}
	}
	return found
}

// overlay reads a local change. It may use the marks, lists and branches of the rule that it changes.
func (b *Book) overlay(r reader, root *yaml.Node) {
	fields := r.fields(root, overlayKeys...)
	if !r.need(root, fields, "改", "地区", "施行", "核对", "依据") {
		return
	}
	id := r.text(fields["改"])
	base, ok := b.scopes[id]
	if !ok {
		r.fail(fields["改"], "没有“%s”这条规则可改", id)
		return
	}
	s := newScope()
	for mark, source := range base.sources {
		s.sources[mark] = source
	}
	for name, list := range base.lists {
		s.lists[name] = list
	}
	for name, branch := range base.branches {
		s.branches[name] = branch
	}
	b.declarations(r, fields, s)
	o := &Overlay{ID: id, Region: r.region(fields["地区"], b), Review: r.review(fields["核对"]), file: r.file, line: root.Line}
	o.From, o.To = r.span(fields["施行"])
	o.Sources = listed(r, fields["依据"], s)
	o.Widen, o.Narrow = b.conditions(r, fields["放宽"], s), b.conditions(r, fields["收紧"], s)
	if n := fields["替代"]; n != nil {
		o.Replace = b.replace(r, n, s)
	}
	if o.Widen == nil && o.Narrow == nil && fields["替代"] == nil {
		r.fail(root, "地方改动要写“放宽”“收紧”“替代”里的一样")
	}
	b.overlays = append(b.overlays, o)
}

// conditions reads one condition or a list of them.
func (b *Book) conditions(r reader, n *yaml.Node, s *scope) []*Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return []*Node{b.condition(r, n, s)}
	}
	var found []*Node
	for _, item := range r.items(n) {
		found = append(found, b.condition(r, item, s))
	}
	return found
}

func (b *Book) replace(r reader, n *yaml.Node, s *scope) Replace {
	var replace Replace
	f := r.fields(n, "条件", "金额", "材料", "办理", "时限")
	if f["条件"] != nil {
		replace.Condition = b.condition(r, f["条件"], s)
	}
	if f["金额"] != nil {
		replace.Amounts = b.amounts(r, f["金额"], s)
	}
	if f["材料"] != nil {
		papers := b.papers(r, f["材料"], s)
		replace.Papers = &papers
	}
	if f["办理"] != nil {
		apply := b.apply(r, f["办理"], s)
		replace.Apply = &apply
	}
	if f["时限"] != nil {
		replace.Times, replace.TimesFrom = b.times(r, f["时限"], s)
	}
	return replace
}
