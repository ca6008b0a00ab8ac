package knowledge_test

import (
	"crypto/sha256"
	"slices"
	"testing"

	"xiaohe/knowledge"
)

// card makes a card that rests on a clause.
func card(title, basis string, asks ...string) knowledge.Entry {
	sum := sha256.Sum256([]byte(title))
	return knowledge.Entry{
		Document: knowledge.Document{Kind: knowledge.KindCard, Key: title, Title: title, Region: knowledge.Country, SHA256: sum[:], Body: "照这条办。",
			Card: &knowledge.Card{System: "基本生活", Confidence: "原文", Asks: asks, Basis: []knowledge.Basis{{Document: basis, Clause: "第一条"}}}},
		Passages: []knowledge.Passage{{Body: "照这条办。", To: 5}},
	}
}

func TestAHitByMeaningAloneReachesTheTop(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	plain := knowledge.NewStore(pool, fixedNow)
	put(t, plain, policy("会见规定", "", "100000", "服刑人员会见亲属"), policy("校车规定", "", "100000", "校车应当限速行驶"),
		policy("补贴规定", "民发〔2019〕62号", "100000", "按月发放补贴"), policy("看护规定", "", "100000", "娃要有人看护"),
		card("补贴的卡", "补贴规定", "每月能领多少", "钱怎么领", "去哪里领钱"))
	e := newEmbedder("model", "蹲大牢", "服刑", "瞅瞅", "会见", "亲爹", "亲属", "票子咋拿", "钱怎么领", "几时到手", "每月能领多少")
	store := beside(pool, e)
	build(t, store)
	for question, want := range map[string]string{
		"蹲大牢瞅瞅亲爹":          "会见规定", // the passage
		"票子咋拿，几时到手":        "补贴规定", // the clause of a card
		"娃要有人看护":           "看护规定", // words alone
		"民发〔2019〕62号 瞅瞅亲爹": "补贴规定", // what is named
	} {
		if got := search(t, store, question, "100000", "2026-11-21"); len(got) == 0 || got[0] != want {
			t.Errorf("%s: %v, want %s first", question, got, want)
		}
	}
	if got := search(t, plain, "蹲大牢瞅瞅亲爹", "100000", "2026-11-21"); slices.Contains(got, "会见规定") {
		t.Logf("the words find it too: %v", got)
	}
}

func TestMeaningKeepsToRegionAndDate(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	plain := knowledge.NewStore(pool, fixedNow)
	put(t, plain, policy("杭州会见", "", "330100", "服刑人员会见亲属"), policy("重庆会见", "", "500000", "服刑人员会见亲属"),
		policy("过去的会见", "", "100000", "服刑人员会见亲属", func(d *knowledge.Document) { d.Effective, d.Expires = "2010-01-01", "2015-01-01" }))
	store := beside(pool, newEmbedder("model", "蹲大牢", "服刑", "瞅瞅", "会见"))
	build(t, store)
	for _, c := range []struct {
		region, on string
		want       []string
	}{
		{"330106", "2026-11-21", []string{"杭州会见"}}, {"100000", "2026-11-21", nil}, {"500000", "2026-11-21", []string{"重庆会见"}},
		{"100000", "2012-01-01", []string{"过去的会见"}},
	} {
		if got := search(t, store, "蹲大牢瞅瞅", c.region, c.on); !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: %v, want %v", c.region, c.on, got, c.want)
		}
	}
}

func TestAQuestionIsEmbeddedOnce(t *testing.T) {
	t.Parallel()
	pool, _ := bookcase(t, 5)
	e := newEmbedder("model")
	store := beside(pool, e)
	build(t, store)
	for range 3 {
		search(t, store, "关于事项2的规定", "100000", "2026-11-21")
	}
	if n := e.times("关于事项2的规定"); n != 1 {
		t.Errorf("%d times", n)
	}
}
