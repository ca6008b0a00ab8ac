package knowledge_test

import (
	"crypto/sha256"
	"testing"

	"xiaohe/knowledge"
)

// policy makes a document of one clause.
func policy(title, number, region, body string, change ...func(*knowledge.Document)) knowledge.Entry {
	sum := sha256.Sum256([]byte(title + number + body))
	d := knowledge.Document{Kind: knowledge.KindPolicy, Title: title, Number: number, Region: region, Status: "现行有效",
		Issued: "2020-01-01", SHA256: sum[:], Body: body, File: title + ".md"}
	for _, c := range change {
		c(&d)
	}
	return knowledge.Entry{Document: d, Passages: []knowledge.Passage{
		{Clause: "第一条", Path: "第一条", Body: body, To: len([]rune(body))},
	}}
}

func put(t *testing.T, store *knowledge.Store, entries ...knowledge.Entry) []knowledge.Outcome {
	t.Helper()
	outcomes, err := store.Put(t.Context(), entries...)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// search returns the titles and clauses of the hits.
func search(t *testing.T, store *knowledge.Store, text, region, on string) []string {
	t.Helper()
	r, err := store.Region(t.Context(), region)
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: text, Region: r, On: knowledge.Date(on), K: 10})
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, h := range found.Hits {
		titles = append(titles, h.Document.Title)
	}
	return titles
}

func TestARegionSeesItsOwnAndItsAncestorsDocuments(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store, policy("全国办法", "", "100000", "孤儿基本生活费按月发放"), policy("浙江办法", "", "330000", "孤儿基本生活费按月发放"),
		policy("杭州办法", "", "330100", "孤儿基本生活费按月发放"), policy("重庆办法", "", "500000", "孤儿基本生活费按月发放"))
	for region, want := range map[string]int{"100000": 1, "330000": 2, "330100": 3, "330106": 3, "500000": 2} {
		if got := search(t, store, "孤儿基本生活费", region, "2026-11-21"); len(got) != want {
			t.Errorf("%s sees %v, want %d documents", region, got, want)
		}
	}
}

func TestADocumentCountsOnlyWhileItIsInForce(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store,
		policy("旧标准", "", "100000", "特困人员救助标准", func(d *knowledge.Document) { d.Effective, d.Expires = "2021-01-01", "2025-01-01" }),
		policy("新标准", "", "100000", "特困人员救助标准", func(d *knowledge.Document) { d.Effective = "2025-01-01" }),
		policy("修订前的条例", "", "100000", "特困人员救助标准", func(d *knowledge.Document) { d.Status = "已修订" }))
	for on, want := range map[string][]string{
		"2020-06-01": nil, "2022-06-01": {"旧标准"}, "2024-12-31": {"旧标准"}, "2025-01-01": {"新标准"}, "2026-11-21": {"新标准"},
	} {
		if got := search(t, store, "特困人员救助标准", "100000", on); len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("on %s: %v, want %v", on, got, want)
		}
	}
	if got := search(t, store, "《修订前的条例》怎么说", "100000", "2026-11-21"); len(got) == 0 || got[0] != "修订前的条例" {
		t.Errorf("a document asked for by name must be found although it is no longer in force: %v", got)
	}
}

func TestAHitOfOneLegAloneReachesTheTop(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store, policy("甲通知", "民发〔2019〕62号", "100000", "完全不相干的文字"),
		policy("乙通知", "", "100000", "六十二号文件说孩子没人管怎么办，孩子没人管由民政部门管"))
	for _, question := range []string{"民发[2019]62号 孩子没人管怎么办", "民发（2019）62号", "按民发2019 62号孩子没人管"} {
		if got := search(t, store, question, "100000", "2026-11-21"); len(got) == 0 || got[0] != "甲通知" {
			t.Errorf("%q: %v, want the named document first", question, got)
		}
	}
}

func TestTitlesInsideLongerTitlesAreNotMeant(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store, policy("中华人民共和国教育法", "", "100000", "国家实行学前教育制度"),
		policy("中华人民共和国义务教育法", "", "100000", "适龄儿童免试入学"), policy("中华人民共和国民法典（第一编 总则）", "", "100000", "监护人"))
	for question, want := range map[string]string{
		"义务教育法怎么说的": "中华人民共和国义务教育法", "按教育法规定": "中华人民共和国教育法", "民法典第1条": "中华人民共和国民法典（第一编 总则）",
	} {
		if got := search(t, store, question, "100000", "2026-11-21"); len(got) == 0 || got[0] != want {
			t.Errorf("%q: %v, want %s first", question, got, want)
		}
	}
}

func TestPutKeepsVersions(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	first := policy("低保标准", "民字〔2024〕1号", "100000", "每人每月一千元", func(d *knowledge.Document) { d.Effective = "2024-01-01" })
	second := policy("低保标准", "民字〔2024〕1号", "100000", "每人每月一千一百元", func(d *knowledge.Document) { d.Issued, d.Effective = "2025-01-01", "2025-01-01" })
	if got := put(t, store, first); got[0] != knowledge.Added {
		t.Errorf("first: %v", got)
	}
	if got := put(t, store, first); got[0] != knowledge.Unchanged {
		t.Errorf("the same bytes again: %v", got)
	}
	if got := put(t, store, second); got[0] != knowledge.Updated {
		t.Errorf("new version: %v", got)
	}
	if got := put(t, store, first); got[0] != knowledge.Unchanged {
		t.Errorf("the old bytes again: %v", got)
	}
	for on, want := range map[string]string{"2024-06-01": "每人每月一千元", "2025-06-01": "每人每月一千一百元"} {
		r, _ := store.Region(t.Context(), "")
		found, err := store.Search(t.Context(), knowledge.Query{Text: "低保标准每月多少", Region: r, On: knowledge.Date(on), K: 5})
		if err != nil || len(found.Hits) != 1 || found.Hits[0].Body != want {
			t.Errorf("on %s: %+v %v, want %s", on, found.Hits, err, want)
		}
	}
}

func TestANewDocumentEndsTheOneItAbolishes(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]int{"old first": {0, 1}, "new first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t)
			entries := []knowledge.Entry{
				policy("旧办法", "", "100000", "临时救助办法"),
				policy("新办法", "", "100000", "临时救助办法", func(d *knowledge.Document) {
					d.Effective, d.Abolishes = "2024-01-01", []string{knowledge.TitleKey("旧办法")}
				}),
			}
			for _, i := range order {
				put(t, store, entries[i])
			}
			if got := search(t, store, "临时救助办法", "100000", "2026-11-21"); len(got) != 1 || got[0] != "新办法" {
				t.Errorf("in force: %v", got)
			}
		})
	}
}

func TestOddQuestionsFindNothingAndBreakNothing(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store, policy("办法", "", "100000", "孤儿"))
	for _, text := range []string{"", "？？？", "\x00\xff", "请问", "😀😀", "{1:1}/3", "' OR 1=1 --"} {
		if _, err := store.Search(t.Context(), knowledge.Query{Text: text, On: "2026-11-21", K: 5}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
