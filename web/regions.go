package web

import (
	"net/http"
	"strings"
	"sync"

	"xiaohe/knowledge"
	"xiaohe/knowledge/seed"
)

type regionsAnswer struct {
	Path     []regionEntry `json:"path"`     // from the country down to the parent
	Children []regionEntry `json:"children"` // or what the search found
}

type regionEntry struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Level int    `json:"level"`
}

func entry(r knowledge.Region) regionEntry { return regionEntry{r.Short(), r.Name, r.Level} }

// maxFound is how many regions a search by name shows.
const maxFound = 20

// regions serves the picker: what lies below ?parent=, or what ?q= names.
func (s *Server) regions(w http.ResponseWriter, r *http.Request) {
	if q := strings.TrimSpace(r.FormValue("q")); q != "" {
		writeJSON(w, http.StatusOK, regionsAnswer{Path: []regionEntry{}, Children: findRegions(q)})
		return
	}
	parent, err := s.knowledge.Region(r.Context(), r.FormValue("parent"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	path, err := s.knowledge.Path(r.Context(), parent)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	children, err := s.knowledge.Children(r.Context(), parent)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a := regionsAnswer{Path: []regionEntry{}, Children: []regionEntry{}}
	for _, region := range path {
		a.Path = append(a.Path, entry(region))
	}
	for _, region := range children {
		a.Children = append(a.Children, entry(region))
	}
	w.Header().Set("Cache-Control", "private, max-age=3600")
	writeJSON(w, http.StatusOK, a)
}

// regionIndex holds the built-in regions with their whole names, provinces first.
var regionIndex = sync.OnceValue(func() []regionEntry {
	names := map[string]string{}
	var all []regionEntry
	for _, line := range seed.Lines("regions.tsv") {
		f := strings.Split(line, "\t")
		if len(f) < 4 || f[1] == "0" {
			continue
		}
		names[f[0]] = names[f[2]] + f[3]
		all = append(all, regionEntry{f[0], names[f[0]], int(f[1][0] - '0')})
	}
	return all
})

// findRegions lists regions whose whole name holds q in order, so that 浙江西湖 finds 浙江省杭州市西湖区. What ends
// in q, or begins a level with it, comes by level.
func findRegions(q string) []regionEntry {
	found := []regionEntry{}
	runes := []rune(strings.Join(strings.Fields(q), ""))
	if len(runes) > 30 {
		return found
	}
	for level := 1; level <= 3; level++ {
		for _, r := range regionIndex() {
			if r.Level == level && inOrder(r.Name, runes) && len(found) < maxFound {
				found = append(found, r)
			}
		}
	}
	return found
}

// inOrder tells whether all of want occur in text one after the other, the last of them in its last name.
func inOrder(text string, want []rune) bool {
	i := 0
	for _, r := range text {
		if i < len(want) && r == want[i] {
			i++
		}
	}
	return i == len(want)
}
