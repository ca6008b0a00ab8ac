package benefit

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader turns YAML nodes into values and collects what is wrong with them, with file and line.
type reader struct {
	file     string
	problems *[]Problem
}

func (r reader) fail(n *yaml.Node, format string, args ...any) {
	r.report(n.Line, Error, format, args...)
}

func (r reader) warn(n *yaml.Node, format string, args ...any) {
	r.report(n.Line, Warning, format, args...)
}

func (r reader) report(line int, severity Severity, format string, args ...any) {
	*r.problems = append(*r.problems, Problem{r.file, line, severity, fmt.Sprintf(format, args...)})
}

// resolved follows an alias.
func resolved(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// documents parses a file, one node for each document in it.
func (r reader) documents(text string) []*yaml.Node {
	var found []*yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if err != nil {
			if err.Error() != "EOF" {
				r.report(lineOf(err), Error, "这里不是正确的 YAML，请看这一行和上一行的缩进、冒号和括号")
			}
			return found
		}
		if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			found = append(found, n.Content[0])
		}
	}
}

var lineInError = regexp.MustCompile(`line (\d+)`)

// lineOf is the line that an error of the YAML parser names. Its errors of grammar count from nought.
func lineOf(err error) int {
	if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		if strings.Contains(err.Error(), "did not find expected") {
			n++
		}
		return n
	}
	return 1
}

// entry is one key of a mapping.
type entry struct {
	name  string
	key   *yaml.Node
	value *yaml.Node
}

// entries lists a mapping in order; keys that appear twice are errors.
func (r reader) entries(n *yaml.Node) []entry {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "这里要写成“名称: 内容”的形式")
		return nil
	}
	var found []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.ContainsFunc(found, func(e entry) bool { return e.name == key.Value }) {
			r.fail(key, "“%s”写了两次", key.Value)
			continue
		}
		found = append(found, entry{key.Value, key, resolved(n.Content[i+1])})
	}
	return found
}

// fields is a mapping whose keys are a closed list.
func (r reader) fields(n *yaml.Node, allowed ...string) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	for _, e := range r.entries(n) {
		if !slices.Contains(allowed, e.name) {
			r.fail(e.key, "没有“%s”这个栏目（可用：%s）", e.name, strings.Join(allowed, "、"))
			continue
		}
		found[e.name] = e.value
	}
	return found
}

// items lists a sequence.
func (r reader) items(n *yaml.Node) []*yaml.Node {
	n = resolved(n)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "这里要写成列表，例如 [甲, 乙]")
		return nil
	}
	found := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		found[i] = resolved(item)
	}
	return found
}

// text reads a scalar; a missing node is the empty text.
func (r reader) text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "这里要写一个值，不是列表")
		return ""
	}
	return n.Value
}

func (r reader) texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	var found []string
	for _, item := range r.items(n) {
		found = append(found, r.text(item))
	}
	return found
}

func (r reader) integer(n *yaml.Node) int64 {
	value, err := strconv.ParseInt(r.text(n), 10, 64)
	if err != nil {
		r.fail(n, "这里要写整数，不能是“%s”", n.Value)
	}
	return value
}

// day reads a quoted date; a missing node is other.
func (r reader) day(n *yaml.Node, other Day) Day {
	if n == nil {
		return other
	}
	day, err := ParseDay(r.text(n))
	if err != nil {
		r.fail(n, "%s", err)
	}
	return day
}

// oneOf reads one of a closed list; empty where the node is missing.
func (r reader) oneOf(n *yaml.Node, allowed ...string) string {
	text := r.text(n)
	if n != nil && !slices.Contains(allowed, text) {
		r.fail(n, "“%s”不能用在这里（可用：%s）", text, strings.Join(allowed, "、"))
	}
	return text
}

// yuan reads an amount in 元.
func (r reader) yuan(n *yaml.Node) Fen {
	amount, ok := parseYuan(r.text(n))
	if !ok {
		r.fail(n, "金额“%s”写错了，要写成 2525 或 2094.4，最多两位小数", n.Value)
	}
	return amount
}

// money reads one amount in 元 or a range [低, 高].
func (r reader) money(n *yaml.Node) Interval {
	if n.Kind != yaml.SequenceNode {
		return exactly(r.yuan(n))
	}
	if items := r.items(n); len(items) == 2 {
		if span := (Interval{r.yuan(items[0]), r.yuan(items[1])}); span.Lo <= span.Hi {
			return span
		}
	}
	r.fail(n, "金额范围要写成 [低, 高]")
	return Interval{}
}

func (r reader) region(n *yaml.Node, book *Book) int64 {
	code, ok := placeCode(r.text(n))
	switch {
	case !ok:
		r.fail(n, "地区代码“%s”写错了，要写 6 位、9 位或 12 位代码并加英文引号", n.Value)
	case book.Regions[code].Name == "":
		r.fail(n, "regions.yaml 里没有地区“%s”", n.Value)
	}
	return code
}
