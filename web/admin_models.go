package web

import (
	"net/http"

	"xiaohe/assistant/llm"
)

// modelsView is the page of the language model.
type modelsView struct {
	Endpoints []modelEndpoint
}

func (modelsView) Title() string { return "语言模型" }

// modelEndpoint is an endpoint in words.
type modelEndpoint struct {
	Sentence string
	Good     bool
	Jobs     []modelJob
	Masked   bool
	Tokens   int64
	Limit    int64
}

type modelJob struct{ Name, Model string }

// jobNames are what the jobs are to people, in their order.
var jobNames = map[llm.Job]string{
	llm.Extraction: "听出家里的情况", llm.Rewriting: "换成文件里的说法去查", llm.Prose: "把回答说得好懂", llm.Opinion: "看有没有危险",
	llm.Summary: "替社工起草摘要", llm.Questions: "替条文写老百姓的问法",
}

func (s *Server) modelsPage(w http.ResponseWriter, _ *http.Request) {
	var view modelsView
	if s.models != nil {
		for _, state := range s.models() {
			e := modelEndpoint{Masked: state.Masked, Tokens: state.Tokens, Limit: state.Limit}
			e.Sentence, e.Good = modelSentence(state)
			for _, job := range state.Jobs {
				e.Jobs = append(e.Jobs, modelJob{jobNames[job.Job], job.Model})
			}
			view.Endpoints = append(view.Endpoints, e)
		}
	}
	s.render(w, http.StatusOK, "admin-models.html", view)
}

// modelSentence says whether the model answers.
func modelSentence(state llm.State) (sentence string, good bool) {
	switch {
	case state.Breaker == "open":
		return "语言模型现在不应答（" + state.Fault + "），小禾按没有模型照常回答；接口好了会自己接上。", false
	case state.Breaker == "half-open":
		return "正在试语言模型好了没有。现在小禾按没有模型照常回答。", false
	case state.Limit > 0 && state.Tokens >= state.Limit:
		return "今天的 token 用完了，小禾按没有模型照常回答，明天再用。", false
	case state.Fault != "":
		return "语言模型是通的。最近一次毛病：" + state.Fault + "。", true
	}
	return "语言模型是通的。", true
}
