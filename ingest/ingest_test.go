package ingest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

func newIngester(t *testing.T) *Ingester {
	t.Helper()
	store := knowledge.NewStore(dbtest.New(t), func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) })
	if err := store.LoadRegions(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &Ingester{Store: store}
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const notice = "---\ntitle: \"杭州市孤儿标准通知\"\nnumber: \"杭民发〔2025〕3号\"\nissued: \"2025-01-10\"\nregion: \"330100\"\n---\n" +
	"# 杭州市孤儿标准通知\n## 一、标准\n每人每月2525元。\n## 二、执行\n按月发放。\n"

func TestAFileIsIngestedOnceAndItsNewVersionReplacesIt(t *testing.T) {
	t.Parallel()
	in, dir := newIngester(t), t.TempDir()
	path := write(t, dir, "通知.md", []byte(notice))
	for _, want := range []knowledge.Outcome{knowledge.Added, knowledge.Unchanged} {
		reports, err := in.Run(t.Context(), []string{path})
		if err != nil || reports[0].Outcome != want || reports[0].Passages != 2 {
			t.Fatalf("%+v %v, want %s with 2 passages", reports, err, want)
		}
	}
	write(t, dir, "通知.md", []byte(strings.Replace(notice, "2525", "2600", 1)))
	if reports, err := in.Run(t.Context(), []string{path}); err != nil || reports[0].Outcome != knowledge.Updated {
		t.Fatalf("%+v %v", reports, err)
	}
}

func TestTheSameTextInEveryEncodingAndFormat(t *testing.T) {
	t.Parallel()
	in, dir := newIngester(t), t.TempDir()
	text := "儿童福利办法\n第一条 为了保护儿童，制定本办法。\n第二条 每人每月2525元。\n"
	page := "<html><head><meta charset=gb2312><title>儿童福利办法_政策</title><script>alert(1)</script></head><body><nav>首页 登录</nav>" +
		"<div id=zoom><p>&nbsp;&nbsp;第一条 为了保护儿童，制定本办法。</p><p>第二条 每人每月2525元。</p></div><footer>版权所有</footer></body></html>"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	gbPage, err := simplifiedchinese.GB18030.NewEncoder().String(page)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"utf8.txt": text, "bom.txt": "\ufeff" + text, "gb.txt": gb, "crlf.txt": strings.ReplaceAll(text, "\n", "\r\n"), "page.html": gbPage,
	} {
		e, err := in.Read(t.Context(), write(t, dir, name, []byte(data)))
		if err != nil || e.Document.Title != "儿童福利办法" || len(e.Passages) != 2 || e.Passages[1].Clause != "第二条" ||
			!strings.Contains(e.Passages[1].Body, "每人每月2525元") {
			t.Errorf("%s: %+v %v", name, e, err)
		}
		if strings.Contains(e.Document.Body, "登录") || strings.Contains(e.Document.Body, "alert") {
			t.Errorf("%s: navigation or script in the text: %q", name, e.Document.Body)
		}
	}
}

func TestBadFilesAreRefusedInChineseAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	in, dir := newIngester(t), t.TempDir()
	random := make([]byte, 4096)
	for i := range random {
		random[i] = byte(i * 37)
	}
	files := map[string]struct {
		data []byte
		want string
	}{
		"empty.txt":     {nil, "空的"},
		"binary.txt":    {random, "不是文字文件"},
		"nul.md":        {bytes.Repeat([]byte{0}, 100), "不是文字文件"},
		"open.md":       {[]byte("---\ntitle: x\n正文"), "没有结束"},
		"yaml.md":       {[]byte("---\ntitle: [x\n---\n正文"), "YAML"},
		"date.md":       {[]byte("---\ntitle: x\neffective: \"2025-02-30\"\n---\n正文"), "日期"},
		"region.md":     {[]byte("---\ntitle: x\nregion: \"火星\"\n---\n正文"), "没有找到地区"},
		"list.md":       {[]byte("---\ntitle: [a, b]\n---\n正文"), "一行文字"},
		"headings.md":   {[]byte("---\ntitle: x\n---\n# x\n"), "没有正文"},
		"nothing.html":  {[]byte("<html><script>x</script></html>"), "没有正文"},
		"wrong.docx":    {[]byte("x"), "暂不支持"},
		"unreadable.md": {[]byte("x"), "权限"},
	}
	var paths []string
	for name, f := range files {
		paths = append(paths, write(t, dir, name, f.data))
	}
	good := write(t, dir, "good.md", []byte(notice))
	_ = os.Chmod(filepath.Join(dir, "unreadable.md"), 0)
	reports, err := in.Run(t.Context(), append(paths, good))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		name := filepath.Base(r.File)
		switch {
		case name == "good.md":
			if r.Outcome != knowledge.Added {
				t.Errorf("the good file: %+v", r)
			}
		case name == "unreadable.md" && os.Geteuid() == 0: // root reads everything
		case r.Outcome != Refused || !strings.Contains(r.Error, files[name].want):
			t.Errorf("%s: %+v, want a refusal about %s", name, r, files[name].want)
		}
	}
	counts, err := in.Store.Counts(t.Context())
	if err != nil || counts.Policies > 2 {
		t.Errorf("a refused file left something behind: %+v %v", counts, err)
	}
	if _, err := in.Run(t.Context(), []string{filepath.Join(dir, "none")}); !knowledge.IsInputError(err) {
		t.Errorf("a path that does not exist: %v", err)
	}
}

func TestMissingMetadataIsAWarning(t *testing.T) {
	t.Parallel()
	in, dir := newIngester(t), t.TempDir()
	e, err := in.Read(t.Context(), write(t, dir, "a.txt", []byte("某个办法\n第一条 甲。\n第二条 乙。")))
	if err != nil || len(e.Document.Warnings) != 2 || e.Document.Status != "待核" {
		t.Errorf("%+v %v", e.Document, err)
	}
	in.Region = "杭州"
	e, err = in.Read(t.Context(), write(t, dir, "a.txt", []byte("某个办法\n第一条 甲。\n第二条 乙，自2025年1月1日起施行。")))
	if err != nil || len(e.Document.Warnings) != 0 || e.Document.Region != "330100" || e.Document.Effective != "2025-01-01" {
		t.Errorf("%+v %v", e.Document, err)
	}
}

// FuzzRead feeds bytes from outside to every reader: none may panic.
func FuzzRead(f *testing.F) {
	f.Add([]byte(notice))
	f.Add([]byte("<table><tr><td>a<td>b</table><h2>一、x</h2>"))
	f.Add([]byte("\xff\xfe\x00\x4e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range readers {
			if src, err := read(data); err == nil {
				passages(src.meta.Title, parse(src.text), src.text)
			}
		}
	})
}
