package guard

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"xiaohe/knowledge/benefit"
)

// benefitName is one name of a benefit; verdict is empty where the card does not speak of it.
type benefitName struct{ name, id, verdict string }

// benefitNames gathers the names of the card's benefits and the canonical names of all others.
func benefitNames(verdicts []Verdict) map[rune][]benefitName {
	var names []benefitName
	onCard := map[string]string{}
	for _, v := range verdicts {
		onCard[v.ID] = v.Verdict
		names = append(names, benefitName{string(normal(v.ID)), v.ID, v.Verdict})
		for _, name := range v.Names {
			names = append(names, benefitName{strings.TrimPrefix(string(normal(name)), "吃"), v.ID, v.Verdict}) // 吃低保
		}
	}
	for _, id := range benefit.Benefits {
		if onCard[id] == "" {
			names = append(names, benefitName{string(normal(id)), id, ""})
		}
	}
	for short, id := range everydayNames {
		if !slices.ContainsFunc(names, func(n benefitName) bool { return n.name == short }) {
			names = append(names, benefitName{short, id, onCard[id]})
		}
	}
	sort.SliceStable(names, func(i, j int) bool {
		if len(names[i].name) != len(names[j].name) {
			return len(names[i].name) > len(names[j].name)
		}
		return names[i].name < names[j].name
	})
	byFirst := make(map[rune][]benefitName, len(names))
	for _, n := range names {
		if first, _ := utf8.DecodeRuneInString(n.name); n.name != "" {
			byFirst[first] = append(byFirst[first], n)
		}
	}
	return byFirst
}

// everydayNames are what people call the benefits that every family has heard of.
var everydayNames = map[string]string{
	"低保": "最低生活保障", "低边": "低保边缘家庭认定", "特困": "特困人员救助供养", "五保": "特困人员救助供养", "事实孤儿": "事实无人抚养儿童基本生活补贴", "事实无人抚养": "事实无人抚养儿童基本生活补贴",
	"孤儿补贴": "孤儿基本生活费", "孤儿费": "孤儿基本生活费", "康复救助": "残疾儿童康复救助", "护理补贴": "重度残疾人护理补贴", "困境儿童补贴": "困境儿童基本生活补贴", "法援": "法律援助", "司法救助": "国家司法救助",
	"低保边缘家庭": "低保边缘家庭认定", "最低生活保障边缘家庭": "低保边缘家庭认定", "最低生活保障边缘": "低保边缘家庭认定", "低保边缘": "低保边缘家庭认定", "低边户": "低保边缘家庭认定", "明天计划": "孤儿医疗康复明天计划", "福彩圆梦": "福彩圆梦·孤儿助学", "孤儿助学": "福彩圆梦·孤儿助学", "单人户": "最低生活保障（单人户）", "营养餐": "义务教育营养改善计划",
}

// mention is a benefit named at a place, in bytes.
type mention struct {
	benefitName
	at        int
	attribute bool // it describes a family or a line: 低保家庭, 低保标准
}

var describes = regexp.MustCompile(`^(家庭|户|对象|人员|标准|线|里的|的孩子|儿童|的家)`)

// scan finds the benefits that words name, the longest name at each place, and gives the words with □ for each.
func (g *Guard) scan(words string) ([]mention, string) {
	var found []mention
	var plain strings.Builder
	last := 0
	for i, r := range words {
		if i < last {
			continue
		}
		for _, n := range g.names[r] {
			if !strings.HasPrefix(words[i:], n.name) {
				continue
			}
			found = append(found, mention{n, i, describes.MatchString(words[i+len(n.name):])})
			plain.WriteString(words[last:i])
			plain.WriteString("□")
			last = i + len(n.name)
			break
		}
	}
	if last == 0 {
		return nil, words
	}
	plain.WriteString(words[last:])
	return found, plain.String()
}

// mentions finds the benefits that words name.
func (g *Guard) mentions(words string) []mention {
	found, _ := g.scan(words)
	return found
}

// withoutNames is words with □ for the names of benefits.
func (g *Guard) withoutNames(words string) string {
	_, plain := g.scan(words)
	return plain
}

var benefitLike = regexp.MustCompile(`(补贴|补助|救助|助学金|生活费|供养|津贴|低保|特困|救济|保障金|奖学金|减免|养老金|抚恤金|慰问金|医保|困难户|贫困户|补偿)`)

// unknownBenefit tells whether words, without the names that are known, still speak of some benefit.
func unknownBenefit(words string) bool { return benefitLike.MatchString(words) }
