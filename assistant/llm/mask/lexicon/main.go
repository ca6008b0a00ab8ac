// Command lexicon writes the lists that tell plain words from names: words/lexicon.txt and words/names.txt.
//
//	go run ./assistant/llm/mask/lexicon DICT CHARFREQ
//
// DICT is dict.txt of jieba 0.42.1 (words, their counts and parts of speech), CHARFREQ is charfreq.csv of ngender 0.1.1
// (how often a character is in a given name); both are under the MIT licence. The messages that the classifier of danger
// is trained on (assistant/triage/data/train_*.jsonl) and the documents and cards (knowledge/seed/policies) tell how people
// here talk. Every word costs what it is worth to be
// surprised by it, -ln p, as a letter: see mask.cost.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	folder    = "assistant/llm/mask/words/"
	messages  = "assistant/triage/data/train_*.jsonl"
	documents = "knowledge/seed/policies/*.md"
)

// Words of fewer uses in jieba's texts are left out, unless they are met in the messages.
const (
	leastUses     = 12
	leastIdiom    = 4 // of four characters
	leastMessages = 2
	leastPair     = 40 // of two characters that are no word of jieba's
	leastGiven    = 150
)

// longest is how many characters a word may have.
const longest = 4

// entry is a word of jieba's dictionary.
type entry struct {
	uses int
	tag  string
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: lexicon DICT CHARFREQ")
	}
	words, people := readDict(os.Args[1])
	pairs, met := count(words)
	for pair, n := range pairs {
		if _, known := words[pair]; !known && n >= leastPair {
			words[pair], met[pair] = entry{0, "x"}, n
		}
	}
	writeWords(words, met)
	writeNames(people, os.Args[2])
}

// readDict reads the dictionary: words, and the names of persons in it.
func readDict(name string) (words, people map[string]entry) {
	words, people = map[string]entry{}, map[string]entry{}
	surnames := surnames()
	for line := range strings.Lines(read(name)) {
		f := strings.Fields(line)
		if len(f) != 3 || !isHan(f[0]) {
			continue
		}
		uses, err := strconv.Atoi(f[1])
		if err != nil {
			log.Fatal(err)
		}
		r := []rune(f[0])
		e := entry{uses, f[2]}
		switch {
		case len(r) > longest:
		case strings.HasPrefix(e.tag, "nr") && len(r) > 1 && (e.tag == "nrt" || strings.ContainsRune(surnames, r[0]) || strings.ContainsRune("小阿", r[0])):
			people[f[0]] = e
		default:
			words[f[0]] = e
		}
	}
	return words, people
}

// surnames are all characters that are surnames.
func surnames() string {
	var b strings.Builder
	for line := range strings.Lines(read(folder + "people.txt")) {
		heading, list, _ := strings.Cut(line, ":")
		if heading == "surname" || heading == "rare" || heading == "odd" {
			b.WriteString(strings.Join(strings.Fields(list), ""))
		}
	}
	return b.String()
}

// count cuts the messages into words and counts these, and pairs of single characters.
func count(words map[string]entry) (pairs, met map[string]int) {
	pairs, met = map[string]int{}, map[string]int{}
	total := 0
	for _, e := range words {
		total += e.uses
	}
	for _, text := range texts() {
		last := ""
		for _, w := range cut([]rune(text), words, total) {
			switch single := len([]rune(w)) == 1; {
			case !isHan(w):
				last = ""
				continue
			case !single:
				last = ""
			case last != "":
				pairs[last+w]++
				last = w
			default:
				last = w
			}
			met[w]++
		}
	}
	return pairs, met
}

// texts are the messages, and the lines of documents and cards.
func texts() []string {
	var all []string
	for _, name := range glob(messages) {
		for line := range strings.Lines(read(name)) {
			var m struct{ Text string }
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				log.Fatal(name, ": ", err)
			}
			all = append(all, m.Text)
		}
	}
	for _, name := range glob(documents) {
		all = slices.AppendSeq(all, strings.Lines(read(name)))
	}
	return all
}

func glob(pattern string) []string {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		log.Fatal("no files ", pattern, ": ", err)
	}
	return files
}

// cut finds the likeliest words of a text.
func cut(r []rune, words map[string]entry, total int) []string {
	best, from := make([]float64, len(r)+1), make([]int, len(r)+1)
	for j := 1; j <= len(r); j++ {
		best[j] = math.Inf(1)
		for i := max(0, j-longest); i < j; i++ {
			cost := 20.0
			if e, ok := words[string(r[i:j])]; ok {
				cost = -math.Log(float64(max(e.uses, 1)) / float64(total))
			} else if j-i > 1 {
				continue
			}
			if c := best[i] + cost; c < best[j] {
				best[j], from[j] = c, i
			}
		}
	}
	var out []string
	for j := len(r); j > 0; j = from[j] {
		out = append(out, string(r[from[j]:j]))
	}
	slices.Reverse(out)
	return out
}

// writeWords writes words by their first characters, each with its cost: half of jieba's texts and half of the messages.
func writeWords(words map[string]entry, met map[string]int) {
	all, here := 0, 0
	for w, e := range words {
		all, here = all+e.uses, here+met[w]
	}
	lines := map[string][]string{}
	n := 0
	for _, w := range slices.Sorted(maps.Keys(words)) {
		e := words[w]
		least := leastUses
		if len([]rune(w)) == longest {
			least = leastIdiom
		}
		if e.uses < least && met[w] < leastMessages {
			continue
		}
		p := float64(e.uses)/float64(all)/2 + float64(met[w])/float64(here)/2
		letter := letter(-math.Log(p))
		if !strings.ContainsAny(e.tag[:1], "nagjsbmqikl") {
			letter += 'A' - 'a' // an action, a time, a function word: no name of a place has it
		}
		first := string([]rune(w)[:1])
		lines[first] = append(lines[first], strings.TrimPrefix(w, first)+string(letter))
		n++
	}
	var b strings.Builder
	b.WriteString("# Plain words, by their first characters, with their costs. Made by the command lexicon from the dictionary of\n" +
		"# jieba 0.42.1 (MIT licence) without its names of persons, and the messages and documents of this\n" +
		"# repository.\n")
	for _, first := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "%s %s\n", first, strings.Join(lines[first], " "))
	}
	write("lexicon.txt", b.String())
	log.Print(n, " words")
}

// writeNames writes what the characters of names cost: surnames from the persons of the dictionary, given names from
// counts of real ones.
func writeNames(people map[string]entry, file string) {
	count, total := map[rune]int{}, 0
	for name, e := range people {
		if r := []rune(name); len(r) == 3 && e.tag == "nr" {
			count[r[0]]++
			total++
		}
	}
	var b strings.Builder
	b.WriteString("# What characters of names cost. Made by the command lexicon: surnames from the persons in the dictionary of jieba\n" +
		"# 0.42.1, given names from the counts of ngender 0.1.1 (both under the MIT licence).\nsurname:")
	for _, r := range surnames() {
		fmt.Fprintf(&b, " %c%c", r, letter(-math.Log((float64(count[r])+0.5)/float64(total))))
	}
	b.WriteString("\ngiven:")
	given, total := map[string]int{}, 0
	for line := range strings.Lines(read(file)) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) != 3 || !isHan(f[0]) {
			continue
		}
		male, _ := strconv.Atoi(f[1])
		female, _ := strconv.Atoi(f[2])
		given[f[0]] = male + female
		total += male + female
	}
	for _, c := range slices.Sorted(maps.Keys(given)) {
		if given[c] >= leastGiven {
			fmt.Fprintf(&b, " %s%c", c, letter(-math.Log(float64(given[c])/float64(total))))
		}
	}
	b.WriteString("\n")
	write("names.txt", b.String())
}

// letter is a cost from 2 on in steps of 0.6, as mask.cost reads it.
func letter(cost float64) rune {
	return 'a' + rune(min(max(math.Round((cost-2)/0.6), 0), 25))
}

func isHan(text string) bool {
	for _, r := range text {
		if r < 0x4e00 || r > 0x9fff {
			return false
		}
	}
	return text != ""
}

func read(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	return string(data)
}

func write(name, text string) {
	if err := os.WriteFile(folder+name, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}
