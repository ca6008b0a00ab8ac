package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/apikey"
)

// openaiErrorBody is an error in OpenAI's form.
type openaiErrorBody struct {
	Error openaiError `json:"error"`
}

type openaiError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

func (f *fault) body() openaiErrorBody {
	e := openaiError{Message: f.Message, Type: f.Type, Code: f.Code}
	if f.Param != "" {
		e.Param = &f.Param
	}
	return openaiErrorBody{e}
}

// writeFault answers with an error in OpenAI's form.
func writeFault(w http.ResponseWriter, f *fault) {
	f.headers(w.Header())
	writeJSON(w, f.Status, f.body())
}

// modelList is OpenAI's list of models.
type modelList struct {
	Object string      `json:"object"`
	Data   []modelData `json:"data"`
}

type modelData struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

var onlyModel = modelData{chatModel, "model", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), "xiaohe"}

func (s *Server) listModels(w http.ResponseWriter, r *http.Request) {
	if s.mayList(w, r) {
		writeJSON(w, http.StatusOK, modelList{"list", []modelData{onlyModel}})
	}
}

func (s *Server) oneModel(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.mayList(w, r):
	case r.PathValue("model") != chatModel:
		writeFault(w, noModel())
	default:
		writeJSON(w, http.StatusOK, onlyModel)
	}
}

func (s *Server) mayList(w http.ResponseWriter, r *http.Request) bool {
	c, err := s.program(r, "models")
	if err == nil && !c.key.Has(apikey.Chat) {
		err = &apikey.ScopeError{Scope: apikey.Chat}
		c.refused(r.Context(), err)
	}
	if err != nil {
		writeFault(w, s.failed(r, err))
	}
	return err == nil
}

// noSuchInterface answers for the interfaces of OpenAI that are not here.
func (s *Server) noSuchInterface(w http.ResponseWriter, r *http.Request) {
	if _, err := s.program(r, "other"); err != nil {
		writeFault(w, s.failed(r, err))
		return
	}
	writeFault(w, &fault{Status: http.StatusNotFound, Type: "invalid_request_error", Code: "unknown_url", Message: "没有这个接口，只有 /v1/chat/completions 和 /v1/models"})
}

// chatCompletions is POST /v1/chat/completions: the messages of the user are the turns of one conversation, and the
// last of them is answered. Nothing of it is stored.
func (s *Server) chatCompletions(w http.ResponseWriter, r *http.Request) {
	c, err := s.program(r, "chat")
	if err != nil {
		writeFault(w, s.failed(r, err))
		return
	}
	w.Header().Set("X-Request-Id", c.by.Request)
	q, err := s.readQuestion(w, r, c)
	if err != nil {
		writeFault(w, s.failed(r, err))
		return
	}
	out := newChatStream(w, q.request)
	defer out.rest()
	turn, err := s.converse(r.Context(), c, q, out)
	c.record(r.Context(), err)
	switch {
	case r.Context().Err() != nil: // nobody listens any more
	case err != nil:
		out.fail(s.failed(r, err))
	default:
		out.finish(answerOf(turn, c.home), q.said)
	}
}

// question is a request that may be answered.
type question struct {
	request chatRequest
	said    []string // by the user, oldest first
	conv    assistant.Conversation
	root    digest
}

// readQuestion reads a request and counts it.
func (s *Server) readQuestion(w http.ResponseWriter, r *http.Request, c *programCall) (q question, err error) {
	if !c.key.Has(apikey.Chat) {
		return q, c.admit(r.Context(), apikey.Chat)
	}
	data, err := programBody(w, r)
	if err != nil {
		return q, err
	}
	if q.request, q.said, err = readChat(data); err != nil {
		return q, err
	}
	set := q.request.Xiaohe
	if q.conv.Region, q.conv.On, err = s.place(r.Context(), set, c.key.Region); err != nil {
		return q, err
	}
	q.conv.Owner, q.conv.Now = c.owner(), s.now()
	q.root = digest(sha256.Sum256([]byte(c.key.ID.String()))).and(q.conv.Region.Code).and(set.On)
	return q, c.admit(r.Context(), apikey.Chat)
}

// converse runs the last turn of a conversation; out hears what may be shown before it has ended. A second opinion is
// waited for: nothing can be said to a program afterwards.
func (s *Server) converse(ctx context.Context, c *programCall, q question, out *chatStream) (turn assistant.Turn, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	last := len(q.said) - 1
	text := q.said[last]
	leave, err := c.enter(ctx, text)
	if err != nil {
		return turn, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	conv := q.conv
	before, err := s.recall(ctx, &conv, q.root, q.said[:last])
	if err != nil {
		return turn, err
	}
	conv.Second = s.assistant.Second(ctx, conv, text)
	defer conv.Second.Stop()
	conv.Say = s.guarded(ctx, conv, text, out)
	turn, err = s.assistant.Turn(ctx, conv, text)
	if err == nil && turn.Danger.Second == nil && conv.Second.Wait(ctx) && s.raised(conv, text) {
		conv.Say = nil
		turn, err = s.assistant.Turn(ctx, conv, text)
	}
	c.level = turn.Triage.Level
	switch {
	case err == nil:
		s.programs.memory.add(before.and(text), turn)
	case turn.Danger.Reply != nil && ctx.Err() == nil:
		s.log.Error("only the script is said", "error", err)
		turn, err = scriptAlone(turn), nil
	}
	return assistant.AloneIn(turn), err
}

// raised tells whether the second opinion that has come finds more danger.
func (s *Server) raised(conv assistant.Conversation, text string) bool {
	judged := s.assistant.Reconsider(conv, text).Danger.Second
	return judged != nil && judged.Raised()
}

// guarded passes on what a model writes, once the second opinion has come and finds no more danger: what a program has
// shown cannot be taken back.
func (s *Server) guarded(ctx context.Context, conv assistant.Conversation, text string, out *chatStream) func(string) {
	if !out.request.Stream {
		return nil
	}
	asked, clear := false, conv.Second == nil
	return func(piece string) {
		if !asked && !clear {
			clear = conv.Second.Wait(ctx) && !s.raised(conv, text)
		}
		asked = true
		if clear {
			out.say(assistant.Alone(piece))
		}
	}
}

// turnData is a turn in the contract of `xiaohe ask --json`, with what a program needs to show of a call for a person.
type turnData struct {
	assistant.Turn
	Handoff *helpData `json:"handoff"`
}

// helpData says that a person should help, and how to reach one: nobody sees a conversation of another program.
type helpData struct {
	Priority string     `json:"priority"`
	Reason   string     `json:"reason"`
	Note     string     `json:"note"`
	Hotlines []callMeta `json:"hotlines"`
	Chat     string     `json:"chat"` // our own page, where social workers answer
}

// noPerson is what a program's user reads where a person should help.
func noPerson(home string) string {
	return "这里接不通社工。要社工接着帮忙，请打开 " + home + "/ ，把刚才的话再说一遍。"
}

// said is an answer as a program shows it.
type said struct {
	text string // the answer itself
	tail string // what stands below it: quick replies, sources, how to reach a person
	turn turnData
}

// answerOf makes plain text of a turn. With a script nothing else is shown: whoever is in danger is not to be sent
// reading.
func answerOf(t assistant.Turn, home string) said {
	out := said{text: plain(t.Answer), turn: turnData{Turn: t}}
	var tail strings.Builder
	if t.Ask != nil {
		fmt.Fprintf(&tail, "\n（可以答：%s）", strings.Join(t.Ask.Options, "、"))
	}
	citations := shownCitations(t)
	if len(citations) > 0 {
		tail.WriteString("\n\n依据：")
	}
	for _, c := range citations {
		fmt.Fprintf(&tail, "\n[%d] 《%s》%s %s", c.N, c.Document, c.Number, c.Clause)
		if link := viewerLink(c.Place); link != "" {
			tail.WriteString(" " + home + link)
		}
	}
	if t.Handoff != nil {
		help := helpOf(t, home)
		out.turn.Handoff = &help
		tail.WriteString("\n\n" + help.Note)
	}
	if t.Danger.Only {
		out.turn.Benefits, out.turn.Citations = []assistant.Benefit{}, append([]answer.Citation{}, citations...)
	}
	out.tail = tail.String()
	return out
}

func helpOf(t assistant.Turn, home string) helpData {
	help := helpData{Priority: t.Handoff.Priority, Reason: t.Handoff.Reason, Note: noPerson(home), Hotlines: []callMeta{}, Chat: home + "/"}
	if danger, _ := dangerOf(t); danger != nil {
		help.Hotlines = danger.Hotlines
	}
	return help
}

// usage counts characters, in the place of tokens: those that the user has said, and those of the answer.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

func usageOf(asked []string, answered string) usage {
	u := usage{Completion: utf8.RuneCountInString(answered)}
	for _, text := range asked {
		u.Prompt += utf8.RuneCountInString(text)
	}
	u.Total = u.Prompt + u.Completion
	return u
}

func newCompletionID() string { return "chatcmpl-" + rand.Text() }
