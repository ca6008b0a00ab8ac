package benefit

import (
	"slices"
	"strings"
)

// ReadKnown reads a file of facts as 判例 write 已知: 孩子.年龄: 10. What is wrong with it comes back as problems.
func (b *Book) ReadKnown(name, text string) (map[string]Said, []Problem) {
	var problems []Problem
	r := reader{name, &problems}
	precheck(r, text)
	known := map[string]Said{}
	for _, root := range r.documents(text) {
		for _, e := range r.entries(root) {
			if _, err := b.Dictionary.Fact(e.name); err != nil {
				r.fail(e.key, "没有“%s”这个事实%s", e.name, b.Dictionary.similar(e.name))
				continue
			}
			f, _ := b.Dictionary.Fact(e.name)
			if said, ok := b.saidOf(r, f, e.value); ok {
				known[e.name] = said
			}
		}
	}
	return known, sortProblems(problems)
}

// FindRegion reads a region as its code of 6, 9 or 12 digits, or as a name of regions.yaml.
func (b *Book) FindRegion(text string) (code string, ok bool) {
	if n, isCode := placeCode(text); isCode {
		return text, b.placeName(n) != ""
	}
	for _, region := range b.Regions {
		if region.Name == text || slices.Contains(region.Aliases, text) || text != "" && strings.TrimRight(region.Name, "省市区县") == text {
			return region.Code, true
		}
	}
	return "", false
}
