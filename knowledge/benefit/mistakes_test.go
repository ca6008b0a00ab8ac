package benefit

import (
	"strings"
	"testing"
)

// mistake is one slip of the pen in the small rule set and the message that the officer must get for it.
type mistake struct {
	name     string
	file     string
	old, new string // old occurs once; the problem is in the line where new begins, or moved lines further down
	want     string
	line     int  // how many lines below the place of the slip it is reported
	warning  bool // it does not keep the rules from being used
	schema   bool // an editor with the schema marks it too
}

var mistakes = []mistake{
	// what YAML reads differently
	{name: "中文冒号", file: "national/事实无人抚养.yaml", old: "{事实: 孩子.年龄,", new: "{事实：孩子.年龄,", want: "中文冒号"},
	{name: "行首键后的中文冒号", file: "national/事实无人抚养.yaml", old: "通俗名: 爸妈", new: "通俗名：爸妈", want: "中文冒号"},
	{name: "列表里用顿号", file: "national/孤儿.yaml", old: "[死亡, 宣告失踪]", new: "[死亡、宣告失踪]", want: "中文逗号或顿号", schema: true},
	{name: "列表里用中文逗号", file: "facts.yaml", old: "独占: [死亡, 宣告失踪]", new: "独占: [死亡，宣告失踪]", want: "中文逗号或顿号"},
	{name: "两项之间用中文逗号", file: "national/孤儿.yaml", old: "{事实: 孩子.年龄, 小于: 18", new: "{事实: 孩子.年龄，小于: 18", want: "中文逗号"},
	{name: "代码没加引号", file: "national/孤儿.yaml", old: `地区: "100000"`, new: "地区: 100000", want: "代码要加英文引号", schema: true},
	{name: "行政区划的代码没加引号", file: "regions.yaml", old: `[西湖区, "330100"]`, new: "[西湖区, 330100]", want: "代码要加英文引号", schema: true},
	{name: "日期没加引号", file: "standards.yaml", old: `自: "2023-07-31"`, new: "自: 2023-07-31", want: "日期要加英文引号", schema: true},
	{name: "日期用中文引号", file: "national/孤儿.yaml", old: `{自: "2010-11-16"}`, new: "{自: “2010-11-16”}", want: "中文引号", schema: true},
	{name: "全角数字", file: "national/孤儿.yaml", old: "小于: 18", new: "小于: １８", want: "全角数字", schema: true},
	{name: "全角空格缩进", file: "national/孤儿.yaml", old: "  甲: {", new: "　甲: {", want: "全角空格"},
	{name: "Tab 缩进", file: "national/孤儿.yaml", old: "  甲: {", new: "\t甲: {", want: "全角空格或 Tab"},
	{name: "带 BOM 的文件", file: "national/孤儿.yaml", old: "编号: ", new: "\uFEFF编号: ", want: "BOM"},
	{name: "别的编码的文件", file: "national/孤儿.yaml", old: "编号: ", new: "\xb1\xe0\xba\xc5: ", want: "不是 UTF-8 编码"},
	{name: "以 0 开头的代码", file: "national/孤儿.yaml", old: `电话: "12345"`, new: "电话: 0571", want: "以 0 开头"},
	{name: "括号没关", file: "national/孤儿.yaml", old: "[死亡, 宣告失踪], 依据", new: "[死亡, 宣告失踪, 依据", want: "不是正确的 YAML"},

	// what does not exist
	{name: "取值写错", file: "national/孤儿.yaml", old: "[死亡, 宣告失踪]", new: "[死亡, 宣布失踪]", want: "没有“宣布失踪”这个取值（可用：死亡、宣告失踪", schema: true},
	{name: "没有的事实", file: "national/孤儿.yaml", old: "事实: 孩子.年龄", new: "事实: 孩子.年纪", want: "没有“孩子.年纪”这个事实", schema: true},
	{name: "没有的标准", file: "national/孤儿.yaml", old: "标准: 孤儿养育.散居", new: "标准: 孤儿生活.散居", want: "没有“孤儿生活.散居”这个标准"},
	{name: "没有的地区", file: "local/330106/孤儿.yaml", old: `地区: "330106"`, new: `地区: "330199"`, want: "没有地区“330199”"},
	{name: "没有的栏目", file: "national/孤儿.yaml", old: "类别: 现金", new: "类型: 现金", want: "没有“类型”这个栏目", schema: true},
	{name: "没有的分条件", file: "national/事实无人抚养.yaml", old: "{引用: 父亲不能抚养}", new: "{引用: 父亲不能管}", want: "没有“父亲不能管”这个分条件"},
	{name: "没有的依据代号", file: "national/低保.yaml", old: "依据: 甲 第四条", new: "依据: 乙 第四条", want: "没有文件代号"},
	{name: "编号不在统一名单里", file: "national/孤儿.yaml", old: "编号: 孤儿基本生活费", new: "编号: 孤儿养育费", want: "“孤儿养育费”不在福利项目的统一编号里", schema: true},

	// what is missing or written twice
	{name: "缺依据", file: "national/孤儿.yaml", old: "小于: 18, 依据: 甲 一}", new: "小于: 18}", want: "没有写“依据”"},
	{name: "缺下次核对", file: "national/低保.yaml", old: `, 下次: "2026-12-31"`, new: "", want: "缺“下次”", schema: true},
	{name: "一栏写两次", file: "national/孤儿.yaml", old: "类别: 现金\n", new: "类别: 现金\n类别: 服务\n", want: "“类别”写了两次", line: 1},
	{name: "两个比较词", file: "national/孤儿.yaml", old: "小于: 18,", new: "小于: 18, 至少: 1,", want: "只能有一个比较词", schema: true},
	{name: "最后一条金额有当", file: "national/孤儿.yaml", old: "{标准: 孤儿养育.散居, 计发", new: "{当: {事实: 家庭.在享低保, 是: 是}, 标准: 孤儿养育.散居, 计发", want: "只有最后一条不写“当”"},
	{name: "不可同时没写优先", file: "national/孤儿.yaml", old: "规则: 不可同时, 优先: 本项,", new: "规则: 不可同时,", want: "要写“优先”", schema: true},

	// what does not fit
	{name: "比较词用错", file: "national/孤儿.yaml", old: "小于: 18", new: "含任一: [死亡]", want: "“孩子.年龄”是整数，不能用“含任一”来比", schema: true},
	{name: "数字超出范围", file: "national/孤儿.yaml", old: "小于: 18", new: "小于: 180", want: "180 不在“孩子.年龄”的范围里"},
	{name: "金额单位不一样", file: "national/事实无人抚养.yaml", old: "- {标准: 孤儿养育.散居, 计发", new: "- {标准: 一次补助, 计发", want: "单位要一样"},
	{name: "金额三位小数", file: "standards.yaml", old: "数额: 2350", new: "数额: 2350.125", want: "最多两位小数"},
	{name: "两行同时有效", file: "standards.yaml", old: `, 至: "2025-01-22"`, new: "", want: "有两行同时有效", line: 1},
	{name: "本地低于国家最低", file: "standards.yaml", old: "数额: 2350", new: "数额: 235", want: "低于上级规定的最低数 1000 元"},
	{name: "凭记忆的依据", file: "national/孤儿.yaml", old: "可信: 全文副本", new: "可信: 记忆", want: "“记忆”不能用在这里（可用：官方", schema: true},
	{name: "凭记忆的标准", file: "standards.yaml", old: "数额: 1301, 单位: 元/月, 关系: 定为, 可信: 单源", new: "数额: 1301, 单位: 元/月, 关系: 定为, 可信: 记忆", want: "“记忆”不能用在这里", schema: true},
	{name: "问句太长", file: "facts.yaml", old: "问: 孩子今年几周岁？", new: "问: " + strings.Repeat("孩子今年几周岁呢", 6) + "？", want: "问句太长", schema: true},
	{name: "截止早于起始", file: "standards.yaml", old: `至: "2025-01-22"`, new: `至: "2022-01-22"`, want: "“至”早于“自”"},

	// what contradicts itself
	{name: "分条件引用自己", file: "national/事实无人抚养.yaml", old: "- {事实: 父亲.情形, 含任一: 不看时长, 依据: 甲 一}", new: "- {引用: 父亲不能抚养}", want: "绕回了自己"},
	{name: "前提绕圈", file: "facts.yaml", old: "家庭.在享低保: {类型: 是否,", new: "家庭.在享低保: {类型: 是否, 前提: {事实: 孩子.低保金月额, 至少: 1}, 否则: 否,", want: "的前提或式绕回了自己"},
	{name: "规则绕圈", file: "national/低保.yaml", old: "{人工: 家里收入低于低保标准,", new: "{规则: 最低生活保障,", want: "绕回了自己"},
	{name: "关系两边不一样", file: "national/事实无人抚养.yaml", old: "- {与: 最低生活保障, 规则: 补差,", new: "- {与: 孤儿基本生活费, 规则: 可叠加,", want: "关系和另一处写的不一样"},
	{name: "下次核对在过去", file: "national/低保.yaml", old: `下次: "2026-12-31"`, new: `下次: "2025-12-31"`, want: "下次核对早于这次核对"},

	// what the precedents, the calendar and the whole set show
	{name: "判例自相矛盾", file: "cases/孤儿.yaml", old: "孩子.在读阶段: 不在读", new: "孩子.在读阶段: 普通高中", want: "还不到 12 岁，又说在上高中"},
	{name: "核对过期", file: "national/低保.yaml", old: `{日期: "2026-09-30", 人: 资料整理, 下次: "2026-12-31"}`, new: `{日期: "2026-01-30", 人: 资料整理, 下次: "2026-11-01"}`, want: "过了核对日期", warning: true},
	{name: "关系没写全", file: "national/孤儿.yaml", old: "  - {与: 最低生活保障, 规则: 可叠加, 依据: 甲 二（一）}\n", new: "", want: "没有写和“最低生活保障”的关系", warning: true},
	{name: "标准有空档", file: "standards.yaml", old: `至: "2025-01-22"`, new: `至: "2024-12-31"`, want: "没有标准", line: 1, warning: true},
}

// in is the file with the mistake.
func (m mistake) in(t *testing.T) string {
	t.Helper()
	text := string(smallSet[m.file].Data)
	if strings.Count(text, m.old) < 1 {
		t.Fatalf("%s: %q is not in %s", m.name, m.old, m.file)
	}
	return strings.Replace(text, m.old, m.new, 1)
}

// at is the line on which the mistake must be reported; where the whole document is meant, any line will do.
func (m mistake) at() int {
	text := string(smallSet[m.file].Data)
	return strings.Count(text[:strings.Index(text, m.old)], "\n") + 1 + m.line
}

func TestEveryMistakeIsReportedAtItsLine(t *testing.T) {
	t.Parallel()
	small(t)
	day := DayOf(2026, 11, 21)
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			book, problems := Load(with(m.file, m.in(t)))
			if book != nil {
				problems = append(problems, book.Lint(day)...)
			}
			for _, p := range problems {
				right := p.Line == m.at() || m.wholeRule()
				if p.File == m.file && right && strings.Contains(p.Text, m.want) && (p.Severity == Warning) == m.warning {
					return
				}
			}
			t.Errorf("want %s:%d: %s; got %v", m.file, m.at(), m.want, problems)
		})
	}
}

// wholeRule tells whether a mistake concerns a rule as a whole, so that its first line is named.
func (m mistake) wholeRule() bool {
	return m.name == "关系没写全" || m.name == "规则绕圈" || m.name == "核对过期"
}

func TestProseKeepsItsPunctuation(t *testing.T) {
	t.Parallel()
	var problems []Problem
	precheck(reader{"national/x.yaml", &problems}, `编号: 孤儿基本生活费   # 注释里的，、：“2025-01-01” 都不管
问法: [爸妈都没了，谁管, 孤儿一个月多少、怎么领]
办理: {谁申请: 监护人、村（居）委会，都可以, 去哪: "乡镇：街道", 电话: "0571", 依据: 甲 二（一）、三；乙 四}
说明: 有一句话：说了三样，甲、乙、丙
材料: {按情形: [{当: {引用: 甲}, 要: [户口本、身份证], 依据: 甲 一、二}]}
条件: {人工: 国家文件没写，请问民政：要带“户口本”, 依据: 甲 一}
问：
  - 行首：不是键
长文: |
  地区: 330100
	第二行：随便写
核对: {日期: "2026-09-30"}
`)
	for _, p := range problems {
		if p.Line != 7 {
			t.Errorf("%v", p)
		}
	}
	if len(problems) != 1 {
		t.Errorf("want one problem on line 7, got %v", problems)
	}
}
