package benefit

// Verdict is the answer to "does this family get it": strong Kleene logic, so that nothing asked never reads as no.
// The order makes min the conjunction and max the disjunction.
type Verdict uint8

// The three verdicts.
const (
	Ineligible   Verdict = iota // 不符合
	Undetermined                // 待确认
	Eligible                    // 符合
)

// String is the verdict as cases/*.yaml write it.
func (v Verdict) String() string { return [...]string{"不符合", "待确认", "符合"}[v] }

// Code is the verdict in the command-line contract.
func (v Verdict) Code() string { return [...]string{"ineligible", "undetermined", "eligible"}[v] }

// not turns eligible and ineligible round.
func (v Verdict) not() Verdict { return Eligible - v }

func verdictOf(yes, no bool) Verdict {
	switch {
	case yes:
		return Eligible
	case no:
		return Ineligible
	}
	return Undetermined
}

// ParseVerdict reads 符合, 不符合, 待确认 or their codes.
func ParseVerdict(text string) (Verdict, bool) {
	for _, v := range []Verdict{Ineligible, Undetermined, Eligible} {
		if text == v.String() || text == v.Code() {
			return v, true
		}
	}
	return 0, false
}
