package benefit

import (
	"fmt"
	"slices"
)

// choices names the pairs of which only one can be had.
func (v *View) choices(results []Result) []string {
	found := []string{}
	for i, r := range results {
		for _, other := range results[:i] {
			if t := v.tie(r.ID, other.ID); t.kind == Exclusive && t.prefer == Choose {
				found = append(found, fmt.Sprintf("“%s”和“%s”只能选一个", other.ID, r.ID))
			}
		}
	}
	return found
}

func (v *View) tie(a, b string) tie {
	return v.book.ties[slices.Index(Benefits, a)][slices.Index(Benefits, b)]
}

// total is the sum that the child can have each month: of the benefits that exclude or top up each other the best
// combination (BENEFITS §3.4). It is empty where there is no monthly money.
func (v *View) total(results []Result) string {
	var monthly []Result
	unknown := 0
	for _, r := range results {
		if r.Unit != "元/月" || r.Final != Eligible {
			continue
		}
		monthly = append(monthly, r)
		if r.Amount == everything {
			unknown++
		}
	}
	if len(monthly) < 2 || unknown == len(monthly) {
		return ""
	}
	sum := v.best(monthly)
	text := "每月 " + showMoney(Interval{sum.Lo, sum.Hi}, "元")
	if unknown > 0 || sum.Hi >= Infinity {
		text = "每月至少 " + formatYuan(sum.Lo) + " 元"
	}
	if unknown > 0 {
		text += fmt.Sprintf("，另有 %d 项以当地公布为准", unknown)
	}
	return text
}

// Total is the sum of all monthly benefits of a case: the least that is certain, the most that is possible.
func (v *View) Total(results []Result) Interval {
	var certain, possible []Result
	for _, r := range results {
		if r.Unit != "元/月" || r.Received || r.Final == Ineligible {
			continue
		}
		possible = append(possible, r)
		if r.Final == Eligible {
			certain = append(certain, r)
		}
	}
	return Interval{v.best(certain).Lo, v.best(possible).Hi}
}

// best adds up the components: benefits that have nothing to do with each other are all had.
func (v *View) best(results []Result) Interval {
	var sum Interval
	for _, component := range v.components(results) {
		sum = sum.plus(v.bestOf(component))
	}
	return sum
}

// components groups benefits that exclude, outbid or top up each other.
func (v *View) components(results []Result) [][]Result {
	var found [][]Result
	for _, r := range results {
		joined := []Result{r}
		rest := found[:0:0]
		for _, component := range found {
			if slices.ContainsFunc(component, func(other Result) bool {
				kind := v.tie(r.ID, other.ID).kind
				return kind == Exclusive || kind == Higher || kind == TopsUp
			}) {
				joined = append(joined, component...)
			} else {
				rest = append(rest, component)
			}
		}
		found = append(rest, joined)
	}
	return found
}

// mostTied bounds the enumeration; no component of the canonical list is larger.
const mostTied = 12

// bestOf enumerates the subsets of a component that may be had together.
func (v *View) bestOf(results []Result) Interval {
	results = results[:min(len(results), mostTied)]
	var best Interval
	for set := range 1 << len(results) {
		if sum, ok := v.sumOf(results, set); ok {
			best.Lo, best.Hi = max(best.Lo, sum.Lo), max(best.Hi, sum.Hi)
		}
	}
	return best
}

// sumOf adds a subset; of a pair that tops each other up the larger counts.
func (v *View) sumOf(results []Result, set int) (Interval, bool) {
	var sum Interval
	for i, r := range results {
		if set&(1<<i) == 0 {
			continue
		}
		covered := false
		for j, other := range results {
			if i == j || set&(1<<j) == 0 {
				continue
			}
			switch v.tie(r.ID, other.ID).kind {
			case Exclusive, Higher:
				return Interval{}, false
			case TopsUp:
				covered = covered || other.Amount.Hi > r.Amount.Hi || other.Amount.Hi == r.Amount.Hi && j < i
			}
		}
		if !covered {
			sum = sum.plus(r.Amount)
		}
	}
	return sum, true
}
