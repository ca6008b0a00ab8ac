package benefit

import (
	"fmt"
)

// Dictionary is the facts that rules may speak of (facts.yaml).
type Dictionary struct {
	Facts          []*Fact
	Links          []Link // 蕴含
	Contradictions []Contradiction

	byName map[string]int
}

// Link is an implication between facts. 则: where If holds the option is in, where it does not the option is out.
// 则不是: where If holds the options are out, otherwise nothing follows.
type Link struct {
	If   *Node
	Then []linked
	Bars bool // 则不是
}

type linked struct {
	fact    int
	in, out Value
}

// Contradiction is a combination that cannot be (矛盾), and the sentence that says so.
type Contradiction struct {
	If   *Node
	Text string
}

// Fact finds a fact by its name.
func (d *Dictionary) Fact(name string) (*Fact, error) {
	i, ok := d.byName[name]
	if !ok {
		return nil, fmt.Errorf("没有“%s”这个事实", name)
	}
	return d.Facts[i], nil
}

// factsOf lists the facts that a condition speaks of.
func (d *Dictionary) factsOf(n *Node) []string {
	var names []string
	seen := map[int]bool{}
	n.leaves(func(leaf *Node) {
		if leaf.Op >= Less && leaf.Op <= Below && !seen[leaf.Fact] {
			seen[leaf.Fact] = true
			names = append(names, d.Facts[leaf.Fact].Name)
		}
	})
	return names
}

// label is a fact's name as people say it.
func (b *Book) label(name string) string {
	f, err := b.Dictionary.Fact(name)
	if err != nil {
		return name
	}
	return f.Label
}
