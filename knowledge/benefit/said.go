package benefit

// Said is what somebody said about a fact, before the dictionary has typed it. It is the form in which
// understanding hands facts over, in which a conversation keeps them and in which cases/*.yaml writes them.
//
// Numbers use Lo and Hi (整数 in the fact's unit, 金额 in 分, 日期 as Day), choices use In, Out and Only,
// places use Place.
type Said struct {
	Lo    int64    `json:"lo,omitempty"`
	Hi    int64    `json:"hi,omitempty"`
	In    []string `json:"in,omitempty"`    // options that hold; for 单选 and 是否 with several entries: one of these
	Out   []string `json:"out,omitempty"`   // options that do not hold
	Only  bool     `json:"only,omitempty"`  // 多选: no option but In holds; with an empty In none holds
	Place string   `json:"place,omitempty"` // 地区: GB/T 2260 code of 6, 9 or 12 digits
}

// Number is an exact number or interval that was said.
func Number(lo, hi int64) Said { return Said{Lo: lo, Hi: hi} }

// Options says that these options hold.
func Options(names ...string) Said { return Said{In: names} }
