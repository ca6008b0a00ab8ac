package web

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"
)

// proxyHeaders show that a request came through a proxy: then its address says nothing of who asks.
var proxyHeaders = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// metrics shows the figures of this node to who may see them; to others the page is not there.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if s.figures == nil || !s.maySeeMetrics(r) {
		s.notFound(w, r)
		return
	}
	s.figures.ServeHTTP(w, r)
}

// maySeeMetrics: whoever has the token, where there is one; otherwise programs on this machine, without a proxy between.
func (s *Server) maySeeMetrics(r *http.Request) bool {
	if s.metricsToken != "" {
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return found && subtle.ConstantTimeCompare([]byte(token), []byte(s.metricsToken)) == 1
	}
	for _, name := range proxyHeaders {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}
