package knowledge_test

import (
	"strings"
	"testing"

	"xiaohe/knowledge"
)

func TestBuiltInCardsAreWellFormed(t *testing.T) {
	t.Parallel()
	cards, err := knowledge.Cards()
	if err != nil {
		t.Fatal(err)
	}
	if len(cards) < 100 {
		t.Errorf("only %d cards", len(cards))
	}
	systems := map[string]int{}
	regions := map[string]int{}
	asked := map[string]string{}
	for _, c := range cards {
		d := c.Document
		systems[d.Card.System]++
		regions[d.Region]++
		for _, ask := range d.Card.Asks {
			if other, twice := asked[ask+d.Region]; twice && other != d.Key {
				t.Logf("%q is asked by both %s and %s", ask, other, d.Key)
			}
			asked[ask+d.Region] = d.Key
		}
		if strings.Contains(d.Body, "12356") && strings.Contains(d.Body, "24小时") && !strings.Contains(d.Body, "72小时") {
			t.Errorf("%s: 12356 answers at least 18 hours a day, never 24", d.Key)
		}
		for _, promise := range []string{"一定能领", "保证能", "肯定能批"} {
			if strings.Contains(d.Body, promise) {
				t.Errorf("%s promises: %s", d.Key, promise)
			}
		}
	}
	for _, system := range knowledge.Systems {
		if systems[system] == 0 {
			t.Errorf("no card for %s", system)
		}
	}
	for _, region := range []string{"100000", "330000", "330100", "500000", "370000", "440100", "110000", "310000"} {
		if regions[region] == 0 {
			t.Errorf("no card for region %s", region)
		}
	}
}

func TestCardsAreLoadedOnceAndChangedOnesReplaced(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	for range 2 {
		if err := store.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cards, err := knowledge.Cards()
	if err != nil {
		t.Fatal(err)
	}
	counts, err := store.Counts(t.Context())
	if err != nil || counts.Cards != len(cards) {
		t.Fatalf("%d cards after two starts, %v; want %d", counts.Cards, err, len(cards))
	}
	changed := cards[0]
	changed.Document.SHA256 = []byte("a later release")
	changed.Document.Card.Asks = append(changed.Document.Card.Asks, "一种只有新版本才有的独特问法")
	if got := put(t, store, changed); got[0] != knowledge.Updated {
		t.Errorf("a changed card: %v", got)
	}
	r, _ := store.Region(t.Context(), changed.Document.Region)
	found, err := store.Search(t.Context(), knowledge.Query{Text: "一种只有新版本才有的独特问法", Region: r, On: store.Today(), K: 5})
	if err != nil || len(found.Cards) == 0 || found.Cards[0].Document.Key != changed.Document.Key {
		t.Errorf("the new wording is not found: %v %v", found.Cards, err)
	}
}

func TestMistakesInCardsAreNamed(t *testing.T) {
	t.Parallel()
	const good = "---\ntitle: 题\nsystem: 基本生活\nregion: \"100000\"\nconfidence: 原文\nasks: [一一, 二二, 三三, 四四, 五五, 六六, 七七, 八八]\n" +
		"basis:\n  - {document: 甲法, number: \"\", clause: 第一条, issued: \"\", url: \"\", confidence: 原文}\n---\n回答\n"
	if _, err := knowledge.ParseCard("a.md", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for change, want := range map[[2]string]string{
		{"基本生活", "吃饭"}:       "体系",
		{", 八八", ""}:         "问法",
		{"\"100000\"", "杭州"}: "地区",
		{"confidence: 原文\nasks", "confidence: 可能\nasks"}: "可信度",
		{"title: 题", "title: 题\nsecret: x"}:              "说明写错",
		{"回答\n", ""}:                                     "回答",
	} {
		if _, err := knowledge.ParseCard("a.md", []byte(strings.Replace(good, change[0], change[1], 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want a message about %s", change, err, want)
		}
	}
}
