package web

type decision struct {
	Card     card     `json:"card"`
	Chips    []chip   `json:"chips"`
	Question *ask     `json:"question"`
	Child    string   `json:"child"`
	Children []string `json:"children"`
}
type chip struct {
	Fact  string `json:"fact"`
	Label string `json:"label"`
	Text  string `json:"text"`
	Quote string `json:"quote"`
}
type ask struct{ Fact, Text, Why string }
type card struct {
	Eligible  []item   `json:"eligible"`
	Open      []item   `json:"open"`
	RuledOut  []item   `json:"ruled_out"`
	Received  []item   `json:"received"`
	Total     string   `json:"total"`
	Choices   []string `json:"choices"`
	Reminders []string `json:"reminders"`
	Place     string   `json:"place"`
	Day       string   `json:"day"`
	Version   string   `json:"version"`
}
type item struct {
	ID       string    `json:"id"`
	Plain    string    `json:"plain"`
	Kind     string    `json:"kind"`
	Verdict  string    `json:"verdict"`
	Amount   *amount   `json:"amount,omitempty"`
	Because  []reason  `json:"because"`
	Missing  []missing `json:"missing"`
	Papers   []string  `json:"papers"`
	Apply    applyTo   `json:"apply"`
	Times    []step    `json:"times"`
	Stacks   []string  `json:"stacks"`
	Changes  []string  `json:"changes"`
	Warnings []string  `json:"warnings"`
	Sources  []source  `json:"sources"`
}
type amount struct {
	Text, Unit, Period, Payee, Since, Note string
	Min, Max                               *float64
}
type reason struct {
	Text    string
	Met     bool
	Sources []source
}
type missing struct{ Fact, Label, Ask string }
type applyTo struct{ Who, Where, Decides, Public, Online, Phone string }
type step struct{ Step, Time string }
type source struct{ Document, Number, Clause, URL, Seen string }

func cardText(c card) string { return c.Total }
