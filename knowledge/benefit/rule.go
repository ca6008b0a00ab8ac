package benefit

import "math/big"

// Rule is one benefit as a national rule file (or a local file for what exists only there) states it.
type Rule struct {
	ID        string
	Plain     string // 通俗名
	Kind      string // 类别
	By        string // 按地: which of the child's places decides
	Region    int64
	From, To  Day // 施行; To is the last day
	Review    Review
	Aliases   []string
	Asks      []string
	Condition *Node
	Branches  map[string]*Node // 分条件
	Amounts   []Entry
	Relations []Relation
	Papers    Papers
	Apply     Apply
	Times     []Step
	TimesFrom []Source
	Expiry    []Expiry
	Receiving *Node // 在享: the child or the family has it already
	Weight    int64 // 权重: 分 per month that a service counts for when questions are ordered
	Sources   []Source

	file string
	line int
}

// Review is when and by whom a rule was last compared with its sources (核对).
type Review struct {
	Day  Day
	By   string
	Next Day
}

// Overlay is a local change of a rule (改): it may only add people, take people away, or replace a section.
type Overlay struct {
	ID       string
	Region   int64
	From, To Day
	Review   Review
	Sources  []Source
	Widen    []*Node // 放宽
	Narrow   []*Node // 收紧
	Replace  Replace // 替代

	file string
	line int
}

// Replace holds the sections that a local change replaces; nil leaves the rule's own.
type Replace struct {
	Condition *Node
	Amounts   []Entry
	Papers    *Papers
	Apply     *Apply
	Times     []Step
	TimesFrom []Source
}

// Entry is one line of 金额. The first whose When holds is the amount.
type Entry struct {
	When     *Node
	Form     Form
	Standard string // 标准, 补差, 比例
	TierBy   int    // 按: the fact that chooses the tier; -1 for none
	Less     []int  // 补差: facts that are subtracted
	LessStd  string // 补差: a standard that is subtracted
	Ratio    *big.Rat
	Rounding Rounding
	Fixed    Interval
	Unit     string
	Payee    string // 计发
	Text     string // 以当地公布为准: why; 按项报销: the terms in words
	Basis    []Source
	Line     int
}

// Form is how an amount is found.
type Form uint8

// The five forms of BENEFITS §2.4, and the admission that no source gives a number.
const (
	ByStandard  Form = iota // 标准
	ByFixed                 // 固定
	ByTopUp                 // 补差
	ByRatio                 // 比例
	ByItem                  // 按项报销
	AsPublished             // 以当地公布为准
)

// Relation is what two benefits do to each other.
type Relation struct {
	With   string
	Kind   RelationKind
	Prefer Preference
	Basis  []Source
	Line   int
}

// RelationKind is one of the four relations.
type RelationKind uint8

// The four relations; NoRelation is an undeclared pair.
const (
	NoRelation RelationKind = iota
	Exclusive               // 不可同时
	Higher                  // 就高
	TopsUp                  // 补差
	Stacks                  // 可叠加
)

// Preference tells which side of an 不可同时 pair stands.
type Preference uint8

// The sides, as seen from the benefit that declares the relation.
const (
	Choose Preference = iota // 择一
	Own                      // 本项
	Other                    // 对方
)

// Papers are the documents to bring (材料).
type Papers struct {
	Always []Paper
	When   []ConditionalPapers
}

// Paper is one document and the clause that asks for it.
type Paper struct {
	Name  string
	Basis []Source
}

// ConditionalPapers are asked for only where their condition is met.
type ConditionalPapers struct {
	When  *Node
	Names []string
	Basis []Source
}

// Apply is how to apply (办理).
type Apply struct {
	Who     string   `json:"who"`
	Where   string   `json:"where"`
	Decides string   `json:"decides"`
	Public  string   `json:"public"`
	Online  string   `json:"online"`
	Phone   string   `json:"phone"`
	Basis   []Source `json:"-"`
}

// Step is one time limit (时限).
type Step struct {
	Step string `json:"step"`
	Time string `json:"time"`
}

// Expiry is a reminder that falls due when its condition comes true (到期).
type Expiry struct {
	When *Node
	Text string
}

// Row is one line of the standards table.
type Row struct {
	ID, Tier string
	Region   int64
	From, To Day
	Amount   Interval
	Base     string // 倍数: the standard that is multiplied
	Times    *big.Rat
	Unit     string
	Floor    bool // 不低于: a floor for everything below; otherwise 定为
	Source   Source
	Trust    string // 官方, 互证, 单源, 推算
	File     string
	Line     int
}

// Forever is the last day of what has no end.
const Forever Day = 1<<31 - 1
