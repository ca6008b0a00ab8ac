package llm

import (
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// exchange is what one HTTP request tells that the library on top of it does not hand on.
type exchange struct {
	status   int
	after    time.Duration // Retry-After; 0: none
	answered time.Time     // when the header came
	limit    int64         // bytes of the body
}

type exchangeKey struct{}

// Faults of an endpoint below the API.
var (
	errRedirect = errors.New("redirected")
	errKind     = errors.New("wrong content type")
	errTooLong  = errors.New("endless answer")
)

// maxHeader bounds the header of an answer, in bytes.
const maxHeader = 64 << 10

// newHTTPClient returns a client that sends people's words to the configured address only: without TLS through no proxy
// of the environment either, which would read them.
//
// Without TLS every request has a connection of its own. Small servers (Python's http.server) write head and body apart, and on
// a kept connection the body then waits 40 ms for the delayed acknowledgement of the head (RFC 896, RFC 1122 §4.2.3.2); a new
// connection costs one round trip.
func newHTTPClient(address string) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = maxHeader
	transport.MaxIdleConnsPerHost = 16
	if strings.HasPrefix(address, "http://") {
		transport.DisableKeepAlives, transport.Proxy = true, nil
	}
	transport.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	return &http.Client{Transport: wire{transport}}
}

// wire checks answers before anybody reads them.
type wire struct{ next *http.Transport }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{limit: 1 << 20}
	}
	x.status, x.answered = response.StatusCode, time.Now()
	x.after = retryAfter(response.Header.Get("Retry-After"), x.answered)
	switch {
	case response.StatusCode >= 300 && response.StatusCode < 400: // following would send the words elsewhere
		_ = response.Body.Close()
		return nil, errRedirect
	case response.StatusCode < 300 && !isKind(r, response):
		_ = response.Body.Close()
		return nil, errKind
	}
	response.Body = &bounded{ReadCloser: response.Body, left: x.limit}
	return response, nil
}

// CloseIdleConnections is for http.Client.
func (w wire) CloseIdleConnections() { w.next.CloseIdleConnections() }

// isKind tells whether an answer has the content type that the request asked for. Without one it may pass.
func isKind(r *http.Request, response *http.Response) bool {
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		return response.Header.Get("Content-Type") == ""
	}
	if strings.Contains(r.Header.Get("Accept"), "event-stream") {
		return kind == "text/event-stream"
	}
	return kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "text/plain"
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// bounded ends an answer that does not end.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

// withExchange returns a context whose request fills x.
func withExchange(ctx context.Context, limit int) (context.Context, *exchange) {
	x := &exchange{limit: int64(limit)}
	return context.WithValue(ctx, exchangeKey{}, x), x
}
