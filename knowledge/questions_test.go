package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"xiaohe/knowledge"
)

// scriptedQuestioner writes what a test tells it, by the words that a clause holds.
type scriptedQuestioner struct {
	prompt    string
	questions map[string][]string
	err       map[string]error
	mu        sync.Mutex
	asked     []string
}

func (q *scriptedQuestioner) Prompt() string { return q.prompt }

func (q *scriptedQuestioner) Questions(_ context.Context, _, _, body string) ([]string, string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, body)
	for words, err := range q.err {
		if strings.Contains(body, words) {
			return nil, "", err
		}
	}
	for words, questions := range q.questions {
		if strings.Contains(body, words) {
			return questions, "tiny", nil
		}
	}
	return nil, "tiny", nil
}

const (
	visits = "服刑人员的亲属凭有效证件，经监狱批准，可以在规定的日期会见服刑人员。"
	other  = "县级人民政府民政部门应当按照规定的期限办理，并将结果书面告知申请人。"
)

func TestAPassageIsFoundByAGeneratedQuestionThatNobodySees(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	plain := knowledge.NewStore(pool, fixedNow)
	put(t, plain, policy("会见规定", "", "100000", visits), policy("办理规定", "", "100000", other))
	const lay = "咋去瞧瞧娃他爹"
	if got := search(t, plain, lay, "100000", "2026-11-21"); len(got) > 0 {
		t.Fatalf("the words alone find %v", got)
	}
	store := knowledge.NewStore(pool, fixedNow)
	store.UseQuestioner(&scriptedQuestioner{prompt: "questions@1", questions: map[string][]string{"会见": {"娃他爹那儿，能去瞧瞧不", "去看坐牢的爸爸要带啥"}}})
	var steps []string
	if err := store.WriteQuestions(t.Context(), func(done, total int) { steps = append(steps, fmt.Sprintf("%d/%d", done, total)) }); err != nil {
		t.Fatal(err)
	}
	if strings.Join(steps, " ") != "1/2 2/2" {
		t.Errorf("progress %v", steps)
	}
	region, _ := store.Region(t.Context(), "")
	found, err := plain.Search(t.Context(), knowledge.Query{Text: lay, Region: region, On: "2026-11-21", K: 5})
	if err != nil || len(found.Hits) != 1 || found.Hits[0].Document.Title != "会见规定" || found.Hits[0].Legs.Question <= 0 {
		t.Fatalf("%+v %v", found.Hits, err)
	}
	if h := found.Hits[0]; h.Body != visits || strings.Contains(fmt.Sprintf("%+v", found), "能去瞧瞧") {
		t.Errorf("the question is shown: %+v", found)
	}
	if n := index(t, plain).Questions; n != 2 {
		t.Errorf("%d questions", n)
	}
	e := newEmbedder("model", "蹲大牢", "坐牢")
	dense := beside(pool, e)
	build(t, dense)
	if e.times("去看坐牢的爸爸要带啥") != 1 {
		t.Error("a generated question has no vector")
	}
}

func TestQuestionsAreWrittenOnceForEachPrompt(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	store := knowledge.NewStore(pool, fixedNow)
	put(t, store, policy("会见规定", "", "100000", visits), policy("办理规定", "", "100000", other), policy("短", "", "100000", "本办法自印发之日起施行"))
	down := errors.New("down")
	first := &scriptedQuestioner{prompt: "questions@1", questions: map[string][]string{"会见": {"能去看爸爸吗"}}, err: map[string]error{"办理": down}}
	store.UseQuestioner(first)
	if err := store.WriteQuestions(t.Context(), nil); !errors.Is(err, down) {
		t.Fatalf("a model that is away: %v", err)
	}
	first.err = map[string]error{"办理": fmt.Errorf("%w: nonsense", knowledge.ErrNoQuestions)}
	for range 2 {
		if err := store.WriteQuestions(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(first.asked) != 3 { // each clause once, and the one that the model was away for once more; the short one never
		t.Errorf("asked about %q", first.asked)
	}
	second := &scriptedQuestioner{prompt: "questions@2", questions: map[string][]string{"会见": {"啥时候能见到爸爸", "见爸爸要谁同意"}}}
	store.UseQuestioner(second)
	if err := store.WriteQuestions(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := index(t, store).Questions; n != 2 || len(second.asked) != 2 {
		t.Errorf("%d questions after another prompt, asked %d times", n, len(second.asked))
	}
}

func TestWhatIsNoQuestionIsDropped(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	store := knowledge.NewStore(pool, fixedNow)
	put(t, store, policy("会见规定", "", "100000", visits))
	store.UseQuestioner(&scriptedQuestioner{prompt: "questions@1", questions: map[string][]string{"会见": {
		"能去看爸爸吗", "能去看爸爸吗？", "  ", "吗", strings.Repeat("看爸爸", 40), "can we visit", "看《监狱法》怎么说", "坏\x00字怎么办", "\xff\xfe能看吗",
		"一号问题怎么问", "二号问题怎么问", "三号问题怎么问", "四号问题怎么问", "五号问题怎么问",
	}}})
	if err := store.WriteQuestions(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := index(t, store).Questions; n != 5 {
		t.Errorf("%d questions, want the first five that are some", n)
	}
}

func TestARunningNodeWritesQuestions(t *testing.T) {
	t.Parallel()
	pool := regionsOnly.New(t)
	plain := knowledge.NewStore(pool, fixedNow)
	put(t, plain, policy("会见规定", "", "100000", visits))
	node := knowledge.NewStore(pool, fixedNow)
	node.UseQuestioner(&scriptedQuestioner{prompt: "questions@1", questions: map[string][]string{"会见": {"娃他爹蹲大牢，能去瞧一眼不"}}})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := node.RunIndex(ctx, slog.New(slog.DiscardHandler)); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()
	until(t, func() bool { return index(t, plain).Questions == 1 })
}
