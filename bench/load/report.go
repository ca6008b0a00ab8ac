package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"xiaohe/bench/ledger"
)

// report is what a scenario found.
type report struct {
	Scenario string          `json:"scenario"`
	At       time.Time       `json:"at"`
	Command  string          `json:"command"`
	Figures  []figure        `json:"figures"`
	Times    []named         `json:"times"`
	Verdict  *ledger.Verdict `json:"verdict,omitempty"`
}

// figure is a number; one with a target is met where it is not above it.
type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"`
	Target float64 `json:"target,omitempty"`
}

// named are the times of one thing.
type named struct {
	Name string `json:"name"`
	times
	Target99 float64 `json:"target_p99_ms,omitempty"`
}

func (r *report) figure(name string, value float64, unit string, target ...float64) {
	f := figure{Name: name, Value: value, Unit: unit}
	if len(target) > 0 {
		f.Target = target[0]
	}
	r.Figures = append(r.Figures, f)
}

func (r *report) times(name string, c *clock, target99 ...float64) {
	n := named{Name: name, times: c.times()}
	if n.N == 0 {
		return
	}
	if len(target99) > 0 {
		n.Target99 = target99[0]
	}
	r.Times = append(r.Times, n)
}

// failed tells whether something was lost, doubled, out of order or wrong. A slow machine fails nothing.
func (r *report) failed() bool { return r.Verdict != nil && !r.Verdict.Clean() }

// progress tells whoever waits for a report what goes on.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func mark(value, target float64) string {
	switch {
	case target == 0:
		return ""
	case value <= target:
		return fmt.Sprintf("≤ %g: met", target)
	}
	return fmt.Sprintf("≤ %g: MISSED", target)
}

// print writes the report as a table.
func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n", r.Scenario)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, f := range r.Figures {
		fmt.Fprintf(table, "%s\t%.4g\t%s\t%s\t\n", f.Name, f.Value, f.Unit, mark(f.Value, f.Target))
	}
	_ = table.Flush() // the terminal is gone: nobody to tell
	if len(r.Times) > 0 {
		table = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(table, "ms\tn\tp50\tp95\tp99\tmax\t\t")
		for _, t := range r.Times {
			fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%s\t\n", t.Name, t.N, t.P50, t.P95, t.P99, t.Max, mark(t.P99, t.Target99))
		}
		_ = table.Flush()
	}
	if v := r.Verdict; v != nil {
		fmt.Fprintf(out, "sent %d, receipts %d, refused %d, stored %d, delivered %d: lost %d, doubled %d, misordered %d, wrong %d\n",
			v.Sent, v.Acked, v.Refused, v.Stored, v.Delivered, v.Lost, v.Doubled, v.Misordered, v.Wrong)
		for _, detail := range v.Details {
			fmt.Fprintln(out, "  "+detail)
		}
	}
}

func (r *report) json(out io.Writer) error { return json.NewEncoder(out).Encode(r) }
