package benefit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var factKeys = []string{"类型", "称呼", "说法", "范围", "取值", "单位", "上限标准", "独占", "前提", "否则", "问", "难度", "敏感",
	"变化", "主动问", "组", "式", "先验", "偏向", "证明", "申请"}

// maxQuestion is how long a question may be, so that it fits a phone and a breath.
const maxQuestion = 40

// facts reads facts.yaml: every fact first, then what speaks of facts (gates, formulas, implications).
func (b *Book) facts(r reader, root *yaml.Node) {
	d := b.Dictionary
	var nodes []map[string]*yaml.Node
	var links, contradictions *yaml.Node
	for _, e := range r.entries(root) {
		switch e.name {
		case "蕴含":
			links = e.value
			continue
		case "矛盾":
			contradictions = e.value
			continue
		}
		if !strings.Contains(e.name, ".") {
			r.fail(e.key, "事实的名称要写成“谁.什么”，例如 孩子.年龄")
		}
		fields := r.fields(e.value, factKeys...)
		f := r.fact(e.name, fields)
		f.index, f.file, f.line = len(d.Facts), r.file, e.key.Line
		d.byName[e.name] = f.index
		d.Facts = append(d.Facts, f)
		nodes = append(nodes, fields)
	}
	for i, f := range d.Facts {
		b.dependent(r, f, nodes[i])
	}
	if links != nil {
		for _, item := range r.items(links) {
			b.implication(r, item)
		}
	}
	if contradictions != nil {
		for _, item := range r.items(contradictions) {
			fields := r.fields(item, "若", "说")
			if r.need(item, fields, "若", "说") {
				d.Contradictions = append(d.Contradictions, Contradiction{b.condition(r, fields["若"], nil), r.text(fields["说"])})
			}
		}
	}
	d.findCycles(r)
}

// need reports fields that are missing.
func (r reader) need(at *yaml.Node, fields map[string]*yaml.Node, names ...string) bool {
	ok := true
	for _, name := range names {
		if fields[name] == nil {
			r.fail(at, "这里缺“%s”", name)
			ok = false
		}
	}
	return ok
}

// fact reads what does not hang on other facts.
func (r reader) fact(name string, fields map[string]*yaml.Node) *Fact {
	f := &Fact{Name: name, Label: r.text(fields["称呼"]), Unit: r.text(fields["单位"]), Question: r.text(fields["问"]),
		Sensitive: r.text(fields["敏感"]), Group: r.text(fields["组"]), CapBy: r.text(fields["上限标准"]), Effort: 1}
	if f.Label == "" {
		f.Label = strings.ReplaceAll(name, ".", "的")
	}
	if n := fields["问"]; n != nil && len([]rune(f.Question)) > maxQuestion {
		r.fail(n, "问句太长（%d 字），最多 %d 字，老人要一口气听得完", len([]rune(f.Question)), maxQuestion)
	}
	if n := fields["难度"]; n != nil {
		f.Effort = int(r.integer(n))
		if f.Effort < 1 || f.Effort > 3 {
			r.fail(n, "难度只能是 1、2、3")
		}
	}
	f.Change = map[string]Change{"随时间增加": GrowsWith, "可申请": CanApply}[r.oneOf(fields["变化"], "随时间增加", "可申请")]
	f.Volunteer = r.oneOf(fields["主动问"], "是", "否") == "否"
	if n := fields["类型"]; n == nil {
		r.fail(firstNode(fields), "“%s”缺“类型”", name)
	} else if text := r.text(n); text != "推导" {
		t, ok := typeNames[text]
		if !ok {
			r.fail(n, "没有“%s”这种类型（可用：整数、金额、日期、地区、是否、单选、多选、推导）", text)
		}
		f.Type = t
		if n := fields["式"]; n != nil {
			r.fail(n, "只有“推导”的事实才写“式”")
		}
	}
	r.domain(f, fields)
	return f
}

func firstNode(fields map[string]*yaml.Node) *yaml.Node {
	for _, n := range fields {
		return n
	}
	return &yaml.Node{Line: 1}
}

// domain reads the values that a fact can have.
func (r reader) domain(f *Fact, fields map[string]*yaml.Node) {
	f.Range = everything
	switch f.Type {
	case YesNo:
		f.Options = []string{"是", "否"}
	case Single, Multi:
		f.Options = r.texts(fields["取值"])
		if len(f.Options) == 0 || len(f.Options) > 64 {
			r.fail(firstNode(fields), "“%s”要写 1 到 64 个“取值”", f.Name)
			f.Options = append(f.Options, "未写")[:1]
		}
		if twice := duplicates(f.Options); twice != "" {
			r.fail(fields["取值"], "取值“%s”写了两次", twice)
		}
	}
	if n := fields["范围"]; n != nil {
		items := r.items(n)
		if len(items) != 2 {
			r.fail(n, "范围要写成 [最小, 最大]")
		} else if f.Type == Date {
			f.Range = Interval{int64(r.day(items[0], 0)), int64(r.day(items[1], 0))}
		} else {
			f.Range = Interval{r.integer(items[0]), r.integer(items[1])}
		}
		if f.Range.Lo > f.Range.Hi {
			r.fail(n, "范围的最小值大于最大值")
		}
	}
	if n := fields["独占"]; n != nil {
		mask, unknown := f.mask(r.texts(n))
		if unknown != "" {
			r.fail(n, "“%s”没有“%s”这个取值", f.Name, unknown)
		}
		f.Exclusive = mask
	}
	f.Spoken = slices.Clone(f.Options)
	f.Prior = make([]float64, len(f.Options))
	for i := range f.Prior {
		f.Prior[i] = 1
	}
	r.perOption(f, fields["说法"], func(i int, n *yaml.Node) { f.Spoken[i] = r.text(n) })
	r.perOption(f, fields["先验"], func(i int, n *yaml.Node) { f.Prior[i] = float64(r.integer(n)) })
	f.Advice = map[string]string{}
	r.perOption(f, fields["申请"], func(i int, n *yaml.Node) { f.Advice[f.Options[i]] = r.text(n) })
	f.Papers = map[string]string{}
	r.perOption(f, fields["证明"], func(i int, n *yaml.Node) { f.Papers[f.Options[i]] = r.text(n) })
}

func duplicates(names []string) string {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return name
		}
	}
	return ""
}

// perOption reads a mapping whose keys are options of the fact.
func (r reader) perOption(f *Fact, n *yaml.Node, set func(int, *yaml.Node)) {
	if n == nil {
		return
	}
	for _, e := range r.entries(n) {
		if i := slices.Index(f.Options, e.name); i >= 0 {
			set(i, e.value)
		} else {
			r.fail(e.key, "“%s”没有“%s”这个取值（可用：%s）", f.Name, e.name, strings.Join(f.Options, "、"))
		}
	}
}

// dependent reads what speaks of other facts: the gate and the formula.
func (b *Book) dependent(r reader, f *Fact, fields map[string]*yaml.Node) {
	if n := fields["式"]; n != nil {
		b.formula(r, f, n, fields["范围"] != nil)
	} else if r.text(fields["类型"]) == "推导" {
		r.fail(fields["类型"], "“%s”是推导的事实，要写“式”", f.Name)
	}
	if n := fields["偏向"]; n != nil {
		inner := r.fields(n, "当", "乘")
		if r.need(n, inner, "当", "乘") {
			f.Tilt = &Tilt{b.condition(r, inner["当"], nil), float64(r.integer(inner["乘"]))}
		}
	}
	if n := fields["前提"]; n != nil {
		f.Gate = b.condition(r, n, nil)
		if fields["否则"] == nil {
			r.fail(n, "写了“前提”还要写“否则”")
			return
		}
		f.Else = b.valueOf(r, f, fields["否则"])
	}
}

// formula reads 式.
func (b *Book) formula(r reader, f *Fact, n *yaml.Node, ranged bool) {
	form := &Formula{Divisor: -1}
	facts := func(n *yaml.Node) []int {
		if n.Kind == yaml.ScalarNode {
			return []int{b.factIndex(r, n)}
		}
		var found []int
		for _, item := range r.items(n) {
			found = append(found, b.factIndex(r, item))
		}
		return found
	}
	for _, e := range r.entries(n) {
		switch e.name {
		case "周岁":
			form.Kind, form.Sources, f.Type = AgeOf, facts(e.value), Integer
		case "合计":
			form.Kind, form.Sources, f.Type = SumOf, facts(e.value), Money
		case "人均":
			form.Kind, form.Sources, f.Type = PerHead, facts(e.value), Money
		case "扣":
			form.Minus = facts(e.value)
		case "除以":
			form.Divisor = b.factIndex(r, e.value)
		case "不同":
			form.Kind, form.Sources, f.Type = Different, facts(e.value), YesNo
		case "条件":
			form.Kind, form.When, f.Type = Condition, b.condition(r, e.value, nil), YesNo
		default:
			r.fail(e.key, "没有“%s”这种式（可用：周岁、合计、人均、不同、条件）", e.name)
		}
	}
	if form.Kind == PerHead && form.Divisor < 0 {
		r.fail(n, "人均要写“除以”")
		form.Divisor = 0
	}
	if form.Kind == Different && len(form.Sources) != 2 {
		r.fail(n, "“不同”要写两个地区事实")
		return
	}
	if form.Kind == AgeOf && len(form.Sources) != 1 {
		r.fail(n, "“式”要写一种算法，例如 {周岁: 孩子.出生日期}")
		return
	}
	if f.Type == YesNo {
		f.Options, f.Spoken, f.Prior = []string{"是", "否"}, []string{"是", "否"}, []float64{1, 1}
	}
	f.Formula = form
}

func (b *Book) factIndex(r reader, n *yaml.Node) int {
	i, ok := b.Dictionary.byName[r.text(n)]
	if !ok {
		r.fail(n, "没有“%s”这个事实%s", n.Value, b.Dictionary.similar(n.Value))
	}
	return i
}

// implication reads one entry of 蕴含.
func (b *Book) implication(r reader, n *yaml.Node) {
	fields := r.fields(n, "若", "则", "则不是")
	if !r.need(n, fields, "若") {
		return
	}
	follows := fields["则"]
	if follows == nil {
		follows = fields["则不是"]
	}
	if follows == nil || fields["则"] != nil && fields["则不是"] != nil {
		r.fail(n, "蕴含要写“则”或“则不是”，两样里的一样")
		return
	}
	link := Link{If: b.condition(r, fields["若"], nil), Bars: fields["则"] == nil}
	for _, e := range r.entries(follows) {
		i := b.factIndex(r, e.key)
		f := b.Dictionary.Facts[i]
		names := []string{e.value.Value}
		if e.value.Kind == yaml.SequenceNode {
			names = r.texts(e.value)
		}
		mask, unknown := f.mask(names)
		if unknown != "" || f.Type.number() {
			r.fail(e.value, "“%s”没有“%s”这个取值（可用：%s）", f.Name, unknown, strings.Join(f.Options, "、"))
			continue
		}
		then := linked{fact: i, in: f.close(Value{In: mask, Out: 0}), out: Value{Out: mask}}
		if f.Type != Multi {
			then.in = Value{Out: f.all() &^ mask}
		}
		link.Then = append(link.Then, then)
	}
	b.Dictionary.Links = append(b.Dictionary.Links, link)
}

// similar names the fact that was probably meant.
func (d *Dictionary) similar(name string) string {
	_, what, _ := strings.Cut(name, ".")
	for _, f := range d.Facts {
		if _, other, _ := strings.Cut(f.Name, "."); other == what && what != "" {
			return "（是不是“" + f.Name + "”？）"
		}
	}
	return ""
}

// findCycles reports gates and formulas that hang on themselves.
func (d *Dictionary) findCycles(r reader) {
	state := make([]int, len(d.Facts)) // 1 on the way, 2 done
	var visit func(int)
	visit = func(i int) {
		f := d.Facts[i]
		if state[i] == 1 {
			r.report(f.line, Error, "“%s”的前提或式绕回了自己", f.Name)
		}
		if state[i] > 0 {
			return
		}
		state[i] = 1
		for _, source := range d.sources(f) {
			visit(source)
		}
		state[i] = 2
	}
	for i := range d.Facts {
		visit(i)
	}
}

// sources lists the facts that a fact's gate and formula speak of.
func (d *Dictionary) sources(f *Fact) []int {
	var found []int
	add := func(n *Node) {
		if n != nil {
			for _, name := range d.factsOf(n) {
				found = append(found, d.byName[name])
			}
		}
	}
	add(f.Gate)
	if f.Formula != nil {
		found = append(append(found, f.Formula.Sources...), f.Formula.Minus...)
		if f.Formula.Divisor >= 0 && f.Formula.Kind == PerHead {
			found = append(found, f.Formula.Divisor)
		}
		add(f.Formula.When)
	}
	return found
}

// regions reads regions.yaml.
func (b *Book) regions(r reader, root *yaml.Node) {
	for _, e := range r.entries(root) {
		code, ok := placeCode(e.name)
		if !ok || e.key.Tag != "!!str" {
			r.fail(e.key, "地区代码“%s”要写 6 位数字并加英文引号", e.name)
			continue
		}
		name := RegionName{Code: e.name}
		if e.value.Kind == yaml.MappingNode {
			fields := r.fields(e.value, "名称", "上级", "别名")
			name.Name, name.Parent, name.Aliases = r.text(fields["名称"]), r.text(fields["上级"]), r.texts(fields["别名"])
		} else if items := r.texts(e.value); len(items) >= 1 {
			name.Name = items[0]
			if len(items) > 1 {
				name.Parent = items[1]
			}
			name.Aliases = items[min(2, len(items)):]
		}
		b.Regions[code] = name
	}
	b.checkTree(r, root)
}

// checkTree reports parents that do not exist or that the code's digits contradict.
func (b *Book) checkTree(r reader, root *yaml.Node) {
	for _, e := range r.entries(root) {
		code, _ := placeCode(e.name)
		parent, ok := placeCode(b.Regions[code].Parent)
		switch {
		case code == Country:
		case !ok || b.Regions[parent].Name == "":
			r.fail(e.key, "“%s”的上级“%s”不在 regions.yaml 里", e.name, b.Regions[code].Parent)
		case !below(code, parent):
			r.fail(e.key, "“%s”的代码不在上级“%s”里面", e.name, b.Regions[code].Parent)
		}
	}
}
