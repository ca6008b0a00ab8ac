package web

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"xiaohe/assistant/account"
)

// An officer on a phone and at a desk: log in, upload a table, read the differences, put it in force, go back.
func TestOfficersReplaceTheRulesInABrowser(t *testing.T) {
	for _, size := range []struct {
		width, height int64
		phone         bool
	}{{360, 740, true}, {1280, 860, false}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := browser(t)
			s := newSite(t)
			must(t, s.web.knowledge.LoadRules(t.Context()))
			s.account("officer", account.Officer)
			before, err := s.web.activeVersion(t.Context())
			must(t, err)
			table := filepath.Join(t.TempDir(), "standards.yaml")
			must(t, os.WriteFile(table, standards(t, row("2026-01-01", 1900)), 0o600))
			b.screen(size.width, size.height, size.phone)
			fits := func(text string) {
				t.Helper()
				b.until(fmt.Sprintf("document.querySelector('h1') && document.body.innerText.includes(%q)", text))
				if wide := value[int64](b, "document.documentElement.scrollWidth"); wide > size.width {
					t.Errorf("the page with %q is %d pixels wide on a screen of %d", text, wide, size.width)
				}
			}

			b.open(s.URL + "/admin/rules/事实无人抚养儿童基本生活补贴")
			fits("工作人员登录")
			b.do(chromedp.SendKeys(chromedp.CSS("[name=login]"), "officer"), chromedp.SendKeys(chromedp.CSS("[name=password]"), testPassword))
			b.click("form .primary")
			fits("父母双方都不能抚养")
			beside := value[bool](b, `(() => { const line = document.querySelector('.line:has(.clause)');
				return line.querySelector('.basis').getBoundingClientRect().top < line.querySelector('.said').getBoundingClientRect().bottom; })()`)
			if beside == size.phone {
				t.Errorf("clauses beside the lines: %v", beside)
			}

			b.click(".brand a")
			fits("正在用的这一版")
			b.do(chromedp.SetUploadFiles(chromedp.CSS("[name=files]"), []string{table}))
			b.click("#replace .primary")
			fits("可以启用")
			fits("1900 元/月")
			b.click(".decide .primary")
			fits("已经启用版本")
			fits("用过的版本（2）")
			b.open(s.URL + "/admin/versions/" + before)
			fits("重新启用这一版")
			b.click(".decide .primary")
			fits("已经启用版本 " + before)
			b.click("header button")
			fits("工作人员登录")
		})
	}
}
