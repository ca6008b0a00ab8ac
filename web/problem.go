package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/account"
	"xiaohe/assistant/conversation"
	"xiaohe/knowledge"
)

// problem is a refusal as clients read it: a code for the program, a Chinese sentence for the person.
type problem struct {
	Code         string `json:"code"`
	Message      string `json:"message"`
	RetryAfterMS int64  `json:"retry_after_ms,omitempty"`
}

func (p problem) Error() string { return p.Code }

// The codes of HANDOFF §5.2, and those that its HTTP side needs.
const (
	codeConflict  = "conflict"
	codeForbidden = "forbidden"
	codeTooLarge  = "too_large"
	codeRate      = "rate"
	codeTryAgain  = "try_again"
	codeInvalid   = "invalid"
	codeMalformed = "malformed"
	codeAuth      = "auth"
	codeNotFound  = "not_found"
)

var statusOf = map[string]int{
	codeConflict: http.StatusConflict, codeForbidden: http.StatusForbidden, codeTooLarge: http.StatusRequestEntityTooLarge,
	codeRate: http.StatusTooManyRequests, codeTryAgain: http.StatusServiceUnavailable, codeInvalid: http.StatusBadRequest,
	codeMalformed: http.StatusBadRequest, codeAuth: http.StatusUnauthorized, codeNotFound: http.StatusNotFound,
}

func tooFast(after time.Duration) problem {
	return problem{codeRate, "发得太快了，请稍等一下", max(after.Milliseconds(), 1)}
}

// problemOf turns any error into what the client may know of it. Only the sentences of InputError are passed on.
func problemOf(err error) problem {
	var p problem
	var input *knowledge.InputError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &input):
		return problem{Code: codeInvalid, Message: input.Message}
	case errors.Is(err, errMalformed):
		return problem{Code: codeMalformed, Message: "请求的格式不对，请刷新页面再试"}
	case errors.Is(err, conversation.ErrConflict):
		return problem{Code: codeConflict, Message: "这个编号已经用来发过别的话，请重新发送"}
	case errors.Is(err, conversation.ErrForbidden):
		return problem{Code: codeForbidden, Message: "没有找到这次谈话，或者不能在这里发言"}
	case errors.Is(err, conversation.ErrNoSession):
		return problem{Code: codeAuth, Message: "这次访问已经过期，请刷新页面重新开始"}
	case errors.Is(err, account.ErrNoSession):
		return problem{Code: codeAuth, Message: "登录已经过期，请重新登录"}
	case errors.Is(err, conversation.ErrTooMany):
		return problem{Code: codeRate, Message: "这次访问里开的谈话太多了，请在现有的谈话里继续问"}
	}
	return problem{Code: codeTryAgain, Message: "服务器一时没接上，请稍后再试", RetryAfterMS: 2000}
}

// checkMessage checks a message: its number, and its words, which may be missing, too long or not text.
func checkMessage(d sendData) error {
	switch {
	case !clientMsgID.MatchString(d.ClientMsgID):
		return problem{Code: codeInvalid, Message: "消息编号不对，请刷新页面再试"}
	case d.Kind != "" && d.Kind != "text":
		return problem{Code: codeInvalid, Message: "现在只能发文字"}
	}
	if runes := len([]rune(d.Body)); runes > assistant.MaxText {
		return problem{Code: codeTooLarge, Message: fmt.Sprintf("话太长了（%d 字，最多 %d 字），请分成几次说", runes, assistant.MaxText)}
	}
	return assistant.CheckText(d.Body)
}

// fail answers an HTTP request with a problem, and logs what is the server's own fault. Neither holds what was sent.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Code == codeTryAgain && !errors.Is(err, context.Canceled) && !errors.As(err, new(problem)) {
		s.log.Error("request failed", "route", r.Pattern, "error", err)
	}
	if p.RetryAfterMS > 0 {
		w.Header().Set("Retry-After", fmt.Sprint((p.RetryAfterMS+999)/1000))
	}
	writeJSON(w, statusOf[p.Code], p)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone: nobody to tell
}

// maxRequest is the most bytes of a request body: a message and its envelope.
const maxRequest = 32 << 10

// readBody reads a request body without the space round it; one that is too large is refused with a sentence.
func readBody(w http.ResponseWriter, r *http.Request, tooLarge string) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, problem{Code: codeTooLarge, Message: tooLarge}
	case err != nil:
		return nil, errMalformed
	}
	return bytes.TrimSpace(data), nil
}

// readJSON reads a request body of one JSON object. An empty body is an empty object.
func readJSON[T any](w http.ResponseWriter, r *http.Request) (d T, err error) {
	data, err := readBody(w, r, "发来的内容太大了，请分成几次说")
	switch {
	case err != nil || len(data) == 0:
		return d, err
	case holdsZero(data):
		return d, errNoText
	case json.NewDecoder(bytes.NewReader(data)).Decode(&d) != nil:
		return d, errMalformed
	}
	return d, nil
}

var errNoText = problem{Code: codeInvalid, Message: "里面有不是文字的符号，请删掉以后再试"}

// holdsZero tells whether a text in JSON holds U+0000: PostgreSQL cannot store it.
func holdsZero(data []byte) bool {
	if !bytes.Contains(data, []byte(`\u0000`)) {
		return false
	}
	for decoder := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		if text, ok := token.(string); ok && strings.ContainsRune(text, 0) {
			return true
		}
	}
}
