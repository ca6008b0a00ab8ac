package guard

import (
	"slices"
	"strings"
	"sync"

	"xiaohe/knowledge/seed"
)

// regions are the names of provinces and cities by their first character, with and without what they are.
var regions = sync.OnceValue(func() map[rune][]text {
	all := map[rune][]text{}
	for _, line := range seed.Lines("regions.tsv") {
		fields := strings.Split(line, "\t")
		if level := fields[1]; level != "1" && level != "2" {
			continue
		}
		name := fields[len(fields)-1]
		names := []string{name}
		for _, kind := range []string{"省", "市", "自治区", "特别行政区"} {
			if short, ok := strings.CutSuffix(name, kind); ok && len(short) >= len("广州") {
				names = append(names, short)
			}
		}
		for _, n := range names {
			t := text(n)
			all[t[0]] = append(all[t[0]], t)
		}
	}
	return all
})

// regionAt is the length of the region's name at i, 0 where there is none.
func regionAt(t text, i int) int {
	for _, name := range regions()[t[i]] {
		if len(name) <= len(t)-i && slices.Equal(name, t[i:i+len(name)]) {
			return len(name)
		}
	}
	return 0
}
