package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaohe/assistant/notify"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

func TestRobotsAreRegisteredTriedAndDisabled(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	folder := t.TempDir()
	if err := knowledge.NewStore(dbtest.Pool(t, p.url), now).LoadRegions(t.Context()); err != nil {
		t.Fatal(err)
	}
	do := func(input string, args ...string) (status int, out, errOut string) {
		t.Helper()
		notifyInput = strings.NewReader(input) // no other test reads it
		status, out, errOut = p.run(append([]string{"notify", "--data", filepath.Join(folder, "postgres")}, args...)...)
		if strings.Contains(out+errOut, "t0ken") {
			t.Errorf("%v shows the address: %s%s", args, out, errOut)
		}
		return status, out, errOut
	}
	if _, out, errOut := do("", "list"); !strings.Contains(out, "还没有登记") {
		t.Errorf("%q %q", out, errOut)
	}
	for name, c := range map[string]struct {
		input string
		args  []string
		want  string
	}{
		"nothing pasted": {"", []string{"add", "群", "--channel", "dingtalk"}, "https://"},
		"wrong robot":    {"https://example.cn/t0ken\n", []string{"add", "群", "--channel", "feishu"}, "飞书"},
		"no such place":  {"https://example.cn/?key=t0ken\n", []string{"add", "群", "--channel", "wecom", "--region", "火星"}, "没有找到地区"},
		"unknown":        {"", []string{"disable", "群"}, "群"},
		"unknown too":    {"", []string{"test", "群"}, "群"},
	} {
		if status, out, errOut := do(c.input, c.args...); status != 1 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: %d %q %q", name, status, out, errOut)
		}
	}
	if status, out, errOut := do("https://127.0.0.1:9/t0ken\n0123456789abcdef\n", "add", "内网接口", "--channel", "webhook", "--region", "杭州西湖区", "--audience", "supervisors"); status != 0 ||
		!strings.Contains(out, "notify test 内网接口") {
		t.Fatalf("%d %s %s", status, out, errOut)
	}
	if status, _, errOut := do("", "test", "内网接口"); status != 1 || !strings.Contains(errOut, notify.PrivateVariable) {
		t.Errorf("%d %s", status, errOut)
	}
	if _, out, _ := do("", "list"); !strings.Contains(out, "内网接口  接口  浙江省杭州市西湖区  督导") {
		t.Error(out)
	}
	if status, _, errOut := do("", "disable", "内网接口"); status != 0 {
		t.Error(errOut)
	}
	var all []notify.Target
	if _, out, _ := do("", "list", "--json"); json.Unmarshal([]byte(out), &all) != nil || len(all) != 1 || all[0].Disabled == nil {
		t.Errorf("%s", out)
	}
	key := filepath.Join(folder, "secret.key")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v", err)
	}
	// Another key: say so, and do not lose anything.
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	do("https://127.0.0.1:9/t0ken\n0123456789abcdef\n", "add", "另一个", "--channel", "webhook")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := do("", "test", "另一个"); status != 1 || !strings.Contains(errOut, "同一个密钥") {
		t.Errorf("%d %s", status, errOut)
	}
}

func TestAnAddressComesFromTheEnvironmentOrFromTwoLines(t *testing.T) {
	t.Parallel()
	environment := map[string]string{notifyURLVariable: " https://a ", notifySecretVariable: "b\n"}
	for _, c := range []struct {
		environment     map[string]string
		input           string
		address, secret string
	}{
		{environment, "https://c\nd\n", "https://a", "b"},
		{nil, "https://c\nd", "https://c", "d"},
		{nil, " https://c \r\n", "https://c", ""},
		{nil, "", "", ""},
	} {
		address, key, err := readAddress(strings.NewReader(c.input), nil, func(name string) string { return c.environment[name] })
		if err != nil || address != c.address || key != c.secret {
			t.Errorf("%+v: %q %q %v", c, address, key, err)
		}
	}
	if _, _, err := readAddress(strings.NewReader(strings.Repeat("x", 1<<20)), nil, func(string) string { return "" }); err != nil && strings.Contains(err.Error(), "xx") {
		t.Error(err)
	}
}
