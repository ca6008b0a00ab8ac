package guard

import "testing"

// Pieces of a rule that lose who it is for, or say it of the reader, are verdicts that no card has given.
func TestARuleKeepsWhomItIsFor(t *testing.T) {
	t.Parallel()
	aid := New(Ground{Passages: []Passage{{Title: "社会救助暂行办法", Number: "国务院令第649号", Clause: "第九条",
		Text: "国家对共同生活的家庭成员人均收入低于当地最低生活保障标准，且符合当地最低生活保障家庭财产状况规定的家庭，给予最低生活保障。"}}})
	whole := "国家对共同生活的家庭成员人均收入低于当地最低生活保障标准，且符合当地最低生活保障家庭财产状况规定的家庭，给予最低生活保障"
	for _, c := range []Claim{
		{"给予最低生活保障。", 1, "给予最低生活保障"},
		{"国家给予最低生活保障。", 1, "给予最低生活保障"},
		{"国家给您家最低生活保障。", 1, "给予最低生活保障"},
		{"国家给您家最低生活保障。", 1, whole},
		{"国家为孩子提供低保。", 1, whole},
		{"符合当地规定的家庭，给予最低生活保障。", 1, "符合当地最低生活保障家庭财产状况规定的家庭，给予最低生活保障"},
	} {
		if _, reason := aid.Check(c); reason == "" {
			t.Errorf("%s passes", c.Text)
		}
	}
	schooling := New(Ground{Question: "我孙子腿不好，上学要交学费吗", Passages: []Passage{
		{Title: "残疾人教育条例", Clause: "第二十条", Text: "县级人民政府应当对家庭经济困难的残疾学生免除学费，并给予生活补助。"},
		{Title: "法律援助法", Clause: "第三十二条", Text: "遭受虐待、遗弃的当事人申请法律援助，不受经济困难条件的限制。"},
	}})
	for _, c := range []Claim{
		{"您家孩子学费全免。", 1, "免除学费，并给予生活补助"},
		{"您孙子有生活补助。", 1, "给予生活补助"},
		{"残疾学生免除学费。", 1, "残疾学生免除学费，并给予生活补助"},
		{"残疾孩子上学免学费，还给生活补助。", 1, "免除学费，并给予生活补助"},
		{"申请法律援助不看家里困难不困难。", 2, "申请法律援助，不受经济困难条件的限制"},
		{"您申请法律援助，不受经济困难条件的限制。", 2, "申请法律援助，不受经济困难条件的限制"},
	} {
		if _, reason := schooling.Check(c); reason == "" {
			t.Errorf("%s passes", c.Text)
		}
	}
	if _, reason := schooling.Check(Claim{"家里困难的残疾学生，县里应当免学费，还给生活补助。", 1, "县级人民政府应当对家庭经济困难的残疾学生免除学费，并给予生活补助"}); reason != "" {
		t.Errorf("the whole rule is dropped: %s", reason)
	}
	if _, reason := aid.Check(Claim{"家里人均收入低于当地低保标准，财产也符合当地低保规定的，给低保。", 1, whole}); reason != "" {
		t.Errorf("the whole rule is dropped: %s", reason)
	}
}
