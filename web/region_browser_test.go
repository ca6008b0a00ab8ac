package web

import "testing"

// A phone may remember the place that the server took it to be in at an earlier visit. That was never said by anybody:
// when the visit is over, the page and the next conversation are where the server is now.
func TestThePlaceOfAnEndedVisitIsForgottenUnlessThePersonNamedIt(t *testing.T) {
	t.Parallel()
	s, b := newSite(t, func(o *Options) { o.Region = "330100" }), browser(t)
	earlier := func(region string) {
		t.Helper()
		b.open(s.URL + "/tianqi") // a page of this address whose scripts write nothing
		b.until(`!sessionStorage.clear() && !sessionStorage.setItem('xiaohe.token', '"ended"') && !sessionStorage.setItem('xiaohe.conv', '"AAAAAAAAAAAAAAAAAAAAAA"')
			&& !sessionStorage.setItem('xiaohe.region', '` + region + `')`)
		b.open(s.URL)
	}
	for stored, want := range map[string][2]string{
		`{"code":"100000","name":"全国"}`:                 {"浙江省杭州市", "330100000000"},
		`{"code":"100000","name":"全国","said":false}`:    {"浙江省杭州市", "330100000000"},
		`{"code":"500237","name":"重庆市巫山县","said":true}`: {"重庆市巫山县", "500237000000"},
	} {
		earlier(stored)
		b.until(`document.querySelector('#region-name').textContent === '` + want[0] + `'`)
		b.say(testAsk)
		b.awaitAnswers(1)
		var region string
		must(t, s.pool.QueryRow(t.Context(), `SELECT region_code FROM conversations ORDER BY created_at DESC LIMIT 1`).Scan(&region))
		if region != want[1] {
			t.Errorf("after %s the conversation is in %s", stored, region)
		}
		b.until(`document.querySelector('#region-name').textContent === '` + want[0] + `'`)
	}
}
