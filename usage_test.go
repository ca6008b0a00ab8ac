package main

import (
	"strings"
	"testing"
)

func TestAWrongCommandLineIsToldInChinese(t *testing.T) {
	t.Parallel()
	p := program{t, "postgres://127.0.0.1:1/nowhere"}
	for line, want := range map[string]string{
		"index":                         `后面还要写一样："status", "rebuild"`,
		"index foo":                     "不认得“foo”",
		"key":                           `后面还要写一样："add", "list", "disable"`,
		"key add":                       "后面还要写 <name>",
		"key disable":                   "后面还要写 <name>",
		"key add 测试 --scopes chat":      "没有 --scopes 这个选项，您要写的是不是 --scope",
		"key add 测试 --per-day -5":       "--per-day 后面的“-5”要连着写：--per-day=-5",
		"key add 测试 --per-day many":     "--per-day 要写整数，不能写“many”",
		"eval answers":                  "后面还要写 <file>",
		"eval retrieval":                "后面还要写 <dir>",
		"ask 孤儿 --chat-calls abc":       "--chat-calls 要写整数，不能写“abc”",
		"ask 孤儿 --chat-tokens 1e9":      "--chat-tokens 要写整数，不能写“1e9”",
		"ask 孤儿 --chat-models prose":    "--chat-models 要写成 名字=值，不能写“prose”",
		"ask 孤儿 --chat-local=maybe":     "--chat-local 只能写 true 或 false，不能写“maybe”",
		"ask 孤儿 --embed-url":            "--embed-url 后面要写一个值",
		"ask 孤儿 --embed-modle m":        "没有 --embed-modle 这个选项，您要写的是不是 --embed-model",
		"frobnicate":                    "不认得“frobnicate”",
		"search 孤儿 --rerank-colour red": "没有 --rerank-colour 这个选项",
	} {
		status, out, errOut := p.run(strings.Fields(line)...)
		if status != 2 || out != "" || !strings.HasPrefix(errOut, "用法不对："+want) || !strings.HasSuffix(errOut, "。\n运行 xiaohe --help 看用法。\n") {
			t.Errorf("%s: status %d, stdout %q, stderr %q; want %q", line, status, out, errOut, want)
		}
	}
}
