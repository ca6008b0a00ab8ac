package measure

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"time"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": func(f float64) string { return fmt.Sprintf("%.1f", f*100) },
	"share":   func(s Share) string { return s.String() },
}).Parse(pageSource))

// names are the Chinese names of categories and speakers on the page.
var names = map[string]string{
	"suicide": "自杀", "self_harm": "自伤", "physical_abuse": "身体虐待、家暴", "sexual_abuse": "性侵害", "neglect": "疏忽、无人照料",
	"trafficking": "拐卖、拘禁、乞讨、童工", "runaway": "出走、走失", "bullying": "欺凌", "caregiver_harm": "照护者伤害", "violence": "伤人意念",
	"medical": "急症、中毒、溺水", "danger": "物质、危险游戏", "distress": "情绪困扰", "child": "孩子", "caregiver": "照护人", "third_party": "旁人",
	"worker": "工作人员", "unknown": "不知道",
}

// bar is one line of a plot: a share and its interval, as widths in per cent.
type bar struct {
	Name             string
	Share            Share
	Value, Low, High float64
	Goal             float64 // 0 for none
	Met              bool
}

func newBar(name string, s Share, goal float64, atMost bool) bar {
	b := bar{Name: name, Share: s, Goal: goal}
	if plain, ok := names[name]; ok {
		b.Name = plain
	}
	if s.All > 0 {
		b.Value = s.Value()
		b.Low, b.High = s.Wilson()
	}
	b.Met = goal == 0 || s.All == 0 || b.Value >= goal
	if atMost {
		b.Met = b.Value <= goal
	}
	return b
}

// cell is a field of the confusion of levels.
type cell struct {
	Count  int
	Shade  float64 // of the row
	Within bool
}

type row struct {
	Name  string
	Cells []cell
}

// WritePage writes the evaluation as one HTML page that needs nothing else. It holds no text of the items.
func (s *Scores) WritePage(w io.Writer, title string, at time.Time) error {
	bars := func(all []Named, goal float64) []bar {
		out := make([]bar, len(all))
		for i, n := range all {
			out[i] = newBar(n.Name, n.Share, goal, false)
		}
		return out
	}
	return pageTemplate.Execute(w, map[string]any{
		"Title": title, "At": at.Format("2006-01-02 15:04"), "Scores": s,
		"Main": []bar{
			newBar("应为 L3 以上：判到 L3 以上", s.Recall, .95, false), newBar("应为 L4：判到 L3 以上", s.Imminent, 1, false),
			newBar("应为 L2：判到 L2 以上", s.Concern, .85, false), newBar("报告线索召回", s.FlagFound, .90, false),
			newBar("对话每一轮在范围内", s.Turns, 0, false),
		},
		"Alarms":     []bar{newBar("误报到 L2 以上", s.Alarm2, .01, true), newBar("误报到 L3 以上", s.Alarm3, .003, true), newBar("误报到 L4", s.Alarm4, .003, true)},
		"Categories": bars(s.Categories, .90), "Flags": bars(s.Flags, 0), "Speakers": bars(s.Speakers, 0), "Phenomena": bars(s.Phenomena, 0),
		"Confusion": s.confusion(), "P50": s.P50.String(), "P99": s.P99.String(), "Times": s.histogram(),
	})
}

func (s *Scores) confusion() []row {
	var rows []row
	for _, name := range slices.Sorted(maps.Keys(s.Confusion)) {
		counts := s.Confusion[name]
		most := slices.Max(counts[:])
		r := row{Name: name}
		for level, n := range counts {
			least, top := int(name[1]-'0'), int(name[len(name)-1]-'0')
			r.Cells = append(r.Cells, cell{n, float64(n) / float64(max(most, 1)), level >= least && level <= top})
		}
		rows = append(rows, r)
	}
	return rows
}

// column of the histogram of times: how many messages took up to so long.
type column struct {
	Upto   string
	Count  int
	Height float64
}

func (s *Scores) histogram() []column {
	limits := []time.Duration{10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1 << 40}
	columns := make([]column, len(limits))
	for _, o := range s.outcomes {
		for _, d := range o.took {
			i, _ := slices.BinarySearch(limits, d/time.Microsecond)
			columns[min(i, len(columns)-1)].Count++
		}
	}
	most := 1
	for i := range columns {
		columns[i].Upto = (limits[i] * time.Microsecond).String()
		most = max(most, columns[i].Count)
	}
	columns[len(columns)-1].Upto = "更久"
	for i := range columns {
		columns[i].Height = 100 * float64(columns[i].Count) / float64(most)
	}
	return columns
}
