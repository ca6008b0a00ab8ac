package llm

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// meter counts calls for Prometheus. Its labels are jobs, models and outcomes: nothing of people.
type meter struct {
	calls, tokens *prometheus.CounterVec
	seconds       *prometheus.HistogramVec
}

// newMeter registers the metrics, which all endpoints of a registry share; without a registry they are counted for nobody.
func newMeter(registry prometheus.Registerer, e *endpoint) (*meter, error) {
	m := &meter{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xiaohe_model_calls_total",
			Help: "Calls of models by outcome."}, []string{"job", "model", "outcome"}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xiaohe_model_tokens_total",
			Help: "Tokens sent to and received from models."}, []string{"job", "model", "direction"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xiaohe_model_seconds",
			Help: "Time that calls of models took.", Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2, 3, 4, 5, 10, 20, 30}}, []string{"job", "model"}),
	}
	if registry == nil {
		return m, nil
	}
	return m, errors.Join(share(registry, &m.calls), share(registry, &m.tokens), share(registry, &m.seconds), e.measure(registry))
}

// share registers a collector, or takes the one that another endpoint has registered.
func share[C prometheus.Collector](registry prometheus.Registerer, c *C) error {
	err := registry.Register(*c)
	var taken prometheus.AlreadyRegisteredError
	if !errors.As(err, &taken) {
		return err
	}
	there, ok := taken.ExistingCollector.(C)
	if ok {
		*c, err = there, nil
	}
	return err
}

// measure registers the endpoint's breaker: 0 closed, 1 half-open, 2 open.
func (e *endpoint) measure(registry prometheus.Registerer) error {
	return registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "xiaohe_model_breaker",
		Help: "Breaker of a model endpoint: 0 closed, 1 half-open, 2 open.", ConstLabels: prometheus.Labels{"endpoint": e.name}},
		func() float64 {
			switch e.breaker.state() {
			case "closed":
				return 0
			case "half-open":
				return 1
			}
			return 2
		}))
}

// count counts a call that reached no endpoint.
func (m *meter) count(r Record, outcome string) {
	m.calls.WithLabelValues(string(r.Job), r.Model, outcome).Inc()
}

func (m *meter) observe(r Record) {
	m.count(r, r.Outcome)
	if r.Attempts == 0 {
		return
	}
	m.tokens.WithLabelValues(string(r.Job), r.Model, "input").Add(float64(r.Input))
	m.tokens.WithLabelValues(string(r.Job), r.Model, "output").Add(float64(r.Output))
	m.seconds.WithLabelValues(string(r.Job), r.Model).Observe(r.Took.Seconds())
}
