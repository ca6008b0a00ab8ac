package knowledge_test

import (
	"testing"
	"time"

	"xiaohe/knowledge"
)

// newStore returns a store with the built-in regions on a fixed day.
func newStore(t testing.TB) *knowledge.Store {
	t.Helper()
	return knowledge.NewStore(regionsOnly.New(t), fixedNow)
}

func TestRegionIsFoundByCodeOrName(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	for in, want := range map[string]string{
		"": "100000", "100000": "100000", "330100": "330100", "330100000000": "330100", "310100": "310000", "429004": "429004",
		"杭州": "330100", "杭州市": "330100", "浙江杭州": "330100", "浙江省杭州市": "330100", "杭州市西湖区": "330106", "广西": "450000",
		"恩施": "422800", "上海": "310000", "北京市朝阳区": "110105", "东莞": "441900", "重庆": "500000", " 广州 ": "440100",
	} {
		r, err := store.Region(t.Context(), in)
		if err != nil || r.Short() != want {
			t.Errorf("Region(%q) = %s, %v; want %s", in, r.Short(), err, want)
		}
	}
	for _, in := range []string{"999999", "3301", "火星", "朝阳区", "330100x", "'; DROP TABLE regions; --"} {
		if r, err := store.Region(t.Context(), in); !knowledge.IsInputError(err) {
			t.Errorf("Region(%q) = %v, %v; want a message for the person", in, r, err)
		}
	}
}

func TestRegionTreeHasParentsWhereDigitsMislead(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	for code, want := range map[string][]string{
		"429004": {"100000", "420000", "429004"}, // a county-level city directly under the province
		"441900": {"100000", "440000", "441900"}, // a city without counties
		"330106": {"100000", "330000", "330100", "330106"},
	} {
		r, err := store.Region(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		path, err := store.Path(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range path {
			got = append(got, p.Short())
		}
		if len(got) != len(want) {
			t.Fatalf("path of %s is %v, want %v", code, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("path of %s is %v, want %v", code, got, want)
			}
		}
	}
}

func TestRegionInText(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	for in, want := range map[string]string{
		"户口在杭州西湖区":   "330106",
		"南昌西湖区的学校":   "360103",
		"我在杭州，孩子没人管": "330100", "重庆市渝中区低保多少": "500103", "低保多少钱": "100000",
		"从四川到杭州打工": "100000", // two places that do not lie within each other
	} {
		r, err := store.RegionIn(t.Context(), in)
		if err != nil || r.Short() != want {
			t.Errorf("RegionIn(%q) = %s, %v; want %s", in, r.Short(), err, want)
		}
	}
}

func TestShortName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"杭州市": "杭州", "广西壮族自治区": "广西", "新疆维吾尔自治区": "新疆", "内蒙古自治区": "内蒙古", "恩施土家族苗族自治州": "恩施",
		"西湖区": "西湖", "矿区": "矿区", "香港特别行政区": "香港", "阿里地区": "阿里",
	} {
		if got := knowledge.ShortName(in); got != want {
			t.Errorf("ShortName(%q) = %q, want %q", in, got, want)
		}
	}
}

func fixedNow() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
