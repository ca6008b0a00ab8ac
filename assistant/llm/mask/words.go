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
)

// classNames are the headings of the files in words.
var classNames = map[string]class{
	"surname": surname, "rare": rare, "odd": odd, "double": double, "kin": kin, "label": label, "called": called,
	"named": named, "self": self, "title": title, "after": after, "before": before, "never": never, "pet": pet,
	"notpet": notpet, "joined": joined, "given": given, "word": word, "residence": residence, "bare": bare,
	"numbered": numbered, "unit": unit, "room": room, "noplace": noplace, "office": office, "school": school,
	"kindofschool": kindofschool, "schoolcut": schoolcut, "idLabel": idLabel, "cardLabel": cardLabel,
	"tailLabel": tailLabel, "phoneLabel": phoneLabel, "publicLabel": publicLabel, "chatLabel": chatLabel,
	"codeLabel": codeLabel, "money": money, "estate": estate, "inplace": inplace, "dwelling": dwelling, "noend": noend, "stop": stop, "firmEnd": firmEnd, "sound": sound, "fullGiven": fullGiven, "asked": asked, "whole": whole, "hamlet": hamlet, "placeName": placeName, "region": region | county,
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
	for _, name := range []string{"people.txt", "common.txt", "pairs.txt", "places.txt", "numbers.txt"} {
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
			for _, suffix := range []string{"区", "县", "市"} {
				if short, ok := strings.CutSuffix(name, suffix); ok && len([]rune(short)) == 2 {
					root.add(short, shortCounty)
				}
			}
			continue
		}
		for _, suffix := range []string{"特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"} {
			if short, ok := strings.CutSuffix(name, suffix); ok {
				if strings.HasPrefix(suffix, "自治") && !strings.HasPrefix(short, "内蒙古") {
					short = string([]rune(short)[:2])
				}
				root.add(short, c)
				break
			}
		}
	}
}
