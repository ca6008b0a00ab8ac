package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

func cannedOf(t *testing.T, c *clerk, path string) []handoff.Canned {
	t.Helper()
	var a cannedAnswer
	c.good("GET", path, nil).into(t, &a)
	return a.Canned
}

func shortcuts(all []handoff.Canned) (names []string) {
	for _, c := range all {
		names = append(names, c.Shortcut)
	}
	return names
}

func TestCannedRepliesAreChangedByThoseWhoMay(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	lead, officer := b.hire("赵督导", account.Supervisor, xihuPrefix), b.hire("管政策的", account.Officer, "")
	built := cannedOf(t, wang, "/canned?region="+xihuCode)
	if len(built) < 12 || slices.ContainsFunc(built, func(c handoff.Canned) bool { return c.Editable || c.Scope != "" }) {
		t.Errorf("a worker begins with %+v", built)
	}
	if all := cannedOf(t, lead, "/canned"); len(all) != len(built) || all[0].Editable {
		t.Error("a supervisor of a county may change what holds for the country")
	}
	var own oneCanned
	a := lead.good("POST", "/canned", cannedRequest{Scope: xihuPrefix, Shortcut: "问好", Title: "西湖的问好", Body: "{{家长称呼}}您好"})
	if a.into(t, &own); a.Status != http.StatusCreated || own.Canned.Version != 1 || !own.Canned.Editable {
		t.Errorf("added: %d %s", a.Status, a.Body)
	}
	near := cannedOf(t, wang, "/canned?region="+xihuCode)
	i := slices.Index(shortcuts(near), "问好")
	if len(near) != len(built) || near[i].Title != "西湖的问好" {
		t.Errorf("the nearer of two is not shown: %+v", near[i])
	}
	if a := lead.call("POST", "/canned", cannedRequest{Scope: xihuPrefix, Shortcut: "问好", Title: "又一个", Body: "您好"}); a.Status != http.StatusConflict {
		t.Errorf("the same shortcut again: %d %s", a.Status, a.Body)
	}
	path := "/canned/" + own.Canned.ID.String()
	var changed oneCanned
	officer.good("PUT", path, cannedRequest{Shortcut: "问好", Title: "改过的", Body: "您好，我是{{社工}}", Version: 1}).into(t, &changed)
	if changed.Canned.Version != 2 || changed.Canned.Scope != xihuPrefix {
		t.Errorf("changed: %+v", changed)
	}
	stale := lead.call("PUT", path, cannedRequest{Shortcut: "问好", Title: "也改", Body: "您好", Version: 1})
	if p := stale.problem(t); stale.Status != http.StatusConflict || !strings.Contains(p.Message, "刷新") {
		t.Errorf("a change of what somebody else has changed: %d %s", stale.Status, stale.Body)
	}
	country := built[0].ID.String()
	if a := lead.call("DELETE", "/canned/"+country, nil); a.Status != http.StatusNotFound {
		t.Errorf("a supervisor of a county removes what holds for the country: %d %s", a.Status, a.Body)
	}
	officer.good("DELETE", "/canned/"+country, nil)
	if a := officer.call("DELETE", "/canned/"+country, nil); a.Status != http.StatusNotFound {
		t.Errorf("removed twice: %d %s", a.Status, a.Body)
	}
	if all := cannedOf(t, wang, "/canned"); len(all) != len(built)-1 {
		t.Errorf("%d of %d replies are left", len(all), len(built))
	}
	want := "canned.added canned.changed canned.removed"
	if got := b.one(`SELECT string_agg(action, ' ' ORDER BY at) FROM audit_log WHERE object_kind = 'canned_reply'`); got != want {
		t.Errorf("logged: %s", got)
	}
	if n := b.one(`SELECT count(*) FROM audit_log WHERE data::text ~ '您好|改过'`); n != "0" {
		t.Error("the audit log holds words")
	}
}

func TestRemovedBuiltInRepliesDoNotComeBack(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	officer := b.hire("管政策的", account.Officer, "")
	all := cannedOf(t, officer, "/canned")
	for _, c := range all {
		officer.good("DELETE", "/canned/"+c.ID.String(), nil)
	}
	must(t, (&console{Server: b.web}).seed(t.Context())) // as another start does
	if left := cannedOf(t, officer, "/canned"); len(left) != 0 {
		t.Errorf("%d of %d came back", len(left), len(all))
	}
}

func TestWrongCannedRepliesAreExplained(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lead := b.hire("赵督导", account.Supervisor, xihuPrefix)
	good := cannedRequest{Scope: xihuPrefix, Shortcut: "你好", Title: "标题", Body: "{{家长称呼}}您好，我是{{社工}}，{{地区}}，{{工单号}}"}
	for name, c := range map[string]struct {
		change func(*cannedRequest)
		says   string
	}{
		"no shortcut":         {func(d *cannedRequest) { d.Shortcut = "" }, "快捷词"},
		"a blank inside":      {func(d *cannedRequest) { d.Shortcut = "你 好" }, "快捷词"},
		"a long shortcut":     {func(d *cannedRequest) { d.Shortcut = strings.Repeat("长", 21) }, "快捷词"},
		"no title":            {func(d *cannedRequest) { d.Title = " " }, "标题"},
		"a long title":        {func(d *cannedRequest) { d.Title = strings.Repeat("长", 41) }, "标题"},
		"no words":            {func(d *cannedRequest) { d.Body = "\n " }, "内容"},
		"too many words":      {func(d *cannedRequest) { d.Body = strings.Repeat("长", 1366) }, "内容"},
		"an unknown hole":     {func(d *cannedRequest) { d.Body = "{{身份证号}}" }, "没有“{{身份证号}}”这个空格，能用的有：{{家长称呼}}、{{社工}}、{{地区}}、{{工单号}}"},
		"a blank in the hole": {func(d *cannedRequest) { d.Body = "{{ 社工 }}" }, "没有"},
		"half a hole":         {func(d *cannedRequest) { d.Body = "{{社工" }, "大括号"},
		"a single brace":      {func(d *cannedRequest) { d.Body = "{社工}" }, "大括号"},
		"no text":             {func(d *cannedRequest) { d.Body = "您好\x00" }, "不是文字"},
	} {
		d := good
		c.change(&d)
		a := lead.call("POST", "/canned", d)
		if p := a.problem(t); a.Status != http.StatusBadRequest || !strings.Contains(p.Message, c.says) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	lead.good("POST", "/canned", good)
	for _, scope := range []string{"", "33", "330108", "999999", "3301060"} {
		d := good
		d.Scope, d.Shortcut = scope, "别处"
		if a := lead.call("POST", "/canned", d); a.Status != http.StatusNotFound {
			t.Errorf("for the region %q: %d %s", scope, a.Status, a.Body)
		}
	}
}

// promises are words that a ready reply must not hold: it is sent in many cases, and none of them is known beforehand.
var promises = regexp.MustCompile(`保证|承诺|一定(会|能|给)|肯定|绝对|包您|\d+\s*元|元/|万元|\d+\s*(天|小时|分钟|个月|工作日)|会批|能批下来|一定`)

func TestBuiltInRepliesPromiseNothing(t *testing.T) {
	t.Parallel()
	all, err := builtInCanned()
	must(t, err)
	if len(all) < 12 {
		t.Errorf("%d replies", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.Shortcut] {
			t.Errorf("%s stands there twice", c.Shortcut)
		}
		seen[c.Shortcut] = true
		if found := promises.FindString(c.Body); found != "" {
			t.Errorf("%s says %q", c.Shortcut, found)
		}
		if n := len([]rune(c.Body)); n > 120 {
			t.Errorf("%s has %d characters", c.Shortcut, n)
		}
	}
}
