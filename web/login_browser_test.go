package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"xiaohe/assistant/account"
	"xiaohe/assistant/account/oidctest"
	"xiaohe/assistant/audit"
)

// fill fills a field in.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	b.eval(fmt.Sprintf("document.querySelector('[name=%s]').value = ''", name))
	b.do(chromedp.SendKeys(chromedp.CSS("[name="+name+"]"), text))
}

// logIn fills in the page for it.
func (b *tab) logIn(login string) {
	b.t.Helper()
	b.until(`location.pathname === '/login'`)
	b.fill("login", login)
	b.fill("password", testPassword)
	b.click("form .primary")
}

// Somebody new on a phone and at a desk: a wrong password, the one-time password, one's own, the work, out again.
func TestStaffGetInOnPhonesAndDesks(t *testing.T) {
	for _, size := range []struct {
		width, height int64
		phone, dark   bool
	}{{360, 740, true, false}, {360, 740, true, true}, {1280, 860, false, false}, {1280, 860, false, true}} {
		name := fmt.Sprint(size.width, size.dark)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser(t)
			s := newSite(t)
			name, role := "王老师", account.Officer
			_, oneTime, err := s.web.accounts.Add(t.Context(), audit.System, "wang", account.Change{Name: &name, Role: &role}, "", false)
			must(t, err)
			b.screen(size.width, size.height, size.phone)
			if size.dark {
				b.dark()
			}
			step := 0
			shows := func(text string) {
				t.Helper()
				b.until(fmt.Sprintf("document.querySelector('h1') && document.body.innerText.includes(%q)", text))
				if wide := value[int64](b, "document.documentElement.scrollWidth"); wide > size.width {
					t.Errorf("the page with %q is %d pixels wide", text, wide)
				}
				if small := value[int64](b, "[...document.querySelectorAll('button, input:not([type=hidden]), a.tool, a.primary')].filter(e => e.getBoundingClientRect().height < 43.9).length"); small > 0 {
					t.Errorf("%d things on the page with %q are too small for a finger", small, text)
				}
				if *shots != "" {
					step++
					b.shot(fmt.Sprintf("login-%d-%v-%d", size.width, size.dark, step))
				}
			}
			b.open(s.URL + "/admin/rules")
			shows("工作人员登录")
			b.fill("login", "Wang")
			b.fill("password", "不是这个口令吧")
			b.click("form .primary")
			shows("登录名或口令不对")
			b.fill("password", oneTime)
			b.click("form .primary")
			shows("一次性口令")
			b.fill("old", oneTime)
			b.fill("new", "wang王老师1234")
			b.fill("again", "wang王老师1234")
			b.click("form .primary")
			shows("太容易猜到")
			for field, text := range map[string]string{"old": oneTime, "new": testPassword, "again": testPassword} {
				b.fill(field, text)
			}
			b.click("form .primary")
			b.until("location.pathname === '/admin/rules'")
			b.open(s.URL + "/login")
			shows("已经登录")
			b.click("form[action='/logout'] button")
			shows("工作人员登录")
			b.open(s.URL + "/admin/rules")
			shows("工作人员登录")
		})
	}
}

// The provider is another site: the browser keeps the cookie back until it has come round.
func TestStaffComeThroughTheIdentityProvider(t *testing.T) {
	t.Parallel()
	b := browser(t)
	s, provider := newOIDCSite(t)
	provider.Claims["preferred_username"] = "wang"
	b.open(s.URL + "/admin/rules?from=here")
	b.until("location.pathname === '/login'")
	b.click("a[href^='/login/oidc']")
	b.until("location.pathname + location.search === '/admin/rules?from=here'")

	b.open(provider.Issuer + "/keys")
	b.eval(fmt.Sprintf("location.href = %q", s.URL+"/admin/rules?from=elsewhere"))
	b.until("location.pathname + location.search === '/admin/rules?from=elsewhere'")
}

// newOIDCSite is a site with an identity provider, and an account of the officer wang that waits for its owner.
func newOIDCSite(t *testing.T, options ...func(*Options)) (*site, *oidctest.Provider) {
	t.Helper()
	s, provider := newSite(t, options...), oidctest.New(t)
	must(t, s.web.accounts.UseOIDC(account.OIDC{Issuer: provider.Issuer, ClientID: oidctest.Client, ClientSecret: oidctest.Secret}))
	name, role := "王老师", account.Officer
	_, _, err := s.web.accounts.Add(t.Context(), audit.System, "wang", account.Change{Name: &name, Role: &role}, "", true)
	must(t, err)
	return s, provider
}
