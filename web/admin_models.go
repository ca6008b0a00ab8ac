package web

import (
	"net/http"
	"strconv"
	"strings"

	"xiaohe/assistant/llm"
)

// modelsView is the page of the language model.
type modelsView struct {
	Endpoints []modelEndpoint
	Words     []wordsGroup // what became of its words; empty: it was not asked for any
}

// modelEndpoint is an endpoint in words.
type modelEndpoint struct {
	Sentence string
	Good     bool
	Jobs     []modelJob
	Masked   bool
	Tokens   string
	Limit    string // empty: none
}

type modelJob struct{ Name, Model string }

// jobNames are what the jobs are to people, in their order.
var jobNames = map[llm.Job]string{
	llm.Extraction: "听出家里的情况", llm.Rewriting: "换成文件里的说法去查", llm.Prose: "把回答说得好懂", llm.Opinion: "看有没有危险",
	llm.Summary: "替社工起草摘要", llm.Questions: "替条文写老百姓的问法",
}

func (s *Server) modelsPage(w http.ResponseWriter, r *http.Request) {
	words, err := s.modelWords(r.Context())
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	view := modelsView{Words: words}
	if s.models != nil {
		for _, state := range s.models() {
			e := modelEndpoint{Masked: state.Masked, Tokens: grouped(state.Tokens)}
			if state.Limit > 0 {
				e.Limit = grouped(state.Limit)
			}
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
		return "语言模型现在不应答：" + faultWords(state.Fault) + "。小禾按没有模型照常回答；那边好了会自己接上。", false
	case state.Breaker == "half-open":
		return "正在试语言模型好了没有。现在小禾按没有模型照常回答。", false
	case state.Limit > 0 && state.Tokens >= state.Limit:
		return "今天给模型的用量用完了。小禾按没有模型照常回答，明天再用。", false
	case state.Fault != "":
		return "语言模型是通的。最近一次毛病：" + faultWords(state.Fault) + "。", true
	}
	return "语言模型是通的。", true
}

// faults are the program's words for what went wrong with an endpoint, in those of people.
var faults = map[string]string{
	"status 401": "密钥不对，或者没有权限", "status 403": "密钥不对，或者没有权限", "status 404": "地址或者模型的名字不对",
	"status 400": "它不认问它的写法", "status 422": "它不认问它的写法", "status 501": "它不认问它的写法", "status 429": "问得太多，它要等一等",
	"time limit": "等得太久没有回话", "time limit of the first element": "等得太久没有回话", "status 408": "等得太久没有回话",
	"unknown host": "找不到这个网址", "dial failed": "连不上", "read failed": "话说到一半断了", "write failed": "话说到一半断了",
	"broke off": "话说到一半断了", "not JSON": "回的不是模型的话", "no place": "同时问它的太多",
}

// faultWords says a fault in plain words. The number of a status stays: whoever looks after the server asks for it.
func faultWords(fault string) string {
	words, known := faults[fault]
	status, isStatus := strings.CutPrefix(fault, "status ")
	switch {
	case !known && isStatus && strings.HasPrefix(status, "5"):
		words = "它那边出了错"
	case !known:
		words = "连接有毛病"
	}
	if isStatus {
		words += "（" + status + "）"
	}
	return words
}

// grouped writes a number with a comma after each thousand.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
