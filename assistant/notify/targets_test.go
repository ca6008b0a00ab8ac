package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant/audit"
	"xiaohe/database/secret"
	"xiaohe/knowledge"
)

func TestTargetsAreSealedListedAndLogged(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	targets := NewTargets(w.pool, w.box)
	id := w.target(v, "西湖区值班群", DingTalk, "330106")
	var url, key []byte
	if err := w.pool.QueryRow(t.Context(), `SELECT url_sealed, secret_sealed FROM notify_targets WHERE id = $1`, id).Scan(&url, &key); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(url, []byte("token")) || bytes.Contains(key, []byte("SEC")) {
		t.Error("the address can be read in the database")
	}
	all, err := targets.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "西湖区值班群" || all[0].Region != "浙江省杭州市西湖区" || !slices.Equal(all[0].Audience, Audiences) {
		t.Fatalf("%v %+v", err, all)
	}
	if text, _ := json.Marshal(all); strings.Contains(string(text), "http") {
		t.Errorf("the list shows an address: %s", text)
	}
	if err := targets.Check(t.Context()); err != nil {
		t.Error(err)
	}
	other, _ := secret.New(secret.NewKey())
	if err := NewTargets(w.pool, other).Check(t.Context()); !errors.Is(err, secret.ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	if err := targets.Disable(t.Context(), audit.System, "西湖区值班群"); err != nil {
		t.Fatal(err)
	}
	if err := targets.Disable(t.Context(), audit.System, "西湖区值班群"); err == nil {
		t.Error("disabled twice")
	}
	if again := w.target(v, "西湖区值班群", Feishu, ""); again != id {
		t.Error("the name does not take a new address")
	}
	if all, _ = targets.List(t.Context()); len(all) != 1 || all[0].Disabled != nil || all[0].Channel != Feishu || all[0].Region == "" {
		t.Errorf("%+v", all)
	}
	actions := ask[[]string](w, `SELECT array_agg(action ORDER BY at, id) FROM audit_log WHERE object_kind = 'notify_target'`)
	if !slices.Equal(actions, []string{"notify_target.added", "notify_target.disabled", "notify_target.added"}) {
		t.Errorf("%v", actions)
	}
	if n := ask[int](w, `SELECT count(*) FROM audit_log WHERE data::text LIKE '%token%' OR data::text LIKE '%http%'`); n != 0 {
		t.Error("the audit log shows an address")
	}
}

func TestWrongTargetsAreRefusedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := NewTarget{Name: "群", Channel: DingTalk, Prefix: "33", Audience: Audiences, URL: "https://oapi.dingtalk.com/robot/send?access_token=t0ken"}
	targets := NewTargets(w.pool, w.box)
	if _, err := targets.Add(t.Context(), audit.System, good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*NewTarget)
		want   string
	}{
		"a name in use":      {func(*NewTarget) {}, "先停用"},
		"no name":            {func(n *NewTarget) { n.Name = "" }, "名字"},
		"no such region":     {func(n *NewTarget) { n.Name, n.Prefix = "二", "99" }, "地区"},
		"no such channel":    {func(n *NewTarget) { n.Channel = "sms" }, "webhook"},
		"nobody":             {func(n *NewTarget) { n.Audience = nil }, "workers"},
		"somebody else":      {func(n *NewTarget) { n.Audience = []string{"parents"} }, "workers"},
		"not encrypted":      {func(n *NewTarget) { n.URL = strings.Replace(n.URL, "https", "http", 1) }, "https://"},
		"not an address":     {func(n *NewTarget) { n.URL = "t0ken" }, "https://"},
		"with a password":    {func(n *NewTarget) { n.URL = "https://t0ken@example.cn/?access_token=t0ken" }, "https://"},
		"another robot's":    {func(n *NewTarget) { n.Channel = Feishu }, "飞书"},
		"another robot's 2":  {func(n *NewTarget) { n.Channel = WeCom }, "企业微信"},
		"another robot's 3":  {func(n *NewTarget) { n.URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0ken" }, "钉钉"},
		"WeCom has no key":   {func(n *NewTarget) { n.Channel, n.URL, n.Secret = WeCom, "https://q.cn/send?key=t0ken", "s" }, "没有密钥"},
		"a webhook needs it": {func(n *NewTarget) { n.Channel, n.Secret = Webhook, "short" }, "密钥"},
	} {
		n := good
		c.change(&n)
		_, err := targets.Add(t.Context(), audit.System, n)
		var invalid *knowledge.InputError
		if !errors.As(err, &invalid) || !strings.Contains(invalid.Message, c.want) || strings.Contains(invalid.Message, "t0ken") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATrialTellsHowItWent(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	d := w.deliverer()
	for _, channel := range Channels {
		w.target(v, channel, channel, "")
		trial, err := d.Try(t.Context(), channel)
		if err != nil || !trial.OK || len(v.messages(channel)) != 1 {
			t.Errorf("%s: %v %+v", channel, err, trial)
		}
	}
	contains(t, v.messages(WeCom)[0].text, "测试")
	v.behave(status(404, ""))
	if trial, err := d.Try(t.Context(), Webhook); err != nil || trial.OK || trial.Code != "http_404" {
		t.Errorf("%v %+v", err, trial)
	}
	if _, err := d.Try(t.Context(), "没有的"); err == nil {
		t.Error("an unknown name is tried")
	}
	if n := ask[int](w, `SELECT sum(cardinality(sends)) FROM notify_targets`); n != 5 {
		t.Errorf("%d trials count in the budget", n)
	}
}

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"ok", "key", "timeout", "dns", "garbage", "redirect", "private_address", "errcode_310000", "http_500", "new"} {
		if words := Explain(code); words == "" || words == code {
			t.Errorf("%s: %q", code, words)
		}
	}
}
