package understand_test

import (
	"strings"
	"testing"

	"xiaohe/assistant/understand"
)

// TestWhoAQuoteIsAbout tells of whom words can be said when somebody else has read a fact out of them.
func TestWhoAQuoteIsAbout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, quote, fact string
		want              bool
	}{
		{"昨天他叔叔用皮带打他", "他叔叔用皮带打他", "父亲.情形", false},
		{"他爸坐牢了，他妈跑了", "他妈跑了", "父亲.情形", false},
		{"他爸坐牢了，他妈跑了", "他妈跑了", "母亲.情形", true},
		{"爸妈都不在了", "爸妈都不在了", "父亲.情形", true},
		{"爸妈都不在了", "都不在了", "母亲.情形", true},
		{"我儿子吃国家饭去了，孙子八岁", "我儿子吃国家饭去了", "父亲.情形", true},
		{"我儿子脑瘫", "我儿子脑瘫", "孩子.残疾类别", true},
		{"媳妇把娃甩给我就没信了", "把娃甩给我就没信了", "母亲.情形", true},
		{"他爷爷有残疾证二级", "他爷爷有残疾证二级", "孩子.残疾等级", false},
		{"他爷爷有残疾证二级", "他爷爷有残疾证二级", "监护人.救助身份", true},
		{"隔壁家房子烧了", "隔壁家房子烧了", "家庭.急难事由", false},
		{"房子烧得只剩三面墙", "房子烧得只剩三面墙", "家庭.急难事由", true},
		{"跟奶奶过", "跟奶奶过", "孩子.养育方式", true},
	} {
		from := len([]rune(c.text[:strings.Index(c.text, c.quote)]))
		look := understand.LookAt(c.text, understand.Context{Today: today})
		if got := look.About(from, from+len([]rune(c.quote)), c.fact); got != c.want {
			t.Errorf("%s: 「%s」 about %s: %v", c.text, c.quote, c.fact, got)
		}
	}
}

func TestWhatIsSupposedOrUnread(t *testing.T) {
	t.Parallel()
	for text, claimed := range map[string]bool{"他爸真判了五年": true, "要是他爸真判了五年，能领啥": false, "小说里爸爸坐牢": false} {
		if got := understand.LookAt(text, understand.Context{Today: today}).Claimed(0, len([]rune(text))); got != claimed {
			t.Errorf("%s is claimed: %v", text, got)
		}
	}
	for text, unread := range map[string]bool{"他老子吃国家饭去哒": true, "我孙子8岁，他爸坐牢，妈妈跑了": false, "要带什么材料": false, "房子烧得只剩三面墙": true, "今天天气真好呀": true, "孤儿认定条件是什么": false} {
		if got := understand.LookAt(text, understand.Context{Today: today}).Unread(); got != unread {
			t.Errorf("%s is unread: %v", text, got)
		}
	}
	look := understand.LookAt("判了三年", understand.Context{Today: today})
	if months := look.Months(0, 4); len(months) != 1 || months[0] != (understand.Span{Lo: 36, Hi: 36}) {
		t.Errorf("three years are %v", months)
	}
}

// TestLookingTakesNothing keeps reading a message and looking at it apart.
func TestLookingTakesNothing(t *testing.T) {
	t.Parallel()
	c := understand.Context{Today: today, Pending: &understand.Pending{Fact: "父亲.情形", Options: []understand.Option{{Label: "在坐牢"}}}, Told: map[string]string{"custody": "父亲"}}
	for _, text := range seeds(t) {
		understand.LookAt(text, c).Unread()
	}
	if len(c.Told) != 1 || len(c.Pending.Options) != 1 {
		t.Errorf("the context has changed: %+v", c)
	}
}
