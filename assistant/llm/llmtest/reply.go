package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Reply is what the endpoint does. The zero value says nothing at all.
type Reply struct {
	Text   string          // what the model says
	First  time.Duration   // before the first byte
	Chunk  int             // characters of one piece of a stream; 0: 4
	Delay  time.Duration   // before each piece
	Gate   <-chan struct{} // the answer begins when this is closed; nil: at once
	Pause  int             // the stream rests after so many characters until Resume is closed
	Resume <-chan struct{} // nil: it does not rest
	Cut    int             // the connection breaks after so many characters; 0: it does not
	Error  string          // an error object after the text, as providers send it in the middle of a stream
	Finish string          // finish_reason; empty: stop

	Status int // other than 200
	Header http.Header
	Body   string // in place of an answer

	Hang    bool // the header never comes
	Endless bool // Text again and again
	Huge    bool // a header beyond all bounds
}

// Say is a good answer.
func Say(text string) Reply { return Reply{Text: text} }

// JSON is a good answer of a value.
func JSON(value any) Reply {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a test's own value
	}
	return Say(string(text))
}

// Drip is an answer that comes slowly: a piece of so many characters after each delay.
func Drip(text string, chunk int, delay time.Duration) Reply {
	return Reply{Text: text, Chunk: chunk, Delay: delay}
}

// Rest is an answer that rests after so many characters until resume is closed.
func Rest(text string, characters int, resume <-chan struct{}) Reply {
	return Reply{Text: text, Pause: characters, Resume: resume}
}

// Half is an answer that breaks off after so many characters.
func Half(text string, characters int) Reply { return Reply{Text: text, Cut: characters} }

// Status is an error with a message in the provider's form.
func Status(code int) Reply {
	return Reply{Status: code, Body: problem("server_error", "double", "the double was told to fail")}
}

// Busy is 429, with Retry-After in seconds.
func Busy(after float64) Reply {
	return Reply{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {strconv.FormatFloat(after, 'f', -1, 64)}},
		Body: problem("rate_limit_exceeded", "rate_limit_exceeded", "slow down")}
}

// Hang is an answer that never comes.
func Hang() Reply { return Reply{Hang: true} }

// Endless is an answer that never ends.
func Endless(text string) Reply { return Reply{Text: text, Endless: true, Chunk: 64} }

// Filtered is an answer that the provider's filter cut off.
func Filtered() Reply { return Reply{Finish: "content_filter"} }

// Midway is an answer that a provider's filter stops in the middle of a stream; a whole answer holds nothing else.
func Midway(text string) Reply {
	return Reply{Text: text, Error: problem("data_inspection_failed", "data_inspection_failed", "Output data may contain inappropriate content.")}
}

// Refused is a request that a provider's filter stopped: azure, qwen, deepseek, zhipu.
func Refused(provider string) Reply {
	bodies := map[string]string{
		"azure":    problem("content_filter", "invalid_request_error", "The response was filtered due to the prompt triggering content management policy."),
		"qwen":     problem("data_inspection_failed", "data_inspection_failed", "Input data may contain inappropriate content."),
		"deepseek": problem("invalid_request_error", "invalid_request_error", "Content Exists Risk"),
		"zhipu":    problem("1301", "", "系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。"),
	}
	return Reply{Status: http.StatusBadRequest, Body: bodies[provider]}
}

// Page is a web page in place of an answer, as a gateway sends it.
func Page() Reply {
	return Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html><body>sign in</body></html>"}
}

// Redirect sends the client elsewhere.
func Redirect(address string) Reply {
	return Reply{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {address}}, Body: " "}
}

// HugeHeader is an answer whose header is too long.
func HugeHeader(text string) Reply { return Reply{Text: text, Huge: true} }

func problem(code, kind, message string) string {
	return fmt.Sprintf(`{"error":{"code":%q,"type":%q,"message":%q,"param":null}}`, code, kind, message)
}
