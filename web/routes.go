package web

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// routes wires the handlers and what surrounds all of them.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.guardianPage)
	mux.HandleFunc("GET /widget", s.widgetPage)
	mux.HandleFunc("GET /widget.js", s.widgetScript)
	mux.HandleFunc("GET /documents/{id}", s.documentPage)
	mux.HandleFunc("GET /cards/{id}/{seq}", s.cardPage)
	mux.HandleFunc("GET /tianqi", s.neutralPage)
	mux.HandleFunc("GET /static/{version}/{file}", s.staticFile)

	mux.HandleFunc("POST /api/v1/session", s.openSession)
	mux.HandleFunc("DELETE /api/v1/session", s.endSession)
	mux.HandleFunc("POST /api/v1/conversations", s.openConversation)
	mux.HandleFunc("PUT /api/v1/conversations/{id}/region", s.setRegion)
	mux.HandleFunc("GET /api/v1/regions", s.regions)
	mux.HandleFunc("GET /api/v1/facts", s.facts)
	mux.HandleFunc("POST /v1/ws-ticket", s.openTicket)
	mux.HandleFunc("GET /v1/ws", s.openSocket)
	mux.HandleFunc("GET /v1/conv/{id}/messages", s.snapshot)
	mux.HandleFunc("POST /v1/conv/{id}/messages", s.sendMessage)
	mux.HandleFunc("GET /v1/conv/{id}/events", s.events)
	mux.HandleFunc("GET /v1/conv/{id}/stream", s.stream)
	mux.HandleFunc("GET /v1/conv/{id}/cards/{seq}", s.cardSheet)

	s.loginRoutes(mux)
	s.consoleRoutes(mux)
	s.handoverRoutes(mux)
	s.adminRoutes(mux)
	s.programRoutes(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("/", s.notFound)

	// Pages of other sites may not post in a visitor's name. Requests outside browsers carry no such headers.
	protection := http.NewCrossOriginProtection()
	for origin := range s.origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			s.log.Error("an allowed origin is not an origin", "error", err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse := programForm(r.URL.Path); refuse != nil {
			refuse(w, foreignOrigin)
			return
		}
		s.fail(w, r, problem{Code: codeForbidden, Message: "这个网站不能替您向小禾发送内容"})
	}))
	return s.surround(protection.Handler(mux))
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.quit:
		s.fail(w, r, problem{Code: codeTryAgain, Message: "小禾正在停止"})
		return
	default:
	}
	if _, err := s.conversations.Heads(r.Context(), nil); err != nil {
		s.fail(w, r, err)
		return
	}
	fmt.Fprintln(w, "ok")
	if state := s.knowledge.Embeddings(); state != "" { // searches go on by words where it is down: still ready
		fmt.Fprintln(w, "embeddings: "+state)
	}
	if s.models != nil { // answers go on without a model where it is down: still ready
		for _, state := range s.models() {
			fmt.Fprintln(w, state)
		}
	}
}

// surround sets the security headers, keeps a panic inside its request and logs what took place: the route's
// pattern, never the address with its ids.
func (s *Server) surround(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("request panicked", "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
				s.fail(recorder, r, problem{Code: codeTryAgain, Message: "服务器出了点问题，请稍后再试"})
			}
			s.log.Debug("request", "method", r.Method, "route", r.Pattern, "status", recorder.status, "ms", time.Since(began).Milliseconds())
		}()
		s.secure(w.Header(), r)
		if r.ContentLength != 0 { // a body that never comes must not hold the connection for ever
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.limits.BodyWithin))
		}
		next.ServeHTTP(recorder, r)
	})
}

// plainHost is a host that can stand in a policy without quoting.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9A-Fa-f:]+\](:\d+)?$`)

// secure sets the headers of every response. Nothing is allowed that the pages do not need.
func (s *Server) secure(h http.Header, r *http.Request) {
	connect := "'self'"
	if plainHost.MatchString(r.Host) { // older Safari does not count ws: of the same host as 'self'
		connect += " ws://" + r.Host + " wss://" + r.Host
	}
	ancestors := "'none'"
	if r.URL.Path == "/widget" && len(s.sites) > 0 {
		ancestors = strings.Join(s.sites, " ")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "+
		"connect-src "+connect+"; base-uri 'none'; form-action 'self'; frame-ancestors "+ancestors)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if r.URL.Path != "/widget" {
		h.Set("X-Frame-Options", "DENY")
	}
}

// statusRecorder remembers the status for the log.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack lets a WebSocket take the connection over.
func (w *statusRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
