package notify

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// The expected values were computed outside this program, by the formulas in the vendors' documents.
func TestSignatures(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000000)
	m := message{delivery: uuid.UUID{15: 1}, test: true}
	post := func(a address) (*http.Request, string) {
		t.Helper()
		r, err := a.request(t.Context(), m, at)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		return r, string(body)
	}
	r, body := post(address{DingTalk, "https://oapi.dingtalk.com/robot/send?access_token=a", "SECabc"})
	contains(t, body, `{"msgtype":"text","text":{"content":"【小禾】测试`, `"at":{"isAtAll":false}`)
	if q := r.URL.Query(); q.Get("access_token") != "a" || q.Get("timestamp") != "1700000000000" || q.Get("sign") != "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM=" {
		t.Errorf("%v", q)
	}
	_, body = post(address{Feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/a", "demo"})
	contains(t, body, `{"timestamp":"1700000000","sign":"8oT2n3SMKFfEnDoiwer8BUM/SjKLwe9SqoEIHlhDTKo=","msg_type":"text","content":{"text":"【小禾】测试`)
	_, body = post(address{Feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/a", ""})
	if strings.Contains(body, "sign") || strings.Contains(body, "timestamp") {
		t.Errorf("signed without a secret: %s", body)
	}
	r, body = post(address{Webhook, "https://example.cn/hook", "0123456789abcdef"})
	if body != `{"delivery":"00000000-0000-0000-0000-000000000001","test":true,"tickets":[]}` || r.Header.Get("X-Xiaohe-Timestamp") != "1700000000" ||
		r.Header.Get("X-Xiaohe-Signature") != "69eb425a688e061301b9eefaf4c02767c9ffb827ebe94999fb156d147e6ec9a0" || r.Header.Get("X-Xiaohe-Delivery") != m.delivery.String() {
		t.Errorf("%s %v", body, r.Header)
	}
}

func TestAnswersAreReadAsTheVendorsMeanThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		channel string
		status  int
		body    string
		want    outcome
		code    string
	}{
		{DingTalk, 200, `{"errcode":0,"errmsg":"ok"}`, delivered, "ok"},
		{DingTalk, 200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, throttled, "errcode_130101"},
		{DingTalk, 200, `{"errcode":310000,"errmsg":"keywords not in content"}`, refused, "errcode_310000"},
		{DingTalk, 200, `{"errcode":-1,"errmsg":"系统繁忙"}`, retry, "errcode_-1"},
		{DingTalk, 200, `{"code":0}`, retry, "garbage"},
		{DingTalk, 200, `{"errcode":"0"}`, retry, "garbage"},
		{DingTalk, 200, `[`, retry, "garbage"},
		{Feishu, 200, `{"code":0,"msg":"success","data":{}}`, delivered, "ok"},
		{Feishu, 200, `{"Extra":null,"StatusCode":0,"StatusMessage":"success"}`, delivered, "ok"},
		{Feishu, 400, `{"code":9499,"msg":"too many request","data":{}}`, throttled, "errcode_9499"},
		{Feishu, 400, `{"code":9499,"msg":"Bad Request","data":{}}`, refused, "errcode_9499"},
		{Feishu, 200, `{"code":11232,"msg":"frequency limited"}`, throttled, "errcode_11232"},
		{Feishu, 200, `{"code":19021,"msg":"sign match fail"}`, refused, "errcode_19021"},
		{WeCom, 200, `{"errcode":0,"errmsg":"ok"}`, delivered, "ok"},
		{WeCom, 200, `{"errcode":45009,"errmsg":"api freq out of limit"}`, throttled, "errcode_45009"},
		{WeCom, 200, `{"errcode":93000,"errmsg":"invalid webhook url"}`, refused, "errcode_93000"},
		{WeCom, 302, ``, refused, "redirect"},
		{Webhook, 200, `anything`, delivered, "ok"},
		{Webhook, 204, ``, delivered, "ok"},
		{Webhook, 304, ``, refused, "redirect"},
		{Webhook, 400, ``, refused, "http_400"},
		{Webhook, 408, ``, retry, "http_408"},
		{Webhook, 429, ``, throttled, "http_429"},
		{Webhook, 500, ``, retry, "http_500"},
		{Webhook, 102, ``, refused, "http_102"},
	} {
		if v := judge(c.channel, c.status, http.Header{}, []byte(c.body)); v.outcome != c.want || v.code != c.code || (v.outcome == throttled) != (v.wait > 0) {
			t.Errorf("%s %d %s: %+v", c.channel, c.status, c.body, v)
		}
	}
	for after, want := range map[string]time.Duration{"": time.Minute, "5": 5 * time.Second, "86400": 10 * time.Minute, "-1": time.Minute, "x": time.Minute} {
		if v := judge(Webhook, 429, http.Header{"Retry-After": {after}}, nil); v.wait != want {
			t.Errorf("Retry-After %q: %v", after, v.wait)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(0, 200, []byte(`{"errcode":0}`), "")
	f.Add(1, 429, []byte(`{"code":1e99}`), "9")
	f.Fuzz(func(t *testing.T, channel, status int, body []byte, after string) {
		v := judge(Channels[uint(channel)%4], status, http.Header{"Retry-After": {after}}, body)
		if v.code == "" || len(v.code) > 40 || v.outcome == throttled && (v.wait <= 0 || v.wait > longestSilence) {
			t.Errorf("%+v", v)
		}
	})
}

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	t.Parallel()
	private, err := ParseNetworks("10.1.0.0/16, 192.168.7.9 fd00:1::/32")
	if err != nil || len(private) != 3 {
		t.Fatal(err, private)
	}
	for text, want := range map[string]bool{
		"106.11.43.136": true, "2400:3200::1": true, // public
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.0.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "fe80::1": false, "fe80::1%eth0": false, "fd12::1": false, "ff02::1": false, "::": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "198.18.0.1": false, "240.0.0.1": false, "2001:db8::1": false,
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.2.3": false, "192.168.7.9": true, "192.168.7.8": false, "fd00:1::5": true, // the list
	} {
		if got := allowed(netip.MustParseAddr(text), private); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if _, err := ParseNetworks("intranet"); err == nil {
		t.Error("a word is a network")
	}
}

func drawRows(t *rapid.T) (rows []row) {
	for i := range rapid.IntRange(0, 40).Draw(t, "rows") {
		ticket := uuid.UUID{0: byte(rapid.IntRange(0, 25).Draw(t, "ticket"))}
		r := row{id: uuid.UUID{15: byte(i + 1)}, ticket: ticket, attempts: rapid.IntRange(0, 2).Draw(t, "attempts")}
		r.tried = r.attempts > 0
		r.item = item{no: fmt.Sprint(ticket[0]), priority: int(ticket[0]) % 4, rung: rapid.IntRange(0, 3).Draw(t, "rung")}
		rows = append(rows, r)
	}
	return rows
}

// What holds in every case, whatever is due and however the target does.
func TestPlansKeepTheirPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := standing{budget: robotBudget, used: rapid.IntRange(0, 16).Draw(t, "used"), throttled: rapid.Bool().Draw(t, "throttled"),
			paused: rapid.Bool().Draw(t, "paused"), resting: rapid.Bool().Draw(t, "resting"), failing: rapid.Bool().Draw(t, "failing"), digest: rapid.Bool().Draw(t, "digest")}
		s.resting, s.paused = s.resting && s.failing, s.paused && s.failing
		rows := drawRows(t)
		p := decide(s, rows)
		urgent, calm := group(rows)
		switch {
		case len(p.send) > 0 && (s.throttled || s.used >= s.budget.all):
			t.Fatal("more than the budget")
		case len(p.send) > 0 && p.send[0].item.priority > 0 && s.used >= s.budget.calmDigest:
			t.Fatal("the places of P0 are taken by others")
		case len(urgent) > 0 && len(p.send) > 0 && p.send[0].item.priority != 0:
			t.Fatal("P0 waits behind others")
		case len(urgent) > 0 && len(p.send) == 0 && !s.throttled && s.used < s.budget.all && !s.failing:
			t.Fatal("P0 waits without need")
		case len(urgent) == 0 && len(calm) > 0 && len(p.send) == 0 && s == (standing{budget: s.budget, used: s.used, digest: true}) && s.used < s.budget.calmDigest:
			t.Fatal("the others wait without need")
		}
		sent := map[uuid.UUID]bool{}
		for _, r := range p.send {
			sent[r.ticket] = true
			if (r.item.priority == 0) != (p.send[0].item.priority == 0) {
				t.Fatal("P0 and others are in one message")
			}
		}
		for _, r := range rows {
			if sent[r.ticket] && !contained(p.send, r) {
				t.Fatal("a ticket is told in two messages")
			}
		}
		for _, r := range p.spill {
			if r.item.priority != 0 || r.tried {
				t.Fatal("a second channel without need")
			}
		}
		if len(itemsOf(p.send)) != len(sent) {
			t.Fatal("a ticket has two lines")
		}
	})
}

func contained(rows []row, r row) bool {
	for _, other := range rows {
		if other.id == r.id {
			return true
		}
	}
	return false
}

func TestATextFitsWhateverItHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := message{base: rapid.SampledFrom([]string{"", "https://xiaohe.example.cn"}).Draw(t, "base")}
		n := rapid.IntRange(1, 500).Draw(t, "tickets")
		for range n {
			m.items = append(m.items, item{
				no: plain(rapid.String().Draw(t, "no")), region: plain(rapid.String().Draw(t, "region")), priority: rapid.IntRange(0, 3).Draw(t, "priority"),
				waited: time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "waited")), rung: rapid.IntRange(0, 40000).Draw(t, "rung"),
			})
			if rapid.IntRange(0, 9).Draw(t, "more") == 0 {
				break
			}
		}
		text := m.text()
		if len(text) > maxText || !utf8.ValidString(text) || !strings.Contains(text, "小禾") {
			t.Fatalf("%d bytes: %s", len(text), text)
		}
		listed := strings.Count(text, "\nP")
		if rest := len(m.items) - listed; len(m.items) > 1 && rest > 0 && !strings.Contains(text, fmt.Sprintf("还有 %d 张没有列出", rest)) {
			t.Fatalf("%d of %d are left out unsaid: %s", rest, len(m.items), text)
		}
	})
}
