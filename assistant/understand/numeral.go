package understand

// Numeral is a number as people write it, in hundredths. Rough tells that it is approximate (千把, 两三百) or asked for
// (几十).
type Numeral struct {
	Lo, Hi int64
	Length int // characters read
	Rough  bool
}

// ReadNumeral reads the Arabic or Chinese number at the beginning of text: 1,200 · 1.5万 · 一千二 · 两千五百二十五.
func ReadNumeral(text []rune) (Numeral, bool) {
	q, ok := parseNumber(text)
	return Numeral{Lo: q.lo, Hi: q.hi, Length: q.n, Rough: q.rounded || q.asked || q.lo != q.hi}, ok
}
