package web

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/knowledge/seed"
)

// testPassword is that of every account that a test makes.
const testPassword = "湖边第三棵柳树-下面"

// account makes an account with a login and a role.
func (s *site) account(login, role string) account.Staff {
	s.t.Helper()
	return s.employ(login, "李老师", role)
}

// employ makes an account with regions (prefixes), as an administrator does.
func (s *site) employ(login, name, role string, scopes ...string) account.Staff {
	s.t.Helper()
	change := account.Change{Name: &name, Role: &role}
	if len(scopes) > 0 {
		change.Scopes = &scopes
	}
	staff, _, err := s.web.accounts.Add(s.t.Context(), audit.System, login, change, testPassword, false)
	must(s.t, err)
	return staff
}

// desk is an officer's browser without a screen.
type desk struct {
	*site
	client *http.Client
}

// newDesk starts a server with the built-in rules, and logs in.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := newSite(t).desk()
	must(t, d.web.knowledge.LoadRules(t.Context()))
	d.account("officer", account.Officer)
	if a := d.login("officer", testPassword); a.Status != http.StatusOK || a.path != adminHome {
		t.Fatalf("login: %d %s", a.Status, a.Body)
	}
	return d
}

// led is what a request led to, after redirects.
type led struct {
	reply
	path string
}

func (s *site) desk() *desk {
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &desk{s, &http.Client{Jar: jar}}
}

func (d *desk) send(method, path, contentType string, body io.Reader) led {
	d.t.Helper()
	request, err := http.NewRequest(method, d.URL+path, body)
	must(d.t, err)
	request.Header.Set("Content-Type", contentType)
	response, err := d.client.Do(request)
	must(d.t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	must(d.t, err)
	return led{reply{response.StatusCode, data, response.Header}, response.Request.URL.Path}
}

func (d *desk) get(path string) led { d.t.Helper(); return d.send("GET", path, "", nil) }

func (d *desk) post(path string, form url.Values) led {
	d.t.Helper()
	return d.send("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (d *desk) login(login, password string) led {
	d.t.Helper()
	return d.post("/login", url.Values{"login": {login}, "password": {password}})
}

// upload sends files by name, and returns the page that it leads to.
func (d *desk) upload(files map[string][]byte) led {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(d.t, form.WriteField("note", "试一试"))
	for name, data := range files {
		part, err := form.CreateFormFile("files", name)
		must(d.t, err)
		_, err = part.Write(data)
		must(d.t, err)
	}
	must(d.t, form.Close())
	return d.send("POST", "/admin/proposals", form.FormDataContentType(), &body)
}

func (d *desk) active() string {
	d.t.Helper()
	version, err := d.web.activeVersion(d.t.Context())
	must(d.t, err)
	return version
}

// verdictLine is what a page says first of all.
var verdictLine = regexp.MustCompile(`role="(?:alert|status)">[^\n]*|<h1>[^\n]*`)

func (a led) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d", a.Status, status)
	}
	for _, text := range texts {
		if !strings.Contains(string(a.Body), text) {
			t.Errorf("the page does not say %q but %q", text, verdictLine.FindAllString(string(a.Body), -1))
		}
	}
}

// standards is the built-in table with further rows; 天津 has none in it.
func standards(t *testing.T, rows ...string) []byte {
	data, err := fs.ReadFile(seed.Benefits(), "standards.yaml")
	must(t, err)
	return append(data, "\n"+strings.Join(rows, "\n")+"\n"...)
}

func row(from string, yuan int) string {
	return fmt.Sprintf(`- {标准: 孤儿养育.散居, 地区: "120000", 自: "%s", 数额: %d, 单位: 元/月, 关系: 定为, 可信: 单源, 依据: 天津市试行通知 一}`, from, yuan)
}

func TestOfficersPagesNeedAnOfficer(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	pages := []string{"/admin/rules", "/admin/rules/孤儿基本生活费", "/admin/rules/孤儿基本生活费/read-aloud.md", "/admin/proposals/x",
		"/admin/versions/x", "/admin/versions/x/rules.zip"}
	for _, path := range append(pages, "/admin", "/admin/") {
		if a := d.get(path); a.Status != http.StatusOK || a.path != "/login" {
			t.Errorf("%s leads to %s (%d)", path, a.path, a.Status)
		}
	}
	steps := []string{"/admin/proposals", "/admin/proposals/x/activate", "/admin/versions/x/activate"}
	for _, path := range steps {
		if a := d.post(path, nil); a.path != "/login" {
			t.Errorf("%s leads to %s (%d)", path, a.path, a.Status)
		}
	}
	for login, role := range map[string]string{"w": account.Worker, "s": account.Supervisor, "d": account.Director, "a": account.Auditor} {
		d := d.site.desk()
		d.account(login+"1", role)
		d.login(login+"1", testPassword)
		for _, path := range pages {
			d.get(path).wants(t, http.StatusNotFound, "没有找到这一页")
		}
		for _, path := range steps {
			d.post(path, nil).wants(t, http.StatusNotFound)
		}
	}
	for login, role := range map[string]string{"officer": account.Officer, "boss": account.Admin} {
		d := d.site.desk()
		d.account(login, role)
		d.login(login, testPassword).wants(t, http.StatusOK, "福利规则")
		d.get("/admin/rules").wants(t, http.StatusOK, "退出")
	}
}

func TestOtherSitesCannotActInAnOfficersName(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	request, err := http.NewRequest("POST", d.URL+"/admin/versions/"+d.active()+"/activate", nil)
	must(t, err)
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := d.client.Do(request)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestTwoRowsInForceAtOnceAreNamedAndChangeNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.active()
	a := d.upload(map[string][]byte{"standards.yaml": standards(t, row("2026-01-01", 1900), row("2026-06-01", 2000))})
	a.wants(t, http.StatusOK, "不能启用", "standards.yaml", "孤儿养育.散居", "两行同时有效", "正在用的规则没有变")
	if strings.Contains(string(a.Body), "启用这一版") {
		t.Error("a rule set with errors can be activated")
	}
	d.post(proposalOf(t, a)+"/activate", nil).wants(t, http.StatusBadRequest, "没有启用")
	if d.active() != before {
		t.Error("a rule set with errors came into force")
	}
}

// proposalOf is the address of the proposal that an upload led to.
func proposalOf(t *testing.T, a led) string {
	t.Helper()
	if !strings.HasPrefix(a.path, "/admin/proposals/") {
		t.Fatalf("the upload led to %s: %q", a.path, verdictLine.FindAllString(string(a.Body), -1))
	}
	return a.path
}

func TestAGoodUploadShowsItsDifferencesAndIsActivated(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.active()
	a := d.upload(map[string][]byte{"standards.yaml": standards(t, row("2026-01-01", 1900))})
	a.wants(t, http.StatusOK, "可以启用", "换了 standards.yaml", "天津市", "1900 元/月", "孤儿基本生活费", "试一试")
	if d.active() != before {
		t.Fatal("a proposal came into force by itself")
	}
	done := d.post(proposalOf(t, a)+"/activate", url.Values{"note": {"天津的标准"}})
	after := d.active()
	done.wants(t, http.StatusOK, "已经启用版本 "+after, "天津的标准", "网页上传", before, "程序自带", "用过的版本（2）")
	if after == before {
		t.Fatal("the old rules are still in force")
	}
	d.get("/admin/rules/孤儿基本生活费").wants(t, http.StatusOK, "天津市", "1900 元/月", "天津市试行通知")

	d.get("/admin/versions/"+before).wants(t, http.StatusOK, "重新启用这一版", "天津市", "去掉")
	d.post("/admin/versions/"+before+"/activate", nil).wants(t, http.StatusOK, "已经启用版本 "+before, after)
	if d.active() != before {
		t.Error("the older rules are not in force again")
	}
	if page := d.get("/admin/rules/孤儿基本生活费?version=" + after); !strings.Contains(string(page.Body), "1900 元/月") {
		t.Error("the replaced version cannot be read")
	}
}

func TestAProposalIsForgottenAfterAnHour(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	address := proposalOf(t, d.upload(map[string][]byte{"standards.yaml": standards(t, row("2026-01-01", 1900))}))
	d.now.advance(proposalTime)
	d.login("officer", testPassword) // the session has gone idle too
	d.get(address).wants(t, http.StatusNotFound, "重新上传")
	d.post(address+"/activate", nil).wants(t, http.StatusNotFound, "重新上传")
	keep := newProposals(time.Now)
	first := keep.add(&proposal{})
	for range keptProposals {
		keep.add(&proposal{})
	}
	if keep.find(first) != nil || len(keep.byID) != keptProposals {
		t.Errorf("%d proposals are kept", len(keep.byID))
	}
}

func TestARuleIsReadAloudBesideItsSources(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.get("/admin/rules/事实无人抚养儿童基本生活补贴").wants(t, http.StatusOK, "谁符合", "父母双方都不能抚养", "民发〔2019〕62号 一",
		"地方改动：重庆市", "2525 元/月", "以前的标准", "判例（", "爸爸判了三年")
	file := d.get("/admin/rules/事实无人抚养儿童基本生活补贴/read-aloud.md")
	file.wants(t, http.StatusOK, "# 事实无人抚养儿童基本生活补贴", "- [ ] 一、", "规则版本 "+d.active())
	if kind := file.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/markdown") {
		t.Errorf("the file is %s", kind)
	}
	for _, path := range []string{"/admin/rules/没有这项", "/admin/versions/000000000000"} {
		d.get(path).wants(t, http.StatusNotFound, "没有")
	}
	d.get("/admin/rules/孤儿基本生活费?version=000000000000").wants(t, http.StatusBadRequest, "没有版本")
}

func TestLinesAreReadWithTheirClauses(t *testing.T) {
	t.Parallel()
	parts := readAloud("# 甲补贴\n说明。\n\n## 谁符合\n都符合：\n- [ ] 一、年龄 〔民发〔2019〕62号 一；《办法（试行；2020）》 第三条〕\n  - [ ] （1）“见〔注〕”\n\n〔国发〔2016〕36号 三〕\n\n## 文件\n- 民发〔2019〕62号\n\n# 地方改动：杭州市（330100），2021-01-01 起\n上次核对。\n")
	if len(parts) != 2 || len(parts[0].Sections) != 1 || parts[1].Title != "杭州市（330100），2021-01-01 起" {
		t.Fatalf("parts are %+v", parts)
	}
	lines := parts[0].Sections[0].Lines
	want := []aloudLine{
		{Text: "都符合：", Note: true},
		{Text: "一、年龄", Sources: []clauseView{{Label: "民发〔2019〕62号 一"}, {Label: "《办法（试行；2020）》 第三条"}}},
		{Text: "（1）“见〔注〕”", Depth: 1},
		{Text: "以上出自", Note: true, Sources: []clauseView{{Label: "国发〔2016〕36号 三"}}},
	}
	if !slices.EqualFunc(lines, want, func(a, b aloudLine) bool {
		return a.Text == b.Text && a.Depth == b.Depth && a.Note == b.Note && slices.Equal(a.Sources, b.Sources)
	}) {
		t.Errorf("lines are %+v", lines)
	}
}
