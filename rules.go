package main

import (
	"fmt"
	"os"

	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// rulesCommand works on a folder of benefit rules.
type rulesCommand struct {
	Check rulesCheck `cmd:"" help:"检查一个规则文件夹：写法、取值、依据、日期。"`
	Test  rulesTest  `cmd:"" help:"跑文件夹里的判例。"`
}

type rulesCheck struct {
	Dir string `arg:"" help:"规则文件夹，如 knowledge/seed/benefits。" type:"path"`
}

func (c *rulesCheck) Run(s *session) error {
	book, err := loadRules(s, c.Dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "没有错误：%d 项福利，%d 行标准，%d 个事实，%d 条判例。\n", len(book.Rules), len(book.Rows), len(book.Dictionary.Facts), len(book.Precedents))
	return nil
}

type rulesTest struct {
	Dir string `arg:"" help:"规则文件夹。" type:"path"`
}

func (c *rulesTest) Run(s *session) error {
	book, err := loadRules(s, c.Dir)
	if err != nil {
		return err
	}
	failures := book.Test()
	for _, f := range failures {
		fmt.Fprintln(s.out, f)
	}
	if len(failures) > 0 {
		return &knowledge.InputError{Message: fmt.Sprintf("%d 条判例，%d 处不对。", len(book.Precedents), len(failures))}
	}
	fmt.Fprintf(s.out, "%d 条判例全部通过。\n", len(book.Precedents))
	return nil
}

// loadRules reads a rule set and prints what is wrong with it.
func loadRules(s *session, dir string) (*benefit.Book, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &knowledge.InputError{Message: fmt.Sprintf("没有“%s”这个文件夹", dir)}
	}
	book, problems := benefit.Load(os.DirFS(dir))
	for _, p := range problems {
		fmt.Fprintln(s.out, p)
	}
	if book == nil {
		return nil, &knowledge.InputError{Message: "规则有错误，没有采用。请按上面的提示改好再试。"}
	}
	return book, nil
}
