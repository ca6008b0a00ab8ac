package mask

import (
	"embed"
	"strings"
	"sync"

	"xiaohe/knowledge/seed"
)

//go:embed words
var wordFiles embed.FS

// class is a set of kinds of words. A word may be of several.
type class uint64

const (
	surname class = 1 << iota
	rare
	odd
	double
	kin
	label
	called
	named
	self
	title
	after
	before
	never
	pet
	notpet
	joined
	given
	word
	region
	county
	residence
	bare
	numbered
	unit
	room
	noplace
	office
	school
	kindofschool
	schoolcut
	idLabel
	cardLabel
	tailLabel
	phoneLabel
	publicLabel
	chatLabel
	codeLabel
	money
	estate
	inplace
	shortCounty
	dwelling
	noend
	stop
	firmEnd
	sound
	fullGiven
	asked
	whole
	hamlet
	placeName
	general
	keep
	income
	landmark
	plainly
	door
	calling
	renting
	ours
	doing
	home
	byword
	group
)

// classNames are the headings of the files in words.
var classNames = map[string]class{
	"surname": surname, "rare": rare, "odd": odd, "double": double, "kin": kin, "label": label, "called": called,
	"named": named, "self": self, "title": title, "after": after, "before": before, "never": never, "pet": pet,
	"notpet": notpet, "joined": joined, "given": given, "word": word, "residence": residence, "bare": bare,
	"numbered": numbered, "unit": unit, "room": room, "noplace": noplace, "office": office, "school": school,
	"kindofschool": kindofschool, "schoolcut": schoolcut, "idLabel": idLabel, "cardLabel": cardLabel,
	"tailLabel": tailLabel, "phoneLabel": phoneLabel, "publicLabel": publicLabel, "chatLabel": chatLabel,
	"codeLabel": codeLabel, "money": money, "estate": estate, "inplace": inplace, "dwelling": dwelling, "noend": noend, "stop": stop, "firmEnd": firmEnd, "sound": sound, "fullGiven": fullGiven, "asked": asked, "whole": whole, "hamlet": hamlet, "placeName": placeName, "general": general, "keep": keep | word, "income": income, "landmark": landmark, "ours": ours, "door": door, "calling": calling, "renting": renting, "doing": doing, "home": home, "byword": byword, "group": group, "plain": plainly | word, "region": region | county,
}

// node is a place in the tree of all words.
type node struct {
	class class
	under class // of all words that go through here
	next  map[rune]*node
}

func (n *node) add(text string, c class) {
	for _, r := range text {
		child := n.next[r]
		if child == nil {
			child = &node{}
			if n.next == nil {
				n.next = map[rune]*node{}
			}
			n.next[r] = child
		}
		n = child
		n.under |= c
	}
	n.class |= c
}

// words is the tree of all words, read once.
var words = sync.OnceValue(func() *node {
	root := &node{}
	for _, name := range []string{"people.txt", "places.txt", "numbers.txt"} {
		for line := range strings.Lines(wordFile(name)) {
			heading, list, ok := strings.Cut(line, ":")
			if !ok || line[0] == '#' {
				continue
			}
			c, known := classNames[heading]
			if !known {
				panic("mask: " + name + " has the unknown heading " + heading) // the file is part of the binary
			}
			for text := range strings.FieldsSeq(list) {
				root.add(text, c)
			}
		}
	}
	_, characters, _ := strings.Cut(wordFile("given.txt"), "\n")
	for _, r := range strings.TrimSpace(characters) {
		root.add(string(r), given)
	}
	addRegions(root)
	addWords(root)
	addTerms(root)
	return root
})

func wordFile(name string) string {
	data, err := wordFiles.ReadFile("words/" + name)
	if err != nil {
		panic("mask: " + err.Error()) // the file is part of the binary
	}
	return string(data)
}

// addRegions adds provinces, cities and counties: as they are written, and as they are said. The short names of counties
// are names of persons and of streets as well.
func addRegions(root *node) {
	for _, line := range seed.Lines("regions.tsv") {
		f := strings.Split(line, "\t")
		level, name := f[1], f[3]
		if level == "0" {
			continue
		}
		c := region
		if level == "3" {
			c |= county
		}
		root.add(name, c)
		if level == "3" {
			if short, ok := strings.CutSuffix(name, "自治县"); ok {
				if short := withoutPeoples(short); short != "" {
					root.add(short+"县", c) // 东乡县
				}
			}
			for _, suffix := range []string{"新区", "区", "县", "市"} {
				switch short, ok := strings.CutSuffix(name, suffix); {
				case ok && len([]rune(short)) == 2:
					root.add(short, shortCounty)
				case ok && len([]rune(short)) == 3:
					root.add(short, keep) // 沙坪坝
				}
			}
			continue
		}
		for _, suffix := range []string{"特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"} {
			if short, ok := strings.CutSuffix(name, suffix); ok {
				if strings.HasPrefix(suffix, "自治") && !strings.HasPrefix(short, "内蒙古") {
					short = string([]rune(short)[:2])
					root.add(short+"州", c)
				}
				root.add(short, c)
				break
			}
		}
	}
}

// peoples give autonomous counties their names.
var peoples = strings.Fields("蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 拉祜族 水族 东乡族 " +
	"纳西族 景颇族 柯尔克孜族 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 塔吉克 普米族 怒族 鄂温克族 保安族 裕固族 独龙族 鄂伦春族 各族 蒙古 哈萨克 裕固 撒拉")

// withoutPeoples is a name without those of the peoples at its end: 积石山保安族东乡族撒拉族 → 积石山. Those that are nothing
// else, as 东乡族, keep their word.
func withoutPeoples(name string) string {
	for cut := true; cut; {
		cut = false
		for _, people := range peoples {
			if short, ok := strings.CutSuffix(name, people); ok && short != "" {
				name, cut = short, true
			}
		}
	}
	return strings.TrimSuffix(name, "族")
}

// addWords adds the plain words that names look like: they begin with a surname, or given names are made of their
// characters.
func addWords(root *node) {
	for line := range strings.Lines(wordFile("lexicon.txt")) {
		first, list, ok := strings.Cut(line, " ")
		if !ok || first == "#" {
			continue
		}
		head := root.next[[]rune(first)[0]]
		if head == nil || head.class&(surname|rare|given) == 0 {
			continue
		}
		for item := range strings.FieldsSeq(list) {
			rest := []rune(item[:len(item)-1])
			if len(rest) == 0 || len(rest) > 2 || head.class&(surname|rare) == 0 && (len(rest) > 1 || root.next[rest[0]] == nil || root.next[rest[0]].class&given == 0) {
				continue
			}
			root.add(first+string(rest), word)
		}
	}
}

// addTerms adds the words of benefits, laws, illnesses and troubles: they stay. Those with the form of a nickname do not
// count.
func addTerms(root *node) {
	for _, people := range peoples {
		root.add(people, keep)
	}
	for _, line := range seed.Lines("lexicon.tsv") {
		for _, term := range strings.FieldsFunc(line, func(r rune) bool { return !isHan(r) }) {
			r := []rune(term)
			if n := len(r); n > 2 && n <= 10 && r[n-1] != '老' || n == 2 && r[0] != r[1] && !strings.ContainsRune("小大阿老细", r[0]) && !strings.ContainsRune("子儿娃宝仔蛋妞妹丫崽毛", r[1]) {
				root.add(term, keep)
			}
		}
	}
}
