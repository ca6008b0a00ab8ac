package llm

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options are what a client needs. An empty URL means that there is no model.
type Options struct {
	URL    string         // of the endpoint up to and with /v1
	Key    string         // sent as a bearer token; may be empty
	Model  string         // for the jobs that have none of their own; empty: those are off
	Models map[Job]string // an empty name turns a job off
	Local  bool           // the endpoint belongs to this machine or house: nothing is masked

	Limits      map[Job]Limit // what differs from the jobs' own
	Concurrency int           // calls at once; 0: 16
	Open        time.Duration // that the breaker keeps calls away; 0: 15 s
	DailyTokens int64         // of all together in a day; 0: no limit
	OwnerTokens int64         // of one conversation or key in a day; 0: no limit
	Usage       Usage         // where the nodes count together; nil: each by itself

	Record   func(Record)          // gets every call that went beyond Has; must not wait
	Registry prometheus.Registerer // nil: no metrics
	Logger   *slog.Logger          // nil: slog.Default
	Now      func() time.Time      // nil: time.Now
}

// Limit bounds a call.
type Limit struct {
	First  time.Duration // until the first element of a stream; 0: no limit of its own
	Whole  time.Duration
	Tokens int // that the model may write
}

// limits of the jobs where Options say nothing else.
var limits = map[Job]Limit{
	Extraction: {Whole: 4 * time.Second, Tokens: 1000},
	Rewriting:  {Whole: 2 * time.Second, Tokens: 300},
	Prose:      {First: 5 * time.Second, Whole: 20 * time.Second, Tokens: 2000},
	Opinion:    {Whole: 3 * time.Second, Tokens: 400},
	Summary:    {Whole: 10 * time.Second, Tokens: 1500},
	Questions:  {Whole: 30 * time.Second, Tokens: 800},
}

// limit of a job: what Options say, and for what they leave open the job's own.
func (o Options) limit(job Job) Limit {
	l, own := limits[job], o.Limits[job]
	if own.First > 0 {
		l.First = own.First
	}
	if own.Whole > 0 {
		l.Whole = own.Whole
	}
	if own.Tokens > 0 {
		l.Tokens = own.Tokens
	}
	return l
}

// content is the most bytes that a model may write: a token is seldom more than six.
func (l Limit) content() int { return 8*l.Tokens + 1024 }

// model of a job, empty where it is off.
func (o Options) model(job Job) string {
	if own, ok := o.Models[job]; ok {
		return own
	}
	return o.Model
}

const defaultConcurrency = 16

func (o Options) withDefaults() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.Open <= 0 {
		o.Open = breakerOpen
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Record == nil {
		o.Record = func(Record) {}
	}
	return o
}

// Errors of settings. Their text is for programmers; who shows them says it in the user's words.
var (
	ErrURL        = errors.New("llm: not the address of an endpoint")
	ErrUnsafeURL  = errors.New("llm: http to a public address would show people's words to everybody on the way")
	ErrNoModel    = errors.New("llm: no model is named")
	ErrUnknownJob = errors.New("llm: no such job")
)

// Check finds settings that cannot work.
func (o Options) Check() error {
	if _, err := Endpoint(o.URL); err != nil {
		return err
	}
	for job := range maps.Keys(o.Models) {
		if !slices.Contains(Jobs, job) {
			return fmt.Errorf("%w: %s", ErrUnknownJob, job)
		}
	}
	for _, job := range Jobs {
		if o.model(job) != "" {
			return nil
		}
	}
	return ErrNoModel
}

// Endpoint is the address as requests begin with it. Words of people travel there, so plain http is for this machine
// and private networks only, and an address with a user, a query or a fragment is none.
func Endpoint(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", ErrURL // the parser's words would repeat the address
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && isNear(u.Hostname()):
	case u.Scheme == "http":
		return "", ErrUnsafeURL
	default:
		return "", ErrURL
	}
	u.Path = strings.TrimRight(u.Path, "/")
	for _, suffix := range []string{"/chat/completions", "/embeddings", "/rerank"} { // people paste the whole address
		u.Path = strings.TrimSuffix(u.Path, suffix)
	}
	return u.String(), nil
}

// isNear tells whether a host is this machine or in a private network: by its address, or a name without a dot as in
// Docker.
func isNear(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	if net.ParseIP(host) != nil {
		return false
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") ||
		strings.HasSuffix(host, ".localhost")
}
