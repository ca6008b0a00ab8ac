package knowledge_test

import (
	"slices"
	"strings"
	"testing"

	"xiaohe/knowledge"
)

// asked are questions in the words of families, and the benefit that each is about. The first five must be answered by
// it, the others must have it among the first three.
var asked = []struct{ region, question, benefit string }{
	{"330100", "杭州低保多少钱", "最低生活保障"},
	{"330100", "特困每月多少钱", "特困人员救助供养"},
	{"500000", "重庆孤儿一个月多少", "孤儿基本生活费"},
	{"440100", "残疾孩子有什么补贴", "困难残疾人生活补贴"},
	{"100000", "残疾孩子有什么补贴", "困难残疾人生活补贴"},
	{"330106", "我们西湖区吃低保一个月补多少", "最低生活保障"},
	{"330100", "孤儿生活费一个月有多少", "孤儿基本生活费"},
	{"440100", "护理补贴多少钱一个月", "重度残疾人护理补贴"},
	{"330100", "爸妈都管不了孩子，每月给多少钱", "事实无人抚养儿童基本生活补贴"},
	{"500000", "事实无人抚养要什么材料", "事实无人抚养儿童基本生活补贴"},
	{"330100", "低保边缘户怎么申请", "低保边缘家庭认定"},
	{"330100", "困境儿童补贴有多少", "困境儿童基本生活补贴"},
	{"100000", "临时救助怎么申请", "临时救助"},
	{"100000", "医疗救助能报多少", "医疗救助"},
	{"100000", "残疾儿童康复要带什么去申请", "残疾儿童康复救助"},
	{"100000", "育儿补贴怎么领", "育儿补贴"},
	{"100000", "什么人能领育儿补贴", "育儿补贴"},
	{"100000", "上初中住校有没有生活补助", "义务教育家庭经济困难学生生活补助"},
	{"100000", "高中助学金一年多少", "普通高中国家助学金"},
	{"100000", "孤儿上大学有福彩助学吗", "福彩圆梦·孤儿助学"},
	{"100000", "法律援助要钱吗", "法律援助"},
	{"100000", "明天计划能做手术吗", "孤儿医疗康复明天计划"},
	{"100000", "读中专有没有助学金", "中等职业教育国家助学金"},
	{"100000", "学校的营养餐要不要交钱", "义务教育营养改善计划"},
	{"330000", "低保户的孩子读高中学费能免吗", "普通高中免学杂费"},
	{"100000", "艾滋病孩子每月有钱吗", "艾滋病病毒感染儿童基本生活费"},
	{"500000", "单人户低保怎么办", "最低生活保障（单人户）"},
}

func TestBenefitsAreFoundByPeoplesOwnWords(t *testing.T) {
	t.Parallel()
	store := knowledge.NewStore(builtIn.New(t), fixedNow)
	for i, q := range asked {
		region, err := store.Region(t.Context(), q.region)
		if err != nil {
			t.Fatal(err)
		}
		found, err := store.Search(t.Context(), knowledge.Query{Text: q.question, Region: region, On: "2026-11-21", K: 10})
		if err != nil {
			t.Fatal(err)
		}
		most := 3
		if i < 5 {
			most = 1
		}
		first := found.Cards[:min(most, len(found.Cards))]
		if !slices.ContainsFunc(first, func(c knowledge.CardHit) bool { return c.Document.Benefit == q.benefit }) {
			t.Errorf("%s (%s):", q.question, q.benefit)
			for _, c := range found.Cards {
				t.Logf("    %.2f %s %s ← %s", c.Similarity, c.Document.Benefit, c.Document.Title, c.Ask)
			}
		}
	}
}

// findBenefit searches for a benefit and returns the document that answers.
func findBenefit(t *testing.T, store *knowledge.Store, text, region, on string) *knowledge.Document {
	t.Helper()
	r, err := store.Region(t.Context(), region)
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: text, Region: r, On: knowledge.Date(on), K: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found.Cards {
		if c.Document.Kind == knowledge.KindBenefit {
			return &c.Document
		}
	}
	return nil
}

func TestABenefitIsToldAsItHoldsThereAndThen(t *testing.T) {
	t.Parallel()
	store, _ := rules(t)
	for _, test := range []struct{ region, on, title, text string }{
		{"100000", "2026-11-21", "孤儿基本生活费", "以当地公布为准"},
		{"500000", "2026-11-21", "孤儿基本生活费", "以当地公布为准"},
		{"330000", "2026-11-21", "孤儿基本生活费", "以当地公布为准"},
		{"330100", "2026-11-21", "杭州市孤儿基本生活费", "2525 元/月（2025-01-23 起的标准）"},
		{"330106", "2025-01-23", "杭州市孤儿基本生活费", "2525 元/月（2025-01-23 起的标准）"},
		{"330106", "2025-01-22", "杭州市孤儿基本生活费", "2350 元/月（2023-07-31 起的标准）"},
		{"330100", "2023-07-30", "孤儿基本生活费", "以当地公布为准"},
	} {
		d := findBenefit(t, store, "孤儿补助一个月多少", test.region, test.on)
		if d == nil || d.Title != test.title || !strings.Contains(d.Body, test.text) {
			t.Errorf("%s on %s: %+v, want %s with %s", test.region, test.on, d, test.title, test.text)
		}
	}
	if d := findBenefit(t, store, "孤儿补助一个月多少", "330100", "2020-12-31"); d != nil {
		t.Errorf("found before the rule began: %s", d.Key)
	}
	d := findBenefit(t, store, "孤儿证怎么办", "330100", "2026-11-21")
	for _, want := range []string{"孤儿补助", "孩子几岁：小于 18 岁", "户口簿", "孩子跟谁过：跟着亲戚，还要亲戚的身份证", "户籍地乡镇街道", "审批：30个工作日", "县级民政部门", "12345"} {
		if !strings.Contains(d.Short(), want) {
			t.Errorf("the answer lacks %s:\n%s", want, d.Short())
		}
	}
	if d.Benefit != "孤儿基本生活费" || d.Card.Confidence != "报道" || d.Card.Recheck != "2026-01-24" {
		t.Errorf("benefit %s, confidence %s of a single report, recheck on %s", d.Benefit, d.Card.Confidence, d.Card.Recheck)
	}
	var clauses []string
	for _, b := range d.Card.Basis {
		clauses = append(clauses, b.Clause)
	}
	if got := strings.Join(clauses, "|"); got != "一|二（一）|二（三）||三" { // the notice of the amount carries no label
		t.Errorf("clauses %s", got)
	}
}

func TestABenefitCitesItsClausesWhereTheyAreInTheKnowledge(t *testing.T) {
	t.Parallel()
	store, _ := rules(t)
	e := policy("关于加强孤儿保障工作的意见", "国办发〔2010〕54号", "100000", "孤儿由政府发给基本生活费")
	e.Passages[0].Clause = "二（一）"
	put(t, store, e)
	r, _ := store.Region(t.Context(), "330100")
	found, err := store.Search(t.Context(), knowledge.Query{Text: "孤儿补助要什么材料", Region: r, On: "2026-11-21", K: 5})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(slices.Concat(found.Hits, found.Basis), func(h knowledge.Hit) bool { return h.Clause == "二（一）" }) {
		t.Errorf("hits %v, basis %v", found.Hits, found.Basis)
	}
}

func TestWhatANewRuleSetLeavesAsItIsKeepsItsDocument(t *testing.T) {
	t.Parallel()
	store, _ := rules(t)
	country, hangzhou := findBenefit(t, store, "孤儿补助", "", "2026-11-21"), findBenefit(t, store, "孤儿补助", "330100", "2026-11-21")
	p := knowledge.Propose(changed("standards.yaml", "数额: 2525", "数额: 2600"))
	p.Failures = nil // its 判例 still says 2525
	if err := store.Activate(t.Context(), p, knowledge.FromUpload, ""); err != nil {
		t.Fatal(err)
	}
	if d := findBenefit(t, store, "孤儿补助", "", "2026-11-21"); d.ID != country.ID {
		t.Error("the document for the country is another one although it says the same")
	}
	d := findBenefit(t, store, "孤儿补助", "330100", "2026-11-21")
	if d.ID == hangzhou.ID || !strings.Contains(d.Body, "2600 元/月") {
		t.Errorf("杭州: %s", d.Body)
	}
	if old, err := store.Document(t.Context(), hangzhou.ID); err != nil || !old.Replaced || !strings.Contains(old.Body, "2525 元/月") {
		t.Errorf("the old version cannot be opened any more: %v", err)
	}
	found := findBenefit(t, store, "孤儿补助", "330100", "2025-06-01")
	if found.ID != d.ID {
		t.Errorf("on an earlier day the old version is found")
	}
}
