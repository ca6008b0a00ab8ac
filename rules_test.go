package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const rulesFolder = "knowledge/seed/benefits"

// offline runs a command that needs no database.
func offline(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// written puts a text into a file of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "事实.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRulesCommandsRejectWrongInput(t *testing.T) {
	t.Parallel()
	good := written(t, "孩子.年龄: 10\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no folder":            {[]string{"rules", "check", "none"}, "没有“"},
		"a file as a folder":   {[]string{"rules", "test", good}, "没有“"},
		"an empty folder":      {[]string{"rules", "check", t.TempDir()}, "规则有错误"},
		"no day":               {[]string{"rules", "check", rulesFolder, "--on", "2026-02-30"}, "日期"},
		"unknown to read":      {[]string{"rules", "check", rulesFolder, "--read", "养老金"}, "没有“养老金”这项福利"},
		"unknown in cells":     {[]string{"rules", "check", rulesFolder, "--cells", "孤儿基本生活费,养老金"}, "没有“养老金”这项福利"},
		"one cell benefit":     {[]string{"rules", "check", rulesFolder, "--cells", "孤儿基本生活费"}, "两项以上"},
		"benefit alone":        {[]string{"rules", "check", rulesFolder, "--benefit", "孤儿基本生活费"}, "--mutate"},
		"unknown to mutate":    {[]string{"rules", "check", rulesFolder, "--mutate", "--benefit", "养老金"}, "没有“养老金”这项福利"},
		"a name for an id":     {[]string{"rules", "check", rulesFolder, "--read", "吃低保"}, "是不是：最低生活保障"},
		"unknown region":       {[]string{"rules", "explain", "孤儿基本生活费", "--facts", good, "--region", "火星"}, "没有找到地区“火星”"},
		"unknown benefit":      {[]string{"rules", "explain", "养老金", "--facts", good}, "没有“养老金”这项福利"},
		"no facts file":        {[]string{"rules", "explain", "孤儿基本生活费", "--facts", "none.yaml"}, "读不了事实文件"},
		"unknown fact":         {[]string{"rules", "explain", "孤儿基本生活费", "--facts", written(t, "孩子.岁数: 10\n")}, "没有“孩子.岁数”这个事实"},
		"unknown option":       {[]string{"rules", "explain", "孤儿基本生活费", "--facts", written(t, "父亲.情形: [坐牢]\n")}, "没有“坐牢”这个取值"},
		"a Chinese colon":      {[]string{"rules", "explain", "孤儿基本生活费", "--facts", written(t, "孩子.年龄：10\n")}, "中文冒号"},
		"impossible age":       {[]string{"rules", "explain", "孤儿基本生活费", "--facts", written(t, "孩子.年龄: 300\n")}, "不会是 300 岁"},
		"facts that are prose": {[]string{"rules", "explain", "孤儿基本生活费", "--facts", written(t, "爸爸坐牢\n")}, "名称: 内容"},
		"before the rule":      {[]string{"rules", "explain", "孤儿基本生活费", "--facts", good, "--on", "1990-01-01"}, "没有生效的规则"},
		"diff without a set":   {[]string{"rules", "diff", rulesFolder, "none"}, "没有“"},
	} {
		status, _, errOut := offline(t, c.args...)
		if status != 1 || !strings.Contains(errOut, c.want) || strings.Count(strings.TrimSpace(errOut), "\n") > 0 {
			t.Errorf("%s: status %d, stderr %q; want one line about %q", name, status, errOut, c.want)
		}
	}
}

func TestRulesExplainTracesADecision(t *testing.T) {
	t.Parallel()
	facts := written(t, "孩子.年龄: 10\n父亲.情形: [服刑在押]\n父亲.限制自由期限月数: 36\n母亲.情形: [失联]\n母亲.失联月数: 3\n")
	args := []string{"rules", "explain", "事实无人抚养儿童基本生活补贴", "--facts", facts, "--region", "杭州", "--on", "2025-03-10"}
	status, out, errOut := offline(t, args...)
	if status != 0 || !strings.Contains(out, "事实无人抚养儿童基本生活补贴：不符合") || !strings.Contains(out, "会改变：") || !strings.Contains(out, "✗ ") {
		t.Errorf("%d %s %s", status, out, errOut)
	}
	status, out, errOut = offline(t, append(args, "--json")...)
	var x struct {
		Item struct {
			Verdict string `json:"verdict"`
		} `json:"item"`
		Trace struct {
			Kids []json.RawMessage `json:"kids"`
		} `json:"trace"`
	}
	if err := json.Unmarshal([]byte(out), &x); err != nil || status != 0 || x.Item.Verdict != "ineligible" || len(x.Trace.Kids) == 0 {
		t.Errorf("%d %v %s %s", status, err, out, errOut)
	}
}

func TestRulesReadAndDiff(t *testing.T) {
	t.Parallel()
	status, out, errOut := offline(t, "rules", "check", rulesFolder, "--read", "孤儿基本生活费")
	if status != 0 || !strings.HasPrefix(out, "# 孤儿基本生活费") || !strings.Contains(out, "国办发〔2010〕54号") {
		t.Errorf("%d %s %s", status, out, errOut)
	}
	if status, out, errOut = offline(t, "rules", "diff", rulesFolder, rulesFolder); status != 0 || !strings.Contains(out, "没有不同") {
		t.Errorf("%d %s %s", status, out, errOut)
	}
}

func TestRulesCheckReportsCellsAndSlips(t *testing.T) {
	t.Parallel()
	status, out, errOut := offline(t, "rules", "check", rulesFolder, "--cells", "孤儿基本生活费,事实无人抚养儿童基本生活补贴", "--region", "杭州")
	if status != 0 || !strings.Contains(out, "重叠 0 种，漏掉 0 种") || !strings.Contains(out, "说明（") {
		t.Errorf("%d %s %s", status, out, errOut)
	}
	status, out, errOut = offline(t, "rules", "check", rulesFolder, "--mutate", "--benefit", "最低生活保障")
	if status != 0 || !strings.Contains(out, "合计：改错") || !strings.Contains(out, "查出率") {
		t.Errorf("%d %s %s", status, out, errOut)
	}
}
