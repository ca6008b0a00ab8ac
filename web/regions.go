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

// regionName is a region with its whole name, 浙江省杭州市西湖区, and its own.
type regionName struct {
	regionEntry
	own string
}

// regionIndex holds the built-in regions by code.
var regionIndex = sync.OnceValue(func() []regionName {
	names := map[string]string{}
	var all []regionName
	for _, line := range seed.Lines("regions.tsv") {
		f := strings.Split(line, "\t")
		if len(f) < 4 || f[1] == "0" {
			continue
		}
		names[f[0]] = names[f[2]] + f[3]
		all = append(all, regionName{regionEntry{f[0], names[f[0]], int(f[1][0] - '0')}, f[3]})
	}
	return all
})

// findRegions lists regions that q names, the closest first: those whose own name holds q, then those whose whole
// name does, then those that hold its characters in order, so that 浙江西湖 finds 浙江省杭州市西湖区.
func findRegions(q string) []regionEntry {
	q = strings.Join(strings.Fields(q), "")
	if len([]rune(q)) > 30 {
		return []regionEntry{}
	}
	var near, whole, loose []regionEntry
	for _, r := range regionIndex() {
		switch {
		case strings.HasPrefix(r.own, q):
			near = append(near, r.regionEntry)
		case strings.Contains(r.Name, q):
			whole = append(whole, r.regionEntry)
		case inOrder(r.Name, []rune(q)):
			loose = append(loose, r.regionEntry)
		}
	}
	all := append(append(append([]regionEntry{}, near...), whole...), loose...)
	return all[:min(len(all), maxFound)]
}

// inOrder tells whether all of want occur in text one after the other.
func inOrder(text string, want []rune) bool {
	i := 0
	for _, r := range text {
		if i < len(want) && r == want[i] {
			i++
		}
	}
	return i == len(want)
}
