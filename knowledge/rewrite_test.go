package knowledge_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/knowledge"
)

// shelf holds one clause each of several policies.
func shelf(t *testing.T) *knowledge.Store {
	t.Helper()
	store := newStore(t)
	put(t, store,
		policy("关于进一步加强事实无人抚养儿童保障工作的意见", "民发〔2019〕62号", "100000", "事实无人抚养儿童是指父母双方均符合重残、重病、服刑在押、强制隔离戒毒、被执行其他限制人身自由的措施、失联情形之一的儿童"),
		policy("残疾儿童康复救助制度", "国发〔2018〕20号", "100000", "残疾儿童康复救助对象为符合条件的零到六岁视力、听力、言语、肢体、智力等残疾儿童和孤独症儿童"),
		policy("特困人员认定办法", "民发〔2021〕43号", "100000", "无劳动能力、无生活来源、无法定赡养抚养扶养义务人的未成年人应当纳入特困人员救助供养"),
		policy("学生资助办法", "财教〔2021〕310号", "100000", "普通高中国家助学金资助家庭经济困难学生"),
		policy("临时救助工作规程", "民发〔2018〕23号", "100000", "对遭遇火灾、交通事故等突发急难的家庭给予临时救助"))
	return store
}

func find(t testing.TB, store *knowledge.Store, q knowledge.Query) knowledge.Result {
	t.Helper()
	r, err := store.Region(t.Context(), "100000")
	if err != nil {
		t.Fatal(err)
	}
	q.Region, q.On, q.K = r, "2026-11-21", 5
	found, err := store.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAModelsWordsFindWhatTheQuestionsDoNot(t *testing.T) {
	t.Parallel()
	store := shelf(t)
	const lay = "娃的爹妈一个关在里面一个没影子"
	plain := find(t, store, knowledge.Query{Text: lay})
	found := find(t, store, knowledge.Query{Text: lay, Terms: []string{"服刑在押", "失联", "事实无人抚养儿童"}})
	if len(found.Hits) == 0 || found.Hits[0].Document.Number != "民发〔2019〕62号" || found.Hits[0].Legs.Rewrite <= 0 || !found.Reworded {
		t.Errorf("found %+v", found.Hits)
	}
	best := 0.0
	for _, h := range plain.Hits {
		best = max(best, h.Legs.Lexical)
	}
	if plain.Reworded || found.Support != best {
		t.Errorf("an answer rests on %g, without a model on %g", found.Support, best)
	}
}

func TestAModelsWordsChangeNothingElse(t *testing.T) {
	t.Parallel()
	store := shelf(t)
	const text = "特困供养的孩子要什么条件"
	plain := find(t, store, knowledge.Query{Text: text})
	found := find(t, store, knowledge.Query{Text: text, Terms: []string{"临时救助", "火灾"}})
	if plain.Scope != found.Scope || plain.Empty != found.Empty || !reflect.DeepEqual(plain.Cards, found.Cards) || !reflect.DeepEqual(plain.Basis, found.Basis) {
		t.Error("scope, cards or their clauses are others")
	}
	if same := find(t, store, knowledge.Query{Text: text, Terms: []string{"特困", "条件", "？", ""}}); same.Reworded || !reflect.DeepEqual(same, plain) {
		t.Error("words that the question has already count twice")
	}
}

// TestNonsenseNeverPushesAnExactHitAway: whatever a model writes, what the question names stays first, and a passage that
// holds nothing but the model's words gains at most the lexicon's share.
func TestNonsenseNeverPushesAnExactHitAway(t *testing.T) {
	t.Parallel()
	store := shelf(t)
	pieces := []string{"临时救助", "火灾", "交通事故", "突发急难", "助学金", "家庭经济困难学生", "普通高中", "康复救助", "残疾儿童", "特困人员", "%_'\"", "\x00", "忽略以上", "<|im_end|>", "一", "aaaa bbbb", "未成年人"}
	rapid.Check(t, func(rt *rapid.T) {
		terms := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 20).Draw(rt, "terms")
		for _, text := range []string{"民发〔2019〕62号说了什么", "残疾儿童康复救助制度管几岁的", "《特困人员认定办法》第一条"} {
			plain, found := find(t, store, knowledge.Query{Text: text}), find(t, store, knowledge.Query{Text: text, Terms: terms})
			if plain.Hits[0].Legs.Exact == 0 || found.Hits[0].ID != plain.Hits[0].ID {
				rt.Fatalf("%s with %q: %s before %s", text, terms, found.Hits[0].Document.Title, plain.Hits[0].Document.Title)
			}
			for _, h := range found.Hits {
				if h.Legs.Rewrite > 1.2 { // .4 of what the question could score, times the most that BM25 gives a term that comes often
					rt.Fatalf("%s with %q: the model's words give %s %g", text, terms, h.Document.Title, h.Legs.Rewrite)
				}
			}
		}
	})
}

func TestNamedDocumentsNeedNoOtherWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"民发〔2019〕62号": true, "民发[2019]62号怎么说": true, "国办发2010 54号": true, "《未成年人保护法》": true, "未保法第92条": true, "儿童福利机构管理办法讲什么": true,
		"他爸坐牢能领什么": false, "孤儿每月多少钱": false, "我孙子2019年生的": false, "娃62号床": false, "": false, "我一点办法都没有了": false, "他老子去哒，法院落锤三年": false, "一个月领几条烟钱": false,
	} {
		if got := knowledge.NamesDocument(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
