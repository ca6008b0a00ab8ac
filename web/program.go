package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/apikey"
	"xiaohe/assistant/audit"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// checker looks up the help for a family in one step.
type checker interface {
	Check(ctx context.Context, c assistant.Check) (assistant.Checked, error)
	Facts(ctx context.Context, data []byte) (map[string]benefit.Said, error)
}

// programs is how other programs use 小禾: as an OpenAI-compatible model and as an MCP server. Their users' words are
// never stored here: each program keeps its own conversations.
type programs struct {
	keys    *apikey.Store
	checker checker
	plain   turner // without a model: for turns that were answered before
	memory  *memory
	slots   chan struct{} // turns of programs that run at the same time
	mcp     http.Handler
}

func newPrograms(s *Server, o Options, workers int) *programs {
	if o.Keys == nil {
		return nil
	}
	p := &programs{keys: o.Keys, checker: o.Assistant, plain: assistant.New(o.Knowledge), memory: newMemory(o.Now), slots: make(chan struct{}, workers)}
	p.mcp = s.mcpHandler()
	return p
}

// programRoutes adds what other programs call. Without keys nothing of it is there.
func (s *Server) programRoutes(mux *http.ServeMux) {
	if s.programs == nil {
		return
	}
	mux.HandleFunc("POST /v1/chat/completions", s.chatCompletions)
	mux.HandleFunc("GET /v1/models", s.listModels)
	mux.HandleFunc("GET /v1/models/{model}", s.oneModel)
	for _, path := range []string{"completions", "embeddings", "responses", "moderations"} {
		mux.HandleFunc("POST /v1/"+path, s.noSuchInterface)
	}
	mux.HandleFunc("/mcp", s.serveMCP)
}

// programForm is the form in which a path answers other programs; nil for the paths of people.
func programForm(path string) func(w http.ResponseWriter, f *fault) {
	switch {
	case path == "/mcp":
		return writeRPCFault
	case path == "/v1/chat/completions", strings.HasPrefix(path, "/v1/models"):
		return writeFault
	}
	return nil
}

// fault is a refusal that a program reads. Its message is Chinese and holds nothing of what was sent.
type fault struct {
	Status  int
	Type    string // of OpenAI's errors
	Code    string
	Param   string
	Message string
	Wait    time.Duration // until it may be tried again; 0: it says nothing of that
}

func (f *fault) Error() string { return f.Code }

func badRequest(code, param, message string, args ...any) *fault {
	return &fault{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(message, args...)}
}

// faultOf turns any error into what a program may know of it.
func faultOf(err error) *fault {
	var f *fault
	var scope *apikey.ScopeError
	var limit *apikey.LimitError
	var input *knowledge.InputError
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, apikey.ErrUnknown):
		return &fault{Status: http.StatusUnauthorized, Type: "authentication_error", Code: "invalid_api_key",
			Message: "密钥不对：请在请求头里写 Authorization: Bearer xk_…，密钥由小禾的管理员发放"}
	case errors.Is(err, apikey.ErrDisabled):
		return &fault{Status: http.StatusUnauthorized, Type: "authentication_error", Code: "key_disabled", Message: "这个密钥已经停用，请向小禾的管理员另要一个"}
	case errors.As(err, &scope):
		return &fault{Status: http.StatusForbidden, Type: "permission_error", Code: "missing_scope",
			Message: fmt.Sprintf("这个密钥没有“%s”（%s）这项用途，请向小禾的管理员另要一个", apikey.ScopeNames[scope.Scope], scope.Scope)}
	case errors.As(err, &limit) && limit.Daily:
		return &fault{Status: http.StatusTooManyRequests, Type: "rate_limit_error", Code: "daily_limit", Wait: limit.Wait, Message: "今天的次数用完了，请明天再用"}
	case errors.As(err, &limit):
		return &fault{Status: http.StatusTooManyRequests, Type: "rate_limit_error", Code: "rate_limit_exceeded", Wait: limit.Wait, Message: "用得太快了，请稍等一下再试"}
	case errors.As(err, &input):
		return badRequest("invalid_request", "", "%s", input.Message)
	}
	return &fault{Status: http.StatusServiceUnavailable, Type: "server_error", Code: "try_again", Wait: 2 * time.Second, Message: "服务器一时没接上，请稍后再试"}
}

// foreignOrigin refuses pages of other sites: a key has no place in a browser.
var foreignOrigin = &fault{Status: http.StatusForbidden, Type: "permission_error", Code: "foreign_origin",
	Message: "别的网站的网页不能直接用这个接口：密钥放在网页里谁都看得到，请从服务器上调用"}

// headers sets the headers that tell a program what to do next.
func (f *fault) headers(h http.Header) {
	if f.Wait > 0 {
		h.Set("Retry-After", fmt.Sprint(int(math.Ceil(f.Wait.Seconds()))))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="xiaohe"`)
	}
}

// programCall is one request of a program.
type programCall struct {
	server *Server
	key    apikey.Key
	by     audit.Actor
	kind   string // chat, models, or the name of a tool
	began  time.Time
	level  string // of danger, where words were read
	home   string // address of our own pages, without a slash at the end

	counted bool
}

// program finds out which program calls. Only the Authorization header counts: no cookie, nothing in the address.
func (s *Server) program(r *http.Request, kind string) (*programCall, error) {
	c := &programCall{server: s, by: s.caller(r), kind: kind, began: time.Now(), home: s.homeAddress(r)}
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	key, err := s.programs.keys.Find(r.Context(), strings.TrimSpace(text))
	c.key = key
	if err != nil {
		c.refused(r.Context(), err)
	}
	return c, err
}

// homeAddress is where our own pages are: the one address that the operator has named, else that of the request.
func (s *Server) homeAddress(r *http.Request) string {
	if len(s.origins) == 1 {
		for origin := range s.origins {
			return origin
		}
	}
	return s.scheme(r) + "://" + r.Host
}

// admit counts a call for something that needs a scope, once.
func (c *programCall) admit(ctx context.Context, scope apikey.Scope) error {
	if c.counted && c.key.Has(scope) {
		return nil
	}
	err := c.server.programs.keys.Admit(ctx, c.key, scope)
	if err != nil {
		c.refused(ctx, err)
		return err
	}
	c.counted = true
	return nil
}

// refused logs that a key was refused.
func (c *programCall) refused(ctx context.Context, why error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	if err := c.server.programs.keys.Refused(ctx, c.by, c.key, c.kind, why); err != nil {
		c.server.log.Error("write the audit log", "error", err)
	}
}

// record logs what a call came to. err is that of the call; nothing of what was said is in the log.
func (c *programCall) record(ctx context.Context, failed error) {
	outcome := "ok"
	switch {
	case ctx.Err() != nil:
		outcome = "cancelled"
	case failed != nil:
		outcome = "failed"
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime) // who hangs up is logged all the same
	defer cancel()
	call := apikey.Call{Kind: c.kind, Level: c.level, MS: time.Since(c.began).Milliseconds(), Outcome: outcome}
	if err := c.server.programs.keys.Record(ctx, c.by, c.key, call); err != nil {
		c.server.log.Error("write the audit log", "error", err)
	}
}

// owner is whose tokens a model uses for a program.
func (c *programCall) owner() string { return "key:" + c.key.ID.String() }

// slotTime is how long a call waits for others of programs to end.
const slotTime = 10 * time.Second

// enter waits until few enough turns of programs run, so that the families on our own pages are answered as ever. Who
// may be in danger does not wait. The caller calls leave.
func (c *programCall) enter(ctx context.Context, text string) (leave func(), err error) {
	s := c.server
	if !s.track() {
		return nil, &fault{Status: http.StatusServiceUnavailable, Type: "server_error", Code: "stopping", Wait: 2 * time.Second, Message: "小禾正在停止，请稍后再试"}
	}
	if s.assistant.Urgent(text) {
		return s.group.Done, nil
	}
	wait := time.NewTimer(slotTime)
	defer wait.Stop()
	select {
	case s.programs.slots <- struct{}{}:
		return func() { <-s.programs.slots; s.group.Done() }, nil
	case <-ctx.Done():
		s.group.Done()
		return nil, ctx.Err()
	case <-wait.C:
		s.group.Done()
		return nil, &fault{Status: http.StatusServiceUnavailable, Type: "server_error", Code: "busy", Wait: 5 * time.Second, Message: "现在问的太多，请稍后再试"}
	}
}

// mostProgramBody is the most bytes of a request of a program: a long conversation with its answers.
const mostProgramBody = 1 << 20

// programBody reads a request. What it sends may then take as long as it takes to answer.
func programBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostProgramBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &fault{Status: http.StatusRequestEntityTooLarge, Type: "invalid_request_error", Code: "request_too_large", Message: "发来的内容太大了，最多 1 MB"}
	case err != nil:
		return nil, badRequest("unreadable", "", "请求没有收完整，请再发一次")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return bytes.TrimSpace(data), nil
}

// failed logs what is the server's own fault, and says of any error what the program may know.
func (s *Server) failed(r *http.Request, err error) *fault {
	f := faultOf(err)
	if f.Code == "try_again" && !errors.Is(err, context.Canceled) {
		s.log.Error("request of a program failed", "route", r.Pattern, "error", err)
	}
	return f
}
