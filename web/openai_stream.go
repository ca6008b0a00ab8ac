package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// completion is the whole answer in OpenAI's form, with the turn beside it.
type completion struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"` // chat.completion
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []wholeChoice `json:"choices"`
	Usage   usage         `json:"usage"`
	Xiaohe  turnData      `json:"xiaohe"`
}

type wholeChoice struct {
	Index        int          `json:"index"`
	Message      wholeMessage `json:"message"`
	Logprobs     *struct{}    `json:"logprobs"`
	FinishReason string       `json:"finish_reason"`
}

type wholeMessage struct {
	Role    string  `json:"role"`
	Content string  `json:"content"`
	Refusal *string `json:"refusal"`
}

// chunk is a piece of an answer in OpenAI's form. The last one with a choice has the turn.
type chunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"` // chat.completion.chunk
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []chunkChoice `json:"choices"`
	Usage   *usage        `json:"usage,omitempty"`
	Xiaohe  *turnData     `json:"xiaohe,omitempty"`
}

type chunkChoice struct {
	Index        int        `json:"index"`
	Delta        chunkDelta `json:"delta"`
	Logprobs     *struct{}  `json:"logprobs"`
	FinishReason *string    `json:"finish_reason"`
}

type chunkDelta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

// stopped is the reason for which every answer ends: it is never cut.
const stopped = "stop"

// chunkTime is how long a program may take to receive one chunk.
const chunkTime = 20 * time.Second

// chatStream writes an answer, whole or in pieces. It belongs to one request.
type chatStream struct {
	w       http.ResponseWriter
	request chatRequest
	id      string
	created int64

	begun bool
	said  strings.Builder // what was sent of the answer
	err   error           // the reader is gone
}

func newChatStream(w http.ResponseWriter, request chatRequest) *chatStream {
	return &chatStream{w: w, request: request, id: newCompletionID(), created: time.Now().Unix()}
}

// say sends a piece of the answer as it will stand there.
func (s *chatStream) say(piece string) {
	s.content(emphasis.ReplaceAllString(piece, ""))
}

func (s *chatStream) content(text string) {
	if text == "" {
		return
	}
	s.said.WriteString(text)
	s.begin()
	s.send(chunk{Choices: []chunkChoice{{Delta: chunkDelta{Content: &text}}}})
}

// begin sends what goes before the first piece.
func (s *chatStream) begin() {
	if s.begun {
		return
	}
	s.begun = true
	s.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	s.w.Header().Set("X-Accel-Buffering", "no") // a proxy passes each piece on
	empty := ""
	s.send(chunk{Choices: []chunkChoice{{Delta: chunkDelta{Role: "assistant", Content: &empty}}}})
}

func (s *chatStream) send(c chunk) {
	c.ID, c.Object, c.Created, c.Model = s.id, "chat.completion.chunk", s.created, chatModel
	s.event(c)
}

func (s *chatStream) event(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		data = []byte(`{}`) // none of the types here can fail
	}
	s.line(data)
}

// line sends one event and sees that it leaves at once.
func (s *chatStream) line(data []byte) {
	if s.err != nil {
		return
	}
	control := http.NewResponseController(s.w)
	_ = control.SetWriteDeadline(time.Now().Add(chunkTime))
	if _, s.err = s.w.Write(bytes.Join([][]byte{[]byte("data: "), data, []byte("\n\n")}, nil)); s.err == nil {
		s.err = control.Flush()
	}
}

// rest leaves the connection without a deadline to the next request.
func (s *chatStream) rest() { _ = http.NewResponseController(s.w).SetWriteDeadline(time.Time{}) }

// again stands before an answer that has become another than what was sent of it.
const again = "\n\n（前面的话请不要看了，以下面的为准。）\n\n"

// finish ends the answer. asked is what the user has said.
func (s *chatStream) finish(a said, asked []string) {
	if !s.request.Stream {
		text := a.text + a.tail
		writeJSON(s.w, http.StatusOK, completion{
			ID: s.id, Object: "chat.completion", Created: s.created, Model: chatModel, Usage: usageOf(asked, text), Xiaohe: a.turn,
			Choices: []wholeChoice{{Message: wholeMessage{Role: "assistant", Content: text}, FinishReason: stopped}},
		})
		return
	}
	s.begin()
	rest, same := strings.CutPrefix(a.text, s.said.String())
	if !same {
		rest = again + a.text
	}
	for _, sentence := range cut(rest) {
		s.content(sentence)
	}
	s.content(a.tail)
	reason := stopped
	s.send(chunk{Choices: []chunkChoice{{FinishReason: &reason}}, Xiaohe: &a.turn})
	if s.request.StreamOptions != nil && s.request.StreamOptions.IncludeUsage {
		u := usageOf(asked, s.said.String())
		s.send(chunk{Choices: []chunkChoice{}, Usage: &u})
	}
	s.line([]byte("[DONE]"))
}

// fail answers with an error. In the middle of a stream it is the last event.
func (s *chatStream) fail(f *fault) {
	if !s.begun {
		writeFault(s.w, f)
		return
	}
	s.event(f.body())
}
