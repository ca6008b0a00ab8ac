package main

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/database/dbtest"
)

// migrated is a program whose database has everything that a served one has.
func (p program) migrated() program {
	p.t.Helper()
	p.must("db", "migrate")
	return p
}

var oneTimeLine = regexp.MustCompile(`一次性口令：([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})\n`)

// oneTime is the password in a command's output.
func oneTime(t *testing.T, out string) string {
	t.Helper()
	m := oneTimeLine.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no password in %q", out)
	}
	return m[1]
}

// enters tells whether a login and password open a session.
func (p program) enters(login, password string) bool {
	p.t.Helper()
	accounts, err := account.New(p.t.Context(), dbtest.Pool(p.t, p.url), now)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _, err = accounts.Login(p.t.Context(), login, password, audit.Actor{Role: "user"})
	return err == nil
}

func TestAccountsAreMadeAtTheTerminal(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	if out := p.must("user", "list"); !strings.Contains(out, "还没有账号") {
		t.Errorf("no accounts: %q", out)
	}
	out := p.must("user", "add", "Wang.Fang", "--name", "王老师", "--role", "worker", "--region", "330106", "--region", "杭州", "--skill", "自杀危机", "--capacity", "6", "--can-reply")
	if !strings.Contains(out, "已添加 wang.fang（王老师，社工）") || !p.enters("wang.fang", oneTime(t, out)) {
		t.Error(out)
	}
	out = p.must("user", "add", "boss", "--name", "督导", "--role", "supervisor", "--region", "100000", "--no-can-reply")
	p.must("user", "add", "li@example.cn", "--name", "李老师", "--role", "officer", "--oidc")
	if p.enters("li@example.cn", "") || !p.enters("boss", oneTime(t, out)) {
		t.Error("the wrong ones get in")
	}
	list := p.must("user", "list")
	for _, want := range []string{"wang.fang  王老师  社工  地区：杭州市 330100；西湖区 330106  能回复（同时 6 家）  还没换一次性口令", "boss  督导  督导  地区：全国 100000  还没换", "li@example.cn  李老师  政策管理员  地区：无  统一身份，还没登录过"} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not in\n%s", want, list)
		}
	}
	var lines []userLine
	if err := json.Unmarshal([]byte(p.must("user", "list", "--json")), &lines); err != nil || len(lines) != 3 {
		t.Fatalf("%v %+v", err, lines)
	}
	if boss := lines[0]; boss.Login != "boss" || boss.CanReply || boss.Regions[0] != "100000" || !slices.Equal(lines[2].Regions, []string{"330100", "330106"}) || boss.Disabled != nil || !boss.MustChange {
		t.Errorf("%+v", boss)
	}
	if strings.Contains(p.must("user", "list", "--json"), "argon2") {
		t.Error("the list shows hashes")
	}
}

func TestAccountsAreChangedAtTheTerminal(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	first := oneTime(t, p.must("user", "add", "wang", "--name", "王老师", "--role", "worker", "--region", "330106"))
	second := oneTime(t, p.must("user", "passwd", "WANG"))
	if p.enters("wang", first) || !p.enters("wang", second) {
		t.Error("the first password still opens, or the second does not")
	}
	if out := p.must("user", "set", "wang", "--role", "supervisor", "--region", "浙江"); !strings.Contains(out, "wang 现在是：王老师，督导，地区：浙江省 330000\n") {
		t.Error(out)
	}
	p.must("user", "disable", "wang")
	if p.enters("wang", second) {
		t.Error("a disabled account opens")
	}
	if out := p.must("user", "list"); !strings.Contains(out, "已停用") {
		t.Error(out)
	}
	p.must("user", "enable", "wang")
	if !p.enters("wang", second) {
		t.Error("it does not open again")
	}
}

func TestRegionsAndSkillsGoOnlyWhereThatIsSaid(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	p.must("user", "add", "wang", "--name", "王老师", "--role", "worker", "--region", "330106", "--skill", "自杀危机")
	p.run("user", "set", "wang", "--region", "", "--skill", "")
	if out := p.must("user", "list", "--json"); !strings.Contains(out, `"regions":["330106"],"skills":["自杀危机"]`) {
		t.Errorf("an unset variable of the shell took something away: %s", out)
	}
	if out := p.must("user", "set", "wang", "--no-region", "--no-skill"); !strings.Contains(out, "地区：无") {
		t.Error(out)
	}
	if out := p.must("user", "list", "--json"); !strings.Contains(out, `"regions":[],"skills":[]`) {
		t.Error(out)
	}
}

func TestAnAccountOfTheIdentityProviderGetsAPasswordOnlyWhereThatIsSaid(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	p.must("user", "add", "li@example.cn", "--name", "李老师", "--role", "officer", "--oidc")
	status, out, errOut := p.run("user", "passwd", "li@example.cn")
	if status != 1 || out != "" || !strings.Contains(errOut, "统一身份") || !strings.Contains(errOut, "--to-password") {
		t.Errorf("%d %q %q", status, out, errOut)
	}
	if list := p.must("user", "list"); !strings.Contains(list, "统一身份") {
		t.Errorf("it has become another account: %s", list)
	}
	if out := p.must("user", "passwd", "li@example.cn", "--to-password"); !p.enters("li@example.cn", oneTime(t, out)) {
		t.Error("the password does not open")
	}
}

func TestAPasswordCanComeFromStandardInput(t *testing.T) { // changes the program's input: not parallel
	p := newProgram(t).migrated()
	p.must("user", "add", "wang", "--name", "王老师", "--role", "worker", "--region", "330106")
	for given, want := range map[string]string{"湖边第三棵柳树-下面\n": "", "短\n": "太短", "": "没有口令", "\n": "没有口令"} {
		input = strings.NewReader(given)
		status, out, errOut := p.run("user", "passwd", "wang", "--stdin")
		if want == "" && (status != 0 || strings.Contains(out, "一次性口令：") || !p.enters("wang", strings.TrimSpace(given))) {
			t.Errorf("%q: %d %s %s", given, status, out, errOut)
		}
		if want != "" && (status != 1 || !strings.Contains(errOut, want) || out != "") {
			t.Errorf("%q: %d %s %s", given, status, out, errOut)
		}
	}
	input = io.MultiReader()
}

func TestWrongAccountsGetASentence(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	p.must("user", "add", "wang", "--name", "王老师", "--role", "worker", "--region", "330106")
	p.must("user", "add", "root", "--name", "管理员", "--role", "admin")
	add := []string{"user", "add", "li", "--name", "李老师", "--role", "worker", "--region", "330106"}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no name":             {[]string{"user", "add", "li", "--role", "worker", "--region", "330106"}, "--name"},
		"no role":             {[]string{"user", "add", "li", "--name", "李老师", "--region", "330106"}, "--role"},
		"no region":           {[]string{"user", "add", "li", "--name", "李老师", "--role", "worker"}, "--region"},
		"an unknown role":     {[]string{"user", "add", "li", "--name", "李老师", "--role", "boss"}, "没有这种角色"},
		"an unknown region":   {append(add[:8:8], "火星"), "没有找到地区"},
		"a blank region":      {append(add[:8:8], " "), "地区请写"},
		"an empty region":     {append(add[:8:8], ""), "--region 后面是空的"},
		"regions to nothing":  {[]string{"user", "set", "wang", "--region", ""}, "--no-region"},
		"regions to commas":   {[]string{"user", "set", "wang", "--region", ","}, "地区请写"},
		"both of regions":     {[]string{"user", "set", "wang", "--region", "330106", "--no-region"}, "只写一个"},
		"skills to nothing":   {[]string{"user", "set", "wang", "--skill", ""}, "--no-skill"},
		"a taken login":       {[]string{"user", "add", "WANG", "--name", "李老师", "--role", "worker", "--region", "330106"}, "已经有"},
		"an odd login":        {[]string{"user", "add", "王 老师", "--name", "李老师", "--role", "worker", "--region", "330106"}, "登录名"},
		"too much":            {append(add, "--capacity", "21"), "20"},
		"replies of an admin": {[]string{"user", "set", "root", "--can-reply"}, "只有社工和督导"},
		"replies of auditors": {[]string{"user", "add", "li", "--name", "李老师", "--role", "auditor", "--can-reply"}, "只有社工和督导"},
		"nothing to change":   {[]string{"user", "set", "wang"}, "要改什么"},
		"set of nobody":       {[]string{"user", "set", "nobody", "--name", "x"}, "没有登录名"},
		"passwd of nobody":    {[]string{"user", "passwd", "nobody"}, "没有登录名"},
		"disable of nobody":   {[]string{"user", "disable", "nobody"}, "没有登录名"},
		"enable of nobody":    {[]string{"user", "enable", "nobody"}, "没有登录名"},
		"the last admin":      {[]string{"user", "disable", "root"}, "最后一个管理员"},
	} {
		status, out, errOut := p.run(c.args...)
		if status != 1 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: %d %q %q", name, status, out, errOut)
		}
	}
	if out := p.must("user", "list"); strings.Count(out, "\n") != 2 {
		t.Errorf("an account was made\n%s", out)
	}
	status, _, errOut := newProgram(t).run("user", "add", "li")
	if status != 1 || !strings.Contains(errOut, "--name") {
		t.Errorf("%d %s", status, errOut)
	}
}

func TestTheAuditLogIsReadAndCheckedAtTheTerminal(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	p.must("user", "add", "wang", "--name", "王老师", "--role", "worker", "--region", "330106")
	p.must("user", "disable", "wang")
	if out := p.must("db", "audit", "head"); !strings.Contains(out, "还没有封存") {
		t.Errorf("nothing is sealed: %q", out)
	}
	pool := dbtest.Pool(t, p.url)
	if _, err := audit.NewLog(pool, nil).Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	head := strings.TrimSpace(p.must("db", "audit", "head"))
	if !regexp.MustCompile(`^2:[0-9a-f]{64}$`).MatchString(head) {
		t.Errorf("head %q", head)
	}
	if out := p.must("db", "audit", "verify", "--head", head); !strings.Contains(out, "共 2 条已封存，都完好") {
		t.Error(out)
	}
	beyond := "9:" + strings.Repeat("ab", 32)
	if status, out, errOut := p.run("db", "audit", "verify", "--head", beyond); status != 1 || !strings.Contains(out, "第 9 条（现在只有 2 条）：和以前抄下来的") || !strings.Contains(errOut, "不完整") {
		t.Errorf("a head beyond the end: %d %q %q", status, out, errOut)
	}
	if _, out, _ := p.run("db", "audit", "verify", "--json", "--head", beyond); strings.Contains(out, "0001") || strings.Contains(out, "00000000-") {
		t.Errorf("a finding without a row names one: %s", out)
	}
	if out := p.must("db", "audit", "list"); strings.Count(out, "\n") != 2 || strings.Index(out, "worker.disabled") > strings.Index(out, "worker.added") {
		t.Errorf("the newest is not first\n%s", out)
	}
	if out := p.must("db", "audit", "list", "--action", "worker.added", "--json"); strings.Count(out, `"action"`) != 1 {
		t.Error(out)
	}
	if out := p.must("db", "audit", "list", "--action", "login"); !strings.Contains(out, "没有这样的记录") {
		t.Error(out)
	}
	tamper(t, p, `UPDATE audit_log SET reason = 'x' WHERE action = 'worker.added'`)
	status, out, errOut := p.run("db", "audit", "verify")
	if status != 1 || !strings.Contains(out, "第一条有问题的：\n第 1 条") || !strings.Contains(out, "内容被改过") || !strings.Contains(errOut, "不完整") {
		t.Errorf("%d %s %s", status, out, errOut)
	}
	status, out, _ = p.run("db", "audit", "verify", "--json")
	var report audit.Report
	if err := json.NewDecoder(bytes.NewReader([]byte(out))).Decode(&report); err != nil || status != 1 || report.OK || report.Findings[0].N != 1 {
		t.Errorf("%d %v %s", status, err, out)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a head of nothing":   {[]string{"verify", "--head", ""}, "--head 后面是空的"},
		"a head that is none": {[]string{"verify", "--head", "2:xyz"}, "编号:校验值"},
		"no limit":            {[]string{"list", "--limit", "0"}, "--limit"},
		"no date":             {[]string{"list", "--since", "yesterday"}, "--since"},
		"no conversation":     {[]string{"list", "--conversation", "1"}, "--conversation"},
	} {
		status, out, errOut := p.run(append([]string{"db", "audit"}, c.args...)...)
		if status != 1 || out != "" || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: %d %q %q", name, status, out, errOut)
		}
	}
}

// tamper changes a table as its owner could.
func tamper(t *testing.T, p program, sql string) {
	t.Helper()
	tx, err := dbtest.Pool(t, p.url).Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`)
	}
	if err == nil {
		_, err = tx.Exec(t.Context(), sql)
	}
	if err == nil {
		err = tx.Commit(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}
