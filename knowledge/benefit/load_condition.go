package benefit

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scope is what names in a condition refer to: the marks, lists and branches of the rule that it stands in.
type scope struct {
	sources  map[string]Source
	lists    map[string][]string
	branches map[string]*Node
	cited    bool // a group above names its basis
}

func newScope() *scope {
	return &scope{sources: map[string]Source{}, lists: map[string][]string{}, branches: map[string]*Node{}}
}

// condition reads a tree. Within a rule (s is not nil) every leaf needs its basis.
func (b *Book) condition(r reader, n *yaml.Node, s *scope) *Node {
	n = resolved(n)
	var found []entry
	for _, e := range r.entries(n) {
		if w, ok := findWord(e.name); ok && w.kind != comparison || e.name == "事实" {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		r.fail(n, "一条条件里要有一个、也只能有一个：全部满足、任一满足、都不满足、至少满足、事实、引用、规则、人工")
		return &Node{Op: Manual, Line: n.Line}
	}
	e := found[0]
	if e.name == "事实" {
		return b.leaf(r, n, s)
	}
	w, _ := findWord(e.name)
	fields := r.fields(n, w.text, "名称", "依据")
	node := &Node{Op: w.op, Name: r.text(fields["名称"]), Word: w.text, Line: n.Line}
	node.Basis = b.basis(r, fields["依据"], s)
	switch w.op {
	case Ref:
		node.Name = r.text(e.value)
		b.reference(r, e.value, s, node)
	case RuleIs:
		node.Rule = r.text(e.value)
		if !slices.Contains(Benefits, node.Rule) {
			r.fail(e.value, "没有“%s”这个福利项目", node.Rule)
		}
		node.rule = slices.Index(Benefits, node.Rule)
		r.needBasis(n, node, s)
	case Manual:
		node.Name = r.text(e.value)
		r.needBasis(n, node, s)
	default:
		b.group(r, e.value, s, node)
	}
	return node
}

func (r reader) needBasis(at *yaml.Node, node *Node, s *scope) {
	if s != nil && !s.cited && len(node.Basis) == 0 {
		r.fail(at, "这条没有写“依据”（文件代号加条款，例如 甲 一）")
	}
}

func (b *Book) group(r reader, n *yaml.Node, s *scope, node *Node) {
	list := n
	if node.Op == AtLeast {
		fields := r.fields(n, "个数", "其中")
		if !r.need(n, fields, "个数", "其中") {
			return
		}
		node.Count, list = int(r.integer(fields["个数"])), fields["其中"]
	}
	inner := s
	if s != nil && len(node.Basis) > 0 {
		copied := *s
		copied.cited, inner = true, &copied
	}
	for _, item := range r.items(list) {
		kid := b.condition(r, item, inner)
		if len(kid.Basis) == 0 && kid.Op >= Less && len(node.Basis) > 0 {
			kid.Basis = node.Basis
		}
		node.Kids = append(node.Kids, kid)
	}
	if len(node.Kids) == 0 {
		r.fail(n, "“%s”下面没有条件", node.Word)
	}
	if node.Op == AtLeast && (node.Count < 1 || node.Count > len(node.Kids)) {
		r.fail(n, "“个数”要在 1 和 %d 之间", len(node.Kids))
	}
}

// reference finds a 分条件; it must have been read before, so that branches cannot go round in a circle.
func (b *Book) reference(r reader, n *yaml.Node, s *scope, node *Node) {
	if s == nil {
		r.fail(n, "这里不能用“引用”")
		node.Op = Manual
		return
	}
	branch, ok := s.branches[node.Name]
	if !ok {
		names := slices.Sorted(maps.Keys(s.branches))
		r.fail(n, "没有“%s”这个分条件，或者它绕回了自己（可用：%s）", node.Name, strings.Join(names, "、"))
		node.Op = Manual
		return
	}
	node.Kids = []*Node{branch}
}

// leaf reads a comparison.
func (b *Book) leaf(r reader, n *yaml.Node, s *scope) *Node {
	allowed := []string{"事实", "依据", "按"}
	for _, w := range vocabulary {
		if w.kind == comparison {
			allowed = append(allowed, w.text)
		}
	}
	fields := r.fields(n, allowed...)
	node := &Node{TierBy: -1, Line: n.Line}
	node.Fact = b.factIndex(r, fields["事实"])
	node.Basis = b.basis(r, fields["依据"], s)
	r.needBasis(n, node, s)
	f := b.Dictionary.Facts[node.Fact]
	compared := 0
	for _, w := range vocabulary {
		if operand := fields[w.text]; operand != nil && w.kind == comparison {
			compared++
			node.Op, node.Negate, node.Word = w.op, w.negate, w.text
			if !slices.Contains(w.types, f.Type) {
				r.fail(operand, "“%s”是%s，不能用“%s”来比", f.Name, f.Type, w.text)
				continue
			}
			b.operand(r, operand, s, node, f, w)
		}
	}
	if compared != 1 {
		r.fail(n, "一条事实要有一个、也只能有一个比较词（小于、至少、是、等于、属于、含任一……）")
		node.Op = Manual
	}
	if tier := fields["按"]; tier != nil {
		node.TierBy = b.factIndex(r, tier)
	}
	return node
}

func (b *Book) operand(r reader, n *yaml.Node, s *scope, node *Node, f *Fact, w word) {
	switch w.op {
	case Less:
		switch f.Type {
		case Date:
			node.Limit = int64(r.day(n, 0)) + w.offset
		case Money:
			node.Limit = r.yuan(n) + w.offset
		default:
			node.Limit = r.integer(n) + w.offset
		}
		if node.Limit-w.offset < f.Range.Lo || node.Limit-w.offset > f.Range.Hi {
			r.fail(n, "%s 不在“%s”的范围里", n.Value, f.Name)
		}
	case Below:
		node.Standard = r.text(n)
		b.uses = append(b.uses, use{r.file, n.Line, node.Standard})
	default:
		var names []string
		if n.Kind == yaml.SequenceNode {
			names = r.texts(n)
		} else if list, ok := s.list(n.Value); ok {
			names = list
		} else {
			names = []string{r.text(n)}
		}
		mask, unknown := f.mask(names)
		if unknown != "" {
			r.fail(n, "“%s”没有“%s”这个取值（可用：%s）", f.Name, unknown, strings.Join(f.Options, "、"))
		}
		if len(names) == 0 {
			r.fail(n, "这里没有写取值")
		}
		node.Mask, node.Limit = mask, int64(len(f.Options))
	}
}

func (s *scope) list(name string) ([]string, bool) {
	if s == nil {
		return nil, false
	}
	list, ok := s.lists[name]
	return list, ok
}

// basis reads 依据: mark and article, several separated by 、 or ；. An article without a mark belongs to the mark
// before it: 甲 二（一）、三.
func (b *Book) basis(r reader, n *yaml.Node, s *scope) []Source {
	if n == nil || s == nil {
		return nil
	}
	var found []Source
	last := Source{}
	for _, part := range strings.FieldsFunc(r.text(n), func(c rune) bool { return c == '、' || c == '；' || c == ';' }) {
		mark, clause, _ := strings.Cut(strings.TrimSpace(part), " ")
		source, ok := s.sources[mark]
		switch {
		case ok:
			last = source
			source.Clause = strings.TrimSpace(clause)
		case len(found) > 0:
			source = last
			source.Clause = strings.TrimSpace(part)
		default:
			r.fail(n, "依据“%s”里没有文件代号（本规则有：%s）", part, strings.Join(slices.Sorted(maps.Keys(s.sources)), "、"))
			continue
		}
		found = append(found, source)
	}
	return found
}

// valueOf reads a value of a fact as 判例 and 否则 write it: 10, "9..12", 是, [服刑在押], {至少: […]}, {不是: […]}.
func (b *Book) valueOf(r reader, f *Fact, n *yaml.Node) Value {
	said, ok := b.saidOf(r, f, n)
	if !ok {
		return f.domain()
	}
	v, err := f.value(said)
	if err != nil {
		r.fail(n, "%s", err)
		return f.domain()
	}
	return v
}
