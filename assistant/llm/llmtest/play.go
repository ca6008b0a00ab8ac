package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// player sends one reply.
type player struct {
	w       http.ResponseWriter
	r       *http.Request
	closing <-chan struct{}
	request Request
}

func (p player) play(reply Reply) {
	if reply.Hang {
		p.wait(make(chan struct{}))
		return
	}
	if reply.Gate != nil && !p.wait(reply.Gate) || !p.pause(reply.First) {
		return
	}
	for name, values := range reply.Header {
		p.w.Header()[name] = values
	}
	if reply.Huge {
		p.w.Header().Set("X-Padding", strings.Repeat("x", 1<<20))
	}
	switch {
	case reply.Body != "":
		p.body(reply)
	case p.request.Stream:
		p.stream(reply)
	default:
		p.whole(reply)
	}
}

// wait waits for a gate; false when the client or the test has gone.
func (p player) wait(gate <-chan struct{}) bool {
	select {
	case <-gate:
		return true
	case <-p.r.Context().Done():
	case <-p.closing:
	}
	return false
}

// pause waits a while; false when the client or the test has gone.
func (p player) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.r.Context().Done():
	case <-p.closing:
	}
	return false
}

func (p player) body(reply Reply) {
	if p.w.Header().Get("Content-Type") == "" {
		p.w.Header().Set("Content-Type", "application/json")
	}
	p.w.WriteHeader(max(reply.Status, http.StatusOK))
	fmt.Fprint(p.w, reply.Body)
}

// usage is what providers count.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

func (p player) usage(text string) usage {
	in, out := len(p.request.Raw)/4, len([]rune(text))
	return usage{in, out, in + out}
}

func (p player) whole(reply Reply) {
	p.w.Header().Set("Content-Type", "application/json")
	if reply.Error != "" {
		fmt.Fprint(p.w, reply.Error)
		return
	}
	if reply.Endless {
		p.endlessly(func(piece string) { fmt.Fprint(p.w, piece) }, `{"choices":[{"message":{"content":"`, strings.Repeat("长", 256))
		return
	}
	if reply.Delay > 0 { // the whole takes as long as its pieces
		pieces := (len([]rune(reply.Text)) + chunkOf(reply) - 1) / chunkOf(reply)
		if !p.pause(time.Duration(pieces) * reply.Delay) {
			return
		}
	}
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	type choice struct {
		Index   int     `json:"index"`
		Message message `json:"message"`
		Finish  string  `json:"finish_reason"`
	}
	text, err := json.Marshal(struct {
		ID      string   `json:"id"`
		Object  string   `json:"object"`
		Model   string   `json:"model"`
		Choices []choice `json:"choices"`
		Usage   usage    `json:"usage"`
	}{"double-1", "chat.completion", p.request.Model, []choice{{Message: message{"assistant", reply.Text}, Finish: finishOf(reply)}}, p.usage(reply.Text)})
	if err != nil {
		panic(err) // strings only
	}
	if reply.Cut > 0 {
		p.w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = p.w.Write(text[:min(len(text)-1, reply.Cut)])
		p.sever()
	}
	_, _ = p.w.Write(text) // the client may have gone
}

func chunkOf(reply Reply) int {
	if reply.Chunk > 0 {
		return reply.Chunk
	}
	return 4
}

func finishOf(reply Reply) string {
	if reply.Finish != "" {
		return reply.Finish
	}
	return "stop"
}

// stream sends the text in pieces as server-sent events.
func (p player) stream(reply Reply) {
	p.w.Header().Set("Content-Type", "text/event-stream")
	p.w.WriteHeader(http.StatusOK)
	p.flush()
	if reply.Endless {
		p.endlessly(p.piece, reply.Text, reply.Text)
		return
	}
	text, size := []rune(reply.Text), chunkOf(reply)
	for at := 0; at < len(text); {
		if !p.pause(reply.Delay) {
			return
		}
		end := min(at+size, len(text))
		rests := reply.Resume != nil && at < reply.Pause && reply.Pause <= end
		if rests {
			end = reply.Pause
		}
		if reply.Cut > 0 && end > reply.Cut {
			p.piece(string(text[at:max(at, reply.Cut)]))
			p.sever()
		}
		p.piece(string(text[at:end]))
		if rests && !p.wait(reply.Resume) {
			return
		}
		at = end
	}
	if reply.Error != "" {
		p.event(reply.Error)
		return
	}
	p.event(fmt.Sprintf(`{"id":"double-1","object":"chat.completion.chunk","model":%q,"choices":[{"index":0,"delta":{},"finish_reason":%q}]}`,
		p.request.Model, finishOf(reply)))
	count, err := json.Marshal(p.usage(reply.Text))
	if err != nil {
		panic(err) // numbers only
	}
	if strings.Contains(string(p.request.Raw), `"include_usage":true`) {
		p.event(fmt.Sprintf(`{"id":"double-1","object":"chat.completion.chunk","model":%q,"choices":[],"usage":%s}`, p.request.Model, count))
	}
	p.event("[DONE]")
}

func (p player) piece(text string) {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string
	}
	p.event(fmt.Sprintf(`{"id":"double-1","object":"chat.completion.chunk","model":%q,"choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`,
		p.request.Model, quoted))
}

func (p player) event(data string) {
	fmt.Fprintf(p.w, "data: %s\n\n", data)
	p.flush()
}

func (p player) flush() { _ = http.NewResponseController(p.w).Flush() }

// endlessly sends pieces until the client has had enough.
func (p player) endlessly(send func(string), first, again string) {
	send(first)
	for p.r.Context().Err() == nil {
		select {
		case <-p.closing:
			return
		default:
			send(again)
			p.flush()
		}
	}
}

// sever breaks the connection. It does not return.
func (p player) sever() {
	p.flush()
	panic(http.ErrAbortHandler)
}
