package knowledge_test

import (
	"io/fs"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/knowledge"
)

// orphans is a rule set of one benefit, with an amount of its own in 杭州市.
var orphans = map[string]string{
	"regions.yaml": "\"100000\": [全国]\n\"330000\": [浙江省, \"100000\"]\n\"330100\": [杭州市, \"330000\", 杭州]\n",
	"facts.yaml": `孩子.年龄: {类型: 整数, 范围: [0, 30], 单位: 岁, 称呼: 孩子几岁, 问: 孩子今年几周岁？, 变化: 随时间增加}
孩子.户籍地: {类型: 地区, 称呼: 户口在哪}
孩子.跟谁过: {类型: 单选, 取值: [亲属, 福利院], 称呼: 孩子跟谁过, 问: 孩子跟谁过？, 说法: {亲属: 跟着亲戚, 福利院: 住在福利院}}
`,
	"standards.yaml": `- {标准: 孤儿养育, 地区: "330100", 自: "2023-07-31", 至: "2025-01-22", 数额: 2350, 单位: 元/月, 关系: 定为, 可信: 官方, 依据: 杭州2023年通知 一}
- {标准: 孤儿养育, 地区: "330100", 自: "2025-01-23", 数额: 2525, 单位: 元/月, 关系: 定为, 可信: 单源, 依据: 杭州2024年通知 一}
`,
	"national/孤儿.yaml": `编号: 孤儿基本生活费
通俗名: 没有爸妈的孩子每月的生活费
别名: [孤儿补助]
问法: [孤儿证怎么办]
类别: 现金
地区: "100000"
施行: {自: "2021-01-01"}
核对: {日期: "2026-09-30", 人: 资料整理, 下次: "2026-12-31"}
依据: {甲: {文号: 国办发〔2010〕54号, 名称: 关于加强孤儿保障工作的意见, 可信: 全文副本}}
条件: {事实: 孩子.年龄, 小于: 18, 依据: 甲 一、二（一）（三）}
金额:
  - {标准: 孤儿养育, 计发: 本人, 依据: 甲 二（一）}
材料: {都要: [{件: 户口簿, 依据: 甲 三}], 按情形: [{当: {事实: 孩子.跟谁过, 等于: 亲属}, 要: [亲戚的身份证], 依据: 甲 三}]}
办理: {谁申请: 监护人, 去哪: 户籍地乡镇街道, 谁确认: 县级民政部门, 电话: "12345", 依据: 甲 三}
时限: {审批: 30个工作日, 依据: 甲 三}
`,
	"cases/孤儿.yaml": `- {名称: 十岁, 日期: "2025-03-10", 户籍地: "330100", 已知: {孩子.年龄: 10}, 结果: {孤儿基本生活费: 符合}, 金额: {孤儿基本生活费: 2525 元/月}}
`,
}

// changed is orphans with a piece of one file replaced.
func changed(file, old, new string) fs.FS {
	texts := maps.Clone(orphans)
	texts[file] = strings.Replace(texts[file], old, new, 1)
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// rules is a store with the built-in regions and the rule set orphans in force.
func rules(t *testing.T) (*knowledge.Store, *pgxpool.Pool) {
	t.Helper()
	pool := regionsOnly.New(t)
	store := knowledge.NewStore(pool, fixedNow)
	if err := store.Activate(t.Context(), knowledge.Propose(changed("", "", "")), knowledge.FromUpload, "第一版"); err != nil {
		t.Fatal(err)
	}
	return store, pool
}

// version is the rule set in force.
func version(t *testing.T, store *knowledge.Store) string {
	t.Helper()
	book, err := store.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return book.Version
}

func TestARuleSetWithMistakesIsRefusedAndTheOldOneStays(t *testing.T) {
	t.Parallel()
	store, pool := rules(t)
	before := version(t, store)
	many := fstest.MapFS{}
	for i := range 501 {
		many["national/"+strings.Repeat("a", i+1)+".yaml"] = &fstest.MapFile{Data: []byte("x")}
	}
	for name, test := range map[string]struct {
		files fs.FS
		want  string
	}{
		"an unknown fact":     {changed("national/孤儿.yaml", "孩子.年龄", "孩子.岁数"), "national/孤儿.yaml:10"},
		"a 判例 that fails":     {changed("cases/孤儿.yaml", "2525", "2526"), "判例"},
		"nothing":             {fstest.MapFS{}, "缺这个文件"},
		"too many files":      {many, "超过 500 个"},
		"a large file":        {fstest.MapFS{"facts.yaml": {Data: make([]byte, 4<<20+1)}}, "超过 4 MB"},
		"no text":             {fstest.MapFS{"facts.yaml": {Data: []byte("\xff\xfe甲")}}, "UTF-8"},
		"a NUL":               {changed("facts.yaml", "孩子今年", "孩子\x00今年"), "UTF-8"},
		"an unheard-of place": {changed("standards.yaml", `"330100", 自: "2025`, `"339999", 自: "2025`), "339999"},
	} {
		p := knowledge.Propose(test.files)
		err := store.Activate(t.Context(), p, knowledge.FromFolder, "")
		if !knowledge.IsInputError(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want a message with %q", name, err, test.want)
		}
		if after := version(t, store); after != before {
			t.Fatalf("%s: version %s is in force", name, after)
		}
	}
	var stored int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM rule_sets`).Scan(&stored); err != nil || stored != 1 {
		t.Errorf("%d rule sets are stored, %v", stored, err)
	}
}

func TestOldRuleSetsStayReadableAndCanComeBack(t *testing.T) {
	t.Parallel()
	store, pool := rules(t)
	first := version(t, store)
	p := knowledge.Propose(changed("standards.yaml", "2350", "2351"))
	if err := store.Activate(t.Context(), p, knowledge.FromFolder, "改了一个数"); err != nil {
		t.Fatal(err)
	}
	if got := version(t, store); got != p.Book.Version || got == first {
		t.Fatalf("in force: %s", got)
	}
	other := knowledge.NewStore(pool, fixedNow) // another node
	old, err := other.ReadRules(t.Context(), first)
	if err != nil || old.Version != first || len(old.Precedents) != 1 {
		t.Fatalf("old rules: %v", err)
	}
	if got := version(t, other); got != p.Book.Version {
		t.Errorf("the other node uses %s", got)
	}
	if err := store.Reactivate(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if got := version(t, other); got != first {
		t.Errorf("the other node uses %s after the return", got)
	}
	sets, err := store.RuleSets(t.Context())
	if err != nil || len(sets) != 2 || !sets[0].Active || sets[0].Version != first || sets[0].Note != "第一版" || sets[1].Active ||
		sets[1].Origin != knowledge.FromFolder || sets[0].Files != len(orphans) || sets[1].ActivatedAt == nil {
		t.Errorf("%+v, %v", sets, err)
	}
	if _, err := store.ReadRules(t.Context(), "000000000000"); !knowledge.IsInputError(err) {
		t.Errorf("an unknown version: %v", err)
	}
}

func TestTheBuiltInRulesGiveWayToAnOfficersSet(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	store := knowledge.NewStore(pool, fixedNow)
	load := func() string {
		if err := store.LoadRules(t.Context()); err != nil {
			t.Fatal(err)
		}
		return version(t, store)
	}
	builtIn := load()
	if _, err := pool.Exec(t.Context(), `INSERT INTO rule_sets (version, origin, files, activated_at) VALUES ('0123456789ab', 'built-in', '{}', now());
		UPDATE rule_sets SET active = false; UPDATE rule_sets SET active = true WHERE version = '0123456789ab'`); err != nil {
		t.Fatal(err)
	}
	if got := load(); got != builtIn {
		t.Errorf("an older built-in set stays in force: %s", got)
	}
	p := knowledge.Propose(changed("", "", ""))
	if err := store.Activate(t.Context(), p, knowledge.FromUpload, ""); err != nil {
		t.Fatal(err)
	}
	if got := load(); got != p.Book.Version {
		t.Errorf("the officer's set is replaced by %s", got)
	}
}

func TestARuleSetThatNoLongerLoadsFallsBackToTheLastOneThatDoes(t *testing.T) {
	t.Parallel()
	store, pool := rules(t)
	good := version(t, store)
	if _, err := pool.Exec(t.Context(), `INSERT INTO rule_sets (version, origin, files, activated_at) VALUES ('0123456789ab', 'upload', '{"facts.yaml": "{"}', now());
		UPDATE rule_sets SET active = false; UPDATE rule_sets SET active = true WHERE version = '0123456789ab'`); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*knowledge.Store{"this node": store, "a node that starts": knowledge.NewStore(pool, fixedNow)} {
		if err := s.LoadRules(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := version(t, s); got != good {
			t.Errorf("%s uses %s", name, got)
		}
	}
}

func TestNodesActivateOneAfterTheOther(t *testing.T) {
	t.Parallel()
	store, pool := rules(t)
	var all sync.WaitGroup
	for _, amount := range []string{"2351", "2352", "2353", "2354"} {
		p := knowledge.Propose(changed("standards.yaml", "2350", amount))
		all.Go(func() {
			if err := knowledge.NewStore(pool, fixedNow).Activate(t.Context(), p, knowledge.FromUpload, amount); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sets, err := store.RuleSets(t.Context())
	if err != nil || len(sets) != 5 || !sets[0].Active || sets[1].Active {
		t.Fatalf("%+v, %v", sets, err)
	}
	var body string
	if err := pool.QueryRow(t.Context(), `SELECT body FROM documents WHERE kind = 'benefit' AND replaced_by IS NULL AND expires = '2025-01-23'
		AND region_code = '330100000000'`).Scan(&body); err != nil || !strings.Contains(body, sets[0].Note+" 元/月") {
		t.Errorf("the documents are not those of the set in force (%s): %v\n%s", sets[0].Note, err, body)
	}
}

func TestWithoutARuleSetBookSaysSo(t *testing.T) {
	t.Parallel()
	if book, err := newStore(t).Book(t.Context()); book != nil || !knowledge.IsInputError(err) {
		t.Errorf("%v, %v", book, err)
	}
}
