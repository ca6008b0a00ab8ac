package benefit

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// forms are the ways to write an amount.
var forms = []struct {
	key  string
	form Form
}{{"标准", ByStandard}, {"固定", ByFixed}, {"补差", ByTopUp}, {"比例", ByRatio}, {"按项报销", ByItem}, {"以当地公布为准", AsPublished}}

// amounts reads 金额: the last entry and only it lacks 当, and all share a unit.
func (b *Book) amounts(r reader, n *yaml.Node, s *scope) []Entry {
	var found []Entry
	items := r.items(n)
	for i, item := range items {
		entry := b.amount(r, item, s)
		if last := i == len(items)-1; last != (entry.When == nil) {
			r.fail(item, "金额的最后一条、也只有最后一条不写“当”")
		}
		found = append(found, entry)
	}
	for _, entry := range found {
		if unit := entry.unit(b); len(found) > 0 && unit != "" && found[0].unit(b) != "" && unit != found[0].unit(b) {
			r.report(entry.Line, Error, "同一项的金额单位要一样：有“%s”也有“%s”", found[0].unit(b), unit)
		}
	}
	if len(found) == 0 {
		r.fail(n, "金额要写成列表，至少一条；没有数字就写“以当地公布为准: 原因”")
	}
	return found
}

// unit is an entry's own unit, or that of its standard.
func (e Entry) unit(b *Book) string {
	if e.Unit != "" {
		return e.Unit
	}
	id, _ := cutTier(e.Standard)
	for _, row := range b.Rows {
		if row.ID == id {
			return row.Unit
		}
	}
	return ""
}

func (b *Book) amount(r reader, n *yaml.Node, s *scope) Entry {
	allowed := []string{"当", "计发", "单位", "依据", "按"}
	for _, f := range forms {
		allowed = append(allowed, f.key)
	}
	fields := r.fields(n, allowed...)
	e := Entry{TierBy: -1, Payee: "本人", Unit: r.oneOf(fields["单位"], units...), Basis: b.basis(r, fields["依据"], s), Line: n.Line}
	if fields["依据"] == nil {
		r.fail(n, "这条金额没有写“依据”")
	}
	if fields["计发"] != nil {
		e.Payee = r.oneOf(fields["计发"], payees...)
	}
	if fields["当"] != nil {
		e.When = b.condition(r, fields["当"], loose(s))
	}
	if fields["按"] != nil {
		e.TierBy = b.factIndex(r, fields["按"])
	}
	written := 0
	for _, f := range forms {
		if operand := fields[f.key]; operand != nil {
			written++
			e.Form = f.form
			b.amountForm(r, operand, &e)
		}
	}
	if written != 1 {
		r.fail(n, "一条金额要有一种、也只能有一种写法：标准、固定、补差、比例、按项报销、以当地公布为准")
	}
	if e.Standard != "" {
		b.uses = append(b.uses, use{r.file, n.Line, e.Standard})
	}
	return e
}

func (b *Book) amountForm(r reader, n *yaml.Node, e *Entry) {
	switch e.Form {
	case ByStandard:
		e.Standard = r.text(n)
	case ByFixed:
		e.Fixed = r.money(n)
		if e.Unit == "" {
			r.fail(n, "“固定”的金额要写“单位”")
		}
	case ByTopUp:
		f := r.fields(n, "标准", "减", "减标准")
		e.Standard, e.LessStd = r.text(f["标准"]), r.text(f["减标准"])
		if f["减"] != nil {
			for _, item := range r.items(f["减"]) {
				e.Less = append(e.Less, b.moneyFact(r, item))
			}
		}
		if e.LessStd != "" {
			b.uses = append(b.uses, use{r.file, n.Line, e.LessStd})
		}
		if len(e.Less) == 0 && e.LessStd == "" {
			r.fail(n, "“补差”要写“减”或“减标准”")
		}
	case ByRatio:
		f := r.fields(n, "标准", "乘", "取整")
		e.Standard, e.Ratio = r.text(f["标准"]), r.ratio(f["乘"], n)
		rounding, ok := roundings[r.text(f["取整"])]
		if !ok {
			r.fail(n, "“取整”只能是：不取整、进到元、舍到元、四舍五入")
		}
		e.Rounding = rounding
	case ByItem:
		f := r.fields(n, "项目", "起付", "比例", "封顶")
		var terms []string
		for _, key := range []string{"项目", "起付", "比例", "封顶"} {
			if text := r.text(f[key]); text != "" {
				terms = append(terms, key+"："+text)
			}
		}
		e.Text = strings.Join(terms, "；")
	case AsPublished:
		e.Text = r.text(n)
	}
}

func (b *Book) moneyFact(r reader, n *yaml.Node) int {
	i := b.factIndex(r, n)
	if b.Dictionary.Facts[i].Type != Money {
		r.fail(n, "“%s”不是金额，不能减", n.Value)
	}
	return i
}

// ratio reads an exact ratio, written as quoted text.
func (r reader) ratio(n, at *yaml.Node) *big.Rat {
	if n != nil {
		if ratio, ok := new(big.Rat).SetString(r.text(n)); ok && ratio.Sign() > 0 {
			return ratio
		}
	}
	r.fail(at, "“乘”要写大于 0 的数，例如 \"1.5\"")
	return big.NewRat(1, 1)
}

// use is a place that names a standard.
type use struct {
	file     string
	line     int
	standard string
}

// standards reads standards.yaml.
func (b *Book) standards(r reader, root *yaml.Node) {
	for _, item := range r.items(root) {
		fields := r.fields(item, "标准", "地区", "自", "至", "数额", "倍数", "单位", "关系", "依据", "链接", "可信")
		if !r.need(item, fields, "标准", "地区", "自", "单位", "关系", "依据", "可信") {
			continue
		}
		row := Row{Region: r.region(fields["地区"], b), From: r.day(fields["自"], 0), To: r.day(fields["至"], Forever),
			Unit: r.oneOf(fields["单位"], units...), Floor: r.oneOf(fields["关系"], "定为", "不低于") == "不低于",
			Trust: r.oneOf(fields["可信"], trusts...), File: r.file, Line: item.Line}
		row.ID, row.Tier, _ = strings.Cut(r.text(fields["标准"]), ".")
		row.Source = Source{Document: r.text(fields["依据"]), URL: r.text(fields["链接"]), Seen: row.Trust}
		if row.To < row.From {
			r.fail(item, "“至”早于“自”")
		}
		switch {
		case (fields["数额"] == nil) == (fields["倍数"] == nil):
			r.fail(item, "要写“数额”或“倍数”，两样里的一样")
			continue
		case fields["数额"] != nil:
			row.Amount = r.money(fields["数额"])
		default:
			f := r.fields(fields["倍数"], "标准", "乘")
			row.Base, row.Times = r.text(f["标准"]), r.ratio(f["乘"], fields["倍数"])
			b.uses = append(b.uses, use{r.file, item.Line, row.Base})
		}
		b.Rows = append(b.Rows, row)
	}
}

// checkRows reports rows that overlap, leave holes or lie below a floor, and names of standards that do not exist.
func (b *Book) checkRows(problems *[]Problem) {
	report := func(row Row, severity Severity, text string) {
		*problems = append(*problems, Problem{row.File, row.Line, severity, text})
	}
	sorted := slices.Clone(b.Rows)
	slices.SortStableFunc(sorted, func(x, y Row) int {
		return cmp.Or(cmp.Compare(x.key(), y.key()), cmp.Compare(x.From, y.From))
	})
	for i := 1; i < len(sorted); i++ {
		before, row := sorted[i-1], sorted[i]
		if before.key() != row.key() || row.Floor {
			continue
		}
		switch {
		case row.From <= before.To:
			report(row, Error, "“"+row.name()+"”在 "+shortCode(row.Region)+" 有两行同时有效："+before.From.String()+" 起的一行"+endOf(before)+"，这一行从 "+row.From.String()+" 起")
		case row.From > before.To+1:
			report(row, Warning, "“"+row.name()+"”在 "+shortCode(row.Region)+" 从 "+(before.To+1).String()+" 到 "+(row.From-1).String()+" 没有标准")
		}
	}
	for _, row := range b.Rows {
		if row.Floor || row.Base != "" {
			continue
		}
		for _, floor := range b.Rows {
			if floor.Floor && floor.Base == "" && floor.ID == row.ID && (floor.Tier == "" || floor.Tier == row.Tier) && (floor.Region == row.Region || below(row.Region, floor.Region)) &&
				row.From <= floor.To && floor.From <= row.To && row.Amount.Hi < floor.Amount.Lo {
				report(row, Error, "“"+row.name()+"”低于上级规定的最低数 "+formatYuan(floor.Amount.Lo)+" 元（"+floor.Source.Document+"）")
			}
		}
	}
	for _, u := range b.uses {
		id, _, _ := strings.Cut(u.standard, ".")
		if !slices.ContainsFunc(b.Rows, func(row Row) bool { return row.ID == id }) {
			*problems = append(*problems, Problem{u.file, u.line, Error, "standards.yaml 里没有“" + u.standard + "”这个标准"})
		}
	}
}

func endOf(row Row) string {
	if row.To == Forever {
		return "没有写截止日（至）"
	}
	return "到 " + row.To.String() + " 才结束"
}

// key is what two rows share that may not be in force together.
func (row Row) key() string {
	return strings.Join([]string{row.name(), shortCode(row.Region), map[bool]string{true: "不低于", false: "定为"}[row.Floor]}, "|")
}

func (row Row) name() string {
	if row.Tier == "" {
		return row.ID
	}
	return row.ID + "." + row.Tier
}
