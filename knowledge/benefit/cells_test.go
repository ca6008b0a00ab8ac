package benefit

import (
	"strings"
	"testing"
)

func TestCellsOfTheOrphansAreDecided(t *testing.T) {
	t.Parallel()
	b := seed(t)
	for _, place := range []string{"", "330106", "500114", "371311"} {
		report, err := b.At(Everywhere(place), DayOf(2026, 11, 21)).Cells("孤儿基本生活费", "事实无人抚养儿童基本生活补贴")
		if err != nil {
			t.Fatal(err)
		}
		if !report.Clean() || report.Cells < 288 {
			t.Errorf("at %q:\n%s", place, strings.Join(report.Lines(), "\n"))
		}
		for reason := range report.Explained {
			if strings.Contains(reason, "都符合") {
				t.Errorf("at %q a child meets both: %s", place, reason)
			}
		}
	}
}

func TestCellsFindOverlapsAndGaps(t *testing.T) {
	t.Parallel()
	b := small(t)
	report, err := b.At(Everywhere("330106"), DayOf(2025, 3, 10)).Cells("孤儿基本生活费", "事实无人抚养儿童基本生活补贴")
	if err != nil || report.Cells == 0 || len(report.Overlaps) > 0 || len(report.Gaps) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if _, err := b.At(Everywhere("330106"), DayOf(2025, 3, 10)).Cells("法律援助"); err == nil {
		t.Error("looks at a benefit that has no rule")
	}
	// Without 独占 a father is dead and disabled at once: both benefits are met, and the relation covers it.
	facts := "facts.yaml"
	changed := with(facts, strings.Replace(string(smallSet[facts].Data), "独占: [死亡, 宣告失踪], ", "", 1))
	loose, problems := Load(changed)
	if loose == nil {
		t.Fatal(problems)
	}
	report, err = loose.At(Everywhere("330106"), DayOf(2025, 3, 10)).Cells("孤儿基本生活费", "事实无人抚养儿童基本生活补贴")
	if err != nil || report.Explained["两项都符合时，“事实无人抚养儿童基本生活补贴”由“孤儿基本生活费”覆盖"] == 0 {
		t.Errorf("no overlap without 独占: %+v, %v", report, err)
	}
}
