package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaohe/knowledge/seed"
)

// folder is a copy of the built-in rules with a further line in a file.
func folder(t *testing.T, file, line string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, seed.Benefits()); err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(seed.Benefits(), file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, file)
	if err := os.WriteFile(name, append(data, "\n"+line+"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const (
	newRow    = `- {标准: 孤儿养育.散居, 地区: "120000", 自: "2026-01-01", 数额: 1900, 单位: 元/月, 关系: 定为, 可信: 单源, 依据: 天津市试行通知 一}`
	secondRow = newRow + "\n" + `- {标准: 孤儿养育.散居, 地区: "120000", 自: "2026-06-01", 数额: 2000, 单位: 元/月, 关系: 定为, 可信: 单源, 依据: 天津市试行通知 二}`
)

func TestAskAnswersByTheRulesOfAFolder(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	ask := []string{"ask", "--json", "--region", "120000", "--on", "2026-11-21", "爸爸妈妈都去世了，孩子8岁，跟爷爷过，户口在天津，每月能领多少"}
	status, out, errOut := p.run(append(ask, "--rules", folder(t, "standards.yaml", newRow))...)
	if status != 0 || !strings.Contains(out, "1900") {
		t.Fatalf("status %d, %s\n%s", status, errOut, out)
	}
	for name, c := range map[string]struct{ dir, want string }{
		"two rows in force at once": {folder(t, "standards.yaml", secondRow), "两行同时有效"},
		"no folder":                 {filepath.Join(t.TempDir(), "none"), "没有"},
		"an empty folder":           {t.TempDir(), "facts.yaml"},
	} {
		status, out, errOut := p.run(append(ask, "--rules", c.dir)...)
		if status != 1 || out != "" || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", name, status, out, errOut)
		}
	}
	if _, out, _ := p.run(ask...); !strings.Contains(out, "1900") {
		t.Error("the rules of the folder are not in force any more")
	}
}

func TestServeGoesOnWithTheOldRules(t *testing.T) {
	t.Setenv(passwordVariable, "")
	p := newProgram(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--listen", "127.0.0.1:0", "--rules", folder(t, "standards.yaml", secondRow), "--database", p.url}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, args, &bytes.Buffer{}, write)
		write.Close()
	}()
	var said strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(said.String(), "口令") {
		n, err := read.Read(buffer)
		said.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	stop()
	for _, want := range []string{"两行同时有效", "照旧用原来的规则", "小禾已启动", "/admin", "一次性口令"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("serve does not say %q:\n%s", want, &said)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, read) }() // what it says while it stops
	if status := <-done; status != 0 {
		t.Errorf("serve ended with %d", status)
	}
}

func TestWrongSettingsAreSaidBeforeTheDatabaseIsOpened(t *testing.T) {
	t.Setenv(passwordVariable, "1234567")
	s := &session{environment: os.Getenv}
	if err := (&serveCommand{}).check(s); err == nil || !strings.Contains(message(err), passwordVariable) {
		t.Errorf("a short password: %v", err)
	}
	t.Setenv(passwordVariable, "")
	if err := (&serveCommand{OIDCIssuer: "https://id.example.cn"}).check(s); err == nil {
		t.Error("an identity provider without a client")
	}
	if err := (&serveCommand{}).check(s); err != nil {
		t.Errorf("no settings: %v", err)
	}
}
