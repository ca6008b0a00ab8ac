package assistant_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"xiaohe/assistant"
	"xiaohe/assistant/measure"
	"xiaohe/knowledge"
)

// TestBenefitCases lets the families of the development and the sealed cases tell their stories, scores what was
// decided and compares with the golden tables.
func TestBenefitCases(t *testing.T) {
	t.Parallel()
	store := builtInStore(t)
	for half, pattern := range map[string]string{"dev": "dev-*.yaml", "sealed": "sealed.yaml"} {
		if half == "sealed" && *failures {
			continue
		}
		judgements := judge(t, store, "testdata/benefits/"+pattern)
		score := measure.Sum(judgements)
		compare(t, "testdata/benefits_"+half+".txt", measure.Report(judgements, *failures))
		if half == "dev" && (score.Accuracy() < .95 || score.FalseRate() > .01 || score.Exactness() < 1) {
			t.Errorf("the development cases fall short: %s", score)
		}
	}
}

func judge(t *testing.T, store *knowledge.Store, pattern string) []measure.Judgement {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s", pattern)
	}
	var families []measure.Case
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		read, err := measure.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		families = append(families, read...)
	}
	found := make([][]measure.Judgement, len(families))
	talks, ctx := errgroup.WithContext(t.Context())
	talks.SetLimit(runtime.GOMAXPROCS(0))
	for i, family := range families {
		talks.Go(func() error {
			region, err := store.Region(ctx, family.Region)
			if err != nil {
				return err
			}
			found[i], err = measure.Play(ctx, family, measure.Converse(assistant.New(store), region, knowledge.Date(family.On)))
			return err
		})
	}
	if err := talks.Wait(); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(found...)
}
