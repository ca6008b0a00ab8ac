package benefit

import (
	"strings"
	"testing"
)

func TestMutationProposesWhatThePrecedentsMiss(t *testing.T) {
	t.Parallel()
	b := small(t)
	m := b.Mutate("事实无人抚养儿童基本生活补贴")
	if len(m.Benefits) != 1 {
		t.Fatalf("%+v", m)
	}
	g := m.Benefits[0]
	if g.All == 0 || g.Killed == 0 || g.Killed == g.All || len(g.Proposals) == 0 {
		t.Fatalf("%+v", g)
	}
	// A precedent kills the number turned down (6 → 5 is not noticed, 6 → 7 is), and the proposals close the rest.
	var pasted []string
	for _, p := range g.Proposals {
		pasted = append(pasted, p.YAML())
	}
	better, problems := Load(with("cases/补充.yaml", strings.Join(pasted, "\n")))
	if better == nil {
		t.Fatalf("the proposals cannot be pasted: %v\n%s", problems, strings.Join(pasted, "\n"))
	}
	if failures := better.Test(); len(failures) > 0 {
		t.Fatalf("the proposals do not hold: %v", failures)
	}
	after := better.Mutate(g.Benefit).Benefits[0]
	if after.Rate() <= g.Rate() || after.Rate() < 0.99 {
		t.Errorf("%.2f before, %.2f with the proposals:\n%s", g.Rate(), after.Rate(), strings.Join(better.Mutate(g.Benefit).Lines(20), "\n"))
	}
}

func TestMutationReportGroupsProposalsByBranch(t *testing.T) {
	t.Parallel()
	text := strings.Join(small(t).Mutate("").Lines(3), "\n")
	for _, want := range []string{"合计：改错", "对吗？", "# 孤儿基本生活费 · ", "先看 3 条"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// The bar that the precedents of the program's own rules must clear (BENEFITS §8).
func TestPrecedentsNoticeSlipsInTheRules(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	t.Parallel()
	m := seed(t).mutate("", 6000) // enough: 60,000 draws find one slip in four hundred more
	strict := map[string]float64{"孤儿基本生活费": 0.95, "事实无人抚养儿童基本生活补贴": 0.95, "最低生活保障": 0.95}
	for _, g := range m.Benefits {
		if rate := g.Rate(); rate < strict[g.Benefit] {
			t.Errorf("%s: %.1f %% of the slips are noticed, want %.0f %%", g.Benefit, 100*rate, 100*strict[g.Benefit])
		}
	}
	if rate := m.Rate(); rate < 0.80 {
		t.Errorf("%.1f %% of all slips are noticed", 100*rate)
	}
}
