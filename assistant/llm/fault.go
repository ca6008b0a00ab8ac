package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"
)

// fault is why one attempt failed. Its text holds nothing of what was sent or answered: providers repeat texts in their
// messages.
type fault struct {
	kind  error  // ErrDown, ErrBusy, ErrFiltered, ErrInvalid
	why   string // in a word
	again bool   // another attempt may help
	form  bool   // the endpoint does not take requests of this form
	after time.Duration
}

func (f *fault) Error() string { return f.kind.Error() + ": " + f.why }
func (f *fault) Unwrap() error { return f.kind }

// Why is in a word why a call failed: dial failed, status 401, time limit. It holds nothing of what was sent or answered; it is
// empty where the error is none of this package.
func Why(err error) string {
	var f *fault
	if errors.As(err, &f) {
		return f.why
	}
	return ""
}

// counts tells whether the fault says that the endpoint is ill.
func (f *fault) counts() bool { return f.kind == ErrDown || f.kind == ErrBusy }

// fold makes a fault of what the library returned.
func fold(ctx context.Context, x *exchange, err error) *fault {
	if f := (*fault)(nil); errors.As(err, &f) {
		return f
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &fault{kind: ErrDown, why: "time limit"}
	case ctx.Err() != nil:
		return &fault{kind: ErrStopped, why: "given up"}
	case errors.Is(err, errTooLong):
		return &fault{kind: ErrInvalid, why: "endless"}
	case errors.Is(err, errRedirect): // the library's words around it repeat the address
		return &fault{kind: ErrDown, why: errRedirect.Error()}
	case errors.Is(err, errKind):
		return &fault{kind: ErrDown, why: errKind.Error()}
	case x.status >= 400:
		return refused(x, err)
	case isFilter(err): // in the middle of a stream
		return &fault{kind: ErrFiltered, why: "midway"}
	}
	return &fault{kind: ErrDown, why: network(err), again: true}
}

// refused sorts an answer with an error status.
func refused(x *exchange, err error) *fault {
	why := fmt.Sprintf("status %d", x.status)
	switch {
	case x.status == http.StatusTooManyRequests:
		return &fault{kind: ErrBusy, why: why, again: true, after: x.after}
	case x.status >= 500 && x.status != http.StatusNotImplemented, x.status == http.StatusRequestTimeout, x.status == http.StatusConflict:
		return &fault{kind: ErrDown, why: why, again: true, after: x.after}
	case isFilter(err):
		return &fault{kind: ErrFiltered, why: why}
	case x.status == http.StatusBadRequest, x.status == http.StatusUnprocessableEntity, x.status == http.StatusNotImplemented:
		return &fault{kind: ErrDown, why: why, form: true}
	}
	return &fault{kind: ErrDown, why: why} // 401, 403, 404: the settings are wrong
}

// network names what went wrong on the line without the address.
func network(err error) string {
	var dns *net.DNSError
	var operation *net.OpError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &dns):
		return "unknown host"
	case errors.As(err, &operation):
		return operation.Op + " failed"
	case errors.As(err, &syntax):
		return "not JSON"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "broke off"
	}
	return "transport"
}

// filterCodes and filterWords are how providers say that a filter stopped a text: Azure and Moonshot content_filter,
// OpenAI content_policy_violation, Qwen data_inspection_failed, DeepSeek "Content Exists Risk", Zhipu 1301, Volcengine
// SensitiveContentDetected.
var (
	filterCodes = regexp.MustCompile(`(?i)content_?filter|content_?policy|data_?inspection_?failed|sensitive_?content|^1301$`)
	filterWords = regexp.MustCompile(`(?i)content exists risk|data_?inspection_?failed|inappropriate content|content management policy|敏感内容|敏感信息|不安全或敏感|considered high risk`)
)

func isFilter(err error) bool {
	var api *openai.APIError
	if errors.As(err, &api) {
		return filterCodes.MatchString(fmt.Sprint(api.Code)) || filterCodes.MatchString(api.Type) || filterWords.MatchString(api.Message)
	}
	var request *openai.RequestError
	if !errors.As(err, &request) {
		return false
	}
	var body struct {
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
	}
	_ = json.Unmarshal(request.Body, &body) // what is no JSON has no code
	return filterCodes.MatchString(strings.Trim(string(body.Code), `"`)) || filterWords.MatchString(body.Message)
}
