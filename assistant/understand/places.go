package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/seed"
)

// placeFacts is the fact for a word of residence.
var placeFacts = map[string]string{"户籍": "孩子.户籍地", "居住": "孩子.居住地", "就读": "孩子.就读地"}

// longestPlace is how many characters a place name may have: 广西壮族自治区南宁市青秀区.
const longestPlace = 16

// placeNames are the names of provinces and cities as they are said and written, and of counties as they are written.
func placeNames() []string {
	var names []string
	for _, line := range seed.Lines("regions.tsv") {
		f := strings.Split(line, "\t")
		if f[1] == "0" {
			continue
		}
		names = append(names, f[3])
		if short := spoken(f[3]); f[1] != "3" && short != "" {
			names = append(names, short)
		}
	}
	return names
}

// spoken is a province or city as people say it: 杭州, 广西, 恩施. Of autonomous areas it is what stands before the
// names of the peoples.
func spoken(name string) string {
	if strings.HasPrefix(name, "内蒙古") {
		return "内蒙古"
	}
	if strings.HasSuffix(name, "自治区") || strings.HasSuffix(name, "自治州") || strings.HasSuffix(name, "特别行政区") {
		return string([]rune(name)[:2])
	}
	for _, suffix := range []string{"地区", "省", "市", "盟"} {
		if short, ok := strings.CutSuffix(name, suffix); ok && len([]rune(short)) > 1 {
			return short
		}
	}
	return ""
}

// findPlaces reads place names by the words around them: 户口在安徽, 住杭州, 广州户口, 我们是阜阳的. What is no place the
// caller cannot resolve.
func (r *reader) findPlaces() {
	denied := ""
	for i, t := range r.m.tokens {
		if w := r.subjects[i].who; in(t.kind, residence, urban) && w.role.parent() != "" && !w.self && !r.personIsFarther(i) || t.kind == residence && r.pendingIs(".情形") && r.subjects[i].at < 0 {
			continue // where a parent is registered or lives
		}
		switch t.kind {
		case residence:
			fact := placeFacts[t.code]
			if t.code == "居住" && r.schoolAfter(i) {
				fact = placeFacts["就读"]
			}
			if t.code == "户籍" && r.registeredOnce(i) || r.deniedBefore(i) {
				denied = fact
				continue
			}
			if t.code == "户籍" && (r.knownBefore(i) && r.placeBefore(i, fact) || prefixed(r.m.norm[t.to:], "的人") > 0) {
				continue
			}
			if !r.placeAfter(i, fact) && t.code != "就读" {
				r.placeBefore(i, fact)
			}
		case filler:
			r.cameTo(i)
		case urban:
			r.placeBefore(i, "孩子.户籍地")
		case studying, stage:
			r.placeBefore(i, "孩子.就读地")
		case emergency:
			r.placeBefore(i, "家庭.急难发生地")
		}
	}
	for i, t := range r.m.tokens {
		if moved := i > 0 && (moves[r.m.text(r.m.tokens[i-1])] || i > 1 && moves[r.m.text(r.m.tokens[i-2])]); denied != "" && t.kind == other && !t.used && moved {
			r.place(i, denied) // 户口原来在成都，前年迁到余杭了
		}
		if denied != "" && t.code == "place" && !t.used && i > 0 && (r.m.tokens[i-1].kind == being || i > 1 && (moves[r.m.text(r.m.tokens[i-2])] || moves[r.m.text(r.m.tokens[i-1])])) {
			r.place(i, denied) // 不是杭州户口，是衢州的
		}
		if t.kind == other && t.code == "place" && i > 0 && r.m.text(r.m.tokens[i-1]) == "在" && r.livesAt(i) {
			r.place(i, "孩子.居住地")
		}
		if t.kind == other && (t.code == "place" || r.placeLike(r.m.text(t)) || r.introduces(i)) {
			r.place(i, "")
		}
	}
}

// registeredOnce tells that the register named at i is a former one, and puts its place aside: 户口原来在成都, 户口从合肥
// 迁过来的, 以前上的是贵阳的户口.
func (r *reader) registeredOnce(i int) bool {
	t := r.m.tokens[i]
	after := string(r.m.norm[t.to:min(len(r.m.norm), t.to+4)])
	for j := i - 1; j > 0 && r.m.tokens[j].kind != stop; j-- {
		if r.m.tokens[j].code == "place" && r.pastAt(j) {
			r.m.tokens[j].used = true
			return true
		}
	}
	if !containsAny(after, "原来", "以前", "原先", "本来", "从") {
		return false
	}
	for j := i + 1; j < min(len(r.m.tokens), i+6) && r.m.tokens[j].kind != stop; j++ {
		if r.m.tokens[j].code == "place" {
			r.m.tokens[j].used = true
			break
		}
	}
	return true
}

// livesAt tells that the family is said to be at the place at i: 在广州天河这边, 在苏州住.
func (r *reader) livesAt(i int) bool {
	end := r.m.tokens[i].to
	if i+1 < len(r.m.tokens) && r.m.tokens[i+1].kind == other && r.m.tokens[i+1].to-end <= 4 {
		end = r.m.tokens[i+1].to
	}
	return r.subjects[i].who.role.parent() == "" && strings.ContainsAny(string(r.m.norm[max(0, end-2):min(len(r.m.norm), end+2)]), "边这住")
}

// placeAfter takes the name after the word at i.
func (r *reader) placeAfter(i int, fact string) bool {
	j := i + 1
	for j < len(r.m.tokens) && j <= i+5 && (r.m.tokens[j].kind == pronoun || r.m.tokens[j].kind == stop && j > i+1 && j+1 < len(r.m.tokens) && r.m.text(r.m.tokens[j+1]) == "在" || in(r.m.tokens[j].kind, filler, being, de, toward, list, join, date) || r.m.tokens[j].kind == kin && j > i+1 || moves[r.m.text(r.m.tokens[j])]) {
		j++
	}
	return j < len(r.m.tokens) && r.m.tokens[j].kind == other && !r.m.tokens[j].used && r.place(j, fact)
}

// moves are words between a register and its place: 户口迁到杭州.
var moves = map[string]bool{"迁": true, "转": true, "落": true, "迁到": true, "迁在": true, "迁入": true, "转到": true, "落到": true, "上到": true}

// schoolAfter tells whether a school word follows the place after i: 人在安徽上学.
func (r *reader) schoolAfter(i int) bool {
	return i+2 < len(r.m.tokens) && r.m.tokens[i+1].kind == other && r.m.tokens[i+2].kind == studying
}

// knownBefore tells whether a place stands right before i.
func (r *reader) knownBefore(i int) bool {
	return i > 0 && r.m.tokens[i-1].code == "place" && r.m.tokens[i-1].kind == other
}

// deniedBefore marks the place before the word at i as denied: 不是杭州户口.
func (r *reader) deniedBefore(i int) bool {
	if i < 2 || r.m.tokens[i-1].kind != other || r.m.tokens[i-2].kind != negation {
		return false
	}
	r.m.tokens[i-1].used = true
	return true
}

// placeBefore takes the name before the word at i: 杭州户口, 在杭州上学.
func (r *reader) placeBefore(i int, fact string) bool {
	j := i - 1
	if j >= 0 && r.m.tokens[j].kind == de {
		j--
	}
	if j >= 1 && r.before(j, 3, wish, question) || j >= 2 && r.m.text(r.m.tokens[j-1]) == "去" && r.m.tokens[j-2].kind == other {
		return false // 打算转去杭州读书
	}
	known := j >= 0 && r.m.tokens[j].code == "place" && fact == "孩子.就读地"
	if fact != "孩子.户籍地" && !known && (j < 1 || !slices.Contains([]string{"在", "来", "到", "去"}, r.m.text(r.m.tokens[j-1]))) {
		return false
	}
	return j >= 0 && r.m.tokens[j].kind == other && !r.m.tokens[j].used && r.place(j, fact)
}

// cameTo reads 跟我来杭州了, 来杭州打工.
func (r *reader) cameTo(i int) {
	tokens := r.m.tokens
	if r.m.text(tokens[i]) != "来" || i == 0 || i+1 >= len(tokens) || tokens[i+1].kind != other {
		return
	}
	if i+2 == len(tokens) || in(tokens[i+2].kind, stop, studying, working) || r.m.text(tokens[i+2]) == "了" {
		r.place(i+1, "孩子.居住地")
	}
}

// placeLike tells whether the text ends like the name of a division.
func (r *reader) placeLike(text string) bool {
	runes := []rune(text)
	if len(runes) < 3 || len(runes) > longestPlace {
		return false
	}
	return strings.ContainsRune("省市县区州旗镇乡", runes[len(runes)-1])
}

// introduces tells whether the text at i follows 我们是, 我是 and ends with 的 or 人: 我们是安徽阜阳的, 合肥的.
func (r *reader) introduces(i int) bool {
	tokens := r.m.tokens
	start := i == 0 && tokens[i].code == "place" || i > 0 && tokens[i-1].kind == being && i > 1 && (tokens[i-2].kind == pronoun || tokens[i-2].kind == household)
	end := i+1 < len(tokens) && (tokens[i+1].kind == de || strings.HasPrefix(r.m.text(tokens[i+1]), "人"))
	return start && end && len([]rune(r.m.text(tokens[i]))) >= 2
}

// place records the name at token i.
func (r *reader) place(i int, fact string) bool {
	t := &r.m.tokens[i]
	if i+1 < len(r.m.tokens) && t.code == "place" && r.m.tokens[i+1].kind == other && r.m.tokens[i+1].code == "" && r.m.tokens[i+1].to-r.m.tokens[i+1].from <= 3 && !t.used {
		t.to = r.m.tokens[i+1].to // 重庆黔江
	}
	name := strings.TrimRight(r.m.text(*t), "这那里边")
	n := len([]rune(name))
	if strings.HasPrefix(name, "家") || strings.ContainsAny(name, "找哪么活钱没我你他她们不") {
		return false
	}
	if n < 2 || n > longestPlace || !r.asserted[i] || t.used {
		return false
	}
	t.used = true
	r.places = append(r.places, Place{Fact: fact, Name: name, Quote: r.m.quote(t.from, t.to)})
	return true
}
