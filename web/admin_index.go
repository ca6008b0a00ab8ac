package web

import (
	"net/http"

	"xiaohe/knowledge"
)

// indexView is the page of the vectors that searches by meaning use.
type indexView struct {
	Sentence    string
	Good        bool
	Model       string
	Generations []generationView
	Questions   int
}

func (indexView) Title() string { return "查找用的索引" }

// generationView is a generation in words.
type generationView struct {
	ID, Dimension        int
	State, Model         string
	Done, Total, Refused int
	Open, Whole          bool // it gets vectors; it has them all
	Created, Active      string
}

var generationStates = map[knowledge.GenerationState]string{
	knowledge.Building: "正在做", knowledge.Active: "正在用", knowledge.Retired: "不用了",
}

// refreshEvery is how often the page loads itself anew while a generation is in building, in seconds.
const refreshEvery = "5"

func (s *Server) indexPage(w http.ResponseWriter, r *http.Request) {
	index, err := s.knowledge.Index(r.Context())
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	view := indexView{Model: index.Model, Questions: index.Questions}
	view.Sentence, view.Good = indexSentence(index)
	for _, g := range index.Generations {
		v := generationView{ID: g.ID, Dimension: g.Dimension, State: generationStates[g.State], Model: g.Model,
			Done: g.Done, Total: g.Total, Refused: g.Refused, Open: g.State != knowledge.Retired, Created: moment(g.CreatedAt)}
		if g.ActiveAt != nil {
			v.Active = moment(*g.ActiveAt)
		}
		v.Whole = g.Done >= g.Total
		if v.Open && !v.Whole {
			w.Header().Set("Refresh", refreshEvery)
		}
		view.Generations = append(view.Generations, v)
	}
	s.render(w, http.StatusOK, "admin-index.html", view)
}

// indexSentence says whether searches go by meaning too.
func indexSentence(index knowledge.Index) (sentence string, good bool) {
	switch {
	case index.Model == "":
		return "没有接入向量模型，小禾只按字词查找条文。这样也能用；要按意思查找，请管服务器的人看文档《接入语言模型》。", true
	case index.Down != nil:
		return "向量模型从 " + moment(*index.Down) + " 起没有应答。现在只按字词查找，照常回答；那边好了会自己接上，做好的都留着。", false
	case index.Usable:
		return "小禾按字词和意思一起查找条文。", true
	}
	return "索引还没有做好，现在只按字词查找，照常回答；做好了会自己换上。", true
}
