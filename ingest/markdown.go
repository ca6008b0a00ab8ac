package ingest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"xiaohe/knowledge"
)

// metadata of a document, as front matter states it or as it is found in the text.
type metadata struct {
	Title     string `yaml:"title"`
	Issuer    string `yaml:"issuer"`
	Number    string `yaml:"number"`
	Issued    string `yaml:"issued"`
	Effective string `yaml:"effective"`
	Expires   string `yaml:"expires"`
	Region    string `yaml:"region"`
	Status    string `yaml:"status"`
	Source    string `yaml:"source"`
	Note      string `yaml:"note"`
}

var metadataKeys = []string{"title", "issuer", "number", "issued", "effective", "expires", "region", "status", "source", "note"}

// readMarkdown reads Markdown with optional YAML front matter. Emphasis and links keep their words only.
func readMarkdown(data []byte) (source, error) {
	text, err := decode(data)
	if err != nil {
		return source{}, err
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var s source
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		head, body, found := strings.Cut(rest, "\n---\n")
		if !found {
			return source{}, &knowledge.InputError{Message: "文件开头的说明（front matter）没有结束的 --- 行"}
		}
		if s.meta, s.warnings, err = parseFrontMatter(head); err != nil {
			return source{}, err
		}
		text = body
	}
	s.text = plainMarkdown(strings.Join(lines(text), "\n"))
	return s, nil
}

func parseFrontMatter(head string) (m metadata, warnings []string, err error) {
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(head), &raw); err != nil {
		return m, nil, &knowledge.InputError{Message: fmt.Sprintf("文件开头的说明（front matter）不是正确的 YAML：%v", err)}
	}
	for key, node := range raw {
		if !slices.Contains(metadataKeys, key) {
			warnings = append(warnings, "不认识的说明项“"+key+"”，已忽略")
		} else if node.Kind != yaml.ScalarNode {
			return m, nil, &knowledge.InputError{Message: "文件开头的说明项“" + key + "”应是一行文字"}
		}
	}
	slices.Sort(warnings)
	if err := yaml.Unmarshal([]byte(head), &m); err != nil {
		return m, nil, &knowledge.InputError{Message: fmt.Sprintf("文件开头的说明（front matter）写错了：%v", err)}
	}
	return m, warnings, m.check()
}

var partialDate = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)

func (m *metadata) check() error {
	for _, date := range []string{m.Effective, m.Expires} {
		if _, err := knowledge.ParseDate(date); err != nil {
			return err
		}
	}
	if m.Issued != "" {
		if !partialDate.MatchString(m.Issued) {
			return &knowledge.InputError{Message: "发文日期“" + m.Issued + "”不对，请写成 2026-03-01、2026-03 或 2026"}
		}
		if _, err := knowledge.ParseDate((m.Issued + "-01-01")[:10]); err != nil {
			return err
		}
	}
	return nil
}

var (
	mdComment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	mdLink     = regexp.MustCompile(`!?\[([^\[\]]*)\]\([^()\s]*\)`)
	mdEmphasis = regexp.MustCompile(`\*\*([^*]+)\*\*|__([^_]+)__`)
	mdRule     = regexp.MustCompile(`(?m)^(?:[-*_]\s*){3,}$\n?`)
)

func plainMarkdown(text string) string {
	text = mdComment.ReplaceAllString(text, "")
	text = mdLink.ReplaceAllString(text, "$1")
	text = mdEmphasis.ReplaceAllString(text, "$1$2")
	return strings.Join(lines(mdRule.ReplaceAllString(text, "")), "\n")
}
