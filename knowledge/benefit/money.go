package benefit

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Fen is an amount of money in 分. Real standards have decimals (2094.4 元), floats do not keep them.
type Fen = int64

// Infinity stands for "no upper end is known". It leaves room for sums.
const Infinity int64 = math.MaxInt64 / 1024

// Interval is the amounts, numbers or days that are still possible, both ends included.
type Interval struct{ Lo, Hi int64 }

var everything = Interval{0, Infinity}

func exactly(n int64) Interval { return Interval{n, n} }

// hull is the smallest interval that holds both.
func (a Interval) hull(b Interval) Interval { return Interval{min(a.Lo, b.Lo), max(a.Hi, b.Hi)} }

// plus adds two intervals; what is unbounded stays so.
func (a Interval) plus(b Interval) Interval {
	return Interval{a.Lo + b.Lo, min(a.Hi+b.Hi, Infinity)}
}

// minus is what is left of a when b is taken away, never less than nothing.
func (a Interval) minus(b Interval) Interval {
	hi := Infinity
	if a.Hi < Infinity {
		hi = max(0, a.Hi-b.Lo)
	}
	return Interval{max(0, a.Lo-b.Hi), hi}
}

var yuan = regexp.MustCompile(`^\d{1,9}(\.\d{1,2})?$`)

// parseYuan reads 元 with at most two decimals, as standards print them.
func parseYuan(text string) (Fen, bool) {
	if !yuan.MatchString(text) {
		return 0, false
	}
	whole, cents, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	return n, true
}

// formatYuan writes an amount without needless zeros: 2525, 2094.4.
func formatYuan(f Fen) string {
	text := strconv.FormatInt(f/100, 10)
	if f%100 != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%02d", f%100), "0")
	}
	return text
}

// Rounding tells what a ratio does with fractions.
type Rounding uint8

// The roundings that local notices use.
const (
	NoRounding Rounding = iota // 不取整: to the 分
	RoundUp                    // 进到元
	RoundDown                  // 舍到元
	RoundHalf                  // 四舍五入 to 元
)

var roundings = map[string]Rounding{"不取整": NoRounding, "进到元": RoundUp, "舍到元": RoundDown, "四舍五入": RoundHalf}

// times multiplies exactly and rounds once.
func times(amount Fen, ratio *big.Rat, rounding Rounding) Fen {
	if amount >= Infinity {
		return Infinity
	}
	unit := int64(100)
	if rounding == NoRounding {
		unit = 1
	}
	exact := new(big.Rat).Mul(big.NewRat(amount, unit), ratio)
	quotient, rest := new(big.Int).QuoRem(exact.Num(), exact.Denom(), new(big.Int))
	up := false
	switch rounding {
	case RoundUp:
		up = rest.Sign() > 0
	case NoRounding, RoundHalf:
		up = rest.Lsh(rest, 1).Cmp(exact.Denom()) >= 0
	}
	n := quotient.Int64()
	if up {
		n++
	}
	return n * unit
}
